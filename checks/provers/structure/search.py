"""The search for a proof by rules that reduce a claim to others, to a depth and to a number of claims."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sympy as sp

from checks.proofs.falsity import false_at
from checks.proofs.replay import contradiction
from checks.provers import balls, nlsat, rules
from checks.provers.claims import Claim, Proof
from checks.provers.structure.ground import Z3_STEPS, Ground
from checks.provers.structure.signs import reduced
from derivations.activations import sigmoid, softplus
from derivations.outcomes.budget import BudgetSpent, budget
from derivations.proofs.foreign import ForeignError, foreign_errors

DEPTH, CLAIMS = 5, 60
"""How deep a proof may be, and how many claims are looked at for one."""
LEAF_STEPS, BOXES, POINTS = 60_000, 100, 24
"""SymPy's steps and boxes for a claim at the end of a proof, and points at which every claim in it is tested."""

SMOOTH = (
    *(sp.exp, sp.log, sp.sin, sp.cos, sp.sinh, sp.cosh, sp.tanh, sp.atan, sp.asinh, sp.erf, sp.erfc),
    *(sigmoid, softplus, sp.factorial, sp.gamma, sp.binomial, sp.Abs, sp.Max, sp.Min),
)
"""Functions with derivatives on all real numbers, or where something that is looked at is positive, and the kinks."""

Rule = Callable[["Search", Any, Ground, int], Proof | None]


class Search:
    """One search: the rules in their order, what was shown, and how many claims are left to look at.

    Args:
        rules: the rules, tried in this order.
        claims: how many claims may be looked at.
    """

    def __init__(self, rules: Sequence[Rule], claims: int = CLAIMS) -> None:
        self.rules, self.left = tuple(rules), claims
        self.known: dict[Any, Proof | None] = {}

    def proved(self, f: Any, ground: Ground, depth: int = DEPTH) -> Proof | None:
        """A proof of f ≥ 0 on this ground, or None where none was found."""
        f = sp.sympify(f)
        if f.has(sp.nan, sp.zoo, sp.oo, sp.S.NegativeInfinity):
            return None
        claim = ground.claim(f)
        key = (f, frozenset(claim.ranges.items()), claim.conditions)
        if key in self.known:
            return self.known[key]
        if self.left <= 0 or depth < 0:
            return None
        self.left -= 1
        self.known[key] = None  # a proof may not rest on itself
        if f.is_number:
            found = Proof("structure", claim, (f"{f} ≥ 0",)) if f.is_extended_nonnegative else None
        else:
            found = self._of(claim, Ground(claim.ranges, claim.conditions), depth)
        self.known[key] = found
        return found

    def _of(self, claim: Claim, ground: Ground, depth: int) -> Proof | None:
        try:
            with foreign_errors():
                if not defined(claim.f, ground):
                    return None
                if false_at(claim.f, claim.ranges, claim.conditions) is not None:
                    return None
                g = reduced(claim.f, ground)
                if g.is_number:
                    said = "the two sides are equal" if g == 0 else "all factors have known signs"
                    return Proof("structure", claim, (f"{claim.f} ≥ 0: {said}",)) if g >= 0 else None
                found = leaf(ground.claim(g))
                if found is None and g != claim.f and not g.is_Add:
                    found = self._by_rules(claim.f, ground, depth)
                found = found or self._by_rules(g, ground, depth)
        except ForeignError:
            return None
        if found is None or contradiction(claim.f, claim.ranges, claim.conditions, POINTS):
            return None
        if found.claim.f == claim.f:
            return found
        line = f"{claim.f} ≥ 0, which has the sign of {found.claim.f}:"
        return joined(claim, line, found)

    def _by_rules(self, f: Any, ground: Ground, depth: int) -> Proof | None:
        for rule in self.rules:
            try:
                with foreign_errors():
                    found = rule(self, f, ground, depth - 1)
            except ForeignError:
                continue
            if found is not None:
                return found
        return None


def leaf(claim: Claim) -> Proof | None:
    """A proof without structure: by the polynomial decision, the rules of sign, or balls."""
    if not claim.ranges:
        return None  # what is left of the claim is no number
    found: Any = nlsat.prove(claim, Z3_STEPS)
    if isinstance(found, Proof):
        return found
    try:
        with budget(LEAF_STEPS // len(claim.ranges) ** 2):
            found = rules.briefly(claim)
    except BudgetSpent:
        found = None
    if not isinstance(found, Proof) and len(claim.ranges) == 1 and not claim.conditions:
        found = balls.prove(claim, BOXES)
    return found if isinstance(found, Proof) else None


def joined(claim: Claim, line: str, *parts: Proof) -> Proof:
    """A proof that reduces a claim to others, whose lines follow indented."""
    lines = [line] + [f"  {told}" for part in parts for told in part.lines]
    return Proof("structure", claim, tuple(lines), parts=parts)


def bases(f: Any) -> Iterator[tuple[Any, Any]]:
    """What must be positive for f to be smooth: bases with their exponents, arguments of log with exponent −1."""
    for e in sp.preorder_traversal(f):
        if isinstance(e, sp.log):
            yield e.args[0], sp.S.NegativeOne
        elif e.is_Pow and not (e.exp.is_Integer and e.exp.is_nonnegative):
            yield e.base, e.exp


def defined(f: Any, ground: Ground) -> bool:
    """Whether f has a value everywhere and is smooth, but for |·|, max and min."""
    if not all(isinstance(e, SMOOTH) for e in f.atoms(sp.Function)):
        return False
    return all(ground.positive(u) or (e.is_Integer and ground.positive(-u)) for u, e in bases(f))
