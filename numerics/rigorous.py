"""Gaussian expectations of one and two variables in ball arithmetic, and Gram matrices made of them.

Everything returned is a ball that holds the exact number, whatever floating point did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import sqrt
from typing import Any

import numpy as np
import sympy as sp
from flint import acb, arb, ctx
from numpy.typing import NDArray

from derivations.activations import X, sigmoid, softplus
from derivations.arguments import optional, scalar, shown, taking, whole
from derivations.integrals.polar import KINKED, on_sign
from numerics.arguments import activation, ball, balls, integers, reals, variance_ball
from numerics.values.ball_integrals.strips import NoBall, growth, number_ball
from numerics.values.ball_integrals.trapezoid import NARROWEST, expectation, hermite_coefficients, pair

MOST_DEGREE = 1000
NEAR_DEGREE = 60
"""Terms of Mehler's series for nearly parallel variables."""


@contextmanager
def digits(count: int) -> Iterator[None]:
    """Work with so many decimal digits and ten in reserve."""
    before, ctx.dps = ctx.dps, count + 10
    try:
        yield
    finally:
        ctx.dps = before


@taking(NoBall, expr=activation)
def complex_function(expr: sp.Expr) -> Callable[[Any, bool], Any]:
    """`expr` in X on complex balls; with the flag set it returns a ball without end where it is not analytic."""

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
    """A ball that holds E expr(√variance·z), z ~ N(0, 1), at the precision in force; `expr` in X.

    By the trapezoidal rule where `expr` is known to be analytic near the real line, else by Arb's integration.
    Kinks at 0 are allowed. Raises NoBall for functions without a rule.
    """
    scale = arb(variance).sqrt()
    try:
        return expectation(expr, scale)
    except NoBall:
        return integrated(expr, scale)


def integrated(expr: sp.Expr, scale: Any) -> Any:
    """E expr(scale·z) by Arb's rigorous integration, on half-lines if there are kinks; raises NoBall."""
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
    """Balls for a_0 … a_degree of x ↦ expr(√variance·x), and for what Parseval leaves: r = E σ² − Σ a_k².

    Raises NoBall for what is not known to be analytic near the real line.
    """
    found = hermite_coefficients(expr, arb(variance).sqrt(), degree)
    rest = gaussian_ball(sp.expand(expr**2), variance) - sum((a * a for a in found), arb(0))
    return found, rest


def pair_ball(f: sp.Expr, g: sp.Expr, q: tuple[Any, Any], c: Any) -> Any:
    """A ball that holds E f(u)g(v) for (u, v) ~ N(0, [[q₁, c], [c, q₂]]), f and g in X; raises NoBall.

    On a lattice; for nearly parallel u and v, and for a correlation of ±1 by Mehler's series, whose tail is wider.
    """
    scales = arb(q[0]).sqrt(), arb(q[1]).sqrt()
    rho = arb(c) / (scales[0] * scales[1])
    if abs(rho) > 1:
        raise NoBall(f"no covariance: the correlation is {rho.str(6, radius=False)}")
    if (1 - rho * rho).sqrt() > NARROWEST:
        return pair(f, g, scales, rho)
    return dual_ball(hermite_balls(f, q[0], NEAR_DEGREE), hermite_balls(g, q[1], NEAR_DEGREE), rho)


def dual_ball(coefficients: tuple[list[Any], Any], other: tuple[list[Any], Any], rho: Any) -> Any:
    """E σσ as a ball: Mehler's sum, and |ρ|ᴷ⁺¹·√(r r′) for the rest."""
    (a, rest_a), (b, rest_b) = coefficients, other
    total = arb(0)
    for x, y in zip(reversed(a), reversed(b), strict=True):
        total = total * rho + x * y
    left = (abs(rest_a) * abs(rest_b)).sqrt() * abs(rho) ** len(a)
    return total + arb(0, left.upper())


Balls = list[list[Any]]


@taking(NoBall, integers=integers)
def cosines(integers: NDArray[np.int64]) -> Balls:
    """The cosines of integer vectors (n, d) as balls, exactly 1 on the diagonal."""
    inner = integers.astype(object) @ integers.astype(object).T
    n = len(integers)
    return [
        [
            arb(1) if i == j else arb(int(inner[i, j])) / (arb(int(inner[i, i])) * int(inner[j, j])).sqrt()
            for j in range(n)
        ]
        for i in range(n)
    ]


@taking(NoBall, rho=balls, expr=activation, depth=whole(1, 1000), c_res=optional(scalar), degree=whole(0, MOST_DEGREE))
def gram_balls(rho: Balls, expr: sp.Expr, depth: int, c_res: sp.Rational | None, degree: int = 24) -> Balls:
    """K^(H) of Definition 5.1 (c_res None) or 6.1 on unit inputs of the given cosines, every entry a ball."""
    n = len(rho)
    c_sigma = 1 / gaussian_ball(sp.expand(expr**2))
    kappa = arb(0) if c_res is None else number_ball(sp.sympify(c_res)) / depth
    K, q, b = [list(row) for row in rho], arb(1), arb(0)
    for h in range(1, depth):
        coefficients = hermite_balls(expr, q, degree)
        mean, second = coefficients[0][0], gaussian_ball(sp.expand(expr**2), q)
        plain = h == 1 or c_res is None
        for i in range(n):
            for j in range(i):
                value = dual_ball(coefficients, coefficients, K[i][j] / q)
                K[i][j] = c_sigma * value if plain else K[i][j] + 2 * kappa * b * mean + kappa**2 * value
                K[j][i] = K[i][j]
        q = c_sigma * second if plain else q + 2 * kappa * b * mean + kappa**2 * second
        b = c_sigma.sqrt() * mean if plain else b + kappa * mean
        for i in range(n):
            K[i][i] = q
    slope = expr.diff(X)
    coefficients = hermite_balls(slope, q, degree)
    scale = c_sigma if c_res is None or depth == 1 else kappa**2
    diagonal = gaussian_ball(sp.expand(slope**2), q)
    for i in range(n):
        for j in range(i):
            K[i][j] = K[j][i] = scale * K[i][j] * dual_ball(coefficients, coefficients, K[i][j] / q)
        K[i][i] = scale * q * diagonal
    return K


@taking(NoBall, K=balls)
def least_eigenvalue(K: Balls) -> tuple[Any, Any]:
    """Numbers low ≤ λ_min(K) ≤ high: a Cholesky factorisation of K − low·I in balls, and a Rayleigh quotient.

    Raises NoBall where the factorisation does not go through even for the smallest shift.
    """
    middle = np.array([[float(e.mid()) for e in row] for row in K])
    values, vectors = np.linalg.eigh(middle)
    high = rayleigh(K, vectors[:, 0].tolist())
    for factor in (1 - 1e-9, 1 - 1e-6, 1 - 1e-3, 0.5, 0.0):
        shift = arb(float(values[0]) * factor)
        if positive_definite(K, shift):
            return shift, high
    raise NoBall("the matrix was not proved positive definite: more digits or a higher degree are needed")


@taking(NoBall, K=balls, vector=reals)
def rayleigh(K: Balls, vector: Sequence[float]) -> Any:
    """vᵀKv/‖v‖² in balls: an upper bound of λ_min."""
    if len(vector) != len(K) or not any(vector):
        raise NoBall(f"rayleigh: vector = {shown(vector)}: {len(K)} numbers, not all 0, are needed")
    v = [arb(float(x)) for x in vector]
    top = sum((K[i][j] * v[i] * v[j] for i in range(len(v)) for j in range(len(v))), arb(0))
    return top / sum((x * x for x in v), arb(0))


@taking(NoBall, K=balls, shift=ball)
def positive_definite(K: Balls, shift: Any) -> bool:
    """Whether K − shift·I is positive definite for sure: every pivot of LDLᵀ is a positive ball."""
    n = len(K)
    L: Balls = [[arb(0)] * n for _ in range(n)]
    D: list[Any] = []
    for j in range(n):
        d = K[j][j] - shift - sum((L[j][k] * L[j][k] * D[k] for k in range(j)), arb(0))
        if not d > 0:
            return False
        D.append(d)
        for i in range(j + 1, n):
            s = sum((L[i][k] * L[j][k] * D[k] for k in range(j)), arb(0))
            L[i][j] = (K[i][j] - s) / d
    return True
