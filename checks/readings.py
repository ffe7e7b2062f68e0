"""Readings: what a concrete model and batch give to a statement's symbols, or measure beside it.

A reading is a function of the run's context that returns one of the measurements below; which one it
returns decides which method judges it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.context import Context

Array = NDArray[np.float64]

RESOLUTION = 0.006
"""The half-width of a mean's confidence region, relative to its value, below which sampling stops:
a constant that is wrong by one per cent is seen from there."""


@dataclass(frozen=True)
class Differentiated:
    """An autograd derivative of a real model, and the values that it gives to the statement's symbols.

    `measured` has the shape of the statement's formula, batched like `values`; `operations` is the
    length of the longest chain of roundings on the model's side. `activation` is the σ that the model computes, where
    the statement leaves it unspecified.
    """

    values: Mapping[Any, Any]
    measured: Any
    operations: int
    model: str = ""
    activation: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Sampled:
    """Samples whose mean the statement gives: `draw(n)` yields chunks (·, d) of independent ones.

    `claimed` is the statement's value, shape (d,); sampling stops when a gap of `resolution` times its
    size, or times `size` if that is larger, would be seen, or after `most` samples.
    """

    draw: Callable[[int], Iterator[Array]]
    claimed: Array
    about: str = ""
    resolution: float = RESOLUTION
    size: float = 0.0
    most: int = 2**24


@dataclass(frozen=True)
class Followed:
    """Both sides of a statement along a real run, without chance: `left` and `right` are arrays over steps and runs.

    `relation` is "=" or "<="; `tolerance` is what rounding explains, and why is said in `about`. Sides that are means
    of trials belong into `Compared`. Where a side is known only up to an error, `left_error` and `right_error` (≥ 0, of
    the shape of the sides) say how far it may be off; they count against the statement, and against a refutation.
    """

    left: Array
    right: Array
    relation: str
    tolerance: float
    about: str
    data: Mapping[str, Any] = field(default_factory=dict)
    left_error: Any = 0.0
    right_error: Any = 0.0


@dataclass(frozen=True)
class Means:
    """A side of a comparison that is a mean of independent trials: `samples` has shape (trials, comparisons)."""

    samples: Array


@dataclass(frozen=True)
class Shares:
    """A side that is the chance of an event: `events` of shape (comparisons,) counts it in so many `trials` each."""

    events: NDArray[np.int64]
    trials: int


Side = Means | Shares | float | Array
"""A side of a comparison; plain numbers, one or of shape (comparisons,), are known without error."""


@dataclass(frozen=True)
class Compared:
    """Two sides of a statement of which at least one is estimated from independent trials.

    `relation` is "<=" or "=". The noise counts against the statement: it holds only if it does for every value within
    the confidence intervals, and is refuted only if it fails for every one. An equality is an equivalence: the interval
    of the difference must lie within ± `margin`. With `paired`, trial i of both sides had the same randomness
    elsewhere, and their difference is what is averaged.
    """

    left: Side
    right: Side
    relation: str = "<="
    about: str = ""
    margin: float = 0.0
    paired: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scaled:
    """A quantity at several values of a variable, for a law; `data` is kept for pictures.

    `drift` is how far finite sizes may move the exponent of an asymptotic law, as `about` explains.
    """

    variable: Array
    quantity: Array
    about: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    drift: float = 0.0


@dataclass(frozen=True)
class Tried:
    """How often an event happened in independent trials."""

    events: int
    trials: int
    about: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Enclosed:
    """What ball arithmetic says of a statement on concrete data: `holds` for sure, fails for sure, or None."""

    holds: bool | None
    about: str
    data: Mapping[str, Any] = field(default_factory=dict)


Measurement = Enclosed | Differentiated | Sampled | Followed | Compared | Scaled | Tried


class ReadingError(ValueError):
    """Readings that cannot be meant as written; the message says which and the remedy."""


@dataclass(frozen=True)
class Reading:
    """A measurement that can be made for a statement, and the method that judges it.

    `both_sides` says that it measures both sides of the statement (`Followed`, `Compared`), whatever the method. `by`
    says which code made each of the two sides, as in ("torch.autograd", "the statement's right side"): a measurement
    whose sides are made by the same code cannot fail.
    """

    method: str
    measure: Callable[[Context], Measurement]
    both_sides: bool = False
    by: tuple[str, ...] = ()
