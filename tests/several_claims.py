"""Inequalities in several variables, and random ones."""

from __future__ import annotations

from random import Random
from typing import Any

import sympy as sp
from sympy import Abs, Interval, Max, Rational, S, atan, cos, cosh, erf, exp, log, oo, pi, sin, sqrt, symbols, tanh

from derivations import sigmoid, softplus

x, y, z, a, p, q, h = symbols("x y z a p q h", real=True)
REALS, POSITIVE, NONNEGATIVE, UNIT, INSIDE = (
    S.Reals,
    Interval.open(0, oo),
    Interval(0, oo),
    Interval(0, 1),
    Interval.open(0, 1),
)
DIVERGENCE = p * log(p / q) + (1 - p) * log((1 - p) / (1 - q))

BY_BOUNDS: tuple[tuple[Any, Any], ...] = (
    (exp(x - y) + exp(y - z) + exp(z - x) - 3, {x: REALS, y: REALS, z: REALS}),
    (exp(x) + y * log(y) - y - x * y, {x: REALS, y: POSITIVE}),
    (Abs(x - y) - Abs(sin(x) - sin(y)), {x: REALS, y: REALS}),
    (Abs(x - y) - Abs(tanh(x) - tanh(y)), {x: REALS, y: REALS}),
    (Abs(x - y) / 4 - Abs(sigmoid(x) - sigmoid(y)), {x: REALS, y: REALS}),
    (1 / (1 + a * x) - exp(-a * x), {a: NONNEGATIVE, x: NONNEGATIVE}),
    (x * y - sin(x * y), {x: UNIT, y: UNIT}),
    (x * log(x / y) - x + y, {x: POSITIVE, y: POSITIVE}),
    (x * log(x) + y * log(y) - (x + y) * log((x + y) / 2), {x: POSITIVE, y: POSITIVE}),
    (exp(x) + exp(y) - 2 * exp((x + y) / 2), {x: REALS, y: REALS}),
    (DIVERGENCE, {p: INSIDE, q: INSIDE}),
    (log(1 + exp(x + y)) - log(1 + exp(x)), {x: REALS, y: NONNEGATIVE}),
    ((1 - p) * exp(-p * h) + p * exp((1 - p) * h) - 1, {p: UNIT, h: Interval(-2, 2)}),
    ((x + y) / 2 - (x - y) / log(x / y), {x: Interval(1, 2), y: Interval(3, 4)}),
    (x**a - 1 - a * log(x), {x: POSITIVE, a: REALS}),
    (sin(x) - 2 * x / pi, {x: Interval(0, pi / 2)}),
)
BY_ELIMINATION: tuple[tuple[Any, Any], ...] = (
    (2 * atan((x + y) / 2) - atan(x) - atan(y), {x: UNIT, y: UNIT}),
    (DIVERGENCE - 2 * (p - q) ** 2, {p: INSIDE, q: INSIDE}),
    (sin((x + y) / 2) ** 2 - sin(x) * sin(y), {x: Interval(0, 3), y: Interval(0, 3)}),
    ((1 + x) ** a - 1 - a * x, {x: Interval.open(-1, oo), a: Interval(1, oo)}),
    (exp(h**2 / 8) - (1 - p) * exp(-p * h) - p * exp((1 - p) * h), {p: UNIT, h: Interval(-2, 2)}),
    (Max(x, y) + log(2) - log(exp(x) + exp(y)), {x: Interval(-5, 5), y: Interval(-5, 5)}),
    (softplus(x) + softplus(y) - 2 * softplus((x + y) / 2), {x: REALS, y: REALS}),
    (sqrt(1 + x**2) + sqrt(1 + y**2) - 2 * sqrt(1 + ((x + y) / 2) ** 2), {x: REALS, y: REALS}),
)
BOX, THIRD = Interval(-1, 1), Rational(1, 3)
ON_BOXES: tuple[tuple[Any, Any], ...] = (
    (exp(x**2 + y**2) - 1 - x * y, {x: BOX, y: BOX}),
    (x**2 + y**2 + z**2 - sin(x * y) - sin(y * z) - sin(z * x) + Rational(1, 100), {x: BOX, y: BOX, z: BOX}),
    (exp(x) + exp(-x) * exp(y**2) - 2 + z**2, {x: BOX, y: BOX, z: BOX}),
    (exp(x) - 1 - x + y**2, {x: UNIT, y: BOX}),
    (
        3 * exp((x - 1) ** 2 + (y - Rational(1, 3)) ** 2) - 3 - (x - 1) * (y - Rational(1, 3)),
        {x: Interval(-1, 2), y: BOX},
    ),
    (x**4 + y**4 + z**4 - 4 * x * y * z + 1 + Rational(1, 1000), {x: BOX, y: BOX, z: BOX}),
    (log(1 + x**2 + y**2) + 1 - cos(x * y), {x: BOX, y: BOX}),
)

PARTS: tuple[Any, ...] = (
    exp(x - y),
    exp(-x * y / 2),
    sin(x * y),
    cos(x + y),
    log(1 + x**2 + y**2),
    y * tanh(x),
    atan(x - 2 * y),
    x**2,
    y**2,
    x * y,
    sqrt(1 + x**2 + y**2),
    sigmoid(x + y),
    softplus(x - y),
    erf(x),
    cosh(y),
    Abs(x - y),
)


def random_claim(random: Random, kinks: bool = True) -> tuple[Any, Any, float]:
    """A random sum in x and y, ranges, and its least value on a grid."""
    from numpy import linspace, meshgrid

    from numerics.values.evaluate import evaluate

    parts = random.sample(PARTS if kinks else PARTS[:-1], random.randint(2, 3))
    f = sp.Add(*(Rational(random.randint(-6, 6) or 1, random.randint(1, 3)) * part for part in parts))
    ranges = {}
    for s in (x, y):
        low = Rational(random.randint(-8, 4), 4)
        ranges[s] = Interval(low, low + Rational(random.randint(1, 8), 4))
    grid = meshgrid(*(linspace(float(r.inf), float(r.sup), 241) for r in ranges.values()))
    return f, ranges, float(evaluate(f + 0 * x * y, dict(zip(ranges, grid, strict=True))).min())
