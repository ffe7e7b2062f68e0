"""Inequalities in one variable from analysis, probability and learning theory, and how they are made false."""

from __future__ import annotations

from random import Random
from typing import Any

import sympy as sp
from sympy import (
    Abs,
    E,
    Interval,
    Max,
    Rational,
    S,
    Symbol,
    acos,
    asin,
    atan,
    besseli,
    cos,
    cosh,
    digamma,
    erf,
    erfc,
    exp,
    gamma,
    log,
    loggamma,
    oo,
    pi,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)

from derivations import gelu, sigmoid, silu, softplus

x = Symbol("x", real=True)
REALS, POSITIVE, NONNEGATIVE = S.Reals, Interval.open(0, oo), Interval(0, oo)


def normal(u: Any) -> Any:
    """The distribution function of the standard normal law."""
    return (1 + erf(u / sqrt(2))) / 2


TRUE: tuple[tuple[Any, Any], ...] = (
    (exp(x) - 1 - x, REALS),
    (x - 1 - log(x), POSITIVE),
    (x - sin(x), NONNEGATIVE),
    (x - tanh(x), NONNEGATIVE),
    (x * log(x) - x + 1, POSITIVE),
    (cos(x) - 1 + x**2 / 2, REALS),
    (sin(x) - 2 * x / pi, Interval(0, pi / 2)),
    (1 / (1 + x) - exp(-x), NONNEGATIVE),
    (1 - (1 + x) * exp(-x), REALS),
    (sinh(x) / x - 1, POSITIVE),
    (2 * sin(x) + tan(x) - 3 * x, Interval.Ropen(0, pi / 2)),
    ((sin(x) / x) ** 2 + tan(x) / x - 2, Interval.open(0, pi / 2)),
    (tan(x) - x - x**3 / 3, Interval.Ropen(0, pi / 2)),
    (exp(-(x**2)) / (x * sqrt(pi)) - erfc(x), POSITIVE),
    (erfc(x) - 2 * exp(-(x**2)) / (sqrt(pi) * (x + sqrt(x**2 + 2))), NONNEGATIVE),
    (exp(-(x**2)) - erfc(x), NONNEGATIVE),
    (exp(-(x**2) / 2) - (1 - normal(x)), NONNEGATIVE),
    (x**x - exp(-exp(-1)), POSITIVE),
    (x * log(x) + exp(-1), POSITIVE),
    (S.Half - (1 - cos(x)) / x**2, POSITIVE),
    (1 - sin(x) / x, POSITIVE),
    (1 - cos(x), REALS),
    (exp(-x) * (1 - cos(x)), NONNEGATIVE),
    (2 + sin(x) + cos(x) / 2, REALS),
    (softplus(x) - log(2) - x / 2, REALS),
    (Rational(1, 4) - sigmoid(x) * (1 - sigmoid(x)), REALS),
    (silu(x) + Rational(2785, 10000), REALS),
    (gelu(x) + Rational(17, 100), REALS),
    (gamma(x + 1) - sqrt(2 * pi * x) * exp(-x) * x**x, POSITIVE),
    (exp(1 / (12 * x)) * sqrt(2 * pi * x) * exp(-x) * x**x - gamma(x + 1), POSITIVE),
    (log(x) - digamma(x) - 1 / (2 * x), POSITIVE),
    (besseli(0, x) - 1 - x**2 / 4, REALS),
    (cosh(x) - besseli(0, x), REALS),
    (besseli(1, x) / besseli(0, x) - x / (2 + x), POSITIVE),
    (exp(x**2 / 2) - cosh(x), REALS),
    (E - (1 + 1 / x) ** x, POSITIVE),
    ((1 + 1 / x) ** (x + 1) - E, POSITIVE),
    (acos(x) - sqrt(2 * (1 - x)), Interval(-1, 1)),
    (asin(x) - x - x**3 / 6, Interval(0, 1)),
    (log(1 + x) - x / (1 + x), Interval.open(-1, oo)),
    (x / sqrt(1 + x) - log(1 + x), NONNEGATIVE),
    (atan(x) - 3 * x / (1 + 2 * sqrt(1 + x**2)), NONNEGATIVE),
    (x**2 / 2 - log(cosh(x)), REALS),
    (Abs(x) - Abs(sin(x)), REALS),
    (x / (exp(x) - 1) - 1 + x / 2, POSITIVE),
    (gamma(x) - Rational(885, 1000), POSITIVE),
    (loggamma(x) - (x - S.Half) * log(x) + x - log(2 * pi) / 2, POSITIVE),
    (log(2) + x * log(x) + (1 - x) * log(1 - x), Interval.open(0, 1)),
    (Max(x, 0) + log(2) - softplus(x), REALS),
    (normal(x) - sigmoid(Rational(1702, 1000) * x) + Rational(95, 10000), REALS),
    (sqrt(1 - exp(-4 * x**2 / pi)) - erf(x), NONNEGATIVE),
    (x**2 - 2**x, Interval(2, 4)),
    ((1 + x) ** Rational(3, 2) - 1 - 3 * x / 2, Interval(-1, oo)),
    (cos(x) ** 2 + sin(x) ** 4 - Rational(3, 4), REALS),
)
"""True ones, most of them with equality somewhere or in a limit: f ≥ 0 on a range."""

PARTS: tuple[Any, ...] = (
    exp(-x),
    exp(-(x**2)),
    sin(3 * x),
    cos(x),
    tanh(x),
    sigmoid(x),
    softplus(x),
    erf(x),
    erfc(x),
    atan(x),
    log(1 + x**2),
    sqrt(1 + x**2),
    x,
    x**2,
    Abs(x - 1),
    besseli(0, x / 2),
    x * exp(-(x**2) / 2),
    1 / (1 + x**2),
)
"""What random claims are sums of."""


def dented(f: Any, at: Any, depth: Any) -> Any:
    """f with a narrow dent, in which it is as much below 0 as `depth` at one point."""
    return f - (f.xreplace({x: at}) + depth) / (1 + (1000 * (x - at)) ** 2)


def random_claim(random: Random) -> tuple[Any, Any, Any]:
    """A random sum, a range, and a float estimate of its least value there, which was subtracted."""
    from numpy import linspace

    from numerics.values.evaluate import evaluate

    parts = random.sample(PARTS, random.randint(2, 4))
    f = sp.Add(*(Rational(random.randint(-9, 9) or 1, random.randint(1, 5)) * p for p in parts))
    low = Rational(random.randint(-12, 8), 4)
    interval = Interval(low, low + Rational(random.randint(2, 16), 4))
    least = float(evaluate(f, {x: linspace(float(interval.inf), float(interval.sup), 4001)}).min())
    return f, interval, least
