"""Expressions as numbers by mpmath alone, written anew so that no code of the library judges its own benchmark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import mul
from typing import Any

import mpmath as mp
import sympy as sp
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from derivations import Expectation, sigmoid, softplus
from derivations.vectors import Inner

Point = Mapping[Any, Any]
"""Numbers of mpmath for symbols, lists of them for vectors."""

FUNCTIONS: dict[Any, Callable[..., Any]] = {
    sp.exp: mp.exp, sp.log: mp.log, sp.sin: mp.sin, sp.cos: mp.cos, sp.tan: mp.tan, sp.asin: mp.asin,
    sp.acos: mp.acos, sp.atan: mp.atan, sp.sinh: mp.sinh, sp.cosh: mp.cosh, sp.tanh: mp.tanh, sp.erf: mp.erf,
    sp.erfc: mp.erfc, sp.gamma: mp.gamma, sp.loggamma: mp.loggamma, sp.factorial: mp.factorial,
    sp.polygamma: mp.psi, sp.digamma: mp.digamma, sp.besseli: mp.besseli, sp.Abs: abs, sp.Max: max, sp.Min: min,
    sigmoid: lambda x: 1 / (1 + mp.exp(-x)), softplus: lambda x: mp.log1p(mp.exp(x)),
}  # fmt: skip


def number(expr: Any, at: Point) -> Any:
    """The value of an expression at a point, in mpmath's working precision."""
    if expr in at:
        return at[expr]
    match expr:
        case sp.Rational():
            return mp.mpf(expr.p) / expr.q
        case sp.NumberSymbol():
            return {sp.pi: mp.pi, sp.E: mp.e}[expr] + mp.mpf(0)
        case sp.core.numbers.Infinity():
            return mp.inf
        case sp.core.numbers.NegativeInfinity():
            return -mp.inf
        case sp.Add():
            return mp.fsum(number(a, at) for a in expr.args)
        case sp.Mul():
            return reduce(mul, (number(a, at) for a in expr.args))
        case sp.Pow():
            return mp.power(number(expr.base, at), number(expr.exp, at))
        case Inner():
            left, right = (entries(a, at) for a in expr.args)
            return mp.fsum(a * b for a, b in zip(left, right, strict=True))
        case sp.Sum() | sp.Product():
            return _repeated(expr, at)
        case sp.Integral():
            return _integral(expr, at)
        case Expectation():
            return _expectation(expr, at)
    return FUNCTIONS[expr.func](*(number(a, at) for a in expr.args))


def entries(expr: Any, at: Point) -> list[Any]:
    """The entries of a column at a point."""
    if expr in at:
        return list(at[expr])
    match expr:
        case sp.OneMatrix():
            return [mp.mpf(1)] * int(number(expr.shape[0], at))
        case ElementwiseApplyFunction():
            (variable,) = expr.function.variables
            return [number(expr.function.expr, {**at, variable: e}) for e in entries(expr.expr, at)]
        case sp.MatAdd():
            return [mp.fsum(parts) for parts in zip(*(entries(a, at) for a in expr.args), strict=True)]
        case sp.MatMul():
            factor, (column,) = expr.as_coeff_matrices()
            scale = number(factor, at)
            return [scale * e for e in entries(column, at)]
    raise TypeError(f"no entries of {expr}")


def _repeated(expr: Any, at: Point) -> Any:
    index, low, high = expr.limits[0]
    first, last = number(low, at), number(high, at)

    def term(k: Any) -> Any:
        return number(expr.function, {**at, index: mp.mpf(k)})

    if mp.isinf(last):
        return mp.nsum(term, [first, last])
    terms = (term(k) for k in range(int(first), int(last) + 1))
    return mp.fsum(terms) if isinstance(expr, sp.Sum) else mp.fprod(terms)


def _integral(expr: Any, at: Point) -> Any:
    variable, low, high = expr.limits[0]
    ends = [number(low, at), number(high, at)]
    if ends == [-mp.inf, mp.inf]:
        ends.insert(1, mp.mpf(0))
    return mp.quad(lambda x: number(expr.function, {**at, variable: x}), ends)


def _expectation(expr: Expectation, at: Point) -> Any:
    """Two independent standard Gaussians, in polar coordinates with the angle cut at multiples of π/4."""
    integrand, (first, second) = expr.args[0], expr.args[1]

    def ring(r: Any) -> Any:
        around = lambda a: number(integrand, {**at, first: r * mp.cos(a), second: r * mp.sin(a)})  # noqa: E731
        return r * mp.exp(-(r**2) / 2) * mp.quad(around, [k * mp.pi / 4 for k in range(9)])

    return mp.quad(ring, [0, 2, mp.inf]) / (2 * mp.pi)
