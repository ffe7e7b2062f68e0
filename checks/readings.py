"""Readings: the values that a concrete model and batch give to a statement's symbols, or measurements on them.

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
from derivations.arguments import shown

Array = NDArray[np.float64]

RESOLUTION = 0.006
"""The half-width of a mean's confidence region, relative to its value, below which sampling stops:
a constant that is wrong by one per cent is seen from there."""


class ReadingError(ValueError):
    """Readings that are not valid; the message says which, and the remedy."""


def _relation(what: str, relation: Any) -> None:
    if relation not in ("=", "<="):
        raise ReadingError(f"the relation of {what} is '=' or '<=', not {relation!r}: exchange the sides of '>='")


def _real(what: str, *sides: Any) -> None:
    """Raise ReadingError for a side that has no real numbers."""
    for side in sides:
        kind = np.asarray(side).dtype.kind
        if kind not in "biuf":
            raise ReadingError(f"a side of {what} is not made of real numbers (dtype {np.asarray(side).dtype})")


@dataclass(frozen=True)
class Differentiated:
    """The derivative of a real model by autograd, and the values of the statement's symbols there.

    Args:
        values: The value of each symbol of the statement, batched over leading axes.
        measured: The derivative, of the shape of the statement's formula, with the same batch axes.
        operations: The length of the longest chain of roundings in the model.
        model: The model, in words.
        activation: The σ that the model computes, if the statement leaves it unspecified.

    Example:
        >>> from sympy import Symbol
        >>> from checks.readings import Differentiated
        >>> Differentiated({Symbol("x"): 3.0}, measured=6.0, operations=2, model="x²").measured
        6.0
    """

    values: Mapping[Any, Any]
    measured: Any
    operations: int
    model: str = ""
    activation: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Sampled:
    """Independent samples whose mean the statement gives.

    Sampling stops when a difference of `resolution` times the mean's size would be noticed, or of `resolution · size`
    if that is larger.

    Args:
        draw: A function of n that yields chunks of samples, of shape (·, d).
        claimed: The mean according to the statement, of shape (d,).
        about: What was sampled, in words.
        resolution: The relative size of a difference that must be noticed.
        size: The smallest size of the mean that `resolution` refers to.
        most: The largest number of samples.
        at: The point of the domain at which they are drawn, if it is one.

    Example:
        >>> import numpy as np
        >>> from checks.readings import Sampled
        >>> rng = np.random.default_rng(0)
        >>> Sampled(lambda n: iter([rng.standard_normal((n, 1))]), np.zeros(1)).claimed.shape
        (1,)
    """

    draw: Callable[[int], Iterator[Array]]
    claimed: Array
    about: str = ""
    resolution: float = RESOLUTION
    size: float = 0.0
    most: int = 2**24
    at: Mapping[Any, Any] | None = None


@dataclass(frozen=True)
class Followed:
    """Both sides of a statement along a real run, without chance; for means of trials use `Compared`.

    Errors of the sides count against the statement, and against its refutation.

    Args:
        left: The left side, an array over steps and runs.
        right: The right side, of the same shape.
        relation: "=" or "<=".
        tolerance: The largest difference that rounding explains, as `about` justifies.
        about: What was run, in words.
        data: What pictures are drawn from.
        left_error: How far the left side may be off, ≥ 0, a number or an array.
        right_error: How far the right side may be off, ≥ 0.

    Example:
        >>> import numpy as np
        >>> from checks.readings import Followed
        >>> Followed(np.array([1.0]), np.array([2.0]), "<=", 0.0, "one step").relation
        '<='
    """

    left: Array
    right: Array
    relation: str
    tolerance: float
    about: str
    data: Mapping[str, Any] = field(default_factory=dict)
    left_error: Any = 0.0
    right_error: Any = 0.0

    def __post_init__(self) -> None:
        _relation("Followed", self.relation)
        _real("Followed", self.left, self.right, self.left_error, self.right_error)
        if not 0 <= self.tolerance < float("inf"):
            raise ReadingError(f"the tolerance of Followed is a finite number ≥ 0, not {self.tolerance!r}")


@dataclass(frozen=True)
class Means:
    """A side of a comparison that is a mean of independent trials.

    Trials alone say nothing of a mean: one in 10,000 that is 10⁶ moves it by 100 and is not among 40 trials. What is
    known of their law beforehand is therefore stated: the bounds between which every trial lies, with which no more is
    assumed, or that the law is near a normal one, as that of a sum of many parts, or near a lognormal one, as that of a
    product of many factors; then intervals of these laws are used where the trials do not contradict them. With
    neither, the comparison stays undecided.

    Args:
        samples: One value for each trial and comparison, of shape (trials, comparisons).
        between: The least and the largest value that any trial can have, if both are known.
        law: "normal" for a law that is near a normal one, "lognormal" for one whose logarithm is, "" for any law.
        looks: How many trials came from each measurement with its own seed, in order; () for one measurement.
        separate: Whether each trial is made of random numbers of its own, so that none depends on another. Of fewer
            than 50 trials nobody sees whether they do, and nothing is said of them unless this is stated.

    Source:
        Bahadur and Savage 1956, "The nonexistence of certain statistical procedures in nonparametric problems".

    Example:
        >>> import numpy as np
        >>> from checks.readings import Means
        >>> Means(np.zeros((10, 1)), between=(0, 1)).samples.shape
        (10, 1)
    """

    samples: Array
    between: tuple[float, float] | None = None
    law: str = ""
    looks: tuple[int, ...] = ()
    separate: bool = False

    def __post_init__(self) -> None:
        _real("Means", self.samples)
        if np.ndim(self.samples) == 0:
            raise ReadingError("Means needs one value for each trial, not one number")
        if self.law not in ("", "normal", "lognormal"):
            raise ReadingError(f"the law of Means is 'normal', 'lognormal' or not stated, not {self.law!r}")
        if self.law == "lognormal" and (np.asarray(self.samples) <= 0).any():
            raise ReadingError("a trial of a lognormal law is positive: state bounds of the trials instead")
        if self.between is None:
            return
        ends = np.asarray(self.between)
        if ends.shape != (2,) or ends.dtype.kind not in "iuf" or not -np.inf < ends[0] < ends[1] < np.inf:
            raise ReadingError(f"the bounds of Means are two finite numbers, the smaller first, not {self.between!r}")
        low, high = self.between
        if (np.asarray(self.samples) < low).any() or (np.asarray(self.samples) > high).any():
            raise ReadingError(f"a trial of Means lies outside of its bounds {low:g} and {high:g}")


@dataclass(frozen=True)
class Shares:
    """A side of a comparison that is the chance of an event.

    Args:
        events: How often it happened, for each comparison, of shape (comparisons,).
        trials: The number of independent trials of each comparison.

    Example:
        >>> import numpy as np
        >>> from checks.readings import Shares
        >>> Shares(np.array([3]), 100).trials
        100
    """

    events: NDArray[np.int64]
    trials: int

    def __post_init__(self) -> None:
        events = np.asarray(self.events)
        if events.dtype.kind not in "iu" or (events < 0).any() or (events > self.trials).any():
            raise ReadingError(f"Shares needs whole numbers of events from 0 to its {self.trials} trials")


Side = Means | Shares | float | Array
"""A side of a comparison; plain numbers, one or of shape (comparisons,), are known without error."""


@dataclass(frozen=True)
class Compared:
    """Two sides of a statement of which at least one is estimated from independent trials.

    The noise counts against the statement: it holds only if it does for every value within the confidence intervals,
    and is refuted only if it fails for every one.

    Args:
        left: The left side: `Means`, `Shares`, or plain numbers that are known without error.
        right: The right side.
        relation: "<=" or "=".
        about: What was run, in words.
        margin: For "=", the largest difference that counts as equal: the interval must lie within ± margin.
        paired: Whether trial i of both sides had the same randomness elsewhere; then their difference is averaged.
        data: What pictures are drawn from.

    Example:
        >>> import numpy as np
        >>> from checks.readings import Compared, Means
        >>> Compared(Means(np.array([[0.9], [1.1], [1.0]]), law="normal", separate=True), 2.0).relation
        '<='
    """

    left: Side
    right: Side
    relation: str = "<="
    about: str = ""
    margin: float = 0.0
    paired: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _relation("Compared", self.relation)
        for side in (self.left, self.right):
            _real(
                "Compared",
                side.samples if isinstance(side, Means) else side.events if isinstance(side, Shares) else side,
            )
        if np.ndim(self.margin) or not 0 <= float(self.margin) < float("inf"):
            raise ReadingError(f"the margin of Compared is one finite number ≥ 0, not {self.margin!r}")


@dataclass(frozen=True)
class Scaled:
    """A quantity at several values of a variable, for a law.

    Args:
        variable: The values of the variable, of shape (k,).
        quantity: The quantity there, of shape (k,); repetitions are further entries.
        about: What was measured, in words.
        data: What pictures are drawn from.
        drift: How far the exponent at finite sizes may be from the asymptotic one, as `about` explains.
        trial: Which trial, a network or a run, each entry comes from, of shape (k,), if entries of one trial are not
            independent, such as one run at several times. Each trial has all sizes.

    Example:
        >>> import numpy as np
        >>> from checks.readings import Scaled
        >>> Scaled(np.array([1.0, 2.0, 4.0]), np.array([1.0, 0.5, 0.25])).drift
        0.0
    """

    variable: Array
    quantity: Array
    about: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    drift: float = 0.0
    trial: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        _real("Scaled", self.variable, self.quantity)
        if not 0 <= self.drift < float("inf"):
            raise ReadingError(f"the drift of Scaled is a finite number ≥ 0, not {self.drift!r}")
        if np.ndim(self.variable) != 1 or np.shape(self.quantity) != np.shape(self.variable):
            raise ReadingError("Scaled needs one quantity for each value of the variable, both of shape (k,)")
        if self.trial is None:
            return
        if np.shape(self.trial) != np.shape(self.variable) or np.asarray(self.trial).dtype.kind not in "iu":
            raise ReadingError("the trial of each entry of Scaled is a whole number, in an array of shape (k,)")
        parts = [np.sort(np.asarray(self.variable)[self.trial == t]) for t in np.unique(self.trial)]
        if len(parts) < 2 or any(not np.array_equal(parts[0], part) for part in parts):
            raise ReadingError("Scaled needs two trials or more, and each at all values of the variable")


@dataclass(frozen=True)
class Tried:
    """The number of times that an event happened in independent trials.

    Points that are given to one network are independent trials of that network, and none of its training: where they
    are counted, the event of the statement names the network.

    Args:
        events: How often it happened.
        trials: The number of trials, at least `events`.
        about: What was tried, in words.
        data: What pictures are drawn from.

    Example:
        >>> from checks.readings import Tried
        >>> Tried(events=3, trials=10).trials
        10
    """

    events: int
    trials: int
    about: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        whole = all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in (self.events, self.trials))
        if not whole or not 0 <= self.events <= self.trials or self.trials < 1:
            raise ReadingError(
                f"Tried needs a whole number of events of its trials, not {shown(self.events)} of {shown(self.trials)}"
            )


@dataclass(frozen=True)
class Enclosed:
    """The result of ball arithmetic for a statement on concrete data.

    Args:
        holds: True if the statement holds for certain, False if it fails for certain, None if neither is known.
        about: What was enclosed, in words.
        data: What pictures are drawn from.

    Example:
        >>> from checks.readings import Enclosed
        >>> Enclosed(True, "λ_min > 0").holds
        True
    """

    holds: bool | None
    about: str
    data: Mapping[str, Any] = field(default_factory=dict)


Measurement = Enclosed | Differentiated | Sampled | Followed | Compared | Scaled | Tried


@dataclass(frozen=True)
class Reading:
    """A measurement for a statement, and the method that judges it.

    Args:
        method: The name of the method, such as "trajectory".
        measure: A function of the run's `Context` that returns one of the measurements of this module.
        both_sides: Whether both sides of the statement are measured.
        by: Which code made each of the two sides, such as ("torch.autograd", "the right side"); a measurement with
            both sides by the same code cannot fail.
        run: The name of a run that readings of several statements have in common, "" without one. These statements
            are checked in one process, one after the other, so that what is cached there is not computed twice.

    Example:
        >>> from checks.readings import Reading, Tried
        >>> Reading("sampling", lambda context: Tried(3, 10)).method
        'sampling'
    """

    method: str
    measure: Callable[[Context], Measurement]
    both_sides: bool = False
    by: tuple[str, ...] = ()
    run: str = ""
