"""Expressions as their definitions say: Gaussian expectations as integrals, bound variables with unique names."""

from __future__ import annotations

from typing import Any

import sympy as sp

from derivations.gaussian import Expectation
from derivations.integrals.homogeneous import by_direction
from derivations.integrals.polar import KINKED
from derivations.outcomes.reasons import Reason, Stopped

BINDING = (sp.Integral, sp.Sum, sp.Product, sp.Limit)
"""Nodes that bind a variable."""
CARRIED = (sp.Integral, sp.Sum, sp.Limit, Expectation)
"""Nodes that SymPy or the calculus of expectations would replace by a closed form."""

FEW = 40
"""The largest number of terms of a sum that is written out."""


class NoIntegral(Stopped, ValueError):
    """An expectation that is not an integral over one or two numbers; the message names it."""

    reason = Reason.OUTSIDE


def carried_out(expr: Any) -> bool:
    """Whether the expression contains an integral, series, limit or expectation without a value."""
    return isinstance(expr, sp.Basic) and bool(expr.has(*CARRIED))


def with_plain_integrals(expr: Any) -> Any:
    """`expr` with integrals between equal ends, of polynomials and of Euler's kind as the numbers that they are."""
    return expr.replace(lambda e: isinstance(e, sp.Integral), _plain) if expr.has(sp.Integral) else expr


def with_short_sums(expr: Any) -> Any:
    """`expr` with each sum over a few integers written out."""
    return expr.replace(lambda e: isinstance(e, sp.Sum), _written_out) if expr.has(sp.Sum) else expr


def _written_out(node: sp.Sum) -> sp.Expr:
    *first, (k, low, high) = node.limits
    if not (low.is_Integer and high.is_Integer and 0 <= high - low < FEW):
        return node
    body = sp.Sum(node.function, *first) if first else node.function
    return with_short_sums(sp.Add(*(body.subs(k, low + i) for i in range(int(high - low) + 1))))


def _plain(node: sp.Integral) -> sp.Expr:
    if len(node.limits) != 1 or len(node.limits[0]) != 3:
        return node
    ((x, low, high),) = node.limits
    if low == high or node.function == 0:
        return sp.S.Zero
    if node.function.has(*BINDING):
        return node
    t = sp.Dummy("t", positive=True)
    pieces = [(node.function.xreplace({x: t}), low, high)] if low == 0 else [(node.function, low, high)]
    if low is -sp.oo and high is sp.oo:  # kinks at 0 are none on either side
        pieces = [(node.function.xreplace({x: sign * t}), sp.S.Zero, high) for sign in (1, -1)]
    terms = [(term, a, b) for body, a, b in pieces for term in sp.Add.make_args(sp.expand(body))]
    parts = [_plain_term(term, t if term.has(t) else x, a, b) for term, a, b in terms]
    return node if None in parts else sp.Add(*parts)


def _plain_term(term: sp.Expr, x: sp.Symbol, low: sp.Expr, high: sp.Expr) -> sp.Expr | None:
    """∫ c·xⁿ between finite ends, and Euler's ∫ c·xⁿ·e^{−axᵐ} = c·Γ((n + 1)/m)/(m·a^{(n+1)/m}) over x > 0."""
    if term == 0:
        return term
    c, rest = term.as_independent(x, as_Add=False)
    n, exponent = sp.S.Zero, sp.S.Zero
    for factor in sp.Mul.make_args(rest):
        base, power = factor.as_base_exp()
        if isinstance(factor, sp.exp):
            exponent += factor.args[0]
        elif base == x and power.is_Integer and power >= 0:
            n += power
        elif factor != 1:
            return None
    if exponent == 0 and low.is_finite and high.is_finite:
        return c * (high ** (n + 1) - low ** (n + 1)) / (n + 1)
    a, shape = (-exponent).as_independent(x, as_Add=False)
    base, m = shape.as_base_exp()
    if base != x or m not in (1, 2) or not (a.is_number and a.is_positive) or high is not sp.oo:
        return None
    return c * sp.gamma((n + 1) / m) / (m * a ** ((n + 1) / m)) if low == 0 else None


def by_integrals(expr: Any) -> Any:
    """`expr` with each expectation over one or two Gaussian numbers as the integral against their density.

    Over two, v given u is (c/q₁)u + √(q₂ − c²/q₁)·y with an independent standard y. Raises NoIntegral for others.
    """
    return expr.replace(lambda e: isinstance(e, Expectation), _integral) if expr.has(Expectation) else expr


def _integral(e: Expectation) -> sp.Expr:
    over_directions = _over_directions(e) if e.is_scalar else None
    if over_directions is not None:
        return over_directions
    if not e.is_scalar or len(e.variables) > 2:
        raise NoIntegral(f"{e} is not an expectation over one or two Gaussian numbers: balls have no integral for it")
    names = [sp.Dummy(str(v), real=True) for v in e.variables]
    q1 = e.covariance[0, 0]
    onto = {e.variables[0]: sp.sqrt(q1) * names[0]}
    if len(names) == 2:
        c, q2 = e.covariance[0, 1], e.covariance[1, 1]
        onto[e.variables[1]] = c / sp.sqrt(q1) * names[0] + sp.sqrt(q2 - c**2 / q1) * names[1]
    body = e.integrand.subs(onto, simultaneous=True) if e.integrand.has(*BINDING) else e.integrand.xreplace(onto)
    for x in reversed(names):
        body = sp.Integral(body * sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi), (x, -sp.oo, sp.oo))
    return body


def _over_directions(e: Expectation) -> sp.Expr | None:
    """The integral over directions of a homogeneous function of two or three numbers, with a law that is known."""
    n = len(e.variables)
    if n not in (2, 3) or e.covariance.free_symbols or e.integrand.has(*BINDING):
        return None
    if n == 3 and e.integrand.has(*KINKED, sp.Max, sp.Min):
        return None  # integrals inside of integrals are not enclosed across kinks
    try:
        root = sp.Matrix(e.covariance).cholesky(hermitian=False)
    except ValueError:
        return None  # a law without a density
    names = [sp.Dummy(str(v), real=True) for v in e.variables]
    onto = dict(zip(e.variables, root * sp.Matrix(names), strict=True))
    return by_direction(e.integrand.xreplace(onto), names)


def with_own_names(expr: Any) -> Any:
    """`expr` with the variable of each integral, sum, product and limit renamed, so that it is unique."""
    if not isinstance(expr, sp.Basic) or not expr.has(*BINDING):
        return expr
    args = [with_own_names(a) for a in expr.args]
    if isinstance(expr, sp.Limit):
        z = sp.Dummy(expr.args[1].name, **expr.args[1].assumptions0)
        return sp.Limit(args[0].subs(expr.args[1], z), z, *args[2:])
    if not isinstance(expr, BINDING):
        return expr.func(*args)
    body, limits = args[0], list(args[1:])
    for i, (given, *ends) in enumerate(limits):
        own = sp.Dummy(given.name, **given.assumptions0)
        body = body.subs(given, own)
        # the ends of earlier limits may contain the variables of later ones
        limits[:i] = [(s, *(e.subs(given, own) for e in others)) for s, *others in limits[:i]]
        limits[i] = (own, *ends)
    return expr.func(body, *limits)


def derived(expr: Any) -> Any:
    """`expr` with derivatives carried out by the rules of calculus, and integrals, sums and limits left as they are."""
    if not isinstance(expr, sp.Basic) or not expr.has(sp.Derivative):
        return expr
    if isinstance(expr, sp.Derivative):
        return derived(expr.expr).diff(*expr.variable_count)
    return expr.func(*(derived(a) for a in expr.args))


def as_defined(expr: Any) -> Any:
    """`expr` for numbers from definitions: derivatives carried out, expectations as integrals, short sums written out.

    Integrals, series and limits stay. Raises NoIntegral for any other expectation than one over one or two numbers.
    """
    return with_own_names(with_short_sums(by_integrals(derived(expr))))
