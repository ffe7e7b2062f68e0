"""Two expressions as numbers at the points of a statement: whether they agree there, and in what ratio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp
from mpmath import mp

from checks.compare.agreement import NO_ANSWER, plain, same_form, without_common
from checks.compare.ground import OPAQUE, Ground
from derivations.activations import STAND_INS, specified
from derivations.gaussian import step
from derivations.outcomes.budget import BudgetSpent, budget
from derivations.proofs.foreign import foreign_errors
from derivations.vectors import is_matrix
from numerics.values.evaluate import evaluate
from numerics.values.points import Point

RATIO_STEPS = 1_200_000


@dataclass(frozen=True)
class SampledValues:
    """Quick values at a few points, to say which parts of two expressions agree."""

    points: tuple[Point, ...]

    def same(self, a: Any, b: Any) -> bool:
        """Whether two parts have one value at every point; parts of another shape do not."""
        if is_matrix(a) != is_matrix(b) or (is_matrix(a) and a.shape != b.shape):
            return False
        if same_form(a, b):
            return True
        x, y, _ = without_common(plain(a), plain(b))
        if x.has(*OPAQUE, step) or y.has(*OPAQUE, step):
            return False  # steps agree at a few points though they differ
        left, right = self.of(x), self.of(y)
        if left is None or right is None:
            return False
        with mp.workdps(30):
            near = mp.mpf(10) ** -20
            if len(left) != len(right):
                return False  # only one of the two holds the unspecified σ
            return all(abs(p - q) <= near * max(1, abs(p), abs(q)) for p, q in zip(left, right, strict=True))

    def of(self, expr: Any) -> list[Any] | None:
        """The values of an expression, entry by entry, at all points; None where it has none."""
        found: list[Any] = []
        try:
            for point in self.points:
                given = {**point, **_extra(expr, point)}
                with mp.workdps(50), foreign_errors():
                    for form in {specified(expr, f): None for f in STAND_INS.values()}:
                        value = evaluate(form, given, "mpmath")
                        found += list(value) if is_matrix(expr) else [value]
        except NO_ANSWER:
            return None
        return found


def _extra(expr: Any, point: Point) -> Point:
    """Values for bound variables that are free in a part."""
    missing = sorted((s for s in expr.free_symbols if s not in point), key=str)
    made: Point = {}
    for i, s in enumerate(missing):
        if isinstance(s, sp.MatrixSymbol):
            rows, cols = (int(sp.sympify(n).xreplace(point)) for n in s.shape)
            entries = [sp.Rational(7 * k % 11 + 2 * i + 1, 5) * (-1) ** k for k in range(rows * cols)]
            made[s] = sp.ImmutableMatrix(rows, cols, entries)
        else:
            made[s] = sp.Integer(3 + i) if s.is_integer else sp.Rational(41 + 13 * i, 30)
    return made


def values_for(ground: Ground, *exprs: Any, count: int = 3) -> SampledValues:
    """Points of the domain for these expressions."""
    points: list[Point] = []
    try:
        with foreign_errors():
            points += [point for _, point in ground.points(*exprs, count=3 * count)]
    except NO_ANSWER:
        points = points[: 3 * count]
    stride = max(1, len(points) // count)  # points of every size: the small ones come first
    return SampledValues(tuple(points[::stride][: count + 1]))


def ratio(a: Any, b: Any, ground: Ground) -> tuple[Any, bool] | None:
    """The factor λ with a = λ·b if it is one number, found from values; None if there is none.

    The second is whether a/b is positive at all points, constant or not.
    """
    try:
        with budget(RATIO_STEPS), foreign_errors():
            return _ratio(a, b, ground)
    except (BudgetSpent, *NO_ANSWER):
        return None


def _ratio(a: Any, b: Any, ground: Ground) -> tuple[Any, bool] | None:
    x, y, _ = without_common(plain(a), plain(b))
    if x.has(*OPAQUE) or y.has(*OPAQUE) or is_matrix(x) != is_matrix(y):
        return None
    points = values_for(ground, x, y, count=5).points
    found = [(SampledValues((p,)).of(x), SampledValues((p,)).of(y)) for p in points]
    if any(left and right and len(left) != len(right) for left, right in found):
        return None  # only one of the two holds the unspecified σ
    entries = [(p, q) for left, right in found if left and right for p, q in zip(left, right, strict=True)]
    with mp.workdps(50):
        tiny = mp.mpf(10) ** -20
        if any(isinstance(v, mp.mpc) for pair in entries for v in pair):
            return None
        entries = [pair for pair in entries if all(mp.isfinite(v) for v in pair)]
        pairs = [(p, q) for p, q in entries if abs(p) > tiny or abs(q) > tiny]
        if not pairs:
            return None
        factors = [p / q for p, q in pairs if abs(q) > tiny]
        positive = all(f > 0 for f in factors)
        if len(pairs) < 2 or len(factors) < len(pairs) or any(abs(f - factors[0]) > tiny * abs(f) for f in factors):
            return sp.nan, positive
        return _exact(factors[0]), positive


def _exact(x: Any) -> Any:
    """A number as a fraction times a power of π or a root, as far as it is one."""
    for factor in (sp.S.One, sp.pi, 1 / sp.pi, sp.sqrt(2), sp.sqrt(sp.pi), 1 / sp.sqrt(sp.pi), sp.pi**2, 1 / sp.pi**2):
        tried = x / mp.mpf(sp.N(factor, 50))
        simple = sp.nsimplify(sp.Float(tried, 35), rational=True, tolerance=1e-18)
        if simple.is_Rational and simple.q <= 10_000 and abs(simple.p) <= 10**8:
            return simple * factor
    found = mp.pslq([x, mp.one, mp.pi], maxcoeff=1000, maxsteps=2000, tol=mp.mpf(10) ** -20)
    if found and found[0]:
        return -(sp.Integer(found[1]) + found[2] * sp.pi) / found[0]
    return sp.nan
