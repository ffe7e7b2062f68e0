"""Which matrices lie in a range for sure, seen from how they are made."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy import MatrixSymbol

from checks.provers.structure.opaque import semidefinite
from derivations.domains import Dependent, Domain, PositiveSemidefinite, RealMatrices, SymmetricMatrices, UnitVectors
from derivations.quantities.families import Member, within
from derivations.vectors import Inner, settled


def belongs(expr: Any, values: Any, domain: Domain) -> bool:
    """Whether a matrix that is put in for a symbol of a fact lies in the symbol's range for sure.

    Args:
        expr: A matrix expression in the symbols of the domain.
        values: The range that the fact has for it.
        domain: Where the statement is claimed that uses the fact.

    Example:
        >>> from derivations import vector
        >>> from derivations.domains import RealMatrices, make_domain
        >>> x = vector("x", 3)
        >>> belongs(2 * x, RealMatrices(), make_domain({}, (), {x}))
        True
    """
    if isinstance(values, RealMatrices):
        return True
    if isinstance(expr, MatrixSymbol) and range_of(expr, domain) == values:
        return True
    if isinstance(values, UnitVectors):
        return bool(domain.table.get(Inner(expr, expr)) == 1)
    if isinstance(values, SymmetricMatrices):
        return is_symmetric(expr, domain)
    if isinstance(values, PositiveSemidefinite):
        members = {s: range_of(s, domain) for s in expr.atoms(Member)}
        named = Domain({**domain.ranges, **members}, domain.where) if members else domain
        return is_symmetric(expr, domain) and semidefinite(expr, named)
    return False


def range_of(symbol: MatrixSymbol, domain: Domain) -> Any:
    """The range of a matrix, or that of the family of which it is a member."""
    values = domain.ranges.get(symbol)
    if isinstance(symbol, Member):
        values = next((r for s, r in domain.ranges.items() if s != symbol and within(symbol, s)), values)
    return values.kind if isinstance(values, Dependent) else values


def is_symmetric(expr: Any, domain: Domain) -> bool:
    """Whether a matrix is its own transpose for sure: sums of symmetric ones, BBᵀ, and symbols that are declared so.

    >>> from derivations.domains import make_domain
    >>> A, B = MatrixSymbol("A", 2, 2), MatrixSymbol("B", 2, 3)
    >>> domain = make_domain({A: SymmetricMatrices()}, (), {A, B})
    >>> is_symmetric(A - 2 * B * B.T, domain), is_symmetric(A * A.T * A, domain)
    (True, False)
    """
    match expr:
        case MatrixSymbol():
            return isinstance(range_of(expr, domain), SymmetricMatrices | PositiveSemidefinite)
        case sp.Identity() | sp.ZeroMatrix():
            return True
        case sp.OneMatrix():
            return bool(expr.shape[0] == expr.shape[1])
        case sp.MatAdd() | sp.HadamardProduct():
            return all(is_symmetric(part, domain) for part in expr.args)
        case sp.Transpose():
            return is_symmetric(expr.arg, domain)
        case sp.MatMul():
            matrices = expr.as_coeff_matrices()[1]
            turned = [settled(sp.Transpose(m)) for m in reversed(matrices)]
            same = all(a == b or (a == b.T and is_symmetric(a, domain)) for a, b in zip(matrices, turned, strict=True))
            return (same and len(matrices) % 2 == 0) or (len(matrices) == 1 and is_symmetric(matrices[0], domain))
    return False
