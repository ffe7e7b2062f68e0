"""Tests and intervals with stated error probabilities: means, proportions, slopes, and how finite sizes move them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MeanTest:
    """Is the mean of N vectors zero?  T² = N x̄ᵀS⁻¹x̄ against its `threshold` at the given level.

    `reach` is the longest half-axis of the confidence ellipsoid: the least error surely seen.
    `normal` is False while the samples are too few for the central limit theorem so far out in the tail,
    or did not spread at all: then the test says nothing.
    """

    count: int
    statistic: float
    threshold: float
    reach: float
    mean: Array

    normal: bool

    @property
    def rejects(self) -> bool:
        return self.normal and self.statistic > self.threshold


class Moments:
    """Mean, covariance, skewness and kurtosis of samples that arrive in chunks (N, d), by Chan's update."""

    def __init__(self, dimension: int) -> None:
        self.count = 0
        self.mean: Array = np.zeros(dimension)
        self.scatter: Array = np.zeros((dimension, dimension))
        self.powers: Array = np.zeros((2, dimension))

    def add(self, chunk: Array) -> None:
        """Take in a chunk of shape (N, d)."""
        n = len(chunk)
        mean = chunk.mean(axis=0)
        centred = chunk - mean
        shift = mean - self.mean
        total = self.count + n
        # einsum, not BLAS, whose sums depend on the number of threads
        self.scatter = (
            self.scatter + np.einsum("ni,nj->ij", centred, centred) + np.outer(shift, shift) * (self.count * n / total)
        )
        square = chunk * chunk
        self.powers = self.powers + np.stack([(square * chunk).sum(axis=0), (square * square).sum(axis=0)])
        self.mean = self.mean + shift * (n / total)
        self.count = total

    def test(self, level: float) -> MeanTest:
        """Hotelling's test of mean 0 at the given false-alarm rate.

        A direction without spread passes if it vanishes and says nothing otherwise: what N samples never
        met may have a chance up to log(1/level)/N, and carry the whole mean.
        """
        n = self.count
        covariance = self.scatter / (n - 1)
        values, axes = np.linalg.eigh(covariance)
        scale = max(float(values[-1]), 0.0)
        live = values > scale * 1e-12
        rank = int(live.sum())
        dead = np.abs(axes.T[~live] @ self.mean)
        missed = len(dead) > 0 and float(dead.max()) > 1e-9 * max(np.sqrt(scale), 1e-300)
        if rank == 0:
            exactly = bool(np.allclose(self.mean, 0, atol=1e-12))
            return MeanTest(n, 0.0 if exactly else np.inf, 1.0, 0.0, self.mean, exactly)
        projected = axes.T[live] @ self.mean
        statistic = float(n * np.sum(projected**2 / values[live]))
        f = stats.f.isf(level, rank, n - rank)
        threshold = float(rank * (n - 1) / (n - rank) * f)
        reach = float(np.sqrt(threshold * scale / n))
        normal = self._normal(threshold)
        if missed and not (normal and statistic > threshold):
            return MeanTest(n, np.inf, threshold, reach, self.mean, False)
        return MeanTest(n, statistic, threshold, reach, self.mean, normal)

    def _normal(self, threshold: float) -> bool:
        """Whether Edgeworth's corrections to the normal tail at √threshold are below a factor e^(1/2).

        They are skewness·z³/(6√N) and kurtosis·z⁴/(24N) in the exponent; a sample that is dominated
        by its largest member fails, as it must.
        """
        n, z2 = self.count, threshold
        m, variance = self.mean, np.diag(self.scatter) / self.count
        live = variance > 1e-12 * max(float(variance.max()), 1e-300)
        second = variance + m**2
        third = self.powers[0] / n - 3 * m * second + 2 * m**3
        fourth = self.powers[1] / n - 4 * m * self.powers[0] / n + 6 * m**2 * second - 3 * m**4
        skewness = np.abs(third[live]) / variance[live] ** 1.5
        kurtosis = fourth[live] / variance[live] ** 2
        exponent = skewness * z2**1.5 / (6 * np.sqrt(n)) + kurtosis * z2**2 / (24 * n)
        return bool(np.all(exponent <= 0.5))


@dataclass(frozen=True)
class Proportion:
    """`successes` of `trials`, with the exact (Clopper-Pearson) interval at confidence 1 − level."""

    successes: int
    trials: int
    low: float
    high: float


def binomial_interval(successes: int, trials: int, level: float) -> Proportion:
    """The exact two-sided binomial confidence interval; raises ValueError without trials."""
    if trials < 1:
        raise ValueError("a proportion needs at least one trial")
    result = stats.binomtest(successes, trials).proportion_ci(confidence_level=1 - level, method="exact")
    return Proportion(successes, trials, float(result.low), float(result.high))


@dataclass(frozen=True)
class Slope:
    """The slope of y on x by least squares, with its confidence half-width (Student's t)."""

    value: float
    half_width: float


def fit_slope(x: Array, y: Array, level: float) -> Slope:
    """The slope of a straight line through (x, y) with a confidence interval at 1 − level.

    Raises ValueError for fewer than three points or values that are not finite.
    """
    if len(x) < 3 or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("a slope with a confidence interval needs three finite points")
    fit = stats.linregress(x, y)
    return Slope(float(fit.slope), float(fit.stderr * stats.t.isf(level / 2, len(x) - 2)))


def mean_interval(samples: Array, level: float) -> tuple[Array, Array]:
    """Mean over the last axis, and the half-width of its confidence interval at 1 − level (Student's t).

    Raises ValueError for fewer than two samples.
    """
    n = samples.shape[-1]
    if n < 2:
        raise ValueError("a mean with a confidence interval needs two samples")
    half: Array = np.asarray(stats.t.isf(level / 2, n - 1) * samples.std(-1, ddof=1) / np.sqrt(n))
    return np.asarray(samples.mean(-1)), half


def slope(x: Any, y: Any) -> Array:
    """The slope of y (…, points) on x (points,) by least squares, shape (…)."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    centred = x - x.mean()
    return np.asarray((y * centred).sum(-1) / (centred @ centred))


def coefficient(exponents: Any, corrections: Any) -> Array:
    """c of a correction c·g, from the exponents found in two windows; see `drift`."""
    first, second = np.asarray(exponents, dtype=float)
    return np.asarray((second - first) / (corrections[1] - corrections[0]))


def drift(exponents: Any, corrections: Any, judged: float) -> float:
    """How far a correction c·g may move the exponent of a law where it is judged.

    If log q = k + e·log x + c·g(x), a fit in a window of x finds e + c·s with s the slope of g on log x there. Two
    windows of smaller sizes give c whatever e is, so that the answer favours no exponent. `exponents` (2,) or (2, runs)
    are those found in the two windows, `corrections` (2,) their s, `judged` the s of the window that is judged.
    The largest |c·s| of the runs is returned.

    >>> round(drift([-0.9, -0.95], [0.2, 0.1], 0.05), 10)
    0.025
    """
    return float(np.max(np.abs(coefficient(exponents, corrections) * judged)))
