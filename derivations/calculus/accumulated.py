"""Sums and integrals whose value is a matrix, and the basis vectors that entries are written with.

SymPy's `Sum` and `Integral` are numbers, so a gradient Σᵢ f(i)·Mᵢ has no node of its own there. The index
is always a `Dummy`: nothing that is substituted later can be captured by it.
"""

from __future__ import annotations

from typing import Any

from sympy import Dummy, Expr, Integer, Integral, KroneckerDelta, Sum, sympify
from sympy.matrices.expressions.matexpr import MatrixExpr


class BasisVector(MatrixExpr):  # type: ignore[misc]
    """The column e_i of the identity of the given size; `index` counts from 0 and may be symbolic."""

    def __new__(cls, size: Any, index: Any) -> BasisVector:
        made: BasisVector = Expr.__new__(cls, sympify(size), sympify(index))
        return made

    @property
    def shape(self) -> tuple[Any, Any]:
        return self.args[0], Integer(1)

    def _entry(self, i: Any, j: Any, **_: Any) -> Any:
        return KroneckerDelta(i, self.args[1])


class _Accumulated(MatrixExpr):  # type: ignore[misc]
    """A matrix accumulated over one index, Σ or ∫ of `body` for `index` from `low` to `high`."""

    number: Any

    def __new__(cls, body: Any, index: Any, low: Any, high: Any) -> Any:
        body, low, high = sympify(body), sympify(low), sympify(high)
        if not isinstance(index, Dummy):
            fresh = Dummy(str(index), **index.assumptions0)
            body, index = body.xreplace({index: fresh}), fresh
        return Expr.__new__(cls, body, index, low, high)

    @property
    def shape(self) -> Any:
        return self.args[0].shape

    @property
    def free_symbols(self) -> set[Any]:
        body, index, low, high = self.args
        return {s for part in (body, low, high) for s in part.free_symbols if part is not body or s != index}

    def _entry(self, i: Any, j: Any, **_: Any) -> Any:
        body, index, low, high = self.args
        return self.number(body[i, j], (index, low, high))


class MatrixSum(_Accumulated):
    """Σ body over the whole numbers index = low, …, high."""

    number = Sum


class MatrixIntegral(_Accumulated):
    """∫ body d index from low to high."""

    number = Integral
