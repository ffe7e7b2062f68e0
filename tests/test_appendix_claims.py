"""Inequalities as appendices of papers on optimisation and learning have them: proved, and near twins of them not."""

from __future__ import annotations

from typing import Any

import pytest
from sympy import (
    Abs,
    E,
    Interval,
    Max,
    Min,
    Rational,
    S,
    Sum,
    Symbol,
    binomial,
    erf,
    exp,
    gamma,
    log,
    oo,
    pi,
    sqrt,
    symbols,
)

from checks.provers.portfolio import answer
from derivations import Bound, elementwise, inner, max_norm, norm, norm_squared, ones, relu, sigmoid, softplus, vector
from derivations.outcomes.budget import fresh

x, y, p, q, t, s, a, b, c, eta, L, mu, eps, beta, kappa = symbols(
    "x y p q t s a b c eta L mu eps beta kappa", real=True
)
n, k, d = (Symbol(name, integer=True, positive=True) for name in "nkd")
X, Y, Z, G, H = (vector(name, d) for name in "xyzgh")
R = Rational
POSITIVE, HALF, UNIT, INSIDE = Interval.open(0, oo), Interval(0, oo), Interval(0, 1), Interval.open(0, 1)
MORE, LESS = R(1001, 1000), R(999, 1000)
N, REAL = {n: S.Naturals}, {x: S.Reals}
KL = p * log(p / q) + (1 - p) * log((1 - p) / (1 - q))
ENTROPY = -p * log(p) - (1 - p) * log(1 - p)
MEANS = {p: INSIDE, q: INSIDE}
TAIL = (1 - erf(x / sqrt(2))) / 2
SIZE = inner(ones(d), elementwise(Abs, X))

CLAIMS: dict[str, tuple[Any, Any, Any, Any]] = {
    "rate-by-exponential": ((1 - x) ** n, exp(-n * x), {x: UNIT, **N}, (MORE * (1 - x) ** n, exp(-n * x))),
    "logistic-quadratic": (
        softplus(x),
        log(2) + x / 2 + x**2 / 8,
        REAL,
        (softplus(x), log(2) + x / 2 + LESS * x**2 / 8),
    ),
    "hoeffding": (
        (1 - p) * exp(-p * s) + p * exp((1 - p) * s),
        exp(s**2 / 8),
        {p: UNIT, s: S.Reals},
        ((1 - p) * exp(-p * s) + p * exp((1 - p) * s), exp(LESS * s**2 / 8)),
    ),
    "bennett": (
        exp(x) - 1 - x,
        x**2 / 2 / (1 - x / 3),
        {x: Interval.Ropen(0, 3)},
        (exp(x) - 1 - x, LESS * x**2 / 2 / (1 - x / 3)),
    ),
    "chernoff": (
        x - (1 + x) * log(1 + x),
        -(x**2) / 3,
        {x: UNIT},
        (x - (1 + x) * log(1 + x), -(x**2) / R(25, 10)),
    ),
    "pinsker": (2 * (p - q) ** 2, KL, MEANS, (2 * MORE * (p - q) ** 2, KL)),
    "chi-squared": (KL, (p - q) ** 2 / (q * (1 - q)), MEANS, (KL, R(999, 2000) * (p - q) ** 2 / (q * (1 - q)))),
    "momentum": (
        Sum(beta**k, (k, 0, n)),
        1 / (1 - beta),
        {beta: INSIDE, **N},
        (Sum(beta**k, (k, 0, n)), LESS / (1 - beta)),
    ),
    "steps": (Sum(1 / sqrt(k), (k, 1, n)), 2 * sqrt(n) - 1, N, (Sum(1 / sqrt(k), (k, 1, n)), 2 * LESS * sqrt(n) - 1)),
    "telescoping": (Sum(1 / (k * (k + 1)), (k, 1, n)), 1, N, (Sum(1 / (k * (k + 1)), (k, 1, n)), LESS)),
    "accelerated": ((1 + sqrt(1 + 4 * t**2)) / 2, t + 1, {t: HALF}, ((1 + sqrt(1 + 4 * t**2)) / 2, t + R(499, 1000))),
    "biased": (
        2 * a * b,
        eps * a**2 + b**2 / eps,
        {a: S.Reals, b: S.Reals, eps: POSITIVE},
        (2 * MORE * a * b, eps * a**2 + b**2 / eps),
    ),
    "condition-number": (
        (kappa - 1) / (kappa + 1),
        exp(-2 / (kappa + 1)),
        {kappa: Interval(1, oo)},
        (MORE * (kappa - 1) / (kappa + 1), exp(-2 / (kappa + 1))),
    ),
    "hinge": (softplus(x) - relu(x), log(2), REAL, (softplus(x) - relu(x), LESS * log(2))),
    "sigmoid": (
        Abs(sigmoid(x) - sigmoid(y)),
        Abs(x - y) / 4,
        {x: S.Reals, y: S.Reals},
        (Abs(sigmoid(x) - sigmoid(y)), LESS * Abs(x - y) / 4),
    ),
    "normal-tail": (TAIL, exp(-(x**2) / 2) / 2, {x: HALF}, (TAIL, LESS * exp(-(x**2) / 2) / 2)),
    "mills": (
        x / (1 + x**2) * exp(-(x**2) / 2) / sqrt(2 * pi),
        TAIL,
        {x: POSITIVE},
        (MORE * x / (1 + x**2) * exp(-(x**2) / 2) / sqrt(2 * pi), TAIL),
    ),
    "gamma-half": (
        gamma(x + R(1, 2)),
        sqrt(x) * gamma(x),
        {x: POSITIVE},
        (MORE * gamma(x + R(1, 2)), sqrt(x) * gamma(x)),
    ),
    "pairs": (binomial(n, 2), n**2 / 2, N, (binomial(n, 2), R(499, 1000) * n**2 - R(1, 2))),
    "entropy-below": (4 * log(2) * p * (1 - p), ENTROPY, {p: INSIDE}, (4 * MORE * log(2) * p * (1 - p), ENTROPY)),
    "entropy-above": (
        ENTROPY,
        2 * log(2) * sqrt(p * (1 - p)),
        {p: INSIDE},
        (ENTROPY, 2 * LESS * log(2) * sqrt(p * (1 - p))),
    ),
    "one-term": (-p * log(p), 2 / E * sqrt(p), {p: INSIDE}, (-p * log(p), 2 * LESS / E * sqrt(p))),
    "clipped": (Min(1, c / t) * t, c, {c: POSITIVE, t: POSITIVE}, (MORE * Min(1, c / t) * t, c)),
    "largest": (
        log(exp(x) + exp(y)),
        Max(x, y) + log(2),
        {x: S.Reals, y: S.Reals},
        (log(exp(x) + exp(y)), Max(x, y) + LESS * log(2)),
    ),
    "quadrilateral": (
        norm_squared(X - Z),
        2 * norm_squared(X - Y) + 2 * norm_squared(Y - Z),
        {},
        (norm_squared(X - Z), R(1999, 1000) * norm_squared(X - Y) + 2 * norm_squared(Y - Z)),
    ),
    "biased-gradient": (
        -inner(G, H),
        norm_squared(G - H) / 2 - norm_squared(G) / 2,
        {},
        (-inner(G, H), norm_squared(G - H) / 2 - MORE * norm_squared(G) / 2 - norm_squared(H) / 2),
    ),
    "sizes": (SIZE, sqrt(d) * norm(X), {}, (MORE * SIZE, sqrt(d) * norm(X))),
    "sparse": (norm_squared(X), SIZE * max_norm(X), {}, (MORE * norm_squared(X), SIZE * max_norm(X))),
}
"""Two sides, the domain, and the two sides of a false claim."""


@pytest.mark.parametrize("name", CLAIMS)
def test_appendix(name: str) -> None:
    low, high, on, twin = CLAIMS[name]
    fresh()
    for (left, right), holds in (((low, high), True), (twin, False)):
        claim = Bound("claim", left, right, on=on)
        found = answer(claim.upper - claim.lower, claim.domain, any_kind=True)
        assert (found.proof is not None) is holds
        assert not (holds and found.false)
