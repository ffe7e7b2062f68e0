"""The chance of an event and the mean of a number, over random symbols whose laws the statement's ranges say.

What is independent of what is a claim of its own: that a quantity is made without a random symbol.
"""

from __future__ import annotations

from typing import Any

from sympy import Basic, Derivative, Expr, MatrixSymbol, S, Symbol, sympify
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Boolean, Not, Or
from sympy.matrices.expressions.matexpr import MatrixExpr
from sympy.printing.precedence import PRECEDENCE

from derivations.arguments import Unfit, expression, fitted, scalar
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


class MadeWithout(Boolean):  # type: ignore[misc]
    """The claim that a quantity is a function of other random symbols than one: then it is independent of that one.

    It is a claim about laws, not about outcomes: `have` derives it from what the quantity is made of, and from the
    equations that say what a `Dependent` quantity is. It is no event, and no hypothesis.

    Args:
        quantity: A number, vector or matrix.
        source: A symbol with the law `Gaussian()`, `Signs()` or `Independent(low, high)`, or a member of a family.

    Raises:
        ShapeError: The quantity is no expression, or the source no symbol.

    Example:
        >>> from sympy import Symbol
        >>> from derivations.quantities.chance import MadeWithout
        >>> g, h = Symbol("g", real=True), Symbol("h", real=True)
        >>> MadeWithout(g**2, h)
        g**2 made without h
    """

    def __new__(cls, quantity: Any, source: Any) -> Any:
        said = "MadeWithout"
        quantity = fitted(f"{said}: quantity", quantity, expression, ShapeError)
        if not isinstance(source, Symbol | MatrixSymbol):
            raise ShapeError(f"{said}: {source} is no symbol")
        return Basic.__new__(cls, sympify(quantity), source)

    def _eval_simplify(self, **_: Any) -> MadeWithout:
        """It is as simple as it is."""
        return self

    @property
    def quantity(self) -> Any:
        """What is made."""
        return self.args[0]

    @property
    def source(self) -> Any:
        """The random symbol without which it is made."""
        return self.args[1]

    def _sympystr(self, printer: Any) -> str:
        return f"{printer._print(self.quantity)} made without {printer._print(self.source)}"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return rf"{printer._print(self.quantity)} \text{{ is made without }} {printer._print(self.source)}"


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
    if found.has(MadeWithout):
        raise Unfit("a claim about laws, not about outcomes, is no event: derive it with have(…)")
    if isinstance(found, And | Or | Not):
        return found.func(*(_event(a) for a in found.args))
    if isinstance(found, Relational):
        for side in found.args:
            if isinstance(side, MatrixExpr) and side.shape != (1, 1):
                raise Unfit("a comparison of vectors or matrices; an event compares numbers")
        return found.func(*(as_numbers(a) for a in found.args))
    return found
