"""A claim that is false on its box needs no proof sought: where it fails, found in floats and shown in balls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy  # its stats, a second of imports, when they are first used
import sympy as sp

from checks.proofs.compass import Array, compass
from checks.proofs.replay import ball_at, holds_at
from derivations.domains import Domain
from derivations.integrals.definitions import carried_out
from numerics.values.backends import backend_named
from numerics.values.evaluate import EvaluationError, Evaluator
from numerics.values.points import Chart

STARTS, KEPT = 512, 8
"""Points that are looked at, and how many of them are improved."""
INSIDE = 1e-9
"""How far from an end of its range a symbol stays, as part of the range: rounding must not carry it out."""
CANCELS = 0.5
"""A claim whose terms leave more than this part of their sizes everywhere has none that cancel."""
PLAIN = 1e-9
"""A negative value counts from here on, relative to the terms of the claim: rounding in float64 is below it."""


def false_at(f: sp.Expr, box: Mapping[Any, sp.Set], where: Sequence[Any] = ()) -> dict[Any, sp.Rational] | None:
    """A point of the box at which f < 0 beyond doubt; None where none was met, which says nothing.

    Args:
        f: an expression in numbers, of which f ≥ 0 is claimed.
        box: the range of each symbol of f and of the conditions.
        where: relations that hold wherever the claim is made.

    Returns:
        Exact values of the symbols, at which a ball of f is negative and the conditions hold.

    >>> x = sp.Symbol("x", real=True)
    >>> bool((x**2 - x / 2).xreplace(false_at(x**2 - x / 2, {x: sp.Interval(0, 1)})) < 0)
    True
    >>> false_at(x**2, {x: sp.S.Reals}) is None
    True
    """
    lowest = _lowest_of(f, box, where)
    return lowest.point if lowest is not None and lowest.negative else None


def tightest(f: sp.Expr, box: Mapping[Any, sp.Set], where: Sequence[Any] = ()) -> Lowest | None:
    """Where f is smallest beside the sizes of its terms, of the points that were met; None where floats have no value.

    Where its terms never cancel, it is where f itself is smallest.

    Args:
        f: an expression in numbers, of which f ≥ 0 is claimed.
        box: the range of each symbol of f and of the conditions.
        where: relations that hold wherever the claim is made.
    """
    return _lowest_of(f, box, where)


@dataclass(frozen=True)
class Lowest:
    """A point at which a claim f ≥ 0 is tight, `value` = f there in floats.

    `negative` where f < 0 was shown by balls at that point, in which all conditions hold.
    """

    point: dict[Any, sp.Rational]
    value: float
    negative: bool


def _lowest_of(f: sp.Expr, box: Mapping[Any, sp.Set], where: Sequence[Any]) -> Lowest | None:
    has = {*f.free_symbols, *(s for r in where for s in r.free_symbols)}
    used = frozenset((s, r) for s, r in box.items() if s in has)
    # no random point meets an equation
    if not used or has != {s for s, _ in used} or carried_out(f) or any(isinstance(r, sp.Eq) for r in where):
        return None
    return _searched(f, used, tuple(where))


@lru_cache(256)
def _searched(f: sp.Expr, used: frozenset[tuple[Any, sp.Set]], where: tuple[Any, ...]) -> Lowest | None:
    box = dict(sorted(used, key=lambda pair: str(pair[0])))
    chart = Chart(Domain(box, where), {}, True)
    floats = backend_named("numpy")
    size = sp.Add(*(sp.Abs(term, evaluate=False) for term in sp.Add.make_args(f)))

    def objective(t: Array, whole: sp.Expr) -> Array:
        values = chart(np.clip(t, INSIDE, 1 - INSIDE))
        with np.errstate(all="ignore"):
            at = Evaluator(floats, values)  # both have their terms in common
            over, under = (np.asarray(at(e), dtype=float) for e in (f, whole))
            ratio = np.broadcast_to(over / np.maximum(under, 1e-300), (len(t),))
            there = chart.allowed(values) if where else True
        return np.where(np.isfinite(ratio) & there, ratio, np.inf)

    def least_of(whole: sp.Expr, cube: Array) -> tuple[Array, Array]:
        start = objective(cube, whole)
        return compass(lambda t: objective(t, whole), cube[np.argsort(start)[:KEPT]])

    try:
        cube = scipy.stats.qmc.Sobol(chart.dimension, scramble=True, rng=np.random.default_rng(0)).random(STARTS)
        reached, least = least_of(size, cube)
        if least.min() > CANCELS:
            reached, least = least_of(sp.S.One, cube)
        plain = objective(reached, sp.S.One)
    except (EvaluationError, TypeError, ValueError, OverflowError):
        return None  # floats do not know every function
    best: Lowest | None = None
    for row in np.argsort(least):
        if not np.isfinite(least[row]) or (best is not None and least[row] >= -PLAIN):
            break
        values = chart(np.clip(reached[row : row + 1], INSIDE, 1 - INSIDE))
        point = {s: sp.Rational(float(values[s][0])) for s in box}
        if any(r.contains(point[s]) != True for s, r in box.items()):  # noqa: E712
            continue
        value = ball_at(f, point) if least[row] < -PLAIN else None
        if value is not None and bool(value < 0) and all(holds_at(r, point) for r in where):
            return Lowest(point, float(plain[row]), True)
        best = best or Lowest(point, float(plain[row]), False)
    return best
