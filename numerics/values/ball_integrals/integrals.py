"""Integrals in balls, from their integrand: Arb's rigorous quadrature on stretches, bounds of what lies beyond.

The range is cut where kinks and jumps turn; on each stretch the branch that holds is analytic, or the stretch is
halved, and what is left undecided is its width times the ball of the integrand. An integrable singularity at an end
and an infinite range leave a part of which the size is bounded by rules. Nothing uses an antiderivative. Parameters
may be balls, also complex ones where the integral is a function of an outer variable of integration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from math import ceil, log2
from typing import Any

import sympy as sp
from flint import acb, arb, ctx

from derivations.outcomes.budget import remembered
from numerics.errors import EvaluationError
from numerics.values.ball_integrals.analytic import NOWHERE
from numerics.values.ball_integrals.envelopes import Envelopes
from numerics.values.ball_integrals.settled import Undecided, settled
from numerics.values.ball_integrals.singular_ends import mass_at_end
from numerics.values.ball_integrals.stretches import OUTER, Stretches
from numerics.values.ball_integrals.strips import NoBall
from numerics.values.ball_integrals.trapezoid import more_bits
from numerics.values.protocol import Evaluation

BEYOND_BALLS = 6
"""Bits of an integral's own error below what wide balls of its parameters bring."""
DEEPEST = 2048
"""Powers of 2 by which an end with a singularity is approached, and infinity."""
INNER_BITS = 50
"""Of an integral that is the integrand of another one."""


def goal_bits(values: Mapping[Any, Any]) -> int:
    """To how many bits an integral is worth knowing where its parameters are balls of these widths."""
    widths = [float(v.rad()) / max(1.0, abs(float(v.mid()))) for v in values.values() if hasattr(v, "rad")]
    widest = max(widths, default=0.0)
    return ctx.prec if widest == 0 else max(12, min(ctx.prec, ceil(-log2(widest)) + BEYOND_BALLS))


def integral_ball(node: sp.Integral, outer: Evaluation) -> Any:
    """The ball of a definite integral where its other symbols have balls.

    Raises EvaluationError where no enclosure is found, with what stood in the way.
    """
    try:
        return _real(integral(node, outer, {}, goal_bits(outer.values)))
    except NoBall as error:
        raise EvaluationError(f"{error}: {node}") from None


def _real(value: Any) -> Any:
    if not value.imag.contains(0):
        raise NoBall("the integral is not a real number")
    return value.real


@remembered(1024)
def _prepared(node: sp.Integral) -> tuple[sp.Expr, sp.Symbol, sp.Expr, sp.Expr]:
    """The integrand in a variable of its own, that variable, and the ends; raises NoBall for no definite integral."""
    if any(len(limit) != 3 for limit in node.limits):
        raise NoBall("no definite integral")
    *first, (given, low, high) = node.limits
    x = sp.Dummy(given.name, real=True)
    body = sp.Integral(node.function, *first) if first else node.function
    return put(body, {given: x}), x, low, high


def put(body: sp.Expr, values: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
    """`body` with other expressions for free symbols; the variables of inner integrals stay."""
    return body.subs(values) if body.has(sp.Integral, sp.Sum) else body.xreplace(values)


def integral(
    node: sp.Integral, outer: Evaluation, complex_: Mapping[Any, Any], bits: int, analytic: bool = False
) -> Any:
    """The complex ball of an integral, also of an inner one whose parameters are complex; raises NoBall."""
    body, x, low, high = _prepared(node)
    if any(s in complex_ for end in (low, high) for s in end.free_symbols):
        # a straight way to an end that is a complex number
        body, low, high = _unit(body, x, low, high), sp.S.Zero, sp.S.One
    return _between(body, x, low, high, outer, complex_, bits, analytic)


def _unit(body: sp.Expr, x: sp.Symbol, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    """The integrand over [0, 1] with the same integral."""
    return put(body, {x: low + (high - low) * x}) * (high - low)


def inner_integral(node: sp.Integral, values: Mapping[Any, Any], analytic: bool) -> Any:
    """An integral inside of an integrand, where the values of its symbols are complex balls."""
    given = {s: v for s, v in values.items() if s is not OUTER}
    real = {s: v.real for s, v in given.items() if v.imag.is_zero()}
    off = {s: v for s, v in given.items() if s not in real}
    return integral(node, values[OUTER].with_values(real), off, min(ctx.prec, INNER_BITS), analytic)


def _between(
    body: sp.Expr, x: sp.Symbol, low: Any, high: Any, outer: Evaluation, complex_: Any, bits: int, analytic: bool
) -> Any:
    def of(f: sp.Expr) -> Stretches:
        return Stretches(f, x, outer, complex_, bits, inner_integral, analytic)

    turned = put(body, {x: -x})
    if low is sp.oo or high is -sp.oo:
        return -_between(body, x, high, low, outer, complex_, bits, analytic)
    if low is -sp.oo and high is sp.oo:
        both = (_between(f, x, sp.S.Zero, sp.oo, outer, complex_, bits, analytic) for f in (body, turned))
        return sum(both, acb(0))
    if low is -sp.oo:
        return _between(turned, x, -high, sp.oo, outer, complex_, bits, analytic)
    start = outer.at(low)
    if high is sp.oo:
        return _to_infinity(of(body), low, start)
    end = outer.at(high)
    if not (start.is_finite() and end.is_finite()):
        raise NoBall("an end of the range has no value")
    if start.mid() > end.mid():
        return -_between(body, x, high, low, outer, complex_, bits, analytic)
    total = acb(0)
    for ball in (start, end):
        if not ball.is_exact():
            total += acb(arb(0, ball.rad())) * of(body)._on(ball.lower(), ball.upper()).at(body)
    a, b = start.mid(), end.mid()
    if not total.is_finite():
        if (low, high) == (0, 1):
            raise NoBall("an end of the range lies where the integrand is not bounded")
        return _between(_unit(body, x, low, high), x, sp.S.Zero, sp.S.One, outer, complex_, bits, analytic)
    return total + _finite(of(body), (low, high), (a, b)) if a < b else total


def _finite(f: Stretches, said: tuple[sp.Expr, sp.Expr], ends: tuple[Any, Any]) -> Any:
    """Between finite exact ends, where it is needed without a little stretch at a singular one."""
    a, b = ends
    for c in f.said_turns():
        number = f.real.at(c)
        if number.is_exact() and a < number < b and not f.bounded_at(number, number):
            return _finite(f, (said[0], c), (a, number)) + _finite(f, (c, said[1]), (number, b))
    little = ((b - a) * arb(2) ** -f.bits).mid()
    inner_a, inner_b = (a + little).mid(), (b - little).mid()
    at_low, at_high = f.bounded_at(a, inner_a), f.bounded_at(inner_b, b)
    if at_low and at_high:
        return f.over(a, b)
    m = ((a + b) / 2).mid()
    total = acb(0)
    for end, way, left, r, bounded in ((said[0], 1, a, m, at_low), (said[1], -1, m, b, at_high)):
        total += f.over(left, r) if bounded else _from_singular_end(f, end, way, left, r)
    return total


def _from_singular_end(f: Stretches, end: sp.Expr, way: int, left: Any, right: Any) -> Any:
    """From left to right, of which one is the end in question; what lies very near to it is bounded."""
    t = sp.Dummy("t", positive=True)
    for depth in _depths(f.bits):
        h = arb(2) ** -(depth + max(0, ceil(-log2(float(right - left)))))  # exact, and so is the ball [0, h]
        with more_bits(4 * depth):
            near = ((left + h).mid() if way > 0 else left, right if way > 0 else (right - h).mid())
            fresh = replace(f, real=f.real.with_values({}))  # what is remembered has fewer bits
            g = settled_or_not(put(f.body, {f.x: end + way * t}), fresh.real.with_values({t: arb(0).union(h)}))
            mass = mass_at_end(g, t, h, fresh.real)
            if mass < arb(2) ** -f.bits:
                return fresh.over(*near) + arb(0, mass.upper())
    raise NoBall(f"{f.body} is not enclosed near {f.x} = {end}")


def settled_or_not(body: sp.Expr, stretch: Evaluation) -> sp.Expr:
    try:
        return settled(body, stretch)
    except Undecided:
        raise NoBall(f"{body} turns at the end of the range") from None


def _depths(bits: int) -> Iterator[int]:
    depth = max(8, bits // 2)
    while depth <= DEEPEST:
        yield depth
        depth *= 2


def _to_infinity(f: Stretches, low: sp.Expr, start: Any) -> Any:
    """From a finite end upwards: to R, and a bound beyond; where nothing bounds it there, with x = e^u."""
    if f.nested or f.analytic or f.complex:
        raise NoBall("no rule for an integral over an infinite range that contains another, or is inside one")
    terms = sp.expand(f.body, deep=False)
    reason: Exception = NoBall("")
    power = max(3, ceil(log2(max(1.0, float(start.upper()) + 1))) + 1)
    while power <= DEEPEST:
        r = arb(2) ** power
        try:
            mass = Envelopes(f.x, r, f.real).beyond(terms)
        except NoBall as error:
            reason, mass = error, arb.nan()
            if power > 12:
                break
        if mass < arb(2) ** -f.bits:
            return _doubling(f, low, start, power, terms) + arb(0, mass.upper())
        power += 1 if power < 12 else power // 4
    return _by_logarithm(f, low, start, reason)


def _doubling(f: Stretches, low: sp.Expr, start: Any, power: int, terms: sp.Expr) -> Any:
    """From `low` to 2^power, over stretches that grow with the distance, or as far as they are worth their error."""
    first = max(0, ceil(log2(max(1.0, float(start.upper()) + 1))))
    total = _between(f.body, f.x, low, sp.Integer(2) ** first, f.real, f.complex, f.bits, f.analytic)
    for k in range(first, power):
        try:
            value = f.over(arb(2) ** k, arb(2) ** (k + 1))
        except NoBall:
            value = NOWHERE
        if not value.real.rad() < arb(2) ** (8 - f.bits):
            with suppress(NoBall):
                mass = Envelopes(f.x, arb(2) ** k, f.real).beyond(terms)
                if not mass > value.real.rad():
                    return total + arb(0, mass.upper())
        total += value
    if not total.is_finite():
        raise NoBall(f"{f.body} is not enclosed on its way to infinity")
    return total


def _by_logarithm(f: Stretches, low: sp.Expr, start: Any, reason: Exception) -> Any:
    """With ax + b = e^u: what falls hardly faster than 1/x may fall well in u."""
    if f.logarithmic:
        raise reason
    head = acb(0)
    if not start >= 1:
        head = _between(f.body, f.x, low, sp.Integer(2), f.real, f.complex, f.bits, f.analytic)
        low = sp.Integer(2)
    body, u, shifted = _in_logarithm(f.body, f.x)
    first = sp.log(shifted.xreplace({f.x: low}))
    for at in (sp.Integer(2), sp.Integer(7)):  # both integrands, where x = at
        there = f.real.with_values({f.x: f.real.at(at), u: f.real.at(sp.log(shifted.xreplace({f.x: at})))})
        if not there.at(body).overlaps(there.at(f.body * shifted / shifted.diff(f.x))):
            raise NoBall(f"{body} is not what was substituted in")
    return head + _to_infinity(replace(f, body=body, x=u, logarithmic=True), first, f.real.at(first))


@remembered(256)
def _in_logarithm(body: sp.Expr, x: sp.Symbol) -> tuple[sp.Expr, sp.Symbol, sp.Expr]:
    """The integrand in u = log(ax + b), u, and ax + b; a and b are those of a logarithm in the integrand, else 1 and 0.

    b ≥ 0, so that u is real and rises where x ≥ 1.
    """
    u = sp.Dummy(f"log {x.name}", real=True)
    shifted = x
    for e in sorted(body.atoms(sp.log), key=sp.default_sort_key):
        a, b = e.args[0].diff(x), e.args[0].xreplace({x: sp.S.Zero})
        if a.is_positive and a.is_number and b.is_nonnegative and b.is_number and sp.expand(a * x + b - e.args[0]) == 0:
            shifted = a * x + b
            break
    a, b = shifted.diff(x), shifted.xreplace({x: sp.S.Zero})
    moved = put(
        body.replace(sp.log, lambda v: u if sp.expand(v - shifted) == 0 else sp.log(v)), {x: (sp.exp(u) - b) / a}
    )
    return sp.powsimp(sp.expand(moved * sp.exp(u) / a, deep=False)), u, shifted
