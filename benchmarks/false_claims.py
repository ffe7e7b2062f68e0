"""Claims of inequalities that are false at some point, near or far, and whether an engine calls one proved."""

from __future__ import annotations

from random import Random

import sympy as sp

from checks.proofs.inequalities import enclose_gap, prove_nonnegative
from derivations.domains import make_domain
from numerics.balls.enclosure import Enclosure

X = sp.Symbol("x", real=True)
R = sp.Rational
HALF_LINE = sp.Interval(0, sp.oo)


def random_false_claim(seed: int) -> tuple[sp.Expr, sp.Interval]:
    """A claim f ≥ 0 on a range and false on it: a function less its value at a random point, and a margin less."""
    random = Random(seed)
    number = lambda: R(random.randint(1, 40), random.randint(1, 20))  # noqa: E731
    atoms = [
        lambda: sp.sin(number() * X),
        lambda: sp.cos(number() * X),
        lambda: sp.erfc(number() * X),
        lambda: sp.erf(number() * X),
        lambda: sp.exp(-number() * X),
        lambda: sp.exp(-(X**2) / 2),
        lambda: sp.tanh(number() * X),
        lambda: sp.atan(number() * X),
        lambda: 1 / (1 + number() * X),
        lambda: sp.log(1 + number() * X) / (1 + X),
        lambda: sp.sqrt(1 + X) / (1 + X),
        lambda: X / (1 + X**2),
    ]
    body = sp.Add(*(random.choice((-1, 1)) * number() * random.choice(atoms)() for _ in range(random.randint(2, 4))))
    shape = random.randrange(3)
    if shape == 0:  # waves that do not decay against what does
        a, b = number(), number()
        wave = R(1, 10 ** random.randint(0, 6)) * (sp.cos(a * X) - sp.sin(b * X))
        return number() / (1 + X) - wave, HALF_LINE
    box = HALF_LINE if shape == 1 else sp.Interval(0, number())
    at = (box.sup if shape == 2 else 10 ** random.randint(-3, 3)) * R(random.randint(1, 99), 100)
    value = R(str(sp.N(body.xreplace({X: at}), 30)))
    return body - value - R(1, 10 ** random.randint(1, 6)), box


def proved(f: sp.Expr, box: sp.Set) -> bool:
    """Whether some engine calls f ≥ 0 proved."""
    domain = make_domain({X: box}, (), {X})
    enclosed = enclose_gap(f, domain, rules=False)
    return prove_nonnegative(f, domain) is not None or (isinstance(enclosed, Enclosure) and enclosed.holds is True)
