"""Where two expressions are compared: the statement's domain, its points, and which symbols are free."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
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
class Ground:
    """The domain on which expressions are compared, and a label for its random points."""

    domain: Domain
    label: str

    @cached_property
    def free(self) -> Ground:
        """The same symbols without what the domain says of them, so that equations of the domain do not hold."""
        return Ground(Domain({s: default_range(s) for s in self.domain.ranges}), self.label)

    def with_symbols(self, *exprs: Any) -> Domain:
        symbols = {s for e in exprs for s in e.free_symbols}
        return make_domain(dict(self.domain.ranges), tuple(self.domain.where), symbols)

    def points(self, *exprs: Any, count: int = POINTS) -> Iterator[tuple[Chart, Point]]:
        """Exact points of the domain for all symbols of the expressions."""
        tame = any(e.has(*OPAQUE) for e in exprs)
        yield from exact_points(self.with_symbols(*exprs), count, Context(0, "cpu", self.label).rng("compare"), tame)
