"""Statements that cannot fail, found before anything is run.

A statement says nothing if its sides are one expression, if its conclusion is one of its hypotheses or follows from
them by adding multiples, under a function that keeps the order or not, if its hypotheses contradict one another, if
both sides of its measurement are made by the same code, or if another statement says the same in other letters. A
statement that is marked as a definition or as bookkeeping says so itself and is left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from checks.readings import Reading
from checks.studies.implied import (
    Knowledge,
    canonical,
    cases,
    combination,
    contradiction,
    is_multiple,
    is_short,
    with_products,
    without_function,
)
from derivations.statements import Bound, Constant, Existence, Gradient, Identity, Probability, Rate, Statement
from derivations.vectors import is_matrix
from derivations.writing.text import text

MOST_LETTERS = 5
"""Free symbols of two statements that are compared in every order; 120 orders."""
UNCLAIMED = ("definition", "bookkeeping")
"""Marks of what claims nothing of its own."""
ORDER = (sp.StrictLessThan, sp.LessThan, sp.StrictGreaterThan, sp.GreaterThan)


@dataclass(frozen=True)
class Finding:
    """Why a statement cannot fail: `what` in a few words, and the details."""

    statement: str
    what: str
    detail: str


def findings(statement: Statement, readings: Sequence[Reading] = ()) -> list[Finding]:
    """Why one statement cannot fail; empty if no reason is seen.

    Args:
        statement: the statement; one that is marked as a definition or as bookkeeping is left alone.
        readings: its readings, which say which code made each side (`Reading.by`).
    """
    if statement.mark in UNCLAIMED:
        return []
    said = [*_same_sides(statement), *_from_hypotheses(statement), *_same_code(readings)]
    return [Finding(statement.id, what, detail) for what, detail in said]


def twins(statements: Sequence[Statement]) -> list[Finding]:
    """Pairs of statements, of which the second says the same as the first in other letters."""
    found = []
    alike: dict[Any, list[Statement]] = {}
    for s in statements:
        if (
            s.mark in UNCLAIMED
            or isinstance(s, Probability | Rate)
            or not all(isinstance(c, sp.Basic) for c in s.content)
        ):
            continue
        others = alike.setdefault((s.kind, _skeleton(s)), [])
        other = next((o for o in others if _renamed(o, s)), None)
        if other is not None:
            found.append(Finding(s.id, "the same in other letters", other.id))
        others.append(s)
    return found


def _same_sides(statement: Statement) -> Iterator[tuple[str, str]]:
    match statement:
        case Identity() | Bound() if canonical(statement.lhs) == canonical(statement.rhs):
            yield "its sides are the same expression", text(statement.lhs)
        case Probability() if statement.limit == (1 if statement.at_most is not None else 0):
            yield "every chance is within this limit", text(statement.limit)
        case Constant() if canonical(statement.definition) == canonical(statement.value):
            yield "its sides are the same expression", text(statement.definition)
        case Gradient() if statement.of is not None and _is_its_derivative(statement):
            yield "its sides are the same expression", text(statement.equals)
        case Existence() if not any(_speaks_of(claim, statement.point) for claim in statement.properties):
            yield "its properties do not speak of the point", "; ".join(text(p) for p in statement.properties)


def _is_its_derivative(statement: Gradient) -> bool:
    """Whether the claimed derivative is the derivative, only not carried out."""
    equals = statement.equals
    return isinstance(equals, sp.Derivative) and equals.expr == statement.of and equals.variables == (statement.wrt,)


def _speaks_of(claim: Any, point: Mapping[Any, Any]) -> bool:
    return bool(getattr(claim, "free_symbols", set()) & set(point))


def _same_code(readings: Sequence[Reading]) -> Iterator[tuple[str, str]]:
    for reading in readings:
        if len(reading.by) > 1 and len(set(reading.by)) == 1:
            yield "both sides are made by the same code", reading.by[0]


def _from_hypotheses(statement: Statement) -> Iterator[tuple[str, str]]:
    """Hypotheses that contradict one another, or a conclusion that is one of them or a sum of multiples of them."""
    known = Knowledge.of(statement.domain, statement.symbols)
    against = contradiction(known)
    if against:
        yield "its hypotheses contradict one another: it says nothing", "; ".join(against)
        return
    for gaps in (_conclusions(statement), *_transformed(statement, known)):
        wanted = [case for gap in gaps for case in cases(gap)]
        used = [_reasons(gap, known) for gap in wanted]
        if wanted and all(used):
            yield from _named({said for each in used for said in each}, known)
            return


def _named(every: set[str], known: Knowledge) -> Iterator[tuple[str, str]]:
    """What assumptions that imply a conclusion are called."""
    if len(every) == 1:
        yield "its conclusion is a hypothesis", next(iter(every))
    elif every & {k.said for k in known.gaps if k.condition}:
        yield "its hypotheses imply it by adding multiples of them", "; ".join(sorted(every))


def _transformed(statement: Statement, known: Knowledge) -> Iterator[list[Any]]:
    """The conclusion for the squares and for the logarithms of two sides that are products of what is positive.

    A bound by a root, or by an exponential, is a hypothesis on what is under it: A/√m ≤ B is A²/B² ≤ m.
    """
    if not isinstance(statement, Bound) or not any(k.condition for k in known.gaps):
        return
    sides = [sp.sympify(side) for side in (statement.lower, statement.upper)]
    if any(is_matrix(side) or isinstance(side, sp.Add) for side in sides):
        return
    if not all(known.nonnegative(side) for side in sides):
        return
    if any(_has_root(side) for side in sides):
        yield [sides[1] ** 2 - sides[0] ** 2]
    if any(side.has(sp.exp) for side in sides):
        inside = [side.xreplace(known.stand_ins) for side in sides]
        back = {stand_in: s for s, stand_in in known.stand_ins.items()}
        low, high = (sp.expand_log(sp.log(side)).xreplace(back) for side in inside)
        yield [high - low]


def _has_root(side: Any) -> bool:
    return any(power.exp.is_Rational and power.exp.q == 2 for power in side.atoms(sp.Pow))


def _reasons(gap: Any, known: Knowledge) -> tuple[str, ...]:
    """The assumptions that imply a gap, in words; empty if no way from them to it is seen."""
    for form in (gap, *without_function(gap, known.stand_ins)):
        multipliers = combination(form, [k.gap for k in known.gaps])
        if multipliers:
            return tuple(known.gaps[i].said for i in multipliers)
        if not any(k.condition for k in known.gaps) or not is_short(form):
            continue
        multiple = is_multiple(form, known)
        if multiple:
            return (multiple,)
        products = with_products(form, known)
        if products:
            return products
    return ()


def _conclusions(statement: Statement) -> list[Any]:
    """What is claimed to be nonnegative; none where a claim is about matrices or about nothing that is reduced."""
    match statement:
        case Bound():
            gaps = [statement.upper - statement.lower]
        case Identity() if not is_matrix(statement.lhs) and not is_matrix(statement.rhs):
            gaps = [statement.lhs - statement.rhs, statement.rhs - statement.lhs]
        case Existence():
            gaps = []
            for claim in statement.content:
                if isinstance(claim, Relational):
                    gaps += [claim.gts - claim.lts] if isinstance(claim, ORDER) else [claim.lhs - claim.rhs]
                elif not is_matrix(claim) and isinstance(claim, sp.Expr):
                    gaps += [claim, -claim]
        case _:
            return []
    return gaps


def _skeleton(statement: Statement) -> Any:
    """The number of nodes of each sort: the same for two statements that differ by letters only."""
    nodes = Counter(
        str(node) if node.is_Number else type(node).__name__
        for content in statement.content
        for node in sp.preorder_traversal(content)
    )
    return tuple(sorted(nodes.items()))


def _renamed(one: Statement, other: Statement) -> bool:
    """Whether some renaming of symbols turns the one claim into the other, with the ranges of the symbols."""
    mine, theirs = (sorted(s.symbols, key=str) for s in (one, other))
    if len(mine) != len(theirs) or len(mine) > MOST_LETTERS:
        return False
    stand_in = {s: sp.Dummy() for s in mine}
    if any(is_matrix(s) for s in (*mine, *theirs)):
        return tuple(one.content) == tuple(other.content) and one.domain.describe() == other.domain.describe()
    content = [canonical(c).xreplace(stand_in) for c in one.content]
    claimed = [canonical(c) for c in other.content]
    for order in permutations(theirs):
        names = dict(zip((stand_in[s] for s in mine), order, strict=True))
        if [c.xreplace(names) for c in content] != claimed:
            continue
        renaming = dict(zip(mine, order, strict=True))
        same = (one.domain.ranges.get(a) == other.domain.ranges.get(b) for a, b in renaming.items())
        conditions = {w.xreplace(renaming) for w in one.domain.where}
        if all(same) and conditions == set(other.domain.where):
            return True
    return False
