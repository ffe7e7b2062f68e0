"""The same statement with given sizes: entry by entry, or in coordinates adapted to its vectors."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

from sympy import (
    Abs,
    Add,
    Determinant,
    DiagMatrix,
    Expr,
    HadamardProduct,
    Identity,
    ImmutableMatrix,
    Integer,
    MatAdd,
    MatMul,
    MatPow,
    MatrixSymbol,
    Max,
    OneMatrix,
    Symbol,
    Trace,
    Transpose,
    ZeroMatrix,
    default_sort_key,
    diag,
    sqrt,
    sympify,
    zeros,
)
from sympy.matrices import MatrixBase
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.inverse import Inverse
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from derivations.calculus.accumulated import BasisVector, MatrixSum
from derivations.calculus.forms import InnerTable, expand_inner
from derivations.calculus.matrix_functions import Cofactors
from derivations.gaussian import Expectation
from derivations.letters.names import OwnMatrix, own
from derivations.outcomes.reasons import Stopped
from derivations.spectra.nodes import FrobeniusNorm, MaxNorm
from derivations.vectors import Inner, MatrixNumber


class NotExplicit(Stopped, ValueError):
    """An expression that cannot be written out for given sizes; the message names the part."""


def entries(symbol: MatrixSymbol, rows: int, cols: int) -> ImmutableMatrix:
    """The explicit matrix of real symbols for `symbol`: x_1, x_2, … or X_11, X_12, …"""
    names = [
        f"{symbol.name}_{i + 1}" if cols == 1 else f"{symbol.name}_{i + 1}{j + 1}"
        for i in range(rows)
        for j in range(cols)
    ]
    return ImmutableMatrix(rows, cols, [own(name, real=True) for name in names])


def explicit(expr: Any, sizes: Mapping[Symbol, int]) -> Any:
    """`expr` with given sizes and every vector written out entry by entry."""
    expr = sympify(expr)
    if isinstance(expr, MatrixSymbol):
        rows, cols = (int(sympify(n).xreplace(_integers(sizes))) for n in expr.shape)
        return entries(expr, rows, cols)
    if isinstance(expr, Identity | OneMatrix | ZeroMatrix):
        return ImmutableMatrix(expr.xreplace(_integers(sizes)).as_explicit())
    if isinstance(expr, Symbol):
        return sympify(sizes.get(expr, expr))
    if not expr.args or isinstance(expr, MatrixBase):
        return expr.applyfunc(lambda e: explicit(e, sizes)) if isinstance(expr, MatrixBase) else expr
    if isinstance(expr, ElementwiseApplyFunction):
        # vectors in the function, and x itself, are written out as well
        return explicit(expr.expr, sizes).applyfunc(lambda e: explicit(expr.function(e), sizes))
    if isinstance(expr, Expectation):
        names = [row for v in expr.variables for row in _rows_of(v, sizes)]
        return Expectation(explicit(expr.integrand, sizes), names, expr.covariance)
    if isinstance(expr, MatMul) and isinstance(expr.args[0], MatrixSymbol) and _half_explicit(expr.args[0], sizes):
        rest = MatMul(*expr.args[1:]).doit(deep=False)
        return ImmutableMatrix([Inner(row, rest) for row in _rows_of(expr.args[0], sizes)])
    if isinstance(expr, MatrixSum):
        body, index, low, high = expr.args
        first, last = (explicit(end, sizes) for end in (low, high))
        if not (first.is_Integer and last.is_Integer):
            raise NotExplicit(f"a sum between ends that are not numbers is not written out: {expr}")
        terms = [explicit(body.xreplace({index: Integer(k)}), sizes) for k in range(int(first), int(last) + 1)]
        shape = (int(explicit(n, sizes)) for n in expr.shape)
        return ImmutableMatrix(reduce(lambda x, y: x + y, terms, zeros(*shape)))
    args = [explicit(a, sizes) for a in expr.args]
    match expr:
        case BasisVector() | Cofactors():
            return ImmutableMatrix(expr.func(*args).as_explicit())
        case DiagMatrix():
            return ImmutableMatrix(diag(*args[0]))
        case HadamardProduct():
            return reduce(lambda x, y: x.multiply_elementwise(y), args)
        case Inner():
            return (args[0].T * args[1])[0, 0]
        case MatMul() | MatAdd():
            total = args[0]
            for a in args[1:]:
                total = total * a if isinstance(expr, MatMul) else total + a
            return total
        case MatPow():
            if args[0].shape == (1, 1):
                return ImmutableMatrix([[args[0][0, 0] ** args[1]]])
            if not args[1].is_Integer:
                raise NotExplicit(f"a power that is not a whole number is not written out: {expr}")
            return args[0] ** args[1]
        case Transpose():
            return args[0].T
        case Inverse():
            return args[0].inv()
        case Determinant():
            return args[0].det()
        case Trace():
            return args[0].trace()
        case MatrixElement():
            return args[0][args[1], args[2]]
        case FrobeniusNorm():
            return sqrt(Add(*(x**2 for x in args[0])))
        case MaxNorm():
            return Max(*(Abs(x) for x in args[0]))
        case MatrixNumber():
            made = expr.func(*args)
            return made.xreplace({p: (p.args[0].T * p.args[1])[0, 0] for p in made.atoms(Inner)})
    return expr.func(*args)


def _half_explicit(z: MatrixSymbol, sizes: Mapping[Symbol, int]) -> bool:
    """A matrix whose rows are counted while their length stays a symbol."""
    rows, cols = (sympify(n).xreplace(_integers(sizes)) for n in z.shape)
    return bool(rows.is_Integer and not cols.is_Integer)


def _rows_of(v: Any, sizes: Mapping[Symbol, int]) -> list[Any]:
    """A Gaussian variable written out: the rows of a matrix as vectors, the entries of a column as numbers."""
    if not isinstance(v, MatrixSymbol):
        return [v]
    rows, cols = (sympify(n).xreplace(_integers(sizes)) for n in v.shape)
    if not rows.is_Integer:
        return [v]
    if cols.is_Integer:
        return list(entries(v, int(rows), int(cols)))
    return [OwnMatrix(f"{v.name}_{i + 1}", cols, 1) for i in range(int(rows))]


def _integers(sizes: Mapping[Symbol, int]) -> dict[Symbol, Any]:
    return {symbol: sympify(n) for symbol, n in sizes.items()}


def coordinates(expr: Expr, table: InnerTable) -> tuple[Expr, tuple[Symbol, ...]]:
    """A statement about vectors as one about real numbers, for every dimension at once.

    Rotating the space takes the named vectors x₁, x₂, … to (r₁₁, 0, …), (r₁₂, r₂₂, 0, …), …, and a
    statement that depends on inner products only is the same statement about the rᵢⱼ. 𝟏 comes first,
    as (√k, 0, …). Dimensions smaller than the number of vectors are the case of some rᵢⱼ = 0.
    Returns the expression and the new symbols. Unit vectors are not supported and stay as they are.
    """
    expr = expand_inner(expr, table)
    spaces: dict[Expr, list[MatrixExpr]] = {}
    for product in sorted(expr.atoms(Inner), key=default_sort_key):
        for x in product.args:
            members = spaces.setdefault(x.shape[0], [])
            if x not in members:
                members.append(x)
    new: list[Symbol] = []
    values: dict[Expr, Expr] = {}
    for index, (size, members) in enumerate(sorted(spaces.items(), key=lambda kv: str(kv[0]))):
        members.sort(key=lambda x: (not isinstance(x, OneMatrix), default_sort_key(x)))
        rows: dict[MatrixExpr, list[Expr]] = {}
        for j, x in enumerate(members):
            rows[x] = (
                [sqrt(size)] if isinstance(x, OneMatrix) else [own(f"r{index}{i}{j}", real=True) for i in range(j + 1)]
            )
            new += [r for r in rows[x] if not isinstance(x, OneMatrix)]
        for x in members:
            for y in members:
                values[Inner(x, y)] = Add(*(a * b for a, b in zip(rows[x], rows[y], strict=False)))
    return expr.xreplace(values), tuple(new)
