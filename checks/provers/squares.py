"""Polynomial claims by sums of squares: certificates found by semidefinite programs and checked exactly.

A certificate m·f = Σ g·σ + Σ λ·h, with products g of conditions, sums of squares σ and equations h = 0, is sought at
growing degrees, rounded to rational numbers and then checked. What is proved so rests on no float.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from checks.provers.algebra.branches import Branch, Relation, shortened
from checks.provers.algebra.polynomial import branches
from checks.provers.algebra.quotients import NotAlgebraic, Polynomial, TooLarge, implies, sign_of
from checks.provers.claims import Claim, Obstacle, Proof
from checks.provers.sums.certificates import BySquares, Certificate, SumOfSquares
from checks.provers.sums.search import Known, Level, certificate
from checks.provers.sums.squaring import squared
from checks.verdicts import Assurance
from derivations.outcomes.reasons import Reason, Why
from derivations.writing.text import text

WORK = 4000
"""Entries of Gram matrices that may be sought for one claim, over all attempts: about two seconds."""
MOST = 1000
"""Entries of Gram matrices for the question whether a domain has no point."""
MOST_PRODUCTS, DEPTH = 3, 2
"""How many conditions are multiplied at most, and how many times both sides of a claim with roots are squared."""
BITS = 20
"""Of the rational numbers between which others lie: floats must tell the two apart."""


Step: TypeAlias = SumOfSquares | BySquares
"""What shows one inequality."""


def prove(claim: Claim, work: int = WORK, vacuous: bool = False) -> Proof | Obstacle:
    """A proof by sums of squares with its certificate, or what stood in the way.

    Args:
        claim: What is claimed.
        work: How many entries of Gram matrices may be sought.
        vacuous: Whether a claim on a domain without a point counts as proved.

    Example:
        >>> import sympy as sp
        >>> x, y = sp.symbols("x y", real=True)
        >>> found = prove(Claim(x**2 - x * y + y**2, {x: sp.S.Reals, y: sp.S.Reals}))
        >>> found.assurance.value, verify(found.certificate, found.claim)
        ('enclosed', True)
    """
    try:
        cases = branches(claim, BITS)
    except (NotAlgebraic, TooLarge) as error:
        return Obstacle(Why.of(error), left=claim)
    empty = Obstacle(Why(Reason.NO_POINT, "no point meets the ranges and conditions"), left=claim)
    if not cases:
        return empty
    found: list[tuple[Step, ...]] = []
    lines: list[str] = []
    search = _Search(work)
    for number, branch in enumerate(cases, 1):
        steps = search.case(branch)
        if isinstance(steps, str):
            reason = Reason.BUDGET if search.left <= 0 else Reason.NO_PROOF
            return Obstacle(Why(reason, f"no sum of squares was found for {shortened(steps)}"), left=claim)
        found.append(tuple(steps))
        lines.append(f"Case {number} of {len(cases)}, where" if len(cases) > 1 else "Where")
        lines += branch.lines()
        lines += _lines(branch, steps)
    if not vacuous and claim.conditions and all(search.is_empty(branch) for branch in cases):
        return empty
    certified = Certificate(tuple(found))
    if not verify(certified, claim):
        return Obstacle(Why(Reason.CONTRADICTED, "a certificate was found that its check does not accept"), left=claim)
    return Proof("squares", claim, tuple(lines), Assurance.ENCLOSED, certified)


def verify(found: Certificate, claim: Claim) -> bool:
    """Whether a certificate shows a claim: its identities hold exactly, and are about the claim's own polynomials.

    Nothing is searched for: the claim is reduced to polynomials again, and each identity is multiplied out.

    Args:
        found: The certificate.
        claim: What it is said to show.
    """
    cases = branches(claim, BITS)
    if len(cases) != len(found.cases) or not cases:
        return False
    return all(_verified(branch, steps) for branch, steps in zip(cases, found.cases, strict=True))


def _verified(branch: Branch, steps: Sequence[Step]) -> bool:
    wanted = wanted_of(branch)
    if len(steps) != len(wanted):
        return False
    shown: list[Relation] = []
    for step, demand in zip(steps, wanted, strict=True):
        known = Known.of(branch, [*branch.facts[: demand.known], *shown])
        signs = ((1, ">"), (-1, "<")) if demand.sign == "!=" else ((1, demand.sign),)
        goal = goal_of(branch, shown) if demand.p is None else demand.p
        fitting = [sign for side, sign in signs if step.f == branch.written(side * goal)]
        strict = demand.sign != ">="
        if not fitting or (strict and not step.strict) or not step.holds():
            return False
        if not (step.conditions <= known.written_conditions and step.equations <= known.written_equations):
            return False
        shown.append(Relation(goal, fitting[0], demand.source))
    return True


@dataclass(frozen=True)
class Wanted:
    """An inequality that a case needs: a demand, or the claim itself, whose polynomial depends on signs shown before.

    Args:
        p: The polynomial; None for the claim.
        sign: Which sign it must have.
        known: How many facts of the branch may be used.
        source: What it is, in words.
    """

    p: Polynomial | None
    sign: str
    known: int
    source: str


def wanted_of(branch: Branch) -> list[Wanted]:
    """The inequalities that a case needs, the claim last."""
    demands = [Wanted(d.relation.p, d.relation.sign, d.known, d.relation.source) for d in branch.demands]
    return [*demands, Wanted(None, ">=", len(branch.facts), "the claim")]


def goal_of(branch: Branch, shown: Sequence[Relation]) -> Polynomial:
    """The polynomial that must be ≥ 0 for the claim, the signs of its denominators being known."""
    p = branch.goal.top
    for factor, exponent in branch.goal.bottom:
        if exponent % 2:
            sign = next((r.sign for r in shown if r.p == factor), "") or sign_of(factor, branch.bounds)
            p = p if implies(sign, ">=") else -p if implies(sign, "<=") else p * factor
    return p


class _Search:
    """The attempts at one claim, with the work that is left."""

    def __init__(self, work: int) -> None:
        self.left = work

    def case(self, branch: Branch) -> list[Step] | str:
        """A certificate for each inequality that the case needs, or what none was found for."""
        shown: list[Relation] = []
        steps: list[Step] = []
        for demand in wanted_of(branch):
            known = Known.of(branch, [*branch.facts[: demand.known], *shown])
            signs = ((1, ">"), (-1, "<")) if demand.sign == "!=" else ((1, demand.sign),)
            goal = goal_of(branch, shown) if demand.p is None else demand.p
            found: Step | None = None
            for side, sign in signs:
                found = self.inequality(known, side * goal, strict=demand.sign != ">=")
                if found is not None:
                    shown.append(Relation(goal, sign, demand.source))
                    steps.append(found)
                    break
            if found is None:
                return f"{demand.source}: {text(branch.written(goal))} ≥ 0"
        return steps

    def is_empty(self, branch: Branch) -> bool:
        """Whether a certificate of −1 ≥ 0 shows that the branch has no point."""
        known = Known.of(branch, branch.facts)
        minus_one = branch.goal.top.context().constant(-1)
        return certificate(known, minus_one, Level(min(2, len(known.conditions)), 0, 0), MOST, set())[0] is not None

    def inequality(self, known: Known, p: Polynomial, strict: bool, depth: int = DEPTH) -> Step | None:
        """A certificate of p ≥ 0, or of p > 0: at the first level that has one, or by squares where there are roots."""
        seen: set[Any] = set()
        for cheap in (True, False):
            for level in levels(known, p, strict, cheap):
                if self.left <= 0:
                    return None
                found, cost = certificate(known, p, level, self.left, seen)
                self.left -= cost
                if found is not None and (found.strict or not strict):
                    return found
            for way in squared(known, p) if cheap and depth and not strict else ():
                below = self.inequality(known, way.p, False, depth - 1)
                if below is not None:
                    return way.certificate(known, below)
        return None


def levels(known: Known, p: Polynomial, strict: bool, cheap: bool) -> Iterator[Level]:
    """The levels of the search, the cheap ones or those with higher degrees and multipliers.

    Args:
        known: What may be used.
        p: The polynomial.
        strict: Whether p > 0 is sought, which no multiplier shows.
        cheap: Which of the two.
    """
    most = min(len(known.conditions), MOST_PRODUCTS)
    if cheap:
        yield from (Level(products, 0, 0) for products in range(min(most, 1), most + 1))
    elif not strict:
        if known.conditions or known.equations:
            yield Level(most, 0, 2)
        yield Level(most, 1, 0)
        yield Level(most, 2, 0)


def _lines(branch: Branch, steps: Sequence[Step]) -> Iterator[str]:
    for step, demand in zip(steps, wanted_of(branch), strict=True):
        yield f"{demand.source}: {text(step.f)} {'>' if demand.sign != '>=' else '≥'} 0, since"
        yield from (f"  {line}" for line in step.lines())
