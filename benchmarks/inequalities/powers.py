"""Exponents that are symbols: whole numbers and reals."""

from __future__ import annotations

from sympy import E, Interval, Rational, S, Symbol, exp, factorial, oo, pi, sqrt
from sympy import Range as Whole

from benchmarks.inequalities.problem import Off, bound, real

R = Rational
x, y, p, eta = real("x y p eta")
n = Symbol("n", integer=True, positive=True)
POSITIVE = Interval.open(0, oo)
THOUSANDTH = R(1, 1000)
STIRLING = (n / E) ** n

PROBLEMS = (
    bound(
        "bernoulli-whole",
        "Mitrinović: Analytic Inequalities, 2.4 (Bernoulli)",
        1 + n * x,
        (1 + x) ** n,
        Off({x: R(1, 1000), n: 2}, lhs=1 + R(1001, 1000) * n * x),
        tight={x: R(1, 1000), n: 2},
        on={x: Interval(-1, oo), n: S.Naturals},
    ),
    bound(
        "bernoulli-real",
        "Mitrinović: Analytic Inequalities, 2.4 (Bernoulli)",
        (1 + x) ** p,
        1 + p * x,
        Off({x: R(1, 1000), p: R(1, 2)}, rhs=1 + R(999, 1000) * p * x),
        Off({x: R(1, 2), p: R(1001, 1000)}, on={p: (0, R(1001, 1000))}),
        tight={x: R(1, 1000), p: R(1, 2)},
        on={x: Interval.open(-1, oo), p: (0, 1)},
    ),
    bound(
        "decay-below-e",
        "textbooks of analysis; appendices of learning-theory papers",
        (1 - 1 / n) ** n,
        exp(-1),
        Off({n: 1000}, rhs=exp(-1) - THOUSANDTH),
        on={n: S.Naturals},
    ),
    bound(
        "growth-below-e",
        "textbooks of analysis",
        (1 + 1 / n) ** n,
        E,
        Off({n: 10**4}, rhs=E - THOUSANDTH),
        on={n: S.Naturals},
    ),
    bound(
        "young",
        "Hardy, Littlewood, Pólya: Inequalities, 4.8 (Young)",
        x * y,
        x**p / p + y ** (p / (p - 1)) * (p - 1) / p,
        Off({x: 1, y: 1, p: 2}, lhs=R(1001, 1000) * x * y),
        tight={x: 1, y: 1, p: 2},
        on={x: POSITIVE, y: POSITIVE, p: Interval.open(1, oo)},
    ),
    bound(
        "stirling-lower",
        "Robbins 1955: a remark on Stirling's formula",
        sqrt(2 * pi * n) * STIRLING,
        factorial(n),
        Off({n: 1000}, lhs=R(10001, 10**4) * sqrt(2 * pi * n) * STIRLING),
        on={n: S.Naturals},
    ),
    bound(
        "stirling-upper",
        "Robbins 1955: a remark on Stirling's formula",
        factorial(n),
        E * sqrt(n) * STIRLING,
        Off({n: 1}, rhs=(1 - THOUSANDTH) * E * sqrt(n) * STIRLING),
        tight={n: 1},
        on={n: S.Naturals},
    ),
    bound(
        "square-below-power",
        "textbooks of induction",
        n**2,
        2**n,
        Off({n: 3}, on={n: Whole(3, oo)}),
        on={n: Whole(4, oo)},
    ),
    bound(
        "power-mean",
        "Hardy, Littlewood, Pólya: Inequalities, 2.9",
        ((x + y) / 2) ** p,
        (x**p + y**p) / 2,
        Off({x: 1, y: 1, p: 2}, lhs=R(1001, 1000) * ((x + y) / 2) ** p),
        Off({x: 1, y: 2, p: R(999, 1000)}, on={p: Interval(R(999, 1000), oo)}),
        tight={x: 1, y: 1, p: 2},
        on={x: POSITIVE, y: POSITIVE, p: Interval(1, oo)},
    ),
    bound(
        "geometric-decay",
        "appendices of optimisation papers: linear convergence",
        (1 - eta) ** n,
        exp(-eta * n),
        Off({eta: R(1, 1000), n: 1}, rhs=exp(-R(1001, 1000) * eta * n)),
        tight={eta: R(1, 1000), n: 1},
        on={eta: (0, 1), n: S.Naturals},
    ),
)
