"""Gaussian expectations: the definition as a SymPy node, and ReLU and step as functions."""

from __future__ import annotations

from typing import Any

from sympy import (
    DiracDelta,
    Expr,
    Function,
    ImmutableMatrix,
    Matrix,
    S,
    Symbol,
    Tuple,
    cos,
    eye,
    sympify,
)
from sympy.matrices.expressions.matexpr import MatrixExpr

from derivations.letters.abbreviations import latex_names
from derivations.letters.notation import letter
from derivations.vectors import ShapeError


class relu(Function):  # type: ignore[misc]
    """max(x, 0), the σ of the papers; its derivative is `step`."""

    nargs = 1
    is_real = True
    is_nonnegative = True

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        if x.is_nonnegative:
            return x
        if x.is_nonpositive:
            return S.Zero
        return None

    def fdiff(self, argindex: int = 1) -> Expr:
        return step(self.args[0])

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        power = "" if exp is None else f"^{{{exp}}}"
        name = letter("relu") or latex_names().get("relu") or r"\sigma"
        return rf"{name}{power}\left({printer._print(self.args[0])}\right)"


class step(Function):  # type: ignore[misc]
    """1{x > 0}, the derivative of `relu` away from its kink; 0 at x = 0 as in torch."""

    nargs = 1
    is_real = True
    is_nonnegative = True

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        if x.is_positive:
            return S.One
        if x.is_nonpositive:
            return S.Zero
        return None

    def fdiff(self, argindex: int = 1) -> Expr:
        return DiracDelta(self.args[0])

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return rf"\mathbf{{1}}\left\{{{printer._print(self.args[0])} > 0\right\}}"


def _law(names: Tuple, covariance: Any) -> Any:
    """The covariance of scalar variables as a matrix, an empty tuple for vectors and matrices."""
    given = covariance not in (None, Tuple())
    if any(isinstance(v, MatrixExpr) for v in names):
        if given:
            raise ShapeError("vector and matrix variables have independent N(0, 1) entries: no covariance")
        return Tuple()
    matrix = ImmutableMatrix(Matrix(covariance) if given else eye(len(names)))
    if matrix.shape != (len(names), len(names)):
        raise ShapeError(f"a covariance of shape {matrix.shape} for {len(names)} variables")
    if matrix != matrix.T:
        raise ShapeError("a covariance that is not symmetric")
    return matrix


class Expectation(Expr):  # type: ignore[misc]
    """E[integrand] over Gaussian variables.

    Scalar variables are jointly N(0, `covariance`), by default the identity; vector and matrix
    variables have independent N(0, 1) entries. Raises ShapeError for a covariance of another size or
    one that is not symmetric.
    """

    is_real = True
    is_commutative = True
    is_number = False

    def __new__(cls, integrand: Expr, variables: Any, covariance: Any = None) -> Expectation:
        names = Tuple(*variables) if isinstance(variables, tuple | list | Tuple) else Tuple(variables)
        made: Expectation = Expr.__new__(cls, sympify(integrand), names, _law(names, covariance))
        return made

    @property
    def integrand(self) -> Expr:
        return self.args[0]

    @property
    def variables(self) -> tuple[Any, ...]:
        return tuple(self.args[1])

    @property
    def covariance(self) -> Any:
        """The covariance matrix of scalar variables, an empty tuple for vectors and matrices."""
        return self.args[2]

    @property
    def is_scalar(self) -> bool:
        return not isinstance(self.covariance, Tuple)

    @property
    def free_symbols(self) -> set[Any]:
        free = set(self.integrand.free_symbols) | set(self.covariance.free_symbols)
        for variable in self.variables:
            if isinstance(variable, MatrixExpr):
                free |= {s for n in variable.shape for s in n.free_symbols}
        return free - set(self.variables)

    def _eval_derivative(self, symbol: Symbol) -> Expr:
        if symbol in self.covariance.free_symbols:
            raise ValueError(f"{symbol} stands in the law of the expectation: derive a closed form first")
        return Expectation(self.integrand.diff(symbol), self.variables, self.covariance)

    def law_latex(self, printer: Any) -> str:
        """The variables and their law, as LaTeX."""
        names = ", ".join(printer._print(v) for v in self.variables)
        if not self.is_scalar:
            law = rf"{names} \sim \mathcal{{N}}(0, I)"
        elif len(self.variables) == 1:
            law = rf"{names} \sim \mathcal{{N}}(0, {printer._print(self.covariance[0])})"
        elif self.covariance == eye(len(self.variables)):
            law = rf"{names} \sim \mathcal{{N}}(0, 1)"
        else:
            rows = [" & ".join(map(printer._print, row)) for row in self.covariance.tolist()]
            separator = r" \\ "
            matrix = rf"\left(\begin{{smallmatrix}}{separator.join(rows)}\end{{smallmatrix}}\right)"
            law = rf"({names}) \sim \mathcal{{N}}\left(0, {matrix}\right)"
        return law

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        law = self.law_latex(printer)
        body = rf"\mathbb{{E}}_{{{law}}}\left[{printer._print(self.integrand)}\right]"
        return body if exp is None else rf"\left({body}\right)^{{{exp}}}"

    def _sympystr(self, printer: Any) -> str:
        names = ", ".join(str(v) for v in self.variables)
        return f"E_{{{names}}}[{printer._print(self.integrand)}]"


def correlated(phi: Expr) -> ImmutableMatrix:
    """The covariance of two standard Gaussians at angle φ: correlation cos φ."""
    return ImmutableMatrix([[1, cos(phi)], [cos(phi), 1]])
