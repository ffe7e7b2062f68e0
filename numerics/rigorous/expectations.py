"""Gaussian expectations of one and two variables in ball arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import sqrt
from typing import Any

import sympy as sp
from flint import acb, arb, ctx

from derivations.activations import X, sigmoid, softplus
from derivations.arguments import taking, whole
from derivations.integrals.polar import KINKED, on_sign
from numerics.arguments import activation, variance_ball
from numerics.values.ball_integrals.strips import NoBall, growth, number_ball
from numerics.values.ball_integrals.trapezoid import NARROWEST, expectation, hermite_coefficients, pair

MOST_DEGREE = 1000
NEAR_DEGREE = 60
"""Terms of Mehler's series for nearly parallel variables."""


@contextmanager
def digits(count: int) -> Iterator[None]:
    """Work with a number of decimal digits, with ten more in reserve.

    Args:
        count: The number of digits, at least 1.

    Returns:
        A context manager; afterwards the precision is what it was before.

    Example:
        >>> from flint import arb
        >>> from numerics.rigorous import digits
        >>> with digits(40):
        ...     root = arb(2).sqrt()
        >>> root.rad() < 1e-40
        True
    """
    before, ctx.dps = ctx.dps, count + 10
    try:
        yield
    finally:
        ctx.dps = before


@taking(NoBall, expr=activation)
def complex_function(expr: sp.Expr) -> Callable[[Any, bool], Any]:
    """Make a function of complex balls from an expression.

    Args:
        expr: A SymPy expression in `derivations.activations.X`, without kinks.

    Returns:
        A function of (z, analytic). With `analytic` set, it returns an infinite ball where the expression is not
        analytic on the whole of z, as Arb's integration needs it.

    Raises:
        NoBall: The expression contains a function without an implementation for balls; raised by the function returned.

    Example:
        >>> from flint import acb
        >>> from sympy import exp
        >>> from derivations.activations import X
        >>> from numerics.rigorous import complex_function
        >>> complex_function(exp(X))(acb(0), False) == 1
        True
    """

    def at(node: Any, z: Any, analytic: bool) -> Any:
        if node == X:
            return z
        if node.is_number:
            return acb(number_ball(node))
        match node:
            case sp.Add():
                return sum((at(a, z, analytic) for a in node.args), acb(0))
            case sp.Mul():
                total = acb(1)
                for a in node.args:
                    total *= at(a, z, analytic)
                return total
            case sp.Pow() if node.exp.is_Integer:
                return at(node.base, z, analytic) ** int(node.exp)
            case sp.Pow() if node.exp == sp.S.Half:
                return at(node.base, z, analytic).sqrt(analytic=analytic)
            case sp.Pow() if node.base is sp.S.Exp1:
                return at(node.exp, z, analytic).exp()
        if len(node.args) != 1:
            raise NoBall(f"{node} has no complex ball here")
        w = at(node.args[0], z, analytic)
        match node:
            case sp.exp():
                return w.exp()
            case sp.sin() | sp.cos() | sp.tanh() | sp.sinh() | sp.cosh() | sp.erf() | sp.erfc():
                return getattr(w, type(node).__name__)()
            case sp.atan():
                crosses = analytic and w.real.contains(0) and not abs(w.imag) < 1  # the cuts are above i and below −i
                return acb(arb.nan()) if crosses else w.atan()
            case sp.log():
                return w.log(analytic=analytic)
            case softplus():
                return (1 + w.exp()).log(analytic=analytic)
            case sigmoid():
                return 1 / (1 + (-w).exp())
        raise NoBall(f"{type(node).__name__} has no complex ball here")

    return lambda z, analytic: at(expr, z, analytic)


@taking(NoBall, expr=activation, variance=variance_ball)
def gaussian_ball(expr: sp.Expr, variance: Any = 1) -> Any:
    """Enclose the expectation E f(√variance·z) with z ~ N(0, 1).

    The trapezoidal rule is used where f is known to be analytic near the real line, else Arb's integration. The
    precision is the one in force: see `digits`.

    Args:
        expr: f as a SymPy expression in `derivations.activations.X`; kinks at 0 are allowed.
        variance: A number or ball ≥ 0.

    Returns:
        A real ball that contains the expectation.

    Raises:
        NoBall: No rule encloses the expectation.

    Example:
        >>> from derivations.activations import X
        >>> from numerics.rigorous import gaussian_ball
        >>> gaussian_ball(X**4).contains(3)
        True
    """
    scale = arb(variance).sqrt()
    try:
        return expectation(expr, scale)
    except NoBall:
        return integrated(expr, scale)


def integrated(expr: sp.Expr, scale: Any) -> Any:
    """Enclose E f(scale·z), z ~ N(0, 1), by Arb's rigorous integration.

    Args:
        expr: f as a SymPy expression in `derivations.activations.X`; kinks at 0 are allowed.
        scale: A real ball ≥ 0.

    Returns:
        A real ball that contains the expectation.

    Raises:
        NoBall: The integral or its tails are not enclosed.

    Source:
        Johansson 2018, "Numerical integration in arbitrary-precision ball arithmetic".

    Example:
        >>> from flint import arb
        >>> from derivations.activations import X
        >>> from numerics.rigorous import integrated
        >>> integrated(X**2, arb(2)).contains(4)
        True
    """
    total = arb(0)
    pieces = [(expr, -1), (expr, 1)] if expr.has(*KINKED) else [(expr, 0)]
    size, power, rate = growth(expr)
    size, rate = size * (1 + scale) ** power, rate * scale
    reach = 4 + int(2 * float(rate.upper())) + int(sqrt(2 * ctx.prec))
    for piece, sign in pieces:
        smooth = on_sign(piece, {X: sign}) if sign else piece
        function = complex_function(smooth)
        low, high = (-reach if sign <= 0 else 0), (reach if sign >= 0 else 0)

        def integrand(z: Any, analytic: bool, f: Callable[[Any, bool], Any] = function) -> Any:
            return f(scale * z, analytic) * (-(z * z) / 2).exp()

        value = acb.integral(integrand, low, high)
        if not value.is_finite():
            raise NoBall(f"the integral of {expr} is not enclosed")
        total += value.real
    return (total + _tails(size, power, rate, reach)) / (2 * arb.pi()).sqrt()


def _tails(size: Any, power: int, rate: Any, reach: int) -> Any:
    """A ball about 0 with the integral beyond ±reach: its integrand falls at least like e^{−λx} there."""
    fall = reach - rate - arb(power) / (1 + reach)
    if not fall > 0:
        raise NoBall("the tail is not small at the chosen reach")
    at_reach = size * (1 + arb(reach)) ** power * (rate * reach - arb(reach) ** 2 / 2).exp()
    bound = 2 * at_reach / fall
    return arb(0, bound.upper())


@taking(NoBall, expr=activation, variance=variance_ball, degree=whole(0, MOST_DEGREE))
def hermite_balls(expr: sp.Expr, variance: Any, degree: int) -> tuple[list[Any], Any]:
    """Enclose the Hermite coefficients a_0, …, a_degree of x ↦ f(√variance·x), and the sum of squares of all others.

    The polynomials are normalised, so that by Parseval the second is r = E f² − Σ a_k².

    Args:
        expr: f as a SymPy expression in `derivations.activations.X`.
        variance: A number or ball ≥ 0.
        degree: The last degree, from 0 to 1000.

    Returns:
        The list of degree + 1 balls, and the ball for r.

    Raises:
        NoBall: f is not known to be analytic near the real line.

    Example:
        >>> from derivations.activations import X
        >>> from numerics.rigorous import hermite_balls
        >>> coefficients, rest = hermite_balls(X, 1, 2)
        >>> [round(float(a.mid()), 9) + 0.0 for a in coefficients]
        [0.0, 1.0, 0.0]
    """
    found = hermite_coefficients(expr, arb(variance).sqrt(), degree)
    rest = gaussian_ball(sp.expand(expr**2), variance) - sum((a * a for a in found), arb(0))
    return found, rest


def pair_ball(f: sp.Expr, g: sp.Expr, q: tuple[Any, Any], c: Any) -> Any:
    """Enclose E f(u)g(v) for a Gaussian pair (u, v) with mean 0.

    The expectation is computed on a lattice. For nearly parallel u and v, Mehler's series is used; its enclosure is
    wider.

    Args:
        f: A SymPy expression in `derivations.activations.X`.
        g: Another one.
        q: The variances of u and v, numbers or balls > 0.
        c: Their covariance.

    Returns:
        A real ball that contains the expectation.

    Raises:
        NoBall: The correlation is outside of [−1, 1], or f or g is not known to be analytic near the real line.

    Example:
        >>> from flint import arb
        >>> from derivations.activations import X
        >>> from numerics.rigorous import pair_ball
        >>> pair_ball(X, X, (1, 1), arb("0.25")).contains(arb("0.25"))
        True
    """
    scales = arb(q[0]).sqrt(), arb(q[1]).sqrt()
    rho = arb(c) / (scales[0] * scales[1])
    if abs(rho) > 1:
        raise NoBall(f"no covariance: the correlation is {rho.str(6, radius=False)}")
    if (1 - rho * rho).sqrt() > NARROWEST:
        return pair(f, g, scales, rho)
    return dual_ball(hermite_balls(f, q[0], NEAR_DEGREE), hermite_balls(g, q[1], NEAR_DEGREE), rho)


def dual_ball(coefficients: tuple[list[Any], Any], other: tuple[list[Any], Any], rho: Any) -> Any:
    """Enclose E f(u)g(v) for a standard Gaussian pair of correlation ρ by Mehler's formula, Σ a_k b_k ρ^k.

    Args:
        coefficients: The Hermite coefficients of f and the sum of the squares of all others, from `hermite_balls`.
        other: The same for g, with as many coefficients.
        rho: The correlation, a number or ball in [−1, 1].

    Returns:
        A real ball that contains the expectation: the sum, and |ρ|^(degree + 1)·√(r r′) as the bound on its tail.

    Example:
        >>> from flint import arb
        >>> from derivations.activations import X
        >>> from numerics.rigorous import dual_ball, hermite_balls
        >>> square = hermite_balls(X**2, 1, 4)
        >>> dual_ball(square, square, arb("0.5")).contains(1.5)  # 1 + 2ρ²
        True
    """
    (a, rest_a), (b, rest_b) = coefficients, other
    total = arb(0)
    for x, y in zip(reversed(a), reversed(b), strict=True):
        total = total * rho + x * y
    left = (abs(rest_a) * abs(rest_b)).sqrt() * abs(rho) ** len(a)
    return total + arb(0, left.upper())
