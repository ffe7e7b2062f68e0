"""Random polynomial claims of which it is known whether they are true: sums of squares, and such less a little."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import sympy as sp

from checks.provers.claims import Claim
from numerics.values.evaluate import evaluate

SYMBOLS = sp.symbols("x y z w", real=True)
SHIFTS = (sp.Rational(1, 1000), sp.Rational(1, 100000))


@dataclass(frozen=True)
class Example:
    """A claim, and whether it is true.

    Args:
        claim: The claim.
        true: Whether it holds.
        at: Where it fails, if it does.
    """

    claim: Claim
    true: bool
    at: dict[sp.Symbol, sp.Rational]


def example(seed: int) -> Example:
    """A claim by its number: the odd ones are false at a point that is known, the even ones true by construction."""
    draw = random.Random(seed)
    symbols = SYMBOLS[: draw.randint(1, 3)]
    ranges = {s: _range(draw) for s in symbols}
    point = {s: _point(draw, ranges[s]) for s in symbols}
    conditions = tuple(_condition(draw, symbols, point) for _ in range(draw.choice((0, 0, 1, 2))))
    true = seed % 2 == 0
    # all of these are ≥ 0 on the domain, and those with a zero at the point are 0 there
    terms = [_polynomial(draw, symbols, point if not true or draw.random() < 0.5 else None) ** 2]
    for _ in range(draw.randint(0, 2)):
        square = _polynomial(draw, symbols, point if not true else None) ** 2
        factor = draw.choice([sp.S.One, *(c.lhs for c in conditions), *(g for s in symbols for g in _gaps(s, ranges))])
        terms.append(draw.randint(1, 5) * factor * square)
    f = sp.Add(*terms)
    if draw.random() < 0.5:
        f = sp.expand(f)
    kind = draw.randrange(5)
    if kind == 1:
        f = f / (1 + _polynomial(draw, symbols, None) ** 2)
    elif kind == 2:
        f = f + sp.Abs(_polynomial(draw, symbols, point))
    elif kind == 3:
        u = _polynomial(draw, symbols, point)
        f = f + sp.Max(u, -u) - u
    elif kind == 4:
        f = sp.sqrt(f * f + 1) - 1
    if not true:
        f = f - draw.choice(SHIFTS)
    return Example(Claim(f, ranges, conditions), true, {} if true else point)


def negative_somewhere(example: Example, count: int = 4000) -> bool:
    """Whether the claim is negative in floats, beyond rounding, at one of many points of its domain."""
    claim, random_numbers = example.claim, np.random.default_rng(0)
    values = {}
    for s, r in claim.ranges.items():
        low = float(r.inf) if r.inf.is_finite else -8.0
        high = float(r.sup) if r.sup.is_finite else 8.0
        values[s] = random_numbers.uniform(low, high, count)
    inside = np.ones(count, dtype=bool)
    with np.errstate(all="ignore"):
        for condition in claim.conditions:
            inside &= np.broadcast_to(np.asarray(evaluate(condition.lhs, values), dtype=float) >= 0, (count,))
        found = np.broadcast_to(np.asarray(evaluate(claim.f, values), dtype=float), (count,))
    return bool(np.any(inside & (found < -1e-6)))


def _range(draw: random.Random) -> sp.Set:
    low = sp.Rational(draw.randint(-4, 4), draw.choice((1, 2, 3)))
    high = low + sp.Rational(draw.randint(1, 6), draw.choice((1, 2)))
    return draw.choice((sp.S.Reals, sp.Interval(0, sp.oo), sp.Interval(low, high), sp.Interval.open(low, high)))


def _point(draw: random.Random, values: sp.Set) -> sp.Rational:
    low = values.inf if values.inf.is_finite else sp.Integer(-2)
    high = values.sup if values.sup.is_finite else sp.Integer(3)
    return low + (high - low) * sp.Rational(draw.randint(1, 7), 8)


def _gaps(s: sp.Symbol, ranges: dict[sp.Symbol, sp.Set]) -> list[sp.Expr]:
    ends = ((s - ranges[s].inf, ranges[s].inf), (ranges[s].sup - s, ranges[s].sup))
    return [gap for gap, end in ends if end.is_finite]


def _condition(draw: random.Random, symbols: tuple[sp.Symbol, ...], point: dict[sp.Symbol, sp.Rational]) -> sp.Expr:
    """A condition that holds at the point, now and then with equality."""
    p = _polynomial(draw, symbols, point) * draw.choice((1, -1))
    return sp.Ge(p + draw.choice((0, 1, 3)), 0, evaluate=False)


def _polynomial(
    draw: random.Random, symbols: tuple[sp.Symbol, ...], zero: dict[sp.Symbol, sp.Rational] | None
) -> sp.Expr:
    """A polynomial of degree at most two, not constant, that is 0 at a given point."""
    s = draw.choice(symbols)
    p = draw.choice((1, 2, -1)) * s
    for _ in range(draw.randint(0, 2)):
        p += draw.randint(-3, 3) * draw.choice(symbols) * draw.choice((sp.S.One, *symbols))
    p += draw.randint(-2, 2)
    return p - p.xreplace(zero) if zero is not None else p
