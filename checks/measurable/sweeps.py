"""What a sweep may vary: the size in a law, further sizes, and how one network is measured."""

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
    """A size that a sweep varies.

    Attributes:
        name: The name of its option on the command line.
        letter: Its letter in formulas.
        default: The values it has by default, as written on the command line.
        words: What it is, in words.
        least: Its smallest value.
    """

    name: str
    letter: str
    default: str
    words: str
    least: int = 1


@dataclass(frozen=True)
class Sweep:
    """How a Rate is measured at any size.

    Attributes:
        dimension: The size that the law is about.
        each: A function of (point, generators, precision, trace) that returns one number for each generator, that is
            for each network, of shape (len(generators),). With a trace, it computes in float64 from the draws of the
            given precision.
        bytes: The memory of one network, as a function of (point, precision).
        others: The other sizes.
        networks: The number of networks of one seed; the seed's value is their mean.
        log: Whether the value is the logarithm of the mean.
        precisions: The number formats that are allowed.
        drift: For sizes from the given one on, the largest difference between their exponent and that of the asymptotic
            law.
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
        """All sizes; the one that the law is about comes first."""
        return (self.dimension, *self.others)


def sweep_of(paper: str, slug: str) -> Sweep | None:
    """Find the sweep of a statement of the library.

    Args:
        paper: The paper's key.
        slug: The statement's slug.

    Returns:
        The `Sweep`, or None if the statement has none.

    Example:
        >>> from checks.measurable.sweeps import sweep_of
        >>> sweep_of("du2018", "finite-width").dimension.name
        'width'
    """
    found: Sweep | None = _part(paper, "SWEEPS").get(slug)
    return found


def alias_of(paper: str, slug: str) -> str:
    """Find the slug of the statement that another name stands for.

    Args:
        paper: The paper's key.
        slug: A slug or another name.

    Returns:
        The slug.

    Example:
        >>> from checks.measurable.sweeps import alias_of
        >>> alias_of("liu2019", "kernel")
        'kernel'
    """
    return str(_part(paper, "ALIASES").get(slug, slug))


def _part(paper: str, name: str) -> Mapping[str, Any]:
    package = f"checks.papers.{paper}"
    there = find_spec(package) if paper.isidentifier() else None
    if there is None or there.submodule_search_locations is None or find_spec(f"{package}.sweeps") is None:
        return {}
    found: Mapping[str, Any] = getattr(import_module(f"{package}.sweeps"), name, {})
    return found
