"""Inequalities against a bound: the same one, the same times a factor, a weaker or a stronger one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import sympy as sp
from mpmath import mp

from checks.compare.agreement import agree, same_form
from checks.compare.findings.base import Finding, explanation, expression, only
from checks.compare.formulas import Claim, Formula
from checks.compare.ground import OPAQUE
from checks.compare.values import ratio, values_for
from derivations.statements import Bound
from derivations.tex.errors import Unreadable
from derivations.vectors import is_matrix
from derivations.writing.text import text as plain_text


def bound(claim: Claim, formula: Formula) -> Finding:
    statement = claim.statement
    assert isinstance(statement, Bound)
    if len(formula.values) == 1:
        return expression(claim, formula.values[0], {"lhs": statement.lower, "rhs": statement.upper}, "rhs")
    only(formula, "<=", ">=", "<", ">", "=")
    strict = any(r in ("<", ">") for r in formula.relations)
    directions = {r[0] for r in formula.relations if r != "="}
    if len(directions) != 1:
        if not directions:
            return Finding(False, "the derived relation is ≤, the formula says =")
        raise Unreadable("≤ and ≥ in one chain", formula.node.at)
    values, relations = list(formula.values), list(formula.relations)
    if directions == {">"}:
        values, relations = values[::-1], relations[::-1]
    for number, (a, b) in enumerate(pairwise(values)):
        if relations[number] == "=":
            found = agree(a, b, claim.ground)
            if found.equal is not True:
                return Finding(found.equal, f"the = between its sides: {found.how}", agreement=found)
    whole = _inequality(claim, values[0], values[-1])
    if whole.equal is not True and len(values) > 2:
        for number, (a, b) in enumerate(pairwise(values)):
            if relations[number] != "=" and (link := _inequality(claim, a, b)).equal is True:
                note = "one link of the chain is the derived bound; the others were not compared"
                whole = replace(link, notes=(*link.notes, note))
    if strict and whole.equal is True:
        return Finding(
            False, "the derived relation is ≤, the formula says <", ("it is stronger: equality is excluded",)
        )
    return whole


def _inequality(claim: Claim, a: Any, b: Any) -> Finding:
    """a ≤ b against the statement's bound."""
    statement = claim.statement
    assert isinstance(statement, Bound)
    lower, upper = statement.lower, statement.upper
    if same_form(a, lower) and same_form(b, upper):
        return Finding(True, "the same bound side by side")
    if same_form(a, b):
        return Finding(False, "both sides of the relation are the same expression: it says nothing")
    left, right = agree(a, lower, claim.ground), agree(b, upper, claim.ground)
    if left.equal is True and right.equal is True:
        return Finding(True, " and ".join(dict.fromkeys((left.how, right.how))))
    scaled = _scaled_bound(claim, a, b, lower, upper)
    if scaled is not None:
        return scaled
    if (rising := _through_a_function(claim, a, b, lower, upper)) is not None:
        return rising
    if agree(a, upper, claim.ground).equal is True and agree(b, lower, claim.ground).equal is True:
        return Finding(False, "the relation is the other way round", ("it says ≥ where ≤ is derived",))
    if left.equal is None or right.equal is None:
        return Finding(None, left.how if left.equal is None else right.how)
    notes = (*_printed(claim, a, b), *_strength(claim, b - a, upper - lower))
    if left.equal is True:
        right = agree(b, upper, claim.ground, shrunk=True)
        return Finding(False, "another right side", notes, right, explanation(claim, b, upper))
    if right.equal is True:
        left = agree(a, lower, claim.ground, shrunk=True)
        return Finding(False, "another left side", notes, left, explanation(claim, a, lower))
    gap = agree(b - a, upper - lower, claim.ground, shrunk=True)
    named = replace(gap, given=f"right − left = {gap.given}") if gap.equal is False else left
    return Finding(False, "both sides differ", notes, named, explanation(claim, b - a, upper - lower))


def _scaled_bound(claim: Claim, a: Any, b: Any, lower: Any, upper: Any) -> Finding | None:
    """The same bound with terms moved across, or both sides times one positive factor; None if it is not."""
    factor = ratio(b - a, upper - lower, claim.ground)
    if factor is None:
        return None
    if factor[0] is not sp.nan and factor[0] > 0:
        found = agree(b - a, factor[0] * (upper - lower), claim.ground)
        if found.equal is True:
            how = "with terms moved across" if factor[0] == 1 else f"times {plain_text(factor[0])}"
            return Finding(True, f"the same bound {how}", agreement=found)
        return None
    if any(x == 0 for x in (a, b, lower, upper)):
        return None  # 0 ≤ x and 0 ≤ y have no factor between them
    sides = ratio(b, upper, claim.ground)
    if not factor[1] or sides is None or not sides[1]:
        return None
    found = agree(a * upper, b * lower, claim.ground)
    return Finding(True, "the same bound, both sides times one positive factor") if found.equal is True else None


_RISING: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("both sides squared", lambda x: x**2),
    ("the roots of both sides", sp.sqrt),
    ("the logarithms of both sides", sp.log),
    ("the exponentials of both sides", sp.exp),
)


def _through_a_function(claim: Claim, a: Any, b: Any, lower: Any, upper: Any) -> Finding | None:
    """The derived bound as a function that rises makes it of the formula's sides; None if it is not."""
    if any(is_matrix(x) or x.has(*OPAQUE) for x in (a, b, lower, upper)):
        return None
    for word, function in _RISING:
        if word == "both sides squared" and not (_nonnegative(claim, a) and _nonnegative(claim, b)):
            continue
        left = agree(function(a), lower, claim.ground)
        if left.equal is True and agree(function(b), upper, claim.ground).equal is True:
            return Finding(True, f"the derived bound is that of {word}")
    return None


def _nonnegative(claim: Claim, x: Any) -> bool:
    found = values_for(claim.ground, x, count=6).of(x)
    return bool(found) and not any(isinstance(v, mp.mpc) or v < 0 for v in found or ())


def _printed(claim: Claim, a: Any, b: Any) -> tuple[str, ...]:
    """A remark where the formula has the constant that the paper prints."""
    statement = claim.statement
    assert isinstance(statement, Bound)
    if statement.printed is None or statement.constant is None:
        return ()
    table = {statement.constant: statement.printed}
    lower, upper = statement.lhs.xreplace(table), statement.rhs.xreplace(table)
    same = agree(a, lower, claim.ground).equal is True and agree(b, upper, claim.ground).equal is True
    stated = f"{plain_text(statement.constant)} = {plain_text(statement.value)} is derived"
    return (f"it is the bound as the paper prints it; {stated}",) if same else ()


def _strength(claim: Claim, given: Any, derived: Any) -> tuple[str, ...]:
    """Whether a ≤ b follows from the derived bound or claims more, by the signs of the gaps' difference."""
    values = values_for(claim.ground, given, derived, count=6)
    found, other = values.of(given), values.of(derived)
    if not found or not other or any(isinstance(v, mp.mpc) for v in (*found, *other)):
        return ()
    with mp.workdps(30):
        gaps: list[Any] = [p - q for p, q in zip(found, other, strict=True)]
        tiny = mp.mpf(10) ** -20
    if all(g >= -tiny for g in gaps):
        return ("it is weaker: it follows from the derived bound",)
    if all(g <= tiny for g in gaps):
        return ("it is stronger than what is derived",)
    return ("it is neither weaker nor stronger: that depends on the point",)
