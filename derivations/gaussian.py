"""Gaussian expectations: the definition as a SymPy node, and ReLU and step as functions."""

from __future__ import annotations

from typing import Any

from sympy import (
    DiracDelta,
    Expr,
    Function,
    ImmutableMatrix,
    S,
    Symbol,
    Tuple,
    cos,
    eye,
)
from sympy.matrices import MatrixBase
from sympy.matrices.expressions.matexpr import MatrixExpr

from derivations.arguments import Unfit, expression, fitted, scalar, shown, taking, variable
from derivations.letters.abbreviations import latex_names
from derivations.letters.notation import letter
from derivations.vectors import ShapeError


class Entrywise(Function):  # type: ignore[misc]
    """A function of one number, applied to vectors entry by entry with `elementwise`."""

    nargs = 1

    def __new__(cls, x: Any, **options: Any) -> Any:
        if not isinstance(x, Expr) or isinstance(x, MatrixExpr | MatrixBase):
            x = fitted(cls.__name__, x, _number, ShapeError)
        return super().__new__(cls, x, **options)


def _number(value: Any) -> Any:
    found = scalar(value) if not isinstance(value, MatrixExpr | MatrixBase) else value
    if isinstance(found, MatrixExpr | MatrixBase):
        raise Unfit("a vector or matrix; write elementwise(…, x)")
    return found


class relu(Entrywise):
    """ReLU, max(x, 0), with `step` as its derivative.

    Args:
        x: A number, as a SymPy expression; for vectors, see `elementwise`.

    Example:
        >>> from derivations import relu
        >>> relu(-2), relu(3)
        (0, 3)
    """

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


class step(Entrywise):
    """The step function 1{x > 0}, the derivative of `relu`; it is 0 at x = 0, as in torch.

    Args:
        x: A number, as a SymPy expression; for vectors, see `elementwise`.

    Example:
        >>> from derivations import step
        >>> step(0), step(3)
        (0, 1)
    """

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


def law_of(names: Tuple, covariance: Any) -> Any:
    """The covariance of scalar variables as a matrix, an empty tuple for vectors and matrices."""
    given = covariance is not None and not (isinstance(covariance, Tuple | tuple) and not covariance)
    if any(isinstance(v, MatrixExpr) for v in names):
        if given:
            raise ShapeError("vector and matrix variables have independent N(0, 1) entries: leave the covariance out")
        return Tuple()
    matrix = _matrix_of(covariance) if given else ImmutableMatrix(eye(len(names)))
    if matrix.shape != (len(names), len(names)):
        raise ShapeError(f"the covariance has shape {matrix.shape}, but there are {len(names)} variables")
    if matrix != matrix.T:
        raise ShapeError("the covariance is not symmetric")
    return matrix


def _matrix_of(covariance: Any) -> ImmutableMatrix:
    rows = covariance
    if isinstance(covariance, list | tuple | Tuple):
        try:
            rows = ImmutableMatrix(covariance)
        except (TypeError, ValueError):
            raise ShapeError(f"covariance = {shown(covariance)}: not a matrix") from None
    made = fitted("covariance", rows, expression, ShapeError)
    if isinstance(made, MatrixExpr) and not isinstance(made, MatrixBase):
        raise ShapeError(f"covariance = {shown(covariance)}: not written out entry by entry")
    return made if isinstance(made, ImmutableMatrix) else ImmutableMatrix([[made]])


class Expectation(Expr):  # type: ignore[misc]
    """The expectation E[integrand] over Gaussian variables.

    Args:
        integrand: An expression in the variables.
        variables: One symbol or several. Vectors and matrices have independent N(0, 1) entries.
        covariance: The covariance matrix of numbers, which have mean 0; by default the identity.

    Raises:
        ShapeError: The covariance is not symmetric, or has another size.

    Example:
        >>> from sympy import symbols
        >>> from derivations import Expectation, correlated, relu
        >>> u, v, phi = symbols("u v phi", real=True)
        >>> Expectation(relu(u) * relu(v), (u, v), correlated(phi))
        E_{u, v}[relu(u)*relu(v)]
    """

    is_real = True
    is_commutative = True
    is_number = False

    def __new__(cls, integrand: Expr, variables: Any, covariance: Any = None) -> Expectation:
        several = variables if isinstance(variables, tuple | list | Tuple) else (variables,)
        for one in several:
            fitted("Expectation: variables", one, variable, ShapeError)
        names = Tuple(*several)
        if not names or len(set(names)) < len(names):
            raise ShapeError(f"Expectation: variables = {names}: one or several different variables are needed")
        body = fitted("Expectation: integrand", integrand, expression, ShapeError)
        made: Expectation = Expr.__new__(cls, body, names, law_of(names, covariance))
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
        for one in self.variables:
            if isinstance(one, MatrixExpr):
                free |= {s for n in one.shape for s in n.free_symbols}
        return free - set(self.variables)

    def _eval_derivative(self, symbol: Symbol) -> Expr:
        if symbol in self.covariance.free_symbols:
            raise ValueError(f"{symbol} occurs in the law of the expectation: derive a closed form first")
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


@taking(ShapeError, phi=scalar)
def correlated(phi: Expr) -> ImmutableMatrix:
    """Make the covariance matrix of two standard Gaussians at angle φ, with correlation cos φ.

    Args:
        phi: The angle, as a SymPy expression.

    Returns:
        A 2×2 matrix.

    Raises:
        ShapeError: φ is not a number.

    Example:
        >>> from sympy import pi
        >>> from derivations import correlated
        >>> correlated(pi / 3)[0, 1]
        1/2
    """
    return ImmutableMatrix([[1, cos(phi)], [cos(phi), 1]])
