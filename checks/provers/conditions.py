"""Conditions between variables put into the ranges: where one is linear in a variable, by a new variable for its gap.

A variable s between ℓ and h becomes ℓ + u·(h − ℓ) with u in [0, 1], one above ℓ becomes ℓ + t with t ≥ 0, and one
below h becomes h − t. The factor of s in a condition may be any expression whose sign is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from checks.provers.algebra.polynomial import branches
from checks.provers.algebra.quotients import NotAlgebraic, TooLarge, implies, sign_of
from checks.provers.claims import Claim
from derivations.letters.names import own

MOST_ROUNDS = 8
"""The most variables that are replaced."""


@dataclass(frozen=True)
class Eliminated:
    """A claim with fewer conditions, as strong as the one it was made from.

    Args:
        claim: The claim.
        values: What each variable that was replaced is in the new ones.
    """

    claim: Claim
    values: Mapping[Any, sp.Expr]


@dataclass(frozen=True)
class _Bound:
    value: sp.Expr
    strict: bool


def eliminated(claim: Claim) -> Eliminated:
    """The claim with conditions put in as far as they are linear in a variable whose factor has a known sign.

    The points of the new claim's domain are mapped onto those of the old one's: neither is proved or refuted without
    the other.

    Args:
        claim: What is claimed.

    Example:
        >>> L, eta = sp.symbols("L eta", positive=True)
        >>> half = sp.Interval.open(0, sp.oo)
        >>> found = eliminated(Claim(1 - eta * L / 2, {L: half, eta: half}, (sp.Ge(1 - eta * L, 0),)))
        >>> found.claim.f, found.claim.conditions, found.values
        (1 - u0/2, (), {L: u0/eta})
    """
    whole = claim.f
    values: dict[Any, sp.Expr] = {}
    names: dict[Any, Any] = {}
    for number in range(MOST_ROUNDS):
        replaced = next((r for s in _candidates(claim) if (r := _without(claim, s, number)) is not None), None)
        if replaced is None:
            break
        claim, symbol, value, gap = replaced
        values = {s: _plain(v.xreplace({symbol: value})) for s, v in values.items()} | {symbol: value}
        names |= {new: e.xreplace(names) for new, e in gap.items()}
    # f itself is not cancelled: where it has no value the claim has none
    f = whole.xreplace(values)
    f = sp.expand(f) if f.is_polynomial() else f
    return Eliminated(replace(claim, f=f, names=names), values) if values else Eliminated(claim, {})


def _plain(value: sp.Expr) -> sp.Expr:
    return sp.expand(value) if value.is_polynomial() else sp.factor(value)


def _candidates(claim: Claim) -> list[Any]:
    """The variables with conditions, those with few other variables beside them first."""
    conditions = [c for c in claim.conditions if len(c.free_symbols) > 1]
    count = {s: sum(1 for c in conditions if s in c.free_symbols) for s in claim.symbols}
    return sorted((s for s in claim.symbols if count[s]), key=lambda s: (-count[s], str(s)))


def _without(claim: Claim, s: Any, number: int) -> tuple[Claim, Any, sp.Expr, dict[Any, sp.Expr]] | None:
    """The claim without one variable, that variable, its value, and what the new one is; None without single bounds."""
    values = claim.ranges[s]
    if not isinstance(values, sp.Interval):
        return None
    lower: list[_Bound] = [_Bound(values.inf, bool(values.left_open))] if values.inf.is_finite else []
    upper: list[_Bound] = [_Bound(values.sup, bool(values.right_open))] if values.sup.is_finite else []
    rest = []
    others = {t: r for t, r in claim.ranges.items() if t != s}
    for condition in claim.conditions:
        if not condition.has(s):
            rest.append(condition)
            continue
        if not isinstance(condition, sp.Ge | sp.Gt) or condition.rhs != 0:
            return None
        factor, constant = _linear(condition.lhs, s)
        sign = sign_on(factor, others, rest) if factor is not None else ""
        if sign not in (">", "<"):
            return None
        bound = _Bound(sp.cancel(-constant / factor), isinstance(condition, sp.Gt))
        (lower if sign == ">" else upper).append(bound)
    low, high = (_sharpest(bounds, side, others, rest) for bounds, side in ((lower, 1), (upper, -1)))
    if (lower and low is None) or (upper and high is None) or (low is None and high is None):
        return None
    name = "u" if low and high else "t"
    new = own(f"{name}{number}", real=True)
    while new in claim.ranges:
        new = own(f"{new.name}_", real=True)
    if low and high:
        value, gap = low.value + new * (high.value - low.value), (s - low.value) / (high.value - low.value)
        taken: sp.Set = sp.Interval(0, 1, low.strict, high.strict)
        if not implies(sign_on(high.value - low.value, others, rest), ">="):
            relation = sp.Gt if low.strict or high.strict else sp.Ge
            rest.append(relation(sp.numer(sp.together(high.value - low.value)), 0, evaluate=False))
            if not implies(sign_on(sp.denom(sp.together(high.value - low.value)), others, rest), ">"):
                return None
    elif low:
        value, gap, taken = low.value + new, s - low.value, sp.Interval(0, sp.oo, low.strict)
    else:
        assert high is not None
        value, gap, taken = high.value - new, high.value - s, sp.Interval(0, sp.oo, high.strict)
    value = _plain(value)
    left = replace(claim, ranges={**others, new: taken}, conditions=tuple(rest), touching={})
    return replace(left, f=claim.f.xreplace({s: value})), s, value, {new: gap}


def _linear(g: sp.Expr, s: Any) -> tuple[sp.Expr | None, sp.Expr]:
    """The factor of s in g and what is left without it; None for a g that is not linear in s."""
    factor = g.diff(s)
    if factor.has(s):
        return None, g
    return factor, sp.expand(g - factor * s).xreplace({s: sp.S.Zero})


def sign_on(g: sp.Expr, ranges: Mapping[Any, sp.Set], conditions: Sequence[Any]) -> str:
    """The sign of an expression, as ranges and conditions show it without a search; nothing where they do not."""
    if not g.free_symbols <= set(ranges):
        return ""
    used = {t for c in conditions for t in c.free_symbols} | g.free_symbols
    try:
        cases = branches(Claim(g, {t: r for t, r in ranges.items() if t in used}, tuple(conditions)))
    except (NotAlgebraic, TooLarge):
        return ""
    signs = {_sign_in(case) for case in cases if not case.demands}
    return signs.pop() if len(signs) == 1 and all(not case.demands for case in cases) else ""


def _sign_in(case: Any) -> str:
    p = case.goal.sign_polynomial(case.bounds)
    found = sign_of(p, case.bounds)
    for fact in case.facts if found not in (">", "<") else ():
        scale = abs(p.leading_coefficient()) if p != 0 else 1
        if fact.p * scale == p and fact.sign in (">", ">="):
            found = fact.sign
    return str(found)


def _sharpest(
    bounds: Sequence[_Bound], side: int, ranges: Mapping[Any, sp.Set], conditions: Sequence[Any]
) -> _Bound | None:
    """The bound that implies all others; None where none is known to."""

    def below(other: _Bound, bound: _Bound) -> bool:
        sign = sign_on(side * (bound.value - other.value), ranges, conditions)
        return implies(sign, ">" if other.strict and not bound.strict else ">=")

    return next((b for b in bounds if all(other is b or below(other, b) for other in bounds)), None)
