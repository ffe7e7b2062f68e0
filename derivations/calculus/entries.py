"""One entry of a column that is computed entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile
from typing import Any

from sympy import Add, DiagMatrix, Expr, HadamardProduct, MatAdd, MatMul, Mul, OneMatrix, S
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction


class NotEntrywise(ValueError):
    """Not a column whose i-th entry is a function of the i-th entries of columns that have a name."""


def entry(column: Any, named: Callable[[Any], Expr | None]) -> Expr:
    """The i-th entry of a column in terms of what `named` says of the columns that it is made of.

    `named` gives the entry of a column that it knows, None for others, which are taken apart: sums, multiples, Hadamard
    products, entrywise functions, and diagonal matrices times a column. Raises NotEntrywise for anything else.

    >>> from sympy import MatrixSymbol, Symbol, tanh
    >>> from derivations.vectors import elementwise
    >>> v, t = MatrixSymbol("v", 3, 1), Symbol("t")
    >>> entry(2 * v + elementwise(tanh, v), {v: t}.get)
    2*t + tanh(t)
    """
    known = named(column)
    if known is not None:
        return known
    match column:
        case OneMatrix():
            return S.One
        case ElementwiseApplyFunction():
            return column.function(entry(column.expr, named))
        case HadamardProduct():
            return Mul(*(entry(a, named) for a in column.args))
        case MatAdd():
            return Add(*(entry(a, named) for a in column.args))
        case MatMul():
            factor, matrices = column.as_coeff_matrices()
            diagonals = list(takewhile(lambda m: isinstance(m, DiagMatrix), matrices[:-1]))
            rest = matrices[len(diagonals) :]
            if factor != 1 or diagonals:
                inner = MatMul(*rest) if len(rest) > 1 else rest[0]
                return factor * Mul(*(entry(d.args[0], named) for d in diagonals)) * entry(inner, named)
    raise NotEntrywise(str(column))
