"""Gaussian expectations of homogeneous functions: the length and the direction of a Gaussian vector are independent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import Abs, Add, Dummy, Expr, Integral, Max, Min, Mul, Pow, S, Symbol, cos, gamma, pi, sin, sympify

from derivations.gaussian import relu, step


def without_extremes(expr: Any) -> Any:
    """`expr` with Max and Min of two real arguments by their absolute difference: max(a, b) = (a + b + |a − b|)/2.

    >>> from sympy import symbols
    >>> u, v = symbols("u v", real=True)
    >>> without_extremes(Max(u, v))
    u/2 + v/2 + Abs(u - v)/2
    """
    if not (hasattr(expr, "has") and expr.has(Max, Min)):
        return expr
    expr = expr.replace(lambda e: isinstance(e, Max) and len(e.args) == 2, lambda e: _half(e.args, 1))
    return expr.replace(lambda e: isinstance(e, Min) and len(e.args) == 2, lambda e: _half(e.args, -1))


def _half(pair: Sequence[Any], sign: int) -> Expr:
    a, b = pair
    return (a + b + sign * Abs(a - b)) / 2


def degree(f: Any, variables: Sequence[Symbol]) -> Expr | None:
    """The k with f(t·x) = tᵏ·f(x) for all t > 0, as the form of f shows it; None where it shows none.

    >>> from sympy import sqrt, symbols
    >>> u, v = symbols("u v", real=True)
    >>> degree(Max(u, v) * sqrt(u**2 + v**2), (u, v)), degree(u + 1, (u, v))
    (2, None)
    """
    if f in variables:
        return S.One
    if not f.has(*variables):
        return S.Zero
    if isinstance(f, Add):
        return _common(f.args, variables)
    if isinstance(f, Max | Min):
        return _common([a for a in f.args if a != 0], variables)  # 0 is of every degree
    if isinstance(f, Mul):
        degrees = [degree(a, variables) for a in f.args]
        return None if None in degrees else Add(*degrees)
    if isinstance(f, Pow) and not f.exp.has(*variables):
        found = degree(f.base, variables)
        return None if found is None else found * f.exp
    if isinstance(f, Abs | relu):
        return degree(f.args[0], variables)
    if isinstance(f, step):
        return S.Zero if degree(f.args[0], variables) is not None else None
    return None


def _common(parts: Sequence[Any], variables: Sequence[Symbol]) -> Expr | None:
    degrees = {degree(a, variables) for a in parts}
    return degrees.pop() if len(degrees) == 1 else None


def by_direction(f: Expr, variables: Sequence[Symbol]) -> Expr | None:
    """E f over two or three independent standard Gaussian numbers as an integral over directions, if f is homogeneous.

    With r = ‖x‖ and degree k, E f = E rᵏ · (mean of f over the sphere), and E rᵏ = 2^{k/2} Γ((n + k)/2)/Γ(n/2).

    Args:
        f: a function of the variables.
        variables: two or three of them.

    Returns:
        The integral, or None where f is not homogeneous of a degree k > −n that is a number.

    >>> from sympy import symbols
    >>> u, v = symbols("u v", real=True)
    >>> by_direction(Abs(u), (u, v)).doit().equals((2 / pi)**S.Half)
    True
    """
    n, k = len(variables), degree(f, variables)
    if n not in (2, 3) or k is None or not k.is_number or not (k + n).is_positive:
        return None
    size = 2 ** (k / 2) * gamma((n + k) / 2) / gamma(sympify(n) / 2)
    theta = Dummy("theta", real=True)
    if n == 2:
        on = f.xreplace(dict(zip(variables, (cos(theta), sin(theta)), strict=True)))
        return size * Integral(on, (theta, 0, 2 * pi)) / (2 * pi)
    psi = Dummy("psi", real=True)
    place = (cos(theta) * sin(psi), sin(theta) * sin(psi), cos(psi))
    on = f.xreplace(dict(zip(variables, place, strict=True)))
    return size * Integral(on * sin(psi), (theta, 0, 2 * pi), (psi, 0, pi)) / (4 * pi)
