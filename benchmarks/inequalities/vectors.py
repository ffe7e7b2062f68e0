"""Vectors of symbolic size: inner products and norms."""

from __future__ import annotations

from sympy import Abs, Interval, Matrix, Rational, Symbol, oo

from benchmarks.inequalities.problem import Off, bound, real
from derivations import elementwise, inner, norm, norm_squared, ones, vector

R = Rational
d = Symbol("d", integer=True, positive=True)
x, y, z = (vector(name, d) for name in "xyz")
t, c = real("t c")
THOUSANDTH = R(1, 1000)
ONE, TWO, MINUS = Matrix([1]), Matrix([2]), Matrix([-1])
PRIMER = "textbooks of convex optimisation"

PROBLEMS = (
    bound(
        "cauchy-schwarz",
        "Hardy, Littlewood, Pólya: Inequalities, 2.4",
        inner(x, y) ** 2,
        norm_squared(x) * norm_squared(y),
        Off({d: 1, x: ONE, y: ONE}, rhs=(1 - THOUSANDTH) * norm_squared(x) * norm_squared(y)),
        tight={d: 1, x: ONE, y: ONE},
    ),
    bound(
        "reverse-triangle",
        "textbooks of analysis",
        Abs(norm(x) - norm(y)),
        norm(x - y),
        Off({d: 1, x: TWO, y: ONE}, rhs=(1 - THOUSANDTH) * norm(x - y)),
        tight={d: 1, x: TWO, y: ONE},
    ),
    bound(
        "square-norm-convex",
        PRIMER,
        norm_squared(t * x + (1 - t) * y),
        t * norm_squared(x) + (1 - t) * norm_squared(y),
        Off({d: 1, t: R(1001, 1000), x: ONE, y: MINUS}, on={t: (0, R(1001, 1000))}),
        on={t: (0, 1)},
    ),
    bound(
        "young-for-norms",
        "appendices of papers on federated optimisation",
        norm_squared(x + y),
        (1 + c) * norm_squared(x) + (1 + 1 / c) * norm_squared(y),
        Off({d: 1, c: 1, x: ONE, y: ONE}, rhs=(R(999, 1000) + c) * norm_squared(x) + (1 + 1 / c) * norm_squared(y)),
        tight={d: 1, c: 1, x: ONE, y: ONE},
        on={c: Interval.open(0, oo)},
    ),
    bound(
        "sum-of-entries",
        "Hardy, Littlewood, Pólya: Inequalities, 2.9",
        inner(ones(d), x) ** 2,
        d * norm_squared(x),
        Off({d: 2, x: Matrix([1, 1])}, rhs=R(1999, 2000) * d * norm_squared(x)),
        tight={d: 2, x: Matrix([1, 1])},
    ),
    bound(
        "three-vectors",
        "appendices of papers on federated optimisation",
        norm_squared(x + y + z),
        3 * (norm_squared(x) + norm_squared(y) + norm_squared(z)),
        Off({d: 1, x: ONE, y: ONE, z: ONE}, rhs=R(2999, 1000) * (norm_squared(x) + norm_squared(y) + norm_squared(z))),
        tight={d: 1, x: ONE, y: ONE, z: ONE},
    ),
    bound(
        "projection-outside",
        "appendices of papers on normalised gradient descent",
        norm(x / norm(x) - y / norm(y)),
        norm(x - y),
        Off(
            {d: 2, x: Matrix([R(999, 1000), 0]), y: Matrix([0, R(999, 1000)])},
            where=(norm(x) >= R(999, 1000), norm(y) >= R(999, 1000)),
        ),
        where=(norm(x) >= 1, norm(y) >= 1),
    ),
    bound(
        "euclidean-by-absolute",
        PRIMER,
        norm(x),
        inner(ones(d), elementwise(Abs, x)),
        Off({d: 1, x: MINUS}, rhs=(1 - THOUSANDTH) * inner(ones(d), elementwise(Abs, x))),
        tight={d: 1, x: MINUS},
    ),
)
