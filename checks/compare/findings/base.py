"""What a comparison finds: which side an expression is, how that is known, and what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from checks.compare.agreement import NO_ANSWER, Agreement, agree, same_form
from checks.compare.formulas import Claim, Formula
from checks.compare.values import ratio, values_for
from derivations.outcomes.budget import BudgetSpent, budget
from derivations.proofs.foreign import foreign_errors
from derivations.statements import Constant, Identity
from derivations.tex.align import Part, differing
from derivations.tex.errors import Unreadable
from derivations.tex.shapes import words
from derivations.vectors import is_matrix
from derivations.writing.text import text as plain_text

EXPLAINING_STEPS = 1_200_000

LARGEST_PART = 120
"""Nodes of an expression beyond which a differing part explains nothing."""

SIDES = {"lhs": "left side", "rhs": "right side", "definition": "definition", "value": "value"}


@dataclass(frozen=True)
class Finding:
    """One comparison of two expressions, in the making."""

    equal: bool | None
    how: str
    notes: tuple[str, ...] = ()
    agreement: Agreement | None = None
    part: Part | None = None


def against(claim: Claim, given: Any, derived: Any) -> Finding:
    """Two expressions on the statement's domain, with the part that differs and how."""
    found = agree(given, derived, claim.ground, shrunk=True)
    if found.equal is not False:
        return Finding(found.equal, found.how, agreement=found)
    return Finding(False, found.how, _remarks(claim, given, derived), found, explanation(claim, given, derived))


def _remarks(claim: Claim, given: Any, derived: Any) -> tuple[str, ...]:
    factor = ratio(given, derived, claim.ground)
    if factor is None or factor[0] in (sp.nan, 1):
        return ()
    return (f"the formula is {plain_text(factor[0])} times the derived one",)


def explanation(claim: Claim, given: Any, derived: Any) -> Part | None:
    """The smallest part that explains the difference, also between the two multiplied out."""
    values = values_for(claim.ground, given, derived)
    parts: list[Part] = []
    try:
        with budget(EXPLAINING_STEPS), foreign_errors():
            parts.append(differing(given, derived, values.same))
            if not is_matrix(given) and not is_matrix(derived):
                parts.append(differing(sp.expand(given), sp.expand(derived), values.same))
    except (BudgetSpent, *NO_ANSWER):
        pass
    best = min(parts, key=lambda p: p.size, default=None)
    return best if best is not None and best.size < LARGEST_PART else None


def expression(claim: Claim, given: Any, named: Mapping[str, Any], preferred: str) -> Finding:
    """An expression against the sides of the statement: the one it is, else what differs from the preferred one."""
    if claim.side:
        if claim.side not in named:
            raise Unreadable(f"the word {claim.side}", 0, f"this statement has {' and '.join(named)}")
        named = {claim.side: named[claim.side]}
        preferred = claim.side
    for which, side in named.items():
        if same_form(given, side):
            return Finding(True, f"the same expression as the {SIDES[which]}")
    order = sorted(named, key=lambda which: which != preferred)
    first: Finding | None = None
    for which in order:
        if _shape(named[which]) != _shape(given) and given != 0:
            continue
        found = against(claim, given, named[which])
        if found.equal is True:
            return replace(found, how=f"equal to the {SIDES[which]}, {found.how}")
        if first is None or _smaller(found.part, first.part):
            first = found
        if isinstance(claim.statement, Identity | Constant) and found.equal is False:
            break  # its sides are equal: what differs from one differs from the other
    if first is None:
        how = f"it is {words(given)}, the {SIDES[preferred]} is {words(named[preferred])}"
        return Finding(False, how)
    return first


def _shape(x: Any) -> tuple[Any, ...]:
    return x.shape if is_matrix(x) else ()


def _smaller(a: Part | None, b: Part | None) -> bool:
    """Whether a part explains a difference better than another."""
    return a is not None and b is not None and a.size < b.size


def only(formula: Formula, *allowed: str) -> None:
    wrong = [i for i, r in enumerate(formula.relations) if r not in allowed]
    if wrong:
        at = formula.node.sides[min(wrong[0] + 1, len(formula.node.sides) - 1)].at
        shown = {"approx": "≈", "propto": "∝", "<=": "≤", ">=": "≥"}
        found = formula.relations[wrong[0]]
        raise Unreadable(f"the relation {shown.get(found, found)}", at, f"the derived relation is {allowed[0]}")


def gap(a: Any, b: Any) -> Any:
    return a if b == 0 else -b if a == 0 else a - b
