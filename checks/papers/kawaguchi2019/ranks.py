"""Ranks of the last features, certified in ball arithmetic or over Q: where they are full, and where they cannot be."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

import numpy as np
import sympy as sp
from flint import arb, arb_mat

from checks.context import Context
from checks.papers.denials import Case
from checks.readings import Enclosed, Reading, Tried
from derivations.activations import X
from derivations.papers.kawaguchi2019 import features as k
from numerics.models.kawaguchi2019 import random_layers
from numerics.rigorous import FullRank, full_rank, rational_rank
from numerics.rigorous import digits as working_digits
from numerics.rigorous.features import BALLS, Dense, Entrywise, Layer, exact

TANH, RELU, ODD = sp.tanh(X), sp.Max(0, X), X / (1 + X**2)
SMALL, INPUT = 6, 5
NETS, DRAWN = 100, 300


def _least(found: list[FullRank]) -> Any:
    return min((f.low for f in found), key=float)


def above(found: list[FullRank], floor: sp.Integer, about: str) -> Enclosed:
    """Whether every log₁₀ σ_min is certainly above a number; None where one of the ranks was not certified."""
    level = arb(10) ** int(floor)
    held = all(f.holds is True and f.low > level for f in found)
    return Enclosed(True if held else None, f"{len(found)} networks, {about}; least certified σ_min "
                    f"{_least(found).str(3, radius=False)}")  # fmt: skip


def _narrow(context: Context) -> Enclosed:
    """Widths 1, …, 1, n − 1 on Gaussian inputs in R⁵, tanh."""
    found = []
    for n in k.SIZES:
        for depth in k.DEPTHS:
            rng = context.rng(f"narrow {n} {depth}")
            layers = random_layers([INPUT, *[1] * (depth - 1), n - 1], TANH, rng)
            found.append(full_rank(rng.standard_normal((n, INPUT)), layers))
    return above(found, k.NARROW, "n = 4 … 10, H = 2, 3, 4, tanh")


def _sines(context: Context) -> Enclosed:
    """sin in three layers of widths 1, 1, 6, n = 7; z² in a layer of width 1 before tanh of width 5, n = 6."""
    rng = context.rng("sines")
    waves = full_rank(rng.standard_normal((7, INPUT)), random_layers([INPUT, 1, 1, 6], sp.sin(X), rng))
    square = [*random_layers([INPUT, 1], X**2, rng), *random_layers([1, 5], TANH, rng)]
    return above([waves, full_rank(rng.standard_normal((6, INPUT)), square)], k.NARROW, "sin, n = 7; z² before tanh")


def _polynomial_rank(context: Context) -> Enclosed:
    rng = context.rng("polynomial")
    found = full_rank(rng.standard_normal((12, 1)), random_layers([1, 40], X**k.POWER, rng))
    assert found.rank is not None
    return Enclosed(found.rank <= k.POWER + 1, found.why)


def _antisymmetric(context: Context) -> Enclosed:
    """z/(1 + z²), 20 units without biases, eight inputs ±x_i."""
    rng = context.rng("antisymmetric")
    half = rng.standard_normal((k.ANTISYMMETRIC // 2, 3))
    layers: list[Layer] = [Dense(rng.standard_normal((20, 3))), Entrywise(ODD)]
    found = full_rank(np.concatenate([half, -half]), layers)
    assert found.rank is not None
    return Enclosed(found.rank <= k.ANTISYMMETRIC // 2 + 1, found.why)


@lru_cache(16)
def _deficient(width: int, seed: int) -> Tried:
    """How many ReLU networks have a rank below n over Q; statements on one width share the count."""
    rng = Context(seed).rng(f"kawaguchi2019 relu {width}")
    events = 0
    for _ in range(DRAWN):
        layers = random_layers([3, width], RELU, rng)
        events += full_rank(rng.standard_normal((SMALL, 3)), layers).holds is False
    return Tried(events, DRAWN, "networks have a rank below n, exactly", {"width": width})


def _short(width: int, context: Context) -> Tried:
    return _deficient(width, context.seed)


def _analytic(context: Context) -> Tried:
    """How many tanh networks have a certified rank n, on the widths on which ReLU networks often have not."""
    rng = context.rng("tanh")
    events = 0
    for _ in range(DRAWN):
        layers = random_layers([3, SMALL - 1], TANH, rng)
        events += full_rank(rng.standard_normal((SMALL, 3)), layers).holds is True
    return Tried(events, DRAWN, "networks have rank n, certified")


def _sigma(first: int, context: Context) -> list[float]:
    """Certified lower bounds of σ_min of tanh networks of widths (first, first, n − 1), within a few per cent of it."""
    rng = context.rng(f"conditioning {first}")
    found = []
    for _ in range(NETS):
        layers = random_layers([INPUT, first, first, SMALL - 1], TANH, rng)
        found.append(full_rank(rng.standard_normal((SMALL, INPUT)), layers))
    return [float(f.low) for f in found]


def _lost(context: Context) -> Tried:
    found = _sigma(k.NARROW_FIRST, context)
    events = sum(s < float(k.LOST) for s in found)
    return Tried(events, NETS, "networks", {"sigma": found, "first": k.NARROW_FIRST})


def _resolved(context: Context) -> Tried:
    found = _sigma(k.WIDE_FIRST, context)
    events = sum(s > float(k.RESOLVED) for s in found)
    return Tried(events, NETS, "networks", {"sigma": found, "first": k.WIDE_FIRST})


def square_jacobian(x: Any, theta: Any, width: int) -> Any:
    """J of a two-layer tanh network on scalar inputs in balls, in the order (w, b, a, c), of shape (n, 3k + 1)."""
    x, theta = BALLS.of(x), BALLS.of(theta)
    w, b, a = theta[:width], theta[width : 2 * width], theta[2 * width : -1]
    rows = []
    for v in x:
        h = [(w[j] * v + b[j]).tanh() for j in range(width)]
        slope = [a[j] * (1 - h[j] * h[j]) for j in range(width)]
        rows.append([*(s * v for s in slope), *slope, *h, arb(1)])
    return arb_mat(rows)


def _square(context: Context) -> Enclosed:
    said, held = [], True
    with working_digits(40):
        for width in (1, 2, 3):
            rng, n = context.rng(f"square {width}"), 3 * width + 1
            det = square_jacobian(rng.standard_normal(n), rng.standard_normal(n), width).det()
            held = held and not det.contains(0)
            said.append(f"det = {det.str(5)} (k = {width})")
    return Enclosed(True if held else None, "; ".join(said))


def _one_unit(context: Context) -> Enclosed:
    """J of a·max(0, wx + b) + c on eight scalar inputs, exactly: columns a·x, a, wx + b and 1 where the unit is on."""
    rng = context.rng("one unit")
    w, b, a = (exact(rng.standard_normal(1))[0] for _ in range(3))
    rows = []
    for v in exact(rng.standard_normal(8)):
        on = int(w * v + b > 0)
        rows.append([a * v * on, a * on, (w * v + b) * on, Fraction(1)])
    found = rational_rank(rows)
    assert found.rank is not None
    return Enclosed(found.rank <= 3, f"{found.why}, P = 4")


def equal_inputs(context: Context) -> Case:
    """Two equal inputs give two equal rows: the rank is below n for all weights."""
    rng = context.rng("equal inputs")
    layers = random_layers([2, 8], TANH, rng)
    apart = rng.standard_normal((3, 2))
    same = apart.copy()
    same[2] = same[0]
    found, other = full_rank(same, layers), full_rank(apart, layers)
    said = f"rank < 3: {found.why}; with x_3 elsewhere {other.why}"
    named = ("kawaguchi2019.narrow-full-rank", "kawaguchi2019.sines-full-rank")
    return Case(found.holds is False and other.holds is True, "n = 3, x_1 = x_3, tanh, d_H = 8", said, named)


def polynomial(context: Context) -> Case:
    """σ(z) = z² on scalar inputs has rank 3 at any width."""
    rng = context.rng("polynomial case")
    found = full_rank(rng.standard_normal((6, 1)), random_layers([1, 20], X**2, rng))
    named = ("kawaguchi2019.narrow-full-rank",)
    return Case(found.holds is False, "σ(z) = z², d = 1, d_H = 20, n = 6", found.why, named)


READINGS: dict[str, tuple[Reading, ...]] = {
    "narrow-full-rank": (Reading("enclosure", _narrow),),
    "sines-full-rank": (Reading("enclosure", _sines),),
    "polynomial-rank": (Reading("enclosure", _polynomial_rank),),
    "antisymmetric-rank": (Reading("enclosure", _antisymmetric),),
    **{f"relu-full-{w}": (Reading("sampling", partial(_short, w)),) for w in k.DEFICIENT},
    "relu-deficient-5": (Reading("sampling", partial(_short, 5)),),
    "tanh-full": (Reading("sampling", _analytic),),
    "narrow-lost": (Reading("sampling", _lost),),
    "wide-resolved": (Reading("sampling", _resolved),),
    "jacobian-square": (Reading("enclosure", _square),),
    "relu-effective": (Reading("enclosure", _one_unit),),
}
