"""Statements that cannot fail, found before anything is run.

A statement says nothing if its sides are one expression, if its conclusion is one of its hypotheses or follows from
them by adding multiples, if both sides of its measurement are made by the same code, or if another statement says the
same in other letters. A statement that is marked as a definition or as bookkeeping says so itself and is left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.relational import Relational

from checks.readings import Reading
from derivations.calculus.forms import NotReducible, expand_inner
from derivations.letters.names import own
from derivations.statements import Bound, Constant, Identity, Probability, Rate, Statement
from derivations.vectors import is_matrix
from derivations.writing.text import text

MOST_LETTERS = 5
"""Free symbols of two statements that are compared in every order; 120 orders."""
NEGLIGIBLE = 1e-9
"""A multiplier below this is 0 in the linear program; what is left is solved again exactly."""


@dataclass(frozen=True)
class Finding:
    """Why a statement cannot fail: `what` in a few words, and the details."""

    statement: str
    what: str
    detail: str


def findings(statement: Statement, readings: Sequence[Reading] = ()) -> list[Finding]:
    """Why one statement cannot fail; empty if no reason is seen.

    Args:
        statement: the statement; one with a mark is left alone.
        readings: its readings, which say which code made each side (`Reading.by`).
    """
    if statement.mark:
        return []
    said = [*_same_sides(statement), *_from_hypotheses(statement), *_same_code(readings)]
    return [Finding(statement.id, what, detail) for what, detail in said]


def twins(statements: Sequence[Statement]) -> list[Finding]:
    """Pairs of statements, of which the second says the same as the first in other letters."""
    found = []
    alike: dict[Any, list[Statement]] = {}
    for s in statements:
        if s.mark or isinstance(s, Probability | Rate) or not all(isinstance(c, sp.Basic) for c in s.content):
            continue
        others = alike.setdefault((s.kind, _skeleton(s)), [])
        other = next((o for o in others if _renamed(o, s)), None)
        if other is not None:
            found.append(Finding(s.id, "the same in other letters", other.id))
        others.append(s)
    return found


def _same_sides(statement: Statement) -> Iterator[tuple[str, str]]:
    match statement:
        case Identity() | Bound() if statement.lhs == statement.rhs:
            yield "its sides are the same expression", text(statement.lhs)
        case Probability() if statement.limit == (1 if statement.at_most is not None else 0):
            yield "every chance is within this limit", text(statement.limit)
        case Constant() if statement.definition == statement.value:
            yield "its sides are the same expression", text(statement.definition)


def _same_code(readings: Sequence[Reading]) -> Iterator[tuple[str, str]]:
    for reading in readings:
        if len(reading.by) > 1 and len(set(reading.by)) == 1:
            yield "both sides are made by the same code", reading.by[0]


def _from_hypotheses(statement: Statement) -> Iterator[tuple[str, str]]:
    """The conclusion is a hypothesis, or a sum of multiples of hypotheses."""
    wanted = _conclusions(statement)
    if not wanted:
        return
    given = list(_hypotheses(statement))
    used: set[str] = set()
    for gap in wanted:
        multipliers = _combination(gap, given)
        if multipliers is None:
            return
        used |= {given[i][1] for i in multipliers}
    conditions = {text(relation) for relation in statement.domain.where}
    if len(used) == 1:
        yield "its conclusion is a hypothesis", next(iter(used))
    elif used & conditions:
        yield "its hypotheses imply it linearly", "; ".join(sorted(used))


def _conclusions(statement: Statement) -> list[Any]:
    """What is claimed to be nonnegative; none where a claim is about matrices or about nothing that is reduced."""
    match statement:
        case Bound():
            gaps = [statement.upper - statement.lower]
        case Identity() if not is_matrix(statement.lhs) and not is_matrix(statement.rhs):
            gaps = [statement.lhs - statement.rhs, statement.rhs - statement.lhs]
        case _:
            return []
    return gaps


def _hypotheses(statement: Statement) -> Iterator[tuple[Any, str]]:
    """Expressions that the domain says are nonnegative, with the words for them."""
    for relation in statement.domain.where:
        if isinstance(relation, Relational) and not isinstance(relation, sp.Ne):
            yield relation.gts - relation.lts, text(relation)
    for symbol, values in statement.domain.ranges.items():
        if not isinstance(values, sp.Interval):
            continue
        if values.inf.is_finite:
            yield symbol - values.inf, f"{symbol} ≥ {values.inf}"
        if values.sup.is_finite:
            yield values.sup - symbol, f"{symbol} ≤ {values.sup}"


def _combination(gap: Any, given: Sequence[tuple[Any, str]]) -> dict[int, Any] | None:
    """Multipliers ≥ 0 with gap = Σ multiplier · hypothesis + a constant ≥ 0, exactly; None if there are none."""
    from scipy.optimize import linprog

    try:
        target, columns = _linear(gap), [_linear(e) for e, _ in given]
    except NotReducible:
        return None
    columns.append({sp.S.One: sp.S.One})
    rows = sorted({k for c in (target, *columns) for k in c}, key=sp.default_sort_key)
    if not any(target.values()):
        return {}
    matrix = np.array([[float(c.get(r, 0)) for c in columns] for r in rows])
    wanted = np.array([float(target.get(r, 0)) for r in rows])
    found = linprog(np.ones(len(columns)), A_eq=matrix, b_eq=wanted, bounds=(0, None), method="highs")
    if not found.success:
        return None
    support = [i for i, v in enumerate(found.x) if v > NEGLIGIBLE]
    exact = sp.Matrix([[columns[i].get(r, 0) for i in support] for r in rows])
    right = sp.Matrix([target.get(r, 0) for r in rows])
    unknown = [own(f"m{i}") for i in support]
    solved = list(sp.linsolve((exact, right), *unknown))
    if not solved or any(v.free_symbols or v < 0 for v in solved[0]):
        return None
    return {i: v for i, v in zip(support, solved[0], strict=True) if i < len(given)}


def _linear(expr: Any) -> Mapping[Any, Any]:
    """An expression as a sum of monomials with rational coefficients."""
    expanded = sp.expand(expand_inner(sp.sympify(expr)))
    return {k: v for k, v in expanded.as_coefficients_dict().items() if v != 0}


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
    content = [c.xreplace(stand_in) for c in one.content]
    for order in permutations(theirs):
        names = dict(zip((stand_in[s] for s in mine), order, strict=True))
        if [c.xreplace(names) for c in content] != list(other.content):
            continue
        renaming = dict(zip(mine, order, strict=True))
        same = (one.domain.ranges.get(a) == other.domain.ranges.get(b) for a, b in renaming.items())
        conditions = {w.xreplace(renaming) for w in one.domain.where}
        if all(same) and conditions == set(other.domain.where):
            return True
    return False
