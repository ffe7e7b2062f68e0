"""Matrix calculus with shapes: gradients, Jacobians and Hessians for every size, by one pull-back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import (
    Add,
    DiagMatrix,
    Dummy,
    HadamardProduct,
    Identity,
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

from derivations.arguments import expression, shown, taking
from derivations.calculus.accumulated import BasisVector, MatrixSum
from derivations.calculus.forms import NotReducible
from derivations.calculus.pullback import pull, pull_number, with_fresh_indices
from derivations.calculus.shapes import check_shapes, described
from derivations.letters.names import OwnMatrix
from derivations.vectors import Inner, ShapeError, as_numbers, is_matrix, settled, times


class NotAVariable(NotReducible):
    """The expression cannot be differentiated by this; the message says why."""


@taking(ShapeError, expr=expression)
def gradient(expr: Any, wrt: Any) -> Any:
    """Differentiate a number by a number, a vector or a matrix.

    Args:
        expr: A number, as a SymPy expression; a 1×1 matrix counts as the number in it.
        wrt: A symbol, a vector or matrix symbol, or an entry such as x[i, 0].

    Returns:
        ∂expr/∂wrt, of the shape of `wrt`; it holds for all values of symbolic sizes.

    Raises:
        ShapeError: Shapes do not fit, or `expr` is not a number.
        NotAVariable: `wrt` is not a variable, or the expression has another symbol with its name.
        NotReducible: The expression contains an operation without a rule.

    Example:
        >>> from derivations import gradient, inner, vector
        >>> a, x = vector("a", 3), vector("x", 3)
        >>> gradient(inner(a, x) ** 2, x)
        (2*(⟨a, x⟩))*a
    """
    expr = sympify(expr)
    if is_matrix(expr):
        if expr.shape != (1, 1):
            raise ShapeError(
                f"{described(expr)} is not a number: only a number has a gradient; a column has a jacobian"
            )
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
        return Trace(settled(MatMul(right, left.T, whole)))
    if isinstance(wrt, MatrixSymbol):
        terms = pull_number(expr, S.One, wrt)
        return settled(MatAdd(*terms)) if terms else ZeroMatrix(*wrt.shape)
    if not expr.atoms(MatrixExpr):
        return expr.diff(wrt)
    return Add(*pull_number(expr, S.One, wrt))


def check_variable(expr: Any, wrt: Any) -> None:
    """Raise NotAVariable unless `wrt` is a symbol, or an entry of one, that can be the one in `expr`."""
    if isinstance(wrt, MatrixElement) and isinstance(wrt.args[0], MatrixSymbol):
        check_variable(expr, wrt.args[0])
        return
    if not isinstance(wrt, Symbol | MatrixSymbol):
        raise NotAVariable(
            f"{shown(wrt)} is not a variable: differentiate by a symbol, a vector, a matrix or an entry of one"
        )
    for other in sorted(sympify(expr).atoms(Symbol, MatrixSymbol), key=default_sort_key):
        if other.name == wrt.name and other != wrt and not isinstance(other, Dummy) and not isinstance(wrt, Dummy):
            what = "shape" if isinstance(other, MatrixSymbol) and isinstance(wrt, MatrixSymbol) else "assumptions"
            raise NotAVariable(f"the {wrt.name} of the expression is another symbol: its {what} differ")


@taking(ShapeError, expr=expression)
def jacobian(expr: Any, wrt: Any) -> Any:
    """Differentiate a column by a column, or any matrix by a number.

    Args:
        expr: A column or row of m entries, or a number; any matrix if `wrt` is a number.
        wrt: A column of n entries, or a number.

    Returns:
        The m×n matrix ∂yᵢ/∂xⱼ; for a number the gradient as a row; by a number a matrix of the shape of `expr`.

    Raises:
        ShapeError: `wrt` is a matrix, or `expr` is one and `wrt` is not a number; use `jvp` instead.
        NotAVariable: As for `gradient`.
        NotReducible: As for `gradient`.

    Example:
        >>> from sympy import MatrixSymbol
        >>> from derivations import jacobian, vector
        >>> W, x = MatrixSymbol("W", 2, 3), vector("x", 3)
        >>> jacobian(W * x, x)
        W
    """
    expr = sympify(expr)
    if isinstance(wrt, MatrixExpr) and not isinstance(wrt, MatrixElement) and wrt.shape[1] != 1:
        raise ShapeError(f"{described(wrt)} is not a column: take jvp(expr, {wrt}, direction)")
    if not is_matrix(expr) or expr.shape == (1, 1):
        found = gradient(expr, wrt)
        return settled(Transpose(found)) if is_matrix(found) else found
    if not is_matrix(wrt):
        return _of_cotangent(expr, lambda number: gradient(number, wrt))
    if expr.shape[0] == 1:
        expr = settled(Transpose(expr))
    if expr.shape[1] != 1:
        raise ShapeError(f"{described(expr)} is not a column: take jvp(expr, {wrt}, direction)")
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
        turned = settled(Transpose(row)) if is_matrix(row) else None
        simple = _without_unit(turned, unit) if turned is not None else None
        body = MatMul(unit, turned) if turned is not None else times(row, unit)
        found.append(simple if simple is not None else MatrixSum(body, i, S.Zero, expr.shape[0] - 1))
    return settled(MatAdd(*found))


def _without_unit(row: Any, unit: Any) -> Any | None:
    """M where the row is eᵢᵀ·M, so that Σᵢ eᵢ·row is M; a row (uᵀ ∘ eᵢᵀ)·M gives diag(u)·M. None for other rows."""
    factor, (first, *rest) = row.as_coeff_matrices() if isinstance(row, MatMul) else (S.One, (row,))
    turned = Transpose(unit)
    if isinstance(first, HadamardProduct) and turned in first.args:
        others = [settled(Transpose(a)) for a in first.args if a != turned]
        left = DiagMatrix(others[0] if len(others) == 1 else HadamardProduct(*others))
    elif first == turned:
        left = Identity(unit.shape[0])
    else:
        return None
    found = settled(MatMul(factor, left, *rest))
    return None if found.has(unit) else found


@taking(ShapeError, expr=expression)
def hessian(expr: Any, wrt: Any) -> Any:
    """Differentiate a number twice.

    Args:
        expr: A number, as a SymPy expression.
        wrt: A column of n entries, or a number.

    Returns:
        The n×n matrix ∂²expr/∂wrt², or a number.

    Raises:
        ShapeError: `expr` is not a number, or `wrt` is a matrix.
        NotAVariable: As for `gradient`.
        NotReducible: As for `gradient`.

    Example:
        >>> from derivations import hessian, norm_squared, vector
        >>> hessian(norm_squared(vector("x", 3)), vector("x", 3)).shape
        (3, 3)
    """
    return jacobian(gradient(expr, wrt), wrt)


@taking(ShapeError, expr=expression, direction=expression)
def jvp(expr: Any, wrt: Any, direction: Any) -> Any:
    """Differentiate a number, column or matrix along a direction.

    Args:
        expr: A number, column or matrix.
        wrt: A symbol, or a vector or matrix symbol.
        direction: An expression of the shape of `wrt`.

    Returns:
        The derivative, of the shape of `expr`.

    Raises:
        ShapeError: The direction has another shape than `wrt`.
        NotAVariable: As for `gradient`.
        NotReducible: As for `gradient`.

    Example:
        >>> from sympy import MatrixSymbol
        >>> from derivations import jvp
        >>> A, V = MatrixSymbol("A", 3, 3), MatrixSymbol("V", 3, 3)
        >>> jvp(A**2, A, V)
        A*V + V*A
    """
    direction = sympify(direction)
    if is_matrix(wrt) and (not is_matrix(direction) or tuple(direction.shape) != tuple(wrt.shape)):
        raise ShapeError(f"the direction {direction} does not have the shape {wrt.shape} of {wrt}")
    expr = sympify(expr)

    def along(number: Any) -> Any:
        found = gradient(number, wrt)
        if not is_matrix(wrt):
            return times(found, direction)
        if wrt.shape[1] == 1:
            return Inner(found, direction)
        return Trace(MatMul(settled(Transpose(found)), direction))

    if not is_matrix(expr) or expr.shape == (1, 1):
        return along(expr)
    return _of_cotangent(expr, along)


def _of_cotangent(expr: Any, derivative: Callable[[Any], Any]) -> Any:
    """The derivative of a matrix Y: that of ⟨Z, Y⟩ is linear in Z, and its gradient by Z is the result."""
    if isinstance(expr, MatrixBase) and not expr.atoms(MatrixExpr):
        return expr.applyfunc(derivative)
    check_shapes(expr)
    free = OwnMatrix("Z", *expr.shape)
    return gradient(derivative(Trace(MatMul(Transpose(free), expr))), free)
