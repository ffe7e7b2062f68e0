"""What may be swept: the size that a law is about, the sizes beside it, and one number for each network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from numerics.machine.precision import FLOAT64, PRECISIONS, Precision, Trace

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Sizes = Mapping[str, int]
"""The sizes of one task by name."""
EVERY = tuple(PRECISIONS)


@dataclass(frozen=True)
class Dimension:
    """A size: its name on the command line, its letter, the values it has if none are given, in words, the least."""

    name: str
    letter: str
    default: str
    words: str
    least: int = 1


@dataclass(frozen=True)
class Sweep:
    """How a Rate is measured at any size.

    `each(point, generators, precision, trace)` gives one number for each generator, that is for each network, shape
    (len(generators),); with a trace it is float64 from the draws of the given precision. A seed's value is their
    mean, or with `log` its logarithm. `bytes(point, precision)` is what one network takes. `drift(size)` is how far
    the exponent of sizes from this one on may be from that of an asymptotic law.
    """

    dimension: Dimension
    each: Callable[[Sizes, Sequence[torch.Generator], Precision, Trace | None], Tensor]
    bytes: Callable[[Sizes, Precision], float]
    others: tuple[Dimension, ...] = ()
    networks: int = 8
    log: bool = False
    precisions: tuple[str, ...] = (FLOAT64.name,)
    drift: Callable[[int], float] = lambda size: 0.0

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """All sizes, that which the law is about first."""
        return (self.dimension, *self.others)


def sweep_of(paper: str, slug: str) -> Sweep | None:
    """The sweep of a library's statement, None if it has none of its own."""
    found: Sweep | None = _part(paper, "SWEEPS").get(slug)
    return found


def alias_of(paper: str, slug: str) -> str:
    """The slug of the statement that another name stands for."""
    return str(_part(paper, "ALIASES").get(slug, slug))


def _part(paper: str, name: str) -> Mapping[str, Any]:
    package = f"checks.papers.{paper}"
    there = find_spec(package) if paper.isidentifier() else None
    if there is None or there.submodule_search_locations is None or find_spec(f"{package}.sweeps") is None:
        return {}
    found: Mapping[str, Any] = getattr(import_module(f"{package}.sweeps"), name, {})
    return found
