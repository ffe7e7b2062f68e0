"""Matrix calculus with shapes: gradients, Jacobians and Hessians for every size, by one pull-back."""

from __future__ import annotations

from typing import Any

from sympy import (
    Add,
    Dummy,
    MatAdd,
    MatMul,
    MatrixSymbol,
    S,
    Symbol,
    Trace,
    Transpose,
    ZeroMatrix,
    default_sort_key,
    sympify,
)
from sympy.matrices import MatrixBase
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from derivations.accumulated import BasisVector, MatrixSum
from derivations.forms import NotReducible
from derivations.pullback import pull, pull_number, with_fresh_indices
from derivations.shapes import check_shapes, described
from derivations.vectors import Inner, ShapeError, as_numbers, is_matrix


class NotAVariable(NotReducible):
    """Something that nothing is differentiated by; the message says what it is."""


def gradient(expr: Any, wrt: Any) -> Any:
    """∂expr/∂wrt of a number, by a scalar symbol, an entry x[i], or a vector or matrix symbol (of whose shape it is).

    A 1×1 matrix counts as the number that it holds. Raises ShapeError for shapes that do not fit,
    NotAVariable for anything that is no variable, and NotReducible for an operation without a rule.

    >>> from derivations import inner, vector
    >>> a, x = vector("a", 3), vector("x", 3)
    >>> gradient(inner(a, x) ** 2, x)
    (2*⟨a, x⟩)*a
    """
    expr = sympify(expr)
    if is_matrix(expr):
        if expr.shape != (1, 1):
            raise ShapeError(f"{described(expr)} is not a number: only numbers have gradients, columns a jacobian")
        expr = Trace(expr) if isinstance(expr, MatrixExpr) else expr[0, 0]
    if isinstance(wrt, MatrixBase):
        return wrt.applyfunc(lambda e: gradient(expr, e))
    check_variable(expr, wrt)
    check_shapes(expr)
    expr = with_fresh_indices(as_numbers(expr))
    if isinstance(wrt, MatrixElement):
        parent, i, j = wrt.args
        whole = gradient(expr, parent)
        left, right = BasisVector(parent.shape[0], i), BasisVector(parent.shape[1], j)
        return Trace(MatMul(right, left.T, whole).doit(deep=False))
    if isinstance(wrt, MatrixSymbol):
        terms = pull_number(expr, S.One, wrt)
        return MatAdd(*terms).doit(deep=False) if terms else ZeroMatrix(*wrt.shape)
    if not expr.atoms(MatrixExpr):
        return expr.diff(wrt)
    return Add(*pull_number(expr, S.One, wrt))


def check_variable(expr: Any, wrt: Any) -> None:
    """Raise NotAVariable unless `wrt` is a symbol, or an entry of one, that can mean what stands in `expr`."""
    if isinstance(wrt, MatrixElement) and isinstance(wrt.args[0], MatrixSymbol):
        check_variable(expr, wrt.args[0])
        return
    if not isinstance(wrt, Symbol | MatrixSymbol):
        raise NotAVariable(f"{wrt!r} is no variable: differentiate by a symbol, a vector, a matrix or an entry of one")
    for other in sorted(sympify(expr).atoms(Symbol, MatrixSymbol), key=default_sort_key):
        if other.name == wrt.name and other != wrt and not isinstance(other, Dummy) and not isinstance(wrt, Dummy):
            what = "shape" if isinstance(other, MatrixSymbol) and isinstance(wrt, MatrixSymbol) else "assumptions"
            raise NotAVariable(f"the {wrt.name} of the expression is another symbol: its {what} differ")


def jacobian(expr: Any, wrt: Any) -> Any:
    """∂yᵢ/∂xⱼ of a column y (m×1) by a column x (n×1): m×n; of a number, the gradient as a row; by a scalar, a column.

    Raises ShapeError for anything but columns, and what `gradient` raises.
    """
    expr = sympify(expr)
    if isinstance(wrt, MatrixExpr) and wrt.shape[1] != 1:
        raise ShapeError(f"{described(wrt)} is not a column: write a Jacobian by the columns of a matrix")
    if not is_matrix(expr) or expr.shape == (1, 1):
        found = gradient(expr, wrt)
        return Transpose(found).doit(deep=False) if is_matrix(found) else found
    if expr.shape[1] != 1:
        raise ShapeError(f"{described(expr)} is not a column: only numbers and columns have a Jacobian")
    check_variable(expr, wrt)
    check_shapes(expr)
    expr = with_fresh_indices(as_numbers(expr))
    i = Dummy("i", integer=True, nonnegative=True)
    unit = BasisVector(expr.shape[0], i)
    rows = pull(expr, unit, wrt)
    if not rows:
        shape = (expr.shape[0], wrt.shape[0] if is_matrix(wrt) else 1)
        return ZeroMatrix(*shape)
    found = []
    for row in rows:
        turned = Transpose(row).doit(deep=False) if is_matrix(row) else None
        simple = _without_unit(turned, unit) if turned is not None else None
        body = MatMul(unit, turned) if turned is not None else row * unit
        found.append(simple if simple is not None else MatrixSum(body, i, S.Zero, expr.shape[0] - 1))
    return MatAdd(*found).doit(deep=False)


def _without_unit(row: Any, unit: Any) -> Any | None:
    """M where the row is eᵢᵀ·M, so that Σᵢ eᵢ·row is M; None where it is not of that form."""
    if isinstance(row, MatMul):
        factor, (first, *rest) = row.as_coeff_matrices()
        if first == Transpose(unit) and rest and not any(m.has(unit) for m in (factor, *rest)):
            return MatMul(factor, *rest).doit(deep=False)
    return None


def hessian(expr: Any, wrt: Any) -> Any:
    """∂²expr/∂wrt² of a number: by a column of size n an n×n matrix, by a scalar a number.

    >>> from derivations import norm_squared, vector
    >>> hessian(norm_squared(vector("x", 3)), vector("x", 3)).shape
    (3, 3)
    """
    return jacobian(gradient(expr, wrt), wrt)


def jvp(expr: Any, wrt: Any, direction: Any) -> Any:
    """The derivative of a number or column along `direction`, of the shape of `wrt`: J·direction."""
    direction = sympify(direction)
    if is_matrix(wrt) and (not is_matrix(direction) or tuple(direction.shape) != tuple(wrt.shape)):
        raise ShapeError(f"the direction {direction} has not the shape {wrt.shape} of {wrt}")
    expr = sympify(expr)
    if not is_matrix(expr) or expr.shape == (1, 1):
        found = gradient(expr, wrt)
        if not is_matrix(wrt):
            return found * direction
        if wrt.shape[1] == 1:
            return Inner(found, direction)
        return Trace(MatMul(Transpose(found).doit(deep=False), direction))
    found = jacobian(expr, wrt)
    return MatMul(found, direction).doit(deep=False) if is_matrix(direction) else direction * found
