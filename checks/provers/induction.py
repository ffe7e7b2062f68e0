"""Sums, products, factorials of symbolic length: induction over whole numbers, whose steps are claims on the reals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, product
from typing import TYPE_CHECKING, Any

import sympy as sp

from checks.proofs.falsity import false_at
from checks.provers.claims import Claim, Obstacle, Proof
from checks.provers.powers import RULES, with_ends
from checks.provers.structure.binomials import binomial_sum
from checks.provers.structure.forms import LONG, canonical, log_of, terms_of
from checks.provers.structure.ground import Ground, named
from checks.provers.structure.limits import alternating, by_largest_terms, falling
from checks.provers.structure.search import Search
from checks.provers.structure.signs import reduced, sign_of_terms
from checks.provers.structure.tails import replacements, tails
from checks.provers.structure.totals import (
    TOTALS,
    at_number,
    closed_form,
    linear_in,
    prepared,
    recurrence,
    totals_of,
)
from derivations.letters.names import own
from derivations.outcomes.budget import BudgetSpent, budget
from derivations.outcomes.reasons import Reason, Why
from derivations.proofs.foreign import ForeignError, foreign_errors
from derivations.proofs.ranges import inside

STARTS = (0, 1, 2, 4, 9, 19, 39)
"""How many numbers after the first may be looked at one by one before the step holds."""
CLAIMS, DEPTH, MOST_BOUNDS = 80, 4, 4
STEPS = 1_000_000
PROBES = (0, 1, 2, 5, 10, 50, 1000, 10**6)
"""How far from the first number a claim is tried before it is proved."""
SLACK = sp.Rational(1, 10**12)


def prove(claim: Claim) -> Proof | Obstacle:
    """A proof by induction, by a closed form, or by comparison with an integral or a geometric tail.

    Args:
        claim: what is to be proved, on a range of whole numbers among others.

    Example:
        >>> n, k = sp.symbols("n k", integer=True, positive=True)
        >>> claim = Claim(2 * sp.sqrt(n) - sp.Sum(1 / sp.sqrt(k), (k, 1, n)), {n: sp.S.Naturals})
        >>> print(prove(claim).lines[0])
        By induction on n from 1. n = 1:
    """
    whole = [s for s, r in claim.ranges.items() if r.is_subset(sp.S.Integers) and r.inf.is_finite and claim.f.has(s)]
    if not claim.f.has(*TOTALS) or not whole or claim.f.count_ops() > LONG:
        return Obstacle(Why(Reason.OUTSIDE, "no sum or product of symbolic length over the whole numbers"))
    plain, back = named(claim)
    try:
        with foreign_errors(), budget(STEPS):
            found = _Induction({s for s, own_name in back.items() if own_name in whole}).begun(plain)
    except BudgetSpent as error:
        return Obstacle(Why(Reason.BUDGET, f"no proof found by induction; {error}"))
    except ForeignError as error:
        return Obstacle(Why.of(error))
    if found is None:
        return Obstacle(Why(Reason.NO_PROOF, "no proof found by induction, closed forms or comparison"))
    return replace(found, prover="induction", claim=claim)


class _Induction:
    """One search: the symbols that are whole numbers, and the search for the claims without totals."""

    def __init__(self, whole: set[Any]) -> None:
        self.whole = whole
        self.search = Search(RULES, CLAIMS)

    def begun(self, claim: Claim) -> Proof | None:
        """Conditions n ≥ k between whole numbers are put in: n = k + m."""
        f, ground = claim.f, Ground(claim.ranges, claim.conditions)
        if ground.conditions and any(_reaches_down(n, ground) for n in self.whole):
            found = self.proved(prepared(f, ground), ground, DEPTH)
            if found is not None:
                return found
        heads = []
        for condition in claim.conditions:
            if not isinstance(condition, sp.Ge | sp.Gt):
                continue
            gap = sp.expand(condition.lhs)
            ahead = [s for s in self.whole & gap.free_symbols if gap.coeff(s) == 1 and ground.ranges[s].sup == sp.oo]
            behind = [s for s in self.whole & gap.free_symbols if gap.coeff(s) == -1]
            if len(ahead) != 1 or not sp.expand(gap - sp.Add(*ahead) + sp.Add(*behind)).is_Integer:
                continue
            (n,) = ahead
            m = own(f"m_{n}", nonnegative=True)
            value = sp.expand(n - gap + m + (1 if isinstance(condition, sp.Gt) else 0))
            f = f.xreplace({n: value})
            ranges = {**{s: r for s, r in ground.ranges.items() if s != n}, m: sp.Interval(0, sp.oo)}
            rest = [c.xreplace({n: value}) for c in ground.conditions if c != condition]
            ground = Ground(ranges, [c for c in rest if c not in (sp.true, sp.false)])
            self.whole = (self.whole - {n}) | {m}
            heads.append(f"With {n} = {value}:")
        found = self.proved(prepared(f, ground), ground, DEPTH)
        return found and replace(found, lines=(*heads, *found.lines))

    def proved(self, f: Any, ground: Ground, depth: int) -> Proof | None:
        """A proof of f ≥ 0, with totals or without."""
        if depth < 0:
            return None
        if not f.has(*TOTALS):
            return with_ends(self.search, f, ground)
        if f.is_number:
            return self.search.proved(f, ground)
        f = prepared(f, ground)
        plain = reduced(f, ground)
        if not plain.has(*TOTALS) or _is_factor(plain, f, ground):
            part = self.proved(plain, ground, depth)
            return part and _joined(ground.claim(f), f"{f} ≥ 0, which has the sign of {plain}:", part)
        for n in sorted((s for s in self.whole & f.free_symbols if s in ground.ranges), key=str):
            if _fails_early(f, n, ground):
                return None
            first: list[Any] = [self._closed, partial(alternating, self)]
            known: list[Any] = [self._expanded, self._by_logarithms]
            ways = [*first, *known, partial(by_largest_terms, self)]
            if _reaches_down(n, ground):
                ways = [*first, self._inductive, *known, self._compared, partial(falling, self), ways[-1]]
            for way in ways:
                found: Proof | None = way(f, n, ground, depth - 1)
                if found is not None:
                    return found
        return None

    def _closed(self, f: Any, n: Any, ground: Ground, depth: int) -> Proof | None:
        """Sums by their closed forms."""
        first = ground.ranges[n].inf
        totals = totals_of(f, n)
        by_theorem = {t: e for t in totals if (e := binomial_sum(t, ground)) is not None}
        shown = {t: e for t in totals - set(by_theorem) if (e := closed_form(t, n, first, ground)) is not None}
        forms = shown | by_theorem
        if not forms:
            return None
        part = self.proved(f.xreplace(forms), ground, depth)
        said = ", ".join(f"{t} = {e}" for t, e in forms.items())
        how = f"induction on {n}: equal at {first}, and so are the steps" if shown else "the binomial theorem"
        return part and _joined(ground.claim(f), f"By {said} ({how}):", part)

    def _inductive(self, f: Any, n: Any, ground: Ground, depth: int) -> Proof | None:
        """By induction on n: f(n + 1) − λ f(n) ≥ 0 with λ ≥ 0."""
        steps = _steps_of(f, n, ground)
        if not steps or self.proved(at_number(f, n, ground.ranges[n].inf), ground.without(n), depth) is None:
            return None
        return next((found for s in steps if (found := self._by_step(f, n, s, ground, depth)) is not None), None)

    def _by_step(self, f: Any, n: Any, s: _Step, ground: Ground, depth: int) -> Proof | None:
        first, step, factor = ground.ranges[n].inf, s.gap, s.factor
        for start in self._starts(step, n, first, ground):
            later = _from(ground, n, start)
            if not (factor == 1 or later.positive(factor) or self.proved(factor, later, depth) is not None):
                continue
            goes_on = self.proved(step, later, depth) or self._by_mean_value(s, n, later, depth)
            if goes_on is None:
                continue
            bases = self._at(f, n, first, start, ground, depth)
            if bases is None:
                return None
            by = f"{factor}·" if factor != 1 else ""
            lines = []
            for number, part in enumerate(bases, int(first)):
                head = f"By induction on {n} from {first}. " if number == first else ""
                lines += [f"{head}{n} = {number}:", *(f"  {told}" for told in part.lines)]
            lines.append(f"From {n} ≥ {start} to {n} + 1, the claim F({n} + 1) ≥ {by}F({n}) for real {n}: {step} ≥ 0:")
            lines += [f"  {told}" for told in goes_on.lines]
            return Proof("structure", ground.claim(f), tuple(lines), parts=(*bases, goes_on))
        return None

    def _by_mean_value(self, s: _Step, n: Any, ground: Ground, depth: int) -> Proof | None:
        """B(n + 1) − B(n) + τ ≥ 0 from B'(n + 1) + τ ≥ 0 where B' falls, and from B'(n) + τ ≥ 0 where it rises."""
        if s.factor != 1 or not s.rest.has(n) or s.gap.has(*TOTALS):
            return None
        slope = s.rest.diff(n)
        gained = s.gap - (s.rest.xreplace({n: n + 1}) - s.rest)
        for way, at in ((-1, n + 1), (1, n)):
            bends = self.proved(way * slope.diff(n), ground, depth)
            part = bends and self.proved(slope.xreplace({n: at}) + gained, ground, depth)
            if bends and part:
                line = f"{s.gap} ≥ 0, by the mean value theorem for {s.rest} between {n} and {n} + 1, whose slope is "
                line += f"least at {at}:"
                return _joined(ground.claim(s.gap), line, bends, part)
        return None

    def _starts(self, step: Any, n: Any, first: Any, ground: Ground) -> Iterator[Any]:
        """Numbers from which the step may hold: without other symbols, the first from which it is seen to hold."""
        if step.free_symbols != {n} or step.has(*TOTALS):
            yield from (first + i for i in STARTS[:3])
            return
        values = [sp.N(step.xreplace({n: sp.Float(first + i, 40)}), 20) for i in range(STARTS[-1] + 1)]
        false = [i for i, v in enumerate(values) if not v.is_extended_nonnegative and not abs(v) < 1e-15]
        start = false[-1] + 1 if false else 0
        if start <= STARTS[-1] and _seems(step, n, _from(ground, n, first + start)):
            yield first + start

    def _at(self, f: Any, n: Any, first: Any, last: Any, ground: Ground, depth: int) -> list[Proof] | None:
        """Proofs at the numbers from the first to the last."""
        found = []
        for number in range(int(first), int(last) + 1):
            part = self.proved(at_number(f, n, number), ground.without(n), depth)
            if part is None:
                return None
            found.append(part)
        return found

    def _expanded(self, f: Any, n: Any, ground: Ground, depth: int) -> Proof | None:
        """log n!, Σ 1/k, binomials and products by bounds that are known."""
        totals = sorted(totals_of(f, n), key=str)
        parts = linear_in(f, totals)
        if parts is None:
            return None
        rest, factors = parts
        known = []
        for total, factor in zip(totals, factors, strict=True):
            sign = 1 if ground.positive(factor) else -1 if ground.positive(-factor) else 0
            known.append(list(replacements(total, n, sign < 0, ground)) if sign else [])
        for bounds in islice(product(*known), MOST_BOUNDS):
            whole = rest + sp.Add(*(c * bound for c, (bound, _) in zip(factors, bounds, strict=True)))
            false = false_at(whole, ground.ranges, ground.conditions) if not whole.has(*TOTALS) else None
            part = self.proved(whole, ground, depth) if false is None else None
            if part is not None:
                said = " and ".join(sorted({said for _, said in bounds}))
                return _joined(ground.claim(f), f"By {said}:", part)
        return None

    def _by_logarithms(self, f: Any, n: Any, ground: Ground, depth: int) -> Proof | None:
        """Two positive sides by their logarithms."""
        terms = terms_of(canonical(f, ground))
        sides = sign_of_terms(terms, ground) if len(terms) == 2 else None
        if not sides or len(sides[0]) != 1 or len(sides[1]) != 1 or any(isinstance(m, sp.log) for _, m in terms):
            return None
        (u,), (v,) = sides
        logs = prepared(log_of(u, ground) - log_of(v, ground), ground)
        part = self.proved(logs, ground, depth)
        return part and _joined(ground.claim(f), f"{u} ≥ {v}, by their logarithms:", part)

    def _compared(self, f: Any, n: Any, ground: Ground, depth: int) -> Proof | None:
        """A sum bounded by S(m) + h(m) − h(n), where h(n) − h(n + 1) bounds the next term."""
        totals = sorted(totals_of(f, n), key=str)
        parts = linear_in(f, totals)
        if parts is None or len(totals) != 1:
            return None
        (total,), (rest, (factor,)) = totals, parts
        step = recurrence(total, n, ground)
        sign = 1 if ground.positive(factor) else -1 if ground.positive(-factor) else 0
        if step is None or step.factor != 1 or sign == 0:
            return None
        first = ground.ranges[n].inf
        for h, how in tails(step.term, n):
            gain = h - h.xreplace({n: n + 1})
            for start in (first + i for i in STARTS[:4]):
                later = _from(ground, n, start)
                bound = at_number(total, n, start) + h.xreplace({n: start}) - h
                if bound.has(sp.nan, sp.zoo):
                    continue
                if not (_seems(sign * (step.term - gain), n, later) and _seems(rest + factor * bound, n, later)):
                    continue
                goes_on = self.proved(sign * (step.term - gain), later, depth)
                if goes_on is None:
                    continue
                part = self.proved(rest + factor * bound, later, depth)
                before = part and self._at(f, n, first, start - 1, ground, depth)
                if part is None or before is None:
                    continue
                relation = "≥" if sign > 0 else "≤"
                line = f"For {n} ≥ {start}, {total} {relation} {bound} by comparison with {how}, term by term:"
                return _joined(ground.claim(f), line, goes_on, part, *(before or []))
        return None


@dataclass(frozen=True)
class _Step:
    """f(n + 1) − λ f(n) = gap, and the part of f that has no totals."""

    gap: Any
    factor: Any
    rest: Any


def _steps_of(f: Any, n: Any, ground: Ground) -> list[_Step]:
    """The steps by each factor λ with which a total of f goes on; and by λ = 1, where these differ."""
    totals = sorted(totals_of(f, n), key=str)
    parts = linear_in(f, totals)
    if parts is None:
        return []
    rest, factors = parts
    later = {n: n + 1}
    going_on = rest.xreplace(later)
    ratios: list[Any] = []
    for total, factor in zip(totals, factors, strict=True):
        goes_on = recurrence(total, n, ground)
        if goes_on is None:
            return []
        ratio = sp.powsimp(sp.cancel(sp.together(factor.xreplace(later) * goes_on.factor / factor)))
        same = next((r for r in ratios if sp.cancel(ratio - r) == 0), ratio)
        ratios.append(same)
        going_on += factor.xreplace(later) * goes_on.term
    several = len(set(ratios)) > 1
    found = []
    for one in dict.fromkeys((*ratios, sp.S.One) if several else ratios):
        left = sp.Add(*(c * _plain(r - one) * t for c, r, t in zip(factors, ratios, totals, strict=True) if r != one))
        found.append(_Step(going_on - one * rest + left, one, rest))
    return found


def _reaches_down(n: Any, ground: Ground) -> bool:
    """Whether all conditions hold at n − 1 where they do at n: then what goes on from n to n + 1 reaches every n."""
    kept = (c for c in ground.conditions if n in c.free_symbols)
    return all(isinstance(c, sp.Ge | sp.Gt) and c.lhs.diff(n).is_nonpositive is True for c in kept)


def _is_factor(g: Any, f: Any, ground: Ground) -> bool:
    """Whether what has the sign of f is shorter, and f over it without totals."""
    return bool(g != 0 and g.count_ops() < f.count_ops() and not sp.cancel(canonical(f, ground) / g).has(*TOTALS))


def _plain(u: Any) -> Any:
    return sp.powsimp(sp.expand(u))


def _fails_early(f: Any, n: Any, ground: Ground) -> bool:
    """Whether f < 0 at one of the first numbers, the other symbols in the middle of their ranges."""
    first = ground.ranges[n].inf
    others = {s: inside(r, 0.4, i) for i, (s, r) in enumerate(ground.ranges.items()) if s != n}
    for i in PROBES[:5]:
        value = at_number(f, n, first + i).xreplace(others).evalf(30)
        if value.is_Float and value < -SLACK * (1 + abs(value)):
            return True
    return False


def _seems(f: Any, n: Any, ground: Ground) -> bool:
    """Whether f ≥ 0 at some points, the other symbols in the middle of their ranges: no proof, but worth a search."""
    first = ground.ranges[n].inf
    others = {s: inside(r, 0.4, i) for i, (s, r) in enumerate(ground.ranges.items()) if s != n}
    for i in PROBES:
        value = f.xreplace({n: sp.Float(first + i, 40), **others}).evalf(30)
        if value.is_Float and value < -SLACK * (1 + abs(value)):
            return False
    return True


def _from(ground: Ground, n: Any, start: Any) -> Ground:
    """The ground from a number on."""
    return Ground({**ground.ranges, n: sp.Interval(start, sp.oo)}, ground.conditions)


def _joined(claim: Claim, line: str, *parts: Proof) -> Proof:
    lines = [line] + [f"  {told}" for part in parts for told in part.lines]
    return Proof("structure", claim, tuple(lines), parts=parts)


if TYPE_CHECKING:
    from checks.provers import Prover

    _prove: Prover = prove
