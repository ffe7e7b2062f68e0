"""Rules of sign: what is known of signs, completing the square, growth, convexity; each step is tested again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy as sp

from checks.proofs.replay import contradiction, proof_contradiction
from checks.proofs.replay_steps import identity_contradiction, steps_contradiction
from checks.provers.balls import decided
from checks.provers.claims import Claim, Obstacle, Proof
from checks.verdicts import Assurance
from derivations.outcomes.reasons import Reason, Why
from derivations.proofs.sign_proofs import SignProof
from derivations.proofs.signs import SIGN_STEPS, Prover

QUICK_STEPS = 150_000
"""Of a first attempt, before other provers are asked."""


def prove(claim: Claim, steps: int = SIGN_STEPS, balls: bool = False) -> Proof | Obstacle:
    """A proof by rules of sign, which do not use the conditions of a claim.

    Args:
        claim: what is to be proved.
        steps: after how many the search is given up.
        balls: whether balls may decide what the rules leave open on a bounded box.
    """
    if claim.f.has(sp.I):
        return Obstacle(Why(Reason.OUTSIDE, "the rules of sign are about real numbers, and the claim has complex ones"))
    used = {s: r for s, r in claim.ranges.items() if claim.f.has(s)}
    prover = Prover(used, claim.touching, decided if balls else None)
    proof = prover.nonnegative(claim.f, steps)
    if proof is None:
        said = "no proof found by the rules of sign"
        if prover.spent:
            return Obstacle(Why(Reason.BUDGET, f"{said}; {prover.spent}"))
        return Obstacle(Why(Reason.NO_PROOF, said))
    against = contradiction(claim.f, used) or _withdrawn(proof, claim.f, prover)
    if against is not None:
        return Obstacle(Why(Reason.CONTRADICTED, f"a proof by rules of sign was found and is withdrawn: {against}"))
    mixed = proof.uses_balls()
    return Proof("rules", claim, tuple(proof.lines()), Assurance.ENCLOSED if mixed else Assurance.SYMBOLIC, proof)


def briefly(claim: Claim) -> Proof | Obstacle:
    """A first attempt, of few steps."""
    return prove(claim, QUICK_STEPS)


def with_balls(claim: Claim) -> Proof | Obstacle:
    """An attempt in which balls decide what the rules leave open."""
    return prove(claim, balls=True)


def _withdrawn(proof: SignProof, expr: Any, prover: Prover) -> str | None:
    """What contradicts a proof: it proves another claim, or contains a false claim or a step that does not hold."""
    asked = identity_contradiction(expr.xreplace(prover.names), proof.f, prover.box)
    return asked or proof_contradiction(proof) or steps_contradiction(proof)


if TYPE_CHECKING:
    from checks.provers import Prover as Signature

    _prove: Signature = prove
