"""Bounds of totals at their ends: what falls to a limit stays above it, a sum is at most its largest terms, and an
alternating one lies between its first terms.

The limit of what has no sums is the constant term of its expansion at infinity. That of a sum is the value of a series,
enclosed by balls from its definition; where these leave the sign open, it is SymPy's closed form, which has to lie in
the same ball.
"""

from __future__ import annotations

from typing import Any, Protocol

import sympy as sp

from checks.provers.claims import Proof
from checks.provers.structure.ends import limit_at
from checks.provers.structure.ground import Ground
from checks.provers.structure.search import joined
from checks.provers.structure.totals import linear_in, recurrence, totals_of
from derivations.outcomes.budget import BudgetSpent, budget
from derivations.outcomes.reasons import Stopped
from derivations.proofs.foreign import ForeignError, foreign_errors
from numerics.balls.enclosure import ball

SERIES_STEPS = 300_000
"""SymPy's, for the value of one series."""


class Induction(Protocol):
    """What proves claims with totals and without."""

    def proved(self, f: Any, ground: Ground, depth: int) -> Proof | None:
        """A proof of f ≥ 0."""


def falling(induction: Induction, f: Any, n: Any, ground: Ground, depth: int) -> Proof | None:
    """f(n) ≥ f(n + 1) ≥ … ≥ lim f ≥ 0, for a claim in n alone that is linear in its totals."""
    totals = sorted(totals_of(f, n), key=str)
    parts = linear_in(f, totals)
    if f.free_symbols != {n} or parts is None:
        return None
    rest, factors = parts
    drop, limits = rest - rest.xreplace({n: n + 1}), []
    for total, factor in zip(totals, factors, strict=True):
        step, limit = recurrence(total, n, ground), _series(total, n)
        if step is None or step.factor != 1 or limit is None or factor.has(n):
            return None
        drop -= factor * step.term
        limits.append(limit)
    end = limit_at(rest, n, sp.oo)
    if end is None or not _is_nonnegative(end, factors, limits):
        return None
    falls = induction.proved(drop, ground, depth)
    value = end + sp.Add(*(c * s for c, s in zip(factors, limits, strict=True)))
    line = f"{f} ≥ 0: it falls from each {n} to the next, and its limit is {value} ≥ 0:"
    return falls and joined(ground.claim(f), line, falls)


def _series(total: Any, n: Any) -> Any | None:
    """The limit of a sum, or of the logarithm of a product, as a series from a number on; None for other totals."""
    product = total.args[0] if isinstance(total, sp.log) else None
    whole = product if isinstance(product, sp.Product) else total
    if not isinstance(whole, sp.Sum | sp.Product) or isinstance(total, sp.Product) or len(whole.limits) != 1:
        return None
    k, low, high = whole.limits[0]
    if high == sp.oo and isinstance(whole, sp.Sum) and not whole.function.has(n):
        return _nothing_left(whole)
    if not low.is_number or high.diff(n) != 1 or whole.function.has(n):
        return None
    i = sp.Dummy("k", integer=True, positive=bool(low >= 1), nonnegative=True if low == 0 else None)
    term = whole.function.xreplace({k: i})
    return sp.Sum(sp.log(term) if isinstance(whole, sp.Product) else term, (i, low, sp.oo))


def _nothing_left(tail: Any) -> Any | None:
    """0, to which the rest of a series that converges tends as it begins later and later."""
    k, low, _ = tail.limits[0]
    (n,) = low.free_symbols or (None,)
    if n is None or not (low.diff(n).is_Integer and low.diff(n) > 0):
        return None
    i = sp.Dummy("k", integer=True, positive=True)
    try:
        with foreign_errors():
            found = ball(sp.Sum(tail.function.xreplace({k: i}), (i, 1, sp.oo)))
    except (ForeignError, Stopped, ArithmeticError):
        return None
    return sp.S.Zero if found.is_finite() else None


def _is_nonnegative(rest: Any, factors: list[Any], limits: list[Any]) -> bool:
    """Whether rest + Σ cᵢ·seriesᵢ ≥ 0: by balls, and where they contain 0 by closed forms inside of them."""
    try:
        with foreign_errors(), budget(SERIES_STEPS):
            balls = [ball(s) for s in limits]
            value = ball(rest)
            for c, b in zip(factors, balls, strict=True):
                value += ball(c) * b
            if not value.is_finite() or value < 0:
                return False
            if value > 0:
                return True
            closed = [s.doit() for s in limits]
            if any(e.has(sp.Sum) or not ball(e).overlaps(b) for e, b in zip(closed, balls, strict=True)):
                return False
            exact = sp.simplify(rest + sp.Add(*(c * e for c, e in zip(factors, closed, strict=True))))
    except (ForeignError, BudgetSpent, Stopped, ArithmeticError):
        return False
    return exact.is_zero is True


def _one_sum(f: Any, n: Any, ground: Ground) -> tuple[Any, Any, Any, int] | None:
    """The only sum of a claim, with terms, that stands in it linearly; the rest, its factor, and the factor's sign."""
    totals = sorted(totals_of(f, n), key=str)
    parts = linear_in(f, totals)
    if parts is None or len(totals) != 1 or not isinstance(totals[0], sp.Sum) or len(totals[0].limits) != 1:
        return None
    (total,), (rest, (factor,)) = totals, parts
    _, low, high = total.limits[0]
    sign = 1 if ground.positive(factor) else -1 if ground.positive(-factor) else 0
    return (total, rest, factor, sign) if sign and ground.positive(high - low + 1) else None


def by_largest_terms(induction: Induction, f: Any, n: Any, ground: Ground, depth: int) -> Proof | None:
    """A sum of terms that rise or fall is at most, and at least, as many times one at an end as it has terms."""
    one = _one_sum(f, n, ground)
    if one is None:
        return None
    total, rest, factor, sign = one
    k, low, high = total.limits[0]
    if not ground.positive(low):
        return None
    x = sp.Dummy("x", positive=True)
    within = Ground(
        {**ground.ranges, x: sp.Interval(0, sp.oo)}, (*ground.conditions, sp.Ge(x - low, 0), sp.Ge(high - x, 0))
    )
    slope = total.function.xreplace({k: x}).diff(x)
    for way, end in ((1, low if sign > 0 else high), (-1, high if sign > 0 else low)):
        bound = (high - low + 1) * total.function.xreplace({k: end})
        if bound.has(sp.nan, sp.zoo):
            continue
        part = induction.proved(rest + factor * bound, ground, depth)
        moves = part and induction.proved(way * slope, within, depth)
        if part and moves:
            said = f"its terms {'rise' if way > 0 else 'fall'} in {k}, and there are {high - low + 1}"
            line = f"{f} ≥ 0 with {total} {'≥' if sign > 0 else '≤'} {bound}: {said}:"
            return joined(ground.claim(f), line, moves, part)
    return None


def alternating(induction: Induction, f: Any, n: Any, ground: Ground, depth: int) -> Proof | None:
    """Σ (−1)^k a(k) with a ≥ 0 falling lies between its first term and its first two (Leibniz)."""
    one = _one_sum(f, n, ground)
    if one is None:
        return None
    total, rest, factor, sign = one
    k, low, _ = total.limits[0]
    wave = _wave(total.function, k)
    if wave is None or not low.is_Integer:
        return None
    size = sp.Mul(*(a for a in sp.Mul.make_args(total.function) if a != wave))
    parity = wave.xreplace({k: low}) * (-1 if size.could_extract_minus_sign() else 1)
    x = sp.Dummy("x", positive=bool(low >= 1), nonnegative=True if low == 0 else None)
    within = Ground({**ground.ranges, x: sp.Interval(low, sp.oo)}, ground.conditions)
    size = (-size if size.could_extract_minus_sign() else size).xreplace({k: x})
    first, second = (total.function.xreplace({k: low + i}) for i in (0, 1))
    # the sum ends between its first term and what the second leaves of it
    bound = first + second if parity == sign else first
    part = induction.proved(rest + factor * bound, ground, depth)
    signs = part and induction.proved(size, within, depth)
    falls = signs and induction.proved(size - size.xreplace({x: x + 1}), within, depth)
    if part and signs and falls:
        line = f"{f} ≥ 0 with {total} {'≥' if sign > 0 else '≤'} {bound}: its terms alternate, and fall in size:"
        return joined(ground.claim(f), line, signs, falls, part)
    return None


def _wave(term: Any, k: Any) -> Any | None:
    """The factor (−1)^(±k + c) of a term, None where it has none or k is in an exponent of −1 elsewhere."""
    waves = [p for p in term.atoms(sp.Pow) if p.base == -1 and p.exp.has(k)]
    if len(waves) != 1 or waves[0] not in sp.Mul.make_args(term):
        return None
    slope = waves[0].exp.diff(k)
    return waves[0] if abs(slope) == 1 and (waves[0].exp - slope * k).is_Integer else None
