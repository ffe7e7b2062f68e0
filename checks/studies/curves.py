"""What there is to plot of a statement, as data: both sides of a bound in one variable, the points of a rate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from derivations.statements import Bound, Rate, Statement
from derivations.writing.text import text

POINTS = 241
SPAN = 8.0
"""How far a half-line is drawn."""
WHOLE = 40
"""Up to which whole number a sequence is drawn."""
DECADES = 1e3
"""Positive values that differ by more than this are drawn on a logarithmic scale."""


@dataclass(frozen=True)
class Series:
    """Points with a name; `style` is a class of the style sheet, and `dots` says that they are not joined."""

    name: str
    points: tuple[tuple[float, float], ...]
    style: str
    dots: bool = False


@dataclass(frozen=True)
class Plot:
    """Series over one variable, whose name is given; `words` say what is to be seen.

    `meeting` is where the two sides of a bound meet, if that is known; `zero` says that the line at 0 matters.
    """

    series: tuple[Series, ...]
    variable: str
    caption: str
    words: str
    meeting: float | None = None
    zero: bool = False
    log_x: bool = False
    log_y: bool = False


def plots_of(statement: Statement, data: Iterable[Mapping[str, Any]]) -> list[Plot]:
    """The plots of a statement: both sides and the gap of a bound in one variable, the measured points of a rate."""
    if isinstance(statement, Bound):
        return _bound(statement)
    if isinstance(statement, Rate):
        return [plot for each in data if (plot := _rate(statement, each)) is not None]
    return []


def _bound(statement: Bound) -> list[Plot]:
    import numpy as np

    from checks.methods.searching.reduced import reduced
    from derivations.outcomes.reasons import Stopped
    from derivations.proofs.foreign import foreign_errors
    from numerics.values.evaluate import evaluate

    try:
        with foreign_errors():
            bound = reduced(statement)
        sides = (bound.lower, bound.upper)
        symbols = set().union(*(side.free_symbols for side in sides))
        if len(symbols) != 1 or (symbol := symbols.pop()).is_Matrix:
            return []
        window = _window(bound.domain.interval(symbol))
        if window is None:
            return []
        xs, whole = window
        with np.errstate(all="ignore"), foreign_errors():
            left, right = (np.broadcast_to(evaluate(side, {symbol: np.array(xs)}), len(xs)) for side in sides)
    except (Stopped, ArithmeticError):
        return []
    name = text(symbol)
    shown = (
        Series("left side", _finite(xs, left), "one", whole),
        Series("right side", _finite(xs, right), "two", whole),
    )
    domain = bound.domain.interval(symbol)
    far = not (domain.inf.is_finite and domain.sup.is_finite)  # there sides may fall off by orders of magnitude
    gap = Series("right side − left side", _finite(xs, right - left), "gap", whole)
    if not all(s.points for s in (*shown, gap)):
        return []
    at = (statement.sharp_at or {}).get(symbol)
    meeting = float(at) if at is not None and getattr(at, "is_number", False) and at.is_finite else None
    where = f"{name} from {xs[0]:.4g} to {xs[-1]:.4g}"
    low = min(y for _, y in gap.points)
    least = f"{max(low, 0.0) if low > -1e-12 else low:.3g}"
    both = f"Both sides over {where}."
    between = f"The right side minus the left side over {where}: at least {least}."
    caption = "The gap between them" + (f"; they meet at {name} = {text(at)}" if meeting is not None else "")
    return [
        Plot(shown, name, "Both sides", both, meeting, log_y=far and _spread(shown)),
        Plot(
            (gap,), name, caption, between, meeting, zero=not (far and _spread((gap,))), log_y=far and _spread((gap,))
        ),
    ]


def _spread(series: Sequence[Series]) -> bool:
    ys = [y for s in series for _, y in s.points]
    return min(ys) > 0 and max(ys) / min(ys) > DECADES


def _window(values: Any) -> tuple[list[float], bool] | None:
    """The points of a range at which it is drawn, and whether they are whole numbers only."""
    from sympy import Interval, Range, S

    if values == S.Naturals or values == S.Naturals0:
        return [float(n) for n in range(int(values.inf), WHOLE + 1)], True
    if isinstance(values, Range) and values.size.is_finite:
        return [float(n) for n in list(values)[:WHOLE]], True
    if not isinstance(values, Interval):
        return None
    low, high = values.start, values.end
    if low.is_finite and high.is_finite:
        a, b = float(low), float(high)
    elif low.is_finite:
        a, b = float(low), float(low) + SPAN
    elif high.is_finite:
        a, b = float(high) - SPAN, float(high)
    else:
        a, b = -SPAN / 2, SPAN / 2
    # open ends are not drawn
    return [a + (b - a) * min(max(n / (POINTS - 1), 1e-6), 1 - 1e-6) for n in range(POINTS)], False


def _finite(xs: Sequence[float], ys: Iterable[Any]) -> tuple[tuple[float, float], ...]:
    return tuple((x, float(y)) for x, y in zip(xs, ys, strict=True) if math.isfinite(y))


def _rate(statement: Rate, data: Mapping[str, Any]) -> Plot | None:
    """The measured points with the claimed law through their middle; None for data that are no points."""
    try:
        return _law(statement, _pairs(data.get("variable"), data.get("quantity")))
    except OverflowError:
        return None


def _law(statement: Rate, pairs: list[tuple[float, float]]) -> Plot | None:
    power = statement.law == "power"
    pairs = [(x, y) for x, y in pairs if y > 0 and (x > 0 or not power)]
    if len({x for x, _ in pairs}) < 2:
        return None
    exponent = float(statement.exponent)
    across = [math.log(x) if power else x for x, _ in pairs]
    middle, height = sum(across) / len(across), sum(math.log(y) for _, y in pairs) / len(pairs)
    ends = (min(x for x, _ in pairs), max(x for x, _ in pairs))
    law = tuple((x, math.exp(height + exponent * ((math.log(x) if power else x) - middle))) for x in ends)
    variable, power_of = text(statement.variable), text(statement.exponent)
    name = f"{variable}^({power_of})" if power else f"exp({power_of}·{variable})"
    series = (Series("measured", tuple(pairs), "one", dots=True), Series(name, law, "two"))
    words = f"{len(pairs)} measured points over {variable} from {ends[0]:.4g} to {ends[1]:.4g}, with {name}."
    caption = f"{text(statement.quantity)} as it was measured, and the claimed law"
    return Plot(series, variable, caption, words, log_x=power, log_y=True)


def _pairs(xs: Any, ys: Any) -> list[tuple[float, float]]:
    if not (isinstance(xs, list) and isinstance(ys, list) and len(xs) == len(ys)):
        return []
    return [
        (float(x), float(y))
        for x, y in zip(xs, ys, strict=True)
        if isinstance(x, int | float) and isinstance(y, int | float) and math.isfinite(x) and math.isfinite(y)
    ]
