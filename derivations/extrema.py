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
    """Find an expression on a bounded interval with the same infimum and supremum, if the interval is the real line.

    A function of tanh x alone becomes one of t = tanh x on [−1, 1]; for one of sin x and cos x alone, one period is
    enough.
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
    """Make the infimum of an expression over an interval, as a number to be computed later.

    Args:
        expr: An expression, a number for each value of the symbol.
        symbol: The variable.
        interval: A pair (a, b) for [a, b], or a SymPy interval.

    Returns:
        The infimum, as a SymPy expression.

    Raises:
        DomainError: The interval is empty, or is not one.

    Example:
        >>> from sympy import Symbol
        >>> from derivations import infimum
        >>> x = Symbol("x", real=True)
        >>> infimum(x**2, x, (-1, 2))
        inf_{x in Interval(-1, 2)} x**2
    """
    return Extremum(sympify(expr), symbol, range_of(symbol, interval), "inf")


@taking(DomainError, expr=scalar, symbol=symbol)
def supremum(expr: Any, symbol: Symbol, interval: Any) -> Expr:
    """Make the supremum of an expression over an interval, as a number to be computed later.

    Args:
        expr: An expression, a number for each value of the symbol.
        symbol: The variable.
        interval: A pair (a, b) for [a, b], or a SymPy interval.

    Returns:
        The supremum, as a SymPy expression.

    Raises:
        DomainError: The interval is empty, or is not one.

    Example:
        >>> from sympy import Symbol, oo, tanh
        >>> from derivations import supremum
        >>> x = Symbol("x", real=True)
        >>> supremum(tanh(x), x, (-oo, oo))
        sup_{x in Reals} tanh(x)
    """
    return Extremum(sympify(expr), symbol, range_of(symbol, interval), "sup")


def range_of(symbol: Any, interval: Any) -> Any:
    """The interval that a pair (a, b) or a SymPy interval names; raises DomainError for anything else."""
    made = as_range(symbol, interval)
    if not isinstance(made, Set) or not (made.is_Interval or made == S.Reals):
        raise DomainError(f"the range of {symbol} is {shown(interval)}, which is not an interval: write (a, b)")
    return made
