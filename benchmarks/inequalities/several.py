"""Several variables on boxes: polynomials from Flyspeck's tests, and transcendental functions."""

from __future__ import annotations

from sympy import Abs, Interval, Max, Rational, atan, exp, log, sin

from benchmarks.inequalities.problem import Off, bound, real

R = Rational
x, y, z, w, u, v, p, q, h = real("x y z w u v p q h")
THOUSANDTH, TINY = R(1, 1000), R(1, 10**5)
SOLOVYEV = "Solovyev and Hales 2013, polynomial tests"

SCHWEFEL = (x - y**2) ** 2 + (y - 1) ** 2 + (x - z**2) ** 2 + (z - 1) ** 2
DIFFUSION = -x + 2 * y - z - R(835634534, 10**9) * y * (1 + y)
CAPRASSE = (
    -x * z**3 + 4 * y * z**2 * w + 4 * x * z * w**2 + 2 * y * w**3 + 4 * x * z + 4 * z**2 - 10 * y * w - 10 * w**2 + 2
)
LOTKA = x * y**2 + x * z**2 + x * w**2 - R(11, 10) * x + 1
MAGNETISM = x**2 + 2 * (y**2 + z**2 + w**2 + u**2 + v**2) - x
SIX_HUMP = (4 - R(21, 10) * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2
DELTA = (
    x * w * (-x + y + z - w + u + v)
    + y * u * (x - y + z + w - u + v)
    + z * v * (x + y - z + w + u - v)
    - y * z * w
    - x * z * u
    - x * y * v
    - w * u * v
)
"""288 times the squared volume of the tetrahedron with these squares of edges, halved."""
DIVERGENCE = p * log(p / q) + (1 - p) * log((1 - p) / (1 - q))
SIGNS = (1 - p) * exp(-p * h) + p * exp((1 - p) * h)
EDGES = (4, R(39690, 6250))

PROBLEMS = (
    bound(
        "schwefel",
        SOLOVYEV,
        -R(58806, 10**14),
        SCHWEFEL,
        Off({x: 1, y: 1, z: 1}, lhs=THOUSANDTH),
        tight={x: 1, y: 1, z: 1},
        on=dict.fromkeys((x, y, z), (-10, 10)),
    ),
    bound(
        "reaction-diffusion",
        SOLOVYEV,
        -R(367127, 10**4),
        DIFFUSION,
        Off({x: 5, y: -5, z: 5}, lhs=-R(367126, 10**4)),
        on=dict.fromkeys((x, y, z), (-5, 5)),
    ),
    bound(
        "caprasse",
        SOLOVYEV,
        -R(31801, 10**4),
        CAPRASSE,
        Off({x: R(1, 2), y: -R(1, 2), z: -R(24127, 10**5), w: -R(1, 2)}, lhs=-R(318009, 10**5)),
        on=dict.fromkeys((x, y, z, w), (-R(1, 2), R(1, 2))),
    ),
    bound(
        "lotka-volterra",
        SOLOVYEV,
        -R(208, 10),
        LOTKA,
        Off({x: -2, y: 2, z: 2, w: 2}, lhs=-R(20799, 1000)),
        tight={x: -2, y: 2, z: 2, w: 2},
        on=dict.fromkeys((x, y, z, w), (-2, 2)),
    ),
    bound(
        "magnetism",
        SOLOVYEV,
        -R(1, 4),
        MAGNETISM,
        Off({x: R(1, 2), y: 0, z: 0, w: 0, u: 0, v: 0}, lhs=-R(1, 4) + TINY),
        on=dict.fromkeys((x, y, z, w, u, v), (-1, 1)),
    ),
    bound(
        "tetrahedra",
        "Flyspeck: the polynomial delta_x is positive for edges from 2 to 2.52",
        127,
        DELTA,
        Off(dict.fromkeys((x, y, z, w, u, v), 4), lhs=128 + THOUSANDTH),
        on=dict.fromkeys((x, y, z, w, u, v), EDGES),
    ),
    bound(
        "atan-concave",
        "Flyspeck and dReal: sums of arctangents",
        atan(x) + atan(y),
        2 * atan((x + y) / 2),
        Off({x: 1, y: 1}, rhs=(2 - THOUSANDTH) * atan((x + y) / 2)),
        tight={x: 1, y: 1},
        on=dict.fromkeys((x, y), (0, 1)),
    ),
    bound(
        "sine-means",
        "Engel: Problem-Solving Strategies, 7",
        sin(x) * sin(y),
        sin((x + y) / 2) ** 2,
        Off({x: 1, y: 1}, rhs=sin((x + y) / 2) ** 2 - TINY),
        on=dict.fromkeys((x, y), (0, 3)),
    ),
    bound(
        "hoeffding",
        "Hoeffding 1963: the lemma for two values",
        SIGNS,
        exp(h**2 / 8),
        Off({p: R(1, 2), h: R(1, 10)}, rhs=exp(R(124, 1000) * h**2)),
        tight={p: R(1, 2), h: R(1, 10)},
        on={p: (0, 1), h: (-2, 2)},
    ),
    bound(
        "log-sum-exp",
        "appendices of learning-theory papers: smoothed maximum",
        log(exp(x) + exp(y)),
        Max(x, y) + log(2),
        Off({x: 0, y: 0}, rhs=Max(x, y) + log(2) - TINY),
        on=dict.fromkeys((x, y), (-5, 5)),
    ),
    bound(
        "pinsker-two-values",
        "Pinsker's inequality for coins",
        2 * (p - q) ** 2,
        DIVERGENCE,
        Off({p: R(1, 2), q: R(51, 100)}, lhs=R(2001, 1000) * (p - q) ** 2),
        tight={p: R(1, 2), q: R(51, 100)},
        on=dict.fromkeys((p, q), (R(1, 100), R(99, 100))),
    ),
    bound(
        "sine-lipschitz",
        "the mean value theorem",
        Abs(sin(x) - sin(y)),
        Abs(x - y),
        Off({x: R(1, 100), y: 0}, rhs=(1 - THOUSANDTH) * Abs(x - y)),
        tight={x: R(1, 100), y: 0},
        on=dict.fromkeys((x, y), (-3, 3)),
    ),
    bound(
        "young-exp-log",
        "the Legendre transform of exp",
        x * y,
        exp(x) + y * log(y) - y,
        Off({x: 0, y: 1}, rhs=exp(x) + y * log(y) - y - TINY),
        on={x: (-3, 3), y: Interval.Lopen(0, 10)},
    ),
    bound(
        "six-hump-camel",
        "dReal and benchmarks of global optimisation",
        -R(10317, 10**4),
        SIX_HUMP,
        Off({x: R(898, 10**4), y: -R(7127, 10**4)}, lhs=-R(10316, 10**4)),
        on={x: (-3, 3), y: (-2, 2)},
    ),
    bound(
        "cyclic-exponentials",
        "MetiTarski, problems of several variables",
        3,
        exp(x - y) + exp(y - z) + exp(z - x),
        Off({x: 0, y: 0, z: 0}, lhs=3 + TINY),
        on=dict.fromkeys((x, y, z), (-2, 2)),
    ),
)
