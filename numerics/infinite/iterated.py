"""E σ(u)σ(v) of nearly parallel Gaussians for σ with kinks: an iterated integral, broken at every kink.

u = s₁(C·s + S·t), v = s₂(C·s − S·t) with independent standard s, t, C = cos θ/2, S = sin θ/2: the kink lines are
nearly parallel to the t-axis, so that s is integrated inside, between them, and t between their crossings.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from numerics.infinite.resolution import hidden_edges
from numerics.values.functions import ScalarFunction

Array = NDArray[np.float64]

EDGES = np.array([-9.5, -4.5, -1.5, 1.5, 4.5, 9.5])
"""Panels of the Gaussian density; beyond lies a mass of e⁻⁴⁵."""
NODES = (16, 24, 36, 54, 81)
"""Nodes a panel, raised until two of them agree on a sample of pairs."""
AGREE = 3e-13
SAMPLE = 16
TURNS = (0.0, 2.0, -2.0, 8.0, -8.0)
"""Where a σ of scale one turns: breaks that resolve it under a large variance."""
HIDDEN = 4
PLAIN = 2000
"""For more pairs ten digits do, before σ is broken further."""
BUDGET = 2_000_000
"""Values of σ held at once."""


def near_parallel(f: ScalarFunction, s1: Array, s2: Array, rho: Array, sizes: Array) -> tuple[Array, float]:
    """The expectation for each (s₁, s₂, ρ), standard deviations and correlation, and an estimate of the error.

    The error is relative to `sizes`, √(E σ(u)²·E σ(v)²). A σ that is steep for its variance is broken about 0 too.
    """
    few = {int(i) for i in np.linspace(0, len(rho) - 1, SAMPLE)}
    few |= {int(i) for a in (rho, s1, s2, s1 / np.maximum(s2, 1e-300)) for i in (a.argmin(), a.argmax())}
    chosen = np.array(sorted(few))
    best: tuple[float, tuple[float, ...], int] = (np.inf, (), NODES[0])
    for more in ((), TURNS[:3], TURNS):
        breaks = (*f.kinks, *more, *hidden_edges(f)[:HIDDEN])
        before = _integral(f, s1[chosen], s2[chosen], rho[chosen], NODES[0], breaks)
        for finer in NODES[1:]:
            after = _integral(f, s1[chosen], s2[chosen], rho[chosen], finer, breaks)
            change = float(np.max(np.abs(after - before) / sizes[chosen]))
            best = min(best, (change, breaks, finer))
            if change <= AGREE:
                break
            before = after
        if best[0] <= AGREE or (len(rho) > PLAIN and best[0] <= 1e-10):
            break
    change, breaks, nodes = best
    panels = (len(EDGES) + 2 * len(breaks)) * (len(EDGES) + len(breaks) ** 2)
    step = max(1, BUDGET // (panels * nodes**2))
    parts = [slice(i, i + step) for i in range(0, len(rho), step)]
    values = np.concatenate([_integral(f, s1[part], s2[part], rho[part], nodes, breaks) for part in parts])
    return values, 2 * change + 1e-15


def _integral(f: ScalarFunction, s1: Array, s2: Array, rho: Array, nodes: int, breaks: tuple[float, ...]) -> Array:
    sign = np.where(rho < 0, -1.0, 1.0)
    theta = np.arccos(np.clip(np.abs(rho), 0.0, 1.0))
    C, S = np.cos(theta / 2), np.sin(theta / 2)
    first = [k / np.maximum(s1, 1e-300) for k in breaks]
    second = [sign * k / np.maximum(s2, 1e-300) for k in breaks]
    crossings = [np.divide(a - b, 2 * S, out=np.zeros_like(S), where=(S > 0) & (a != b)) for a in first for b in second]
    t, wt = _panels(crossings, nodes, np.zeros_like(C))
    lines = [(a[:, None] - S[:, None] * t) / C[:, None] for a in first]
    lines += [(b[:, None] + S[:, None] * t) / C[:, None] for b in second]
    s, ws = _panels(lines, nodes, np.zeros_like(t))
    t, wt, C, S = t[..., None], wt[..., None], C[:, None, None], S[:, None, None]
    u = s1[:, None, None] * (C * s + S * t)
    v = (sign * s2)[:, None, None] * (C * s - S * t)
    weight = ws * np.exp(-(s**2) / 2) * (wt * np.exp(-(t**2) / 2)) / (2 * np.pi)
    return np.asarray(np.sum(f(u) * f(v) * weight, axis=(1, 2)))


def _panels(breaks: list[Array], nodes: int, like: Array) -> tuple[Array, Array]:
    """Nodes and weights on the panels, broken further; a new last axis."""
    t, w = np.polynomial.legendre.leggauss(nodes)
    inner = [np.clip(b, EDGES[0], EDGES[-1]) for b in breaks]
    edges = np.sort(np.stack([*(like + e for e in EDGES), *inner], -1), -1)
    low, high = edges[..., :-1, None], edges[..., 1:, None]
    shape = (*like.shape, -1)
    return (low + (high - low) * (t + 1) / 2).reshape(shape), ((high - low) * w / 2).reshape(shape)
