"""Ball arithmetic by plain subdivision of a bounded box, as a few lines with python-flint do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import add, mul
from typing import Any

import sympy as sp
from flint import arb, ctx, fmpq

from benchmarks.inequalities.provers import OPEN, PROVED, REFUTED, UNREAD, Answer
from derivations import sigmoid, softplus
from derivations.statements import Bound, Statement

BOXES = 50_000
NARROWEST = sp.Rational(1, 2**40)
"""Boxes of no wider sides are not cut any more: where both sides are equal there is no end to it."""
PRECISION = 64
OUTSIDE = sp.Rational(1, 10**15)
ONE = arb(1)

FUNCTIONS: dict[Any, Callable[..., arb]] = {
    sp.exp: arb.exp, sp.log: arb.log, sp.sin: arb.sin, sp.cos: arb.cos, sp.tan: arb.tan, sp.asin: arb.asin,
    sp.acos: arb.acos, sp.atan: arb.atan, sp.sinh: arb.sinh, sp.cosh: arb.cosh, sp.tanh: arb.tanh, sp.erf: arb.erf,
    sp.erfc: arb.erfc, sp.gamma: arb.gamma, sp.loggamma: arb.lgamma, sp.Abs: abs,
    sp.besseli: lambda n, x: x.bessel_i(n), sp.polygamma: lambda n, x: x.digamma(),
    sp.Max: lambda *xs: reduce(arb.max, xs), sp.Min: lambda *xs: reduce(arb.min, xs),
    sigmoid: lambda x: 1 / (1 + (-x).exp()), softplus: lambda x: (1 + x.exp()).log(),
}  # fmt: skip

Box = tuple[tuple[sp.Rational, sp.Rational], ...]


def ball(expr: Any, at: Mapping[Any, arb]) -> arb:
    """An enclosure of an expression where its symbols lie in balls; KeyError for what is not in the table."""
    if expr in at:
        return at[expr]
    match expr:
        case sp.Rational():
            return arb(fmpq(int(expr.p), int(expr.q)))
        case sp.NumberSymbol():
            return {sp.pi: arb.pi, sp.E: arb.const_e}[expr]()
        case sp.Add():
            return reduce(add, (ball(a, at) for a in expr.args))
        case sp.Mul():
            return reduce(mul, (ball(a, at) for a in expr.args))
        case sp.Pow():
            base = ball(expr.base, at)
            if expr.exp.is_Integer:
                return base ** int(expr.exp)
            return base.sqrt() if expr.exp == sp.S.Half else base ** ball(expr.exp, at)
    return FUNCTIONS[expr.func](*(ball(a, at) for a in expr.args))


def decide(statement: Statement) -> Answer:
    """Whether the gap is at least 0 in every box of a subdivision, or below 0 at the middle of one."""
    ctx.prec = PRECISION
    domain = statement.domain
    ranges = [domain.ranges[s] for s in domain.scalars]
    bounded = all(isinstance(r, sp.Interval) and r.inf.is_finite and r.sup.is_finite for r in ranges)
    if not isinstance(statement, Bound) or domain.vectors or not bounded or not ranges:
        return Answer(UNREAD, said="no bounded box")
    left, right = (sp.sympify(side) for side in statement.content)
    slacks = [r.gts - r.lts for r in domain.where]
    try:
        return _subdivided(right - left, slacks, domain.scalars, [_outward(r) for r in ranges])
    except KeyError as error:
        return Answer(UNREAD, said=f"no {error.args[0]}")


def _outward(values: sp.Interval) -> tuple[Any, Any]:
    """The ends of an interval as rationals, irrational ones a little outside."""
    low, high = values.inf, values.sup
    return _near(low, -OUTSIDE), _near(high, OUTSIDE)


def _near(end: Any, outside: Any) -> Any:
    return end if end.is_Rational else sp.Rational(str(sp.N(end, 20))) + outside


def _subdivided(gap: Any, slacks: list[Any], symbols: Any, ends: list[tuple[Any, Any]]) -> Answer:
    waiting: list[Box] = [tuple(ends)]
    left = 0
    for count in range(1, BOXES + 1):
        box = waiting.pop()
        at = {s: _hull(*e) for s, e in zip(symbols, box, strict=True)}
        inside = [ball(g, at) for g in slacks]
        if not any(bool(g < 0) for g in inside) and not bool(ball(gap, at) >= 0):
            middle = {s: _hull((a + b) / 2, (a + b) / 2) for s, (a, b) in zip(symbols, box, strict=True)}
            if bool(ball(gap, middle) < 0) and all(bool(ball(g, middle) > 0) for g in slacks):
                return Answer(REFUTED, said=str({str(s): str(x) for s, x in middle.items()}))
            side = max(range(len(box)), key=lambda i: box[i][1] - box[i][0])
            a, b = box[side]
            if b - a <= NARROWEST:
                left += 1
            else:
                halves = ((a, (a + b) / 2), ((a + b) / 2, b))
                waiting += [(*box[:side], half, *box[side + 1 :]) for half in halves]
        if not waiting:
            return Answer(OPEN if left else PROVED, "" if left else "enclosed", f"{count} boxes, {left} of them left")
    return Answer(OPEN, said=f"{BOXES} boxes")


def _hull(low: Any, high: Any) -> arb:
    middle, radius = (low + high) / 2, (high - low) / 2
    return arb(fmpq(int(middle.p), int(middle.q))) + ONE.union(-ONE) * arb(fmpq(int(radius.p), int(radius.q)))
