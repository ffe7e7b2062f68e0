"""mpmath at the working precision of the moment, one number or matrix at a time; what is a limit has its value here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy as sp
from mpmath import mp
from numpy.typing import NDArray

from derivations.activations import sigmoid, softplus
from derivations.gaussian import Expectation, relu, step
from derivations.outcomes.budget import remembered
from numerics.errors import EvaluationError
from numerics.values.backend import NOT_FINITE, Backend, MatrixBackend, elementary, rows_of
from numerics.values.limits import infinite_product, limit_value, series_value
from numerics.values.linear.powers import power_of_mpmath
from numerics.values.quadrature import expectation_value, extremum_value, integral_value, matrix_integral
from numerics.values.special import mpmath_functions

REACH = 10_000
"""Binary digits in front of the point that an argument may have: where there are very many, GMP ends the process."""
EASY = frozenset(
    (
        sp.Abs,
        sp.sign,
        sp.log,
        sp.floor,
        sp.ceiling,
        sp.tanh,
        sp.atan,
        sp.atan2,
        sp.asinh,
        sp.erf,
        relu,
        step,
        sp.Heaviside,
    )
)
"""Functions that take any number in a moment."""


def _within_reach(rule: Callable[..., Any]) -> Callable[..., Any]:
    """A function that refuses arguments beyond REACH."""

    def value(*arguments: Any) -> Any:
        for x in arguments:
            if isinstance(x, mp.mpf | mp.mpc) and mp.isfinite(x) and x != 0 and mp.mag(x) > REACH:
                raise EvaluationError(f"a number of more than {REACH:,} binary digits in front of the point")
        return rule(*arguments)

    return value


class MpmathBackend(MatrixBackend):
    """Numbers of mpmath, complex ones included, and its matrices."""

    name = "mpmath"

    def __init__(self) -> None:
        functions = elementary(lambda name: getattr(mp, name), abs="fabs", ceiling="ceil")
        functions |= {
            **mpmath_functions(),
            sp.erf: mp.erf,
            sp.erfc: mp.erfc,
            relu: lambda x: _by_sign(x, mp.zero, x, x),
            step: lambda x: _by_sign(x, mp.zero, mp.zero, mp.one),
            sp.Heaviside: lambda x, half=0.5: _by_sign(x, mp.zero, mp.mpf(half), mp.one),
            softplus: lambda x: _by_sign(x, mp.zero, x, x) + mp.log1p(mp.exp(-abs(x))),
            sigmoid: lambda x: 1 / (1 + mp.exp(-x)),
        }
        self.functions = {f: rule if f in EASY else _within_reach(rule) for f, rule in functions.items()}

    def number(self, e: sp.Expr) -> Any:
        return _number(e, mp.prec)

    def maximum(self, a: Any, b: Any) -> Any:
        return _by_sign(a - b, b, a, a) if mp.isfinite(a - b) else _of_extended(max, a, b)

    def minimum(self, a: Any, b: Any) -> Any:
        return _by_sign(a - b, a, a, b) if mp.isfinite(a - b) else _of_extended(min, a, b)

    def sqrt(self, a: Any) -> Any:
        return mp.sqrt(a)

    def raised(self, base: Any, exponent: Any) -> Any:
        return _within_reach(lambda n: base**n)(exponent)

    def choose(self, truth: tuple[Any, Any], a: Any, b: Any) -> Any:
        return a if truth[0] else b if truth[1] else mp.nan

    def floats(self, value: Any) -> NDArray[np.float64]:
        return np.asarray(value, dtype=float)

    def ordered(self, value: Any) -> Any:
        """A number if it is real, None otherwise: complex numbers have no order."""
        if not hasattr(value, "imag") or value.imag == 0:
            return getattr(value, "real", value)
        return None

    def scalar(self, value: Any, name: Any) -> Any:
        return self.number(value) if isinstance(value, sp.Basic) else mp.mpf(value)

    def matrix(self, value: Any, symbol: Any) -> Any:
        return mp.matrix([[self.number(sp.sympify(e)) for e in r] for r in rows_of(value)])

    def shape(self, a: Any) -> tuple[int, int]:
        return a.rows, a.cols

    def ones(self, rows: int, cols: int) -> Any:
        return mp.ones(rows, cols)

    def eye(self, n: int) -> Any:
        return mp.eye(n)

    def stack(self, parts: Sequence[Any], rows: int, cols: int) -> Any:
        return mp.matrix([list(parts[i * cols : (i + 1) * cols]) for i in range(rows)])

    def column(self, a: Any) -> Any:
        return a

    def entry(self, a: Any, i: int, j: int) -> Any:
        return a[i, j]

    def apply(self, a: Any, function: Callable[[Any], Any]) -> Any:
        return a.apply(function)

    def scaled(self, a: Any, factor: Any) -> Any:
        return a * factor

    def matmul(self, a: Any, b: Any) -> Any:
        return a * b

    def hadamard(self, a: Any, b: Any) -> Any:
        return mp.matrix([[a[i, j] * b[i, j] for j in range(a.cols)] for i in range(a.rows)])

    def kronecker(self, a: Any, b: Any) -> Any:
        rows, cols = range(a.rows * b.rows), range(a.cols * b.cols)
        return mp.matrix([[a[i // b.rows, j // b.cols] * b[i % b.rows, j % b.cols] for j in cols] for i in rows])

    def inner(self, x: Any, y: Any) -> Any:
        return (x.T * y)[0, 0]

    def transpose(self, a: Any) -> Any:
        return a.T

    def diagonal(self, a: Any) -> Any:
        return mp.matrix([a[i, i] for i in range(min(a.rows, a.cols))])

    def diagonal_matrix(self, column: Any) -> Any:
        return mp.diag(list(column))

    def trace(self, a: Any) -> Any:
        return sum((a[i, i] for i in range(a.rows)), mp.zero)

    def det(self, a: Any) -> Any:
        return mp.det(a)

    def inverse(self, a: Any) -> Any:
        return a**-1

    def inverse_error(self, a: Any, inverse: Any) -> Any:
        return mp.mnorm(a, 1) * mp.mnorm(inverse, 1) * mp.eps

    def cofactors(self, a: Any) -> Any:
        if a.rows == 1:
            return mp.eye(1)
        found: Any = mp.svd_r(a)
        u, s, v = found
        products = [mp.fprod(s[j] for j in range(a.rows) if j != i) for i in range(a.rows)]
        return mp.sign(mp.det(u)) * mp.sign(mp.det(v)) * u * mp.diag(products) * v

    def eigenvalues(self, a: Any) -> Any:
        return a.copy() if a.rows == 1 else mp.eigsy((a + a.T) / 2, eigvals_only=True)

    def singular_values(self, a: Any) -> Any:
        return mp.svd_r(a if a.rows >= a.cols else a.T, compute_uv=False)

    def power(self, base: Any, exponent: Any, name: str) -> Any:
        return power_of_mpmath(base, exponent, name)

    def expectation(self, node: Any, evaluator: Any) -> Any:
        return expectation_value(node, evaluator)

    def integral(self, node: Any, evaluator: Any) -> Any:
        return integral_value(node, evaluator)

    def matrix_integral(self, node: Any, shape: tuple[int, int], evaluator: Any) -> Any:
        body, index, low, high = node.args
        return matrix_integral(body, index, evaluator.at(low), evaluator.at(high), shape, evaluator)

    def series(self, node: Any, evaluator: Any) -> Any:
        return series_value(node, evaluator)

    def infinite_product(self, node: Any, evaluator: Any) -> Any:
        return infinite_product(node, evaluator)

    def limit(self, node: Any, evaluator: Any) -> Any:
        return limit_value(node, evaluator)

    def extremum(self, node: Any, evaluator: Any) -> Any:
        return extremum_value(node, evaluator)

    def derivative(self, node: Any, evaluator: Any) -> Any:
        """By mpmath's finite differences at raised precision: the definition, not the rules of calculus."""
        names, orders = zip(*((s, int(n)) for s, n in node.variable_count), strict=True)
        if any(e.covariance and e.covariance.has(*names) for e in node.expr.atoms(Expectation)):
            raise EvaluationError(f"{node} is by what the law depends on: quadrature is too coarse for its differences")
        centre = tuple(evaluator.at(name) for name in names)

        def value(*at: Any) -> Any:
            return evaluator.with_values(dict(zip(names, at, strict=True))).at(node.expr)

        return mp.diff(value, centre[0], orders[0]) if len(names) == 1 else mp.diff(value, centre, orders)


def _by_sign(x: Any, below: Any, at: Any, above: Any) -> Any:
    """A function of the sign of an mpmath number; NaN stays NaN, and a complex number has no sign."""
    if isinstance(x, mp.mpc):
        if x.imag != 0:
            return mp.mpc(mp.nan, mp.nan)
        x = x.real
    return above if x > 0 else below if x < 0 else at if x == 0 else mp.nan


def _of_extended(extreme: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """The larger or smaller of two numbers of which one is infinite or NaN."""
    if isinstance(a, mp.mpc) or isinstance(b, mp.mpc):
        return mp.mpc(mp.nan, mp.nan)
    return mp.nan if mp.isnan(a) or mp.isnan(b) else extreme(a, b)


@remembered(4096)
def _number(e: sp.Expr, precision: int) -> Any:
    """An exact SymPy number to so many bits, mpmath's working precision of the moment."""
    # SymPy's own way is slow for what most numbers are
    if e.is_Rational:
        return mp.mpf(e.p) / e.q
    if e in NOT_FINITE:
        return mp.mpf(NOT_FINITE[e])
    value = sp.N(e, mp.dps + 5)
    if e.is_extended_real:
        return mp.mpf(value._to_mpmath(precision + 16))
    if e is sp.I:
        return mp.mpc(0, 1)
    raise EvaluationError(f"{e} is no number")


def backend(device: str) -> Backend:
    """The numbers of mpmath; they have no devices."""
    return MpmathBackend()
