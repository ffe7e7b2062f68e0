"""Expressions and relations at a point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Derivative, Eq
from sympy.core.relational import Relational


def at_point(expr: Any, point: Mapping[Any, Any]) -> Any:
    """`expr` at the point; matrix products are flattened again, an equation becomes what is 0 where it holds."""
    if isinstance(expr, Eq):
        return at_point(expr.lhs - expr.rhs, point)
    if isinstance(expr, Relational):
        return expr.func(at_point(expr.lhs, point), at_point(expr.rhs, point), evaluate=False)
    if expr.has(Derivative):
        expr = expr.doit()  # differentiate before the variable becomes a number
    # a variable of integration with the same name is a different one
    return expr.xreplace({s: v for s, v in point.items() if s in expr.free_symbols})
