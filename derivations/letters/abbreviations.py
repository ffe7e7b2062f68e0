"""A paper's own short names, substituted for display: g(φ) for its two terms, ∇ₐL for the gradient.

Only what is printed changes. A sum is recognised inside a larger sum, and with its sign reversed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

from sympy import Add, Basic, MatAdd, MatrixSymbol, Pow, Symbol
from sympy.matrices.expressions.matexpr import MatrixExpr


@dataclass(frozen=True)
class Abbreviation:
    """An expression with its name in text and in LaTeX."""

    expr: Any
    text: str
    latex: str

    @property
    def symbol(self) -> Any:
        return MatrixSymbol(self.text, *self.expr.shape) if isinstance(self.expr, MatrixExpr) else Symbol(self.text)


_CURRENT: ContextVar[tuple[Abbreviation, ...]] = ContextVar("abbreviations", default=())


@contextmanager
def abbreviating(table: Sequence[Abbreviation]) -> Iterator[None]:
    """Print with these abbreviations; longer ones come first."""
    token = _CURRENT.set(tuple(table))
    try:
        yield
    finally:
        _CURRENT.reset(token)


def latex_names() -> dict[str, str]:
    """The LaTeX of the names in force."""
    return {a.text: a.latex for a in _CURRENT.get()}


def abbreviate(expr: Any) -> Any:
    """`expr` with the current abbreviations."""
    for each in _CURRENT.get():
        expr = _replace(expr, each.expr, each.symbol)
    return expr


def _replace(expr: Any, long: Any, short: Any) -> Any:
    if expr == long:
        return short
    if not isinstance(expr, Basic) or not expr.args or isinstance(expr, Symbol | MatrixSymbol):
        return expr
    if isinstance(expr, Pow) and isinstance(long, Pow) and expr.base == long.base:
        power = expr.exp / long.exp
        if power.is_Integer:
            return short**power
    if isinstance(expr, Add | MatAdd) and isinstance(long, Add | MatAdd) and len(expr.args) >= len(long.args):
        args = set(expr.args)
        for sign, terms in _signed_terms(long):
            if terms <= args:
                rest = [_replace(t, long, short) for t in expr.args if t not in terms]
                return expr.func(*rest, sign * short)
    parts = [_replace(a, long, short) for a in expr.args]
    return expr.func(*parts) if parts != list(expr.args) else expr


@cache
def _signed_terms(long: Any) -> tuple[tuple[int, frozenset[Any]], ...]:
    """The terms of a sum with either sign; products of matrices take long to make, and there are few sums."""
    return tuple((sign, frozenset(sign * t for t in long.args)) for sign in (1, -1))
