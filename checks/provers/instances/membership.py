"""Which matrices lie in a range for sure, seen from how they are made."""

from __future__ import annotations

from typing import Any

from sympy import MatrixSymbol

from derivations.domains import Domain, RealMatrices, UnitVectors
from derivations.vectors import Inner


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
    if isinstance(expr, MatrixSymbol) and domain.ranges.get(expr) == values:
        return True
    if isinstance(values, UnitVectors):
        return bool(domain.table.get(Inner(expr, expr)) == 1)
    return False
