"""Quotients of polynomials with rational coefficients, and what bounds of the variables say of a polynomial's sign."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb, inf
from typing import Any, TypeAlias

from flint import fmpq, fmpq_mpoly_ctx

from derivations.outcomes.budget import take
from derivations.outcomes.reasons import Reason, Stopped

Polynomial: TypeAlias = Any
"""An `fmpq_mpoly` of python-flint."""
Number: TypeAlias = Fraction | float
"""A rational number or an infinity."""

MOST_TERMS, HIGHEST_POWER = 20_000, 1000
"""Of polynomials that are multiplied out."""


class NotAlgebraic(Stopped):
    """An expression that is not made of polynomials, quotients, roots and case distinctions."""

    reason = Reason.OUTSIDE


class TooLarge(Stopped):
    """Polynomials or cases beyond what is multiplied out."""

    reason = Reason.BUDGET


@dataclass(frozen=True)
class Bounds:
    """What is known of a variable: lower ≤ x ≤ upper, each strictly or not."""

    lower: Number = -inf
    upper: Number = inf
    above: bool = False
    below: bool = False

    @property
    def sign(self) -> str:
        """One of the signs `>`, `>=`, `<`, `<=`, `=`, and nothing where none is known."""
        if self.lower == self.upper == 0:
            return "="
        if self.lower > 0 or (self.lower == 0 and self.above):
            return ">"
        if self.upper < 0 or (self.upper == 0 and self.below):
            return "<"
        return ">=" if self.lower == 0 else "<=" if self.upper == 0 else ""


OPPOSITE = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "=": "=", "": "", "!=": "!="}


IMPLIED = {">": (">", ">=", "!="), "<": ("<", "<=", "!="), "=": ("=", ">=", "<="), ">=": (">=",), "<=": ("<=",)}


def implies(known: str, sign: str) -> bool:
    """Whether a number of a known sign has another one too."""
    return sign in IMPLIED.get(known, (known,))


def both(one: str, other: str) -> str:
    """The sign of a number that has two signs."""
    for first, second in ((one, other), (other, one)):
        if not first or implies(second, first):
            return second
        if {first, second} == {">=", "<="}:
            return "="
        if second == "!=" and first in (">=", "<="):
            return first[0]
    return one


def ring(count: int) -> Any:
    """The polynomials in so many variables."""
    return fmpq_mpoly_ctx.get([f"v{i}" for i in range(count)], "degrevlex")


def as_fraction(number: fmpq) -> Fraction:
    """A rational number of python-flint in Python's own type."""
    return Fraction(int(number.p), int(number.q))


def sign_of(p: Polynomial, bounds: Sequence[Bounds]) -> str:
    """The sign of a polynomial where its variables are within their bounds, as far as its terms show it."""
    signs = {_sign_of_term(monomial, c, bounds) for monomial, c in p.to_dict().items()} - {"="}
    if not signs:
        return "="
    if signs <= {">", ">="}:
        return ">" if ">" in signs else ">="
    if signs <= {"<", "<="}:
        return "<" if "<" in signs else "<="
    low, high = _interval(p, bounds)
    return Bounds(low, high).sign


def _sign_of_term(monomial: Iterable[int], c: fmpq, bounds: Sequence[Bounds]) -> str:
    found = ">" if c > 0 else "<"
    for power, bound in zip(monomial, bounds, strict=True):
        if power:
            sign = bound.sign
            if power % 2 == 0:
                sign = {">": ">", "<": ">", "=": "="}.get(sign, ">=")
            found = _product(found, sign)
    return found


def _product(one: str, other: str) -> str:
    if "=" in (one, other):
        return "="
    if "" in (one, other):
        return ""
    sign = ">" if (one[0] == other[0]) else "<"
    return sign + ("=" if len(one) + len(other) > 2 else "")


def _interval(p: Polynomial, bounds: Sequence[Bounds]) -> tuple[Number, Number]:
    low: Number = Fraction(0)
    high: Number = Fraction(0)
    for monomial, c in p.to_dict().items():
        ends: tuple[Number, Number] = (as_fraction(c), as_fraction(c))
        for power, bound in zip(monomial, bounds, strict=True):
            if power:
                ends = _times(ends, _power((bound.lower, bound.upper), int(power)))
        low, high = low + ends[0], high + ends[1]
    return low, high


def _power(ends: tuple[Number, Number], power: int) -> tuple[Number, Number]:
    low, high = ends[0] ** power, ends[1] ** power
    if power % 2:
        return low, high
    return (min(low, high) if ends[0] > 0 or ends[1] < 0 else Fraction(0)), max(low, high)


def _times(one: tuple[Number, Number], other: tuple[Number, Number]) -> tuple[Number, Number]:
    ends = [_times_number(a, b) for a in one for b in other]
    return min(ends), max(ends)


def _times_number(a: Number, b: Number) -> Number:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a * b
    return Fraction(0) if a == 0 or b == 0 else inf if (a > 0) == (b > 0) else -inf


@dataclass(frozen=True)
class Quotient:
    """A polynomial over powers of irreducible polynomials.

    Args:
        top: The numerator.
        bottom: The factors of the denominator, each with its exponent.
    """

    top: Polynomial
    bottom: tuple[tuple[Polynomial, int], ...] = ()

    def __add__(self, other: Quotient) -> Quotient:
        if not self.bottom and not other.bottom:
            return Quotient(_counted(self.top + other.top))
        common = _merged(self.bottom, other.bottom, max)
        tops = [_multiplied(q.top, _expanded(_missing(common, q.bottom), q.top.context())) for q in (self, other)]
        return Quotient(_counted(tops[0] + tops[1]), common).reduced()

    def __mul__(self, other: Quotient) -> Quotient:
        found = Quotient(_multiplied(self.top, other.top), _merged(self.bottom, other.bottom, int.__add__))
        return found.reduced() if found.bottom else found

    def __neg__(self) -> Quotient:
        return Quotient(-self.top, self.bottom)

    def __pow__(self, power: int) -> Quotient:
        """A nonnegative power."""
        return Quotient(raised(self.top, power), tuple((p, e * power) for p, e in self.bottom) if power else ())

    def inverse(self) -> Quotient:
        """1 over it; its numerator must not be 0."""
        c, factors = self.top.factor()
        return Quotient(_expanded(self.bottom, self.top.context()) * (1 / c), tuple(factors)).reduced()

    def reduced(self) -> Quotient:
        """Without the factors that the numerator shares with the denominator."""
        top, bottom = self.top, []
        for p, exponent in self.bottom:
            left = exponent
            while left and (divided := _exactly(top, p)) is not None:
                top, left = divided, left - 1
            if left:
                bottom.append((p, left))
        return Quotient(top, tuple(bottom))

    def sign_polynomial(self, bounds: Sequence[Bounds]) -> Polynomial:
        """A polynomial with the sign of the quotient wherever its denominator is not 0."""
        found = self.top
        for p, exponent in self.bottom:
            if exponent % 2:
                sign = sign_of(p, bounds)
                found = -found if sign in ("<", "<=") else found if sign in (">", ">=") else _multiplied(found, p)
        return found


def _exactly(p: Polynomial, factor: Polynomial) -> Polynomial | None:
    quotient, rest = divmod(p, factor)
    return quotient if rest == 0 else None


def _counted(p: Polynomial) -> Polynomial:
    take(1 + len(p) // 8)
    if len(p) > MOST_TERMS:
        raise TooLarge(f"a polynomial of more than {MOST_TERMS:,} terms")
    return p


def _multiplied(p: Polynomial, q: Polynomial) -> Polynomial:
    if len(p) * len(q) > 100 * MOST_TERMS:
        raise TooLarge(f"a product of polynomials of {len(p)} and {len(q)} terms")
    return _counted(p * q)


def raised(p: Polynomial, power: int) -> Polynomial:
    """A power of a polynomial; raises TooLarge beyond HIGHEST_POWER or MOST_TERMS."""
    if p.total_degree() * power > HIGHEST_POWER:
        raise TooLarge(f"a polynomial of degree {p.total_degree() * power}")
    used, degree = sum(1 for d in p.degrees() if d), p.total_degree() * power
    if len(p) > 1 and min(comb(len(p) - 1 + power, power), comb(degree + used, used)) > 10 * MOST_TERMS:
        raise TooLarge(f"the power {power} of a polynomial of {len(p)} terms")
    return _counted(p**power)


def _merged(
    one: Sequence[tuple[Polynomial, int]], other: Sequence[tuple[Polynomial, int]], how: Any
) -> tuple[tuple[Polynomial, int], ...]:
    found = [[p, e] for p, e in one]
    for p, exponent in other:
        same = next((entry for entry in found if entry[0] == p), None)
        if same is None:
            found.append([p, exponent])
        else:
            same[1] = how(same[1], exponent)
    return tuple((p, e) for p, e in found)


def _missing(
    whole: Sequence[tuple[Polynomial, int]], part: Sequence[tuple[Polynomial, int]]
) -> list[tuple[Polynomial, int]]:
    def there(p: Polynomial) -> int:
        return next((e for q, e in part if q == p), 0)

    return [(p, e - there(p)) for p, e in whole if e > there(p)]


def _expanded(factors: Iterable[tuple[Polynomial, int]], context: Any) -> Polynomial:
    found = context.constant(1)
    for p, exponent in factors:
        found = _multiplied(found, raised(p, exponent))
    return found
