"""Claims with roots, |·|, max, min, steps and case distinctions, reduced exactly to polynomial inequalities.

A claim becomes branches, one for each way in which its case distinctions can turn out. In a branch everything is a
quotient of polynomials: a root is a new variable s ≥ 0 with s^q = x, and a real number that is not algebraic a new
variable between two rational numbers. Integers count as real numbers: what is proved is the stronger claim.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy as sp
from flint import fmpq
from sympy.core.relational import Relational

from checks.provers.algebra.branches import Branch, Demand, Relation, scaled
from checks.provers.algebra.choices import MOST_BRANCHES, Choices, Dead, every_choice
from checks.provers.algebra.constants import BITS, enclosed, greatest, least, most_variables
from checks.provers.algebra.quotients import (
    OPPOSITE,
    Bounds,
    NotAlgebraic,
    Polynomial,
    Quotient,
    TooLarge,
    both,
    implies,
    ring,
    sign_of,
)
from checks.provers.algebra.ranges import ends_of, part_of
from checks.provers.algebra.roots import Roots, without_products_below_roots
from checks.provers.claims import Claim
from derivations.gaussian import relu, step
from derivations.letters.names import unused


def branches(claim: Claim, bits: int = BITS) -> list[Branch]:
    """The branches of a claim, those without a point left out as far as that is plain.

    Args:
        claim: What is claimed.
        bits: Of the rational numbers between which others lie.

    Raises:
        NotAlgebraic: The claim has a function that is not algebraic, or a symbol without a range.
        TooLarge: It has too many branches, or polynomials of too many terms.

    Example:
        >>> x = sp.Symbol("x", real=True)
        >>> [b.goal.top for b in branches(Claim(abs(x) - x, {x: sp.S.Reals}))]
        [0, -2*v0]
    """
    found = []
    for choices in every_choice():
        try:
            found.append(_Reduction(claim, choices, bits).branch())
        except Dead:
            continue
        if len(found) > MOST_BRANCHES:
            raise TooLarge(f"more than {MOST_BRANCHES} cases")
    return found


class _Reduction:
    """One run through a claim: what it meets is turned into quotients, and what it chooses becomes a fact."""

    def __init__(self, claim: Claim, choices: Choices, bits: int) -> None:
        self.choices, self.bits = choices, bits
        self.claim = claim
        ranges = {s: part_of(r, choices) for s, r in claim.ranges.items()}
        nonnegative = {
            s
            for s, r in ranges.items()
            if isinstance(r, sp.Interval | sp.Range) and bool(r.inf.is_extended_nonnegative)
        }
        f, *conditions = (without_products_below_roots(e, nonnegative) for e in (claim.f, *claim.conditions))
        self.f, self.conditions = f, conditions
        self.roots = Roots.of((f, *conditions))
        ends = [e for r in ranges.values() for e in ends_of(r)]
        self.context = ring(len(ranges) + most_variables((f, *conditions, *ends)))
        self.gens = self.context.gens()
        self.names: list[str] = []
        self.bounds: list[Bounds] = []
        self.facts: list[Relation] = []
        self.demands: list[Demand] = []
        self.constants: list[Any] = []
        self.memo: dict[Any, Quotient] = {}
        self.values: dict[Any, Polynomial] = {}
        self.assumed = False
        for s in sorted(ranges, key=str):
            self._symbol(s, ranges[s], s in nonnegative)

    def branch(self) -> Branch:
        self.assumed = True
        for condition in self.conditions:
            self._assume(condition)
        self.assumed = False
        goal = self.quotient(self.f)
        names = [*self.names, *(f"_{i}" for i in range(len(self.gens) - len(self.names)))]
        bounds = [*self.bounds, *(Bounds() for _ in range(len(self.gens) - len(self.bounds)))]
        return Branch(
            tuple(names),
            tuple(bounds),
            tuple(self.facts),
            tuple(self.demands),
            goal,
            self.values,
            tuple(self.constants),
        )

    # variables

    def _symbol(self, symbol: Any, values: sp.Set, nonnegative: bool) -> None:
        if isinstance(values, sp.FiniteSet):
            found = self.quotient(next(iter(values)))
            self.memo[symbol], self.values[symbol] = found, found.top
            return
        root = self.roots.order(symbol) if nonnegative else 1
        low, high = values.inf, values.sup
        above, below = bool(getattr(values, "left_open", False)), bool(getattr(values, "right_open", False))
        bounds = Bounds(least(low), greatest(high), above, below)
        if root > 1:  # t^(1/q) ≤ max(1, t)
            bounds = Bounds(Fraction(0), max(Fraction(1), bounds.upper), above or bool(low.is_extended_positive))
        gen = self._variable(str(symbol) if root == 1 else self._new("s"), bounds)
        self.values[symbol] = gen**root
        self.memo[symbol] = Quotient(self.values[symbol])
        if root > 1:
            self.roots.known[symbol] = (gen, root)
            self._fact(
                gen, ">" if above or low.is_extended_positive else ">=", f"{self.names[-1]} = {symbol}^(1/{root})"
            )
        for end, side, strict in ((low, ">", above), (high, "<", below)):
            if end.is_finite and not (root > 1 and end == 0):
                gap = self.memo[symbol] + -self.quotient(end)
                self._fact(
                    gap.sign_polynomial(self.bounds_now), side if strict else f"{side}=", f"the range of {symbol}"
                )
        missing = self.claim.ranges[symbol]
        if isinstance(missing, sp.Complement):
            for hole in missing.args[1]:
                self._fact((self.memo[symbol] + -self.quotient(hole)).top, "!=", f"the range of {symbol}")

    def _new(self, name: str) -> str:
        """A name that no symbol of the claim has: a user may call one like a number."""
        return unused(name, self.claim.ranges)

    def _variable(self, name: str, bounds: Bounds) -> Polynomial:
        gen = self.gens[len(self.names)]
        self.names.append(unused(name, self.names))
        self.bounds.append(bounds)
        return gen

    @property
    def bounds_now(self) -> list[Bounds]:
        return [*self.bounds, *(Bounds() for _ in range(len(self.gens) - len(self.bounds)))]

    # facts and choices

    def _fact(self, p: Polynomial, sign: str, source: str) -> None:
        if p.is_constant():
            if not implies(sign_of(p, self.bounds_now), sign):
                raise Dead
            return
        fact = Relation(scaled(p), sign, source)
        if fact not in self.facts:
            self.facts.append(fact)

    def _demand(self, p: Polynomial, sign: str, source: str) -> None:
        """What must hold for the claim to have a value; a condition without a value does not hold."""
        if implies(self._known(p), sign):
            return
        if self.assumed:
            self._fact(p, sign, source)
        else:
            self.demands.append(Demand(Relation(p, sign, source), len(self.facts)))

    def _known(self, p: Polynomial) -> str:
        """The sign of a polynomial, from its terms or by a fact."""
        found = sign_of(p, self.bounds_now)
        p = scaled(p)
        for fact in self.facts if found in ("", ">=", "<=") else ():
            for same, sign in ((p, fact.sign), (-p, OPPOSITE[fact.sign])):
                if fact.p == same:
                    found = both(found, sign)
        return found

    def positive(self, u: Quotient) -> bool:
        """Whether u > 0 in this run."""
        p = u.sign_polynomial(self.bounds_now)
        known = self._known(p)
        if known in (">", "<", "<=", "="):
            return known == ">"
        rest = "=" if known == ">=" else "<="
        chosen = (">", rest)[self.choices.among(2)]
        self._fact(p, chosen, "a case")
        return chosen == ">"

    def nonnegative(self, u: Quotient) -> bool:
        """Whether u ≥ 0 in this run, where u = 0 may count either way."""
        p = u.sign_polynomial(self.bounds_now)
        known = self._known(p)
        if known not in ("", "!="):
            return known in (">", ">=", "=")
        chosen = (">=", "<=")[self.choices.among(2)]
        self._fact(p, chosen, "a case")
        return chosen == ">="

    def _holds(self, condition: Any) -> bool:
        """Whether a condition of a case distinction holds in this run."""
        match condition:
            case sp.logic.boolalg.BooleanTrue() | sp.logic.boolalg.BooleanFalse():
                return bool(condition)
            case sp.Not():
                return not self._holds(condition.args[0])
            case sp.And():
                return all(self._holds(c) for c in condition.args)
            case sp.Or():
                return any(self._holds(c) for c in condition.args)
            case Relational():
                gap = self.quotient(condition.lhs) + -self.quotient(condition.rhs)
                match condition:
                    case sp.Gt():
                        return self.positive(gap)
                    case sp.Lt():
                        return self.positive(-gap)
                    case sp.Ge():
                        return not self.positive(-gap)
                    case sp.Le():
                        return not self.positive(gap)
                apart = self.positive(gap) or self.positive(-gap)
                return apart == isinstance(condition, sp.Ne)
            case sp.logic.boolalg.BooleanFunction():
                return self._holds(condition.to_nnf(simplify=False))
            case sp.Contains() if hasattr(condition.args[1], "as_relational"):
                return self._holds(condition.args[1].as_relational(condition.args[0]))
        raise NotAlgebraic(f"the condition {condition} is no relation between numbers")

    def _assume(self, condition: Any) -> None:
        if isinstance(condition, bool | sp.logic.boolalg.BooleanAtom):
            if not bool(condition):
                raise Dead
            return
        if isinstance(condition, sp.And):
            for part in condition.args:
                self._assume(part)
            return
        if not isinstance(condition, Relational):
            if not self._holds(condition):
                raise Dead
            return
        gap = self.quotient(condition.lhs) + -self.quotient(condition.rhs)
        sign = {sp.Gt: ">", sp.Lt: "<", sp.Ge: ">=", sp.Le: "<=", sp.Eq: "=", sp.Ne: "!="}[type(condition)]
        p = gap.top if sign in ("=", "!=") else gap.sign_polynomial(self.bounds_now)
        self._fact(p, sign, f"the condition {condition}")

    # expressions

    def quotient(self, e: Any) -> Quotient:
        """An expression as a quotient of polynomials, in this run."""
        found = self.memo.get(e)
        if found is None:
            found = self.memo[e] = self._quotient(e)
        return found

    def _quotient(self, e: Any) -> Quotient:
        match e:
            case sp.Rational():
                return self._number(e)
            case sp.Float():
                return self._number(sp.Rational(e))
            case sp.Symbol():
                raise NotAlgebraic(f"{e} has no range")
            case sp.Add():
                return self._total(e.args, Quotient.__add__)
            case sp.Mul():
                return self._total(e.args, Quotient.__mul__)
            case sp.Pow() if e.exp.is_Rational:
                return self._power(e.base, e.exp)
            case sp.Pow() if e.exp.is_Float:
                return self._power(e.base, sp.Rational(e.exp))
            case sp.Abs():
                u = self.quotient(e.args[0])
                return u if self.nonnegative(u) else -u
            case sp.Max():
                return self._extreme(e.args, lambda a, b: a + -b)
            case sp.Min():
                return self._extreme(e.args, lambda a, b: b + -a)
            case relu():
                u = self.quotient(e.args[0])
                return u if self.nonnegative(u) else self._number(sp.S.Zero)
            case step():
                return self._number(sp.Integer(self.positive(self.quotient(e.args[0]))))
            case sp.floor():
                return self.quotient(e.args[0]) + -self._fraction(e.args[0])
            case sp.ceiling():
                return self.quotient(e.args[0]) + self._fraction(-e.args[0])
            case sp.frac():
                return self._fraction(e.args[0])
            case sp.Mod():
                u, m = e.args
                return self.quotient(m) * self._fraction(u / m)
            case sp.sign():
                u = self.quotient(e.args[0])
                return self._number(sp.Integer(1 if self.positive(u) else -1 if self.positive(-u) else 0))
            case sp.Heaviside():
                u, middle = self.quotient(e.args[0]), e.args[1]
                if self.positive(u):
                    return self._number(sp.S.One)
                return self._number(sp.S.Zero) if self.positive(-u) else self.quotient(middle)
            case sp.Piecewise():
                for value, condition in e.args:
                    if self._holds(condition):
                        return self.quotient(value)
                self._demand(self.context.constant(0), "!=", f"a case that applies in {e}")
                return self._number(sp.S.Zero)
        if e.is_number and not e.free_symbols:
            return self._constant(e)
        raise NotAlgebraic(f"{getattr(e.func, '__name__', e)} is no algebraic function")

    def _number(self, value: sp.Rational) -> Quotient:
        return Quotient(self.context.constant(1) * _flint(value))

    def _total(self, parts: tuple[Any, ...], joined: Callable[[Quotient, Quotient], Quotient]) -> Quotient:
        found = self.quotient(parts[0])
        for part in parts[1:]:
            found = joined(found, self.quotient(part))
        return found

    def _extreme(self, parts: tuple[Any, ...], ahead: Callable[[Quotient, Quotient], Quotient]) -> Quotient:
        found = self.quotient(parts[0])
        for part in parts[1:]:
            other = self.quotient(part)
            found = found if self.nonnegative(ahead(found, other)) else other
        return found

    def _power(self, base: Any, exponent: sp.Rational) -> Quotient:
        if exponent.q == 1:
            found = self.quotient(base)
        else:
            root, order = self._root(base, int(exponent.q))
            found, exponent = root, exponent * order
        power = int(exponent)
        if power >= 0:
            return found**power
        self._nonzero(found, base)
        return found.inverse() ** -power

    def _nonzero(self, u: Quotient, e: Any) -> None:
        if u.top == 0:
            self._demand(self.context.constant(0), "!=", f"the denominator {e}")
            raise Dead
        for factor, _ in u.top.factor()[1]:
            self._demand(factor, "!=", f"the denominator {e}")

    def _root(self, base: Any, order: int) -> tuple[Quotient, int]:
        """A root of the base, and its order, which the given one divides."""
        known = self.roots.known.get(base)
        if known is None:
            u = self.quotient(base)
            order = self.roots.order(base, order)
            self._demand(u.sign_polynomial(self.bounds_now), ">=", f"the radicand {base}")
            strict = self._known(u.sign_polynomial(self.bounds_now)) == ">"
            gen = self._variable(self._new("s"), Bounds(Fraction(0), above=strict))
            source = f"{self.names[-1]} = ({base})^(1/{order})"
            self._fact(gen, ">" if strict else ">=", source)
            self._fact((Quotient(gen**order) + -u).top, "=", source)
            known = self.roots.known[base] = (gen, order)
        return Quotient(known[0]), known[1]

    def _fraction(self, e: Any) -> Quotient:
        """What a number is above the next integer below it: in [0, 1), and at most the number where that is ≥ 0."""
        known = self.memo.get(key := sp.frac(e, evaluate=False))
        if known is None:
            u = self.quotient(e)
            gen = self._variable(self._new("r"), Bounds(Fraction(0), Fraction(1), below=True))
            r = self.memo[key] = known = Quotient(gen)
            self._fact(gen, ">=", f"the fractional part of {e}")
            self._fact((r + -self._number(sp.S.One)).top, "<", f"the fractional part of {e}")
            whole = u + -r
            below, sign = (whole + self._number(sp.S.One), "<=") if self.positive(-u) else (whole, ">=")
            self._fact(below.sign_polynomial(self.bounds_now), sign, f"{e} less its fractional part is an integer")
        return known

    def _constant(self, e: Any) -> Quotient:
        low, high = enclosed(e, self.bits)
        gen = self._variable(self._new(str(e)), Bounds(low, high, True, True))
        self._fact(gen - _flint(low), ">", f"the number {e}")
        self._fact(gen - _flint(high), "<", f"the number {e}")
        self.constants.append(e)
        return Quotient(gen)


def _flint(value: sp.Rational | Fraction) -> fmpq:
    top, bottom = (value.p, value.q) if isinstance(value, sp.Rational) else (value.numerator, value.denominator)
    return fmpq(int(top), int(bottom))
