"""The integrals for Gaussian expectations: how they are computed, and the steps of derivations with them."""

from __future__ import annotations

from sympy import Add, Expr, Integral, Mul, S, Symbol, atan, cos, erf, erfc, exp, integrate, oo, pi, sin, sqrt, tanh

from derivations.gaussian import Expectation
from derivations.integrals.polar import (
    THETA,
    NoClosedForm,
    R,
    angle_of,
    angular_integral,
    on_sign,
    one_gaussian,
    radial_moment,
    sectors,
    two_gaussians,
)
from derivations.integrals.truncated import polynomial_between

BOUNDED = (erf, erfc, sin, cos, tanh, atan)
"""Bounded functions of real numbers."""


def polar_steps(expectation: Expectation) -> list[tuple[Expr, str]]:
    """The derivation of a two-variable expectation in polar coordinates, as expressions with reasons."""
    (u, v), cov = expectation.variables, expectation.covariance
    phi = angle_of(cov[0, 1], cov[0, 0], cov[1, 1])
    variances = (cov[0, 0], cov[1, 1])
    weight = exp(-(R**2) / 2)
    double, separated, angular = S.Zero, S.Zero, S.Zero
    for sector in sectors(expectation.integrand, (u, v), variances, phi):
        limits = (THETA, sector.lower, sector.upper)
        for degree, h in sector.powers.items():
            double += Integral(h * R ** (degree + 1) * weight, limits, (R, 0, oo)) / (2 * pi)
            separated += Integral(R ** (degree + 1) * weight, (R, 0, oo)) * Integral(h, limits) / (2 * pi)
            angular += radial_moment(degree + 1) * Integral(h, limits) / (2 * pi)
    return [
        (double, "polar coordinates of the two independent Gaussians behind the pair, where its integrand is not 0"),
        (separated, "the integrand is homogeneous"),
        (angular, "the radial integral, by t = r²/2"),
        (two_gaussians(expectation.integrand, (u, v), variances, phi), "the angular integral of a cosine polynomial"),
    ]


def integrated(integral: Integral) -> Expr:
    """A definite integral of the kinds that occur here: radial, angular, or both; else by SymPy."""
    value: Expr = integral.function
    for symbol, lower, upper in integral.limits:
        total = S.Zero
        if (found := _truncated(value, symbol, lower, upper)) is not None:
            value = found
            continue
        for term in Add.make_args(value.expand(func=False)):
            c, rest = term.as_independent(symbol)
            weight = exp(-(symbol**2) / 2)
            if lower == -upper and _is_odd(rest, symbol):
                continue
            if rest.has(weight) and (lower, upper) == (0, oo) and (rest / weight).as_base_exp()[0] in (symbol, 1):
                base, degree = (rest / weight).as_base_exp()
                total += c * radial_moment(degree if base == symbol else S.Zero)
            elif rest.has(cos, sin) and not rest.has(exp) and symbol == THETA:
                total += c * angular_integral(rest, lower, upper)
            else:
                total += c * integrate(rest, (symbol, lower, upper))
        value = total
    return value


def _is_odd(f: Expr, u: Symbol) -> bool:
    """Whether an integrand is odd, a product of polynomials and bounded functions against a Gaussian density."""
    decays = False
    for factor in Mul.make_args(f):
        base, k = factor.as_base_exp() if not isinstance(factor, exp) else (factor, S.One)
        if isinstance(base, exp):
            decay = -base.args[0].coeff(u, 2)
            decays = decays or bool(decay.is_positive and (base.args[0] + decay * u**2).expand().is_number)
            continue
        if not (k.is_Integer and k.is_nonnegative and (base.is_polynomial(u) or isinstance(base, BOUNDED))):
            return False
        if not base.is_polynomial(u) and not base.args[0].is_polynomial(u):
            return False
    return decays and bool((f.xreplace({u: -u}) + f).expand() == 0)


def half_line_steps(expectation: Expectation) -> list[tuple[Expr, str]]:
    """The derivation of a one-variable expectation of a positively homogeneous function."""
    (u,), variance = expectation.variables, expectation.covariance[0, 0]
    f = expectation.integrand
    split = S.Zero
    for s in (1, -1):
        piece = on_sign(f, {u: s}).xreplace({u: s * sqrt(variance) * R})
        if piece != 0:
            split += Integral(piece * exp(-(R**2) / 2), (R, 0, oo)) / sqrt(2 * pi)
    return [
        (split, "the half-lines on which the integrand does not vanish"),
        (one_gaussian(f, u, variance), "the substitution t = r²/2 and the Gamma integral"),
    ]


def _truncated(f: Expr, u: Symbol, lower: Expr, upper: Expr) -> Expr | None:
    """∫ of a polynomial against e^{−u²/(2q)}, None for other integrands."""
    weights = {e for e in f.atoms(exp) if e.has(u)}
    if len(weights) != 1:
        return None
    (weight,) = weights
    curvature = -weight.args[0].diff(u, 2)
    polynomial = (f / weight).expand()
    if (weight.args[0] + curvature * u**2 / 2).expand() != 0 or not polynomial.is_polynomial(u):
        return None
    try:
        return sqrt(2 * pi / curvature) * polynomial_between(polynomial, u, lower, upper, 1 / curvature)
    except NoClosedForm:
        return None
