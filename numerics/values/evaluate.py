"""SymPy expressions as numbers: one door to mpmath, NumPy, torch and Arb.

The tree is walked once, each shared sub-expression once. Unlike generated code this knows vectors of
symbolic size, batches over leading axes, has balls, and names the node that it cannot read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp
from sympy.matrices import MatrixBase
from sympy.matrices.expressions.matexpr import MatrixExpr

from derivations.activations import UNSPECIFIED
from derivations.outcomes.budget import remembered
from derivations.quantities.chance import OverRandom
from derivations.vectors import ShapeError, as_numbers
from numerics.errors import EvaluationError as EvaluationError
from numerics.values.backend import Backend
from numerics.values.backends import backend_named
from numerics.values.conditions import piecewise_value
from numerics.values.finite import finite_product, finite_sum
from numerics.values.linear.matrices import MatrixNodes

LARGEST_SIZE = 4096
"""Of identity and all-ones matrices that are written out; those that are given have any size."""
MOST_FACTORS = 1024
"""The largest whole exponent that is written out as products."""
_MISSING: Any = object()
_as_numbers = remembered(1024)(as_numbers)


def evaluate(expr: Any, values: Mapping[Any, Any], backend: str = "numpy", device: str = "cpu") -> Any:
    """Evaluate an expression where its symbols have the given values.

    Integrals, derivatives and expectations are computed from their definition, in mpmath only. Sizes of vectors and
    matrices are read off the values.

    Args:
        expr: A SymPy expression, a number, a vector or a matrix.
        values: The values by symbol: numbers or batches of shape (…), columns of size k of shape (…, k), and matrices
            of shape (…, rows, columns). mpmath takes single numbers and sequences of them.
        backend: "numpy", "torch", "mpmath" or "arb".
        device: The torch device, such as "cpu" or "cuda".

    Returns:
        The value in the backend's numbers; a column has shape (…, k).

    Raises:
        EvaluationError: A node has no meaning in this backend, or a value is missing.
        ShapeError: The shapes of the values do not fit.

    Example:
        >>> from sympy import symbols
        >>> from numerics.values.evaluate import evaluate
        >>> x, y = symbols("x y")
        >>> float(evaluate(x**2 + y, {x: 3, y: 1}))
        10.0
    """
    return Evaluator(backend_named(backend, device), values)(expr)


def without_cancellation(total: Any) -> Any | None:
    """Rewrite c ∓ c·erf(x) as c·erfc(±x), since 1 − erf(x) loses all its digits for large x.

    Args:
        total: A SymPy sum.

    Returns:
        The product with erfc, or None for any other sum.

    Example:
        >>> from sympy import erf, symbols
        >>> from numerics.values.evaluate import without_cancellation
        >>> without_cancellation(1 - erf(symbols("x")))
        1*erfc(x)
    """
    if len(total.args) != 2 or not total.has(sp.erf):
        return None
    for whole, term in (total.args, total.args[::-1]):
        factor, function = term.as_coeff_Mul()
        if isinstance(function, sp.erf) and whole in (factor, -factor):
            x = function.args[0]
            return sp.Mul(whole, sp.erfc(x if whole == -factor else -x, evaluate=False), evaluate=False)
    return None


class Evaluator(MatrixNodes):
    """Evaluates expressions in one number system; each sub-expression is computed once.

    Args:
        backend: The number system, from `numerics.values.backends.backend_named`.
        values: The values of the symbols, as for `evaluate`.

    Example:
        >>> from sympy import Symbol
        >>> from numerics.values.backends import backend_named
        >>> from numerics.values.evaluate import Evaluator
        >>> x = Symbol("x")
        >>> float(Evaluator(backend_named("numpy"), {x: 2})(x**2))
        4.0
    """

    def __init__(self, backend: Backend, values: Mapping[Any, Any]) -> None:
        self.backend = backend
        self.values: dict[Any, Any] = {}
        self.sizes: dict[Any, int] = {}
        self.memo: dict[Any, Any] = {}
        for symbol, value in values.items():
            if isinstance(symbol, MatrixExpr):
                self.values[symbol] = self._matrix_value(symbol, value)
            else:
                self.values[symbol] = backend.scalar(value, symbol)
                if getattr(symbol, "is_integer", False) and not hasattr(value, "shape"):
                    self._unify(symbol, int(value), symbol)

    def __call__(self, expr: Any) -> Any:
        expr = _as_numbers(expr) if isinstance(expr, sp.Basic) else as_numbers(sp.sympify(expr))
        with self.backend.quiet():
            result = self.at(expr)
        if isinstance(expr, MatrixExpr | MatrixBase) and expr.shape[1] == 1:
            return self.backend.matrices().column(result)
        return result

    def at(self, node: Any) -> Any:
        """The value of a node; matrices keep their two trailing axes."""
        found = self.memo.get(node, _MISSING)
        if found is _MISSING:
            found = self._matrix(node) if isinstance(node, MatrixExpr | MatrixBase) else self._number(node)
            self.memo[node] = found
        return found

    def with_values(self, values: Mapping[Any, Any]) -> Evaluator:
        """The same evaluator with some symbols changed; nothing that is remembered is shared."""
        other = Evaluator(self.backend, {})
        other.values = {**self.values, **values}
        other.sizes = dict(self.sizes)
        return other

    def in_floats(self, expr: Any, values: Mapping[Any, Any]) -> Any:
        """`expr` at other values in float64 NumPy, for any number system of this evaluator."""
        import numpy as np

        return np.asarray(Evaluator(backend_named("numpy"), values)(expr), dtype=float)

    def _matrix_value(self, symbol: Any, given: Any) -> Any:
        value = self.backend.matrix(given, symbol)
        for size, known in zip(symbol.shape, self.backend.shape(value), strict=True):
            self._unify(size, known, symbol)
        return value

    def _unify(self, size: Any, given: int, name: Any) -> None:
        if size in self.sizes and self.sizes[size] == given:
            return
        size = sp.sympify(size)
        known = size if size.is_Integer else size.xreplace({s: sp.Integer(n) for s, n in self.sizes.items()})
        if known.is_Integer:
            if int(known) != given:
                raise ShapeError(f"{name} has size {given} where {size} = {known} was expected")
        elif isinstance(size, sp.Symbol):
            self.sizes[size] = given

    def _size(self, size: Any) -> int:
        known = sp.sympify(size).xreplace({s: sp.Integer(n) for s, n in self.sizes.items()})
        if not known.is_Integer:
            raise EvaluationError(f"the size {size} is not known: give a value that has it")
        if known > LARGEST_SIZE:
            raise EvaluationError(f"a matrix of {known} rows or columns is too large to be written out")
        return int(known)

    def _number(self, node: Any) -> Any:
        b = self.backend
        if isinstance(node, sp.Symbol):
            if node in self.values:
                return self.values[node]
            if node in self.sizes:
                return b.number(sp.Integer(self.sizes[node]))
            raise EvaluationError(f"no value for the symbol {node}")
        if not node.args and node.is_number:
            return b.number(node)
        handler = getattr(self, f"_{type(node).__name__}", None)
        if handler is not None:
            return handler(node)
        if node.func in b.functions:
            return b.functions[node.func](*(self.at(a) for a in node.args))
        if isinstance(node, OverRandom):
            raise EvaluationError(f"{node} is over random numbers: only samples have a value for it")
        if isinstance(node, UNSPECIFIED):
            raise EvaluationError(f"{node} has no value: σ is unspecified, put an activation in its place")
        raise EvaluationError(f"{type(node).__name__} has no meaning in {b.name}: {node}")

    def _Add(self, node: Any) -> Any:
        tail = without_cancellation(node)
        if tail is not None:
            return self.at(tail)
        total = self.at(node.args[0])
        for a in node.args[1:]:
            total = total + self.at(a)
        return total

    def _Mul(self, node: Any) -> Any:
        total = self.at(node.args[0])
        for a in node.args[1:]:
            total = total * self.at(a)
        return total

    def _Pow(self, node: Any) -> Any:
        base, exponent = self.at(node.base), node.exp
        if exponent.is_Integer:
            if abs(int(exponent)) <= MOST_FACTORS:
                return int_power(base, int(exponent))
        elif exponent == sp.Rational(1, 2) or exponent == -sp.Rational(1, 2):
            root = self.backend.sqrt(base)
            return root if exponent > 0 else 1 / root
        if node.base is sp.S.Exp1:
            return self.backend.functions[sp.exp](self.at(exponent))
        return self.backend.raised(base, self.at(exponent))

    def _exp(self, node: Any) -> Any:
        return self.backend.functions[sp.exp](self.at(node.args[0]))

    def _Max(self, node: Any) -> Any:
        first, *rest = (self.at(a) for a in node.args)
        for other in rest:
            first = self.backend.maximum(first, other)
        return first

    def _Min(self, node: Any) -> Any:
        first, *rest = (self.at(a) for a in node.args)
        for other in rest:
            first = self.backend.minimum(first, other)
        return first

    def _Piecewise(self, node: Any) -> Any:
        return piecewise_value(node, self)

    def _Expectation(self, node: Any) -> Any:
        return self.backend.expectation(node, self)

    def _Integral(self, node: Any) -> Any:
        return self.backend.integral(node, self)

    def _Sum(self, node: Any) -> Any:
        return self.backend.series(node, self) if _endless(node) else finite_sum(node, self)

    def _Product(self, node: Any) -> Any:
        return self.backend.infinite_product(node, self) if _endless(node) else finite_product(node, self)

    def _Limit(self, node: Any) -> Any:
        return self.backend.limit(node, self)

    def _Extremum(self, node: Any) -> Any:
        return self.backend.extremum(node, self)

    def _Derivative(self, node: Any) -> Any:
        return self.backend.derivative(node, self)


def _endless(node: Any) -> bool:
    """Whether a sum or product has an infinite end."""
    return any(end.is_infinite for _, *ends in node.limits for end in ends)


def int_power(base: Any, n: int) -> Any:
    """Compute a whole power by products and at most one division.

    Args:
        base: A value of any number system.
        n: The exponent, a whole number.

    Returns:
        base^n.

    Example:
        >>> from numerics.values.evaluate import int_power
        >>> int_power(2.0, -2)
        0.25
    """
    return base**n if n >= 0 else 1 / base ** (-n)
