"""Whether the sides of a bound are real on its domain: where one is not, the inequality is neither true nor false."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.context import Context
from checks.methods.searching.exactly import not_real
from checks.methods.searching.reduced import Reduced
from checks.methods.searching.witness import shrink
from checks.verdicts import Evidence, Verdict
from derivations.outcomes.reasons import Reason
from derivations.statements import Bound
from numerics.values.evaluate import evaluate
from numerics.values.points import Chart, NoPoint, Point, exact, size_choices
from numerics.values.quadrature import NO_NUMBER
from numerics.witnesses import at_point

Array = NDArray[np.float64]

LOOKED_AT = 8
"""So many of the points at which floats have no value are looked at exactly."""
FEW = 256
"""Random points that a method looks at which looks at no others."""


def checked(statement: Bound, found: Evidence, context: Context) -> Evidence:
    """What a method proved of a bound, or that it is no claim where a side is not real at some point of the domain."""
    if found.verdict is not Verdict.VERIFIED:
        return found
    try:
        for sizes in size_choices(statement.domain, limit=2):
            chart = Chart(statement.domain, sizes)
            cube = context.rng("reality").random((FEW, max(chart.dimension, 1)))
            unreal = without_real_value(found.method, statement, chart, cube)
            if unreal is not None:
                return unreal
    except (*NO_NUMBER, NoPoint):
        return found  # what floats cannot read, or no random point meets, is looked at by the methods that can
    return found


def without_real_value(method: str, statement: Bound | Reduced, chart: Chart, cube: Array) -> Evidence | None:
    """What is said of a point of a chart at which a side is not real; None where none was found among these.

    Floats say NaN for it, and for much else: of those points some are looked at exactly.
    """
    values = chart(cube)
    nan = np.isnan(floats(statement.lower, values)) | np.isnan(floats(statement.upper, values))
    rows = np.flatnonzero(nan & chart.allowed(values))
    for point in _some(chart, values, rows):
        if not_real(statement, point) is None:
            continue
        small = shrink(chart, point, lambda p: not_real(statement, p) is not None)
        at = at_point(small, lambda p: not_real(statement, p) is not None)
        said = f"{not_real(statement, small)} is not real at {at}: give a domain on which both sides are real"
        return Evidence(method, Verdict.UNDECIDED, said, at=at, reason=Reason.NO_REAL_VALUE)
    return None


def _some(chart: Chart, values: Point, rows: NDArray[np.intp]) -> Iterator[Point]:
    chosen = np.linspace(0, len(rows) - 1, min(LOOKED_AT, len(rows))).astype(int)
    yield from (exact(chart, values, int(row)) for row in rows[chosen])


def floats(expr: Any, values: Point) -> Array:
    """The values of an expression at a batch of points in float64, NaN where it has none."""
    count = next((len(v) for v in values.values()), 1)
    with np.errstate(all="ignore"):
        return np.broadcast_to(np.asarray(evaluate(expr, values), dtype=float), (count,))
