"""Where an extremum is attained: an end of the interval, an exact point, or a rational one near it."""

from __future__ import annotations

from typing import Any

import sympy as sp
from mpmath import mp

from derivations.integrals.definitions import carried_out
from derivations.proofs.equality import scalar_vanishes
from numerics.balls.enclosure import ball
from numerics.values.evaluate import evaluate
from numerics.values.quadrature import maximiser


def attained(body: sp.Expr, symbol: sp.Symbol, interval: sp.Interval, value: Any) -> sp.Expr | None:
    """A point of the interval at which body ≥ value for sure, or None."""
    by_balls = carried_out(body)
    for end in () if by_balls else (interval.inf, interval.sup):
        if end in interval and scalar_vanishes(body.xreplace({symbol: end}) - value).vanishes is True:
            return end
    near = _maximiser(body, symbol, interval)
    rounded = sp.Rational(mp.nstr(near, 12)).limit_denominator(10**4)
    named = sp.nsimplify(mp.nstr(near, 20), [sp.pi, sp.E], tolerance=1e-12)
    for guess in () if by_balls else (rounded, named, *_logarithms(near)):
        if guess in interval and scalar_vanishes(body.xreplace({symbol: guess}) - value).vanishes is True:
            return guess
    point = sp.Rational(mp.nstr(near, 45))
    return point if point in interval and ball(body.xreplace({symbol: point}) - value, 60) >= 0 else None


def _logarithms(near: Any) -> list[sp.Expr]:
    """log of a quadratic irrational with small coefficients, where e^near is one."""
    with mp.workdps(30):
        power = mp.exp(near)
        found = mp.findpoly(power, 2, maxcoeff=50, tol=mp.mpf(10) ** -20) if near != 0 else None
        if not found:
            return []
        t = sp.Dummy("t")
        roots = sp.roots(sp.Poly([int(c) for c in found], t))
        return [sp.log(r) for r in roots if abs(mp.mpf(sp.N(r, 30)) - power) < mp.mpf(10) ** -15 * power]


def _maximiser(body: sp.Expr, symbol: sp.Symbol, interval: sp.Interval) -> Any:
    """The best of a grid, refined to about 45 digits; to 15 where each value is a quadrature."""
    digits, count, halvings = (20, 30, 50) if carried_out(body) else (100, 200, 160)
    with mp.workdps(digits):

        def value(t: Any) -> Any:
            return evaluate(body, {symbol: t}, "mpmath")

        low, high = (mp.mpf(sp.N(e, digits)) for e in (interval.inf, interval.sup))
        width = (high - low) / count
        grid = [low + width * (2 * j + 1) / 2 for j in range(count)]
        return +maximiser(value, grid, low, high, halvings)
