"""Where two expressions are compared: the statement's domain, its points, and which symbols are free."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count as counted
from typing import Any

import sympy as sp

from checks.context import Context
from derivations.domains import Domain, default_range, make_domain
from derivations.extrema import Extremum
from derivations.gaussian import Expectation
from derivations.quantities import MeasuredQuantity
from numerics.values.points import Chart, Point, exact_points

POINTS, POINTS_BY_DEFINITION = 12, 3
POINTS_WITH_KINKS = 120
"""What differs only where the sign of something changes is seen at few points."""
OPAQUE = (Expectation, sp.Integral, Extremum, sp.Derivative, sp.Sum, MeasuredQuantity)
"""What is evaluated by its definition, or not at all."""


@dataclass(frozen=True)
class _Made:
    """Points that were made so far, and those that are still to come."""

    rest: Iterator[tuple[Chart, Point]]
    found: list[tuple[Chart, Point]] = field(default_factory=list)


@dataclass(frozen=True)
class Ground:
    """The domain on which expressions are compared, and a label for its random points."""

    domain: Domain
    label: str

    @cached_property
    def free(self) -> Ground:
        """The same symbols without what the domain says of them, so that equations of the domain do not hold."""
        return Ground(Domain({s: default_range(s) for s in self.domain.ranges}), self.label)

    @cached_property
    def _made(self) -> dict[Any, _Made]:
        return {}

    def with_symbols(self, *exprs: Any) -> Domain:
        symbols = {s for e in exprs for s in e.free_symbols}
        return make_domain(dict(self.domain.ranges), tuple(self.domain.where), symbols)

    def points(self, *exprs: Any, count: int = POINTS) -> Iterator[tuple[Chart, Point]]:
        """Exact points of the domain for all symbols of the expressions, each made once."""
        tame = any(e.has(*OPAQUE) for e in exprs)
        key = (frozenset(s for e in exprs for s in e.free_symbols), count, tame)
        if key not in self._made:
            rng = Context(0, "cpu", self.label).rng("compare")
            self._made[key] = _Made(exact_points(self.with_symbols(*exprs), count, rng, tame))
        made = self._made[key]
        for number in counted():
            if number == len(made.found):
                try:
                    made.found.append(next(made.rest))
                except StopIteration:
                    return
                except BaseException:  # a generator that raised would end the next time
                    self._made.pop(key, None)
                    raise
            chart, point = made.found[number]
            yield chart, dict(point)
