"""Domains that are more than a box: products, sums and orders of the variables."""

from __future__ import annotations

from sympy import Abs, Interval, Rational, exp, log, oo, sqrt

from benchmarks.inequalities.problem import Off, bound, real

R = Rational
x, y, z, eta, L, G, mu, lam, margin = real("x y z eta L G mu lambda gamma")
NONNEGATIVE, POSITIVE = Interval(0, oo), Interval.open(0, oo)
THOUSANDTH, TINY = R(1, 1000), R(1, 10**5)
OPTIMISATION, LEARNING = "appendices of optimisation papers", "appendices of learning-theory papers"


def _all(values: object, *symbols: object) -> dict[object, object]:
    return dict.fromkeys(symbols, values)


PROBLEMS = (
    bound(
        "descent-lemma",
        f"{OPTIMISATION}: a step of gradient descent",
        -eta * G + L * eta**2 * G / 2,
        -eta * G / 2,
        Off({eta: 1, L: R(1001, 1000), G: 1}, where=eta * L <= R(1001, 1000)),
        Off({eta: 1, L: 1, G: 1}, rhs=-R(501, 1000) * eta * G),
        tight={eta: 1, L: 1, G: 1},
        on=_all(NONNEGATIVE, eta, L, G),
        where=eta * L <= 1,
    ),
    bound(
        "squared-contraction",
        f"{OPTIMISATION}: a step on a strongly convex function",
        (1 - eta * mu) ** 2,
        1 - eta * mu,
        Off({eta: 1, mu: R(1001, 1000)}, where=eta * mu <= R(1001, 1000)),
        on=_all(NONNEGATIVE, eta, mu),
        where=eta * mu <= 1,
    ),
    bound(
        "spectrum-contraction",
        f"{OPTIMISATION}: a step on a quadratic",
        Abs(1 - eta * lam),
        1 - eta * mu,
        Off({eta: R(1, 2), mu: 1, lam: 1, L: 1}, rhs=1 - R(1001, 1000) * eta * mu),
        tight={eta: R(1, 2), mu: 1, lam: 1, L: 1},
        on=_all(NONNEGATIVE, eta, mu, lam, L),
        where=(mu <= lam, lam <= L, eta * L <= 1),
    ),
    bound(
        "exponential-chord",
        f"{OPTIMISATION}: decay over two steps",
        exp(-x - y),
        1 - (x + y) / 2,
        Off({x: R(1, 2), y: R(1, 2)}, rhs=1 - R(6322, 10**4) * (x + y)),
        on=_all(NONNEGATIVE, x, y),
        where=x + y <= 1,
    ),
    bound(
        "unit-ball",
        "Hardy, Littlewood, Pólya: Inequalities, 2.4",
        x + y + z,
        sqrt(3),
        Off({x: R(577, 1000), y: R(577, 1000), z: R(577, 1000)}, rhs=sqrt(3) - R(2, 1000)),
        where=x**2 + y**2 + z**2 <= 1,
    ),
    bound(
        "roots-on-simplex",
        "Hardy, Littlewood, Pólya: Inequalities, 2.9",
        sqrt(x) + sqrt(y) + sqrt(z),
        sqrt(3),
        Off(_all(R(1, 3), x, y, z), rhs=sqrt(3) - TINY),
        on=_all(NONNEGATIVE, x, y, z),
        where=x + y + z <= 1,
    ),
    bound(
        "entropy-of-three",
        f"{LEARNING}: the largest entropy",
        -x * log(x) - y * log(y) - (1 - x - y) * log(1 - x - y),
        log(3),
        Off(_all(R(1, 3), x, y), rhs=log(3) - TINY),
        on=_all(POSITIVE, x, y),
        where=x + y < 1,
    ),
    bound(
        "logistic-margin",
        f"{LEARNING}: the logistic loss beyond a margin",
        log(1 + exp(-x)),
        exp(-margin),
        Off({x: 10, margin: 10}, rhs=(1 - THOUSANDTH) * exp(-margin)),
        tight={x: 10, margin: 10},
        where=margin <= x,
    ),
    bound(
        "accelerated-rate",
        "Nesterov: Introductory Lectures on Convex Optimization, 2.2",
        1 - sqrt(mu / L),
        exp(-sqrt(mu / L)),
        Off({mu: 1, L: 10**6}, lhs=1 - R(999, 1000) * sqrt(mu / L)),
        tight={mu: 1, L: 10**6},
        on=_all(POSITIVE, mu, L),
        where=mu <= L,
    ),
    bound(
        "weighted-product",
        "Hardy, Littlewood, Pólya: Inequalities, 2.5",
        x**2 * y,
        R(4, 27),
        Off({x: R(2, 3), y: R(1, 3)}, rhs=R(4, 27) - TINY),
        on=_all(NONNEGATIVE, x, y),
        where=x + y <= 1,
    ),
)
