"""Balls: a claim on a box by subdivision, on half-lines by what decays there or by a substitution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sympy as sp

from checks.proofs.replay import contradiction
from checks.proofs.replay_leaves import leaves_contradiction
from checks.provers.claims import Claim, Obstacle, Proof
from checks.verdicts import Assurance
from derivations.integrals.definitions import carried_out
from derivations.outcomes.budget import BudgetSpent, budget
from derivations.outcomes.reasons import Reason, Why
from numerics.balls.enclosure import WORK, Enclosure, Subdivision, Unbounded, compactified
from numerics.balls.rays import START, nonnegative_on_ray

FEW, SHORT, SUBSTITUTE_STEPS = 2, 60, 600_000
"""How many variables, operations and steps a claim over half-lines may have to be made bounded."""
QUICK_WORK = 2_000_000
"""Balls for a claim that is one of several ways to decide a statement."""
BOXES, QUICK_BOXES, SLOW_BOXES = 20_000, 1_500, 300
"""Boxes for a claim: at most, in a first attempt, and where it has integrals or series, which are evaluated."""


def prove(claim: Claim, boxes: int = BOXES) -> Proof | Obstacle:
    """A proof by subdivision; integers are taken for the reals between, and conditions are not used.

    Args:
        claim: what is to be proved.
        boxes: after how many the subdivision is given up.
    """
    used = {s: r for s, r in claim.ranges.items() if claim.f.has(s)}
    try:
        names = {s: sp.Dummy(str(s), real=True) if _filled(r) != r else s for s, r in used.items()}
        box = {names[s]: _filled(r) for s, r in used.items()}
        found = subdivided(claim.f.xreplace(names), box, claim.touching, boxes)
    except Unbounded as error:
        return Obstacle(Why.of(error))
    if found.holds is True:
        against = contradiction(claim.f, used) or _leaves(found)
        if against is not None:
            return Obstacle(Why(Reason.CONTRADICTED, f"an enclosure was found and is withdrawn: {against}"))
        said = f"{found.boxes} {'box' if found.boxes == 1 else 'boxes'}{'; ' + found.tight if found.tight else ''}"
        return Proof("balls", claim, (said,), Assurance.ENCLOSED, found.cover)
    detail = f"{found.boxes} boxes" + (f"; {found.tight}" if found.tight else "")
    if found.holds is False and not claim.exact:
        return Obstacle(Why(Reason.NO_PROOF, f"a claim that would suffice is false at {found.box}; {detail}"))
    if found.holds is False:
        real = all(r.is_Interval and not s.is_integer for s, r in claim.ranges.items())
        back = {name: s for s, name in names.items()}
        at = {back[name]: value for name, value in found.point.items()} if found.point else found.point
        why = Why(Reason.NO_PROOF, f"negative at {found.box} by balls; {detail}")
        return Obstacle(why, at=at, false=real and not claim.conditions)
    return Obstacle(found.why or Why(Reason.NO_PROOF, f"undecided on {found.box}; {detail}"))


def briefly(claim: Claim) -> Proof | Obstacle:
    """A first attempt, of few boxes."""
    return prove(claim, QUICK_BOXES)


def subdivided(f: sp.Expr, box: Mapping[Any, sp.Set], touching: Any = None, boxes: int = BOXES) -> Enclosure:
    """f ≥ 0 on a box; half-lines beyond START by what decays there, or made bounded by a substitution.

    Raises Unbounded where neither is possible.
    """
    infinite = [s for s, r in box.items() if not (r.inf.is_finite and r.sup.is_finite)]
    if len(infinite) == 1 and len(box) == 1:
        (x,) = infinite
        r = box[x]
        rays = [sign for sign, end in ((1, r.sup), (-1, r.inf)) if not end.is_finite]
        near = sp.Interval(max(r.inf, -START), min(r.sup, START), r.left_open, r.right_open)
        if not near.is_empty and near.measure > 0 and all(nonnegative_on_ray(f, x, sign) for sign in rays):
            found = Subdivision(f, {x: near}, touching).decide(max_boxes=boxes)
            tight = f"{found.tight + '; ' if found.tight else ''}rays beyond {START}"
            return replace(found, tight=tight) if found.holds is True else found
    if infinite:
        if len(box) > FEW or f.count_ops() > SHORT:
            raise Unbounded(
                f"{infinite[0]} ranges over {box[infinite[0]]}, and the claim is too long to be substituted in"
            )
        try:
            with budget(SUBSTITUTE_STEPS):
                f, box = compactified(f, box)
                division = Subdivision(f, box)
        except BudgetSpent:
            said = f"{infinite[0]} ranges over {box[infinite[0]]}, substituting took too many steps"
            raise Unbounded(said, reason=Reason.BUDGET) from None
        found = division.decide(QUICK_WORK, max_boxes=min(boxes, 5000))
        # a negative value of the numerator at infinity is no point of the domain
        return replace(found, holds=None) if found.holds is False else replace(found, tight=_substituted_by(found))
    if carried_out(f):
        return Subdivision(f, box, touching).decide(max_boxes=min(boxes, SLOW_BOXES))
    return Subdivision(f, box, touching).decide(WORK * boxes // BOXES, max_boxes=boxes)


def decided(f: sp.Expr, box: Mapping[Any, sp.Set]) -> bool:
    """Whether balls show f ≥ 0 on a bounded box: what the rules of sign ask where they know no further."""
    if not box or any(r.is_subset(sp.S.Integers) for r in box.values()):
        return False
    try:
        found = Subdivision(f, box).decide(QUICK_WORK, max_boxes=4000)
        return found.holds is True and _leaves(found) is None
    except Unbounded:
        return False


def _substituted_by(found: Enclosure) -> str:
    return f"{found.tight + '; ' if found.tight else ''}half-lines made bounded by x = a + t/(1 − t)"


def _leaves(found: Enclosure) -> str | None:
    return leaves_contradiction(found.cover) if found.cover is not None else None


def _filled(r: sp.Set) -> sp.Set:
    return sp.Interval(r.inf, r.sup) if r.is_subset(sp.S.Integers) and not r.is_FiniteSet else r


if TYPE_CHECKING:
    from checks.provers import Prover

    _prove: Prover = prove
