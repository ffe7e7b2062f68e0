"""Real numbers that are not rational, between rational numbers."""

from __future__ import annotations

from fractions import Fraction
from math import inf
from typing import Any

import sympy as sp
from flint import arb, ctx

from checks.proofs.replay import ball_at
from checks.provers.algebra.quotients import NotAlgebraic, Number

BITS = 64
"""Of enclosures, relative to the number: fine enough for most claims, while polynomials keep short coefficients."""


def enclosed(number: Any, bits: int = BITS) -> tuple[Fraction, Fraction]:
    """Rational numbers below and above a real number, a few units of its last bit apart.

    Args:
        number: An expression without symbols.
        bits: How many bits of it.

    Raises:
        NotAlgebraic: Balls give it no real value.

    Example:
        >>> import sympy as sp
        >>> low, high = enclosed(sp.pi)
        >>> float(low) < 3.14159265358980 < 3.1415926535899 < float(high) + 1e-12
        True
    """
    before, ctx.prec = ctx.prec, 4 * max(bits, BITS)
    try:
        ball = ball_at(number, {})
    finally:
        ctx.prec = before
    if ball is None or not isinstance(ball, arb):
        raise NotAlgebraic(f"{number} has no real value that balls know")
    unit = Fraction(2) ** (_exponent(ball) - bits)
    low, high = _dyadic(ball.lower()), _dyadic(ball.upper())
    return (low // unit - 1) * unit, (high // unit + 2) * unit


def least(end: Any) -> Number:
    """A rational number below the end of a range, or −∞."""
    return _end(end, 0)


def greatest(end: Any) -> Number:
    """A rational number above the end of a range, or ∞."""
    return _end(end, 1)


def _end(end: Any, side: int) -> Number:
    if end.is_infinite:
        return inf if end.is_extended_positive else -inf
    return Fraction(int(end.p), int(end.q)) if end.is_Rational else enclosed(end)[side]


def _exponent(ball: arb) -> int:
    mantissa, exponent = ball.mid().man_exp()
    return int(exponent) + int(mantissa).bit_length()


def _dyadic(number: arb) -> Fraction:
    mantissa, exponent = number.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def most_variables(expressions: Any) -> int:
    """How many variables roots, numbers and fractional parts in these expressions need at most."""
    nodes = {n for e in expressions if isinstance(e, sp.Basic) for n in sp.preorder_traversal(e)}
    roots = sum(1 for n in nodes if n.is_Pow and not n.exp.is_Integer)
    roots += sum(1 for n in nodes if isinstance(n, sp.floor | sp.ceiling | sp.frac | sp.Mod))
    return roots + sum(1 for n in nodes if n.is_number and not n.is_Rational and not (n.is_Add or n.is_Mul))
