"""Charts read a range once, and give the numbers that SymPy's set has at each call."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from derivations import Domain
from numerics.values.evaluate import evaluate
from numerics.values.points import EDGE, FAR, FEW, Chart, axis, onto
from numerics.values.rounding import RunningError

x, y = sp.symbols("x y", real=True)
k = sp.Symbol("k", integer=True, positive=True)


def from_the_set(values: Any, t: Any, far: bool) -> Any:
    """The same from the set itself, which is asked for its ends each time."""
    if isinstance(values, sp.FiniteSet):
        members = np.array(sorted(float(m) for m in values))
        return members[np.minimum((t * len(members)).astype(int), len(members) - 1)]
    low, high = values.inf, values.sup
    if values.is_subset(sp.S.Integers):
        start = int(low) if low.is_finite else -10
        stop = int(high) if high.is_finite else start + FEW
        if high.is_finite or not far:
            return np.minimum(start + np.floor(t * (stop - start + 1)), stop)
        near = start + np.floor(np.minimum(2 * t, 1) * FEW)
        return near + np.floor(FEW * (FAR ** np.maximum(2 * t - 1, 0) - 1))
    left, right = (EDGE if low.is_finite and values.left_open else 0.0, 1 - EDGE)
    if high.is_finite:
        right = 1 - EDGE if values.right_open else 1.0
        if not low.is_finite:
            return float(high) - np.clip(t, 1 - right, 1 - EDGE) / (1 - np.clip(t, 1 - right, 1 - EDGE))
        a, b = float(low), float(high)
        return np.clip(a + (b - a) * np.clip(t, left, right), a, b)
    if low.is_finite:
        t = np.clip(t, left, right)
        return float(low) + t / (1 - t)
    t = np.clip(t, EDGE, 1 - EDGE)
    return (2 * t - 1) / (2 * t * (1 - t))


def sets(count: int) -> list[Any]:
    rng = np.random.default_rng(0)
    found: list[Any] = [sp.S.Reals, sp.S.Naturals, sp.S.Naturals0, sp.S.Integers, sp.FiniteSet(1, sp.pi, -2)]
    for _ in range(count):
        a, b = sorted(int(v) for v in rng.integers(-50, 50, 2))
        low = sp.Rational(a, int(rng.integers(1, 9)))
        high = low + sp.sqrt(b - a + 1)
        opened = [bool(v) for v in rng.integers(0, 2, 2)]
        found += [
            sp.Interval(low, high, *opened),
            sp.Interval(low, sp.oo, opened[0], True),
            sp.Interval(-sp.oo, high, True, False),
            sp.Range(a, b + 2),
            sp.Range(a, sp.oo),
            sp.Intersection(sp.S.Integers, sp.Interval(a, b + 1)),
        ]
    return found


def test_ranges_give_the_numbers_of_their_sets() -> None:
    t = np.concatenate([np.random.default_rng(1).random(200), [0.0, 0.5, 1.0]])
    for values in sets(12):
        for far in (False, True):
            assert np.array_equal(onto(axis(values), t, far), from_the_set(values, t, far)), values


@pytest.mark.parametrize(
    "domain",
    [
        Domain({x: sp.Interval(0, 2), y: sp.S.Reals}, (x <= 1, x + y > 0)),
        Domain({x: sp.S.Reals, k: sp.S.Naturals}, (x * k < 3, x > -1)),
    ],
)
def test_a_chart_is_asked_again_and_again(domain: Domain) -> None:
    chart = Chart(domain)
    for seed in range(3):
        cube = np.random.default_rng(seed).random((50, chart.dimension))
        values = chart(cube)
        for i, symbol in enumerate(chart.scalars):
            assert np.array_equal(values[symbol], from_the_set(domain.interval(symbol), cube[:, i], False))
        held = [
            np.broadcast_to(sp.lambdify([*values], relation, "numpy")(*values.values()), (50,))
            for relation in domain.where
        ]
        assert np.array_equal(chart.allowed(values), np.logical_and.reduce(held))


def test_rounding_errors_do_not_depend_on_what_was_asked_before() -> None:
    expr = sp.exp(x) * sp.erf(x * y) / (1 + sp.cosh(y)) + sp.atan2(x, y)
    rng = np.random.default_rng(2)
    alone = []
    points = [{x: rng.normal(size=4), y: rng.normal(size=4)} for _ in range(3)]
    for point in points:
        alone.append(RunningError(point).error(expr))
    for point, before in zip(points, alone, strict=True):
        again = RunningError(point)
        assert np.array_equal(again.error(expr), before)
        exact = [evaluate(expr, {s: float(v[i]) for s, v in point.items()}, "mpmath") for i in range(4)]
        off = np.array([float(abs(e - v)) for e, v in zip(exact, evaluate(expr, point), strict=True)])
        assert (off <= before * 2.0**-53).all()
