"""Equations and chains of them against the two sides of an identity; gradients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import sympy as sp

from checks.compare.agreement import Agreement, agree, same_form
from checks.compare.findings.base import SIDES, Finding, against, expression, gap, only
from checks.compare.formulas import Claim, Formula
from checks.compare.ground import OPAQUE
from checks.compare.values import ratio
from derivations.statements import Gradient, Identity
from derivations.tex.errors import Unreadable
from derivations.vectors import is_matrix
from derivations.writing.text import text as plain_text


def identity(claim: Claim, formula: Formula) -> Finding:
    statement = claim.statement
    assert isinstance(statement, Identity)
    only(formula, "=")
    sides = {"lhs": statement.lhs, "rhs": statement.rhs}
    if len(formula.values) == 1:
        return expression(claim, formula.values[0], sides, "rhs")
    if claim.side:
        raise Unreadable(f"a relation where the {SIDES.get(claim.side, claim.side)} alone is meant", 0)
    return _equation(claim, formula.values, statement.lhs, statement.rhs)


def _equation(claim: Claim, values: Sequence[Any], lhs: Any, rhs: Any) -> Finding:
    """A = B = … against lhs = rhs: each link must hold, and the ends must be the statement's."""
    for a, b in pairwise(values):
        if same_form(a, b) and not same_form(lhs, rhs):
            return Finding(False, "both sides of a relation are the same expression: it says nothing")
    if len(values) > 2:
        return _chain(claim, values, lhs, rhs)
    a, b = values
    for x, y, word in ((a, b, "side by side"), (b, a, "with its sides swapped")):
        if same_form(x, lhs) and same_form(y, rhs):
            return Finding(True, f"the same formula {word}")
    moved = _moved(claim, a, b, lhs, rhs)
    if moved is not None:
        return moved
    held = agree(a, b, claim.ground)
    if held.equal is False:
        held = agree(a, b, claim.ground, shrunk=True)
        return _wrong_equation(claim, a, b, lhs, rhs, held)
    for x, y in ((a, b), (b, a)):
        factor = ratio(y, rhs, claim.ground)
        times = sp.S.One if factor is None or factor[0] in (sp.nan, 0) else factor[0]
        left = agree(x, times * lhs, claim.ground)
        right = agree(y, times * rhs, claim.ground) if left.equal is True else None
        if right is not None and right.equal is True:
            how = " and ".join(dict.fromkeys((left.how, right.how)))
            notes: tuple[str, ...] = ()
            if not rhs.free_symbols and not same_form(x, lhs):
                notes = (f"the left side is not written as the derived one: both are {plain_text(rhs)} everywhere",)
            return Finding(True, how if times == 1 else f"both sides times {plain_text(times)}, {how}", notes)
    true = "it holds on the domain" if held.equal is True else "it is neither proved nor refuted"
    return Finding(None, f"{true}, but was not recognised as the derived formula")


def _chain(claim: Claim, values: Sequence[Any], lhs: Any, rhs: Any) -> Finding:
    hows: list[str] = []
    for number, (a, b) in enumerate(pairwise(values), start=1):
        found = agree(a, b, claim.ground)
        if found.equal is False:
            return replace(
                _wrong_equation(claim, a, b, lhs, rhs, found), how=f"link {number} of the chain does not hold"
            )
        if found.equal is None:
            return Finding(None, f"link {number} of the chain: {found.how}")
        hows.append(found.how)
    for value in values:
        for side in (lhs, rhs):
            found = agree(value, side, claim.ground)
            if found.equal is True:
                return Finding(True, "link by link: " + ", ".join(dict.fromkeys((*hows, found.how))))
    return Finding(False, "every link of the chain holds, but it is not about the derived sides")


def _moved(claim: Claim, a: Any, b: Any, lhs: Any, rhs: Any) -> Finding | None:
    """The same equation with terms moved across or a constant factor, as formulas; None if it is not."""
    if any(is_matrix(x) for x in (a, b, lhs, rhs)) and not all(is_matrix(x) or x == 0 for x in (a, b, lhs, rhs)):
        return None
    given, derived = gap(a, b), gap(lhs, rhs)
    given, derived = _opened(given, derived)
    free = claim.ground.free
    factor = ratio(given, derived, free)
    if factor is None or factor[0] is sp.nan or factor[0] == 0:
        return None
    found = agree(given, factor[0] * derived, free)
    if found.equal is not True:
        return None
    how = "the same formula with terms moved across" if factor[0] == 1 or factor[0] == -1 else ""
    return Finding(True, how or f"the same formula times {plain_text(factor[0])}", agreement=found)


def _opened(a: Any, b: Any) -> tuple[Any, Any]:
    """Expectations, integrals and similar nodes as independent numbers, so that equations between them do not hold."""
    found = {e for x in (a, b) for e in x.atoms(*OPAQUE)}
    outer = sorted((e for e in found if not any(e != o and o.has(e) for o in found)), key=str)
    table: dict[Any, Any] = {}
    for e in outer:
        alike = next((known for known in table if same_form(e, known)), None)
        table[e] = table[alike] if alike is not None else sp.Symbol(f"_O{len(table)}", real=True)
    return a.xreplace(table), b.xreplace(table)


def _wrong_equation(claim: Claim, a: Any, b: Any, lhs: Any, rhs: Any, held: Agreement) -> Finding:
    """Which side of a false equation is wrong, and which part of it."""
    found: list[Finding] = []
    for x, y in ((a, b), (b, a)):
        if not any(agree(x, goal, claim.ground).equal is True for goal in (lhs, rhs)):
            continue
        tried = [against(claim, y, goal) for goal in (lhs, rhs) if is_matrix(goal) == is_matrix(y)]
        found += [f for f in tried if f.equal is False]
    explained = [f for f in found if f.part is not None]
    if explained:
        return min(explained, key=lambda f: f.part.size if f.part is not None else 0)
    return found[0] if found else Finding(False, "the two sides differ", agreement=held)


def gradient(claim: Claim, formula: Formula) -> Finding:
    statement = claim.statement
    assert isinstance(statement, Gradient)
    only(formula, "=")
    notes: tuple[str, ...] = ()
    if formula.head is not None:
        by, of = formula.head
        if by != statement.wrt:
            how = f"the gradient by {plain_text(by)}, the derived one is by {plain_text(statement.wrt)}"
            return Finding(False, how)
        if of is not None and statement.of is not None:
            found = against(claim, of, statement.of)
            if found.equal is not True:
                return replace(found, how=f"what is differentiated: {found.how}")
        notes = () if of is not None else (f"the left side is taken for the gradient by {plain_text(by)}",)
    findings = [expression(claim, v, {"rhs": statement.equals}, "rhs") for v in formula.values]
    worst = next((f for f in findings if f.equal is not True), findings[-1])
    return replace(worst, notes=(*worst.notes, *notes))
