"""Inputs of one norm: the whole network as one function of their cosine, a short polynomial or several.

The recursion runs at Chebyshev points; all pairs are then evaluated at the cost of the polynomial.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from numerics.infinite.closed_recursion import closed_recursion
from numerics.infinite.dual import EPS
from numerics.infinite.propagation import last_error
from numerics.infinite.recursion import LayerMoments, Network, own_last, through
from numerics.infinite.series.mehler import in_threads

Array = NDArray[np.float64]

EDGE = 8 * EPS
"""How far beyond a piece, in the cosine, a pair still counts as in it."""


@dataclass(frozen=True)
class ChebyshevPiece:
    """Chebyshev coefficients (degree + 1, 2) of (K^(H), K^(H−1)) on low ≤ t ≤ high."""

    low: float
    high: float
    series: Array
    error: float = 0.0
    slope: float = 0.0
    """By how much an error of t is multiplied, where `error` does not cover it."""


@dataclass(frozen=True)
class Curve:
    """ρ ↦ (K^(H), K^(H−1)) for inputs of one norm: polynomials in t = ρ, or in t = 2θ/π − 1 with θ = arccos ρ."""

    pieces: tuple[ChebyshevPiece, ...]
    angular: bool
    at_one: tuple[float, float]
    mean: float
    own_error: float = 0.0

    @property
    def error(self) -> float:
        """A bound of the error at any cosine that is known to rounding."""
        return max(self.own_error, *(p.error + p.slope * 4 * EPS for p in self.pieces))

    def error_at(self, rho: Any, unsure: float = 0.0) -> float:
        """A bound of the error at these cosines; they, or for a curve in θ their angles, are known up to `unsure`."""
        wide = EDGE + unsure
        # the piece with the largest error that holds one of them; rounding at its edges is on the safe side
        for p in sorted(self.pieces, key=lambda p: -(p.error + p.slope * unsure)):
            low, high = sorted(float(np.cos((t + 1) * np.pi / 2)) if self.angular else t for t in (p.low, p.high))
            if bool(((rho >= low - wide) & (rho <= high + wide)).any()):
                return p.error + p.slope * (unsure * 2 / np.pi if self.angular else unsure)
        return 0.0

    def at_angles(self, theta: Any) -> tuple[Any, Any]:
        """Both matrices' entries at angles θ; only for a curve in θ."""
        return self._at(theta * (2 / np.pi) - 1)

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
            return self._at(self._coordinate(rho))
        last, features = np.empty_like(rho), np.empty_like(rho)
        step = max(1, 16384 // max(rho.shape[1], 1))
        mirrored = rho.shape[0] == rho.shape[1] and len(rho) > 1 and np.array_equal(rho, rho.T)

        def block(start: int) -> None:
            rows, cols = slice(start, start + step), slice(start if mirrored else 0, None)
            both = self._at(self._coordinate(rho[rows, cols]))
            for matrix, values in zip((last, features), both, strict=True):
                matrix[rows, cols] = values
                if mirrored:
                    matrix[cols, rows] = values.T

        in_threads(block, range(0, len(rho), step))
        return last, features

    def _at(self, t: Any) -> tuple[Any, Any]:
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
NOISE, QUIET, SPLITS, EXACT_SPLITS = 1e-8, 1e-11, 12, 20
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
        pieces, run, left = _interpolate(net, q0, start, [(-1.0, 1.0)], degree, angular)
        if left[0] <= LEFT or (left[0] <= QUIET and left[0] >= before / 30):
            break
        before = left[0]
    if left[0] > LEFT and before == left[0] and not by_quadrature:
        angular = angular or run.exact  # nearly parallel inputs are distinguished by their angle
        marks = [1 - 4.0**-j for j in range(3 if run.exact else 13)]
        edges = [-1.0, *(-m for m in reversed(marks[1:])), *marks, 1.0]
        wanted = [(a, b, 1.0) for a, b in pairwise(edges)]
        pieces = []
        splits = EXACT_SPLITS if run.exact else SPLITS
        for level in range(splits):
            found, run, left = _interpolate(net, q0, start, [(a, b) for a, b, _ in wanted], PART, angular)
            again = []
            for p, rest, (_, _, before) in zip(found, left, wanted, strict=True):
                noise = rest <= NOISE and rest >= before / 10  # halving does not help: rounding, grown over the layers
                if rest <= LEFT or noise or level == splits - 1:
                    pieces.append(p)
                else:
                    middle = (p.low + p.high) / 2
                    again += [(p.low, middle, rest), (middle, p.high, rest)]
            wanted = again
            if not wanted:
                break
        pieces.sort(key=lambda p: p.low)
    return _confirmed(pieces, run, net, q0, start, angular)


@dataclass(frozen=True)
class Propagated:
    """What the recursion gives at t: values (2, n) and their errors (n), and at cosine one; b^(H−1)."""

    values: Array
    errors: Array
    at_one: tuple[float, float]
    mean: float
    own_error: float
    exact: bool


def _run(net: Network, q0: float, start: float, t: Array, angular: bool) -> Propagated:
    """The recursion itself at t: in forty digits if there are closed forms, else layer by layer in float64."""

    def cosines() -> list[Any]:
        return [(arb.pi() * (arb(float(x)) + 1) / 2).cos() if angular else arb(float(x)) for x in t]

    found = closed_recursion(net, q0, cosines)
    if found is not None:
        rounding = np.abs(found.at).max(0) * EPS
        own_error = EPS * max(map(abs, found.at_one))
        return Propagated(found.at, rounding, found.at_one, found.mean, own_error, True)
    rho = np.cos(np.pi * (t + 1) / 2) if angular else t
    rows, cols = np.array([q0]), np.full(len(rho), q0)
    before, after = through(LayerMoments(q0 * rho[None, :], (rows, cols), (rows * 0, cols * 0), start, start), net)
    own = before.q[0]
    top = float(own[0])
    mine = LayerMoments(own[:, None], (own, own), (own, own), before.drift, before.drift, before.shift)
    means = 0.0 if net.c_res is None else before.shift * top**0.5
    own_error = max(float(np.max(last_error(mine, net, LEFT))), before.drift * top, means)
    errors = np.broadcast_to(np.maximum(after.error, before.error * top) + 4 * EPS * top, (1, len(rho)))[0]
    at_one = float(own_last(own, net)[0]), top
    return Propagated(np.stack([after.c[0], before.c[0]]), errors, at_one, float(before.b[0][0]), own_error, False)


def _interpolate(
    net: Network, q0: float, start: float, intervals: list[tuple[float, float]], degree: int, angular: bool
) -> tuple[list[ChebyshevPiece], Propagated, list[float]]:
    """Interpolants at degree + 1 Chebyshev points of each interval, what the run gave, the last coefficients' size."""
    nodes = np.cos(np.pi * np.arange(degree + 1) / degree)
    t = np.concatenate([low + (high - low) * (nodes + 1) / 2 for low, high in intervals])
    run = _run(net, q0, start, t, angular)
    errors = run.errors.reshape(len(intervals), degree + 1).max(1)
    values = run.values.reshape(2, len(intervals), degree + 1)
    weights = np.ones(degree + 1)
    weights[[0, -1]] = 0.5
    k = np.arange(degree + 1)
    series = np.einsum("kj,cij->ikc", np.cos(np.pi * np.outer(k, k) / degree) * weights, values) * (2 / degree)
    series[:, [0, -1]] /= 2
    size = np.abs(values).max((1, 2))
    size += size == 0
    left = np.max(np.abs(series[:, -3:]) / size, axis=(1, 2))
    pieces = []
    for (low, high), own, error in zip(intervals, series, errors, strict=True):
        large = np.flatnonzero((np.abs(own) > EPS / 4 * size).any(1))
        pieces.append(ChebyshevPiece(low, high, own[: max(int(large[-1]) + 1 if len(large) else 1, 2)], float(error)))
    return pieces, run, left.tolist()


STEP = 2.0**-20
"""Relative step of the squared norm for the derivative by it."""


def _confirmed(
    pieces: list[ChebyshevPiece], run: Propagated, net: Network, q0: float, start: float, angular: bool
) -> Curve:
    """The curve with the distance of each piece from the recursion at points between its nodes added to its error.

    Where the recursion is exact, what an error of the norms and of t makes of it is added as well.
    """
    count = 24 if len(pieces) == 1 else 3
    inner = np.cos(np.pi * (np.arange(count) + 0.37) / count)
    t = np.concatenate([p.low + (p.high - p.low) * (inner + 1) / 2 for p in pieces])
    found = _run(net, q0, start, t, angular)
    given = np.stack([np.concatenate([_clenshaw(p.series[:, j], inner) for p in pieces]) for j in (0, 1)])
    missed = np.abs(given - found.values).reshape(2, len(pieces), count).max((0, 2))
    own_error, moved = run.own_error, np.zeros(len(pieces))
    if found.exact:
        other = _run(net, q0 * (1 + STEP), start, t, angular)
        moved = np.abs(other.values - found.values).reshape(2, len(pieces), count).max((0, 2)) * (start / STEP)
        own_error += max(abs(a - b) for a, b in zip(other.at_one, found.at_one, strict=True)) * (start / STEP)
    # interpolation passes errors of the nodes on, times a Lebesgue constant below four; t is rounded for evaluation
    made = []
    for p, m, norm in zip(pieces, missed, moved, strict=True):
        slope = _slope(p) if found.exact else 0.0
        # Clenshaw's sums round in proportion to the coefficients
        rounding = 2 * EPS * slope + 16 * EPS * float(np.abs(p.series).sum(0).max())
        made.append(replace(p, error=4 * p.error + 4 * float(m) + 2 * float(norm) + rounding, slope=slope))
    return Curve(tuple(made), angular, run.at_one, run.mean, own_error)


def _slope(p: ChebyshevPiece) -> float:
    """The largest derivative by t of either polynomial, at points so dense that a quarter more bounds it between."""
    dense = np.cos(np.pi * np.arange(4 * len(p.series) + 1) / (4 * len(p.series)))
    slopes = np.polynomial.chebyshev.chebval(dense, np.polynomial.chebyshev.chebder(p.series))
    return 1.25 * float(np.abs(slopes).max()) * 2 / (p.high - p.low)
