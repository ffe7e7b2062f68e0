"""Eigenvalues, singular values and norms of one matrix, as numbers of the calculus."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Dummy, Expr, Identity, MatMul, OneMatrix, S, Trace, Transpose, ZeroMatrix, oo, sympify
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from derivations.arguments import column, matrix, scalar, taking
from derivations.vectors import Inner, MatrixNumber, ShapeError, elementwise, inner, norm, ones, times


class _Eigenvalue(MatrixNumber):
    """An extreme eigenvalue of a symmetric matrix."""

    def __new__(cls, a: Any) -> Any:
        a = sympify(a)
        _must_be_square(a)
        factor, rest = _parted(a)
        sign = _sign_known(factor)
        if factor != 1 and sign:
            return factor * (cls if sign > 0 else _OTHER_END[cls])(rest)
        if isinstance(a, Transpose):
            return cls(a.arg)
        if isinstance(a, Identity):
            return S.One
        if isinstance(a, ZeroMatrix):
            return S.Zero
        return Expr.__new__(cls, a)


class LambdaMin(_Eigenvalue):
    """The smallest eigenvalue of a symmetric matrix; see `lambda_min`."""

    around = ("λ_min(", ")")
    around_latex = (r"\lambda_{\min}\left(", r"\right)")


class LambdaMax(_Eigenvalue):
    """The largest eigenvalue of a symmetric matrix; see `lambda_max`."""

    around = ("λ_max(", ")")
    around_latex = (r"\lambda_{\max}\left(", r"\right)")


_OTHER_END: dict[type, type] = {LambdaMin: LambdaMax, LambdaMax: LambdaMin}


class MatrixNorm(MatrixNumber):
    """A number N(A) ≥ 0 with N(cA) = |c|·N(A) and N(Aᵀ) = N(A)."""

    is_nonnegative = True

    def __new__(cls, a: Any) -> Any:
        a = sympify(a)
        factor, rest = _parted(a)
        if factor != 1:
            return Abs(factor) * cls(rest)
        if isinstance(a, Transpose):
            return cls(a.arg)
        if isinstance(a, ZeroMatrix):
            return S.Zero
        return cls.of(a)

    @classmethod
    def of(cls, a: Any) -> Any:
        """The norm of a matrix that is neither a multiple nor a transpose of another one."""
        return Expr.__new__(cls, a)


class _Euclidean(MatrixNorm):
    """A norm that is the length ‖x‖ of a vector where the matrix is a row or a column."""

    @classmethod
    def of(cls, a: Any) -> Any:
        if a.shape[1] == 1:
            return norm(a)
        if a.shape[0] == 1:
            return norm(Transpose(a))
        return Expr.__new__(cls, a)


class OperatorNorm(_Euclidean):
    """The largest singular value; see `operator_norm`."""

    around = ("‖", "‖")
    around_latex = (r"\left\|", r"\right\|")

    @classmethod
    def of(cls, a: Any) -> Any:
        return S.One if isinstance(a, Identity) else super().of(a)


class FrobeniusNorm(_Euclidean):
    """The root of the sum of the squared entries; see `frobenius_norm`."""

    around = ("‖", "‖_F")
    around_latex = (r"\left\|", r"\right\|_{F}")

    @property
    def squared(self) -> Expr:
        """Its square, tr(AᵀA)."""
        return Trace(times(Transpose(self.arg), self.arg))


class NuclearNorm(_Euclidean):
    """The sum of the singular values; see `nuclear_norm`."""

    around = ("‖", "‖_⋆")
    around_latex = (r"\left\|", r"\right\|_{*}")


class SigmaMin(_Euclidean):
    """The smallest singular value; see `sigma_min`."""

    around = ("σ_min(", ")")
    around_latex = (r"\sigma_{\min}\left(", r"\right)")

    @classmethod
    def of(cls, a: Any) -> Any:
        return S.One if isinstance(a, Identity) else super().of(a)


class MaxNorm(MatrixNorm):
    """The largest absolute value of an entry; see `max_norm`."""

    around = ("‖", "‖_∞")
    around_latex = (r"\left\|", r"\right\|_{\infty}")

    def _sympystr(self, printer: Any) -> str:
        inside = printer._print(self.arg)
        return f"‖{inside}‖_∞" if self.arg.shape[1] == 1 else f"‖{inside}‖_max"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        below = r"\infty" if self.arg.shape[1] == 1 else r"\max"
        body = rf"\left\|{printer._print(self.arg)}\right\|_{{{below}}}"
        return body if exp is None else f"{body}^{{{exp}}}"


class Eigenvalues(MatrixExpr):  # type: ignore[misc]
    """All eigenvalues of a symmetric matrix as a column, least first; see `eigenvalues`."""

    def __new__(cls, a: Any) -> Any:
        a = sympify(a)
        _must_be_square(a)
        return Expr.__new__(cls, a)

    @property
    def arg(self) -> Any:
        """The matrix."""
        return self.args[0]

    @property
    def shape(self) -> Any:
        return self.args[0].shape[0], S.One

    def _entry(self, i: Any, j: Any, **_: Any) -> Any:
        return MatrixElement(self, i, j)

    def _sympystr(self, printer: Any) -> str:
        return f"λ({printer._print(self.arg)})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        body = rf"\lambda\left({printer._print(self.arg)}\right)"
        return body if exp is None else f"{body}^{{{exp}}}"


def _parted(a: Any) -> tuple[Any, Any]:
    """The number before a matrix, and the matrix without it."""
    if isinstance(a, MatMul):
        factor, matrices = a.as_coeff_matrices()
        return factor, times(*matrices)
    return S.One, a


def _sign_known(factor: Any) -> int:
    """1 for a number that is known to be ≥ 0, −1 for one that is known to be ≤ 0, 0 for any other."""
    factor = sympify(factor)
    return 1 if factor.is_nonnegative else -1 if factor.is_nonpositive else 0


def _must_be_square(a: Any) -> None:
    rows, columns = a.shape
    if sympify(rows - columns).expand() != 0:
        raise ShapeError(f"{a} ({rows}×{columns}) is not square, and has no eigenvalues: take its singular values")


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


def p_norm_in(power: Any) -> tuple[Any, Any, Any] | None:
    """x, p and k where a power is ‖x‖_p^k for a p other than 1 and 2; None for any other."""
    base, exponent = power.as_base_exp()
    if not isinstance(base, Inner) or exponent.is_Integer:
        return None
    column, one = base.args if isinstance(base.args[1], OneMatrix) else base.args[::-1]
    if not (isinstance(one, OneMatrix) and isinstance(column, ElementwiseApplyFunction)):
        return None
    t = Dummy("t", positive=True)
    p = column.function(t).as_base_exp()[1]
    k = p * exponent
    is_one = column == elementwise(lambda s: Abs(s) ** p, column.expr)
    return (column.expr, p, k) if is_one and k.is_Integer and k > 0 else None


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
