"""SymPy with its own means: assumptions, extrema of one variable, simplification."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sympy as sp
from sympy.calculus.util import minimum

from benchmarks.inequalities.provers import OPEN, PROVED, REFUTED, UNREAD, Answer
from derivations.statements import Bound, Constant, Identity, Statement


def decide(statement: Statement) -> Answer:
    """The first answer of `is_nonnegative`, `ask`, `minimum` and `reduce_inequalities`, or of `simplify`."""
    if statement.domain.vectors or getattr(statement, "enclosure", None) is not None:
        return Answer(UNREAD, said="no claim that SymPy has words for")
    if isinstance(statement, Bound):
        return _bound(statement)
    if isinstance(statement, Identity | Constant):
        left, right = statement.content
        return Answer(PROVED, "a program's word") if sp.simplify(left.doit() - right) == 0 else Answer(OPEN)
    return Answer(UNREAD)


def _bound(statement: Bound) -> Answer:
    left, right = (sp.sympify(side) for side in statement.content)
    gap = right - left
    for way in _ways(gap, statement):
        try:
            found = way()
        except Exception:  # SymPy's solvers raise what they like where they cannot go on
            continue
        if found in (True, sp.true):
            return Answer(PROVED, "a program's word")
        if found in (False, sp.false):
            return Answer(REFUTED)
    return Answer(OPEN)


def _ways(gap: Any, statement: Bound) -> Iterator[Callable[[], Any]]:
    domain = statement.domain
    known = domain.assume(gap)
    yield lambda: True if known.is_nonnegative else None
    yield lambda: True if sp.simplify(known).is_nonnegative else None
    yield lambda: True if sp.factor(known).is_nonnegative else None
    yield lambda: True if sp.ask(sp.Q.nonnegative(known), sp.And(*map(sp.Q.is_true, domain.where))) else None
    if len(domain.scalars) == 1 and not domain.where:
        (x,) = domain.scalars
        yield lambda: minimum(gap, x, domain.interval(x)) >= 0
        yield lambda: True if domain.interval(x).is_subset(sp.solve_univariate_inequality(gap >= 0, x, False)) else None
