"""Simplifying a counterexample before it is shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy as sp

from derivations.domains import UnitVectors
from derivations.outcomes.reasons import Stopped
from numerics.values.points import Chart, Point, satisfies

ROUND = tuple(map(sp.Rational, ("0", "1", "-1", "2", "-2", "1/2", "-1/2", "3", "10")))

PASSES = 3
"""How often all values are tried, since one value may allow another."""


def shrink(chart: Chart, point: Point, fails: Callable[[Point], bool]) -> Point:
    """A point of the domain with values as simple as can be found quickly, at which `fails` still holds."""
    best = _together(chart, _fewer(chart, point, fails), fails)
    for _ in range(PASSES):
        rounder = _rounded(chart, best, fails)
        if rounder == best:
            break
        best = rounder
    return _least(chart, best, fails)


def _together(chart: Chart, point: Point, fails: Callable[[Point], bool]) -> Point:
    """The point with its numbers alike, or scaled to the size of 1 and rounded: no change of one alone finds these."""
    moved = [s for s in sorted(point, key=str) if s in chart.scalars and s not in chart.sizes]
    moved = [s for s in moved if not chart.domain.interval(s).is_subset(sp.S.Integers)]
    sizes = [abs(float(point[s])) for s in moved if point[s] != 0]
    if len(moved) < 2 or not sizes:
        return point
    scale = math.exp(sum(map(math.log, sizes)) / len(sizes))
    alike: list[list[Any]] = [[c] * len(moved) for c in ROUND]
    rounded = [[sp.Rational(f"{float(point[s]) / scale:.{d}f}") for s in moved] for d in (0, 1, 2)]
    for values in (*alike, *rounded):
        candidate = {**point, **dict(zip(moved, values, strict=True))}
        inside = all(chart.domain.interval(s).contains(candidate[s]) == True for s in moved)  # noqa: E712
        if inside and satisfies(chart.domain, candidate) and _safely(fails, candidate):
            return candidate
    return point


def _rounded(chart: Chart, point: Point, fails: Callable[[Point], bool]) -> Point:
    """The point with each value replaced by the simplest one, one after the other."""
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


def _fewer(chart: Chart, point: Point, fails: Callable[[Point], bool]) -> Point:
    """The point with fewer entries in its vectors and matrices, where the largest entries alone fail as well."""
    best = point
    for size in sorted(chart.sizes, key=str):
        if size not in point:
            continue
        along = {s: axes for s in chart.domain.vectors if (axes := [i for i, n in enumerate(s.shape) if n == size])}
        if not along or any(n.has(size) and n != size for s in chart.domain.vectors for n in s.shape):
            continue
        for few in range(1, int(best[size])):
            kept = _largest(best, along, few)
            smaller = {s: _part(best[s], axes, kept) for s, axes in along.items() if s in best}
            made = {s: sp.ImmutableMatrix(m) for s, m in smaller.items()}
            candidate = _with_angles(chart, {**best, **made, size: sp.Integer(few)})
            if satisfies(chart.domain, candidate) and _safely(fails, candidate):
                best = candidate
                break
    return best


def _part(matrix: Any, axes: Sequence[int], kept: Sequence[int]) -> Any:
    """The rows, the columns or both of a matrix that are kept."""
    rows = matrix[kept, :] if 0 in axes else matrix
    return rows[:, kept] if 1 in axes else rows


def _largest(point: Point, along: Mapping[Any, Sequence[int]], few: int) -> list[int]:
    """Where the entries along their axes are largest, in order."""
    weights: dict[int, float] = {}
    for symbol, axes in along.items():
        for axis in axes if symbol in point else ():
            rows = point[symbol] if axis == 0 else point[symbol].T
            for i in range(rows.shape[0]):
                weights[i] = weights.get(i, 0.0) + sum(abs(float(e)) for e in rows[i, :])
    return sorted(sorted(weights, key=lambda i: -weights[i])[:few])


def _least(chart: Chart, point: Point, fails: Callable[[Point], bool]) -> Point:
    """The smallest integers that bisection finds, if the failure persists from some number on."""
    best = point
    for symbol in sorted(point, key=str):
        if symbol not in chart.scalars or not chart.domain.interval(symbol).is_subset(sp.S.Integers):
            continue
        low = chart.domain.interval(symbol).inf
        if not low.is_finite or best[symbol] <= low or _safely(fails, {**best, symbol: low}):
            continue
        while best[symbol] - low > 1:
            middle = (low + best[symbol]) // 2
            candidate = {**best, symbol: middle}
            if satisfies(chart.domain, candidate) and _safely(fails, candidate):
                best = candidate
            else:
                low = middle
    return best


def _rounder(chart: Chart, point: Point, symbol: object) -> list[Point]:
    value = point[symbol]
    if not isinstance(value, sp.MatrixBase):
        values = chart.domain.interval(symbol)
        if values.is_subset(sp.S.Integers) and value > 1:
            return [{**point, symbol: n} for n in _smaller(int(value)) if values.contains(n) == True]  # noqa: E712
        near = [sp.Rational(f"{float(value):.{d}f}") for d in (0, 1, 2)]
        options = [c for c in (*ROUND, sp.pi / 2, *near) if values.contains(c) == True]  # noqa: E712
        return [{**point, symbol: c} for c in options]
    unit = isinstance(chart.domain.ranges[symbol], UnitVectors)
    first = sp.ImmutableMatrix(*value.shape, [int(i == 0) for i in range(len(value))])
    ones = sp.ImmutableMatrix(*value.shape, [1] * len(value))
    shapes = [first, -first, ones / sp.sqrt(len(value)) if unit else ones]
    if not unit:
        shapes.insert(0, 0 * first)
        largest = max(abs(float(e)) for e in value)
        if largest > 0:
            shapes += [
                value.applyfunc(lambda e, k=k: sp.Integer(round(k * float(e) / largest))) for k in (1, 2, 3, 5, 9)
            ]
        shapes += [value.applyfunc(lambda e, d=d: sp.Rational(f"{float(e):.{d}f}")) for d in (0, 1)]
    return [_with_angles(chart, {**point, symbol: m}) for m in shapes]


def _smaller(n: int) -> list[sp.Integer]:
    """Round integers below n, the smallest first: 0, 1, 2, 3, 5, 10, 20, 50, 100, …, then n with two digits."""
    rounds = [0, 1, 2, 3, 4, *(m * 10**e for e in range(len(str(n))) for m in (5, 10, 20, 30))]
    coarse = 10 ** max(len(str(n)) - 2, 0)
    rounds += [-(-n // coarse) * coarse, n // coarse * coarse]
    return [sp.Integer(m) for m in sorted({m for m in rounds if m < n})]


def _with_angles(chart: Chart, point: Point) -> Point:
    for symbol, angle in chart.domain.angles.items():
        point[symbol] = sp.acos((point[angle.x].T * point[angle.y])[0, 0])
    return point


def _safely(fails: Callable[[Point], bool], point: Point) -> bool:
    try:
        return fails(point)
    except (Stopped, ArithmeticError):
        return False  # it has no value there, or none that is real
