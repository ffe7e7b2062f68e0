"""Points of a statement's domain: charts from the unit cube, batches for search, exact points for proofs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.special import ndtri

from derivations.domains import Domain, NonnegativeVectors, UnitVectors
from derivations.outcomes.reasons import Reason, Stopped
from numerics.values.evaluate import evaluate

Array = NDArray[np.float64]
Point = dict[Any, Any]

SIZES = (1, 2, 3, 5, 4, 7)
EDGE = 1e-9
FEW, FAR = 40, 10**5


class NoPoint(Stopped, ValueError):
    """No point of the domain was found: it is empty, or its conditions contradict each other."""

    reason = Reason.NO_POINT


@dataclass(frozen=True)
class Chart:
    """A map from the unit cube onto the domain, with the sizes of its vectors fixed.

    Finite intervals are mapped linearly, half-lines by a + t/(1−t), the line by (2t−1)/(t(1−t)),
    unit vectors by normalised Gaussians. `dimension` is that of the cube. Integers without an upper end are taken up
    to FEW above the lower one, and with `far` on to FAR times that, evenly in their logarithm.
    """

    domain: Domain
    sizes: Mapping[Any, int] = field(default_factory=dict)
    far: bool = False

    @property
    def scalars(self) -> tuple[Any, ...]:
        return tuple(s for s in self.domain.scalars if s not in self.sizes)

    @property
    def lengths(self) -> tuple[int, ...]:
        return tuple(int(np.prod(self.shape(v))) for v in self.domain.vectors)

    def shape(self, vector: Any) -> tuple[int, int]:
        """The shape of a vector or matrix for given sizes."""
        known = {s: sp.Integer(n) for s, n in self.sizes.items()}
        rows, cols = (int(sp.sympify(n).xreplace(known)) for n in vector.shape)
        return rows, cols

    @property
    def dimension(self) -> int:
        return len(self.scalars) + sum(self.lengths)

    def __call__(self, cube: Array) -> Point:
        """The points with coordinates `cube` (N, dimension): numbers (N,), columns (N, k), matrices (N, r, c)."""
        t = np.clip(cube, 0.0, 1.0)
        values: Point = {s: np.full(len(t), float(n)) for s, n in self.sizes.items() if s in self.domain.ranges}
        for i, symbol in enumerate(self.scalars):
            values[symbol] = _onto(self.domain.interval(symbol), t[:, i], self.far)
        start = len(self.scalars)
        for vector, length in zip(self.domain.vectors, self.lengths, strict=True):
            block, shape = t[:, start : start + length], self.shape(vector)
            start += length
            if isinstance(self.domain.ranges[vector], UnitVectors):
                normal = ndtri(np.clip(block, 1e-12, 1 - 1e-12))
                lengths = np.linalg.norm(normal, axis=1, keepdims=True)
                block = np.where(lengths > 0, normal / np.where(lengths > 0, lengths, 1), np.eye(1, length))
            elif isinstance(self.domain.ranges[vector], NonnegativeVectors):
                block = _onto(sp.Interval(0, sp.oo), block)
            else:
                block = _line(block)
            values[vector] = block if vector.shape[1] == 1 else block.reshape(-1, *shape)
        for symbol, angle in self.domain.angles.items():
            cosine = np.sum(evaluate(angle.x, values) * evaluate(angle.y, values), -1)
            values[symbol] = np.arccos(np.clip(cosine, -1, 1))
        return values

    def allowed(self, values: Point) -> NDArray[np.bool_]:
        """Which points of a batch satisfy the conditions of the domain; shape (N,)."""
        count = next((len(v) for v in values.values()), 1)
        good = np.ones(count, dtype=bool)
        for relation in self.domain.where:
            if relation in (True, sp.true):
                continue
            gap = evaluate(relation.lhs - relation.rhs, values)
            good &= np.broadcast_to(gap >= 0 if isinstance(relation, sp.Ge | sp.Gt) else gap <= 0, good.shape)
        return good


def _line(t: Any) -> Any:
    t = np.clip(t, EDGE, 1 - EDGE)
    return (2 * t - 1) / (2 * t * (1 - t))


def _onto(values: Any, t: Any, far: bool = False) -> Any:
    if isinstance(values, sp.FiniteSet):
        members = np.array(sorted(float(m) for m in values))
        return members[np.minimum((t * len(members)).astype(int), len(members) - 1)]
    if isinstance(values, sp.Union):
        part = np.minimum((t * len(values.args)).astype(int), len(values.args) - 1)
        parts = [_onto(r, t * len(values.args) - i, far) for i, r in enumerate(values.args)]
        return np.choose(part, parts)
    low, high = values.inf, values.sup
    if values.is_subset(sp.S.Integers):
        start = int(low) if low.is_finite else -10
        stop = int(high) if high.is_finite else start + FEW
        if high.is_finite or not far:
            return np.minimum(start + np.floor(t * (stop - start + 1)), stop)
        near = start + np.floor(np.minimum(2 * t, 1) * FEW)
        return near + np.floor(FEW * (FAR ** np.maximum(2 * t - 1, 0) - 1))
    if low.is_finite and high.is_finite:
        a, b = float(low), float(high)
        inside = np.clip(t, EDGE if values.left_open else 0.0, 1 - EDGE if values.right_open else 1.0)
        return np.clip(a + (b - a) * inside, a, b)
    if low.is_finite:
        t = np.clip(t, EDGE if values.left_open else 0.0, 1 - EDGE)
        return float(low) + t / (1 - t)
    if high.is_finite:
        t = np.clip(t, EDGE if values.right_open else 0.0, 1 - EDGE)
        return float(high) - t / (1 - t)
    return _line(t)


def size_choices(domain: Domain, limit: int = 6) -> list[dict[Any, int]]:
    """Sizes to try for the domain's vectors, small ones first: k = 1, 2, 3, 5, … and pairs out of step."""
    names = [d for d in domain.dimensions if d in domain.ranges]
    if not names:
        return [{}]
    choices: list[dict[Any, int]] = []
    for i, base in enumerate(SIZES[:limit]):
        chosen = {}
        for j, name in enumerate(names):
            size = base if j == 0 else SIZES[(i + j) % len(SIZES)]
            low = domain.interval(name).inf
            chosen[name] = max(size, int(low) if low.is_finite else 1)
        if chosen not in choices and all(domain.interval(n).contains(s) == True for n, s in chosen.items()):  # noqa: E712
            choices.append(chosen)
    return choices or [{n: int(domain.interval(n).inf) for n in names}]


def exact(chart: Chart, values: Point, row: int, digits: int | None = None) -> Point:
    """One point of a batch as exact SymPy numbers, rounded to `digits` decimals if given.

    Rationals for numbers and entries; unit vectors are normalised again, and angles recomputed, so
    that the point lies in the domain exactly.
    """
    point: Point = {s: sp.Integer(n) for s, n in chart.sizes.items()}
    for symbol in chart.scalars:
        point[symbol] = _into(chart.domain.interval(symbol), _rational(values[symbol][row], digits))
    for vector in chart.domain.vectors:
        flat = [_rational(x, digits) for x in np.ravel(values[vector][row])]
        if isinstance(chart.domain.ranges[vector], UnitVectors):
            if not any(flat):
                flat[0] = sp.Integer(1)
            length = sp.sqrt(sum(x * x for x in flat))
            flat = [x / length for x in flat]
        point[vector] = sp.ImmutableMatrix(*chart.shape(vector), flat)
    for symbol, angle in chart.domain.angles.items():
        x, y = point[angle.x], point[angle.y]
        point[symbol] = sp.acos((x.T * y)[0, 0])
    return point


def _rational(x: float, digits: int | None) -> sp.Rational:
    return sp.Rational(float(x)) if digits is None else sp.Rational(f"{float(x):.{digits}f}")


def _into(values: Any, x: sp.Rational) -> Any:
    """`x` moved into the range if rounding took it out."""
    if values.contains(x) == True or isinstance(values, sp.FiniteSet):  # noqa: E712
        return x
    if values.is_subset(sp.S.Integers):
        return sp.Integer(round(x))
    low, high = values.inf, values.sup
    width = high - low if low.is_finite and high.is_finite else sp.Integer(1)
    if low.is_finite and x <= low:
        return low + width * sp.Rational(1, 10**9) if values.left_open else low
    return high - width * sp.Rational(1, 10**9) if values.right_open else high


def satisfies(domain: Domain, point: Point) -> bool:
    """Whether an exact point satisfies the conditions of its domain, at 30 digits."""
    from mpmath import mp

    with mp.workdps(30):
        for relation in domain.where:
            if relation in (True, sp.true):
                continue
            gap = evaluate(relation.lhs - relation.rhs, point, "mpmath")
            inside = gap >= 0 if isinstance(relation, sp.Ge | sp.Gt) else gap <= 0
            if not inside or (gap == 0 and isinstance(relation, sp.Gt | sp.Lt)):
                return False
    return True


def exact_points(
    domain: Domain, count: int, rng: np.random.Generator, tame: bool = False
) -> Iterator[tuple[Chart, Point]]:
    """About `count` exact points, random ones and ends of the ranges of numbers; every size in turn.

    `tame` points keep away from the ends of the ranges and from infinity, where quadrature fails.
    Raises NoPoint if the conditions of the domain exclude all that were tried.
    """
    found = 0
    choices = size_choices(domain)
    each = max(1, -(-count // len(choices)))
    for sizes in choices:
        chart = Chart(domain, sizes)
        batch = rng.random((max(64 * each, 256), max(chart.dimension, 1)))
        first = (each + 1) // 2  # random points first, then ends of the ranges of numbers; vectors stay random
        batch[first : first + len(_CORNERS), : len(chart.scalars)] = np.array(_CORNERS)[:, None]
        if tame:
            batch = 0.1 + 0.7 * batch
        values = chart(batch)
        good = np.flatnonzero(chart.allowed(values))
        taken = 0
        for row in good:
            point = exact(chart, values, int(row), digits=3)
            if not satisfies(domain, point):
                continue
            yield chart, point
            found += 1
            taken += 1
            if taken >= each:
                break
            if chart.dimension == 0:
                break
    if not found:
        raise NoPoint(f"no point of the domain was found ({domain.describe()}): are its conditions contradictory?")


_CORNERS = (0.0, 1.0, 0.5, 1e-3, 0.999)


def point_text(point: Point, exact: bool = False) -> str:
    """A point as `k = 2, phi = 1/2, a = (1, 0)`, exact where that is short or asked for, else to eight digits."""
    return ", ".join(f"{s} = {_number_text(v, exact)}" for s, v in sorted(point.items(), key=lambda kv: str(kv[0])))


def _number_text(value: Any, exact: bool) -> str:
    if isinstance(value, sp.MatrixBase):
        inside = ", ".join(_number_text(v, exact) for v in value)
        return f"({inside})" if value.cols == 1 else f"{value.rows}×{value.cols} [{inside}]"
    text = str(value)
    return text if exact or len(text) <= 12 else f"{sp.N(value, 8)}"
