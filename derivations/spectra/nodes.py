"""Eigenvalues, singular values and norms of one matrix as nodes of the calculus, and how they are printed."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Dummy, Expr, Identity, MatMul, OneMatrix, S, Trace, Transpose, ZeroMatrix, sympify
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from derivations.vectors import Inner, MatrixNumber, ShapeError, elementwise, norm, times


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
