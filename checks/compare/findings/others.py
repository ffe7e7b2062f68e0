"""Numbers against a constant, laws against a rate, properties against an existence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp
from mpmath import mp
from sympy.core.relational import Relational

from checks.compare.agreement import Agreement, agree, plain, same_form
from checks.compare.findings.base import Finding, against, explanation, expression, gap, only
from checks.compare.formulas import Claim, Formula, law_of
from checks.compare.ground import OPAQUE, Ground
from checks.compare.values import ratio
from derivations.domains import Domain
from derivations.extrema import Extremum
from derivations.statements import Constant, Existence, Rate
from derivations.tex.align import Part
from derivations.tex.elaborate import is_rounded
from derivations.tex.errors import Unreadable
from derivations.vectors import is_matrix
from derivations.writing.text import text as plain_text


def constant(claim: Claim, formula: Formula) -> Finding:
    statement = claim.statement
    assert isinstance(statement, Constant)
    only(formula, "=", "approx")
    findings: list[Finding] = []
    kinds: list[str] = []
    for value, side in zip(formula.values, formula.node.sides, strict=True):
        rounded = is_rounded(side)
        if rounded is not None and (statement.value is None or not sp.sympify(statement.value).is_Rational):
            findings.append(_digits(statement, *rounded))
            kinds.append("value")
        elif same_form(value, statement.definition):
            findings.append(Finding(True, "the same definition"))
            kinds.append("definition")
        elif statement.value is None:
            findings.append(_enclosed(claim, statement, value))
            kinds.append("value" if value.is_number and not value.has(*OPAQUE) else "definition")
        else:
            sides = {"value": statement.value, "definition": statement.definition}
            opaque = value.has(*OPAQUE)
            found = expression(claim, value, sides, "definition" if opaque else "value")
            if found.equal is True and not _same_extremum(claim, value, statement.definition):
                found = Finding(None, "it has the derived value, but is not the derived infimum or supremum")
            findings.append(found)
            kinds.append("definition" if opaque else "value")
    worst = next((f for f in findings if f.equal is not True), findings[-1])
    if worst.equal is True and len(findings) > 1:
        return replace(worst, how=", ".join(dict.fromkeys(f.how for f in findings)))
    return worst


def _same_extremum(claim: Claim, given: Any, derived: Any) -> bool:
    """Whether two infima or suprema of one value are of one function: sup |sin| and sup |cos| are not."""
    if not isinstance(given, Extremum) or not isinstance(derived, Extremum):
        return True
    a, b = plain(given), plain(derived)
    if a.args[1:] != b.args[1:]:
        return False
    ground = Ground(Domain({a.args[1]: a.args[2]}), claim.ground.label)
    return agree(a.args[0], b.args[0], ground).equal is not False


def _exact_value(statement: Constant) -> tuple[Any, Any]:
    """Both ends of a constant's enclosure, to 50 digits."""
    ends = (statement.value, statement.value) if statement.value is not None else statement.enclosure
    assert ends is not None
    with mp.workdps(50):
        return mp.mpf(str(sp.N(ends[0], 50))), mp.mpf(str(sp.N(ends[1], 50)))


def _digits(statement: Constant, value: Any, decimals: int, dots: bool) -> Finding:
    """A decimal number against the derived one: rounded to its last digit, or cut off there where dots follow."""
    low, high = _exact_value(statement)
    with mp.workdps(50):
        given, unit = mp.mpf(value.p) / value.q, mp.mpf(10) ** -decimals
        near = given - unit / 2 <= high and low <= given + unit / 2
        cut = (given <= high and low <= given + unit) if given >= 0 else (given - unit <= high and low <= given)
        if near or (dots and cut):
            return Finding(True, f"agrees to all of its {decimals} decimals")
        seen = Agreement(False, "values differ", "", mp.nstr(given, decimals + 3), mp.nstr(low, decimals + 8))
    return Finding(False, f"its {decimals} decimals are not those of the derived number", agreement=seen)


def _enclosed(claim: Claim, statement: Constant, value: Any) -> Finding:
    """A number against an enclosure, or another definition against that of the statement."""
    if value.has(*OPAQUE):
        return against(claim, value, statement.definition)
    if value.free_symbols or is_matrix(value):
        return Finding(False, "it is not a number")
    low, high = _exact_value(statement)
    with mp.workdps(50):
        number = mp.mpf(str(sp.N(value, 50)))
        digits = int(-mp.log10((high - low) / abs(high))) if high != low else 50
        if low <= number <= high:
            return Finding(True, f"inside the enclosure, to {digits} digits, not proved")
        seen = Agreement(False, "values differ", "", mp.nstr(number, 15), mp.nstr((low + high) / 2, 15))
    return Finding(False, "outside of the derived enclosure", agreement=seen)


def rate(claim: Claim, formula: Formula) -> Finding:
    statement = claim.statement
    assert isinstance(statement, Rate)
    only(formula, "propto", "=")
    law = law_of(statement)
    if len(formula.values) == 2 and not same_form(formula.values[0], statement.quantity):
        return Finding(False, f"another quantity than {plain_text(statement.quantity)} on the left")
    given = formula.values[-1]
    x = sp.Symbol("x", positive=True)
    quotient = sp.simplify((given / law).xreplace({statement.variable: x}))
    if not quotient.has(x):
        return Finding(True, "the same law up to a constant factor")
    return Finding(False, "another law", part=Part(given, law))


_TURNED = {"<=": ">=", ">=": "<=", "<": ">", ">": "<", "=": "="}


def existence(claim: Claim, formula: Formula) -> Finding:
    """A property, or the value of a symbol at the point."""
    statement = claim.statement
    assert isinstance(statement, Existence)
    if len(formula.values) > 2:
        raise Unreadable("a chain of relations", formula.node.at, "one property, or one symbol = its value")
    a = formula.values[0]
    b = formula.values[1] if len(formula.values) == 2 else sp.S.Zero
    if a in statement.point:
        only(formula, "=")
        return against(claim, b, sp.sympify(statement.point[a]))
    best: Finding | None = None
    for written in statement.properties:
        relation = written.rel_op if isinstance(written, Relational) else "="
        lhs, rhs = (written.lhs, written.rhs) if isinstance(written, Relational) else (written, sp.S.Zero)
        given = formula.relations[0] if formula.relations else "="
        if given.rstrip("=") != relation.rstrip("=") and _TURNED.get(given, "").rstrip("=") != relation.rstrip("="):
            continue
        x, y = (a, b) if given.rstrip("=") == relation.rstrip("=") else (b, a)
        if (is_matrix(x) or is_matrix(y)) != is_matrix(lhs) and x != 0:
            continue
        if (same_form(x, lhs) and same_form(y, rhs)) or (x == y == 0 and isinstance(lhs, sp.ZeroMatrix)):
            return Finding(True, "the same property")
        factor = ratio(gap(x, y), gap(lhs, rhs), claim.ground.free)
        if factor is not None and factor[0] is not sp.nan and (relation in ("=", "==") or factor[0] > 0):
            found = agree(gap(x, y), factor[0] * gap(lhs, rhs), claim.ground.free)
            if found.equal is True:
                return Finding(True, f"the same property, {found.how}")
        found = agree(gap(x, y), gap(lhs, rhs), claim.ground.free)
        if found.equal is not True and best is None:
            best = Finding(found.equal, found.how, agreement=found, part=explanation(claim, gap(x, y), gap(lhs, rhs)))
    return best or Finding(False, "none of the properties has this relation and shape")
