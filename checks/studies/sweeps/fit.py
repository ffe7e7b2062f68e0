"""What a sweep found: each size with its spread over seeds, and the exponent beside the statement's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checks.methods.scaling import FALSE_ALARM, verdict_on
from checks.studies.sweeps.task import Outcome
from checks.verdicts import Verdict
from derivations.statements import Rate
from numerics.statistics import fit_slope

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One size: mean, median, standard deviation and error of the mean over its values, and the largest rounding."""

    size: float
    values: tuple[float, ...]
    rounding: float

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def median(self) -> float:
        return float(np.median(self.values))

    @property
    def spread(self) -> float:
        """The standard deviation; 0 for one value."""
        return float(np.std(self.values, ddof=1)) if len(self.values) > 1 else 0.0

    @property
    def error(self) -> float:
        """The standard error of the mean."""
        return self.spread / float(np.sqrt(len(self.values)))


@dataclass(frozen=True)
class Fit:
    """The exponent, the half-width of its interval, how much of that is rounding, and what it says of the claim."""

    exponent: float
    half_width: float
    rounding: float
    claimed: float
    drift: float
    verdict: str

    @property
    def low(self) -> float:
        return self.exponent - self.half_width

    @property
    def high(self) -> float:
        return self.exponent + self.half_width


def rows_of(outcomes: Iterable[Outcome]) -> list[Row]:
    """The values of each size, in increasing order of sizes."""
    found: dict[float, list[float]] = {}
    rounding: dict[float, float] = {}
    for outcome in outcomes:
        for size, value in zip(outcome.variable, outcome.quantity, strict=True):
            found.setdefault(size, []).append(value)
            rounding[size] = max(rounding.get(size, 0.0), outcome.rounding)
    return [Row(size, tuple(found[size]), rounding[size]) for size in sorted(found)]


def seeds_matter(rows: Sequence[Row]) -> bool:
    """Whether the values of any size differ at all; if not, more seeds make no narrower interval."""
    return any(len(set(row.values)) > 1 for row in rows)


def fit(statement: Rate, rows: Sequence[Row], drift: float = 0.0) -> Fit:
    """The exponent of the law with an interval at confidence 1 − FALSE_ALARM, widened by what rounding can do to it.

    Raises ValueError for fewer than two sizes or three points, and for values that have no logarithm.
    """
    if len(rows) < 2:
        raise ValueError("an exponent needs at least two sizes")
    points = [
        (row.size, v, row.rounding)
        for row in rows
        for v in (row.values if seeds_matter(rows) else tuple(dict.fromkeys(row.values)))
    ]
    sizes, values, roundings = np.array(points).T
    if (values <= 0).any():
        raise ValueError(
            f"the values of a law must be positive, and one is {values.min():.3g}: more --networks give less noise"
        )
    x = np.log(sizes) if statement.law == "power" else sizes
    slope = fit_slope(x, np.log(values), FALSE_ALARM)
    # the slope is linear in the logarithms: Σ w y with w = (x − x̄)/Σ(x − x̄)²
    weights = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    errors = _log_error(values, roundings)
    # a middle size does not influence the slope, but if its value is unknown there is no fit
    moved = float((np.abs(weights) * errors).sum()) if np.isfinite(errors).all() else float("inf")
    half, claimed = slope.half_width + moved, float(statement.exponent)
    found = verdict_on(slope.value, half + drift, statement)
    verdict = "holds" if found is Verdict.VERIFIED else found.value
    return Fit(slope.value, half, moved, claimed, drift, verdict)


def _log_error(values: Array, roundings: Array) -> Array:
    """The error of a logarithm from that of its argument; infinite where the argument may be 0."""
    share = roundings / values
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(share < 1, -np.log1p(-np.minimum(share, 1)), np.inf))
