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
    """((1 − √r)², (1 + √r)²); raises ValueError for a ratio that is not positive."""
    if not ratio > 0:
        raise ValueError(f"the ratio of rows to columns must be positive, not {ratio}")
    return (1 - ratio**0.5) ** 2, (1 + ratio**0.5) ** 2


def density(t: Any, ratio: float) -> Array:
    """The density at t ≥ 0, without the mass 1 − 1/r at 0 that the law has for a ratio r > 1."""
    low, high = edges(ratio)
    t = np.asarray(t, dtype=float)
    inside = (t > low) & (t < high)
    safe = np.where(inside, t, (low + high) / 2)
    return np.where(inside, np.sqrt((high - safe) * (safe - low)) / (2 * np.pi * ratio * safe), 0.0)


def cdf(t: Any, ratio: float) -> Array:
    """The distribution function, the mass at 0 included, to about 1e-9: in the angle the density is smooth."""
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
    """The k-th moment Σ_j r^j·N(k, j + 1) with Narayana numbers; k ≥ 1."""
    return sum(ratio**j * comb(k, j) * comb(k - 1, j) / (j + 1) for j in range(k))


def distance(eigenvalues: Any, ratio: float) -> float:
    """The Kolmogorov distance between the empirical distribution of the eigenvalues and the law."""
    t = np.sort(np.asarray(eigenvalues, dtype=float).ravel())
    # eigenvalues that are 0 but for rounding belong to the law's mass at 0
    t = np.where(np.abs(t) <= len(t) * np.finfo(float).eps * np.abs(t).max(), 0.0, t)
    law = cdf(t, ratio)
    steps = np.arange(len(t) + 1) / len(t)
    return float(max(np.max(steps[1:] - law), np.max(np.where(t > 0, law, 0.0) - steps[:-1])))


def least_singular_value_limit(tau: float) -> float:
    """lim σ_min(I + τW) for square Gaussian W, entries of variance 1/n: 0 from τ = 1 on.

    The edges of the law are the critical values of z(w) = w(1 + τ²/(w − 1))² (Dozier and Silverstein 2007 with A = I):
    v = w − 1 solves v² − τ²v − 2τ² = 0.
    """
    if tau >= 1:
        return 0.0
    v = (tau**2 - tau * (tau**2 + 8) ** 0.5) / 2
    return float((1 + v) ** 0.5 * abs(1 + tau**2 / v)) if tau > 0 else 1.0


def least_singular_values(n: int, trials: int, generator: torch.Generator, shift: float = 0.0) -> Tensor:
    """σ_min of shift·I + W for square Gaussian W, entries of variance 1/n: a tensor (trials,)."""
    W = torch.randn(trials, n, n, generator=generator, dtype=torch.float64, device=generator.device) / n**0.5
    if shift:
        W = W + shift * torch.eye(n, dtype=W.dtype, device=W.device)
    values: Tensor = torch.linalg.svdvals(W)
    return values[:, -1]
