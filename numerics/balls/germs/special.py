"""Special functions of germs: at infinity by series with known error terms, next to poles by recurrences."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp
from flint import arb

from numerics.balls.enclosure import ball
from numerics.balls.germs.composition import (
    exp,
    log,
    one,
    power,
    powers,
    smooth,
    sure_sign,
)
from numerics.balls.germs.constants import Coefficient, NoGerm, coefficient
from numerics.balls.germs.series import ORDER, Germ


def _enveloping(first: int, c: Any, s: Germ, ratio: Any) -> Germ:
    """Σ cₖ·sᵏ of alternating signs that envelops its sum for s > 0: the error is between 0 and the next term."""
    n = powers(s)
    terms = [c(k) for k in range(first, first + n + 1)]
    total = Germ.constant(Coefficient({}, ratio(terms[n])), s.tau)
    for k in reversed(range(n)):
        total = total * s + Germ.constant(coefficient(terms[k]), s.tau)
    return total


def _between_0_and(term: sp.Expr) -> Any:
    return arb(0).union(coefficient(term).value())


def gamma_at_pole(function: Any, g: Germ) -> Germ:
    """Γ(s) = Γ(1 + s)/s next to its pole at 0."""
    moved = smooth(sp.loggamma, one(g.tau) + g)
    return moved - log(g) if function is sp.loggamma else exp(moved) * power(g, Fraction(-1))


def erfc(g: Germ) -> Germ:
    """erfc of a growing positive germ: e^(−g²)/(g√π)·Σ (−1)ᵏ(2k − 1)!!/(2g²)ᵏ, which envelops it (DLMF 7.12.1)."""
    if sure_sign(g) <= 0:
        raise NoGerm("erfc where its argument is not positive")
    square = g * g
    small = power(square, Fraction(-1))
    series = _enveloping(
        0, lambda k: sp.Integer(-1) ** k * sp.factorial2(2 * k - 1) / sp.Integer(2) ** k, small, _between_0_and
    )
    return exp(-square) * power(g, Fraction(-1)) * series.times(coefficient(1 / sp.sqrt(sp.pi)))


def loggamma(g: Germ) -> Germ:
    """log Γ of a growing positive germ by Stirling's series, which envelops it (DLMF 5.11.1, 5.11(ii))."""
    if sure_sign(g) <= 0:
        raise NoGerm("a gamma function where its argument is not positive")
    inverse = power(g, Fraction(-1))
    series = _enveloping(1, lambda k: sp.bernoulli(2 * k) / (2 * k * (2 * k - 1)), inverse * inverse, _between_0_and)
    half = Germ.constant(coefficient(sp.S.Half), g.tau)
    start = (g - half) * log(g) - g + Germ.constant(coefficient(sp.log(2) / 2 + sp.log(sp.pi) / 2), g.tau)
    return start + inverse * series


def polygamma(n: int, g: Germ) -> Germ:
    """ψ of a growing positive germ by its series, which envelops it (DLMF 5.11.2); at a finite point by Taylor's."""
    large, constant, _ = g.split()
    if large.is_zero and constant.is_zero:
        # ψ⁽ⁿ⁾(s) = ψ⁽ⁿ⁾(1 + s) + (−1)ⁿ⁺¹·n!/sⁿ⁺¹
        moved = smooth(sp.polygamma, one(g.tau) + g, (sp.Integer(n),))
        return moved + power(g, Fraction(-n - 1)).times(coefficient(sp.Integer(-1) ** (n + 1) * sp.factorial(n)))
    if large.is_zero:
        return smooth(sp.polygamma, g, (sp.Integer(n),))
    if n or sure_sign(g) <= 0:
        raise NoGerm("polygamma at infinity")
    inverse = power(g, Fraction(-1))
    series = _enveloping(1, lambda k: -sp.bernoulli(2 * k) / (2 * k), inverse * inverse, _between_0_and)
    return log(g) - inverse.times(coefficient(sp.S.Half)) + inverse * inverse * series


def bessel_i(order: sp.Rational, g: Germ) -> Germ:
    """I of an order: by Taylor's coefficients at a finite point, of an integer order by Hankel's series at infinity.

    There I(x) = eˣ/√(2πx)·(Σ (−1)ᵏaₖ/xᵏ + ρ) for k < n, |ρ| ≤ 2|aₙ|χ(n)x⁻ⁿ·exp(|ν² − 1/4|·π/(2x)), with
    χ(n) = √π·Γ(n/2 + 1)/Γ(n/2 + 1/2) (DLMF 10.34.2 and 10.40.11).
    """
    large, _, _ = g.split()
    if large.is_zero:
        return smooth(sp.besseli, g, (order,))
    if not order.is_Integer:
        raise NoGerm("I of this order at infinity")
    if sure_sign(g) < 0:
        return bessel_i(order, -g).times(coefficient((-1) ** int(abs(order))))
    n, inverse = ORDER, power(g, Fraction(-1))
    a = [sp.S.One]
    for k in range(1, n + 1):
        a.append(a[-1] * (4 * order**2 - (2 * k - 1) ** 2) / (8 * k))
    chi = ball(sp.sqrt(sp.pi) * sp.gamma(sp.Rational(n, 2) + 1) / sp.gamma(sp.Rational(n + 1, 2)))
    spread = (ball(abs(order**2 - sp.Rational(1, 4)) * sp.pi / 2) * inverse.range().union(arb(0))).exp().upper()
    series = Germ.constant(Coefficient({}, 2 * abs(ball(a[n])) * chi * spread * arb(0, 1)), g.tau)
    for k in reversed(range(n)):
        series = series * inverse + Germ.constant(coefficient((-1) ** k * a[k]), g.tau)
    return exp(g) * power(inverse, Fraction(1, 2)) * series.times(coefficient(1 / sp.sqrt(2 * sp.pi)))
