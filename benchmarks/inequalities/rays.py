"""Transcendental functions of one variable on a half-line or the whole line."""

from __future__ import annotations

from sympy import Abs, E, Interval, Rational, atan, cos, cosh, exp, log, oo, pi, sin, sinh, sqrt, tanh

from benchmarks.inequalities.problem import Off, bound, real

R = Rational
x = real("x")
FROM_ZERO, POSITIVE = {x: Interval(0, oo)}, {x: Interval.open(0, oo)}
THOUSANDTH, TINY = R(1, 1000), R(1, 10**5)
SMALL = {x: R(1, 100)}

PROBLEMS = (
    bound(
        "exp-tangent",
        "MetiTarski, exp problems",
        1 + x,
        exp(x),
        Off({x: R(1, 1000)}, lhs=1 + R(1001, 1000) * x),
        Off({x: 0}, lhs=1 + x + TINY),
    ),
    bound(
        "log-lower",
        "MetiTarski, log problems; Topsøe 2007",
        2 * x / (2 + x),
        log(1 + x),
        Off(SMALL, lhs=R(2001, 1000) * x / (2 + x)),
        tight=SMALL,
        on=FROM_ZERO,
    ),
    bound(
        "log-by-root",
        "Mitrinović: Analytic Inequalities, 3.6.16 (Karamata)",
        log(1 + x),
        x / sqrt(1 + x),
        Off(SMALL, rhs=(1 - THOUSANDTH) * x / sqrt(1 + x)),
        tight=SMALL,
        on=FROM_ZERO,
    ),
    bound(
        "exp-pade",
        "MetiTarski, axioms of exp",
        (2 - x) / (2 + x),
        exp(-x),
        Off(SMALL, lhs=(2 - R(999, 1000) * x) / (2 + x)),
        tight=SMALL,
        on=FROM_ZERO,
    ),
    bound(
        "gamma-density",
        "appendices of learning-theory papers",
        x**2 * exp(-x),
        4 * exp(-2),
        Off({x: 2}, rhs=4 * exp(-2) - TINY),
        on=FROM_ZERO,
    ),
    bound(
        "gaussian-slope",
        "appendices of learning-theory papers",
        x * exp(-(x**2) / 2),
        exp(-R(1, 2)),
        Off({x: 1}, rhs=exp(-R(1, 2)) - TINY),
        on=FROM_ZERO,
    ),
    bound(
        "tanh-linear",
        "appendices of learning-theory papers: tanh is 1-Lipschitz",
        tanh(x),
        x,
        Off(SMALL, rhs=(1 - THOUSANDTH) * x),
        tight=SMALL,
        on=FROM_ZERO,
    ),
    bound(
        "lazarevic",
        "Mitrinović: Analytic Inequalities, 3.6.9 (Lazarević)",
        cosh(x),
        (sinh(x) / x) ** 3,
        Off({x: R(1, 10)}, lhs=R(1001, 1000) * cosh(x)),
        on=POSITIVE,
    ),
    bound(
        "atan-lower",
        "MetiTarski, atan problems",
        x / (1 + x**2),
        atan(x),
        Off(SMALL, lhs=R(1001, 1000) * x / (1 + x**2)),
        tight=SMALL,
        on=FROM_ZERO,
    ),
    bound(
        "atan-at-infinity",
        "MetiTarski, atan problems",
        atan(x),
        pi / 2 - 1 / x + 1 / (3 * x**3),
        Off({x: 100}, rhs=pi / 2 - 1 / x + R(333, 1000) / x**3),
        tight={x: 100},
        on=POSITIVE,
    ),
    bound(
        "damped-wave",
        "dReal, benchmarks of damped oscillation",
        exp(-x) * sin(x),
        exp(-pi / 4) / sqrt(2),
        Off({x: pi / 4}, rhs=exp(-pi / 4) / sqrt(2) - TINY),
        on=FROM_ZERO,
    ),
    bound(
        "sine-linear",
        "MetiTarski, sin problems",
        sin(x),
        x,
        Off(SMALL, rhs=(1 - THOUSANDTH) * x),
        tight=SMALL,
        on=FROM_ZERO,
    ),
    bound(
        "cosine-quartic",
        "MetiTarski, axioms of cos",
        cos(x),
        1 - x**2 / 2 + x**4 / 24,
        Off({x: R(1, 10)}, rhs=1 - x**2 / 2 + R(416, 10000) * x**4),
        tight={x: R(1, 10)},
    ),
    bound(
        "below-e",
        "Mitrinović: Analytic Inequalities, 3.6.5",
        x * log(1 + 1 / x),
        1,
        Off({x: 1000}, rhs=1 - THOUSANDTH),
        on=POSITIVE,
    ),
    bound(
        "above-e",
        "Pólya and Szegő: Problems and Theorems in Analysis I, 170",
        1,
        (x + R(1, 2)) * log(1 + 1 / x),
        Off({x: 1000}, rhs=(x + R(499, 1000)) * log(1 + 1 / x)),
        tight={x: 1000},
        on=POSITIVE,
    ),
    bound(
        "log-cosh-lower",
        "appendices of learning-theory papers: the log-cosh loss",
        Abs(x) - log(2),
        log(cosh(x)),
        Off({x: 4}, lhs=Abs(x) - log(2) + THOUSANDTH),
    ),
    bound(
        "log-cosh-upper",
        "appendices of learning-theory papers: the log-cosh loss",
        log(cosh(x)),
        x**2 / 2,
        Off({x: R(1, 20)}, rhs=R(499, 1000) * x**2),
        tight={x: R(1, 20)},
    ),
    bound(
        "x-log-x-minimum",
        "textbooks of analysis",
        -1 / E,
        x * log(x),
        Off({x: exp(-1)}, lhs=-1 / E + TINY),
        on=POSITIVE,
    ),
    bound(
        "gaussian-by-cauchy",
        "appendices of papers on kernels",
        exp(-(x**2)),
        1 / (1 + x**2),
        Off(SMALL, rhs=1 / (1 + R(1001, 1000) * x**2)),
        tight=SMALL,
    ),
    bound(
        "log-by-fourth-root",
        "Mitrinović: Analytic Inequalities, 3.6",
        log(x),
        4 * (x ** R(1, 4) - 1),
        Off({x: 1}, rhs=4 * (x ** R(1, 4) - 1) - TINY),
        Off({x: R(1001, 1000)}, rhs=R(3999, 1000) * (x ** R(1, 4) - 1)),
        on=POSITIVE,
    ),
)
