"""Confidence intervals of means beyond Student's t: of trials with known bounds, and where t may not be used."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy  # its stats, a second of imports, when they are first used
from numpy.typing import NDArray
from scipy.special import kl_div

Array = NDArray[np.float64]

BISECTIONS = 60
"""Halvings of [0, 1]: the end of an interval is known to 2⁻⁶⁰ of the range."""
NORMAL_LEVEL = 1e-3
"""How often trials of a normal law are taken for others. That costs a verdict and never makes one."""
TAIL = 0.5
"""Student's t is used while skewness and kurtosis change its tail by a factor below e^TAIL."""
SHAPIRO_LARGEST = 5000
"""The p-value of the test of Shapiro and Wilk is known up to so many samples."""


def bounded_interval(samples: Array, low: float, high: float, level: float, worth: Any = None) -> tuple[Array, Array]:
    """Compute confidence intervals of means over the last axis of trials that lie between known bounds.

    No law is assumed. Each interval is the intersection of two: Chernoff's bound with the relative entropy of two
    coins, which is the better one for few trials or trials of chance near an end, and the empirical Bernstein bound,
    the better one for many trials that spread little.

    Args:
        samples: Numbers of shape (…, n) from low to high, n ≥ 2.
        low: The lower bound of every trial.
        high: The upper bound, larger than `low`.
        level: The probability that an interval misses, between 0 and 1; each of the four ends has a quarter of it.
        worth: How many independent samples the n are worth, more than 1, a number or an array of shape (…); n if None.

    Returns:
        The lower and the upper ends of the intervals, each of shape (…).

    Raises:
        ValueError: There are fewer than two samples, or one is outside of the bounds.

    Source:
        Hoeffding 1963, "Probability inequalities for sums of bounded random variables", Theorem 1; Maurer and Pontil
        2009, "Empirical Bernstein bounds and sample variance penalization", Theorem 4.

    Example:
        >>> import numpy as np
        >>> from numerics.inference.intervals import bounded_interval
        >>> low, high = bounded_interval(np.full(1000, 0.25), 0.0, 1.0, 1e-6)
        >>> round(float(low), 3), round(float(high), 3)
        (0.213, 0.287)
    """
    n = samples.shape[-1]
    if n < 2:
        raise ValueError("a mean with a confidence interval needs two samples")
    if (samples < low).any() or (samples > high).any():
        raise ValueError(f"a sample lies outside of its bounds {low:g} and {high:g}")
    shares = (samples - low) / (high - low)
    mean = shares.mean(-1)
    log_end = float(np.log(4 / level))
    count = np.asarray(n if worth is None else worth, dtype=float)
    below, above = _entropy_ends(mean, log_end / count)
    log_bernstein = float(np.log(8 / level))
    half = np.sqrt(2 * shares.var(-1) * log_bernstein / (count - 1)) + 7 * log_bernstein / (3 * (count - 1))
    ends = np.maximum(below, mean - half), np.minimum(above, mean + half)
    return low + (high - low) * ends[0], low + (high - low) * ends[1]


def _entropy_ends(mean: Array, most: Any) -> tuple[Array, Array]:
    """The chances q on both sides of p at which p log(p/q) + (1 − p) log((1 − p)/(1 − q)) reaches `most`."""
    p = np.clip(np.asarray(mean, dtype=float), 0.0, 1.0)
    ends = []
    for far in (0.0, 1.0):
        inside, outside = p.copy(), np.full_like(p, far)
        for _ in range(BISECTIONS):
            middle = (inside + outside) / 2
            entropy = kl_div(p, middle) + kl_div(1 - p, 1 - middle)
            inside, outside = np.where(entropy <= most, middle, inside), np.where(entropy <= most, outside, middle)
        ends.append(outside)
    return ends[0], ends[1]


def lognormal_interval(samples: Array, level: float, worth: Any = None) -> tuple[Array, Array, Array]:
    """Compute the means e^(μ + σ²/2) of lognormal trials over the last axis, with confidence intervals.

    The ends are those of Student's interval of μ and of the chi-squared interval of σ², each at half of the level.

    Args:
        samples: Positive numbers of shape (…, n), n ≥ 2.
        level: The probability that an interval misses, between 0 and 1.
        worth: How many independent samples the n are worth, more than 1, a number or an array of shape (…); n if None.

    Returns:
        The estimates, the lower and the upper ends, each of shape (…).

    Raises:
        ValueError: There are fewer than two samples, or one is not positive.

    Source:
        Land 1972, "An evaluation of approximate confidence interval estimation methods for lognormal means".

    Example:
        >>> import numpy as np
        >>> from numerics.inference.intervals import lognormal_interval
        >>> rng = np.random.default_rng(0)
        >>> mean, low, high = lognormal_interval(rng.lognormal(0, 1, 1000), 1e-3)
        >>> bool(low < np.exp(0.5) < high)
        True
    """
    n = samples.shape[-1]
    if n < 2:
        raise ValueError("a mean with a confidence interval needs two samples")
    if not (samples > 0).all():
        raise ValueError("a lognormal sample is positive")
    logs = np.log(samples)
    count = np.asarray(n if worth is None else worth, dtype=float)
    centre, variance = logs.mean(-1), logs.var(-1) * count / (count - 1)
    half = scipy.stats.t.isf(level / 4, count - 1) * np.sqrt(variance / count)
    least, most = (variance * (count - 1) / scipy.stats.chi2.ppf(p, count - 1) for p in (1 - level / 4, level / 4))
    with np.errstate(over="ignore"):  # an end beyond floats says that nothing is known
        ends = (np.exp(centre - half + least / 2), np.exp(centre + half + most / 2))
        return np.exp(centre + variance / 2), np.asarray(ends[0]), np.minimum(ends[1], np.finfo(float).max)


def far_from_normal(samples: Array, level: float) -> NDArray[np.bool_]:
    """Say where trials contradict that Student's t may be used for their mean at a level.

    They do if their law is not normal for sure, by the test of Shapiro and Wilk at `NORMAL_LEVEL`, and Edgeworth's
    corrections of the tail at the quantile z, skewness·z³/(6√n) and excess·z⁴/(24n) in the exponent, exceed `TAIL`.
    Trials that pass may still come from a law with events too rare to be among them: no test of the trials excludes
    that.

    Args:
        samples: Numbers of shape (…, n) with n ≥ 2.
        level: The level of the interval of the mean, between 0 and 1.

    Returns:
        For each mean whether t is of no use, of shape (…).

    Source:
        Shapiro and Wilk 1965, "An analysis of variance test for normality"; Hall 1992, "The Bootstrap and Edgeworth
        Expansion"; Bahadur and Savage 1956, "The nonexistence of certain statistical procedures in nonparametric
        problems".

    Example:
        >>> import numpy as np
        >>> from numerics.inference.intervals import far_from_normal
        >>> rng = np.random.default_rng(0)
        >>> bool(far_from_normal(rng.normal(size=100), 1e-6)), bool(far_from_normal(rng.lognormal(size=100), 1e-6))
        (False, True)
    """
    n = samples.shape[-1]
    z = float(scipy.stats.norm.isf(level / 2))
    rows = samples.reshape(-1, n)
    found = np.zeros(len(rows), dtype=bool)
    centred = rows - rows.mean(-1, keepdims=True)
    variance = (centred**2).mean(-1)
    for i, row in enumerate(centred):
        if n < 3 or not np.isfinite(row).all() or not variance[i] > 0:
            continue
        scaled = row / np.sqrt(variance[i])
        skewness, excess = abs(float((scaled**3).mean())), max(float((scaled**4).mean()) - 3, 0.0)
        if skewness * z**3 / (6 * np.sqrt(n)) + excess * z**4 / (24 * n) > TAIL:
            found[i] = n > SHAPIRO_LARGEST or scipy.stats.shapiro(scaled).pvalue < NORMAL_LEVEL / len(rows)
    return found.reshape(samples.shape[:-1])
