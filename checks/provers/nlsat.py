"""Polynomial claims decided by z3's nlsat: cylindrical algebraic decomposition, one cell at a time.

That no point contradicts a claim is the word of a program. That a claim is false is shown by balls at a point.
Budgets are z3's own steps (`rlimit`); each question is asked in a context of its own, so that its answer depends on
nothing that was asked before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sympy as sp
import z3

from checks.provers.algebra.branches import Branch, Relation, shortened
from checks.provers.algebra.models import points
from checks.provers.algebra.net import safety_net
from checks.provers.algebra.polynomial import branches
from checks.provers.algebra.quotients import NotAlgebraic, Polynomial, TooLarge, sign_of
from checks.provers.algebra.ranges import split
from checks.provers.claims import Claim, Obstacle, Proof
from checks.provers.witnesses import confirmed
from derivations.outcomes.reasons import Reason, Why

STEPS = 3_000_000
"""Of z3 for one claim: about a second."""
MANY, STEPS_MANY = 8, 20_000
LONG_COEFFICIENTS = 32
WEIGHT, STEPS_LIGHT = 64, 400_000
FEW = 4
LOW, LOW_WEIGHT, STEPS_LOW = 6, 200, 1_000_000
SPARSE, STEPS_SPARSE = 60, 100_000
STEPS_HEAVY = 10_000
"""Steps for one question: fewer where degree²·(variables − 1) is large, which counts four times with coefficients of
more bits than LONG_COEFFICIENTS, and where there are more variables than MANY; more with fewer monomials than SPARSE.

The steps of heavy questions soon have resultants behind them in which z3 stays for minutes: of degree 3 in 6 variables
at a million steps, of higher degrees at 15 000. Inner products of vectors, with few monomials in many variables, are
decided within 100 000, those of a degree up to LOW within a million. Light ones in up to FEW variables have all steps.
"""
TACTICS = ("simplify", "purify-arith", "propagate-values", "solve-eqs", "elim-uncnstr", "nlsat")
"""What z3 does before it decides; none of it has a limit in seconds."""
NEGATED = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "=": "!=", "!=": "="}
KEPT = 256
_HANGING: set[Any] = set()
"""Questions at which the safety net struck, whatever their steps: they are not asked again."""
SPLITS = 24
"""How often the range of an integer is split where the claim fails between two of its values."""


def prove(claim: Claim, steps: int = STEPS, vacuous: bool = False) -> Proof | Obstacle:
    """A proof by z3 that nothing contradicts the claim, or what stood in the way.

    Args:
        claim: What is claimed.
        steps: How many of z3's steps it may take.
        vacuous: Whether a claim on a domain without a point counts as proved.

    Example:
        >>> x, y = sp.symbols("x y", real=True)
        >>> nonnegative = sp.Interval(0, sp.oo)
        >>> prove(Claim((x + y) / 2 - sp.sqrt(x * y), {x: nonnegative, y: nonnegative})).prover
        'nlsat'
        >>> prove(Claim(x * y, {x: sp.S.Reals, y: nonnegative})).false
        True
    """
    left = [steps]
    found = _decided(claim, left, vacuous)
    return found if isinstance(found, Proof) or found.false else _by_splits(claim, found, left)


def _decided(claim: Claim, left: list[int], vacuous: bool) -> Proof | Obstacle:
    """The claim on real numbers; `left` has the steps that may be taken, and gets those that are left."""
    try:
        found = branches(claim)
    except (NotAlgebraic, TooLarge) as error:
        return Obstacle(Why.of(error), left=claim)
    session = _Session(claim, left)
    lines = ["Suppose that the claim is false at a point of the domain."]
    for number, branch in enumerate(found, 1):
        if len(found) > 1:
            lines.append(f"Case {number} of {len(found)}:")
        obstacle = session.refute(branch)
        if obstacle is not None:
            return obstacle
        lines += session.lines
    if not vacuous and not any(session.has_point(branch) for branch in found):
        return Obstacle(Why(Reason.NO_POINT, "no point meets the ranges and conditions"), left=claim)
    return Proof("nlsat", claim, tuple(lines))


def _by_splits(claim: Claim, obstacle: Obstacle, left: list[int]) -> Proof | Obstacle:
    """A proof by cases k ≤ n and k ≥ n + 1 of integers, between which the claim was seen to fail; else the obstacle."""
    open_claims, parts = [(claim, obstacle)], []
    for _ in range(SPLITS):
        if not open_claims:
            break
        one, why = open_claims.pop()
        halves = split(one, why.at) if why.why.reason in (Reason.NO_PROOF, Reason.NO_VALUE) else []
        if not halves:
            return obstacle
        for half in halves:
            found = _decided(half, left, vacuous=True)
            if isinstance(found, Proof):
                parts.append(found)
            elif found.false and found.at is not None and confirmed(claim, found.at):
                return replace(found, left=claim)
            else:
                open_claims.append((half, found))
    if open_claims or not parts:
        return obstacle
    lines = [line for part in parts for line in (f"For {_ranges(part.claim)}:", *(f"  {x}" for x in part.lines))]
    return Proof("nlsat", claim, tuple(lines), parts=tuple(parts))


def _ranges(claim: Claim) -> str:
    return ", ".join(f"{s} ∈ {r}" for s, r in claim.ranges.items() if r.is_subset(sp.S.Integers))


class _Session:
    """The questions that a claim asks of z3, with the steps that are left."""

    def __init__(self, claim: Claim, left: list[int]) -> None:
        self.claim, self.left = claim, left
        self.lines: list[str] = []

    def refute(self, branch: Branch) -> Obstacle | None:
        """None where no point of the branch contradicts the claim, which has a value at all of them."""
        facts = list(branch.facts)
        shown: list[Relation] = []
        self.lines = branch.lines()
        for demand in branch.demands:
            known = [*facts[: demand.known], *shown]
            found = self._sign(branch, known, demand.relation)
            if not isinstance(found, Relation):
                return found
            shown.append(found)
            self.lines.append(f"  {branch.said(found)}    ({found.source}; z3: the opposite has no solution)")
        goal = self._goal(branch, shown)
        self.lines.append(f"  {branch.said(goal)}    (the claim is false)")
        answer = self._ask(branch, [*facts, *shown, goal])
        if answer is None:
            self.lines.append("  These have no real solution, by z3's nlsat.")
            return None
        return self._obstacle(branch, answer, "")

    def has_point(self, branch: Branch) -> bool:
        """Whether the branch has a point, or none was found not to exist."""
        return self._ask(branch, branch.facts) is not None

    def _sign(self, branch: Branch, known: Sequence[Relation], wanted: Relation) -> Relation | Obstacle:
        """The relation that must hold, shown; stronger by the sign where that can be had."""
        stronger = (">", "<") if wanted.sign == "!=" and not wanted.p.is_constant() else ()
        for sign in stronger:
            if self._ask(branch, [*known, Relation(wanted.p, NEGATED[sign])]) is None:
                return Relation(wanted.p, sign, wanted.source)
        answer = self._ask(branch, [*known, Relation(wanted.p, NEGATED[wanted.sign])])
        if answer is None:
            return wanted
        what = "is missing" if wanted.p.is_constant() else "vanishes" if wanted.sign == "!=" else "is negative"
        return self._obstacle(branch, answer, f"{shortened(wanted.source)} {what}")

    def _goal(self, branch: Branch, shown: Sequence[Relation]) -> Relation:
        """The claim's opposite as a polynomial: the denominators go by their signs."""
        p = branch.goal.top
        for factor, exponent in branch.goal.bottom:
            if exponent % 2:
                known = next((r.sign for r in shown if r.p == factor), "") or sign_of(factor, branch.bounds)
                p = p if known in (">", ">=") else -p if known in ("<", "<=") else p * factor
        return Relation(p, "<")

    def _ask(self, branch: Branch, relations: Sequence[Relation]) -> z3.ModelRef | str | None:
        """A point at which the relations hold, None where there is none, or why z3 does not know."""
        if any(r.p.is_constant() and not _constant_holds(r) for r in relations):
            return None
        if self.left[0] <= 0:
            return "its budget is spent"
        question = (branch.names, tuple((str(r.p), r.sign) for r in relations))
        if question in _HANGING:
            self.left[0] = 0
            return "interrupted"
        context = z3.Context()
        solver = z3.Then(*TACTICS, ctx=context).solver()
        solver.set("rlimit", min(self.left[0], most_steps(relations)))
        variables = [z3.Real(f"v{i}", context) for i in range(len(branch.names))]
        for relation in relations:
            solver.add(_relation(relation, variables, context))
        with safety_net(context.interrupt) as struck:
            answer = solver.check()
        self.left[0] -= _steps(solver)
        if answer == z3.unsat:
            return None
        if answer == z3.sat:
            return solver.model()
        if struck.is_set():
            self.left[0] = 0  # the next question would hang in the same place
            if len(_HANGING) >= KEPT:
                _HANGING.clear()
            _HANGING.add(question)
        return f"z3 says {solver.reason_unknown()}"

    def _obstacle(self, branch: Branch, answer: z3.ModelRef | str, undefined: str) -> Obstacle:
        if isinstance(answer, str):
            said = f"nlsat has no answer within its steps: {answer}"
            return Obstacle(Why(Reason.BUDGET, said), left=self.claim)
        values = list(points(answer, branch))
        if undefined:
            at = next((point for point in values), None)
            return Obstacle(Why(Reason.NO_VALUE, f"{undefined}{_at(at)}"), left=self.claim, at=at)
        for point in values:
            if confirmed(self.claim, point):
                return Obstacle(Why(Reason.CONTRADICTED, f"the claim is false{_at(point)}"), self.claim, point, True)
        last = values[-1] if values else None
        weaker = " and ".join(
            what
            for what, there in (
                ("with bounds in place of " + ", ".join(map(str, branch.constants)), branch.constants),
                ("between the integers", any(_integer(r) for r in self.claim.ranges.values())),
            )
            if there
        )
        said = (
            f"the polynomials have a point at which the claim fails{_at(last)}, {weaker or 'which balls do not show'}"
        )
        return Obstacle(Why(Reason.NO_PROOF, said), left=self.claim, at=last)


def most_steps(relations: Sequence[Relation]) -> int:
    """How many steps z3 may take for a question: fewer where these may be long, by degree, variables and numbers.

    Args:
        relations: What is asked to hold together.
    """
    monomials = [m for r in relations for m in r.p.monoms()]
    variables = {i for m in monomials for i, e in enumerate(m) if e}
    degree = max((sum(map(int, m)) for m in monomials), default=0)
    # the ends of a range, as of π between two rationals, are no such numbers: they cut a line
    many = [r for r in relations if max((sum(map(int, m)) for m in r.p.monoms()), default=0) > 1]
    longest = max((int(n).bit_length() for r in many for c in r.p.coeffs() for n in (c.p, c.q)), default=0)
    weight = degree**2 * (len(variables) - 1) * (4 if longest > LONG_COEFFICIENTS else 1)
    steps = STEPS_LIGHT if weight <= WEIGHT else STEPS_HEAVY
    if weight <= LOW_WEIGHT and len(variables) <= FEW:
        return STEPS
    if len(monomials) <= SPARSE and degree <= LOW and WEIGHT < weight <= LOW_WEIGHT:
        return STEPS_LOW
    if len(monomials) <= SPARSE:
        return max(steps, STEPS_SPARSE)
    return min(steps, STEPS_MANY) if len(variables) > MANY else steps


def _integer(values: sp.Set) -> bool:
    return bool(values.is_subset(sp.S.Integers))


def _at(point: Mapping[Any, Any] | None) -> str:
    if not point:
        return ""
    return " at " + ", ".join(
        f"{s} = {v if v.is_Rational and len(str(v)) < 20 else sp.N(v, 8)}" for s, v in point.items()
    )


def _constant_holds(relation: Relation) -> bool:
    value = relation.p.leading_coefficient() if relation.p != 0 else 0
    return {
        ">": value > 0,
        ">=": value >= 0,
        "<": value < 0,
        "<=": value <= 0,
        "=": value == 0,
        "!=": value != 0,
    }[relation.sign]


def _relation(relation: Relation, variables: Sequence[z3.ArithRef], context: z3.Context) -> z3.BoolRef:
    p = _polynomial(relation.p, variables, context)
    match relation.sign:
        case ">":
            return p > 0
        case ">=":
            return p >= 0
        case "<":
            return p < 0
        case "<=":
            return p <= 0
        case "=":
            return p == 0
    return p != 0


def _polynomial(p: Polynomial, variables: Sequence[z3.ArithRef], context: z3.Context) -> z3.ArithRef:
    terms = []
    for monomial, c in p.to_dict().items():
        factors = [z3.RealVal(f"{c.p}/{c.q}", context)]
        factors += [v**e if e > 1 else v for v, e in zip(variables, monomial, strict=True) if e]
        terms.append(z3.Product(factors) if len(factors) > 1 else factors[0])
    return z3.Sum(terms) if len(terms) > 1 else terms[0] if terms else z3.RealVal(0, context)


def _steps(solver: z3.Solver) -> int:
    found = solver.statistics()
    return next((int(found.get_key_value(k)) for k in found.keys() if k == "rlimit count"), 0)  # noqa: SIM118
