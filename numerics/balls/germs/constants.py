"""Coefficients that know when they are 0: an exact part in a ring of constants, and a ball for what is only enclosed.

The exact part is a polynomial over the rationals in powers of primes, π, e and other constants. Two of the same normal
form are equal; two of different ones may be equal as well, which their balls then leave open.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy as sp
from flint import arb, fmpq

from derivations.outcomes.reasons import Reason, Stopped
from numerics.balls.enclosure import ball

DIGITS = 50
"""Of the balls of constants."""
Monomial = tuple[tuple[Any, Fraction], ...]
Exact = Mapping[Monomial, Any]
ONE: Monomial = ()
ZERO_BALL = arb(0)


class NoGerm(Stopped):
    """A function has no expansion of this form, or none that is enclosed on a range of this length."""

    reason = Reason.OUTSIDE


class Coefficient:
    """A real number: exact + something in the ball.

    Args:
        exact: Rational factors by monomial in the constants.
        ball: What is added and only enclosed.

    Example:
        >>> import sympy as sp
        >>> from numerics.balls.germs.constants import coefficient
        >>> (coefficient(sp.sqrt(sp.pi)) * coefficient(1 / sp.sqrt(sp.pi)) - coefficient(sp.S.One)).is_zero
        True
    """

    __slots__ = ("_value", "ball", "exact")

    def __init__(self, exact: Exact, ball: Any = ZERO_BALL) -> None:
        self.exact = {m: c for m, c in exact.items() if c}
        self.ball = ball
        self._value: Any = None

    @property
    def is_zero(self) -> bool:
        """Whether it is 0 for sure, by its form."""
        return not self.exact and bool(self.ball.is_zero())

    @property
    def is_exact(self) -> bool:
        """Whether nothing of it is only enclosed."""
        return bool(self.ball.is_zero())

    @property
    def rational(self) -> Any:
        """Its value if it is an exact rational number, else None."""
        if not self.is_exact or any(m for m in self.exact):
            return None
        return self.exact.get(ONE, fmpq(0))

    def value(self) -> Any:
        """The ball that holds it."""
        if self._value is None:
            total = self.ball
            for m, c in self.exact.items():
                term = arb(c)
                for atom, power in m:
                    term = term * _power(atom, power)
                total = total + term
            self._value = total
        return self._value

    def __add__(self, other: Coefficient) -> Coefficient:
        exact = dict(self.exact)
        for m, c in other.exact.items():
            exact[m] = exact.get(m, 0) + c
        return Coefficient(exact, self.ball + other.ball)

    def __neg__(self) -> Coefficient:
        return Coefficient({m: -c for m, c in self.exact.items()}, -self.ball)

    def __sub__(self, other: Coefficient) -> Coefficient:
        return self + -other

    def __mul__(self, other: Coefficient) -> Coefficient:
        exact: dict[Monomial, Any] = {}
        for m, c in self.exact.items():
            for n, d in other.exact.items():
                if not m or not n:
                    product = m or n
                    exact[product] = exact.get(product, 0) + c * d
                    continue
                factor, product = _product(m, n)
                exact[product] = exact.get(product, 0) + c * d * factor
        rest = ZERO_BALL
        if not self.is_exact or not other.is_exact:
            rest = self.value() * other.value() - Coefficient(exact).value()
            if self.is_exact or other.is_exact:
                # exact·(exact + ball) = exact + exact·ball, which is much tighter
                rest = self.ball * other.value() if other.is_exact else self.value() * other.ball
        return Coefficient(exact, rest)

    def power(self, exponent: Fraction) -> Coefficient:
        """This to a rational power; exact for a single monomial, and for other sums as a new constant.

        Raises NoGerm for a base that may be 0, or that may be negative where the exponent is no integer.
        """
        if exponent == 1:
            return self
        if self.is_exact and len(self.exact) == 1:
            ((m, c),) = self.exact.items()
            if exponent.denominator == 1 or (c > 0 and self.value() > 0):
                factor, product = _normal({}, tuple((a, p * exponent) for a, p in m))
                root = coefficient(
                    sp.Rational(int(c.p), int(c.q)) ** sp.Rational(exponent.numerator, exponent.denominator)
                )
                return root * Coefficient({product: factor})
        value = self.value()
        if value.contains(0) or (exponent.denominator != 1 and not value > 0):
            raise NoGerm("a power of a number whose sign is not known")
        expr = self.as_expr()
        if expr is not None and (value > 0 or exponent.denominator == 1):
            sign = 1 if value > 0 or exponent.numerator % 2 == 0 else -1
            base = expr if value > 0 else -expr
            return _atom(base, sp.Rational(exponent.numerator, exponent.denominator)) * coefficient(sp.Integer(sign))
        return Coefficient({}, value ** arb(fmpq(exponent.numerator, exponent.denominator)))

    def as_expr(self) -> sp.Expr | None:
        """The exact number in SymPy, None where a part is only enclosed."""
        if not self.is_exact:
            return None
        return sp.Add(
            *(
                sp.Rational(int(c.p), int(c.q)) * sp.Mul(*(a ** sp.Rational(p.numerator, p.denominator) for a, p in m))
                for m, c in self.exact.items()
            )
        )


_POWERS: dict[tuple[Any, Fraction], Any] = {}


def _power(atom: Any, power: Fraction) -> Any:
    key = (atom, power)
    if key not in _POWERS:
        _POWERS[key] = ball(atom ** sp.Rational(power.numerator, power.denominator), DIGITS)
    return _POWERS[key]


@lru_cache(4096)
def _product(m: Monomial, n: Monomial) -> tuple[Any, Monomial]:
    return _normal(dict(m), n)


def _normal(into: dict[Any, Fraction], more: Monomial) -> tuple[Any, Monomial]:
    """The product of two monomials, whole powers of primes taken out as a rational factor."""
    for atom, p in more:
        into[atom] = into.get(atom, Fraction(0)) + p
    factor = fmpq(1)
    for atom, p in into.items():
        if atom.is_Integer:
            whole = p.numerator // p.denominator
            factor = factor * fmpq(int(atom)) ** whole
            into[atom] = p - whole
    return factor, tuple(sorted(((a, p) for a, p in into.items() if p), key=lambda x: sp.default_sort_key(x[0])))


_COEFFICIENTS: dict[sp.Expr, Coefficient] = {}


def coefficient(number: Any) -> Coefficient:
    """An exact real SymPy number as a coefficient; raises NoGerm for one that is not finite and real."""
    number = sp.sympify(number)
    found = _COEFFICIENTS.get(number)
    if found is None:
        found = _COEFFICIENTS[number] = _coefficient(number)
    return found


def _coefficient(number: sp.Expr) -> Coefficient:
    if number.is_Float:
        number = sp.Rational(number)
    if number.is_Rational:
        return Coefficient({ONE: fmpq(int(number.p), int(number.q))})
    if number.is_extended_real is False or number.is_finite is False or number is sp.nan:
        raise NoGerm(f"{number} is no real number")
    if number.is_Add:
        total = Coefficient({})
        for a in number.args:
            total = total + coefficient(a)
        return total
    if number.is_Mul:
        product = Coefficient({ONE: fmpq(1)})
        for a in number.args:
            product = product * coefficient(a)
        return product
    if isinstance(number, sp.exp) and number.args[0].is_Rational:
        return _atom(sp.E, number.args[0])
    if number.is_Pow and number.exp.is_Rational:
        base = number.base
        if base.is_Rational and base > 0 and not number.exp.is_Integer:
            total = Coefficient({ONE: fmpq(1)})
            for prime, k in sp.factorrat(base).items():
                factor, m = _normal({}, ((sp.Integer(prime), _fraction(k * number.exp)),))
                total = total * Coefficient({m: factor})
            return total
        if base.is_Atom and base.is_positive:
            return _atom(base, number.exp)
        if number.exp.is_Integer:
            whole = coefficient(base)
            if number.exp > 0:
                return _repeated(whole, int(number.exp))
            return whole.power(_fraction(number.exp))
    if isinstance(number, sp.log):
        apart = sp.expand_log(number, force=True, factor=True)
        if apart != number:
            return coefficient(apart)
    return _atom(number, sp.S.One)


def _repeated(base: Coefficient, n: int) -> Coefficient:
    total = base
    for _ in range(n - 1):
        total = total * base
    return total


def _atom(atom: sp.Expr, power: sp.Rational) -> Coefficient:
    if not ball(atom).is_finite():
        raise NoGerm(f"{atom} has no value")
    return Coefficient({((atom, _fraction(power)),): fmpq(1)})


def _fraction(q: Any) -> Fraction:
    return Fraction(int(q.p), int(q.q))
