"""Functions of one variable in ball arithmetic: values on the real line, and how they grow on strips |Im z| ≤ a.

A bound on a strip says that the function is analytic there, so that the trapezoidal rule converges exponentially.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, pi
from typing import Any, NamedTuple

import sympy as sp
from flint import arb

from derivations.activations import X, sigmoid, softplus
from derivations.gaussian import relu, step
from derivations.outcomes.budget import remembered
from derivations.outcomes.reasons import Reason, Stopped
from numerics.values.ball_numbers import arb_number

BOUNDED = (sp.tanh, sp.sin, sp.cos, sp.erf, sigmoid, step, sp.sign)
"""Functions between −1 and 1 on the real line."""
WIDTHS = {sp.tanh: pi / 2, sp.atan: 1.0, **dict.fromkeys((softplus, sigmoid), pi)}
"""How far from the real line the nearest singularity is."""


class NoBall(Stopped, ValueError):
    """An expression that ball arithmetic cannot integrate here; the message names the part."""

    reason = Reason.OUTSIDE


class Growth(NamedTuple):
    """|f(x + iy)| ≤ size·(1 + |x|)^power·e^{rate·|x|} for all real x and all |y| ≤ a.

    Only `size` depends on a: where there is a bound on a strip, power and rate are those of the real line or less.
    """

    size: Any
    power: int
    rate: Any


def number_ball(e: sp.Expr) -> Any:
    """A ball that holds a number built from rationals, π, e and the elementary functions."""
    if not e.args or e.is_Rational:
        return arb_number(e)
    args = [number_ball(a) for a in e.args]
    match e:
        case sp.Add():
            return sum(args, arb(0))
        case sp.Mul():
            total = arb(1)
            for a in args:
                total *= a
            return total
        case sp.Pow():
            return args[0] ** args[1]
    return getattr(args[0], type(e).__name__)()


Real = Callable[[Any], Any]


@remembered(256)
def real_function(expr: sp.Expr, precision: int) -> Real:
    """`expr` in X as a function on real balls; its numbers are balls at `precision` bits, which must be in force.

    Raises NoBall for a function without a rule.
    """
    if expr == X:
        return lambda x: x
    if expr.is_number:
        value = number_ball(expr)
        return lambda _: value
    match expr:
        case sp.Add() | sp.Mul():
            product = isinstance(expr, sp.Mul)
            first, *rest = (real_function(a, precision) for a in expr.args)

            def together(x: Any) -> Any:
                total = first(x)
                for f in rest:
                    total = total * f(x) if product else total + f(x)
                return total

            return together
        case sp.Pow() if expr.exp.is_Integer:
            base, power = real_function(expr.base, precision), int(expr.exp)
            return lambda x: base(x) ** power
    inner = real_function(expr.args[0], precision) if len(expr.args) == 1 else None
    if inner is None:
        raise NoBall(f"{expr} has no ball here")
    match expr:
        case sp.exp() | sp.sin() | sp.cos() | sp.tanh() | sp.erf() | sp.erfc() | sp.atan():
            name = type(expr).__name__
            return lambda x: getattr(inner(x), name)()
        case softplus():
            return lambda x: inner(x).exp().log1p()
        case sigmoid():
            return lambda x: 1 / (1 + (-inner(x)).exp())
    raise NoBall(f"{type(expr).__name__} has no ball here")


def width(expr: sp.Expr) -> float:
    """About how far from the real line `expr` in X is analytic; `growth` says for sure."""
    found = inf
    for f in expr.atoms(*WIDTHS):
        slope = f.args[0].diff(X)
        if slope.is_number and slope != 0:
            found = min(found, WIDTHS[type(f)] / abs(float(slope)))
    return found


def growth(expr: sp.Expr, a: Any = 0) -> Growth:
    """How fast `expr` in X grows on the strip |Im z| ≤ a, in whose inside it is analytic if a > 0.

    Raises NoBall where no rule gives a bound.
    """
    a = arb(a)
    return _on_line(expr) if a == 0 else _on_strip(expr, a)


def _composed(expr: sp.Expr, rule: Callable[[sp.Expr], Growth]) -> Growth | None:
    """The rules that hold on every strip: numbers, sums, products and powers."""
    match expr:
        case _ if expr.is_number:
            return Growth(abs(number_ball(expr)), 0, arb(0))
        case sp.Add():
            parts = [rule(a) for a in expr.args]
            rate = max((p.rate for p in parts), key=lambda b: float(b.upper()))
            return Growth(sum((p.size for p in parts), arb(0)), max(p.power for p in parts), rate)
        case sp.Mul():
            size, power, rate = arb(1), 0, arb(0)
            for p in map(rule, expr.args):
                size, power, rate = size * p.size, power + p.power, rate + p.rate
            return Growth(size, power, rate)
        case sp.Pow() if expr.exp.is_Integer and expr.exp > 0:
            p, n = rule(expr.base), int(expr.exp)
            return Growth(p.size**n, p.power * n, p.rate * n)
    return None


def _exponential(expr: sp.Expr, a: Any) -> Growth | None:
    """e to a polynomial of degree one, or two with a negative leading coefficient: |e^w| = e^{Re w}."""
    if not (isinstance(expr, sp.exp) and expr.args[0].is_polynomial(X)):
        return None
    exponent = sp.Poly(expr.args[0], X)
    if exponent.degree() == 1:
        slope, start = map(number_ball, exponent.all_coeffs())
        return Growth(start.exp(), 0, abs(slope))
    if exponent.degree() == 2 and exponent.LC() < 0:
        top = number_ball(sp.sympify(sp.Rational(-1, 4) * exponent.discriminant() / exponent.LC()))
        return Growth((top - number_ball(exponent.LC()) * a * a).exp(), 0, arb(0))
    return None


def _on_line(expr: sp.Expr) -> Growth:
    found = _composed(expr, _on_line) or _exponential(expr, arb(0))
    if found is not None:
        return found
    match expr:
        case _ if expr == X:
            return Growth(arb(1), 1, arb(0))
        case sp.Pow() if expr.exp.is_Integer and (1 / expr - 1).is_nonnegative:
            return Growth(arb(1), 0, arb(0))
        case sp.atan():
            return Growth(arb.pi() / 2, 0, arb(0))
        case softplus():
            size, power, rate = _on_line(expr.args[0])
            return Growth(size + 1, power, rate)
        case relu() | sp.Abs():
            return _on_line(expr.args[0])
        case sp.erfc():
            return Growth(arb(2), 0, arb(0))
    if isinstance(expr, BOUNDED):
        return Growth(arb(1), 0, arb(0))
    raise NoBall(f"no bound of the growth of {expr}")


def _on_strip(expr: sp.Expr, a: Any) -> Growth:
    """Functions of w = cx + d, which the strip takes to |Im w| ≤ b = |c|a."""
    found = _composed(expr, lambda e: _on_strip(e, a)) or _exponential(expr, a)
    if found is not None:
        return found
    if expr == X:
        return Growth(a.max(arb(1)), 1, arb(0))
    argument = expr.args[0]
    slope = argument.diff(X)
    if len(expr.args) != 1 or not slope.is_number:
        raise NoBall(f"no bound of the growth of {expr} off the real line")
    c, d = number_ball(slope), number_ball(argument.xreplace({X: sp.S.Zero}))
    b = abs(c) * a
    size = _bound(expr, b)
    if isinstance(expr, softplus):
        # softplus(w) is softplus(Re w) ≤ log 2 + |Re w| and the integral of its derivative, upwards
        start = arb(2).log() + abs(d) + b * size
        return Growth(start.max(abs(c)), 1, arb(0))
    return Growth(size, 0, arb(0))


def _bound(f: sp.Expr, b: Any) -> Any:
    """sup |f(w)| on |Im w| ≤ b for a function bounded there, of softplus the derivative's."""
    match f:
        case sp.tanh() if b < arb.pi() / 2:
            # |tanh(x + iy)|² = (sinh²x + sin²y)/(sinh²x + cos²y)
            return b.tan().max(arb(1))
        case sigmoid() | softplus() if b < arb.pi():
            # |1 + re^{iθ}| ≥ 1 for |θ| ≤ π/2, else ≥ sin |θ|
            return arb(1) if b <= arb.pi() / 2 else 1 / b.sin().min(arb(1))
        case sp.atan() if b < 1:
            return arb.pi() / 2 + b.atanh()
        case sp.sin() | sp.cos():
            return b.cosh()
        case sp.erf() | sp.erfc():
            # the integral of e^{−w²} upwards from the real line
            upwards = 2 / arb.pi().sqrt() * b * (b * b).exp()
            return (1 if isinstance(f, sp.erf) else 2) + upwards
    raise NoBall(f"no bound of {f} on a strip")
