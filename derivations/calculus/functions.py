"""Functions of which only a class is known, and their gradients: f(x) and ∇f(x) for any differentiable f."""

from __future__ import annotations

from typing import Any

from sympy import Expr, sympify
from sympy.core.function import AppliedUndef
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from derivations.calculus.differentials import gradient
from derivations.letters.names import OwnMatrix
from derivations.vectors import ShapeError, is_matrix


class Nabla(MatrixExpr):  # type: ignore[misc]
    """The gradient ∇f(x) of a function of which only a class is known, at a column x; see `nabla`."""

    def __new__(cls, name: Any, at: Any) -> Any:
        at = sympify(at)
        if not is_matrix(at) or at.shape[1] != 1:
            raise ShapeError(f"nabla at {at}: write nabla(f, x) for a function f of a column x")
        return Expr.__new__(cls, Str(str(name)), at)

    @property
    def shape(self) -> Any:
        return self.args[1].shape

    def _entry(self, i: Any, j: Any, **_: Any) -> Any:
        return MatrixElement(self, i, j)

    def _sympystr(self, printer: Any) -> str:
        return f"∇{self.args[0].name}({printer._print(self.args[1])})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return rf"\nabla {self.args[0].name}\left({printer._print(self.args[1])}\right)"


def nabla(f: Any, x: MatrixExpr) -> MatrixExpr:
    """Make the gradient ∇f(x) of a function that stays unspecified.

    Args:
        f: A function symbol, `Function("f", real=True)`.
        x: A column vector.

    Returns:
        A matrix expression of the shape of x.

    Raises:
        ShapeError: x is not a column.

    Example:
        >>> from sympy import Function
        >>> from derivations import vector
        >>> from derivations.calculus.functions import nabla
        >>> nabla(Function("f", real=True), vector("x", 3))
        ∇f(x)
    """
    return Nabla(f.__name__, x)


def with_function(expr: Any, f: Any, body: Any) -> Any:
    """Put a function in the place of an unspecified one, its gradient in the place of ∇f.

    Args:
        expr: An expression with f(…) and ∇f(…).
        f: The function symbol.
        body: A Python function of one number or one column that returns a number, or a `Lambda`.

    Returns:
        The expression without f.

    Example:
        >>> from sympy import Function
        >>> from derivations import norm_squared, vector
        >>> from derivations.calculus.functions import nabla, with_function
        >>> f, x = Function("f", real=True), vector("x", 3)
        >>> with_function(nabla(f, x), f, norm_squared)
        2*x
    """

    def slope(at: Any) -> Any:
        free = OwnMatrix("z", *at.shape)
        return gradient(body(free), free).xreplace({free: at})

    expr = expr.replace(lambda e: isinstance(e, Nabla) and e.args[0].name == f.__name__, lambda e: slope(e.args[1]))
    return expr.replace(lambda e: isinstance(e, AppliedUndef) and e.func == f, lambda e: body(*e.args))
