"""Germs: f = Σ c·t^a·log(1/t)^b·exp(P(1/t)) for 0 < t ≤ τ, every remainder enclosed in a coefficient.

A sum of few terms stands for the function on the whole of (0, τ], not only in the limit: what is cut off is folded into
the coefficient of a larger term, as a ball that holds it for every t. So the sign of the largest term, where the others
cannot outweigh it, is the sign of f on (0, τ].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, cmp_to_key
from typing import Any

from flint import arb, fmpq

from numerics.balls.germs.constants import ONE, Coefficient, NoGerm

ORDER = 8
"""Powers of t beyond the leading one that are kept."""
MOST = 24
"""Terms that are kept."""

Grown = tuple[tuple[Fraction, int, Coefficient], ...]


@dataclass(frozen=True, eq=False)
class Scale:
    """t^a·L^b·exp(Σ c·x^p·L^q) with x = 1/t and L = log x; `grown` holds (p, q, c), the largest first."""

    a: Fraction = Fraction(0)
    b: Fraction = Fraction(0)
    grown: Grown = ()

    @cached_property
    def key(self) -> tuple[Any, ...]:
        """What equal scales have in common."""
        return (self.a, self.b, tuple((p, q, tuple(sorted(c.exact.items(), key=str))) for p, q, c in self.grown))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Scale) or self.a != other.a or self.b != other.b:
            return False
        return not (self.grown or other.grown) or self.key == other.key

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.a, self.b, len(self.grown)))

    def __mul__(self, other: Scale) -> Scale:
        return Scale(self.a + other.a, self.b + other.b, _added(self.grown, other.grown))

    def power(self, r: Fraction) -> Scale:
        """This to a rational power."""
        factor = Coefficient({ONE: fmpq(r.numerator, r.denominator)})
        return Scale(self.a * r, self.b * r, tuple((p, q, c * factor) for p, q, c in self.grown))

    def over(self, other: Scale) -> Scale:
        """The quotient of the two."""
        return self * other.power(Fraction(-1))

    @property
    def is_one(self) -> bool:
        """Whether it is the constant 1."""
        return not self.a and not self.b and not self.grown

    def tends(self) -> int:
        """-1 if it tends to 0 as t → 0, 1 if to infinity, 0 if it is 1."""
        if self.grown:
            return sign_of(self.grown[0][2])
        if self.a:
            return -1 if self.a > 0 else 1
        return (self.b > 0) - (self.b < 0)


UNIT = Scale()


def _added(one: Grown, other: Grown) -> Grown:
    if not one or not other:
        return one or other
    total: dict[tuple[Fraction, int], Coefficient] = {(p, q): c for p, q, c in one}
    for p, q, c in other:
        total[p, q] = total[p, q] + c if (p, q) in total else c
    return tuple((p, q, c) for (p, q), c in sorted(total.items(), reverse=True) if not c.is_zero)


def sign_of(c: Coefficient) -> int:
    """The sign of a number that is not 0; raises NoGerm where its ball does not show it."""
    value = c.value()
    if value > 0:
        return 1
    if value < 0:
        return -1
    raise NoGerm("the sign of a coefficient is not known")


class Germ:
    """A function on (0, τ], as a sum of scales with coefficients, the largest first.

    Args:
        terms: The coefficient of each scale.
        tau: The end of its range, at most 1/4.
    """

    def __init__(self, terms: Mapping[Scale, Coefficient], tau: Any) -> None:
        self.tau = tau
        self.terms = self._trimmed({s: c for s, c in terms.items() if not c.is_zero})

    @classmethod
    def constant(cls, c: Coefficient, tau: Any) -> Germ:
        """The constant function."""
        return cls({UNIT: c}, tau)

    @property
    def is_zero(self) -> bool:
        """Whether it vanishes on all of its range, by its form."""
        return not self.terms

    def leading(self) -> tuple[Scale, Coefficient]:
        """The largest term; raises NoGerm if it is not known to differ from 0."""
        for scale, c in self.terms.items():
            if c.value().contains(0):
                raise NoGerm("the leading term is not known: only a remainder is left")
            return scale, c
        raise NoGerm("there is no leading term")

    def split(self) -> tuple[Germ, Coefficient, Germ]:
        """The parts that grow, stay and vanish as t → 0."""
        large = {s: c for s, c in self.terms.items() if s.tends() > 0}
        small = {s: c for s, c in self.terms.items() if s.tends() < 0}
        return Germ(large, self.tau), self.terms.get(UNIT, Coefficient({})), Germ(small, self.tau)

    def __add__(self, other: Germ) -> Germ:
        total = dict(self.terms)
        for s, c in other.terms.items():
            total[s] = total[s] + c if s in total else c
        return Germ(total, self.tau)

    def __neg__(self) -> Germ:
        return self.times(Coefficient({ONE: fmpq(-1)}))

    def __sub__(self, other: Germ) -> Germ:
        return self + -other

    def times(self, factor: Coefficient, scale: Scale = UNIT) -> Germ:
        """This times one term."""
        return Germ({s * scale: c * factor for s, c in self.terms.items()}, self.tau)

    def __mul__(self, other: Germ) -> Germ:
        total: dict[Scale, Coefficient] = {}
        for s, c in self.terms.items():
            for r, d in other.terms.items():
                product = s * r
                found = c * d
                total[product] = total[product] + found if product in total else found
        return Germ(total, self.tau)

    def relative(self) -> tuple[Scale, Coefficient, Germ]:
        """f = c·scale·(1 + u) with u → 0: the scale, c and u."""
        scale, c = self.leading()
        inverse = c.power(Fraction(-1))
        rest = {s.over(scale): d * inverse for s, d in self.terms.items() if s is not scale}
        # the leading coefficient times its inverse is 1 for sure, whatever the number is
        return scale, c, Germ(rest, self.tau)

    def range(self) -> Any:
        """A ball that holds the value at every t of (0, τ]; raises NoGerm if there is none."""
        total = arb(0)
        for s, c in self.terms.items():
            total = total + c.value() * self.size(s)
        return total

    def at(self, t: Any) -> Any:
        """A ball that holds the value at one t of (0, τ]."""
        x = 1 / t
        total = arb(0)
        for s, c in self.terms.items():
            size = t ** arb(_q(s.a)) * x.log() ** arb(_q(s.b))
            for p, q, k in s.grown:
                size = size * (k.value() * x ** arb(_q(p)) * x.log() ** q).exp()
            total = total + c.value() * size
        return total

    def sign(self) -> int | None:
        """1 or -1 if that is the sign on all of (0, τ], 0 if the function vanishes, None if that is not known."""
        if self.is_zero:
            return 0
        total = self._over_its_scale()
        return 1 if total > 0 else -1 if total < 0 else None

    def is_nonnegative(self) -> bool:
        """Whether the function is ≥ 0 for sure on all of (0, τ]; False says nothing."""
        return self.is_zero or bool(self._over_its_scale() >= 0)

    def _over_its_scale(self) -> Any:
        """A ball that holds f divided by its largest scale, NaN where there is none."""
        lead = next(iter(self.terms))
        try:
            return sum((c.value() * self.size(s.over(lead)) for s, c in self.terms.items()), arb(0))
        except NoGerm:
            return arb.nan()

    def size(self, scale: Scale) -> Any:
        """A ball that holds a scale on (0, τ], shown to fall as t → 0; raises NoGerm if it does not, or not yet."""
        if scale.is_one:
            return arb(1)
        x = 1 / self.tau
        log = x.log()
        slope = -arb(_q(scale.a))
        if scale.b > 0:  # else L^b falls by itself
            slope = slope + arb(_q(scale.b)) / log
        if scale.grown:
            slope = slope + self._slope_of(scale.grown, x, log)
        if not slope <= 0:
            raise NoGerm("it does not fall on all of the range")
        at_end = self.tau ** arb(_q(scale.a)) * log ** arb(_q(scale.b))
        for p, q, c in scale.grown:
            at_end = at_end * (c.value() * x ** arb(_q(p)) * log**q).exp()
        return arb(0).union(at_end)

    def _slope_of(self, grown: Grown, x: Any, log: Any) -> Any:
        """An upper bound of d/d log x of Σ c·x^p·L^q for all larger x: its leading term outweighs the others."""
        p, q, c = grown[0]
        lead = arb(_q(p)).union(_q(p) + arb(q) / log)
        total = c.value() * lead
        for p1, q1, c1 in grown[1:]:
            fraction = self.size(Scale(p - p1, Fraction(q1 - q)))
            total = total + c1.value() * fraction * arb(_q(p1)).union(_q(p1) + arb(q1) / log)
        if not total < 0 or p < 0 or q < 0:
            raise NoGerm("the exponent does not fall on all of the range")
        return total.upper() * x ** arb(_q(p)) * log**q

    def _trimmed(self, terms: dict[Scale, Coefficient]) -> dict[Scale, Coefficient]:
        order = sorted(terms, key=cmp_to_key(_larger_first))
        kept: dict[Scale, Coefficient] = {}
        first: dict[Any, Fraction] = {}
        for s in order:
            kind = s.key[2]
            start = first.setdefault(kind, s.a)
            if not kept or (len(kept) < MOST and s.a - start <= ORDER):
                kept[s] = terms[s]
                continue
            into = next(reversed(kept))
            more = terms[s].value() * self.size(s.over(into))
            kept[into] = Coefficient(kept[into].exact, kept[into].ball + more)
        return kept


def _larger_first(one: Scale, other: Scale) -> int:
    return -one.over(other).tends()


def _q(f: Any) -> Any:
    return fmpq(f.numerator, f.denominator)
