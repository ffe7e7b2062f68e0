"""What a run is asked to do, and what every method may rely on: a seed, a device, and random streams of its own."""

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
"""What a context is checked for."""


@dataclass(frozen=True)
class Options:
    """What a run is asked to do.

    `methods` are the only ones to use, all if there are none; `device` is `cpu` or `cuda`, or `auto` until it is known
    which; `debug` lets exceptions through; `data` is a path of the user's data. In a `quick` run methods look at fewer
    points and give no second opinion on what they have proved, and a statement is done with two keys.
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
    """What a run is asked to do for one statement, named by its id: the seed and the device (`cpu` or `cuda`) first.

    Raises InputError for a value that does not fit.
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
        """A NumPy stream of this statement and label alone: the same for any order or number of jobs."""
        return np.random.default_rng(self._sequence(label))

    def generator(self, label: str) -> Any:
        """A torch generator on the run's device, seeded in the same way."""
        import torch

        state = int(self._sequence(label).generate_state(2, np.uint64)[0] >> np.uint64(1))
        return torch.Generator(device=self.device).manual_seed(state)

    def _sequence(self, label: str) -> np.random.SeedSequence:
        return np.random.SeedSequence([self.seed, zlib.crc32(self.statement.encode()), zlib.crc32(label.encode())])


@taking(InputError, rng=_numpy_generator, device=one_of("cpu", "cuda"))
def torch_generator(rng: np.random.Generator, device: str = "cpu") -> Any:
    """A torch generator seeded by the next 63 bits of a NumPy one, for trials that run a network.

    Args:
        rng: the generator that `trial` of a Probability or `measure` of a Rate gets; it moves on by one number.
        device: where the torch generator draws, `cpu` or `cuda`.

    >>> torch_generator(np.random.default_rng(0)).device.type
    'cpu'
    """
    import torch

    return torch.Generator(device=device).manual_seed(int(rng.integers(2**63)))
