"""The Marchenko–Pastur law of W Wᵀ, W with m rows, n columns and independent entries of variance 1/n; ratio m/n."""

from __future__ import annotations

from math import comb
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float64]


def edges(ratio: float) -> tuple[float, float]:
    """Compute the end points of the support, (1 − √r)² and (1 + √r)².

    Args:
        ratio: r, rows by columns, > 0.

    Returns:
        The lower and the upper end point.

    Raises:
        ValueError: The ratio is not positive.

    Source:
        Marchenko and Pastur 1967, "Distribution of eigenvalues for some sets of random matrices".

    Example:
        >>> from numerics.marchenko_pastur import edges
        >>> edges(0.25)
        (0.25, 2.25)
    """
    if not ratio > 0:
        raise ValueError(f"the ratio of rows to columns must be positive, not {ratio}")
    return (1 - ratio**0.5) ** 2, (1 + ratio**0.5) ** 2


def density(t: Any, ratio: float) -> Array:
    """Compute the density of the Marchenko–Pastur law, without its mass 1 − 1/r at 0 for r > 1.

    Args:
        t: A number or array of numbers.
        ratio: r, rows by columns, > 0.

    Returns:
        The density at t, an array of the same shape.

    Raises:
        ValueError: The ratio is not positive.

    Example:
        >>> from numerics.marchenko_pastur import density
        >>> round(float(density(1.0, 1.0)), 6)  # √3/(2π)
        0.275664
    """
    low, high = edges(ratio)
    t = np.asarray(t, dtype=float)
    inside = (t > low) & (t < high)
    safe = np.where(inside, t, (low + high) / 2)
    return np.where(inside, np.sqrt((high - safe) * (safe - low)) / (2 * np.pi * ratio * safe), 0.0)


def cdf(t: Any, ratio: float) -> Array:
    """Compute the distribution function of the Marchenko–Pastur law to about 1e-9, its mass at 0 included.

    Args:
        t: A number or array of numbers.
        ratio: r, rows by columns, > 0.

    Returns:
        The probability of values up to t, an array of the same shape.

    Raises:
        ValueError: The ratio is not positive.

    Example:
        >>> from numerics.marchenko_pastur import cdf
        >>> cdf([-1.0, 4.0], 1.0).round(9).tolist()
        [0.0, 1.0]
    """
    low, high = edges(ratio)
    middle, half = (low + high) / 2, (high - low) / 2
    # t = middle − half·cos φ; Simpson's rule on a fine grid of φ
    phi = np.linspace(0, np.pi, 4001)
    at = middle - half * np.cos(phi)
    weight = np.divide((half * np.sin(phi)) ** 2, at, out=np.full_like(at, 2 * half), where=at > 1e-300)
    weight /= 2 * np.pi * ratio
    step = phi[1] - phi[0]
    pairs = step / 3 * (weight[:-2:2] + 4 * weight[1:-1:2] + weight[2::2])
    total = np.concatenate([[0.0], np.cumsum(pairs)])
    atom = max(0.0, 1 - 1 / ratio)
    wanted = np.arccos(np.clip((middle - np.asarray(t, dtype=float)) / half, -1, 1))
    found = atom + np.interp(wanted, phi[::2], total)
    return np.where(np.asarray(t) < 0, 0.0, found)


def moment(k: int, ratio: float) -> float:
    """Compute the k-th moment of the Marchenko–Pastur law, Σ_j r^j·N(k, j + 1) with Narayana numbers N.

    Args:
        k: The order, at least 1.
        ratio: r, rows by columns, > 0.

    Returns:
        The moment.

    Example:
        >>> from numerics.marchenko_pastur import moment
        >>> [moment(k, 1) for k in (1, 2, 3)]  # the Catalan numbers
        [1.0, 2.0, 5.0]
    """
    return sum(ratio**j * comb(k, j) * comb(k - 1, j) / (j + 1) for j in range(k))


def distance(eigenvalues: Any, ratio: float) -> float:
    """Compute the Kolmogorov distance between the distribution of eigenvalues and the Marchenko–Pastur law.

    Args:
        eigenvalues: At least one eigenvalue of W Wᵀ, in any order.
        ratio: r, rows by columns, > 0.

    Returns:
        The largest difference of the two distribution functions, from 0 to 1.

    Raises:
        ValueError: The ratio is not positive.

    Example:
        >>> import numpy as np
        >>> from numerics.marchenko_pastur import distance
        >>> W = np.random.default_rng(0).standard_normal((100, 400)) / 20
        >>> distance(np.linalg.eigvalsh(W @ W.T), 0.25) < 0.05
        True
    """
    t = np.sort(np.asarray(eigenvalues, dtype=float).ravel())
    # eigenvalues that are 0 but for rounding belong to the law's mass at 0
    t = np.where(np.abs(t) <= len(t) * np.finfo(float).eps * np.abs(t).max(), 0.0, t)
    law = cdf(t, ratio)
    steps = np.arange(len(t) + 1) / len(t)
    return float(max(np.max(steps[1:] - law), np.max(np.where(t > 0, law, 0.0) - steps[:-1])))


def least_singular_value_limit(tau: float) -> float:
    """Compute lim σ_min(I + τW) for a growing square Gaussian W with entries of variance 1/n.

    The edges of the limit law are the critical values of z(w) = w(1 + τ²/(w − 1))²: v = w − 1 solves v² − τ²v − 2τ² =
    0.

    Args:
        tau: τ ≥ 0.

    Returns:
        The limit, from 1 at τ = 0 down to 0 for τ ≥ 1.

    Source:
        Dozier and Silverstein 2007, "On the empirical distribution of eigenvalues of large dimensional
        information-plus-noise type matrices", with A = I.

    Example:
        >>> from numerics.marchenko_pastur import least_singular_value_limit
        >>> least_singular_value_limit(0.0), least_singular_value_limit(1.0)
        (1.0, 0.0)
    """
    if tau >= 1:
        return 0.0
    v = (tau**2 - tau * (tau**2 + 8) ** 0.5) / 2
    return float((1 + v) ** 0.5 * abs(1 + tau**2 / v)) if tau > 0 else 1.0


def least_singular_values(n: int, trials: int, generator: torch.Generator, shift: float = 0.0) -> Tensor:
    """Draw σ_min(shift·I + W) for square Gaussian W with entries of variance 1/n.

    Args:
        n: The number of rows, at least 1.
        trials: The number of matrices, at least 1.
        generator: A torch generator; the matrices are on its device.
        shift: The multiple of the identity that is added.

    Returns:
        A tensor of shape (trials,).

    Example:
        >>> import torch
        >>> from numerics.marchenko_pastur import least_singular_values
        >>> least_singular_values(10, 3, torch.Generator().manual_seed(0)).shape
        torch.Size([3])
    """
    W = torch.randn(trials, n, n, generator=generator, dtype=torch.float64, device=generator.device) / n**0.5
    if shift:
        W = W + shift * torch.eye(n, dtype=W.dtype, device=W.device)
    values: Tensor = torch.linalg.svdvals(W)
    return values[:, -1]
