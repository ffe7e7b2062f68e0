"""Paths to a point of a domain: along one symbol, along all together, and in random directions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from sympy.matrices import MatrixBase

from checks.context import Context
from checks.methods.searching.reduced import Reduced
from derivations.domains import UnitVectors
from derivations.proofs.explicit import entries, explicit
from derivations.vectors import is_matrix
from numerics.values.points import Chart, NoPoint, Point, exact, size_choices

LEVELS, FAR_LEVELS, COUNTED_LEVELS = (4, 8, 14, 20), (1, 2, 4, 8, 14, 20), (1, 2, 3)
"""Powers of ten of the distances to a place; fewer towards infinity, where decaying terms are lost to rounding."""
COUNTED = (sp.Sum, sp.Product, sp.factorial, sp.binomial, sp.Integral)
RANDOM = 6
"""The number of random directions, and of those with individual powers."""
OTHERS, EVERY = 3, 32
"""The number of random values of the symbols without a value in `sharp_at`, and of those tried at the place alone."""


@dataclass(frozen=True)
class Coordinate:
    """How one number nears its place: `signs` are the sides from which it may; `closed` if the place is in its range.

    A place that cannot move, such as an integer, has no signs.
    """

    symbol: Any
    place: Any
    signs: tuple[int, ...]
    closed: bool
    whole: bool = False

    def at(self, coefficient: Any, power: Any, level: int) -> Any:
        """The place moved by coefficient·10^(−power·level); out to 10^(power·level) for a place at infinity."""
        if not self.signs:
            return self.place
        if self.place.is_infinite:
            far = abs(coefficient or 1) * sp.Integer(10) ** sp.floor(power * level)
            return self.signs[0] * (sp.ceiling(far) if self.whole else far)
        if coefficient == 0 and not self.closed:
            coefficient, power = sp.Integer(self.signs[0]), 2 * power
        if len(self.signs) == 1:
            coefficient = self.signs[0] * abs(coefficient)
        return self.place + coefficient * sp.Rational(1, 10 ** int(power * level))


Direction = tuple[tuple[Any, Any], ...]
"""The coefficient and the power of every axis."""


@dataclass(frozen=True)
class Way:
    """The directions from which a place is approached, with the other symbols at one random point."""

    chart: Chart
    others: Point
    axes: tuple[Coordinate, ...]
    columns: tuple[tuple[Any, Any, Any], ...]
    """Vectors and matrices: the symbol, its place, and a random matrix to move it along."""
    levels: tuple[int, ...]
    directions: tuple[Direction, ...]

    @property
    def turns(self) -> bool:
        """Whether there is more than one number to move, so that directions can be improved."""
        return len([a for a in self.axes if a.signs]) > 1

    def point(self, direction: Direction, level: int) -> Point:
        """The point at 10^−level from the place."""
        near = dict(self.others)
        for axis, (coefficient, power) in zip(self.axes, direction[: len(self.axes)], strict=True):
            near[axis.symbol] = axis.at(coefficient, power, level)
        moved = direction[len(self.axes)][0] if len(direction) > len(self.axes) else sp.S.Zero
        for symbol, place, along in self.columns:
            value = place + moved * sp.Rational(1, 10**level) * along
            if moved != 0 and isinstance(self.chart.domain.ranges[symbol], UnitVectors):
                value = value / sp.sqrt(sum(x * x for x in value))
            near[symbol] = sp.ImmutableMatrix(value)
        for symbol, angle in self.chart.domain.angles.items():
            if symbol not in {a.symbol for a in self.axes}:
                near[symbol] = sp.acos((near[angle.x].T * near[angle.y])[0, 0])
        return near

    @property
    def place(self) -> Point:
        """The place itself, or what is nearest to it where it is not in the domain."""
        return self.point(self.directions[0], self.levels[-1])

    def coefficients(self, direction: Direction) -> NDArray[np.float64]:
        """The coefficients of a direction as numbers."""
        return np.array([float(c) for c, _ in direction])

    def turned(self, direction: Direction, coefficients: Any) -> Direction:
        """The direction with other coefficients, none beyond 1: the distance is that of the level."""
        coefficients = np.asarray(coefficients) / max(1.0, float(np.abs(coefficients).max()))
        return tuple((sp.Rational(float(c)), p) for c, (_, p) in zip(coefficients, direction, strict=True))

    @cached_property
    def steps(self) -> NDArray[np.float64]:
        """First steps along every coefficient."""
        return np.eye(len(self.directions[0])) * 0.3


def ways(statement: Reduced, context: Context) -> Iterator[Way]:
    """Ways to `sharp_at`, one for each of a few values of the other symbols; raises NoPoint if there are none."""
    domain, places = statement.domain, dict(statement.sharp_at or {})
    choices = size_choices(domain)
    sizes = dict(choices[min(1, len(choices) - 1)])
    sizes |= {s: int(sp.sympify(v)) for s, v in places.items() if s in sizes and sp.sympify(v).is_Integer}
    chart = Chart(domain, sizes)
    rng = context.rng("sharp")
    values = chart(rng.random((64, max(chart.dimension, 1))))
    rows = np.flatnonzero(chart.allowed(values))
    if not len(rows):
        raise NoPoint("no point of the domain was found near the place of equality")
    within = {s: sp.sympify(v) for s, v in places.items() if not is_matrix(s) and not sp.sympify(v).free_symbols}
    free = [s for s in (*chart.scalars, *domain.vectors) if s not in places]
    counted = any(isinstance(c, sp.Basic) and c.has(*COUNTED) for c in statement.content)
    for row in rows[: EVERY if free and not counted else 1]:
        point = exact(chart, values, int(row), digits=3)
        # a place of equality may depend on the other symbols, as w = √ε/2 does
        known = {s: v for s, v in point.items() if s not in places}
        numbers = {s: v for s, v in known.items() if not is_matrix(s)}
        matrices = {s: v for s, v in known.items() if is_matrix(s)}
        axes = [
            _axis(domain, s, sp.sympify(v).xreplace(within).xreplace(numbers))
            for s, v in places.items()
            if not is_matrix(s) and s not in sizes
        ]
        columns = [(s, _place(v, chart, matrices), _along(chart, s, rng)) for s, v in places.items() if is_matrix(s)]
        infinite = any(a.place.is_infinite for a in axes)
        levels = LEVELS if not infinite else COUNTED_LEVELS if counted else FAR_LEVELS
        yield Way(chart, point, tuple(axes), tuple(columns), levels, _directions(axes, bool(columns), counted, rng))


def _place(value: Any, chart: Chart, matrices: Point) -> Any:
    known = {e: v for symbol, m in matrices.items() for e, v in zip(entries(symbol, *m.shape), m, strict=True)}
    made = explicit(value, chart.sizes)
    if not isinstance(made, MatrixBase):
        made = made.subs(matrices).doit()
    return sp.Matrix(made).xreplace(known)


def _along(chart: Chart, symbol: Any, rng: np.random.Generator) -> Any:
    rows, cols = chart.shape(symbol)
    return sp.Matrix(rows, cols, lambda i, j: sp.Rational(int(rng.integers(-9, 10)), 7))


def _axis(domain: Any, symbol: Any, value: Any) -> Coordinate:
    """The sides from which a number may near its place in its range."""
    r = domain.interval(symbol)
    whole = bool(r.is_subset(sp.S.Integers))
    if value in (sp.oo, -sp.oo):
        return Coordinate(symbol, value, (1 if value == sp.oo else -1,), False, whole)
    if whole or isinstance(r, sp.FiniteSet):
        return Coordinate(symbol, value, (), True)
    signs = (1,) if value == r.inf else (-1,) if value == r.sup else (1, -1)
    return Coordinate(symbol, value, signs, r.contains(value) == True)  # noqa: E712


def _directions(axes: list[Coordinate], columns: bool, few: bool, rng: np.random.Generator) -> tuple[Direction, ...]:
    """The place itself, all alike, each alone from each side, and random directions and powers."""
    one, zero, n = sp.S.One, sp.S.Zero, len(axes) + columns
    inward = [sp.Integer(a.signs[0] if a.signs else 0) for a in axes] + [one] * columns
    found: list[list[tuple[Any, Any]]] = [[(zero, one)] * n, [(c, one) for c in inward]]
    for i in range(n if not few else 0):
        for sign in axes[i].signs if i < len(axes) else (1, -1):
            found.append([(sp.Integer(sign) if j == i else zero, one) for j in range(n)])
    if n > 1 and not few:
        for _ in range(RANDOM):
            found.append([(sp.Rational(int(c), 10), one) for c in rng.integers(-10, 11, n)])
            powers = rng.choice([1, 2, 3], n)
            signs = rng.choice([-1, 1], n)
            found.append([(sp.Integer(int(s)), sp.Rational(int(p), 2)) for s, p in zip(signs, powers, strict=True)])
    return tuple(dict.fromkeys(tuple(d) for d in found))
