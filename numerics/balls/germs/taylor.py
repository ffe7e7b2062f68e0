"""Taylor coefficients of single functions: exact at a number, enclosed on a ball."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import comb, factorial
from typing import Any

import sympy as sp
from flint import acb, arb, arb_series, ctx

from derivations.activations import sigmoid, softplus
from derivations.letters.names import own
from derivations.outcomes.budget import remembered
from numerics.balls.germs.constants import NoGerm
from numerics.values.backends import arb_backend

_Y = own("_y", real=True)


@remembered(4096)
def exact_coefficients(function: Any, at: sp.Expr, n: int, parameters: tuple[Any, ...] = ()) -> tuple[sp.Expr, ...]:
    """The coefficients of order 0 to n − 1 of a function of one variable at an exact number.

    Args:
        function: A SymPy function class, whose last argument varies.
        at: A real number.
        n: How many.
        parameters: The arguments before the last.
    """
    derivative = function(*parameters, _Y)
    found = []
    for k in range(n):
        found.append(derivative.xreplace({_Y: at}).doit() / factorial(k))
        derivative = derivative.diff(_Y)
    if any(c.has(sp.nan, sp.zoo, sp.oo) for c in found):
        raise NoGerm(f"{function.__name__} has no derivatives at {at}")
    return tuple(found)


SERIES: dict[Any, str] = {
    sp.exp: "exp",
    sp.log: "log",
    sp.sin: "sin",
    sp.cos: "cos",
    sp.tan: "tan",
    sp.atan: "atan",
    sp.asin: "asin",
    sp.acos: "acos",
    sp.erf: "erf",
    sp.erfc: "erfc",
    sp.erfi: "erfi",
    sp.LambertW: "lambertw",
    sp.Ei: "ei",
    sp.Si: "si",
    sp.Ci: "ci",
}
"""Functions of power series that python-flint has."""


def ball_series(function: Any, parameters: tuple[Any, ...], g: Any) -> Any:
    """A function of a power series with balls as coefficients, to the length in force.

    On a ball as constant term, the coefficient of order k holds f⁽ᵏ⁾(ξ)/k! for every ξ of it. Raises NoGerm for a
    function without a rule here.
    """
    if function in SERIES and not parameters:
        if function in (sp.asin, sp.acos) and not abs(g[0]) < 1:
            return arb_series([arb.nan()])
        return getattr(g, SERIES[function])()
    rule = _ELEMENTARY.get(function)
    if rule is not None:
        return rule(g)
    if function is sp.gamma:
        return ball_series(sp.loggamma, (), g).exp() if g[0] > 0 else g.gamma()
    at = coefficients_on(function, parameters, g[0], ctx.cap)
    moved = arb_series([0, *(g[k] for k in range(1, g.length()))])
    return arb_series(at)(moved)


def coefficients_on(function: Any, parameters: tuple[Any, ...], x: Any, n: int) -> list[Any]:
    """f⁽ᵏ⁾(ξ)/k! for k < n and every ξ of the ball x; raises NoGerm for a function without a rule here."""
    if (function in SERIES and not parameters) or function in _ELEMENTARY or function is sp.gamma:
        before, ctx.cap = ctx.cap, n
        try:
            found = ball_series(function, parameters, arb_series([x, 1]))
            return [found[k] for k in range(n)]
        finally:
            ctx.cap = before
    rule = _DERIVATIVES.get(function)
    if rule is None:
        raise NoGerm(f"{function.__name__} has no Taylor expansion here")
    return [d / arb(factorial(k)) for k, d in enumerate(rule(parameters, x, n))]


def _ends(f: Callable[[Any], Any], x: Any) -> Any:
    """A monotone function on a ball, by its values at the ends: Arb's own balls of it are far too wide."""
    return f(arb(x.lower())).union(f(arb(x.upper()))) if not x.is_exact() else f(x)


def _bessel_i(parameters: tuple[Any, ...], x: Any, n: int) -> list[Any]:
    order = parameters[0]
    value = arb_backend().functions[sp.besseli]
    at = {}
    for j in range(1 - n, n):
        index = arb_backend().number(abs(order + j) if order.is_Integer else order + j)
        # a power series without a negative coefficient: monotone for x ≥ 0
        rises = x >= 0 and order.is_Integer
        at[j] = _ends(partial(value, index), x) if rises else value(index, x)
    return [sum((comb(k, j) * at[2 * j - k] for j in range(k + 1)), arb(0)) / arb(2) ** k for k in range(n)]


def _polygamma(parameters: tuple[Any, ...], x: Any, n: int) -> list[Any]:
    first = int(parameters[0])
    return [_psi(first + k, x) for k in range(n)]


def _psi(order: int, x: Any) -> Any:
    """ψ of some order on a ball: monotone for x > 0, as a sum of powers (x + k)⁻ⁿ."""
    return _ends(lambda y: acb(y).polygamma(acb(order)).real, x) if x > 0 else arb.nan()


def _loggamma(parameters: tuple[Any, ...], x: Any, n: int) -> list[Any]:
    if not x > 0:
        return [arb.nan()] * n
    value = _ends(lambda y: y.lgamma(), x)
    if not x.is_exact() and not (_psi(0, x) >= 0 or _psi(0, x) <= 0):
        value = value.union(arb(-0.125))  # convex, with its least value −0.1214… at 1.4616…
    return [value, *(_psi(k, x) for k in range(n - 1))]


_DERIVATIVES: dict[Any, Callable[[tuple[Any, ...], Any, int], list[Any]]] = {
    sp.besseli: _bessel_i,
    sp.polygamma: _polygamma,
    sp.loggamma: _loggamma,
}


def _tanh(g: Any) -> Any:
    return 1 - 2 / ((2 * g).exp() + 1)


def _softplus(g: Any) -> Any:
    return (1 + g.exp()).log() if g[0] < 0 else g + (1 + (-g).exp()).log()


_ELEMENTARY: dict[Any, Callable[[Any], Any]] = {
    sp.tanh: _tanh,
    sp.sinh: lambda g: (g.exp() - (-g).exp()) / 2,
    sp.cosh: lambda g: (g.exp() + (-g).exp()) / 2,
    sp.coth: lambda g: 1 + 2 / ((2 * g).exp() - 1),
    sp.sech: lambda g: 2 / (g.exp() + (-g).exp()),
    sp.csch: lambda g: 2 / (g.exp() - (-g).exp()),
    sp.cot: lambda g: g.cos() / g.sin(),
    sp.sec: lambda g: 1 / g.cos(),
    sp.csc: lambda g: 1 / g.sin(),
    sp.asinh: lambda g: (g + (g * g + 1).sqrt()).log(),
    sp.acosh: lambda g: (g + (g * g - 1).sqrt()).log(),
    sp.atanh: lambda g: ((1 + g) / (1 - g)).log() / 2,
    sp.acot: lambda g: (1 / g).atan(),
    sigmoid: lambda g: 1 / (1 + (-g).exp()),
    softplus: _softplus,
}
