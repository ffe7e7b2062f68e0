"""What every method may use: a seed, a device, and random numbers that depend on nothing else."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from checks.errors import InputError
from derivations.arguments import Unfit, fitted, flag, one_of, seed, taking, text


def _numpy_generator(value: Any) -> Any:
    if not isinstance(value, np.random.Generator):
        raise Unfit("not a numpy.random.Generator; write numpy.random.default_rng(0)")
    return value


KINDS = {"seed": seed, "device": one_of("cpu", "cuda"), "statement": text, "data": text, "quick": flag}


@dataclass(frozen=True)
class Context:
    """What every method may use: a seed, a device, and random numbers that depend on nothing else.

    Args:
        seed: The run's seed, a whole number ≥ 0.
        device: "cpu" or "cuda".
        statement: The id of the statement being checked.
        data: The path of the user's data; "" without any.
        quick: Whether methods use fewer points, and do not check twice what they have proved.

    Raises:
        InputError: An argument cannot be used.

    Example:
        >>> from checks.context import Context
        >>> context = Context(seed=1, statement="mypaper.descent")
        >>> context.rng("start").random() == context.rng("start").random()
        True
    """

    seed: int = 0
    device: str = "cpu"
    statement: str = ""
    data: str = ""
    quick: bool = False

    def __post_init__(self) -> None:
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
