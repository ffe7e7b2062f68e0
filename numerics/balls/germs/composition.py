"""Powers, exponentials, logarithms and smooth functions of germs."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Any

import sympy as sp
from flint import arb, fmpq

from numerics.balls.germs.constants import ONE, Coefficient, NoGerm, coefficient
from numerics.balls.germs.series import ORDER, UNIT, Germ, Scale, sign_of
from numerics.balls.germs.taylor import coefficients_on, exact_coefficients

MOST_POWERS = 16
"""Of the small part of an argument in one composition."""


def sure_sign(g: Germ) -> int:
    sign = g.sign()
    if sign is None:
        raise NoGerm("a sign is not known")
    return sign


def one(tau: Any) -> Germ:
    return Germ.constant(Coefficient({ONE: fmpq(1)}), tau)


def over(g: Germ, h: Germ) -> Germ:
    return g * power(h, Fraction(-1))


def power(g: Germ, r: Fraction) -> Germ:
    """g^r for a rational r: c^r·scale^r·(1 + u)^r."""
    if r.denominator == 1 and 0 <= r <= 4 and r != 1:
        total = one(g.tau)
        for _ in range(int(r)):
            total = total * g
        return total
    if r == 1:
        return g
    if g.is_zero:
        if r > 0:
            return g
        raise NoGerm("a division by 0")
    scale, c, u = g.relative()
    if r.denominator != 1 and scale.b:
        raise NoGerm("a root of a logarithm")
    lead = Germ({scale.power(r): c.power(r)}, g.tau)
    exact = [sp.binomial(sp.Rational(r.numerator, r.denominator), k) for k in range(MOST_POWERS)]
    return lead * composed(u, exact, lambda n, x: _binomial(r, n, x))


def _binomial(r: Fraction, n: int, x: Any) -> Any:
    """The coefficient of order n of (1 + x)^r on a ball, NaN where 1 + x may not be positive."""
    if not 1 + x > 0:
        return arb.nan()
    choose = sp.binomial(sp.Rational(r.numerator, r.denominator), n)
    exponent = r - n
    return arb(fmpq(int(choose.p), int(choose.q))) * (1 + x) ** arb(fmpq(exponent.numerator, exponent.denominator))


def exp(g: Germ) -> Germ:
    """e^g: growing powers become a scale, the constant a factor, and the rest its series."""
    large, constant, small = g.split()
    scale = UNIT
    for s, c in large.terms.items():
        if s.grown or not c.is_exact or s.b.denominator != 1:
            raise NoGerm("an exponential of an exponential")
        if not s.a and s.b == 1 and c.rational is not None:
            scale = scale * Scale(a=-Fraction(int(c.rational.p), int(c.rational.q)))
        else:
            scale = scale * Scale(grown=((-s.a, int(s.b), c),))
    value = constant.as_expr()
    factor = coefficient(sp.exp(value)) if value is not None else Coefficient({}, constant.value().exp())
    exact = [sp.Rational(1, sp.factorial(k)) for k in range(MOST_POWERS)]
    series = composed(small, exact, lambda n, x: x.exp() / arb(int(sp.factorial(n))))
    return series.times(factor, scale)


def log(g: Germ) -> Germ:
    """log g = log c + log scale + log(1 + u); raises NoGerm where g is not positive."""
    scale, c, u = g.relative()
    if scale.b:
        raise NoGerm("a logarithm of a logarithm")
    if sign_of(c) < 0:
        raise NoGerm("a logarithm of a negative number")
    value = c.as_expr()
    start = coefficient(_plain_log(value)) if value is not None else Coefficient({}, c.value().log())
    terms: dict[Scale, Coefficient] = {
        UNIT: start,
        Scale(b=Fraction(1)): coefficient(sp.Rational(-scale.a.numerator, scale.a.denominator)),
    }
    whole = Germ(terms, g.tau)
    for p, q, k in scale.grown:
        whole = whole + Germ({Scale(-p, Fraction(q)): k}, g.tau)
    exact = [sp.S.Zero, *(sp.Rational((-1) ** (k + 1), k) for k in range(1, MOST_POWERS))]
    return whole + composed(u, exact, _log_remainder)


def _plain_log(value: sp.Expr) -> sp.Expr:
    return sp.expand_log(sp.log(value), force=True, factor=True)


def _log_remainder(n: int, x: Any) -> Any:
    if not 1 + x > 0:
        return arb.nan()
    return (x + 1).log() if n == 0 else arb((-1) ** (n + 1)) / n * (1 + x) ** (-n)


def smooth(function: Any, g: Germ, parameters: tuple[Any, ...] = ()) -> Germ:
    """A function that is analytic at the limit of g, by its Taylor coefficients there."""
    large, constant, small = g.split()
    if not large.is_zero:
        raise NoGerm(f"{function.__name__} of what grows")
    at = constant.as_expr()
    if at is None:
        raise NoGerm("the point of expansion is only enclosed")
    n = powers(small)
    exact = exact_coefficients(function, at, n, parameters)
    middle = constant.value()

    def remainder(k: int, x: Any) -> Any:
        return coefficients_on(function, parameters, middle + x, k + 1)[k]

    return composed(small, exact, remainder)


def powers(u: Germ) -> int:
    """How many powers of a small germ reach beyond the order that is kept."""
    if u.is_zero:
        return 1
    scale = next(iter(u.terms))
    if scale.grown or not scale.a:
        return 6
    return min(MOST_POWERS, max(2, ceil(Fraction(ORDER + 1) / scale.a)))


def composed(u: Germ, exact: Any, remainder: Any) -> Germ:
    """Σ exactₖ·uᵏ for k < n, and uⁿ times the ball of the n-th coefficient on the range of u with 0."""
    n = min(powers(u), len(exact))
    if u.is_zero:
        return Germ.constant(coefficient(exact[0]), u.tau)
    last = remainder(n, u.range().union(arb(0)))
    if not last.is_finite():
        raise NoGerm("no remainder on all of the range")
    total = Germ.constant(Coefficient({}, last), u.tau)
    for k in reversed(range(n)):
        total = total * u + Germ.constant(coefficient(exact[k]), u.tau)
    return total


def arcsine(function: Any, g: Germ) -> Germ:
    """asin and acos about 0 by the known coefficients of asin; elsewhere by Taylor's."""
    _, constant, small = g.split()
    if constant.rational != 0:
        return smooth(function, g)
    odd = [sp.binomial(2 * k, k) / (sp.Integer(4) ** k * (2 * k + 1)) for k in range(MOST_POWERS // 2)]
    exact = [c for k in odd for c in (sp.S.Zero, k)]
    asin = composed(small, exact, lambda n, x: coefficients_on(sp.asin, (), x, n + 1)[n])
    return asin if function is sp.asin else Germ.constant(coefficient(sp.pi / 2), g.tau) - asin


def arcsine_at_end(function: Any, g: Germ, end: int) -> Germ:
    """acos(1 − s) = 2·asin(√(s/2)); the others by symmetry."""
    s = one(g.tau) - g if end == 1 else one(g.tau) + g
    angle = arcsine(sp.asin, power(s.times(coefficient(sp.S.Half)), Fraction(1, 2))).times(coefficient(2))
    acos = angle if end == 1 else Germ.constant(coefficient(sp.pi), g.tau) - angle
    return acos if function is sp.acos else Germ.constant(coefficient(sp.pi / 2), g.tau) - acos
