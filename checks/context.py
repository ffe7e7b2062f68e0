"""What a run is asked to do, and what every method may rely on: a seed, a device, and random streams of its own."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivations.arguments import InputError, Unfit, fitted, flag, one_of, seed, taking, text


def _numpy_generator(value: Any) -> Any:
    if not isinstance(value, np.random.Generator):
        raise Unfit("not a numpy.random.Generator; write numpy.random.default_rng(0)")
    return value


KINDS = {"seed": seed, "device": one_of("cpu", "cuda"), "statement": text, "data": text, "quick": flag}
"""What a context is checked for."""


@dataclass(frozen=True)
class Options:
    """What a run is asked to do.

    Args:
        methods: The names of the methods to use; empty for all that apply.
        seed: The seed of all random numbers, a whole number ≥ 0.
        device: "cpu" or "cuda", or "auto" until it is known which.
        debug: Whether exceptions are let through.
        data: The path of the user's data; "" without any.
        quick: Whether methods use fewer points, and stop at two keys.

    Example:
        >>> from checks.context import Options
        >>> Options(seed=3).context("mypaper.descent").seed
        3
    """

    methods: tuple[str, ...] = ()
    seed: int = 0
    device: str = "cpu"
    debug: bool = False
    data: str = ""
    quick: bool = False

    def context(self, statement: str) -> Context:
        """What the methods are told that check the statement of this id.

        It is silent about `methods` and `debug`: what one method finds must not depend on which others run.
        """
        return Context(self.seed, self.device, statement, self.data, self.quick)


@dataclass(frozen=True, init=False)
class Context(Options):
    """What every method may use: a seed, a device, and random numbers that depend on nothing else.

    Args:
        seed: The run's seed, a whole number ≥ 0.
        device: "cpu" or "cuda".
        statement: The id of the statement being checked.
        data: The path of the user's data; "" without any.
        quick: Whether methods use fewer points, and do not check twice what they have proved.
        methods: The methods of the run; no method looks at them.
        debug: Whether the run lets exceptions through.

    Raises:
        InputError: An argument cannot be used.

    Example:
        >>> from checks.context import Context
        >>> context = Context(seed=1, statement="mypaper.descent")
        >>> context.rng("start").random() == context.rng("start").random()
        True
    """

    statement: str = ""

    def __init__(
        self,
        seed: int = 0,
        device: str = "cpu",
        statement: str = "",
        data: str = "",
        quick: bool = False,
        *,
        methods: tuple[str, ...] = (),
        debug: bool = False,
    ) -> None:
        super().__init__(methods, seed, device, debug, data, quick)
        object.__setattr__(self, "statement", statement)
        for name, kind in KINDS.items():
            object.__setattr__(self, name, fitted(f"Context: {name}", getattr(self, name), kind, InputError))

    def rng(self, label: str) -> np.random.Generator:
        """Make the NumPy generator of this statement and label: its numbers do not depend on order or number of jobs.

        Args:
            label: Any text; other labels give independent numbers.

        Returns:
            A `numpy.random.Generator`.
        """
        return np.random.default_rng(self._sequence(label))

    def generator(self, label: str) -> Any:
        """Make the torch generator of this statement and label, on the run's device.

        Args:
            label: Any text; other labels give independent numbers.

        Returns:
            A `torch.Generator`.
        """
        import torch

        state = int(self._sequence(label).generate_state(2, np.uint64)[0] >> np.uint64(1))
        return torch.Generator(device=self.device).manual_seed(state)

    def _sequence(self, label: str) -> np.random.SeedSequence:
        return np.random.SeedSequence([self.seed, zlib.crc32(self.statement.encode()), zlib.crc32(label.encode())])


@taking(InputError, rng=_numpy_generator, device=one_of("cpu", "cuda"))
def torch_generator(rng: np.random.Generator, device: str = "cpu") -> Any:
    """Make a torch generator from the next 63 bits of a NumPy generator, for trials that run a network.

    Args:
        rng: The generator that `trial` of a Probability or `measure` of a Rate gets; it advances by one number.
        device: "cpu" or "cuda", where the torch generator draws.

    Returns:
        A `torch.Generator`.

    Raises:
        InputError: `rng` is not a NumPy generator, or the device is another one.

    Example:
        >>> import numpy as np
        >>> from checks.context import torch_generator
        >>> torch_generator(np.random.default_rng(0)).device.type
        'cpu'
    """
    import torch

    return torch.Generator(device=device).manual_seed(int(rng.integers(2**63)))
