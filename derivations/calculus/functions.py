"""Functions known only by their class, and their gradients: f(x) and ∇f(x) for any differentiable f."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any

from sympy import Basic, Expr, Function, sympify
from sympy.core.function import AppliedUndef, UndefinedFunction
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from derivations.calculus.differentials import gradient
from derivations.letters.names import OwnMatrix
from derivations.vectors import ShapeError, is_matrix


class Nabla(MatrixExpr):  # type: ignore[misc]
    """The gradient ∇f(x) at a column x of a function known only by its class; see `nabla`."""

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


def unspecified(content: Iterable[Any]) -> dict[str, Any]:
    """The unspecified functions of a claim by name, those of which it has the gradient alone included.

    >>> from sympy import Function
    >>> from derivations import vector
    >>> f, x = Function("f", real=True), vector("x", 3)
    >>> sorted(unspecified([f(x), nabla(Function("g", real=True), x)]))
    ['f', 'g']
    """
    said = [c for c in content if isinstance(c, Basic)]
    found = {str(f.func): f.func for c in said for f in c.atoms(AppliedUndef)}
    return {e.args[0].name: Function(e.args[0].name, real=True) for c in said for e in c.atoms(Nabla)} | found


def putting(expr: Any, put: Mapping[Any, Any], functions: Mapping[Any, Any], applied: list[Any]) -> Any:
    """Put objects in for symbols and functions for unspecified ones, all at once: nothing that is put in changes.

    Args:
        expr: The expression.
        put: What stands for each symbol.
        functions: A function or a `Lambda` for each function symbol.
        applied: A list to which the values of these functions in the expression are added.

    Returns:
        The expression with them; the gradient of what stands for f in the place of ∇f.

    Raises:
        TypeError: A function has another number of arguments.
        NotReducible: A function has no gradient that can be written.

    Example:
        >>> from sympy import Function, Symbol
        >>> f, g, x = Function("f"), Function("g"), Symbol("x")
        >>> putting(f(x) - g(x), {x: f(x)}, {f: g, g: f}, [])
        -f(f(x)) + g(f(x))
    """
    # names of its own for the functions, so that what is put in for one is not taken for another
    own = {head: Function(f"put in for {head}", **head._kwargs) for head in functions}
    names = {str(head): kept.__name__ for head, kept in own.items()}
    for head, kept in own.items():
        expr = expr.replace(head, kept)
    expr = expr.replace(_is_nabla(names), lambda e: Nabla(names[e.args[0].name], e.args[1])).xreplace(dict(put))
    for head, kept in own.items():
        expr = _with(expr, kept, functions[head], applied)
    return expr


def _is_nabla(names: Container[str]) -> Callable[[Any], bool]:
    return lambda e: isinstance(e, Nabla) and e.args[0].name in names


def _with(expr: Any, kept: Any, value: Any, applied: list[Any]) -> Any:
    """An expression with a function in the place of another, whose values are noted."""

    def called(e: Any) -> Any:
        applied.append(value(*e.args))
        return applied[-1]

    if isinstance(value, UndefinedFunction):
        expr = expr.replace(_is_nabla({kept.__name__}), lambda e: Nabla(value.__name__, e.args[1]))
        return expr.replace(lambda e: isinstance(e, AppliedUndef) and e.func == kept, called)
    expr = expr.replace(lambda e: isinstance(e, AppliedUndef) and e.func == kept, called)
    return with_function(expr, kept, value) if expr.has(Nabla) else expr
