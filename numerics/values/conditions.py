"""Case distinctions in numbers: three truth values, since a ball may decide nothing and NaN compares with nothing."""

from __future__ import annotations

from typing import Any

import sympy as sp

from numerics.errors import EvaluationError
from numerics.values.protocol import Evaluation

Truth = tuple[Any, Any]
"""Where a condition holds for sure, and where it fails for sure; entry by entry."""


def truth(condition: Any, evaluator: Evaluation) -> Truth:
    """Where a condition holds and where it fails; neither where a ball does not decide, or a side has no value.

    Raises EvaluationError for what is not a relation between numbers.
    """
    match condition:
        case sp.logic.boolalg.BooleanTrue():
            return True, False
        case sp.logic.boolalg.BooleanFalse():
            return False, True
        case sp.Not():
            yes, no = truth(condition.args[0], evaluator)
            return no, yes
        case sp.And() | sp.Or():
            (yes, no), *rest = (truth(c, evaluator) for c in condition.args)
            for also, fails in rest:
                yes, no = (yes & also, no | fails) if isinstance(condition, sp.And) else (yes | also, no & fails)
            return yes, no
        case sp.core.relational.Relational():
            return _compared(condition, evaluator)
        case sp.logic.boolalg.BooleanFunction():  # ITE, Implies, Xor, … in terms of the three above
            return truth(condition.to_nnf(simplify=False), evaluator)
        case sp.Contains() if hasattr(condition.args[1], "as_relational"):
            return truth(_members(condition), evaluator)
    raise EvaluationError(f"the condition {condition} is not a relation between numbers")


def _members(condition: Any) -> Any:
    """x ∈ S in terms of relations between numbers."""
    element, values = condition.args
    return values.as_relational(element)


def _compared(relation: Any, evaluator: Evaluation) -> Truth:
    left, right = evaluator.at(relation.lhs), evaluator.at(relation.rhs)
    left, right = evaluator.backend.ordered(left), evaluator.backend.ordered(right)
    if left is None or right is None:
        return False, False
    match relation:
        case sp.Lt():
            return left < right, left >= right
        case sp.Le():
            return left <= right, left > right
        case sp.Gt():
            return left > right, left <= right
        case sp.Ge():
            return left >= right, left < right
        case sp.Eq() | sp.Ne():
            # two balls are equal for sure only if each is one number; NaN is neither equal nor apart
            equal, apart = (left <= right) & (left >= right), (left < right) | (left > right)
            return (equal, apart) if isinstance(relation, sp.Eq) else (apart, equal)
    raise EvaluationError(f"the condition {relation} is not understood")


def piecewise_value(node: Any, evaluator: Evaluation) -> Any:
    """The first branch whose condition holds; NaN where none does, or where a condition has no value.

    Where a value is one number, a branch that is not taken is not evaluated, and where it is a ball none that is
    excluded for sure: there the value is the hull of the branches that are left.
    """
    if not evaluator.backend.batched:
        return _branch(node, evaluator)
    value: Any = evaluator.backend.number(sp.nan)
    for expr, condition in reversed(node.args):
        if condition == sp.true:
            value = evaluator.at(expr)
            continue
        value = evaluator.backend.choose(truth(condition, evaluator), evaluator.at(expr), value)
    return value


def _branch(node: Any, evaluator: Evaluation) -> Any:
    hull: Any = None
    for expr, condition in node.args:
        yes, no = truth(condition, evaluator)
        if no:
            continue
        undecided = not yes
        if undecided and (not evaluator.backend.encloses or _without_value(condition, evaluator)):
            break
        value = evaluator.at(expr)
        hull = value if hull is None else hull.union(value)
        if not undecided:
            return hull
    return evaluator.backend.number(sp.nan)


def _without_value(condition: Any, evaluator: Evaluation) -> bool:
    """Whether a side of a relation in the condition has no value somewhere on its ball."""
    relations = condition.atoms(sp.core.relational.Relational)
    relations |= {r for c in condition.atoms(sp.Contains) for r in _members(c).atoms(sp.core.relational.Relational)}
    return any(evaluator.at(side).is_nan() for r in relations for side in r.args)
