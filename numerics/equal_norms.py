"""Inputs of one norm: the whole network as one function of their cosine, a short polynomial or several.

The recursion runs at Chebyshev points; all pairs are then evaluated at the cost of the polynomial.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics.dual import EPS, in_threads
from numerics.propagation import last_error
from numerics.recursion import Layer, Network, own_last, through

Array = NDArray[np.float64]

EDGE = 8 * EPS
"""How far beyond a piece, in the cosine, a pair still counts as in it."""


@dataclass(frozen=True)
class Piece:
    """Chebyshev coefficients (degree + 1, 2) of (K^(H), K^(H−1)) on low ≤ t ≤ high."""

    low: float
    high: float
    series: Array
    error: float = 0.0


@dataclass(frozen=True)
class Curve:
    """ρ ↦ (K^(H), K^(H−1)) for inputs of one norm: polynomials in t = ρ, or in t = 2θ/π − 1 with θ = arccos ρ."""

    pieces: tuple[Piece, ...]
    angular: bool
    at_one: tuple[float, float]
    mean: float
    own_error: float = 0.0

    @property
    def error(self) -> float:
        """A bound of the error at any cosine."""
        return max(self.own_error, *(p.error for p in self.pieces))

    def error_at(self, rho: Any) -> float:
        """A bound of the error at these cosines: that of the pieces in which they lie."""
        # the piece with the largest error that holds one of them; rounding at its edges is on the safe side
        for p in sorted(self.pieces, key=lambda p: -p.error):
            low, high = sorted(float(np.cos((t + 1) * np.pi / 2)) if self.angular else t for t in (p.low, p.high))
            if bool(((rho >= low - EDGE) & (rho <= high + EDGE)).any()):
                return p.error
        return 0.0

    def _coordinate(self, rho: Any) -> Any:
        arccos = np.arccos if isinstance(rho, np.ndarray) else rho.__class__.arccos
        return arccos(rho) * (2 / np.pi) - 1 if self.angular else rho

    @property
    def degree(self) -> int:
        """The largest degree of a piece."""
        return max(len(p.series) for p in self.pieces) - 1

    def __call__(self, rho: Any) -> tuple[Any, Any]:
        """Both matrices at cosines ρ (NumPy or torch), in blocks of rows."""
        if not isinstance(rho, np.ndarray):
            return self._at(rho)
        last, features = np.empty_like(rho), np.empty_like(rho)
        step = max(1, 16384 // max(rho.shape[1], 1))
        mirrored = rho.shape[0] == rho.shape[1] and len(rho) > 1 and np.array_equal(rho, rho.T)

        def block(start: int) -> None:
            rows, cols = slice(start, start + step), slice(start if mirrored else 0, None)
            both = self._at(rho[rows, cols])
            for matrix, values in zip((last, features), both, strict=True):
                matrix[rows, cols] = values
                if mirrored:
                    matrix[cols, rows] = values.T

        in_threads(block, range(0, len(rho), step))
        return last, features

    def _at(self, rho: Any) -> tuple[Any, Any]:
        t = self._coordinate(rho)
        if len(self.pieces) == 1:
            return _clenshaw(self.pieces[0].series[:, 0], t), _clenshaw(self.pieces[0].series[:, 1], t)
        last, features = t * 0, t * 0
        lowest, highest = float(t.min()), float(t.max())
        for i, piece in enumerate(self.pieces):
            if (piece.high < lowest and i < len(self.pieces) - 1) or (piece.low > highest and i):
                continue
            inside = t >= piece.low if i else t == t
            inside = inside & (t < piece.high) if i < len(self.pieces) - 1 else inside
            if bool(inside.any()):
                own = (t[inside] - piece.low) * (2 / (piece.high - piece.low)) - 1
                last[inside], features[inside] = (_clenshaw(piece.series[:, j], own) for j in (0, 1))
        return last, features


def _clenshaw(series: Array, t: Any) -> Any:
    """Σ c_k T_k(t) in place, three arrays of the shape of t."""
    twice = 2 * t
    one, two = t * 0 + float(series[-1]), t * 0
    fresh = t * 0
    for c in series[-2:0:-1]:
        fresh[...] = twice
        fresh *= one
        fresh -= two
        fresh += float(c)
        one, two, fresh = fresh, one, two
    one *= t
    one -= two
    one += float(series[0])
    return one


WHOLE, PART = (24, 64), 24
"""Degrees tried on the whole interval, and the degree on each part of it where that does not do."""
LEFT = 16 * EPS
"""Size of the last coefficients, relative to the function, at which a polynomial counts as resolved."""
NOISE, QUIET, SPLITS = 1e-8, 1e-11, 12
"""Below these sizes coefficients that no longer fall are rounding, in a part and in the whole."""


@lru_cache(maxsize=128)
def equal_norm_map(net: Network, q0: float = 1.0, start: float = 0.0) -> Curve:
    """The network on inputs of squared norm q0 as a function of their cosine, which is known up to `start`.

    In ρ if σ is smooth (then it is analytic), else in θ, in which kinks leave it smooth on [0, π]. A deep
    network in its chaotic phase is steep at the ends: there the interval is cut, ever finer.
    """
    angular = bool(net.dual.f.kinks)
    before = 1.0
    by_quadrature = angular and not net.dual.closed
    for degree in (*WHOLE, 128) if by_quadrature else WHOLE:
        pieces, ends, left = _interpolate(net, q0, start, [(-1.0, 1.0)], degree, angular)
        if left[0] <= LEFT or (left[0] <= QUIET and left[0] >= before / 30):
            break
        before = left[0]
    if left[0] > LEFT and before == left[0] and not by_quadrature:
        marks = [1 - 4.0**-j for j in range(13)]
        edges = [-1.0, *(-m for m in reversed(marks[1:])), *marks, 1.0]
        wanted = [(a, b, 1.0) for a, b in pairwise(edges)]
        pieces = []
        for level in range(SPLITS):
            found, ends, left = _interpolate(net, q0, start, [(a, b) for a, b, _ in wanted], PART, angular)
            again = []
            for p, rest, (_, _, before) in zip(found, left, wanted, strict=True):
                noise = rest <= NOISE and rest >= before / 10  # halving does not help: rounding, grown over the layers
                if rest <= LEFT or noise or level == SPLITS - 1:
                    pieces.append(p)
                else:
                    middle = (p.low + p.high) / 2
                    again += [(p.low, middle, rest), (middle, p.high, rest)]
            wanted = again
            if not wanted:
                break
        pieces.sort(key=lambda p: p.low)
    return _confirmed(Curve(tuple(pieces), angular, *ends), net, q0, start)


def _run(net: Network, q0: float, start: float, rho: Array) -> tuple[Array, Layer, Layer]:
    """K^(H) and K^(H−1) at cosines ρ by the recursion itself, shape (2, len(ρ)), with both layers."""
    rows, cols = np.array([q0], dtype=rho.dtype), np.full(len(rho), q0, dtype=rho.dtype)
    before, after = through(Layer(q0 * rho[None, :], (rows, cols), (rows * 0, cols * 0), start, start), net)
    return np.stack([after.c[0], before.c[0]]), before, after


def _dtype(net: Network) -> Any:
    """Kinked kernels with a closed form run in long double: the angle of nearly parallel inputs loses digits."""
    return np.longdouble if net.dual.f.kinks else float


def _interpolate(
    net: Network, q0: float, start: float, intervals: list[tuple[float, float]], degree: int, angular: bool
) -> tuple[list[Piece], tuple[tuple[float, float], float, float], list[float]]:
    """Interpolants at degree + 1 Chebyshev points of each interval, what the ends give, the last coefficients' size."""
    nodes = np.cos(np.pi * np.arange(degree + 1, dtype=_dtype(net)) / degree)
    t = np.concatenate([low + (high - low) * (nodes + 1) / 2 for low, high in intervals])
    rho = np.cos(np.pi * (t + 1) / 2) if angular else t
    found, before, after = _run(net, q0, start, rho)
    own = before.q[0]
    at_one = (float(own_last(own, net)[0]), float(own[0]))
    top = float(own[0])
    mine = Layer(own[:, None], (own, own), (own, own), before.drift, before.drift, before.shift)
    own_error = max(float(np.max(last_error(mine, net, LEFT))), before.drift * top, before.shift * top**0.5)
    # a net of one layer has one error for all pairs
    worst = np.zeros(len(rho)) + np.maximum(after.error, before.error * top) + 4 * EPS * top
    errors = worst.reshape(len(intervals), degree + 1).max(1)
    values = found.astype(float).reshape(2, len(intervals), degree + 1)
    weights = np.ones(degree + 1)
    weights[[0, -1]] = 0.5
    k = np.arange(degree + 1)
    series = np.einsum("kj,cij->ikc", np.cos(np.pi * np.outer(k, k) / degree) * weights, values) * (2 / degree)
    series[:, [0, -1]] /= 2
    size = np.abs(values).max((1, 2))
    left = np.max(np.abs(series[:, -3:]) / size, axis=(1, 2))
    pieces = []
    for (low, high), own, error in zip(intervals, series, errors, strict=True):
        large = np.flatnonzero((np.abs(own) > EPS / 4 * size).any(1))
        pieces.append(Piece(low, high, own[: max(int(large[-1]) + 1 if len(large) else 1, 2)], float(error)))
    return pieces, (at_one, float(before.b[0][0]), own_error), left.tolist()


def _confirmed(curve: Curve, net: Network, q0: float, start: float) -> Curve:
    """The curve with the distance of each piece from the recursion at points between its nodes added to its error."""
    count = 24 if len(curve.pieces) == 1 else 3
    inner = np.cos(np.pi * (np.arange(count, dtype=_dtype(net)) + 0.37) / count)
    t = np.concatenate([p.low + (p.high - p.low) * (inner + 1) / 2 for p in curve.pieces])
    rho = np.cos(np.pi * (t + 1) / 2) if curve.angular else t
    found, _, _ = _run(net, q0, start, rho)
    own = inner.astype(float)
    given = np.stack([np.concatenate([_clenshaw(p.series[:, j], own) for p in curve.pieces]) for j in (0, 1)])
    missed = np.abs(given - found).reshape(2, len(curve.pieces), count).max((0, 2))
    # interpolation passes errors of the nodes on, times a Lebesgue constant below four
    pieces = (replace(p, error=4 * p.error + 4 * float(m)) for p, m in zip(curve.pieces, missed, strict=True))
    return replace(curve, pieces=tuple(pieces))
