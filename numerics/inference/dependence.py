"""How many independent trials a row of trials is worth: those that follow one another may be alike, or be repeated."""

from __future__ import annotations

import numpy as np
import scipy  # its stats, a second of imports, when they are first used
from numpy.typing import NDArray

Array = NDArray[np.float64]

ALIKE = 0.02
"""How often independent neighbours are taken for alike. That makes an interval wider, and never shorter."""
AGAIN = 1e-3
"""How often independent trials are taken for alike at any distance."""
SHORTEST = 50
"""Of fewer trials nobody sees whether they are independent. Of so many, a Gaussian chain without an effect passes for
one with an effect at the level 10⁻⁶ in less than one row of 1,000, whatever it keeps (simulated: 0.35 where it keeps
0.6, the most; of 40 trials 1.1, of 30 trials 5, of 20 trials 37)."""
WALK = 45.0
"""Neighbours that are alike show nothing beyond a walk if n(1 − r₁) is smaller, r₁ being the correlation of neighbours:
chains whose mean n trials know no better than five independent ones pass this in one row of 1,000 (simulated for 30 to
300 trials: 33 to 50 where each keeps 1 − 10/n of the last; a walk itself passes 25 to 35)."""
FEW_VALUES = 5
"""Fewer different values may lie on a grid by chance."""
OFF_GRID = 1e-4
"""How far values may be off a grid, in units of its step."""


def worth(samples: Array) -> Array:
    """Compute how many independent trials the trials along the last axis are worth, for the spread of their mean.

    The mean of n stationary trials with autocorrelations r_k has the variance σ²/n · (1 + 2 Σ r_k). The r_k are those
    of the ranks, which no heavy tail spoils. If neighbours are alike, at the level `ALIKE` for all rows together, they
    are added up to the first that may be 0, and are taken for those of a Markov chain with r₁ freed of its bias where
    that is more, since few trials show less than they have. If not, those are added that are larger than chance
    explains at any distance, at the level `AGAIN`. Trials that alternate are worth no more than their number.

    Args:
        samples: Finite numbers of shape (…, n), in the order in which they were drawn.

    Returns:
        Numbers from 1 to n, of shape (…); n where nothing is seen, and for fewer than four trials.

    Source:
        Bartels 1982, "The rank version of von Neumann's ratio test for randomness"; Geyer 1992, "Practical Markov chain
        Monte Carlo", Section 3.3; Kendall 1954, "Note on bias in the estimation of autocorrelation".

    Example:
        >>> import numpy as np
        >>> from numerics.inference.dependence import worth
        >>> rng = np.random.default_rng(0)
        >>> float(worth(rng.normal(size=100))), bool(worth(np.cumsum(rng.normal(size=100))) < 10)
        (100.0, True)
    """
    n = samples.shape[-1]
    if n < 4:
        return np.full(samples.shape[:-1], float(n))
    correlations = _of_ranks(samples)
    lags = np.arange(1, n)
    units = n / np.sqrt(n - lags)
    first, rows = correlations[..., :1], max(correlations[..., 0].size, 1)
    spread = np.sqrt((n - 2) * (5 * n**2 - 2 * n - 9) / (5 * n * (n + 1))) / (n - 1)
    alike = first + 1 / n > spread * scipy.stats.norm.isf(ALIKE / rows)
    near = np.logical_and.accumulate(correlations > 1 / np.sqrt(n), axis=-1) & alike
    again = correlations * units > scipy.stats.norm.isf(AGAIN / n / rows)
    excess = np.where(np.where(alike, near, again), np.maximum(correlations, 0.0), 0.0).sum(-1)
    chained = np.clip((n * first + 1) / max(n - 3, 1), 0.0, 1 - 1 / n)
    excess = np.maximum(excess, np.where(alike, chained / (1 - chained), 0.0)[..., 0])
    walks = (alike & (n * (1 - first) < WALK))[..., 0]
    return np.asarray(np.where(walks, 1.0, np.clip(n / (1 + 2 * excess), 1.0, float(n))))


def _of_ranks(samples: Array) -> Array:
    """The autocorrelations of the ranks at the distances 1 … n − 1, 0 where trials do not differ."""
    n = samples.shape[-1]
    ranks = scipy.stats.rankdata(samples, axis=-1)
    centred = ranks - ranks.mean(-1, keepdims=True)
    spectrum = np.abs(np.fft.rfft(centred, 2 * n)) ** 2
    products = np.fft.irfft(spectrum, 2 * n)[..., :n]
    whole = products[..., :1]
    # products of whole numbers and halves, of which rounding leaves less than this where all are 0
    return np.asarray(np.where(whole > 1e-6, products[..., 1:] / np.where(whole > 1e-6, whole, 1.0), 0.0))


def distinct(samples: Array) -> Array:
    """Count the different values along the last axis: one of a continuous law that is there twice is no second trial.

    Values on a grid, such as shares of a number of cases, are each a trial: there the same value may come twice.

    Args:
        samples: Numbers of shape (…, n).

    Returns:
        The counts, of shape (…).

    Example:
        >>> import numpy as np
        >>> from numerics.inference.dependence import distinct
        >>> distinct(np.array([[1.0, 2.0, 1.0], [1.0, 2.0, 3.0]])).tolist()
        [2.0, 3.0]
    """
    rows = np.sort(samples, axis=-1).reshape(-1, samples.shape[-1])
    counts = [len(row) if _on_grid(np.diff(row)) else 1 + np.count_nonzero(np.diff(row)) for row in rows]
    return np.asarray(counts, dtype=float).reshape(samples.shape[:-1])


def _on_grid(gaps: Array) -> bool:
    steps = gaps[gaps > 0]
    if len(steps) + 1 < FEW_VALUES:
        return False
    units = steps / steps.min()
    return bool(np.abs(units - np.rint(units)).max() < OFF_GRID)
