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

from derivations.budget import remembered
from derivations.extrema import Extremum
from derivations.gaussian import Expectation
from derivations.integrals.definitions import NoIntegral, by_integrals
from derivations.vectors import ShapeError, as_numbers
from numerics.errors import EvaluationError as EvaluationError
from numerics.values.backends import Backend, backend_named, rows_of
from numerics.values.ball_integrals.integrals import integral_ball
from numerics.values.ball_integrals.limits import limit_ball
from numerics.values.ball_integrals.series import series_ball
from numerics.values.conditions import piecewise_value
from numerics.values.finite import finite_sum, product_value
from numerics.values.limits import limit_value, series_value
from numerics.values.linear.matrices import MatrixNodes
from numerics.values.quadrature import expectation_value, extremum_value, integral_value

LARGEST_SIZE = 4096
"""Of identity and all-ones matrices that are written out; those that are given have any size."""
_MISSING: Any = object()
_as_numbers = remembered(1024)(as_numbers)
_REAL_DTYPES: set[Any] = set()
"""Data types of NumPy and torch already seen to be real."""


def evaluate(expr: Any, values: Mapping[Any, Any], backend: str = "numpy", device: str = "cpu") -> Any:
    """The value of `expr` where its symbols have the given values.

    `values` maps symbols to numbers or batches `(...)`, columns of size k to `(..., k)` and matrices
    to `(..., rows, cols)`; mpmath takes single numbers and sequences. Columns come back as `(..., k)`.
    Sizes are read off the values. Integrals, derivatives and expectations are computed from their
    definition, in mpmath only. Raises EvaluationError for a node without meaning or a missing value,
    ShapeError for shapes that do not fit.
    """
    return Evaluator(backend_named(backend, device), values)(expr)


def without_cancellation(total: Any) -> Any | None:
    """c ∓ c·erf x as c·erfc(±x), None for other sums: 1 − erf x loses all its digits for large x."""
    if len(total.args) != 2 or not total.has(sp.erf):
        return None
    for whole, term in (total.args, total.args[::-1]):
        factor, function = term.as_coeff_Mul()
        if isinstance(function, sp.erf) and whole in (factor, -factor):
            x = function.args[0]
            return sp.Mul(whole, sp.erfc(x if whole == -factor else -x, evaluate=False), evaluate=False)
    return None


class Evaluator(MatrixNodes):
    """Values of expressions in one backend; sub-expressions met before are not computed again."""

    def __init__(self, backend: Backend, values: Mapping[Any, Any]) -> None:
        self.backend = backend
        self.values: dict[Any, Any] = {}
        self.sizes: dict[Any, int] = {}
        self.memo: dict[Any, Any] = {}
        for symbol, value in values.items():
            if isinstance(symbol, MatrixExpr):
                self.values[symbol] = self._matrix_value(symbol, value)
            else:
                self.values[symbol] = self._number_value(symbol, value)
                if getattr(symbol, "is_integer", False) and not hasattr(value, "shape"):
                    self._unify(symbol, int(value), str(symbol))

    def __call__(self, expr: Any) -> Any:
        expr = _as_numbers(expr) if isinstance(expr, sp.Basic) else as_numbers(sp.sympify(expr))
        with self.backend.quiet():
            result = self.at(expr)
        if isinstance(expr, MatrixExpr | MatrixBase) and expr.shape[1] == 1 and self.backend.name != "mpmath":
            return result[..., 0]
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
        """`expr` at other values in float64 NumPy, whatever this evaluator's own numbers are."""
        import numpy as np

        return np.asarray(Evaluator(backend_named("numpy"), values)(expr), dtype=float)

    def _number_value(self, symbol: Any, value: Any) -> Any:
        if self.backend.name == "mpmath":
            from mpmath import mp

            return self.backend.number(value) if isinstance(value, sp.Basic) else mp.mpf(value)
        if isinstance(value, sp.Basic | int | float):
            return self.backend.number(sp.sympify(value))
        self._check_dtype(symbol, value)
        return value

    def _matrix_value(self, symbol: Any, value: Any) -> Any:
        if self.backend.name == "mpmath":
            from mpmath import mp

            value = mp.matrix([[self.backend.number(sp.sympify(e)) for e in r] for r in rows_of(value)])
            shape = (value.rows, value.cols)
        else:
            if isinstance(value, MatrixBase | list | tuple):
                import numpy as np

                value = np.array(value, dtype=float).reshape(len(rows_of(value)), -1)
                value = value[:, 0] if symbol.shape[1] == 1 else value
            self._check_dtype(symbol, value)
            value = value[..., None] if symbol.shape[1] == 1 else value
            if value.ndim < 2:
                raise ShapeError(f"{symbol} has shape {tuple(value.shape)}, expected {symbol.shape}")
            shape = tuple(value.shape[-2:])
        for size, given in zip(symbol.shape, shape, strict=True):
            self._unify(size, int(given), str(symbol))
        return value

    def _check_dtype(self, symbol: Any, value: Any) -> None:
        kind = getattr(value, "dtype", None)
        if kind is None or kind in _REAL_DTYPES:
            return
        name = str(kind)
        if "float" not in name and "int" not in name:
            raise EvaluationError(f"{symbol} has dtype {name}; real numbers are needed")
        _REAL_DTYPES.add(kind)

    def _unify(self, size: Any, given: int, name: str) -> None:
        if size in self.sizes and self.sizes[size] == given:
            return
        size = sp.sympify(size)
        known = size.xreplace({s: sp.Integer(n) for s, n in self.sizes.items()})
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
            if abs(int(exponent)) <= 1024:
                return _int_power(base, int(exponent))
        elif exponent == sp.Rational(1, 2) or exponent == -sp.Rational(1, 2):
            root = base.sqrt() if hasattr(base, "sqrt") else base**0.5 if self.backend.name == "numpy" else None
            if root is None:
                from mpmath import mp

                root = mp.sqrt(base)
            return root if exponent > 0 else 1 / root
        if node.base is sp.S.Exp1:
            return self.backend.functions[sp.exp](self.at(exponent))
        return base ** self.at(exponent)

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

    def _Expectation(self, node: Expectation) -> Any:
        if self.backend.name == "arb":
            try:
                return self.at(by_integrals(node))
            except NoIntegral as error:
                raise EvaluationError(str(error)) from None
        return expectation_value(node, self._mpmath_only(node))

    def _Integral(self, node: Any) -> Any:
        if self.backend.name == "arb":
            return integral_ball(node, self)
        return integral_value(node, self._mpmath_only(node))

    def _Sum(self, node: Any) -> Any:
        """Term by term between finite ends; a series in one index from its definition, in mpmath."""
        if self.backend.name == "arb" and any(end.is_infinite for _, *ends in node.limits for end in ends):
            return series_ball(node, self)
        if self.backend.name != "mpmath":
            return finite_sum(node, self)
        return series_value(node, self)

    def _Limit(self, node: Any) -> Any:
        if self.backend.name == "arb":
            return limit_ball(node, self)
        return limit_value(node, self._mpmath_only(node))

    def _Product(self, node: Any) -> Any:
        return product_value(node, self)

    def _Extremum(self, node: Extremum) -> Any:
        return extremum_value(node, self._mpmath_only(node))

    def _Derivative(self, node: Any) -> Any:
        """By mpmath's finite differences at raised precision: the definition, not the rules of calculus."""
        from mpmath import mp

        self._mpmath_only(node)
        symbols = [(s, int(n)) for s, n in node.variable_count]
        names, orders = zip(*symbols, strict=True)
        centre = tuple(self.at(name) for name in names)

        def value(*at: Any) -> Any:
            return self.with_values(dict(zip(names, at, strict=True))).at(node.expr)

        return mp.diff(value, centre[0], orders[0]) if len(names) == 1 else mp.diff(value, centre, orders)

    def _mpmath_only(self, node: Any) -> Evaluator:
        if self.backend.name != "mpmath":
            raise EvaluationError(f"{type(node).__name__} is evaluated in mpmath only")
        return self


def _int_power(base: Any, n: int) -> Any:
    return base**n if n >= 0 else 1 / base ** (-n)
