"""An expression as a list of operations on balls, for a subdivision that needs it on thousands of boxes.

Walking SymPy's tree takes many times as long as the arithmetic of Arb. The list has the operations of `Evaluator` in
its order, so that each ball is the same to the last bit; a node without an operation here, such as an integral or a
case distinction, is left to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import add, mul
from typing import Any

import sympy as sp
from sympy.matrices import MatrixBase
from sympy.matrices.expressions.matexpr import MatrixExpr

from numerics.errors import EvaluationError
from numerics.values.backends import arb_backend
from numerics.values.evaluate import MOST_FACTORS, Evaluator, int_power, without_cancellation

HALF = sp.Rational(1, 2)


class BallProgram:
    """The operations of an expression, at the precision that Arb has when it is made.

    Args:
        expr: A SymPy expression in numbers.
        symbols: The real symbols whose balls a call gives, in this order.

    Example:
        >>> from flint import arb
        >>> from sympy import Symbol
        >>> from numerics.balls.programs import BallProgram
        >>> x = Symbol("x", real=True)
        >>> BallProgram(x**2 + 1, [x])([arb(2)]) == 5
        True
    """

    def __init__(self, expr: Any, symbols: Sequence[Any]) -> None:
        self.backend = arb_backend()
        self.symbols = tuple(symbols)
        self.registers: list[Any] = [None] * len(self.symbols)
        """Values by place: those of the symbols, then constants, and None for what a call computes."""
        self.operations: list[tuple[int, Callable[..., Any] | None, Any]] = []
        """Where a value goes, the function that gives it, and the places of its arguments; a node without one."""
        self._places: dict[Any, int] = {s: i for i, s in enumerate(self.symbols)}
        self.result = self._place(expr)

    def __call__(self, balls: Sequence[Any]) -> Any:
        """Compute the ball of the expression.

        Args:
            balls: The balls of the symbols.

        Returns:
            The ball.

        Raises:
            EvaluationError: A node has no ball.
            ZeroDivisionError: A number is divided by exactly 0.
        """
        at = self.registers.copy()
        at[: len(balls)] = balls
        walker: Evaluator | None = None
        for place, function, given in self.operations:
            if function is not None:
                at[place] = function(*[at[i] for i in given])
                continue
            if walker is None:
                walker = Evaluator(self.backend, dict(zip(self.symbols, balls, strict=True)))
            at[place] = walker.at(given)
        return at[self.result]

    def _place(self, node: Any) -> int:
        """Where the value of a node is found; equal nodes are computed once."""
        found = self._places.get(node)
        if found is None:
            found = self._places[node] = self._made(node)
        return found

    def _made(self, node: Any) -> int:
        name, functions = type(node).__name__, self.backend.functions
        if isinstance(node, MatrixExpr | MatrixBase | sp.Symbol):
            return self._walked(node)
        if not node.args and node.is_number:
            return self._number(node)
        if name == "Add":
            tail = without_cancellation(node)
            return self._place(tail) if tail is not None else self._chain(add, node.args)
        if name == "Mul":
            return self._chain(mul, node.args)
        if name == "Pow":
            return self._power(node)
        if name == "Max":
            return self._chain(self.backend.maximum, node.args)
        if name == "Min":
            return self._chain(self.backend.minimum, node.args)
        if name in ("exp", "log") and not node.has(sp.Determinant):
            return self._operation(functions[node.func], self._place(node.args[0]))
        if hasattr(Evaluator, f"_{name}") or node.func not in functions:
            return self._walked(node)
        return self._operation(functions[node.func], *[self._place(a) for a in node.args])

    def _chain(self, function: Callable[..., Any], arguments: Sequence[Any]) -> int:
        total = self._place(arguments[0])
        for a in arguments[1:]:
            total = self._operation(function, total, self._place(a))
        return total

    def _power(self, node: Any) -> int:
        base, exponent = self._place(node.base), node.exp
        if exponent.is_Integer and abs(int(exponent)) <= MOST_FACTORS:
            n = int(exponent)
            return self._operation(lambda b: int_power(b, n), base)
        if exponent in (HALF, -HALF):
            root = self._operation(self.backend.sqrt, base)
            return root if exponent > 0 else self._operation(lambda r: 1 / r, root)
        if node.base is sp.S.Exp1:
            return self._operation(self.backend.functions[sp.exp], self._place(exponent))
        return self._operation(pow, base, self._place(exponent))

    def _number(self, node: Any) -> int:
        try:
            return self._constant(self.backend.number(node))
        except EvaluationError:
            return self._walked(node)  # which says so when it is asked for

    def _operation(self, function: Callable[..., Any], *arguments: int) -> int:
        """One more operation; of constants alone, its value now."""
        values = [self.registers[i] for i in arguments]
        if all(v is not None for v in values):
            try:
                return self._constant(function(*values))
            except (EvaluationError, ZeroDivisionError):
                pass  # raised where a call comes to it, as others may be before
        return self._to_compute(function, arguments)

    def _walked(self, node: Any) -> int:
        return self._to_compute(None, node)

    def _to_compute(self, function: Callable[..., Any] | None, given: Any) -> int:
        place = self._constant(None)
        self.operations.append((place, function, given))
        return place

    def _constant(self, value: Any) -> int:
        self.registers.append(value)
        return len(self.registers) - 1
