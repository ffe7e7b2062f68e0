"""The ground of a claim: its symbols, and what their ranges and conditions say of the signs of expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from checks.provers.claims import Claim, Proof
from derivations.domains import sign_of
from derivations.letters.names import own

Z3_STEPS = 400_000
"""Of z3 for a sign or for one part of a proof."""
TRANSCENDENTAL = (sp.exp, sp.log, sp.factorial, sp.gamma, sp.binomial, sp.Sum, sp.Product)


class Ground:
    """The domain of a claim, and the signs that were asked for on it.

    Args:
        ranges: the range of each symbol, intervals of real numbers.
        conditions: relations with 0 on the right.
    """

    def __init__(self, ranges: Mapping[Any, sp.Set], conditions: Sequence[Any] = ()) -> None:
        self.ranges, self.conditions = dict(ranges), tuple(conditions)
        self._positive: dict[Any, bool] = {}

    def claim(self, f: Any, *more: Any) -> Claim:
        """The claim f ≥ 0 on this ground, with further conditions, on the symbols that it needs."""
        conditions = (*self.conditions, *more)
        has = set(f.free_symbols)
        while True:
            linked = {s for r in conditions if r.free_symbols & has for s in r.free_symbols}
            if linked <= has:
                break
            has |= linked
        used = tuple(r for r in conditions if r.free_symbols & has)
        return Claim(f, {s: r for s, r in self.ranges.items() if s in has}, used)

    def without(self, x: Any) -> Ground:
        """The ground of the other symbols, without the conditions that have this one."""
        ranges = {s: r for s, r in self.ranges.items() if s != x}
        return Ground(ranges, [r for r in self.conditions if x not in r.free_symbols])

    def positive(self, u: Any) -> bool:
        """Whether u > 0 everywhere; False where that is not seen."""
        u = sp.sympify(u)
        found = self._positive.get(u)
        if found is None:
            self._positive[u] = False
            found = self._positive[u] = self._is_positive(u)
        return found

    def _is_positive(self, u: Any) -> bool:
        if u.is_positive:
            return True
        if u.is_number:
            return bool(u.is_extended_positive)
        match u:
            case sp.exp():
                return bool(u.args[0].is_real) or self._is_real(u.args[0])
            case sp.Pow() if not u.exp.is_Integer:
                return bool(u.exp.is_real) and self.positive(u.base)
            case sp.Pow() if u.has(*TRANSCENDENTAL) and self.positive(u.base):
                return True
            case sp.log():
                return self.positive(u.args[0] - 1)
            case sp.factorial():
                return self.positive(u.args[0] + 1)
            case sp.gamma():
                return self.positive(u.args[0])
            case sp.binomial():
                return all(self.positive(v + 1) for v in (*u.args, u.args[0] - u.args[1]))
            case sp.Product():
                k, low, _ = u.limits[0]
                within = Ground({**self.ranges, k: sp.Interval(low, sp.oo)}) if low.is_number else None
                return len(u.limits) == 1 and within is not None and within.positive(u.function)
        if u.has(*TRANSCENDENTAL) or _symbolic_power(u):
            if (u.is_Mul or u.is_Add) and all(self.positive(a) for a in u.args):
                return True
            return u.is_Add and self._with_powers_bounded(u)
        impossible = Claim(sp.S.NegativeOne, *self._part(u, sp.Le(u, 0, evaluate=False)))
        from checks.provers import nlsat  # z3 is slow to load, and few claims come here

        return isinstance(nlsat.prove(impossible, Z3_STEPS, vacuous=True), Proof)

    def _is_real(self, u: Any) -> bool:
        """Whether a fraction has a real value everywhere."""
        return bool(u.is_rational_function() and u.free_symbols) and self.nonzero(sp.fraction(sp.together(u))[1])

    def _with_powers_bounded(self, u: Any) -> bool:
        """Whether u > 0 for all values of its powers b^e that lie on the same side of 1 as they do."""
        names, ranges = {}, {}
        for number, a in enumerate(sorted(u.atoms(sp.Pow, sp.exp), key=str)):
            base, exponent = (sp.E, a.args[0]) if isinstance(a, sp.exp) else (a.base, a.exp)
            if exponent.is_Rational:
                continue
            side = self._side(base - 1) * self._side(exponent)
            if not side or not self.positive(base):
                return False
            names[a] = own(f"b{number}", positive=True)
            ranges[names[a]] = sp.Interval.open(0, 1) if side < 0 else sp.Interval.open(1, sp.oo)
        plain = u.xreplace(names)
        if not names or plain.has(*TRANSCENDENTAL) or _symbolic_power(plain):
            return False
        return Ground({**self.ranges, **ranges}, self.conditions).positive(plain)

    def _side(self, u: Any) -> int:
        return 1 if self.positive(u) else -1 if self.positive(-u) else 0

    def _part(self, u: Any, condition: Any) -> tuple[dict[Any, sp.Set], tuple[Any, ...]]:
        found = self.claim(u)
        if condition in (sp.true, sp.false):
            return dict(found.ranges), found.conditions
        return dict(found.ranges), (*found.conditions, condition)

    def nonzero(self, u: Any) -> bool:
        """Whether u has one sign everywhere, and never vanishes."""
        return self.positive(u) or self.positive(-u)


def _symbolic_power(u: Any) -> bool:
    return any(not p.exp.is_Rational for p in u.atoms(sp.Pow))


def named(claim: Claim) -> tuple[Claim, dict[Any, Any]]:
    """The claim in symbols that carry the signs of their ranges, integers as real numbers between; and whose they are.

    Integers become real where their range is an interval of whole numbers: the claim becomes stronger.
    """
    names, ranges = {}, {}
    for s, r in claim.ranges.items():
        filled = sp.Interval(r.inf, r.sup) if r.is_subset(sp.S.Integers) and not r.is_FiniteSet else r
        names[s] = own(str(s), **sign_of(filled))
        ranges[names[s]] = filled
    conditions = tuple(sp.sympify(c).xreplace(names) for c in claim.conditions)
    touching = {names[s]: v for s, v in claim.touching.items() if s in names}
    return Claim(claim.f.xreplace(names), ranges, conditions, touching), {v: k for k, v in names.items()}
