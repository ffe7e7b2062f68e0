"""Vectors of symbolic dimension: the inner product as a number, and names for the usual vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from sympy import (
    Derivative,
    Determinant,
    Dummy,
    Expr,
    HadamardProduct,
    Lambda,
    Limit,
    MatMul,
    MatrixSymbol,
    Mul,
    OneMatrix,
    S,
    Symbol,
    Trace,
    Transpose,
    ZeroMatrix,
    acos,
    default_sort_key,
    sqrt,
    sympify,
)
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.matrices import MatrixBase
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr
from sympy.printing.precedence import PRECEDENCE

from derivations.arguments import column, fitted, function, matrix, scalar, size, taking, text

slot = Symbol("_x", real=True)
"""The variable of every entrywise function."""


def _begins_with_minus(product: Any) -> bool:
    """Whether a product of matrices is printed with a minus, from the factor in front.

    SymPy's own asks the same of that factor, but first compares the product with its negative. It makes that anew,
    with all rules for matrices, each time that a product is printed: a fifth of the time of reading formulas.
    """
    first = product.args[0]
    return bool(first.is_Number and first.is_extended_negative)


MatMul.could_extract_minus_sign = _begins_with_minus


class ShapeError(ValueError):
    """Two shapes do not fit together; the message names both."""


class Inner(Expr):  # type: ignore[misc]
    """The number ⟨x, y⟩ = xᵀy of two real columns of equal, possibly symbolic, length.

    Raises ShapeError for anything but two columns of one length.
    """

    is_commutative = True
    is_real = True
    is_number = False
    precedence = PRECEDENCE["Mul"]

    def __new__(cls, x: MatrixExpr, y: MatrixExpr) -> Inner:
        x, y = sympify(x), sympify(y)
        for one in (x, y):
            if not is_matrix(one) or one.shape[1] != 1:
                raise ShapeError(f"an inner product needs columns, and {one} is not a column")
        if sympify(x.shape[0] - y.shape[0]).is_zero is False:
            raise ShapeError(f"columns of shapes {x.shape} and {y.shape} have no inner product")
        x, y = sorted((x, y), key=default_sort_key)
        made: Inner = Expr.__new__(cls, x, y)
        return made

    def _eval_is_nonnegative(self) -> bool | None:
        return True if self.args[0] == self.args[1] else None

    def _eval_derivative(self, symbol: Symbol) -> Expr:
        x, y = self.args
        if symbol not in self.free_symbols:
            return S.Zero
        return Inner(x.diff(symbol), y) + Inner(x, y.diff(symbol))

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        x, y = self.args
        if x == y:
            power = "2" if exp is None else str(2 * int(exp)) if exp.isdigit() else rf"2 \cdot {exp}"
            return rf"\left\| {printer._print(x)} \right\|^{{{power}}}"
        if isinstance(y, OneMatrix):
            x, y = y, x
        left, right = (rf"\left({printer._print(z)}\right)" if needs_brackets(z) else printer._print(z) for z in (x, y))
        body = rf"{left}^{{\top}} {right}"
        return body if exp is None else rf"\left({body}\right)^{{{exp}}}"

    def _sympystr(self, printer: Any) -> str:
        x, y = (printer._print(a) for a in self.args)
        return f"‖{x}‖²" if x == y else f"⟨{x}, {y}⟩"


class MatrixNumber(Expr):  # type: ignore[misc]
    """A real number that belongs to a matrix; no rule of SymPy looks inside of it."""

    is_commutative = True
    is_real = True
    is_number = False
    precedence = PRECEDENCE["Atom"]
    around: ClassVar[tuple[str, str]]
    """What plain text has before and after the matrix."""
    around_latex: ClassVar[tuple[str, str]]

    @property
    def arg(self) -> Any:
        """The matrix."""
        return self.args[0]

    def _eval_derivative(self, symbol: Symbol) -> Expr:
        return Derivative(self, symbol, evaluate=False) if symbol in self.free_symbols else S.Zero

    def _sympystr(self, printer: Any) -> str:
        before, after = self.around
        return f"{before}{printer._print(self.arg)}{after}"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        before, after = self.around_latex
        body = f"{before}{printer._print(self.arg)}{after}"
        return body if exp is None else f"{body}^{{{exp}}}"


def needs_brackets(x: MatrixExpr) -> bool:
    """Whether a vector is printed as a sum or product, so that a transpose needs brackets around it."""
    return bool(x.is_Add or x.is_Mul or isinstance(x, HadamardProduct))


@taking(ShapeError, x=column, y=column)
def inner(x: MatrixExpr, y: MatrixExpr) -> Expr:
    """Make the inner product ⟨x, y⟩ = xᵀy.

    Args:
        x: A column vector.
        y: A column vector of the same size.

    Returns:
        A number, as a SymPy expression.

    Raises:
        ShapeError: One of them is not a column, or their sizes differ.

    Example:
        >>> from sympy import Symbol
        >>> from derivations import inner, vector
        >>> n = Symbol("n", integer=True, positive=True)
        >>> inner(vector("x", n), vector("y", n))
        ⟨x, y⟩
    """
    return Inner(x, y)


@taking(ShapeError, x=column)
def norm_squared(x: MatrixExpr) -> Expr:
    """Make the squared norm ‖x‖² = ⟨x, x⟩.

    Args:
        x: A column vector.

    Returns:
        A number, as a SymPy expression.

    Raises:
        ShapeError: x is not a column.

    Example:
        >>> from derivations import norm_squared, vector
        >>> norm_squared(vector("x", 3))
        ‖x‖²
    """
    return Inner(x, x)


@taking(ShapeError, x=column)
def norm(x: MatrixExpr) -> Expr:
    """Make the Euclidean norm ‖x‖ = √⟨x, x⟩.

    Args:
        x: A column vector.

    Returns:
        A number, as a SymPy expression.

    Raises:
        ShapeError: x is not a column.

    Example:
        >>> from derivations import norm, vector
        >>> norm(vector("x", 3))
        sqrt(‖x‖²)
    """
    return sqrt(Inner(x, x))


@taking(ShapeError, x=column, y=column)
def angle_between(x: MatrixExpr, y: MatrixExpr) -> Expr:
    """Make the angle ∠(x, y) = arccos(⟨x, y⟩/(‖x‖‖y‖)) of two vectors of any norms.

    Args:
        x: A column vector.
        y: A column vector of the same size.

    Returns:
        A number in [0, π], as a SymPy expression.

    Raises:
        ShapeError: One of them is not a column, or their sizes differ.

    Example:
        >>> from derivations.vectors import angle_between
        >>> from derivations import vector
        >>> str(angle_between(vector("x", 3), vector("y", 3))).startswith("acos")
        True
    """
    return acos(Inner(x, y) / (norm(x) * norm(y)))


@taking(ShapeError, name=text, size=size)
def vector(name: str, size: Any) -> MatrixSymbol:
    """Make a real column vector.

    Args:
        name: Its name.
        size: The number of its entries: a positive integer, or an expression such as a symbol n.

    Returns:
        A SymPy `MatrixSymbol` of shape (size, 1).

    Raises:
        ShapeError: The size is not valid.

    Example:
        >>> from derivations import vector
        >>> vector("x", 3).shape
        (3, 1)
    """
    return MatrixSymbol(name, size, 1)


@taking(ShapeError, size=size)
def ones(size: Any) -> OneMatrix:
    """Make the vector 𝟏 whose entries are all 1.

    Args:
        size: The number of its entries: a positive integer, or an expression.

    Returns:
        A SymPy `OneMatrix` of shape (size, 1).

    Raises:
        ShapeError: The size is not valid.

    Example:
        >>> from derivations import ones
        >>> ones(3).shape
        (3, 1)
    """
    return OneMatrix(size, 1)


@taking(ShapeError, size=size)
def all_ones(size: Any) -> OneMatrix:
    """Make the square matrix 𝟏𝟏ᵀ whose entries are all 1.

    Args:
        size: The number of its rows: a positive integer, or an expression.

    Returns:
        A SymPy `OneMatrix` of shape (size, size).

    Raises:
        ShapeError: The size is not valid.

    Example:
        >>> from derivations import all_ones
        >>> all_ones(3).shape
        (3, 3)
    """
    return OneMatrix(size, size)


@taking(ShapeError, function=function, x=matrix)
def elementwise(function: Callable[[Any], Expr], x: MatrixExpr) -> MatrixExpr:
    """Apply a function to every entry of a vector or matrix.

    Equal functions give equal expressions. The function may use other numbers and vectors, x among them, and another
    `elementwise`.

    Args:
        function: A function of one number that returns a SymPy expression.
        x: A vector or matrix.

    Returns:
        A matrix expression of the shape of x.

    Raises:
        ShapeError: x is not a matrix, or the function does not return a number.

    Example:
        >>> from sympy import tanh
        >>> from derivations import elementwise, vector
        >>> elementwise(tanh, vector("x", 3)).shape
        (3, 1)
    """
    entry = Dummy("entry", real=True)
    body = fitted("elementwise: the value of the function", function(entry), scalar, ShapeError)
    taken = {s for s in body.atoms(Symbol) if s == slot or (s.name.startswith("_x") and s.name[2:].isdigit())}
    # an inner function's variable has the plain name; that of a function around it is numbered by its depth
    depth = max((int(s.name[2:] or 0) + 1 for s in taken), default=0)
    name = Symbol(f"_x{depth}", real=True) if depth else slot
    return ElementwiseApplyFunction(Lambda(name, body.xreplace({entry: name})), x)


def constant_entry(x: Any) -> Expr | None:
    """The number in every entry of a matrix c·𝟏, 0, or g(c·𝟏) entry by entry where it is finite; None for others."""
    if isinstance(x, Transpose):
        return constant_entry(x.arg)
    if isinstance(x, ElementwiseApplyFunction):
        entry = constant_entry(x.expr)
        value = None if entry is None else x.function(entry)
        return None if value is None or value.has(S.NaN, S.ComplexInfinity, S.Infinity, S.NegativeInfinity) else value
    if isinstance(x, ZeroMatrix):
        return S.Zero
    factor, matrices = x.as_coeff_matrices() if isinstance(x, MatMul) else (S.One, [x])
    return factor if len(matrices) == 1 and isinstance(matrices[0], OneMatrix) else None


def _is_one_by_one(a: Any) -> bool:
    # SymPy's explicit matrices are matrix expressions too: the covariance of one Gaussian is such a one
    return isinstance(a, MatrixExpr) and not isinstance(a, MatrixBase) and a.shape == (1, 1)


def as_numbers(expr: Any) -> Any:
    """Replace every 1×1 matrix that stands in the place of a number by that number, its trace."""
    if isinstance(expr, Inner) or not getattr(expr, "args", ()) or not isinstance(expr, Expr | MatrixBase):
        return expr
    if isinstance(expr, MatrixBase):
        return expr.applyfunc(as_numbers) if expr.atoms(MatrixExpr) else expr
    args = [as_numbers(a) for a in expr.args]
    takes_matrices = is_matrix(expr) or isinstance(expr, Trace | Determinant | MatrixElement | MatrixNumber | Lambda)
    if not takes_matrices:
        args = [Trace(a) if _is_one_by_one(a) else a for a in args]
    return expr if all(a is b for a, b in zip(args, expr.args, strict=True)) else expr.func(*args)


def canonical(expr: Any) -> Any:
    """Rewrite every entrywise function by `elementwise`, since SymPy gives its variable a new name each time."""
    if not isinstance(expr, Expr) or not expr.has(ElementwiseApplyFunction):
        return expr
    return expr.replace(lambda e: isinstance(e, ElementwiseApplyFunction), lambda e: elementwise(e.function, e.expr))


def is_matrix(expr: Any) -> bool:
    """Whether an expression is a vector or matrix rather than a number."""
    return isinstance(expr, MatrixExpr | MatrixBase)


def times(*factors: Any) -> Any:
    """Multiply numbers and matrices; SymPy's `*` would also evaluate the integrals, sums and limits in the factors."""
    return settled(MatMul(*factors)) if any(is_matrix(f) for f in factors) else Mul(*factors)


def settled(expr: Any) -> Any:
    """Bring a product, sum or transpose of matrices into SymPy's order, without evaluating integrals, sums or limits in
    it.

    SymPy's `doit(deep=False)` multiplies by `*`, which would evaluate all of these.
    """
    kept = {a: Dummy("kept", commutative=True) for a in expr.atoms(ExprWithLimits, Limit, Derivative)}
    done = expr.xreplace(kept).doit(deep=False)
    return done.xreplace({name: a for a, name in kept.items()}) if kept else done


def shape_of(expr: Any) -> tuple[Any, ...]:
    """The shape of a vector or matrix, and () for a number."""
    return tuple(expr.shape) if is_matrix(expr) else ()
