"""The constant that a point asks for, and on the way to a place where a bound is said to be sharp."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp
from mpmath import mp

from checks.context import Context
from checks.verdicts import Evidence, Verdict
from derivations.explicit import explicit
from derivations.statements import Bound
from derivations.vectors import is_matrix
from numerics.evaluate import evaluate
from numerics.points import Chart, NoPoint, Point, exact, size_choices

DIGITS = 50
STEADY = 1e-12
"""How far, relatively, twice the digits may move the constant that a point asks for."""
STILL = 0.999
"""A gap that shrinks by less than this factor towards infinity has come to rest."""
SHARP = 1e-6
"""How near to equality, relatively, a bound must come where it is said to be sharp."""


def exactly(expr: Any, point: Point) -> Any:
    value = evaluate(expr, point, "mpmath")
    return mp.nan if isinstance(value, mp.mpc) else value


def asked(base: Any, slope: Any, point: Point, digits: int = DIGITS) -> Any:
    """The constant that a point asks for; None where there is none, or rounding alone makes it."""
    ratios = []
    for precision in (digits, 2 * digits):
        with mp.workdps(precision):
            try:
                ratios.append(-exactly(base, point) / exactly(slope, point))
            except ZeroDivisionError:
                return None
    first, second = ratios
    steady = mp.isfinite(first) and mp.isfinite(second) and abs(first - second) <= STEADY * abs(second)
    return second if steady else None


def constants_near(statement: Bound, base: Any, slope: Any, context: Context) -> list[Any] | None:
    """The constants that the bound forces on the way to `sharp_at`, the nearest last; None if nothing is claimed."""
    if statement.sharp_at is None:
        return None
    domain = statement.domain
    chart = Chart(domain, size_choices(domain)[min(1, len(size_choices(domain)) - 1)])
    values = chart(context.rng("sharp").random((64, max(chart.dimension, 1))))
    rows = np.flatnonzero(chart.allowed(values))
    if not len(rows):
        raise NoPoint("no point of the domain was found near the place of equality")
    point = exact(chart, values, int(rows[0]), digits=3)
    on_the_way = [_place_near(statement, chart, point, how_near) for how_near in _nearness(statement)]
    found = [asked(base, slope, near, 2 * DIGITS) for near in on_the_way]
    return [constant for constant in found if constant is not None]


def _nearness(statement: Bound) -> tuple[int, ...]:
    """The powers of ten by which a place of equality is approached: at infinity one after another.

    Too far out, what decays exponentially is lost to rounding.
    """
    limits = any(abs(sp.sympify(v)) == sp.oo for v in (statement.sharp_at or {}).values() if not is_matrix(v))
    return (1, 2, 4, 8, 14, 20) if limits else (20,)


def _place_near(statement: Bound, chart: Chart, point: Point, how_near: int) -> Point:
    """The point moved to 10^−how_near inside of the place of equality, or 10^how_near out to infinity."""
    near, places = dict(point), statement.sharp_at or {}
    others = {s: v for s, v in point.items() if s not in places and not is_matrix(s)}
    for symbol, value in places.items():
        # a place of equality may depend on the other symbols, as w = √ε/2 does
        near[symbol] = (
            explicit(value, chart.sizes)
            if is_matrix(value)
            else _inward(statement.domain, symbol, sp.sympify(value).xreplace(others), how_near)
        )
    return near


def _inward(domain: Any, symbol: Any, value: Any, how_near: int) -> Any:
    """A point 10^−how_near inside the range from the place of equality; 10^how_near for infinity."""
    if value in (sp.oo, -sp.oo):
        return sp.sign(value) * sp.Integer(10) ** how_near
    r = domain.interval(symbol)
    if r.is_subset(sp.S.Integers) or isinstance(r, sp.FiniteSet):
        return value
    inward = -1 if value == r.sup else 1
    return value + inward * sp.Rational(1, 10**how_near)


def not_sharp(place: str, meets: Sequence[Any], gaps: Sequence[float], stated: Any, data: dict[str, Any]) -> Evidence:
    """Equality that is claimed and not met: refuted by another value, undecided where there is none or it moves."""
    if not gaps:
        return Evidence("search", Verdict.UNDECIDED, f"said to be sharp at {place}, where the sides have no values")
    gap, undecided = gaps[-1], len(gaps) > 1 and gaps[-1] < STILL * gaps[-2]
    detail = f"said to be sharp at {place}, where the best constant is {mp.nstr(meets[-1], 10)}, not {sp.N(stated, 10)}"
    if undecided:
        return Evidence("search", Verdict.UNDECIDED, f"{detail}, but nearing it", residual=gap, tolerance=SHARP)
    return Evidence("search", Verdict.REFUTED, detail, residual=gap, tolerance=SHARP, witness=place, data=data)
