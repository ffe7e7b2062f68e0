"""Sums and products of symbolic length."""

from __future__ import annotations

from sympy import Interval, Product, Rational, S, Sum, Symbol, log, sqrt

from benchmarks.inequalities.problem import Off, bound, identity, real

R = Rational
x, eta = real("x eta")
n, k = (Symbol(name, integer=True, positive=True) for name in "nk")
THOUSANDTH = R(1, 1000)
EVERY = {n: S.Naturals}
TEXTBOOK = "Graham, Knuth, Patashnik: Concrete Mathematics, 6.3"
HARMONIC, ROOTS = Sum(1 / k, (k, 1, n)), Sum(1 / sqrt(k), (k, 1, n))

PROBLEMS = (
    bound(
        "harmonic-upper",
        TEXTBOOK,
        HARMONIC,
        1 + log(n),
        Off({n: 1}, rhs=1 + log(n) - THOUSANDTH),
        tight={n: 1},
        on=EVERY,
    ),
    bound(
        "harmonic-lower",
        TEXTBOOK,
        log(n + 1),
        HARMONIC,
        Off({n: 1}, lhs=log(n + 1) + R(307, 1000)),
        on=EVERY,
    ),
    bound(
        "roots-upper",
        "appendices of optimisation papers: step sizes 1/√k",
        ROOTS,
        2 * sqrt(n),
        Off({n: 1}, rhs=2 * sqrt(n) - R(1001, 1000)),
        on=EVERY,
    ),
    bound(
        "roots-lower",
        "appendices of optimisation papers: step sizes 1/√k",
        2 * (sqrt(n + 1) - 1),
        ROOTS,
        Off({n: 1}, lhs=2 * (sqrt(n + 1) - 1) + R(172, 1000)),
        on=EVERY,
    ),
    bound(
        "squares",
        "textbooks of analysis: comparison with a telescoping sum",
        Sum(1 / k**2, (k, 1, n)),
        2 - 1 / n,
        Off({n: 1}, rhs=R(1999, 1000) - 1 / n),
        tight={n: 1},
        on=EVERY,
    ),
    bound(
        "geometric",
        "textbooks of analysis",
        Sum(x**k, (k, 1, n)),
        x / (1 - x),
        Off({x: R(1, 2), n: 20}, rhs=(1 - THOUSANDTH) * x / (1 - x)),
        tight={x: R(1, 2), n: 20},
        on={x: Interval.Ropen(0, 1), n: S.Naturals},
    ),
    identity(
        "cubes",
        "textbooks of induction (Nicomachus)",
        Sum(k**3, (k, 1, n)),
        (n * (n + 1) / 2) ** 2,
        Off({n: 1}, rhs=(n * (n + 1) / 2) ** 2 + THOUSANDTH),
    ),
    bound(
        "wallis-product",
        "Mitrinović: Analytic Inequalities, 3.1.17",
        Product(1 - 1 / (2 * k), (k, 1, n)),
        1 / sqrt(3 * n + 1),
        Off({n: 1}, rhs=1 / sqrt(3 * n + R(101, 100))),
        tight={n: 1},
        on=EVERY,
    ),
    bound(
        "moving-average",
        "appendices of papers on momentum: the weights of an exponential average",
        Sum(eta * (1 - eta) ** (n - k), (k, 1, n)),
        1,
        Off({eta: R(1, 2), n: 20}, rhs=1 - THOUSANDTH),
        tight={eta: R(1, 2), n: 20},
        on={eta: Interval.open(0, 1), n: S.Naturals},
    ),
    bound(
        "log-factorial",
        "textbooks of analysis: comparison of a sum with an integral",
        n * log(n) - n + 1,
        Sum(log(k), (k, 1, n)),
        Off({n: 1}, lhs=n * log(n) - n + R(1001, 1000)),
        tight={n: 1},
        on=EVERY,
    ),
)
