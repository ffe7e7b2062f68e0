"""Polynomials, fractions, roots and absolute values: what real closed fields decide."""

from __future__ import annotations

from sympy import Abs, Interval, Max, Min, Rational, S, expand, oo, sqrt

from benchmarks.inequalities.problem import Off, bound, real

R = Rational
x, y, z, a, b, c, m, M = real("x y z a b c m M")
mu, lam, L, kappa, eps = real("mu lambda L kappa epsilon")
NONNEGATIVE, POSITIVE = Interval(0, oo), Interval.open(0, oo)
EQUAL = {x: 1, y: 1, z: 1}


def _over(values: object, *symbols: object) -> dict[object, object]:
    return dict.fromkeys(symbols, values)


SCHUR = x * (x - y) * (x - z) + y * (y - x) * (y - z) + z * (z - x) * (z - y)
ROBINSON = (
    x**6 + y**6 + z**6 - x**4 * (y**2 + z**2) - y**4 * (x**2 + z**2) - z**4 * (x**2 + y**2) + 3 * x**2 * y**2 * z**2
)
CHEBYSHEV = 32 * x**6 - 48 * x**4 + 18 * x**2 - 1
THIRD = 1 - x - y
TRIANGLE = (a <= b + c, b <= a + c, c <= a + b)

PROBLEMS = (
    bound(
        "am-gm",
        "Hardy, Littlewood, Pólya: Inequalities, 2.5",
        x * y * z,
        ((x + y + z) / 3) ** 3,
        Off(EQUAL, rhs=(1 - R(1, 1000)) * ((x + y + z) / 3) ** 3),
        Off({x: 1, y: 1, z: 1}, rhs=((x + y + z) / 3) ** 3 - R(1, 10**5)),
        on=_over(NONNEGATIVE, x, y, z),
    ),
    bound(
        "schur",
        "Hardy, Littlewood, Pólya: Inequalities, 2.23 (Schur)",
        0,
        SCHUR,
        Off(EQUAL, lhs=x * y * z / 1000),
        Off({x: R(-1, 100), y: 1, z: 1}, on={x: Interval(R(-1, 100), oo)}),
        tight=EQUAL,
        on=_over(NONNEGATIVE, x, y, z),
    ),
    bound(
        "nesbitt",
        "Mitrinović: Analytic Inequalities, 2.37 (Nesbitt)",
        R(3, 2),
        a / (b + c) + b / (c + a) + c / (a + b),
        Off({a: 1, b: 1, c: 1}, lhs=R(3, 2) + R(1, 10**5)),
        on=_over(POSITIVE, a, b, c),
    ),
    bound(
        "motzkin",
        "Motzkin 1967, from the literature on sums of squares",
        3 * x**2 * y**2,
        x**4 * y**2 + x**2 * y**4 + 1,
        Off({x: 1, y: 1}, lhs=R(3003, 1000) * x**2 * y**2),
        Off({x: -1, y: 1}, rhs=x**4 * y**2 + x**2 * y**4 + 1 - R(1, 10**5)),
    ),
    bound(
        "robinson",
        "Robinson 1969, from the literature on sums of squares",
        0,
        ROBINSON,
        Off(EQUAL, rhs=ROBINSON - x**2 * y**2 * z**2 / 1000),
        tight=EQUAL,
    ),
    bound(
        "choi-lam",
        "Choi and Lam 1977, from the literature on sums of squares",
        4 * x * y * z,
        x**2 * y**2 + y**2 * z**2 + z**2 * x**2 + 1,
        Off(EQUAL, lhs=R(4004, 1000) * x * y * z),
        tight=EQUAL,
    ),
    bound(
        "simplex-product",
        "appendices of optimisation papers",
        x * y * z,
        R(1, 27),
        Off(dict.fromkeys((x, y, z), R(1, 3)), rhs=R(1, 27) - R(1, 10**5)),
        on=_over(NONNEGATIVE, x, y, z),
        where=x + y + z <= 1,
    ),
    bound(
        "contraction",
        "Nesterov: Introductory Lectures on Convex Optimization, Theorem 2.1.15",
        Abs(1 - 2 * lam / (L + mu)),
        (L - mu) / (L + mu),
        Off({mu: 1, lam: 1, L: 2}, rhs=(1 - R(1, 1000)) * (L - mu) / (L + mu)),
        Off({mu: 1, lam: R(1001, 1000), L: 1}, where=(mu <= lam, lam <= L + R(1, 1000))),
        tight={mu: 1, lam: 1, L: 2},
        on=_over(POSITIVE, mu, lam, L),
        where=(mu <= lam, lam <= L),
    ),
    bound(
        "sum-of-inverses",
        "Mitrinović: Analytic Inequalities, 2.1",
        9,
        (a + b + c) * (1 / a + 1 / b + 1 / c),
        Off({a: 1, b: 1, c: 1}, lhs=9 + R(1, 1000)),
        tight={a: 1, b: 1, c: 1},
        on=_over(POSITIVE, a, b, c),
    ),
    bound(
        "titu",
        "Bergström; Engel: Problem-Solving Strategies, 7",
        (a + b) ** 2 / (x + y),
        a**2 / x + b**2 / y,
        Off({a: 1, b: 1, x: 1, y: 1}, lhs=R(1001, 1000) * (a + b) ** 2 / (x + y)),
        tight={a: 1, b: 1, x: 1, y: 1},
        on=_over(POSITIVE, x, y),
    ),
    bound(
        "young-with-epsilon",
        "appendices of optimisation papers",
        x * y,
        eps * x**2 / 2 + y**2 / (2 * eps),
        Off({x: 1, y: 1, eps: 1}, lhs=R(1001, 1000) * x * y),
        tight={x: 1, y: 1, eps: 1},
        on={eps: POSITIVE},
    ),
    bound(
        "relu-lipschitz",
        "appendices of learning-theory papers",
        Abs(Max(x, 0) - Max(y, 0)),
        Abs(x - y),
        Off({x: 1, y: 0}, rhs=(1 - R(1, 1000)) * Abs(x - y)),
        tight={x: 1, y: 0},
    ),
    bound(
        "clip",
        "appendices of papers on gradient clipping",
        Abs(Min(Max(x, -1), 1) - y),
        Abs(x - y),
        Off({x: R(8, 5), y: R(3, 2)}, on={y: (-1, R(3, 2))}),
        Off({x: 1, y: 0}, rhs=(1 - R(1, 10**5)) * Abs(x - y)),
        on={y: (-1, 1)},
    ),
    bound(
        "bounded-metric",
        "textbooks of analysis: d/(1 + d) is a metric",
        Abs(x + y) / (1 + Abs(x + y)),
        Abs(x) / (1 + Abs(x)) + Abs(y) / (1 + Abs(y)),
        Off({x: 1, y: 0}, rhs=(1 - R(1, 1000)) * (Abs(x) / (1 + Abs(x)) + Abs(y) / (1 + Abs(y)))),
        tight={x: 1, y: 0},
    ),
    bound(
        "root-subadditive",
        "appendices of optimisation papers",
        sqrt(x + y),
        sqrt(x) + sqrt(y),
        Off({x: 0, y: 0}, lhs=sqrt(x + y + R(1, 10**5))),
        on=_over(NONNEGATIVE, x, y),
    ),
    bound(
        "root-tangent",
        "leancert, examples of sqrt",
        sqrt(1 + x),
        1 + x / 2,
        Off({x: R(1, 1000)}, rhs=1 + R(499, 1000) * x),
        Off({x: 1}, rhs=1 + x / 2 - x**2 / 8),
        tight={x: R(1, 1000)},
        on={x: Interval(-1, oo)},
    ),
    bound(
        "padoa",
        "Mitrinović: Analytic Inequalities, 2.38 (Padoa)",
        (a + b - c) * (b + c - a) * (c + a - b),
        a * b * c,
        Off({a: 1, b: 1, c: 1}, lhs=R(1001, 1000) * (a + b - c) * (b + c - a) * (c + a - b)),
        tight={a: 1, b: 1, c: 1},
        on=_over(NONNEGATIVE, a, b, c),
    ),
    bound(
        "triangle-sides",
        "Engel: Problem-Solving Strategies, 7",
        a**2 + b**2 + c**2,
        2 * (a * b + b * c + c * a),
        Off({a: 1, b: 1, c: 0}, rhs=R(1999, 1000) * (a * b + b * c + c * a)),
        Off({a: R(1001, 1000), b: 1, c: 0}, where=(a <= b + c + R(1, 1000), b <= a + c, c <= a + b)),
        tight={a: 1, b: 1, c: 0},
        on=_over(NONNEGATIVE, a, b, c),
        where=TRIANGLE,
    ),
    bound(
        "heavy-ball-rate",
        "Polyak 1964; appendices of optimisation papers",
        (sqrt(kappa) - 1) / (sqrt(kappa) + 1),
        1 - 1 / sqrt(kappa),
        Off({kappa: 1}, rhs=1 - R(1001, 1000) / sqrt(kappa)),
        Off({kappa: R(99, 100)}, on={kappa: Interval(R(99, 100), oo)}),
        tight={kappa: 1},
        on={kappa: Interval(1, oo)},
    ),
    bound(
        "gradient-rate",
        "appendices of optimisation papers",
        ((L - mu) / (L + mu)) ** 2,
        1 - mu / L,
        Off({mu: 1, L: 1}, rhs=1 - R(1001, 1000) * mu / L),
        tight={mu: 1, L: 1},
        on=_over(POSITIVE, mu, L),
        where=mu <= L,
    ),
    bound(
        "vasc",
        "Cîrtoaje 1991, from the literature on sums of squares",
        3 * (a**3 * b + b**3 * c + c**3 * a),
        (a**2 + b**2 + c**2) ** 2,
        Off({a: 1, b: 1, c: 1}, lhs=R(3001, 1000) * (a**3 * b + b**3 * c + c**3 * a)),
        tight={a: 1, b: 1, c: 1},
    ),
    bound(
        "imo-1984",
        "International Mathematical Olympiad 1984, problem 1",
        expand(x * y + (x + y) * THIRD - 2 * x * y * THIRD),
        R(7, 27),
        Off({x: R(1, 3), y: R(1, 3)}, rhs=R(7, 27) - R(1, 10**5)),
        on=_over(NONNEGATIVE, x, y),
        where=x + y <= 1,
    ),
    bound(
        "chebyshev-6",
        "MetiTarski and dReal: polynomials on boxes",
        CHEBYSHEV,
        1,
        Off({x: 1}, rhs=S.One - R(1, 10**5)),
        Off({x: R(1001, 1000)}, on={x: (-1, R(1001, 1000))}),
        on={x: (-1, 1)},
    ),
    bound(
        "smoothstep-lipschitz",
        "appendices of learning-theory papers",
        Abs(3 * x**2 - 2 * x**3 - 3 * y**2 + 2 * y**3),
        R(3, 2) * Abs(x - y),
        Off({x: R(49, 100), y: R(51, 100)}, rhs=R(1499, 1000) * Abs(x - y)),
        tight={x: R(49, 100), y: R(51, 100)},
        on=_over((0, 1), x, y),
    ),
    bound(
        "popoviciu",
        "Popoviciu 1935; the proof of Hoeffding's lemma",
        (x - m) * (M - x),
        (M - m) ** 2 / 4,
        Off({m: 0, M: 1, x: R(1, 2)}, rhs=R(249, 1000) * (M - m) ** 2),
        tight={m: 0, M: 1, x: R(1, 2)},
    ),
)
