"""Random claims with roots of quadratic forms in six to eight variables: few are decided, and z3 may stay in any."""

from __future__ import annotations

import random
from itertools import pairwise

import sympy as sp

from checks.provers.claims import Claim

RANGES = (sp.Interval(0, sp.oo), sp.S.Reals, sp.Interval(0, 1))
LESS = sp.Rational(1, 1000)


def root_claim(seed: int) -> Claim:
    """A claim with three to nine roots, true by a triangle inequality or a mean, or nearly so."""
    rng = random.Random(seed)
    x = sp.symbols(f"x1:{rng.choice([6, 7, 8]) + 1}", real=True)
    n, half = len(x), len(x) // 2
    a, b = x[:half], x[half : 2 * half]

    def length(terms: list[sp.Expr]) -> sp.Expr:
        return sp.sqrt(sp.Add(*(t**2 for t in terms)))

    shapes = (
        length(list(a)) + length(list(b)) - length([s + t for s, t in zip(a, b, strict=True)]),
        sp.Add(*(length([s, t]) for s, t in zip(a, b, strict=True))) - length([sp.Add(*a), sp.Add(*b)]),
        sp.Add(*(length([sp.S.One, s]) for s in x)) - length([sp.Integer(n), sp.Add(*x)]),
        sp.Add(*x) - sp.Add(*(sp.sqrt(x[i] * x[(i + 1) % n]) for i in range(n))),
        sp.Add(*(sp.sqrt(rng.randint(1, 4) * s**2 + s * t + rng.randint(1, 3) * t**2) for s, t in pairwise(x)))
        - rng.choice([sp.S.One, sp.S.Half]) * length(list(x)),
    )
    kind = rng.randrange(len(shapes))
    f = shapes[kind] - rng.choice([sp.S.Zero, sp.S.Zero, LESS])
    ranges = {s: RANGES[0] if kind == 3 else rng.choice(RANGES) for s in sorted(f.free_symbols, key=str)}
    return Claim(f, ranges)
