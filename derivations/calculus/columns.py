"""Columns written as sums of multiples of vectors, with their products multiplied out."""

from __future__ import annotations

from typing import Any

from sympy import Expr, MatAdd, S, ZeroMatrix, expand
from sympy.matrices.expressions.matexpr import MatrixExpr

from derivations.calculus.forms import Column, InnerTable, NotReducible, Reducer
from derivations.vectors import ShapeError


def column_expression(expr: MatrixExpr, table: InnerTable | None = None) -> MatrixExpr:
    """A column as Σ c·(word·x) with its products multiplied out: cheap to evaluate on many vectors."""
    form = Reducer(table).form(expr)
    if not isinstance(form, Column) or form.row:
        raise ShapeError(f"{expr} is not a column")
    terms = [c * named.expression() for named, c in form.terms.items()]
    return MatAdd(*terms) if terms else ZeroMatrix(*expr.shape)


def as_multiple(column: Any) -> tuple[Expr, Any]:
    """A column as a number times a column, multiplied out: the number is 1 unless it has a single term."""
    try:
        form = Reducer().form(column)
    except (NotReducible, ShapeError):
        return S.One, column
    if not isinstance(form, Column) or form.row or not form.terms:
        return S.One, column
    terms = [(expand(c), named.expression()) for named, c in form.terms.items()]
    if len(terms) == 1:
        return terms[0]
    return S.One, MatAdd(*(c * x for c, x in terms))
