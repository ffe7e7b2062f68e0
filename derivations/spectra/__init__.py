"""Eigenvalues, singular values and norms of one matrix, as numbers of the calculus."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Expr, oo
from sympy.matrices.expressions.matexpr import MatrixExpr

from derivations.arguments import column, matrix, scalar, taking
from derivations.spectra.nodes import (
    Eigenvalues,
    FrobeniusNorm,
    LambdaMax,
    LambdaMin,
    MaxNorm,
    NuclearNorm,
    OperatorNorm,
    SigmaMin,
)
from derivations.vectors import ShapeError, elementwise, inner, norm, ones


@taking(ShapeError, A=matrix)
def lambda_min(A: MatrixExpr) -> Expr:
    """Make the smallest eigenvalue λ_min(A) of a symmetric matrix.

    Args:
        A: A symmetric matrix, (n, n); where its value at a point is not symmetric, λ_min(A) has no value there.

    Returns:
        A number, as a SymPy expression.

    Raises:
        ShapeError: A is not square.

    Example:
        >>> from sympy import MatrixSymbol
        >>> from derivations.spectra import lambda_min
        >>> lambda_min(2 * MatrixSymbol("A", 3, 3))
        2*λ_min(A)
    """
    return LambdaMin(A)


@taking(ShapeError, A=matrix)
def lambda_max(A: MatrixExpr) -> Expr:
    """Make the largest eigenvalue λ_max(A) of a symmetric matrix.

    Args:
        A: A symmetric matrix, (n, n); where its value at a point is not symmetric, λ_max(A) has no value there.

    Returns:
        A number, as a SymPy expression.

    Raises:
        ShapeError: A is not square.

    Example:
        >>> from sympy import MatrixSymbol
        >>> from derivations.spectra import lambda_max
        >>> lambda_max(-MatrixSymbol("A", 3, 3))
        -λ_min(A)
    """
    return LambdaMax(A)


@taking(ShapeError, A=matrix)
def eigenvalues(A: MatrixExpr) -> MatrixExpr:
    """Make the column of all eigenvalues of a symmetric matrix, least first.

    Args:
        A: A symmetric matrix, (n, n); where its value at a point is not symmetric, it has no eigenvalues there.

    Returns:
        A matrix expression of shape (n, 1).

    Raises:
        ShapeError: A is not square.

    Example:
        >>> from sympy import MatrixSymbol
        >>> from derivations.spectra import eigenvalues
        >>> eigenvalues(MatrixSymbol("A", 3, 3)).shape
        (3, 1)
    """
    return Eigenvalues(A)


@taking(ShapeError, A=matrix)
def operator_norm(A: MatrixExpr) -> Expr:
    """Make the operator norm ‖A‖, the largest singular value; of a column it is its length.

    Args:
        A: A matrix of any shape.

    Returns:
        A number ≥ 0, as a SymPy expression.

    Raises:
        ShapeError: A is not a matrix.

    Example:
        >>> from sympy import MatrixSymbol
        >>> from derivations.spectra import operator_norm
        >>> operator_norm(-2 * MatrixSymbol("A", 3, 2).T)
        2*‖A‖
    """
    return OperatorNorm(A)


@taking(ShapeError, A=matrix)
def frobenius_norm(A: MatrixExpr) -> Expr:
    """Make the Frobenius norm ‖A‖_F, the root of the sum of the squared entries; of a column it is its length.

    Args:
        A: A matrix of any shape.

    Returns:
        A number ≥ 0, as a SymPy expression.

    Raises:
        ShapeError: A is not a matrix.

    Example:
        >>> from sympy import MatrixSymbol
        >>> from derivations.spectra import frobenius_norm
        >>> frobenius_norm(MatrixSymbol("A", 3, 2))
        ‖A‖_F
    """
    return FrobeniusNorm(A)


@taking(ShapeError, A=matrix)
def sigma_min(A: MatrixExpr) -> Expr:
    """Make the smallest singular value σ_min(A), the last of the min(m, n) singular values of an m×n matrix.

    Args:
        A: A matrix of any shape.

    Returns:
        A number ≥ 0, as a SymPy expression.

    Raises:
        ShapeError: A is not a matrix.

    Example:
        >>> from sympy import MatrixSymbol
        >>> from derivations.spectra import sigma_min
        >>> sigma_min(MatrixSymbol("A", 3, 2))
        σ_min(A)
    """
    return SigmaMin(A)


@taking(ShapeError, A=matrix)
def nuclear_norm(A: MatrixExpr) -> Expr:
    """Make the nuclear norm ‖A‖_*, the sum of the singular values.

    Args:
        A: A matrix of any shape.

    Returns:
        A number ≥ 0, as a SymPy expression.

    Raises:
        ShapeError: A is not a matrix.

    Example:
        >>> from sympy import MatrixSymbol
        >>> from derivations.spectra import nuclear_norm
        >>> nuclear_norm(MatrixSymbol("A", 3, 2))
        ‖A‖_⋆
    """
    return NuclearNorm(A)


@taking(ShapeError, A=matrix)
def max_norm(A: MatrixExpr) -> Expr:
    """Make the largest absolute value of an entry, ‖x‖_∞ of a column.

    Args:
        A: A column, or a matrix of any shape.

    Returns:
        A number ≥ 0, as a SymPy expression.

    Raises:
        ShapeError: A is not a matrix.

    Example:
        >>> from derivations import vector
        >>> from derivations.spectra import max_norm
        >>> max_norm(vector("x", 3))
        ‖x‖_∞
    """
    return MaxNorm(A)


@taking(ShapeError, x=column, p=scalar)
def norm_p(x: MatrixExpr, p: Any) -> Expr:
    """Make the p-norm (Σ |x_i|^p)^(1/p) of a column: ‖x‖ for p = 2, the largest entry for p = ∞.

    Args:
        x: A column vector.
        p: A number ≥ 1, or an expression such as a symbol; oo for the largest entry.

    Returns:
        A number ≥ 0, as a SymPy expression.

    Raises:
        ShapeError: x is not a column, or p is known to be less than 1.

    Example:
        >>> from derivations import vector
        >>> from derivations.spectra import norm_p
        >>> norm_p(vector("x", 3), 2)
        sqrt(‖x‖²)
    """
    if p == 2:
        return norm(x)
    if p == oo:
        return max_norm(x)
    if (p - 1).is_negative or p.is_real is False:
        raise ShapeError(f"norm_p: p = {p}: a p-norm needs p ≥ 1")
    return inner(ones(x.shape[0]), elementwise(lambda t: Abs(t) ** p, x)) ** (1 / p)
