"""The infimum or supremum of an expression over an interval, as a number still to be found."""

from __future__ import annotations

from typing import Any

from sympy import Dummy, Expr, Interval, S, Set, Symbol, cos, pi, sin, sympify, tanh

from derivations.arguments import scalar, shown, symbol, taking
from derivations.domains import DomainError, as_range


class Extremum(Expr):  # type: ignore[misc]
    """inf or sup of `expr` over `symbol` ∈ `interval`; `kind` is the SymPy symbol `inf` or `sup`."""

    is_real = True
    is_commutative = True
    is_number = False

    def __new__(cls, expr: Expr, symbol: Symbol, interval: Interval, kind: Any) -> Extremum:
        made: Extremum = Expr.__new__(cls, sympify(expr), symbol, interval, Symbol(str(kind)))
        return made

    @property
    def is_supremum(self) -> bool:
        return bool(self.args[3].name == "sup")

    @property
    def free_symbols(self) -> set[Any]:
        free: set[Any] = set(self.args[0].free_symbols) - {self.args[1]}
        return free

    def _latex(self, printer: Any) -> str:
        expr, symbol, interval, kind = self.args
        return rf"\{kind.name}_{{{printer._print(symbol)} \in {printer._print(interval)}}} {printer._print(expr)}"

    def _sympystr(self, printer: Any) -> str:
        expr, symbol, interval, kind = self.args
        return f"{kind.name}_{{{symbol} in {interval}}} {printer._print(expr)}"


def compact(expr: Expr, symbol: Symbol, interval: Any) -> tuple[Expr, Symbol, Any]:
    """An expression on a bounded interval with the same infimum and supremum, where the real line can be left.

    Functions of tanh x alone are taken in t = tanh x on [−1, 1], those of sin x and cos x alone on one period.
    """
    if interval != S.Reals:
        return expr, symbol, interval
    expr = expr.doit()
    t, u = Dummy(f"tanh({symbol})", real=True), Dummy("u", real=True)
    taken = expr.xreplace({tanh(symbol): t})
    if not taken.has(symbol):
        return taken, t, Interval(-1, 1)
    if not expr.xreplace({sin(symbol): t, cos(symbol): u}).has(symbol):
        return expr, symbol, Interval(0, 2 * pi)
    return expr, symbol, interval


@taking(DomainError, expr=scalar, symbol=symbol)
def infimum(expr: Any, symbol: Symbol, interval: Any) -> Expr:
    """inf of `expr` over the interval; a pair (a, b) means [a, b]. Raises DomainError for another range."""
    return Extremum(sympify(expr), symbol, range_of(symbol, interval), "inf")


@taking(DomainError, expr=scalar, symbol=symbol)
def supremum(expr: Any, symbol: Symbol, interval: Any) -> Expr:
    """sup of `expr` over the interval; a pair (a, b) means [a, b]. Raises DomainError for another range.

    >>> from sympy import Symbol, oo, tanh
    >>> x = Symbol("x", real=True)
    >>> supremum(tanh(x), x, (-oo, oo))
    sup_{x in Reals} tanh(x)
    """
    return Extremum(sympify(expr), symbol, range_of(symbol, interval), "sup")


def range_of(symbol: Any, interval: Any) -> Any:
    """The interval that a pair (a, b) or an interval names; raises DomainError for what is none, or is empty."""
    made = as_range(symbol, interval)
    if not isinstance(made, Set) or not (made.is_Interval or made == S.Reals):
        raise DomainError(f"the range of {symbol} is {shown(interval)}, which is no interval: write (a, b)")
    return made
