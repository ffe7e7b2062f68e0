"""Provers of inequalities: small modules with one signature, tried in the order of what they cost.

A prover is a module with a function `prove` of the protocol `Prover`: it takes a claim and answers with a proof, or
with what stood in its way. It is sound and never complete: an obstacle says nothing about the claim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from checks.provers.claims import Claim, Obstacle, Proof


class Prover(Protocol):
    """A prover: `prove` of its module."""

    def __call__(self, claim: Claim) -> Proof | Obstacle:
        """A proof of the claim, or what stood in the way; the same on every machine, within a budget of steps."""
