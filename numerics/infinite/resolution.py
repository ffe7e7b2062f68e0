"""Narrow features of an activation, found by a dense scan, which the panels of a quadrature could miss."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from numerics.values.functions import ScalarFunction

Array = NDArray[np.float64]

NODES = 20
DENSE, WIDTH = 16.0, 0.5
"""Panels of this width for |t| up to DENSE, doubling beyond."""
LARGEST = 2.0**14
SCAN, AGAIN = 2048, 256
"""Points evaluated in each first panel (a spacing of 2.4e-4) and in each part of one."""
SEEN = 3e-11
"""Last Legendre coefficients above this show that the nodes themselves see a panel to be unresolved."""
MISSED = 1e-9
"""Distance of the interpolant from the function, relative to the panel, that counts as a feature."""
LEVELS, MOST = 30, 400
_T, _W = np.polynomial.legendre.leggauss(NODES)
_FIT = np.polynomial.legendre.legvander(_T, NODES - 1) * _W[:, None] * (np.arange(NODES) + 0.5)


@lru_cache(maxsize=256)
def hidden_edges(f: ScalarFunction) -> tuple[float, ...]:
    """Ends of the small panels about the features of f that twenty nodes a panel do not see; often none.

    Every panel is interpolated, and compared with f at jittered points many times as dense, at the points where an
    argument inside of a SymPy expression is stationary or zero, and nearer and nearer to those.
    """
    steps = np.arange(-DENSE, DENSE, WIDTH)
    outer = DENSE * 2.0 ** np.arange(0, np.log2(LARGEST / DENSE) + 1)
    edges = np.unique(np.concatenate([-outer, steps + 0.0173, outer]))
    panels = [(float(a), float(b), False) for a, b in pairwise(edges)]
    marked = _marks(f)
    rng = np.random.default_rng(20)
    found: set[float] = set()
    for level in range(LEVELS):
        jitter = rng.random((len(panels), SCAN if level == 0 else AGAIN))
        low = np.array([p[0] for p in panels])
        high = np.array([p[1] for p in panels])
        again = []
        for i, (missed, seen) in enumerate(_compare(f, low, high, jitter, marked)):
            a, b, hidden = panels[i]
            if hidden:
                found |= {a, b}
            if np.isnan(missed) or (seen and not hidden) or b - a < 1e-12 * max(1.0, abs(a)):
                continue  # its nodes notice it, so that the quadrature does too; or there is no feature
            again += [(a, missed, True), (missed, b, True)]
        panels = [p for p in again if p[0] < p[1]]
        if not panels or len(found) > MOST:
            break
    return tuple(sorted(found))


def _compare(f: ScalarFunction, low: Array, high: Array, jitter: Array, marked: Array) -> list[tuple[float, bool]]:
    """For each panel where its interpolant misses f by most (NaN: nowhere), and whether its nodes see it."""
    half, centre = (high - low) / 2, (high + low) / 2
    places = (np.arange(jitter.shape[1]) + jitter) * (2 / jitter.shape[1]) - 1
    with np.errstate(all="ignore"):
        at_nodes = f(centre[:, None] + half[:, None] * _T)
        at_places = f(centre[:, None] + half[:, None] * places)
    found = []
    for i in range(len(low)):
        inside = marked[(marked > low[i]) & (marked < high[i])]
        own = np.concatenate([places[i], (inside - centre[i]) / half[i]])
        with np.errstate(all="ignore"):
            values = np.concatenate([at_places[i], f(inside)]) if len(inside) else at_places[i]
        if not np.isfinite(at_nodes[i]).all() or not np.isfinite(values).all():
            found.append((np.nan, False))
            continue
        series = at_nodes[i] @ _FIT
        size = max(float(np.abs(at_nodes[i]).max()), float(np.abs(values).max()), 1e-300)
        distance = np.abs(np.polynomial.legendre.legval(own, series) - values)
        worst = int(distance.argmax())
        seen = bool(np.abs(series[-3:]).max() > SEEN * size)
        point = centre[i] + half[i] * own[worst] if distance[worst] > MISSED * size else np.nan
        found.append((float(point), seen))
    return found


def _marks(f: ScalarFunction) -> Array:
    """Where an argument inside of a SymPy expression is zero or stationary, and points ever nearer to there."""
    if f.expr is None:
        return np.empty(0)
    points: set[float] = set()
    (x,) = f.expr.free_symbols or {sp.Symbol("x")}
    inside = {a for node in sp.preorder_traversal(f.expr) for a in getattr(node, "args", ())}
    for argument in inside:
        if argument != x and isinstance(argument, sp.Expr) and argument.has(x) and argument.is_polynomial(x):
            for polynomial in (sp.Poly(argument, x), sp.Poly(argument, x).diff()):
                if 0 < polynomial.degree() <= 12:
                    roots = np.roots([complex(c).real for c in polynomial.all_coeffs()])
                    points |= {float(r.real) for r in roots if abs(r.imag) < 1e-6 * (1 + abs(r))}
    nearer = 4.0 ** -np.arange(1, 24)
    around = [np.concatenate([[p], p + nearer, p - nearer]) for p in sorted(points)]
    return np.concatenate(around) if around else np.empty(0)
