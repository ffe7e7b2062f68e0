"""Making a counterexample small and round before it is shown."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from derivations.domains import UnitVectors
from numerics.points import Chart, Point, satisfies

ROUND = tuple(map(sp.Rational, ("0", "1", "-1", "2", "-2", "1/2", "-1/2", "3", "10")))


def shrink(chart: Chart, point: Point, fails: Callable[[Point], bool]) -> Point:
    """A point of the domain, as round as can be found quickly, at which `fails` still holds."""
    best = point
    for symbol in sorted(point, key=str):
        if symbol in chart.sizes or symbol in chart.domain.angles:
            continue
        for candidate in _rounder(chart, best, symbol):
            if candidate[symbol] == best[symbol]:
                break
            if satisfies(chart.domain, candidate) and _safely(fails, candidate):
                best = candidate
                break
    return best


def _rounder(chart: Chart, point: Point, symbol: object) -> list[Point]:
    value = point[symbol]
    if not isinstance(value, sp.MatrixBase):
        values = chart.domain.interval(symbol)
        near = [sp.Rational(f"{float(value):.{d}f}") for d in (0, 1, 2)]
        options = [c for c in (*ROUND, sp.pi / 2, *near) if values.contains(c) == True]  # noqa: E712
        return [{**point, symbol: c} for c in options]
    unit = isinstance(chart.domain.ranges[symbol], UnitVectors)
    first = sp.ImmutableMatrix(*value.shape, [int(i == 0) for i in range(len(value))])
    ones = sp.ImmutableMatrix(*value.shape, [1] * len(value))
    shapes = [first, -first, ones / sp.sqrt(len(value)) if unit else ones]
    if not unit:
        shapes.insert(0, 0 * first)
        shapes += [value.applyfunc(lambda e, d=d: sp.Rational(f"{float(e):.{d}f}")) for d in (0, 1)]
    return [_with_angles(chart, {**point, symbol: m}) for m in shapes]


def _with_angles(chart: Chart, point: Point) -> Point:
    for symbol, angle in chart.domain.angles.items():
        point[symbol] = sp.acos((point[angle.x].T * point[angle.y])[0, 0])
    return point


def _safely(fails: Callable[[Point], bool], point: Point) -> bool:
    try:
        return fails(point)
    except (ValueError, ZeroDivisionError, TypeError, OverflowError):
        return False
