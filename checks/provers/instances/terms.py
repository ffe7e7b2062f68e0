"""The parts of an expression that provers of numbers have no rules for, such as norms and chances."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.logic.boolalg import Boolean

from derivations.quantities import MeasuredQuantity
from derivations.quantities.chance import Chance, OverRandom
from derivations.vectors import Inner, is_matrix


def terms_of(expr: Any, whole: bool) -> Iterator[Any]:
    """The largest parts of an expression that provers have no rules for."""
    if isinstance(expr, Inner):
        if whole:
            yield expr
        return
    if isinstance(expr, AppliedUndef | MeasuredQuantity | OverRandom):
        yield expr
        return
    if isinstance(expr, sp.Expr) and any(is_matrix(a) for a in expr.args):
        yield expr
        return
    for a in getattr(expr, "args", ()):
        if isinstance(a, sp.Expr | Boolean):
            yield from terms_of(a, whole)


def unions(terms: Collection[Any]) -> Iterator[Any]:
    """The union bound for each chance of one or another event, where the chances of all these are among the terms."""
    for term in terms:
        if isinstance(term, Chance) and isinstance(term.event, sp.Or):
            parts = [Chance(event) for event in term.event.args]
            if set(parts) <= set(terms):
                yield sp.Le(term, sp.Add(*parts), evaluate=False)


def names_in(conditions: Collection[Any], but: Collection[Any]) -> set[str]:
    """The names of what conditions speak of: symbols but for some, and unspecified functions."""
    free = {str(s) for c in conditions for s in c.free_symbols - set(but)}
    return free | {str(f.func) for c in conditions for f in c.atoms(AppliedUndef)}
