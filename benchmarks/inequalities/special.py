"""Special functions of probability and of neural networks: erf, erfc, Φ, gamma, digamma, Bessel, sigmoid, GELU."""

from __future__ import annotations

from sympy import Interval, Max, Rational, besseli, digamma, erf, erfc, exp, gamma, log, loggamma, oo, pi, sqrt

from benchmarks.inequalities.problem import Off, bound, real
from derivations import gelu, sigmoid, silu, softplus

R = Rational
x = real("x")
FROM_ZERO, POSITIVE = {x: Interval(0, oo)}, {x: Interval.open(0, oo)}
THOUSANDTH, TINY = R(1, 1000), R(1, 10**5)
NORMAL = (1 + erf(x / sqrt(2))) / 2
HANDBOOK = "Abramowitz and Stegun: Handbook of Mathematical Functions"

PROBLEMS = (
    bound(
        "erf-linear",
        "leancert, special functions",
        erf(x),
        2 * x / sqrt(pi),
        Off({x: R(1, 100)}, rhs=(1 - THOUSANDTH) * 2 * x / sqrt(pi)),
        tight={x: R(1, 100)},
        on=FROM_ZERO,
    ),
    bound(
        "erfc-gaussian",
        "appendices of learning-theory papers: Gaussian tails",
        erfc(x),
        exp(-(x**2)),
        Off({x: 0}, rhs=(1 - THOUSANDTH) * exp(-(x**2))),
        Off({x: R(-1, 1000)}, on={x: Interval(R(-1, 1000), oo)}),
        tight={x: 0},
        on=FROM_ZERO,
    ),
    bound(
        "mills-upper",
        "Mills' ratio; appendices of learning-theory papers",
        erfc(x),
        exp(-(x**2)) / (x * sqrt(pi)),
        Off({x: 30}, rhs=(1 - THOUSANDTH) * exp(-(x**2)) / (x * sqrt(pi))),
        tight={x: 30},
        on=POSITIVE,
    ),
    bound(
        "mills-lower",
        f"{HANDBOOK}, 7.1.13",
        2 * exp(-(x**2)) / (sqrt(pi) * (x + sqrt(x**2 + 2))),
        erfc(x),
        Off({x: 10}, lhs=R(2001, 1000) * exp(-(x**2)) / (sqrt(pi) * (x + sqrt(x**2 + 2)))),
        tight={x: 10},
        on=FROM_ZERO,
    ),
    bound(
        "mills-sharp",
        f"{HANDBOOK}, 7.1.13",
        erfc(x),
        2 * exp(-(x**2)) / (sqrt(pi) * (x + sqrt(x**2 + 4 / pi))),
        Off({x: 0}, rhs=(2 - THOUSANDTH) * exp(-(x**2)) / (sqrt(pi) * (x + sqrt(x**2 + 4 / pi)))),
        tight={x: 0},
        on=FROM_ZERO,
    ),
    bound(
        "polya-erf",
        "Pólya 1949: remarks on computing the probability integral",
        erf(x) ** 2,
        1 - exp(-4 * x**2 / pi),
        Off({x: R(1, 10)}, rhs=1 - exp(-(4 / pi - THOUSANDTH) * x**2)),
        tight={x: R(1, 10)},
    ),
    bound(
        "normal-variance",
        "appendices of learning-theory papers: the probit's Fisher information",
        NORMAL * (1 - NORMAL),
        R(1, 4),
        Off({x: 0}, rhs=R(1, 4) - TINY),
    ),
    bound(
        "gelu-minimum",
        "appendices of papers on activations",
        -R(17, 100),
        gelu(x),
        Off({x: R(-75, 100)}, lhs=-R(16997, 10**5)),
    ),
    bound(
        "gelu-relu",
        "Hendrycks and Gimpel 2016: GELU",
        gelu(x),
        Max(x, 0),
        Off({x: 0}, rhs=Max(x, 0) - THOUSANDTH),
        Off({x: 10}, rhs=Max(x, 0) - TINY),
    ),
    bound(
        "silu-minimum",
        "appendices of papers on activations",
        -R(2785, 10**4),
        silu(x),
        Off({x: R(-1278, 1000)}, lhs=-R(27846, 10**5)),
    ),
    bound(
        "sigmoid-slope",
        "appendices of learning-theory papers: the logistic loss is 1/4-smooth",
        sigmoid(x) * (1 - sigmoid(x)),
        R(1, 4),
        Off({x: 0}, rhs=R(1, 4) - TINY),
    ),
    bound(
        "softplus-quadratic",
        "Jaakkola and Jordan 2000: variational logistic regression",
        softplus(x),
        log(2) + x / 2 + x**2 / 8,
        Off({x: R(1, 10)}, rhs=log(2) + x / 2 + R(124, 1000) * x**2),
        tight={x: R(1, 10)},
    ),
    bound(
        "softplus-relu",
        "appendices of learning-theory papers",
        Max(x, 0),
        softplus(x),
        Off({x: 20}, lhs=Max(x, 0) + TINY),
    ),
    bound(
        "sigmoid-exponential",
        "appendices of papers on the implicit bias of the logistic loss",
        sigmoid(x),
        exp(x),
        Off({x: -10}, rhs=(1 - THOUSANDTH) * exp(x)),
        tight={x: -10},
    ),
    bound(
        "gamma-minimum",
        "textbooks of special functions",
        R(8856, 10**4),
        gamma(x),
        Off({x: R(14616, 10**4)}, lhs=R(88561, 10**5)),
        on=POSITIVE,
    ),
    bound(
        "gamma-half-step",
        "Gautschi 1959; the mean norm of a Gaussian vector",
        gamma(x + R(1, 2)),
        sqrt(x) * gamma(x),
        Off({x: 1000}, rhs=(1 - THOUSANDTH) * sqrt(x) * gamma(x)),
        on=POSITIVE,
    ),
    bound(
        "digamma-upper",
        "Alzer 1997: on some inequalities for the gamma and psi functions",
        digamma(x),
        log(x) - 1 / (2 * x),
        Off({x: 1000}, rhs=log(x) - R(501, 1000) / x),
        tight={x: 1000},
        on=POSITIVE,
    ),
    bound(
        "digamma-lower",
        "Alzer 1997: on some inequalities for the gamma and psi functions",
        log(x) - 1 / x,
        digamma(x),
        Off({x: R(1, 10**5)}, lhs=log(x) - R(999, 1000) / x),
        on=POSITIVE,
    ),
    bound(
        "stirling-real",
        f"{HANDBOOK}, 6.1.38",
        (x - R(1, 2)) * log(x) - x + log(2 * pi) / 2,
        loggamma(x),
        Off({x: 10**4}, lhs=(x - R(1, 2)) * log(x) - x + log(2 * pi) / 2 + TINY),
        on={x: Interval(1, oo)},
    ),
    bound(
        "bessel-gaussian",
        "appendices of papers on kernels: the von Mises density",
        besseli(0, x),
        exp(x**2 / 4),
        Off({x: R(1, 10)}, rhs=exp(R(249, 1000) * x**2)),
        tight={x: R(1, 10)},
    ),
)
