"""Random claims about sums of symbolic length and symbolic exponents, true ones and ones that fail."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import sympy as sp

from checks.provers.claims import Claim

n, k = sp.symbols("n k", integer=True, positive=True)
x, y, p = sp.symbols("x y p", real=True)
EVERY = {n: sp.S.Naturals}
BELOW = (sp.Rational(1, 1000), sp.Rational(1, 10**5))
"""By how much a false claim fails."""


def telescoping(seed: int) -> Iterator[tuple[str, Claim, bool]]:
    """Sums whose value is known, since the terms are differences: bounds that are tight, and ones that fail.

    A false one is off by 10^−3 or 10^−5, or fails from n = 50 on, or at one n only. Yields its kind, the claim f ≥ 0,
    and whether it is true.
    """
    random = Random(seed)
    a, b, c = (sp.Integer(random.randint(1, 4)) for _ in range(3))
    power = random.choice((1, 2, sp.Rational(1, 2)))
    values = random.choice(
        (-c / (n + a) ** power, c * (n + a) ** power + b * n, c * n / (n + b), -c / 2**n, sp.sqrt(n + a))
    )
    term = sp.together((values - values.xreplace({n: n - 1})).xreplace({n: k}))
    total = sp.Sum(term, (k, 1, n))
    exact = values - values.xreplace({n: sp.S.Zero})
    sign = random.choice((1, -1))
    gap = sign * (exact - total)
    yield "tight", Claim(gap, EVERY), True
    yield "loose", Claim(gap + 1 / n, EVERY), True
    for below in BELOW:
        yield "off", Claim(gap - below, EVERY), False
    yield "late", Claim(gap - (n - 49) * below_late(n), EVERY), False
    hole = random.randint(2, 12)
    yield "one", Claim(gap + (n - hole) ** 2 - sp.Rational(1, 100), EVERY), False


def below_late(m: sp.Symbol) -> sp.Expr:
    """A small positive factor: what it multiplies is negative up to 49 and positive from there."""
    return sp.Rational(1, 10**4) / m


def powers(seed: int) -> Iterator[tuple[str, Claim, bool]]:
    """Means with symbolic exponents, and Bernoulli's inequality both ways, with wrong constants and ranges."""
    random = Random(seed)
    positive = sp.Interval.open(0, sp.oo)
    a = sp.Rational(random.randint(1, 9), random.randint(1, 9))
    rising, falling = sp.Interval(1, 1 + a), sp.Interval(0, a / (1 + a))
    below = random.choice(BELOW)
    shifted = sp.Interval.open(-a, sp.oo)
    base = 1 + x / a
    yield "rising", Claim(base**p - 1 - p * x / a, {x: shifted, p: rising}), True
    yield "falling", Claim(1 + p * x / a - base**p, {x: shifted, p: falling}), True
    yield "too far", Claim(base**p - 1 - p * x / a, {x: shifted, p: sp.Interval(1 - below, 1 + a)}), False
    yield "off", Claim(1 + p * x / a - base**p - below, {x: shifted, p: falling}), False
    mean = a / (1 + a) * x + y / (1 + a)
    yield "mean", Claim(mean - x ** (a / (1 + a)) * y ** (1 / (1 + a)), {x: positive, y: positive}), True
    yield (
        "no mean",
        Claim(mean - (1 + below) * x ** (a / (1 + a)) * y ** (1 / (1 + a)), {x: positive, y: positive}),
        False,
    )
    both = {x: positive, y: positive, p: rising}
    gap = (x**p + a * y**p) / (1 + a) - ((x + a * y) / (1 + a)) ** p
    yield "power mean", Claim(gap, both), True
    yield "no power mean", Claim(gap - below * x * y / (1 + x * y), both), False
