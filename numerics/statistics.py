"""Tests and intervals with stated error probabilities: means, proportions, slopes, and how finite sizes move them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy  # its stats, a second of imports, when they are first used
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MeanTest:
    """The result of Hotelling's test whether the mean of N vectors is zero.

    Attributes:
        count: N.
        statistic: T² = N x̄ᵀS⁻¹x̄, with the mean x̄ and the covariance S of the samples.
        threshold: The value that T² exceeds with the false-alarm rate of the test.
        reach: The longest half-axis of the confidence ellipsoid: any mean of a larger norm would be noticed.
        mean: x̄, of shape (d,).
        normal: False if there are too few samples for the central limit theorem at this level, or if the samples do not
            spread at all; the test then says nothing.
    """

    count: int
    statistic: float
    threshold: float
    reach: float
    mean: Array

    normal: bool

    @property
    def rejects(self) -> bool:
        """Whether the mean is not zero, at the level of the test."""
        return self.normal and self.statistic > self.threshold


class Moments:
    """Mean, covariance, skewness and kurtosis of samples that arrive in chunks.

    Args:
        dimension: The length d of a sample.

    Source:
        Chan, Golub and LeVeque 1983, "Algorithms for computing the sample variance".

    Example:
        >>> import numpy as np
        >>> from numerics.statistics import Moments
        >>> moments = Moments(1)
        >>> moments.add(np.array([[1.0], [2.0]]))
        >>> moments.add(np.array([[3.0]]))
        >>> moments.mean.tolist()
        [2.0]
    """

    def __init__(self, dimension: int) -> None:
        self.count = 0
        self.mean: Array = np.zeros(dimension)
        self.scatter: Array = np.zeros((dimension, dimension))
        self.powers: Array = np.zeros((2, dimension))

    def add(self, chunk: Array) -> None:
        """Add a chunk of N samples, of shape (N, d)."""
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
        """Test whether the mean is 0, with Hotelling's T².

        A direction in which the samples do not spread passes if the mean vanishes there, and makes the test say nothing
        otherwise: an event that N samples never met may have a probability up to log(1/level)/N, and may carry the
        whole mean.

        Args:
            level: The false-alarm rate, between 0 and 1.

        Returns:
            A `MeanTest`.

        Source:
            Hotelling 1931, "The generalization of Student's ratio".

        Example:
            >>> import numpy as np
            >>> from numerics.statistics import Moments
            >>> moments = Moments(1)
            >>> moments.add(np.random.default_rng(0).standard_normal((10_000, 1)) + 1)
            >>> moments.test(1e-6).rejects
            True
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
        f = scipy.stats.f.isf(level, rank, n - rank)
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
    """A number of successes with its exact (Clopper–Pearson) confidence interval.

    Attributes:
        successes: The number of successes.
        trials: The number of trials.
        low: The lower end of the interval.
        high: The upper end of the interval.
    """

    successes: int
    trials: int
    low: float
    high: float


def binomial_interval(successes: int, trials: int, level: float) -> Proportion:
    """Compute the exact two-sided confidence interval of a probability.

    Args:
        successes: The number of successes, from 0 to `trials`.
        trials: The number of trials, at least 1.
        level: The probability that the interval misses, between 0 and 1.

    Returns:
        A `Proportion` with the interval at confidence 1 − level.

    Raises:
        ValueError: There is no trial.

    Source:
        Clopper and Pearson 1934, "The use of confidence or fiducial limits illustrated in the case of the binomial".

    Example:
        >>> from numerics.statistics import binomial_interval
        >>> found = binomial_interval(5, 10, 0.05)
        >>> round(found.low, 3), round(found.high, 3)
        (0.187, 0.813)
    """
    if trials < 1:
        raise ValueError("a proportion needs at least one trial")
    result = scipy.stats.binomtest(successes, trials).proportion_ci(confidence_level=1 - level, method="exact")
    return Proportion(successes, trials, float(result.low), float(result.high))


@dataclass(frozen=True)
class Slope:
    """The slope of y on x by least squares.

    Attributes:
        value: The slope.
        half_width: Half the width of its confidence interval, from Student's t and rounding.
    """

    value: float
    half_width: float


def fit_slope(x: Array, y: Array, level: float) -> Slope:
    """Fit a straight line by least squares and return its slope with a confidence interval.

    Args:
        x: At least three finite numbers, of shape (n,).
        y: Finite numbers of the same shape.
        level: The probability that the interval misses, between 0 and 1.

    Returns:
        A `Slope` with the interval at confidence 1 − level.

    Raises:
        ValueError: There are fewer than three points, or a value is not finite.

    Example:
        >>> import numpy as np
        >>> from numerics.statistics import fit_slope
        >>> x = np.arange(4.0)
        >>> round(fit_slope(x, 2 * x + 1, 0.05).value, 9)
        2.0
    """
    if len(x) < 3 or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("a slope with a confidence interval needs three finite points")
    if np.ptp(x) == 0:
        raise ValueError("a slope needs points at two places at least")
    u = x - x.mean()
    # residuals, not 1 − r², which rounding makes 0 where points are nearly on the line
    found = float(u @ (y - y.mean()) / (u @ u))
    rest = (y - y.mean()) - found * u
    error = float(np.sqrt(rest @ rest / (len(x) - 2) / (u @ u)))
    return Slope(found, error * float(scipy.stats.t.isf(level / 2, len(x) - 2)) + slope_rounding(x, y))


def slope_rounding(x: Array, y: Array) -> float:
    """Bound what roundings of x and y, of a few units in the last place each, change in the slope of y on x.

    Args:
        x: Finite numbers of shape (n,), not all the same.
        y: Finite numbers of the same shape.

    Returns:
        The bound.

    Example:
        >>> import numpy as np
        >>> from numerics.statistics import slope_rounding
        >>> slope_rounding(np.arange(4.0), np.arange(4.0)) < 1e-14
        True
    """
    u = np.abs(x - x.mean())
    steep = float(np.ptp(y) / np.ptp(x))
    return 4 * float(np.finfo(float).eps * (np.abs(y).max() + steep * np.abs(x).max()) * u.sum() / (u @ u))


def mean_interval(samples: Array, level: float, worth: Any = None) -> tuple[Array, Array]:
    """Compute means over the last axis with confidence intervals from Student's t.

    Args:
        samples: Numbers of shape (…, n) with n ≥ 2.
        level: The probability that an interval misses, between 0 and 1.
        worth: How many independent samples the n are worth, more than 1, a number or an array of shape (…); n if None.

    Returns:
        The means and the half-widths of their intervals at confidence 1 − level, each of shape (…).

    Raises:
        ValueError: There are fewer than two samples.

    Example:
        >>> import numpy as np
        >>> from numerics.statistics import mean_interval
        >>> mean, half_width = mean_interval(np.array([1.0, 2.0, 3.0]), 0.05)
        >>> float(mean), round(float(half_width), 3)
        (2.0, 2.484)
    """
    n = samples.shape[-1]
    if n < 2:
        raise ValueError("a mean with a confidence interval needs two samples")
    count = np.asarray(n if worth is None else worth, dtype=float)
    # the spread of samples that are alike is smaller than that of their law, by the factor of as many independent ones
    half: Array = np.asarray(scipy.stats.t.isf(level / 2, count - 1) * samples.std(-1) / np.sqrt(count - 1))
    return np.asarray(samples.mean(-1)), half


def slope(x: Any, y: Any) -> Array:
    """Compute the slope of y on x by least squares.

    Args:
        x: The points, of shape (points,).
        y: Values at the points, of shape (…, points).

    Returns:
        The slopes, of shape (…).

    Example:
        >>> from numerics.statistics import slope
        >>> float(slope([0, 1, 2], [1, 3, 5]))
        2.0
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    centred = x - x.mean()
    return np.asarray((y * centred).sum(-1) / (centred @ centred))


def coefficient(exponents: Any, corrections: Any) -> Array:
    """Compute the coefficient c of a correction c·g from the exponents found in two windows; see `drift`.

    Args:
        exponents: The exponents found in the two windows, of shape (2,) or (2, runs).
        corrections: The slopes of g in the two windows, of shape (2,).

    Returns:
        c, for each run.

    Example:
        >>> from numerics.statistics import coefficient
        >>> round(float(coefficient([-0.9, -0.95], [0.2, 0.1])), 10)
        0.5
    """
    first, second = np.asarray(exponents, dtype=float)
    return np.asarray((second - first) / (corrections[1] - corrections[0]))


def drift(exponents: Any, corrections: Any, judged: float) -> float:
    """Compute how far a correction c·g may move the exponent of a law where it is judged.

    If log q = k + e·log x + c·g(x), a fit in a window of x finds e + c·s with s the slope of g on log x there. Two
    windows of smaller sizes give c whatever e is, so that the answer favours no exponent.

    Args:
        exponents: The exponents found in the two windows, of shape (2,) or (2, runs).
        corrections: The slopes s in the two windows, of shape (2,).
        judged: The slope s in the window that is judged.

    Returns:
        The largest |c·s| of the runs.

    Example:
        >>> from numerics.statistics import drift
        >>> round(drift([-0.9, -0.95], [0.2, 0.1], 0.05), 10)
        0.025
    """
    return float(np.max(np.abs(coefficient(exponents, corrections) * judged)))
