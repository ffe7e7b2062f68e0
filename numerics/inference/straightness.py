"""Whether points lie on a straight line, and its slope where points of one trial move together.

The slope of a least-squares line has the interval that its residuals give only if these are noise: a curve, a trend
that neighbours share, or a slope of its own in every trial make that interval too short.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy  # its stats, a second of imports, when they are first used
from numpy.typing import NDArray

from numerics.statistics import Slope, slope, slope_rounding

Array = NDArray[np.float64]

NOTICED = 1e-3
"""How often straight data with independent errors are taken for others. That costs a verdict and never makes one."""
TOGETHER = 0.02
"""How often independent rows are taken for trials of their own. That makes an interval wider, and never shorter."""
DRAWS = 4000
"""Simulated lines for the law of Durbin and Watson's statistic."""
FEWEST_SIZES = 3
"""Two sizes lie on a line whatever the law."""


@dataclass(frozen=True)
class Departure:
    """How far points are from a straight line.

    Attributes:
        size: How much the local slope changes from one half of the range to the other, noise taken off; 0 if the points
            may lie on a line.
        what: What was seen, in words; empty if nothing.
    """

    size: float = 0.0
    what: str = ""


def departure(x: Array, y: Array, trial: NDArray[np.int64] | None = None) -> Departure:
    """Find how far points are from a straight line, beyond their noise.

    Three tests at the level `NOTICED`: whether a parabola fits better; whether means of repeated points leave the line,
    in units of their pure error; and, without repetitions, whether neighbouring residuals are alike.

    Args:
        x: Finite numbers of shape (n,), of at least three different values.
        y: Finite numbers of the same shape.
        trial: Which trial each point comes from, of shape (n,), if points of a trial are not independent.

    Returns:
        The largest `Departure` that the tests find. A deviation d from the line counts as the change 6d/R of the slope
        over the range R of x, which is that of a parabola.

    Source:
        Draper and Smith 1998, "Applied Regression Analysis", Sections 2.1 and 7; Durbin and Watson 1950, "Testing for
        serial correlation in least squares regression".

    Example:
        >>> import numpy as np
        >>> from numerics.inference.straightness import departure
        >>> x = np.linspace(0, 1, 12)
        >>> departure(x, 2 * x).size, round(departure(x, x**2).size, 6)
        (0.0, 1.0)
    """
    sizes = np.unique(x)
    if len(sizes) < FEWEST_SIZES:
        return Departure(np.inf, f"{len(sizes)} sizes lie on a line whatever the law: three are needed")
    u = (x - x.mean()) / np.ptp(x)
    found = [_bend(u, y, trial)]
    if len(sizes) < len(x) and trial is None:
        found.append(_scatter(u, y))
    elif trial is None:
        found.append(_likeness(u, y))
    worst = max(found, key=lambda d: d.size)
    return Departure(worst.size / float(np.ptp(x)), worst.what)


def _bend(u: Array, y: Array, trial: NDArray[np.int64] | None) -> Departure:
    """The change of slope c of a + bu + cu² over a range of 1; by trials if points of one are not independent."""
    if trial is None:
        size, error, free = _curvature(u, y)
    else:
        each = np.array([_curvature(u[trial == t], y[trial == t])[0] for t in np.unique(trial)])
        size, error, free = float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each))), len(each) - 1
    if free < 1:
        return Departure()
    beyond = abs(size) - error * float(scipy.stats.t.isf(NOTICED / 2, free))
    return Departure(beyond, "the points lie on a curve, not on a line") if beyond > 0 else Departure()


def _curvature(u: Array, y: Array) -> tuple[float, float, int]:
    """c of the parabola, its standard error by pure error where points are repeated, and the degrees of freedom."""
    design = np.stack([np.ones_like(u), u, u**2], axis=1)
    inverse = np.linalg.pinv(design)
    fitted = inverse @ y
    rest, free = y - design @ fitted, len(u) - 3
    groups = np.unique(u, return_inverse=True)[1]
    if groups.max() + 1 < len(u):
        rest, free = y - _group_means(groups, y)[groups], len(u) - int(groups.max()) - 1
    variance = float(rest @ rest) / free if free > 0 else 0.0
    return float(fitted[2]), float(np.sqrt(variance * (inverse[2] @ inverse[2]))), free


def _group_means(groups: NDArray[np.int64], y: Array) -> Array:
    return np.asarray(np.bincount(groups, y) / np.bincount(groups))


def _scatter(u: Array, y: Array) -> Departure:
    """How far means of repeated points leave the line, where that is more than their scatter explains."""
    groups = np.unique(u, return_inverse=True)[1]
    means, counts = _group_means(groups, y), np.bincount(groups)
    k, n = len(counts), len(y)
    steep, start = np.polyfit(u, y, 1)
    off = means - (start + steep * np.array([u[groups == g][0] for g in range(k)]))
    pure = float(np.sum((y - means[groups]) ** 2)) / (n - k)
    lack = float(np.sum(counts * off**2)) / (k - 2)
    if not lack > pure * float(scipy.stats.f.isf(NOTICED, k - 2, n - k)):
        return Departure()
    beyond = np.abs(off) - np.sqrt(pure / counts) * float(scipy.stats.t.isf(NOTICED / 2, n - k))
    return Departure(max(6 * float(beyond.max()), 0.0), "means leave the line by more than their scatter explains")


def _likeness(u: Array, y: Array) -> Departure:
    """How far points leave the line, where neighbours do so together: by Durbin and Watson's statistic."""
    order = np.argsort(u)
    design = np.stack([np.ones_like(u), u[order]], axis=1)
    off = design @ np.linalg.pinv(design)
    rest = y[order] - off @ y[order]
    noise = np.random.default_rng(0).standard_normal((DRAWS, len(u)))
    noise -= noise @ off.T  # off is the projector on lines
    seen = float(np.sum(np.diff(rest) ** 2) / max(float(rest @ rest), 1e-300))
    law = np.sum(np.diff(noise, axis=1) ** 2, axis=1) / np.sum(noise**2, axis=1)
    if not np.mean(law <= seen) < NOTICED:
        return Departure()
    return Departure(6 * float(np.abs(rest).max()), "neighbouring points leave the line together")


def by_trials(x: Array, y: Array, trial: NDArray[np.int64], level: float) -> Slope:
    """Compute the mean of the slopes of trials, with Student's interval of their spread.

    Args:
        x: Finite numbers of shape (n,).
        y: Finite numbers of the same shape.
        trial: Which trial each point comes from, of shape (n,); each has the same values of x.
        level: The probability that the interval misses, between 0 and 1.

    Returns:
        A `Slope` whose interval holds whatever points of a trial have in common.

    Raises:
        ValueError: There are fewer than two trials, or they have different values of x.

    Example:
        >>> import numpy as np
        >>> from numerics.inference.straightness import by_trials
        >>> x, trial = np.tile([0.0, 1.0, 2.0], 2), np.repeat([0, 1], 3)
        >>> by_trials(x, np.array([0, 1, 2, 0, 3, 6.0]), trial, 0.5).value
        2.0
    """
    labels = np.unique(trial)
    if len(labels) < 2:
        raise ValueError("an interval from trials needs two of them")
    first = np.sort(x[trial == labels[0]])
    if any(not np.array_equal(np.sort(x[trial == t]), first) for t in labels) or np.ptp(first) == 0:
        raise ValueError("trials of a law are all measured at the same sizes, at least two of them")
    slopes = np.array([slope(x[trial == t], y[trial == t]) for t in labels])
    half = scipy.stats.t.isf(level / 2, len(slopes) - 1) * slopes.std(ddof=1) / np.sqrt(len(slopes))
    return Slope(float(slopes.mean()), float(half) + slope_rounding(x, y))


def moving_together(x: Array, y: Array) -> NDArray[np.int64] | None:
    """Find whether the i-th points of all sizes have a slope of their own, as if they came from one trial.

    Args:
        x: Finite numbers of shape (n,).
        y: Finite numbers of the same shape.

    Returns:
        The number i of each point among those of its size, if the slopes of these rows differ by more than their
        residuals explain, at the level `TOGETHER`; None otherwise, or if sizes have different numbers of points.

    Example:
        >>> import numpy as np
        >>> from numerics.inference.straightness import moving_together
        >>> x = np.tile(np.arange(5.0), 8)
        >>> noise = np.random.default_rng(0).normal(size=40)
        >>> moving_together(x, noise) is None, moving_together(x, 9 * x * np.repeat(noise[:8], 5) + noise) is None
        (True, False)
    """
    sizes, groups, counts = np.unique(x, return_inverse=True, return_counts=True)
    rows, k = int(counts[0]), len(sizes)
    if rows < 3 or k < FEWEST_SIZES or not (counts == rows).all():
        return None
    trial = np.empty(len(x), dtype=np.int64)
    for g in range(k):
        trial[groups == g] = np.arange(rows)
    table = np.empty((rows, k))
    table[trial, groups] = y
    u = sizes - sizes.mean()
    # what all rows have in common, a curve for one, is no matter here
    rest = table - table.mean(0) - (table - table.mean(0)).mean(1, keepdims=True)
    slopes = rest @ u / (u @ u)
    rest = rest - np.outer(slopes, u)
    between = float(slopes @ slopes) * float(u @ u) / (rows - 1)
    within = float(np.sum(rest**2)) / ((rows - 1) * (k - 2))
    if within == 0 and between == 0:
        return None
    alike = between > within * float(scipy.stats.f.isf(TOGETHER, rows - 1, (rows - 1) * (k - 2)))
    return trial if alike else None
