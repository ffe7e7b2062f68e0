"""E σ(u)σ(v) of nearly parallel Gaussians for σ with kinks: an iterated integral, broken at every kink.

u = s₁(C·s + S·t), v = s₂(C·s − S·t) with independent standard s, t, C = cos θ/2, S = sin θ/2: the kink lines are
nearly parallel to the t-axis, so that s is integrated inside, between them, and t between their crossings.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from numerics.infinite.resolution import hidden_edges
from numerics.infinite.series.partition import partition
from numerics.values.functions import ScalarFunction

Array = NDArray[np.float64]

EDGES = np.array([-9.5, -4.5, -1.5, 1.5, 4.5, 9.5])
"""Panels of the Gaussian density; beyond lies a mass of e⁻⁴⁵."""
NODES = (16, 24, 36, 54, 81)
"""Nodes a panel, raised until two of them agree on a sample of pairs."""
AGREE = 3e-13
SAMPLE = 16
FEWER = (8, 12, 16, 24)
"""Nodes a panel where σ is broken at all its own panels."""
PLAIN = 2000
"""For more pairs ten digits do, before σ is broken further."""
RESOLVING = 3.0
"""Standard deviations up to which the panels of the density resolve a σ without hidden features."""
NEGLIGIBLE = 1e-22
MOST_EDGES = 60
BUDGET = 2_000_000
"""Values of σ held at once."""


def near_parallel(f: ScalarFunction, s1: Array, s2: Array, rho: Array, sizes: Array) -> tuple[Array, float]:
    """The expectation for each (s₁, s₂, ρ), standard deviations and correlation, and an estimate of the error.

    The error is relative to `sizes`, √(E σ(u)²·E σ(v)²). Where breaks at the kinks do not resolve σ,
    it is broken at the edges of its panels too.
    """
    few = {int(i) for i in np.linspace(0, len(rho) - 1, SAMPLE)}
    few |= {int(i) for a in (rho, s1, s2, s1 / np.maximum(s2, 1e-300)) for i in (a.argmin(), a.argmax())}
    chosen = np.array(sorted(few))
    reach = EDGES[-1] * float(max(s1.max(), s2.max()))
    parts = partition(f)
    width = min((w for w in np.diff(parts.edges).tolist() if w > 1e-3), default=1.0)
    best: tuple[float, tuple[float, ...], Array, int] = (np.inf, (), np.empty(0), NODES[0])
    none: Array = np.empty(0)
    graded: Array = np.asarray(width * 2.0 ** np.arange(-1, 24))
    tries: list[tuple[tuple[float, ...], Array, tuple[int, ...]]] = [
        (_thinned(parts.within(reach), f.kinks), graded, FEWER),
    ]
    if reach <= RESOLVING * EDGES[-1] and not hidden_edges(f):
        tries.insert(0, (f.kinks, none, NODES))  # beyond it nodes may agree although all of them miss a feature
    for edges, widths, orders in tries:
        before = _integral(f, s1[chosen], s2[chosen], rho[chosen], orders[0], edges, widths)
        for finer in orders[1:]:
            after = _integral(f, s1[chosen], s2[chosen], rho[chosen], finer, edges, widths)
            change = float(np.max(np.abs(after - before) / sizes[chosen]))
            best = min(best, (change, edges, widths, finer), key=lambda b: b[0])
            if change <= AGREE:
                break
            before = after
        if best[0] <= AGREE or (len(rho) > PLAIN and best[0] <= 1e-10):
            break
    change, edges, widths, nodes = best
    panels = (len(EDGES) + 2 * len(edges)) * (len(EDGES) + len(f.kinks) ** 2 + 2 * len(widths))
    step = max(1, BUDGET // (panels * nodes**2))
    slices = [slice(i, i + step) for i in range(0, len(rho), step)]
    values = np.concatenate([_integral(f, s1[a], s2[a], rho[a], nodes, edges, widths) for a in slices])
    return values, 2 * change + 1e-15


def _thinned(edges: tuple[float, ...], kinks: tuple[float, ...]) -> tuple[float, ...]:
    """The edges without those of tiny panels, which only a fine scale of σ requires, but with all kinks."""
    kept: list[float] = []
    for e in sorted({*edges, *kinks}):
        if e in kinks or not kept or e - kept[-1] > 1e-3:
            kept.append(e)
    if len(kept) > MOST_EDGES:
        kept = [*kept[:: len(kept) // MOST_EDGES + 1], *kinks]
    return tuple(sorted({*kept}))


def _integral(
    f: ScalarFunction, s1: Array, s2: Array, rho: Array, nodes: int, breaks: tuple[float, ...], widths: Array
) -> Array:
    """The iterated integrals: s between the lines of all breaks, t between crossings of the kinks and graded about 0.

    By t the two arguments are pulled apart; where that is as much as a width σ changes.
    """
    sign = np.where(rho < 0, -1.0, 1.0)
    theta = np.arccos(np.clip(np.abs(rho), 0.0, 1.0))
    C, S = np.cos(theta / 2), np.sin(theta / 2)
    first = [k / np.maximum(s1, 1e-300) for k in breaks]
    second = [sign * k / np.maximum(s2, 1e-300) for k in breaks]
    at_kinks = [i for i, k in enumerate(breaks) if k in f.kinks]
    crossings = [
        np.divide(first[i] - second[j], 2 * S, out=np.zeros_like(S), where=(S > 0) & (first[i] != second[j]))
        for i in at_kinks
        for j in at_kinks
    ]
    apart = S * (s1 + s2)
    for w in widths[widths < EDGES[-1] * float(apart.max())]:
        t = np.divide(w, apart, out=np.zeros_like(S), where=apart * EDGES[-1] > w)
        crossings += [t, -t]
    t, wt = _panels(crossings, nodes, np.zeros_like(C))
    lines = [(a[:, None] - S[:, None] * t) / C[:, None] for a in first]
    lines += [(b[:, None] + S[:, None] * t) / C[:, None] for b in second]
    s, ws = _panels(lines, nodes, np.zeros_like(t))
    t, wt, C, S = t[..., None], wt[..., None], C[:, None, None], S[:, None, None]
    u = s1[:, None, None] * (C * s + S * t)
    v = (sign * s2)[:, None, None] * (C * s - S * t)
    weight = ws * np.exp(-(s**2) / 2) * (wt * np.exp(-(t**2) / 2)) / (2 * np.pi)
    where = weight > NEGLIGIBLE  # panels without width too
    weight[where] *= f(u[where]) * f(v[where])
    return np.asarray(np.sum(weight, axis=(1, 2)))


def _panels(breaks: list[Array], nodes: int, like: Array) -> tuple[Array, Array]:
    """Nodes and weights on the panels, broken further; a new last axis."""
    t, w = np.polynomial.legendre.leggauss(nodes)
    inner = [np.clip(b, EDGES[0], EDGES[-1]) for b in breaks]
    edges = np.sort(np.stack([*(like + e for e in EDGES), *inner], -1), -1)
    low, high = edges[..., :-1, None], edges[..., 1:, None]
    shape = (*like.shape, -1)
    return (low + (high - low) * (t + 1) / 2).reshape(shape), ((high - low) * w / 2).reshape(shape)
