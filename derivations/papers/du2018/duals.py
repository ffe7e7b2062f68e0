"""Dual activations of Du et al. (2019): E σ(u)σ(v) in closed form, Price's and Stein's rules, Mehler's series."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import (
    Abs,
    Derivative,
    Expr,
    Interval,
    Rational,
    Sum,
    Symbol,
    acos,
    asin,
    cosh,
    erf,
    exp,
    factorial,
    hermite_prob,
    oo,
    pi,
    sin,
    sinh,
    sqrt,
)
from sympy import cos as cosine

from derivations.activations import ACTIVATIONS, bump, gelu, leaky_relu
from derivations.gaussian import Expectation, relu, step
from derivations.statements import Constant, Identity, Statement

u, v = Symbol("u", real=True), Symbol("v", real=True)
q1, q2 = Symbol("q_1", positive=True), Symbol("q_2", positive=True)
"""Variances of the two pre-activations: squared norms of two features."""
rho = Symbol("rho", real=True)
"""Their correlation."""
k = Symbol("k", integer=True, nonnegative=True)

c = rho * sqrt(q1) * sqrt(q2)
LAW = [[q1, c], [c, q2]]
RANGES = {rho: Interval.open(-1, 1), q1: Interval.open(0, oo), q2: Interval.open(0, oo)}
DRAWN = {q1: (Rational(1, 10), 6), q2: (Rational(1, 10), 6)}
"""Variances at which points are drawn: away from the ends, where quadrature is hard."""

NARROW = {q1: (Rational(1, 10), 1), q2: (Rational(1, 10), 1)}
"""For the exponential, whose mass moves away from the middle as the variance grows."""

ARC = (sqrt(1 - rho**2) + (pi - acos(rho)) * rho) / (2 * pi)
"""E relu(u)relu(v) at variances one: the arc-cosine kernel of degree one."""
ARC0 = (pi - acos(rho)) / (2 * pi)
"""The arc-cosine kernel of degree zero."""


def dual(f: Callable[[Any], Expr], g: Callable[[Any], Expr] | None = None) -> Expr:
    """E f(u)g(v), g = f unless given."""
    return Expectation(f(u) * (g or f)(v), (u, v), LAW)


def slope(f: Callable[[Any], Expr]) -> Callable[[Any], Expr]:
    """f′ as a function."""
    return lambda t: f(u).diff(u).xreplace({u: t})


ARC_MINUS = (sqrt(1 - rho**2) - acos(rho) * rho) / (2 * pi)
"""E relu(u)relu(−v) at variances one."""
SLOPE = Rational(1, 100)
root = sqrt((1 + 2 * q1) * (1 + 2 * q2))
gauss_root = sqrt((1 + q1) * (1 + q2) - c**2)

CLOSED: dict[str, tuple[Callable[[Any], Expr], Expr]] = {
    "relu": (relu, sqrt(q1) * sqrt(q2) * ARC),
    "leaky-relu": (leaky_relu, sqrt(q1) * sqrt(q2) * ((1 + SLOPE**2) * ARC - 2 * SLOPE * ARC_MINUS)),
    "abs": (Abs, 2 * sqrt(q1) * sqrt(q2) * (ARC + ARC_MINUS)),
    "step": (step, ARC0),
    "erf": (erf, 2 / pi * asin(2 * c / root)),
    "exp": (exp, exp((q1 + q2) / 2 + c)),
    "sin": (sin, exp(-(q1 + q2) / 2) * sinh(c)),
    "cos": (cosine, exp(-(q1 + q2) / 2) * cosh(c)),
    "square": (lambda t: t**2, q1 * q2 + 2 * c**2),
    "cube": (lambda t: t**3, 9 * q1 * q2 * c + 6 * c**3),
    "gaussian": (bump, 1 / gauss_root),
    "gelu": (
        gelu,
        c / 4
        + c / (2 * pi) * asin(c / sqrt((1 + q1) * (1 + q2)))
        + (q1 * q2 * (1 + q1) * (1 + q2) + c**2 * (1 - q1 * q2)) / (2 * pi * (1 + q1) * (1 + q2) * gauss_root),
    ),
}
SLOPES: dict[str, tuple[Callable[[Any], Expr], Expr]] = {
    "erf": (erf, 4 / (pi * sqrt(root**2 - 4 * c**2))),
    "leaky-relu": (leaky_relu, (1 + SLOPE**2) * ARC0 + 2 * SLOPE * (Rational(1, 2) - ARC0)),
    "gaussian": (bump, c / gauss_root**3),
}
"""Those that are no dual activation of another name: relu′ is the step, sin′ is cos, exp′ is exp."""

PRICE = ("relu", "erf", "gelu")
"""Activations for which Price's theorem is checked on both closed forms."""
HERMITE = ((3, 3, 6 * rho**3), (2, 4, 0), (4, 4, 24 * rho**4))
STANDARD = [[1, rho], [rho, 1]]


HALF = [[1, Rational(1, 2)], [Rational(1, 2), 1]]
BY_SERIES = {
    "softplus": "0.78007816520694351557",
    "sigmoid": "0.27142832563170528030",
    "tanh": "0.18632441320344",
    "silu": "0.183169663088159540",
    "arctan": "0.217063919784",
}
"""E σ(u)σ(v) at correlation 1/2 where there is no closed form."""


def _hermite(j: int, t: Any) -> Expr:
    return hermite_prob(j, t)


STATEMENTS: tuple[Statement, ...] = (
    *(
        Identity(
            f"dual-{name}",
            dual(f),
            value,
            title=f"The dual activation of {name}",
            source="General activations; derived here",
            on=RANGES,
            sample_on=NARROW if name == "exp" else DRAWN,
        )
        for name, (f, value) in CLOSED.items()
    ),
    *(
        Identity(
            f"dual-slope-{name}",
            dual(slope(f)),
            value,
            title=f"The dual activation of the derivative of {name}",
            source="General activations; derived here",
            on=RANGES,
            sample_on=DRAWN,
        )
        for name, (f, value) in SLOPES.items()
    ),
    *(
        Identity(
            f"price-{name}",
            Derivative(CLOSED[name][1], rho),
            sqrt(q1) * sqrt(q2) * dual(slope(CLOSED[name][0])),
            title=f"Price's theorem: the slope of the dual of {name} is √(q₁q₂) E σ′σ′",
            source="General activations",
            on=RANGES,
            sample_on=DRAWN,
            uses=(f"dual-{name}",),
        )
        for name in PRICE
    ),
    *(
        Constant(
            f"series-{name}",
            Expectation(ACTIVATIONS[name].of(u) * ACTIVATIONS[name].of(v), (u, v), HALF),
            enclosure=(Rational(low), Rational(low) + Rational(1, 10 ** (len(low) - 2))),
            title=f"E σ(u)σ(v) of {name} at variances one and correlation 1/2",
            source="General activations; derived here",
        )
        for name, low in BY_SERIES.items()
    ),
    Identity(
        "stein-gelu",
        Expectation(u * ACTIVATIONS["gelu"].of(u), u, [[q1]]),
        q1 * Expectation(slope(gelu)(u), u, [[q1]]),
        title="Stein's lemma for GELU: E uσ(u) = q E σ′(u)",
        source="General activations",
        sample_on={q1: (Rational(1, 10), 6)},
    ),
    *(
        Identity(
            f"mehler-{i}-{j}",
            Expectation(_hermite(i, u) * _hermite(j, v), (u, v), STANDARD),
            value,
            title=f"Mehler: Hermite polynomials {i} and {j} of correlated Gaussians",
            source="General activations",
            on={rho: Interval.open(-1, 1)},
        )
        for i, j, value in HERMITE
    ),
    Identity(
        "mehler-exp",
        Sum((exp(Rational(1, 2)) / sqrt(factorial(k))) ** 2 * rho**k, (k, 0, oo)),
        Expectation(exp(u) * exp(v), (u, v), STANDARD),
        title="Mehler's series of the exponential, a_k = √(e/k!), sums to its dual activation",
        source="General activations",
        on={rho: Interval.open(-1, 1)},
    ),
)
