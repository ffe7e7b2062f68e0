"""Panels on which an activation is a polynomial to rounding, its kinks, and its derivative by these polynomials."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from numerics.infinite.resolution import DENSE, NODES, WIDTH, hidden_edges
from numerics.values.functions import ScalarFunction

Array = NDArray[np.float64]

EPS = float(np.finfo(float).eps)
RESOLVED = 3e-14
"""Size of the last Legendre coefficients, relative to the function, that counts as resolved."""
NOISE = 1e-11
"""Coefficients below this that do not fall when a panel is halved are rounding of the function itself."""
FLOOR, ROUNDED = 1e-3, 1e-12
"""What is smaller than the function near 0 by this factor is resolved relative to that; and its rounding, by that."""
NEAR_ZERO = 4.0
SMALL = 1e-5
"""Half the width of panels that only a kink requires."""
APART = 1e-3
"""Kinks nearer than this to each other are found one after the other."""
FARTHEST = 60
"""Panels reach to 2 to this power, or as far as the function lets them."""
MOST, MOST_A_LEVEL = 3000, 400
KINKED = 1e-7
"""A change of the slope at an edge, relative to the slopes there, that counts as a kink."""
SLOPE_NOISE = 5e-11
"""Relative error of a derivative by differences of the polynomials on panels."""
_T, _ = np.polynomial.legendre.leggauss(NODES)
_FIT = np.linalg.inv(np.polynomial.legendre.legvander(_T, NODES - 1)).T
"""Values at the nodes times this: Legendre coefficients. The sums with weights would carry their rounding."""
_DIFF = np.stack([np.append(np.polynomial.legendre.legder(e), 0.0) for e in np.eye(NODES)])
"""Legendre coefficients times this: those of the derivative."""


@dataclass(frozen=True, eq=False)
class Partition:
    """Edges of panels, as large as may be; its kinks; and Legendre `series` (panels, NODES) between `fine` edges.

    The fine panels grow with the distance from 0 at most, so that the series are exact relative to the function there.
    """

    edges: Array
    kinks: tuple[float, ...]
    fine: Array
    series: Array

    def within(self, reach: float) -> tuple[float, ...]:
        """The edges in (−reach, reach)."""
        return tuple(float(e) for e in self.edges if abs(e) < reach)


@lru_cache(maxsize=256)
def partition(f: ScalarFunction) -> Partition:
    """Panels from −2⁶⁰ to 2⁶⁰, fewer where f oscillates or is not finite, as large as twenty nodes allow.

    No feature is stepped over that a scan at a spacing of 2e-4 finds: see `hidden_edges`.
    """
    with np.errstate(all="ignore"):
        near = np.abs(f(np.linspace(-NEAR_ZERO, NEAR_ZERO, 257)))
    floor = FLOOR * float(np.max(near, initial=0.0, where=np.isfinite(near)))
    marks = {*f.kinks, *hidden_edges(f)}
    kinks: set[float] = set(f.kinks)
    for _ in range(12):
        panels, found = _panels(f, marks, floor)
        new = {k for k in found if all(abs(k - known) > APART / 100 for known in kinks)}
        if not new:
            break
        kinks |= new
        marks |= new
    low, high = _merged(f, *panels, kinks, floor)
    fine = np.append(panels[0], panels[1][-1])
    return Partition(np.append(low, high[-1]), tuple(sorted(kinks)), fine, panels[2])


def _panels(f: ScalarFunction, marks: set[float], floor: float) -> tuple[tuple[Array, Array, Array], set[float]]:
    """Resolved panels (low, high, series) from left to right, and the kinks that they end in."""
    inner = np.arange(-DENSE, DENSE, WIDTH) + 0.0173
    low, high, series, kinks = _refined(f, np.sort(np.concatenate([inner, [-DENSE, DENSE], [*marks]])), DENSE, floor)
    left: list[tuple[Array, Array, Array, set[float]]] = []
    right: list[tuple[Array, Array, Array, set[float]]] = []
    for k in range(int(np.log2(DENSE)), FARTHEST):
        a, b = 2.0**k, 2.0 ** (k + 1)
        outer = [
            _refined(f, np.sort([lo, hi, *(m for m in marks if lo < m < hi)]), b, floor)
            for lo, hi in ((-b, -a), (a, b))
        ]
        if max(len(o[0]) for o in outer) > MOST_A_LEVEL:
            break
        left.insert(0, outer[0])
        right.append(outer[1])
        kinks = kinks | outer[0][3] | outer[1][3]
    parts = [*left, (low, high, series, kinks), *right]
    low, high = np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
    series = np.concatenate([p[2] for p in parts])
    return (low, high, series), {_round(f, k, floor) for k in kinks | _at_edges(low, high, series, floor)}


def _series(f: ScalarFunction, low: Array, high: Array) -> tuple[Array, Array]:
    """Legendre coefficients of f on panels, NaN where it is not finite, and its size there."""
    half = (high - low) / 2
    with np.errstate(all="ignore"):
        values = f((low + half)[:, None] + half[:, None] * _T)
        finite: NDArray[np.bool_] = np.asarray(np.isfinite(values).all(1))
        series = np.where(finite[:, None], np.where(finite[:, None], values, 0.0) @ _FIT, np.nan)
    return series, np.where(finite, np.abs(np.where(finite[:, None], values, 0.0)).max(1), 0.0)


def _refined(f: ScalarFunction, edges: Array, reach: float, floor: float) -> tuple[Array, Array, Array, set[float]]:
    """Panels between the edges, inside ±reach, halved until f is resolved; and where they shrank to nothing."""
    edges = np.unique(edges[np.abs(edges) <= reach])
    low, high = edges[:-1], edges[1:]
    before = np.full(len(low), np.inf)
    kept: list[tuple[Array, Array, Array]] = []
    small: list[tuple[float, float]] = []
    total = 0
    for level in range(80):
        series, size = _series(f, low, high)
        half = (high - low) / 2
        scale = np.maximum(np.maximum(size, floor), 1e-300)
        tail = np.where(np.isnan(series[:, 0]), 0.0, np.abs(series[:, -3:]).max(1))
        noise = (half > SMALL) & (tail < NOISE * scale) & (tail > before / 8)
        least = 2 * EPS * np.maximum(np.abs(low), np.abs(high)) + 1e-18
        bad = np.asarray((tail > RESOLVED * scale + ROUNDED * floor) & ~noise & (half > least))
        total += len(low)
        if total > MOST:
            bad[:] = False
        kept.append((low[~bad], high[~bad], series[~bad]))
        tiny = ~bad & (half < SMALL) & (level > 0)
        small += zip((low + half)[tiny].tolist(), half[tiny].tolist(), strict=True)
        if not bad.any():
            break
        middle = (low[bad] + high[bad]) / 2
        before = np.tile(tail[bad], 2)
        low, high = np.concatenate([low[bad], middle]), np.concatenate([middle, high[bad]])
    low, high, series = (np.concatenate([k[i] for k in kept]) for i in range(3))
    order = np.argsort(low)
    return low[order], high[order], series[order], _clusters(small)


def _clusters(panels: list[tuple[float, float]]) -> set[float]:
    """Small panels (middle, half width) near each other as one point, the middle of the smallest, made round."""
    found: list[tuple[float, float]] = []
    for middle, half in sorted(panels):
        if found and middle - found[-1][0] < APART:
            found[-1] = min(found[-1], (middle, half), key=lambda p: p[1])
        else:
            found.append((middle, half))
    return {m for m, _ in found}


def _round(f: ScalarFunction, x: float, floor: float) -> float:
    """A short decimal next to x if f is smooth on both sides of it, else x: mild kinks are found coarsely."""
    short = round(x, 4) + 0.0
    if abs(short - x) > SMALL:
        return x
    series, size = _series(f, np.array([short - APART, short]), np.array([short, short + APART]))
    smooth = np.abs(series[:, -3:]).max(1) <= RESOLVED * np.maximum(size, floor)
    return short if bool(smooth.all()) else x


def _at_edges(low: Array, high: Array, series: Array, floor: float) -> set[float]:
    """Edges at which two resolved panels meet with other values or slopes: kinks that happen to lie there."""
    half = (high - low) / 2
    signs = (-1.0) ** np.arange(NODES)
    slopes = series @ _DIFF / half[:, None]
    with np.errstate(invalid="ignore"):
        jump = np.abs(series[1:] @ signs - series[:-1].sum(1))
        turn = np.abs(slopes[1:] @ signs - slopes[:-1].sum(1))
        size = np.maximum(np.abs(series).sum(1), floor)
        resolved = np.abs(series[:, -3:]).max(1) <= NOISE * size
        steep = np.abs(slopes).sum(1)
        wide = np.minimum(half[1:], half[:-1]) > SMALL
        much = jump > KINKED * np.maximum(size[1:], size[:-1])
        # the slope of a constant function is rounding divided by the width
        rounding = np.maximum(size[1:], size[:-1]) / np.minimum(half[1:], half[:-1])
        much |= turn > KINKED * np.maximum(steep[1:], steep[:-1]) + KINKED**1.5 * rounding
    return {float(e) for e in low[1:][much & wide & resolved[1:] & resolved[:-1]]}


def _merged(
    f: ScalarFunction, low: Array, high: Array, series: Array, kinks: set[float], floor: float
) -> tuple[Array, Array]:
    """Neighbours as one panel wherever the polynomial on both together goes through the nodes of each."""
    fixed = np.array(sorted(kinks))
    for turn in range(60):
        first = np.arange(turn % 2, len(low) - 1, 2)
        a, b = low[first], high[first + 1]
        apart = ~np.isin(high[first], fixed) & ~np.isnan(series[first, 0]) & ~np.isnan(series[first + 1, 0])
        first, a, b = first[apart], a[apart], b[apart]
        if not len(first):
            continue
        both, size = _series(f, a, b)
        scale = np.maximum(np.maximum(size, floor), 1e-300)
        good = np.abs(both[:, -3:]).max(1) <= RESOLVED * scale + ROUNDED * floor
        for mine in (first, first + 1):
            at = ((low[mine] + high[mine])[:, None] / 2 + (high[mine] - low[mine])[:, None] / 2 * _T - a[:, None]) * (
                2 / (b - a)[:, None]
            ) - 1
            given = series[mine] @ np.polynomial.legendre.legvander(_T, NODES - 1).T
            whole = np.einsum("pnk,pk->pn", np.polynomial.legendre.legvander(at, NODES - 1), both)
            good &= np.abs(given - whole).max(1) <= 10 * (RESOLVED * scale + ROUNDED * floor)
        if not good.any():
            if turn % 2:
                break
            continue
        first, both = first[good], both[good]
        high = high.copy()
        high[first], series = high[first + 1], series.copy()
        series[first] = both
        keep = np.ones(len(low), dtype=bool)
        keep[first + 1] = False
        low, high, series = low[keep], high[keep], series[keep]
    return low, high


@lru_cache(maxsize=256)
def slope_function(f: ScalarFunction) -> ScalarFunction:
    """f′ by differentiating the polynomials on the panels of f, to about twelve digits; NaN beyond the panels."""
    parts = partition(f)
    half = np.diff(parts.fine) / 2
    middle = parts.fine[:-1] + half
    # trailing coefficients of the size of rounding would be multiplied by the square of their degree
    size = 64 * EPS * np.abs(parts.series).sum(1)[:, None]
    kept = np.cumsum((np.abs(parts.series) > size)[:, ::-1], 1)[:, ::-1] > 0
    table = [np.trim_zeros(row, "b") for row in np.where(kept, parts.series, 0.0) @ _DIFF / half[:, None]]
    broken = np.isnan(parts.series[:, 0])

    def value(x: Array) -> Array:
        flat = np.ravel(x)
        panel = np.clip(np.searchsorted(parts.fine, flat, side="right") - 1, 0, len(half) - 1).astype(np.int16)
        order = np.argsort(panel, kind="stable")
        found = np.empty(len(flat))
        ends = np.searchsorted(panel[order], np.arange(len(half) + 1))
        for i in np.flatnonzero(np.diff(ends)):
            mine = order[ends[i] : ends[i + 1]]
            t = (flat[mine] - middle[i]) / half[i]
            one = np.polynomial.legendre.legval(np.clip(t, -1.0, 1.0), table[i]) if len(table[i]) else 0.0 * t
            found[mine] = np.where((np.abs(t) > 1 + 1e-9) | broken[i], np.nan, one)
        return found.reshape(np.shape(x))

    return ScalarFunction(f"{f.name}′", value, None, parts.kinks)
