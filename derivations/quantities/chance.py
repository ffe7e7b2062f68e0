"""The chance of an event and the mean of a number, over random symbols whose laws the statement's ranges say."""

from __future__ import annotations

from typing import Any

from sympy import Derivative, Expr, S, Symbol, sympify
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Boolean, Not, Or
from sympy.matrices.expressions.matexpr import MatrixExpr
from sympy.printing.precedence import PRECEDENCE

from derivations.arguments import Unfit, fitted, scalar
from derivations.vectors import ShapeError, as_numbers

LONG = 3
"""Events joined by "or" are printed one a line from more than so many on."""


class OverRandom(Expr):  # type: ignore[misc]
    """A number that is defined by the joint law of the random symbols in it."""

    is_commutative = True
    is_real = True
    is_number = False
    is_over_random = True
    precedence = PRECEDENCE["Atom"]

    def _eval_derivative(self, symbol: Symbol) -> Expr:
        return Derivative(self, symbol, evaluate=False) if symbol in self.free_symbols else S.Zero


class Chance(OverRandom):
    """The probability of an event over the random symbols in it, a number in [0, 1].

    A symbol is random if the statement gives it the range `Gaussian()`, `Signs()` or `Independent(low, high)`; all
    random symbols are independent of each other, but for those that are `Dependent()`. The event is an inequality
    between numbers, a `ForAll` of such, or `And`, `Or` and `Not` of these; a continuous law does not tell < from ≤.

    Args:
        event: The event, such as `abs(g) > t`.

    Raises:
        ShapeError: The event is no condition, or compares anything but numbers.

    Example:
        >>> from sympy import Symbol
        >>> from derivations.quantities.chance import Chance
        >>> Chance(abs(Symbol("g", real=True)) > 2)
        P(Abs(g) > 2)
    """

    is_nonnegative = True

    def __new__(cls, event: Any) -> Any:
        event = fitted("Chance: event", event, _event, ShapeError)
        if event in (S.true, S.false):
            return S.One if event == S.true else S.Zero
        return Expr.__new__(cls, event)

    @property
    def event(self) -> Any:
        """The event."""
        return self.args[0]

    def _sympystr(self, printer: Any) -> str:
        return f"P({printer._print(self.event)})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        parts = list(map(printer._print, self.event.args)) if isinstance(self.event, Or) else []
        if len(parts) > LONG:  # one event a line: no line break is allowed within brackets
            rows = r" \\ & \vee ".join(parts)
            said = rf"\begin{{aligned}} & {rows} \end{{aligned}}"
        else:
            said = printer._print(self.event)
        body = rf"\mathbb{{P}}\left({said}\right)"
        return body if exp is None else f"{body}^{{{exp}}}"


class Mean(OverRandom):
    """The mean of a number over the random symbols in it, which it must have.

    Args:
        body: The number, as a SymPy expression.

    Raises:
        ShapeError: It is not a number.

    Example:
        >>> from sympy import Symbol
        >>> from derivations.quantities.chance import Mean
        >>> Mean(Symbol("g", real=True) ** 2)
        E[g**2]
    """

    def __new__(cls, body: Any) -> Any:
        body = as_numbers(fitted("Mean: body", body, scalar, ShapeError))
        return body if body.is_Number else Expr.__new__(cls, body)

    @property
    def body(self) -> Any:
        """What is averaged."""
        return self.args[0]

    def _eval_is_nonnegative(self) -> bool | None:
        return True if self.body.is_nonnegative else None

    def _sympystr(self, printer: Any) -> str:
        return f"E[{printer._print(self.body)}]"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        body = rf"\mathbb{{E}}\left[{printer._print(self.body)}\right]"
        return body if exp is None else f"{body}^{{{exp}}}"


def over_random(content: tuple[Any, ...]) -> bool:
    """Whether a claim speaks of chances or means, which only samples have a value for."""
    return any(hasattr(c, "has") and c.has(Chance, Mean) for c in content)


def variance(body: Expr) -> Expr:
    """Make the variance E[X²] − E[X]² of a number over the random symbols in it.

    Args:
        body: The number X, as a SymPy expression.

    Returns:
        A number ≥ 0, as a SymPy expression.

    Example:
        >>> from sympy import Symbol
        >>> from derivations.quantities.chance import variance
        >>> variance(Symbol("g", real=True))
        -E[g]**2 + E[g**2]
    """
    return Mean(body**2) - Mean(body) ** 2


def _event(value: Any) -> Any:
    found = sympify(value)
    if not isinstance(found, Boolean) or isinstance(found, Symbol):
        raise Unfit("not an event; write a condition such as abs(g) > t")
    if isinstance(found, And | Or | Not):
        return found.func(*(_event(a) for a in found.args))
    if isinstance(found, Relational):
        for side in found.args:
            if isinstance(side, MatrixExpr) and side.shape != (1, 1):
                raise Unfit("a comparison of vectors or matrices; an event compares numbers")
        return found.func(*(as_numbers(a) for a in found.args))
    return found
