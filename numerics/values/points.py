"""Points of a statement's domain: charts from the unit cube, batches for search, exact points for proofs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from derivations.domains import Domain
from derivations.outcomes.reasons import Reason, Stopped
from derivations.quantities.schemas import ForAll
from numerics.values.evaluate import evaluate
from numerics.values.linear.ranges import EDGE, coordinates, exactly, inside, line, rational
from numerics.values.linear.ranges import onto as matrices_onto

Array = NDArray[np.float64]
Point = dict[Any, Any]

SIZES = (1, 2, 3, 5, 4, 7)
FEW, FAR = 40, 10**5


class NoPoint(Stopped, ValueError):
    """No point of the domain was found: it is empty, or its conditions contradict each other."""

    reason = Reason.NO_POINT


@dataclass(frozen=True)
class Axis:
    """A range of numbers: a few `members`, several `parts`, or whole or real numbers between two ends.

    An end at infinity is None.
    """

    members: Array | None
    whole: bool = False
    low: float | None = None
    high: float | None = None
    left_open: bool = False
    right_open: bool = False
    parts: tuple[Axis, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A map from the unit cube onto the domain, with the sizes of its vectors fixed.

    Finite intervals are mapped linearly, half-lines by a + t/(1−t), the line by (2t−1)/(t(1−t)),
    vectors and matrices as `numerics.values.linear.ranges` says. `dimension` is that of the cube. Integers without an
    upper end are taken up to FEW above the lower one, and with `far` on to FAR times that, evenly in their logarithm.
    """

    domain: Domain
    sizes: Mapping[Any, int] = field(default_factory=dict)
    far: bool = False

    @cached_property
    def scalars(self) -> tuple[Any, ...]:
        return tuple(s for s in self.domain.scalars if s not in self.sizes)

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The ranges of the scalars: a search asks for thousands of batches of one chart."""
        return tuple(axis(self.domain.interval(symbol)) for symbol in self.scalars)

    @cached_property
    def gaps(self) -> tuple[tuple[Any, Any], ...]:
        """What each condition compares with 0, and how."""
        conditions = [r for r in self.domain.where if r not in (True, sp.true)]
        for condition in conditions:
            if isinstance(condition, ForAll):
                raise NoPoint(f"no point shows whether it holds {condition}")
            if isinstance(condition, sp.Eq):
                raise NoPoint(f"no point that is drawn at random fulfils {condition.lhs} = {condition.rhs}")
        kinds = {sp.Ge: np.greater_equal, sp.Gt: np.greater_equal, sp.Ne: _differs}
        return tuple((r.lhs - r.rhs, kinds.get(type(r), np.less_equal)) for r in conditions)

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        return tuple(coordinates(self.domain.ranges[v], self.shape(v)) for v in self.domain.vectors)

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
        for i, (symbol, values_of) in enumerate(zip(self.scalars, self.axes, strict=True)):
            values[symbol] = onto(values_of, t[:, i], self.far)
        start = len(self.scalars)
        for vector, length in zip(self.domain.vectors, self.lengths, strict=True):
            made = matrices_onto(self.domain.ranges[vector], t[:, start : start + length], self.shape(vector))
            start += length
            values[vector] = made[..., 0] if vector.shape[1] == 1 else made
        for symbol, angle in self.domain.angles.items():
            cosine = np.sum(evaluate(angle.x, values) * evaluate(angle.y, values), -1)
            values[symbol] = np.arccos(np.clip(cosine, -1, 1))
        return values

    def allowed(self, values: Point) -> NDArray[np.bool_]:
        """Which points of a batch satisfy the conditions of the domain; shape (N,)."""
        count = next((len(v) for v in values.values()), 1)
        good = np.ones(count, dtype=bool)
        for expr, compares in self.gaps:
            good &= np.broadcast_to(compares(evaluate(expr, values), 0), good.shape)
        return good


def _differs(gap: Any, zero: float) -> Any:
    """Whether a gap is a number other than 0; one without a value is not."""
    return (gap < zero) | (gap > zero)


def axis(values: Any) -> Axis:
    """The range that a set of SymPy's is."""
    if isinstance(values, sp.FiniteSet):
        return Axis(np.array(sorted(float(m) for m in values)))
    if isinstance(values, sp.Union):
        return Axis(None, parts=tuple(map(axis, values.args)))
    whole = bool(values.is_subset(sp.S.Integers))
    kind = int if whole else float
    low, high = (kind(end) if end.is_finite else None for end in (values.inf, values.sup))
    opened = (low is not None and not whole and values.left_open, high is not None and not whole and values.right_open)
    return Axis(None, whole, low, high, bool(opened[0]), bool(opened[1]))


def onto(values: Axis, t: Any, far: bool = False) -> Any:
    """The numbers of a range at the coordinates `t` of the unit interval."""
    if values.members is not None:
        return values.members[np.minimum((t * len(values.members)).astype(int), len(values.members) - 1)]
    if values.parts:
        count = len(values.parts)
        chosen = np.minimum((t * count).astype(int), count - 1)
        return np.choose(chosen, [onto(r, np.clip(t * count - i, 0, 1), far) for i, r in enumerate(values.parts)])
    low, high = values.low, values.high
    if values.whole:
        start = -10 if low is None else low
        stop = start + FEW if high is None else high
        if high is not None or not far:
            return np.minimum(start + np.floor(t * (stop - start + 1)), stop)
        near = start + np.floor(np.minimum(2 * t, 1) * FEW)
        return near + np.floor(FEW * (FAR ** np.maximum(2 * t - 1, 0) - 1))
    if low is not None and high is not None:
        inside = np.clip(t, EDGE if values.left_open else 0.0, 1 - EDGE if values.right_open else 1.0)
        return np.clip(low + (high - low) * inside, low, high)
    if low is not None:
        t = np.clip(t, EDGE if values.left_open else 0.0, 1 - EDGE)
        return low + t / (1 - t)
    if high is not None:
        t = np.clip(t, EDGE if values.right_open else 0.0, 1 - EDGE)
        return high - t / (1 - t)
    return line(t)


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

    Rationals for numbers and entries; vectors and matrices are put into their range again, and angles recomputed, so
    that the point lies in the domain exactly.
    """
    point: Point = {s: sp.Integer(n) for s, n in chart.sizes.items()}
    for symbol in chart.scalars:
        point[symbol] = _into(chart.domain.interval(symbol), rational(values[symbol][row], digits))
    for vector in chart.domain.vectors:
        shape = chart.shape(vector)
        point[vector] = exactly(chart.domain.ranges[vector], values[vector][row], shape, digits)
    for symbol, angle in chart.domain.angles.items():
        x, y = point[angle.x], point[angle.y]
        point[symbol] = sp.acos((x.T * y)[0, 0])
    return point


def _into(values: Any, x: sp.Rational) -> Any:
    """`x` moved into the range if rounding took it out."""
    if _within(values, x) or isinstance(values, sp.FiniteSet):
        return x
    if values.is_subset(sp.S.Integers):
        return sp.Integer(round(x))
    if isinstance(values, sp.Union):
        return _into(min(values.args, key=lambda part: max(part.inf - x, x - part.sup)), x)
    low, high = values.inf, values.sup
    width = high - low if low.is_finite and high.is_finite else sp.Integer(1)
    if low.is_finite and x <= low:
        return low + width * sp.Rational(1, 10**9) if values.left_open else low
    return high - width * sp.Rational(1, 10**9) if values.right_open else high


def _within(values: Any, x: sp.Rational) -> bool:
    """Whether a range has a fraction in it; between fractions, whole numbers are compared without SymPy."""
    ends = (values.start, values.end) if isinstance(values, sp.Interval) else ()
    if not ends or not all(end.is_Rational or end in (sp.oo, -sp.oo) for end in ends):
        return bool(values.contains(x) == True)  # noqa: E712
    low, high = (_order(x, end) for end in ends)
    return (low > 0 or (low == 0 and not values.left_open)) and (high < 0 or (high == 0 and not values.right_open))


def _order(x: sp.Rational, end: Any) -> int:
    """The sign of x − end, or of that of an infinite end."""
    return int(x.p * end.q - end.p * x.q) if end.is_Rational else -1 if end is sp.oo else 1


def satisfies(domain: Domain, point: Point) -> bool:
    """Whether an exact point has its vectors in their ranges and satisfies the domain's conditions, at 30 digits."""
    from mpmath import mp

    for vector in domain.vectors:
        value = point.get(vector)
        if isinstance(value, sp.MatrixBase) and not inside(domain.ranges[vector], value):
            return False
    with mp.workdps(30):
        return all(_holds(r, point) for r in domain.where if r not in (True, sp.true))


def _holds(relation: Any, point: Point) -> bool:
    """Whether a condition holds at an exact point; it does not where a side has no value."""
    from mpmath import mp

    if isinstance(relation, ForAll):
        return False  # no point shows it
    try:
        left, right = (evaluate(side, point, "mpmath") for side in relation.args)
    except ZeroDivisionError:
        return False
    gap = left - right
    if isinstance(relation, sp.Eq | sp.Ne):
        equal = abs(gap) <= mp.mpf(10) ** -25 * max(1, abs(left), abs(right))
        return bool(equal is isinstance(relation, sp.Eq))
    holds = gap >= 0 if isinstance(relation, sp.Ge | sp.Gt) else gap <= 0
    return bool(holds and (gap != 0 or not isinstance(relation, sp.Gt | sp.Lt)))


def exact_points(
    domain: Domain, count: int, rng: np.random.Generator, tame: bool = False
) -> Iterator[tuple[Chart, Point]]:
    """About `count` exact points, random ones and ends of the ranges of numbers; every size in turn.

    `tame` points keep away from the ends of the ranges and from infinity, where quadrature fails.
    Raises NoPoint if the conditions of the domain exclude all that were tried.
    """
    found = 0
    # where few points obey the conditions, many more are tried
    for tried in (256, 8192) if domain.where else (256,):
        for found_here in _exact_points(domain, count, rng, tame, tried):
            yield found_here
            found += 1
        if found:
            return
    if _restricted(domain):
        raise NoPoint(f"no point was drawn at which the equations hold ({domain.describe()})")
    raise NoPoint(f"no point of the domain was found ({domain.describe()}): are its conditions contradictory?")


def _exact_points(
    domain: Domain, count: int, rng: np.random.Generator, tame: bool, tried: int
) -> Iterator[tuple[Chart, Point]]:
    """The same among so many random points for each size."""
    choices = size_choices(domain)
    each = max(1, -(-count // len(choices)))
    for sizes in choices:
        chart = Chart(domain, sizes)
        batch = rng.random((max(64 * each, tried), max(chart.dimension, 1)))
        first = (each + 1) // 2  # random points first, then ends of the ranges of numbers; vectors stay random
        batch[first : first + len(_CORNERS), : len(chart.scalars)] = np.array(_CORNERS)[:, None]
        if tame:
            batch = 0.1 + 0.7 * batch
        values = chart(batch)
        good = np.arange(FEW) if _restricted(domain) else np.flatnonzero(chart.allowed(values))
        taken = 0
        for point in _along_axes(chart, (exact(chart, values, int(row), digits=3) for row in good)):
            if not satisfies(domain, point):
                continue
            yield chart, point
            taken += 1
            if taken >= each:
                break
            if chart.dimension == 0:
                break


def _restricted(domain: Domain) -> bool:
    """Whether equations hold between numbers, which no point that is drawn at random fulfils."""
    return any(isinstance(r, sp.Eq) for r in domain.where)


def _along_axes(chart: Chart, points: Iterator[Point]) -> Iterator[Point]:
    """The points, and where equations hold each with its vectors along different axes, or 0."""
    columns = [v for v in chart.domain.vectors if v.shape[1] == 1] if _restricted(chart.domain) else []
    for point in points:
        yield point
        for length in (1, 0) if columns else ():
            axes = {}
            for i, v in enumerate(columns):
                axes[v] = sp.zeros(*chart.shape(v))
                axes[v][i % chart.shape(v)[0], 0] = length
            yield {**point, **axes}


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
