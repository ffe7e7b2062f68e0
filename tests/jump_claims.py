"""Random claims with functions that jump, have poles or no value somewhere, on ranges of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import sympy as sp

from checks.provers.claims import Claim

x = sp.Symbol("x", real=True)
FUNCTIONS = (
    *(sp.floor, sp.ceiling, sp.frac, lambda u: sp.Mod(u, 1), lambda u: sp.Mod(u, sp.Rational(3, 2)), sp.Abs, sp.sign),
    *(sp.Heaviside, lambda u: sp.Max(u, 0), sp.log, sp.sqrt, lambda u: 1 / u, sp.gamma, sp.asin, sp.acot, sp.arg),
    *(sp.LambertW, sp.zeta, sp.Si, sp.factorial, sp.exp, lambda u: sp.exp(1 / u)),
    lambda u: sp.Piecewise((u, u < 0), (u**2, u > 0)),
    lambda u: sp.Piecewise((1, sp.Eq(u, 0)), (sp.sin(u) / u, True)),
)
RANGES = (
    *(sp.Interval(-1, 1), sp.Interval(0, 2), sp.S.Reals, sp.Interval.open(0, sp.oo), sp.Interval(-2, sp.oo)),
    *(sp.Range(-3, 4), sp.FiniteSet(0, 1, 2), sp.Union(sp.Interval(0, 1), sp.Interval(2, 3)), sp.Interval(-3, 3)),
)


def claims(seed: int, count: int) -> Iterator[Claim]:
    """So many claims, most of them false."""
    random = Random(seed)
    while count:
        u = random.choice((x, x - 1, 2 * x, x + sp.Rational(1, 2), x**2 - 1, -x))
        g, h = random.choice(FUNCTIONS)(u), random.choice(FUNCTIONS)(x)
        f = random.choice((g - h, g + h, g * h, 1 - g, g - x, x - g + 1, 2 - g * h, 2 - g))
        r = random.choice(RANGES)
        if f.free_symbols == {x} and not f.has(sp.zoo, sp.nan):
            count -= 1
            yield Claim(f, {x: r})
