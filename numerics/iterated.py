"""E σ(u)σ(v) of nearly parallel Gaussians for σ with kinks: an iterated integral, broken at every kink.

u = s₁(C·s + S·t), v = s₂(C·s − S·t) with independent standard s, t, C = cos θ/2, S = sin θ/2: the kink lines are
nearly parallel to the t-axis, so that s is integrated inside, between them, and t between their crossings.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from numerics.functions import ScalarFunction

Array = NDArray[np.float64]

HALF_WIDTH = 9.5
NODES = 24
PAIRS = 64
"""Pairs integrated at once."""
PIECES = (1, 2, 4, 8)
AGREE = 3e-13
_T, _W = np.polynomial.legendre.leggauss(NODES)


def near_parallel(f: ScalarFunction, s1: Array, s2: Array, rho: Array) -> tuple[Array, float]:
    """The expectation for each (s₁, s₂, ρ), standard deviations and correlation, and an estimate of the error."""
    values = np.empty(len(rho))
    error = 0.0
    for start in range(0, len(rho), PAIRS):
        part = slice(start, start + PAIRS)
        values[part], left = _chunk(f, s1[part], s2[part], rho[part])
        error = max(error, left)
    return values, error


def _chunk(f: ScalarFunction, s1: Array, s2: Array, rho: Array) -> tuple[Array, float]:
    before = _integral(f, s1, s2, rho, 1)
    for pieces in PIECES[1:]:
        after = _integral(f, s1, s2, rho, pieces)
        change = float(np.max(np.abs(after - before)))
        scale = float(np.max(np.abs(after)))
        if change <= AGREE * max(scale, 1e-300):
            break
        before = after
    return after, change + 1e-15 * scale


def _integral(f: ScalarFunction, s1: Array, s2: Array, rho: Array, pieces: int) -> Array:
    sign = np.where(rho < 0, -1.0, 1.0)
    theta = np.arccos(np.clip(np.abs(rho), 0.0, 1.0))
    C, S = np.cos(theta / 2), np.sin(theta / 2)
    first = [k / np.maximum(s1, 1e-300) for k in f.kinks]
    second = [sign * k / np.maximum(s2, 1e-300) for k in f.kinks]
    crossings = [
        np.divide(a - b, 2 * S, out=np.zeros_like(S), where=(S > 0) & (a != b)) for a in first for b in second
    ]
    t, wt = _panels(crossings, pieces, np.zeros_like(C))
    lines = [(a[:, None] - S[:, None] * t) / C[:, None] for a in first]
    lines += [(b[:, None] + S[:, None] * t) / C[:, None] for b in second]
    s, ws = _panels(lines, pieces, np.zeros_like(t))
    t, wt, C, S = t[..., None], wt[..., None], C[:, None, None], S[:, None, None]
    u = s1[:, None, None] * (C * s + S * t)
    v = (sign * s2)[:, None, None] * (C * s - S * t)
    weight = ws * np.exp(-(s**2) / 2) * (wt * np.exp(-(t**2) / 2)) / (2 * np.pi)
    return np.asarray(np.sum(f(u) * f(v) * weight, axis=(1, 2)))


def _panels(breaks: list[Array], pieces: int, like: Array) -> tuple[Array, Array]:
    """Nodes and weights between the breaks, each gap cut into pieces of two and a half or less; a new last axis."""
    inner = [np.clip(b, -HALF_WIDTH, HALF_WIDTH) for b in breaks]
    edges = np.sort(np.stack([like - HALF_WIDTH, *inner, like + HALF_WIDTH], -1), -1)
    cut = pieces * (2 if breaks else 4)
    fine = np.linspace(edges[..., :-1], edges[..., 1:], cut + 1, axis=-1)
    low, high = fine[..., :-1, None], fine[..., 1:, None]
    nodes, weights = low + (high - low) * (_T + 1) / 2, (high - low) * _W / 2
    shape = (*like.shape, -1)
    return nodes.reshape(shape), weights.reshape(shape)
