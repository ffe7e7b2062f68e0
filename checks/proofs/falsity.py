"""A claim that is false on its box needs no proof sought: where it fails, found in floats and shown in balls."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp
from scipy.stats import qmc

from checks.proofs.compass import Array, compass
from checks.proofs.replay import ball_at
from derivations.domains import Domain
from derivations.integrals.definitions import carried_out
from numerics.values.evaluate import EvaluationError, evaluate
from numerics.values.points import Chart

STARTS, KEPT = 512, 8
"""Points that are looked at, and how many of them are improved."""
INSIDE = 1e-9
"""How far from an end of its range a symbol stays, as part of the range: rounding must not carry it out."""
PLAIN = 1e-9
"""A negative value counts from here on, relative to the terms of the claim: rounding in float64 is below it."""


def false_at(f: sp.Expr, box: Mapping[Any, sp.Set]) -> dict[Any, sp.Rational] | None:
    """A point of the box at which f < 0 beyond doubt; None where none was met, which says nothing.

    Args:
        f: an expression in numbers, of which f ≥ 0 is claimed.
        box: the range of each symbol of f.

    Returns:
        Exact values of the symbols, at which a ball of f is negative.

    >>> x = sp.Symbol("x", real=True)
    >>> bool((x**2 - x / 2).xreplace(false_at(x**2 - x / 2, {x: sp.Interval(0, 1)})) < 0)
    True
    >>> false_at(x**2, {x: sp.S.Reals}) is None
    True
    """
    used = frozenset((s, r) for s, r in box.items() if f.has(s))
    if not used or f.free_symbols != {s for s, _ in used} or carried_out(f):
        return None
    return _searched(f, used)


@lru_cache(256)
def _searched(f: sp.Expr, used: frozenset[tuple[Any, sp.Set]]) -> dict[Any, sp.Rational] | None:
    box = dict(sorted(used, key=lambda pair: str(pair[0])))
    chart = Chart(Domain(box), {}, True)
    size = sp.Add(*(sp.Abs(term, evaluate=False) for term in sp.Add.make_args(f)))

    def relative(t: Array) -> Array:
        values = chart(np.clip(t, INSIDE, 1 - INSIDE))
        with np.errstate(all="ignore"):
            found, whole = (np.asarray(evaluate(e, values), dtype=float) for e in (f, size))
            ratio = np.broadcast_to(found / np.maximum(whole, 1e-300), (len(t),))
        return np.where(np.isfinite(ratio), ratio, np.inf)

    try:
        cube = qmc.Sobol(chart.dimension, scramble=True, rng=np.random.default_rng(0)).random(STARTS)
        start = relative(cube)
        reached, least = compass(relative, cube[np.argsort(start)[:KEPT]])
    except (EvaluationError, TypeError, ValueError, OverflowError):
        return None  # floats do not know every function
    for row in np.argsort(least):
        if least[row] >= -PLAIN:
            break
        values = chart(np.clip(reached[row : row + 1], INSIDE, 1 - INSIDE))
        point = {s: sp.Rational(float(values[s][0])) for s in box}
        if all(r.contains(point[s]) == True for s, r in box.items()):  # noqa: E712
            value = ball_at(f, point)
            if value is not None and bool(value < 0):
                return point
    return None
