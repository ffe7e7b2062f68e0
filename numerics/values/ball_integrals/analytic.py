"""Expressions of one complex variable in balls, with the flag that says where they are analytic.

Arb's rigorous quadrature asks an integrand for its values on balls of the complex plane, and for a ball without end
where it is not analytic. Kinks, jumps and case distinctions are no analytic functions: on a stretch of the real line on
which each of them keeps to one branch, that branch replaces it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy as sp
from flint import acb, arb, ctx

from derivations.activations import sigmoid, softplus
from derivations.outcomes.budget import remembered
from numerics.values.ball_integrals.strips import NoBall
from numerics.values.ball_numbers import arb_number

Values = Mapping[Any, Any]
"""Complex balls of symbols."""
Compiled = Callable[[Values, bool], Any]
"""An expression's ball at the values of its symbols; without end where it is not analytic and the flag is set."""
Inner = Callable[[Any, Values, bool], Any]
"""The same of an integral inside of an expression."""

NOWHERE = acb(arb.nan())
MEROMORPHIC = {
    **{f: f.__name__ for f in (sp.exp, sp.sin, sp.cos, sp.tan, sp.cot, sp.sec, sp.csc, sp.sinh, sp.cosh, sp.tanh)},
    **{f: f.__name__ for f in (sp.coth, sp.sech, sp.csch, sp.erf, sp.erfc, sp.erfi, sp.gamma, sp.digamma)},
    sp.sinc: "sinc",
    sp.airyai: "airy_ai",
    sp.airybi: "airy_bi",
    sp.Si: "si",
    sp.Shi: "shi",
    sp.fresnels: "fresnel_s",
    sp.fresnelc: "fresnel_c",
    sp.zeta: "zeta",
}
"""Functions of one argument without a branch cut."""


def _beyond_one(w: Any) -> bool:
    return bool(w.imag.contains(0)) and not bool(abs(w.real) < 1)


def _beyond_i(w: Any) -> bool:
    return bool(w.real.contains(0)) and not bool(abs(w.imag) < 1)


def _up_to_zero(w: Any) -> bool:
    return bool(w.imag.contains(0)) and not bool(w.real > 0)


def _up_to_one(w: Any) -> bool:
    return bool(w.imag.contains(0)) and not bool(w.real > 1)


CUT: dict[Any, tuple[str, Callable[[Any], bool]]] = {
    sp.asin: ("asin", _beyond_one),
    sp.acos: ("acos", _beyond_one),
    sp.atanh: ("atanh", _beyond_one),
    sp.atan: ("atan", _beyond_i),
    sp.asinh: ("asinh", _beyond_i),
    sp.acosh: ("acosh", _up_to_one),
    sp.loggamma: ("lgamma", _up_to_zero),
}
"""Functions with cuts, and whether a ball may touch them."""


def compiled(expr: sp.Expr, inner: Inner | None = None) -> Compiled:
    """`expr` as a function of complex balls, `inner` for the integrals in it; raises NoBall for what has none here."""
    return _compiled(expr, inner, ctx.prec)


@remembered(2048)
def _compiled(expr: sp.Expr, inner: Inner | None, precision: int) -> Compiled:
    if isinstance(expr, sp.Integral) and inner is not None:
        return lambda values, analytic: inner(expr, values, analytic)
    if isinstance(expr, sp.Symbol):
        return _symbol(expr)
    if expr is sp.I:
        return lambda values, analytic: acb(0, 1)
    if not expr.args:
        number = acb(arb_number(expr))
        return lambda values, analytic: number
    parts = [_compiled(a, inner, precision) for a in expr.args]
    first = parts[0]
    match expr:
        case sp.Add():
            return _sum(parts)
        case sp.Mul():
            return _product(parts)
        case sp.Pow():
            return _power(expr, first, parts[1])
        case sp.log() if len(parts) == 1:
            return lambda values, analytic: first(values, analytic).log(analytic=analytic)
        case softplus():
            return lambda values, analytic: (1 + first(values, analytic).exp()).log(analytic=analytic)
    if isinstance(expr, sigmoid):
        return lambda values, analytic: 1 / (1 + (-first(values, analytic)).exp())
    if expr.func in MEROMORPHIC and len(parts) == 1:
        name = MEROMORPHIC[expr.func]
        return lambda values, analytic: getattr(first(values, analytic), name)()
    if expr.func in CUT:
        return _with_cut(expr.func, first)
    if isinstance(expr, sp.besselj | sp.besseli) and expr.args[0].is_Integer:
        name, order = ("bessel_j" if isinstance(expr, sp.besselj) else "bessel_i"), int(expr.args[0])
        return lambda values, analytic: getattr(parts[1](values, analytic), name)(order)
    raise NoBall(f"{type(expr).__name__} has no complex ball here")


def _symbol(name: sp.Symbol) -> Compiled:
    def value(values: Values, analytic: bool) -> Any:
        try:
            return values[name]
        except KeyError:
            raise NoBall(f"no value for the symbol {name}") from None

    return value


def _sum(parts: list[Compiled]) -> Compiled:
    first, *rest = parts

    def value(values: Values, analytic: bool) -> Any:
        total = first(values, analytic)
        for part in rest:
            total = total + part(values, analytic)
        return total

    return value


def _product(parts: list[Compiled]) -> Compiled:
    first, *rest = parts

    def value(values: Values, analytic: bool) -> Any:
        total = first(values, analytic)
        for part in rest:
            total = total * part(values, analytic)
        return total

    return value


def _power(expr: sp.Expr, base: Compiled, exponent: Compiled) -> Compiled:
    if expr.exp.is_Integer:
        n = int(expr.exp)
        if n < 0:
            return lambda values, analytic: 1 / base(values, analytic) ** -n
        return lambda values, analytic: base(values, analytic) ** n
    if expr.base is sp.S.Exp1:
        return lambda values, analytic: exponent(values, analytic).exp()
    if expr.exp.is_Rational and expr.exp.q == 2:
        twice = int(expr.exp.p)

        def half(values: Values, analytic: bool) -> Any:
            root = base(values, analytic).sqrt(analytic=analytic)
            return root**twice if twice > 0 else 1 / root**-twice

        return half

    def value(values: Values, analytic: bool) -> Any:
        return base(values, analytic).pow(exponent(values, analytic), analytic=analytic)

    return value


def _with_cut(function: Any, inner: Compiled) -> Compiled:
    name, touches = CUT[function]

    def value(values: Values, analytic: bool) -> Any:
        w = inner(values, analytic)
        return NOWHERE if analytic and touches(w) else getattr(w, name)()

    return value
