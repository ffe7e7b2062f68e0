"""Constants: integrals, sums and expectations, exactly or between two numbers."""

from __future__ import annotations

from sympy import Integral, Max, Rational, Sum, Symbol, atan, erf, exp, oo, pi, sin, sqrt

from benchmarks.inequalities.problem import enclosed, exact, real
from derivations import Expectation

R = Rational
x, u, v, r = real("x u v r")
k = Symbol("k", integer=True, positive=True)
THOUSANDTH, TINY = R(1, 1000), R(1, 10**5)
HANDBOOK = "Abramowitz and Stegun: Handbook of Mathematical Functions"
NORMAL, DENSITY = (1 + erf(x / sqrt(2))) / 2, exp(-(x**2) / 2) / sqrt(2 * pi)

PROBLEMS = (
    exact(
        "maximum-of-two",
        "appendices of learning-theory papers: E max of Gaussians",
        Expectation(Max(u, v), (u, v)),
        1 / sqrt(pi),
        1 / sqrt(pi) + TINY,
    ),
    exact(
        "maximum-of-three",
        "appendices of learning-theory papers: E max of Gaussians",
        Integral(3 * x * DENSITY * NORMAL**2, (x, -oo, oo)),
        3 / (2 * sqrt(pi)),
        3 / (2 * sqrt(pi)) - THOUSANDTH,
    ),
    exact(
        "length-of-gaussian",
        "appendices of learning-theory papers: E‖g‖ in three dimensions",
        sqrt(2 / pi) * Integral(r**3 * exp(-(r**2) / 2), (r, 0, oo)),
        sqrt(8 / pi),
        sqrt(8 / pi) + THOUSANDTH,
    ),
    enclosed(
        "catalan",
        f"{HANDBOOK}, 23.2.23",
        Integral(atan(x) / x, (x, 0, 1)),
        (R(91596559417721, 10**14), R(91596559417723, 10**14)),
        (R(91597, 10**5), R(91598, 10**5)),
    ),
    enclosed(
        "elliptic",
        f"{HANDBOOK}, 17.3.1: the complete elliptic integral of modulus 1/2",
        Integral(1 / sqrt(1 - sin(x) ** 2 / 4), (x, 0, pi / 2)),
        (R(16857503548, 10**10), R(16857503549, 10**10)),
        (R(16857503549, 10**10), R(1685751, 10**6)),
    ),
    exact(
        "logistic-variance",
        "textbooks of statistics",
        Integral(x**2 * exp(x) / (1 + exp(x)) ** 2, (x, -oo, oo)),
        pi**2 / 3,
        pi**2 / 3 + TINY,
    ),
    enclosed(
        "apery",
        f"{HANDBOOK}, 23.2",
        Sum(1 / k**3, (k, 1, oo)),
        (R(1202056903, 10**9), R(1202056904, 10**9)),
        (R(1202056904, 10**9), R(1202057, 10**6)),
    ),
)
