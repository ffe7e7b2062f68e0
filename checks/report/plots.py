"""Plots where they say more than numbers, as SVG in the page's own colours: sides of a bound, points of a rate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from derivations.statements import Bound, Rate, Statement
from derivations.text import text

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460.0, 280.0, 58.0, 12.0, 12.0, 40.0
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
class Axis:
    """The range of an axis and the marks on it; on a logarithmic one the range is that of the logarithms."""

    low: float
    high: float
    log: bool
    marks: tuple[tuple[float, str], ...]

    def at(self, x: float) -> float:
        """Where a value is, from 0 to 1."""
        return ((math.log10(x) if self.log else x) - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Plot:
    """A drawn plot with its caption, and the words that say the same."""

    svg: Markup
    caption: str
    series: tuple[Series, ...]


def plots_of(statement: Statement, data: Iterable[Mapping[str, Any]]) -> list[Plot]:
    """The plots of a statement: both sides and the gap of a bound in one variable, the measured points of a rate."""
    if isinstance(statement, Bound):
        return _bound(statement)
    if isinstance(statement, Rate):
        return [plot for each in data if (plot := _rate(statement, each)) is not None]
    return []


def _bound(statement: Bound) -> list[Plot]:
    import numpy as np

    from checks.methods.search import reduced
    from derivations.forms import NotReducible
    from derivations.polar import NoClosedForm
    from numerics.evaluate import EvaluationError, evaluate

    try:
        bound = reduced(statement)
        sides = (bound.lower, bound.upper)
        symbols = set().union(*(side.free_symbols for side in sides))
        if len(symbols) != 1 or (symbol := symbols.pop()).is_Matrix:
            return []
        window = _window(bound.domain.interval(symbol))
        if window is None:
            return []
        xs, whole = window
        with np.errstate(all="ignore"):
            left, right = (np.broadcast_to(evaluate(side, {symbol: np.array(xs)}), len(xs)) for side in sides)
    except (EvaluationError, NotReducible, NoClosedForm, ArithmeticError, ValueError, TypeError):
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
    return [
        Plot(
            _drawn(shown, name, f"Both sides over {where}.", meeting, log_y=far and _spread(shown)),
            "Both sides",
            shown,
        ),
        Plot(
            _drawn(
                (gap,),
                name,
                f"The right side minus the left side over {where}: at least {least}.",
                meeting,
                zero=True,
                log_y=far and _spread((gap,)),
            ),
            "The gap between them" + (f"; they meet at {name} = {text(at)}" if meeting is not None else ""),
            (gap,),
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
    drawn = _drawn(series, variable, words, None, log_x=power, log_y=True)
    return Plot(drawn, f"{text(statement.quantity)} as it was measured, and the claimed law", series)


def _pairs(xs: Any, ys: Any) -> list[tuple[float, float]]:
    if not (isinstance(xs, list) and isinstance(ys, list) and len(xs) == len(ys)):
        return []
    return [
        (float(x), float(y))
        for x, y in zip(xs, ys, strict=True)
        if isinstance(x, int | float) and isinstance(y, int | float) and math.isfinite(x) and math.isfinite(y)
    ]


def _drawn(
    series: Sequence[Series],
    name: str,
    words: str,
    meeting: float | None,
    *,
    zero: bool = False,
    log_x: bool = False,
    log_y: bool = False,
) -> Markup:
    """The SVG of series over one variable; `meeting` is marked by a line."""
    xs = [x for s in series for x, _ in s.points]
    ys = [y for s in series for _, y in s.points]
    zero = zero and not log_y
    across, up = _axis(min(xs), max(xs), log_x), _axis(min([*ys, 0.0] if zero else ys), max(ys), log_y)
    room = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM)

    def x_of(x: float) -> str:
        return f"{LEFT + room[0] * across.at(x):.1f}"

    def y_of(y: float) -> str:
        return f"{TOP + room[1] * (1 - up.at(y)):.1f}"

    parts = [Markup("<title>{}</title>").format(words)]
    base, edge = f"{HEIGHT - BOTTOM:g}", f"{WIDTH - RIGHT:g}"
    for value, mark in across.marks:
        parts.append(_line("grid", x_of(value), f"{TOP:g}", x_of(value), base))
        parts.append(_text(x_of(value), f"{HEIGHT - BOTTOM + 17:g}", mark, "middle"))
    for value, mark in up.marks:
        parts.append(_line("grid", f"{LEFT:g}", y_of(value), edge, y_of(value)))
        parts.append(_text(f"{LEFT - 7:g}", f"{float(y_of(value)) + 4:.1f}", mark, "end"))
    if zero:
        parts.append(_line("zero", f"{LEFT:g}", y_of(0.0), edge, y_of(0.0)))
    if meeting is not None and min(xs) - 1e-3 <= meeting <= max(xs) + 1e-3:
        parts.append(_line("meeting", x_of(meeting), f"{TOP:g}", x_of(meeting), base))
    parts.append(_text(f"{LEFT + room[0] / 2:g}", f"{HEIGHT - 6:g}", name, "middle"))
    for s in series:
        if s.dots:
            dots = (Markup('<circle cx="{}" cy="{}" r="2.6"/>').format(x_of(x), y_of(y)) for x, y in s.points)
            parts.append(Markup('<g class="dots {}">{}</g>').format(s.style, Markup("").join(dots)))
        else:
            path = "M" + "L".join(f"{x_of(x)} {y_of(y)}" for x, y in s.points)
            parts.append(Markup('<path class="curve {}" d="{}"/>').format(s.style, path))
    return Markup('<svg class="plot" role="img" viewBox="0 0 {:g} {:g}">{}</svg>').format(
        WIDTH, HEIGHT, Markup("").join(parts)
    )


def _line(style: str, *ends: str) -> Markup:
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(style, *ends)


def _text(x: str, y: str, words: str, anchor: str) -> Markup:
    return Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(x, y, anchor, words)


def _axis(low: float, high: float, log: bool) -> Axis:
    """An axis with about five marks: at 1, 2 or 5 times a power of ten, or at powers of ten."""
    if log:
        a, b = math.log10(low), math.log10(high)
        a, b = (a - 0.5, b + 0.5) if b - a < 1e-9 else (a - (b - a) * 0.04, b + (b - a) * 0.04)
        every = max(1, math.ceil((b - a) / 6))
        powers = range(math.ceil(a), math.floor(b) + 1, every)
        marks = [(10.0**n, _power(n)) for n in powers]
        if len(marks) < 2:
            values = [m * 10.0**n for n in range(math.floor(a), math.ceil(b) + 1) for m in (1, 2, 3, 5)]
            marks = [(v, f"{v:g}") for v in values if a <= math.log10(v) <= b]
        return Axis(a, b, True, tuple(marks) if len(marks) > 1 else _marks(10.0**a, 10.0**b))
    if high - low < 1e-12 * max(abs(low), abs(high), 1e-300):
        low, high = low - max(abs(low), 1.0) / 2, high + max(abs(high), 1.0) / 2
    margin = (high - low) * 0.04
    return Axis(low - margin, high + margin, False, _marks(low - margin, high + margin))


def _marks(low: float, high: float) -> tuple[tuple[float, str], ...]:
    """About five round numbers in a range."""
    raw = (high - low) / 5
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(unit * m for m in (1, 2, 5, 10, 20) if unit * m >= raw)
    first, last = math.ceil(low / step), math.floor(high / step)
    return tuple((n * step, f"{n * step:.6g}".replace("-", "−")) for n in range(first, last + 1))


def _power(n: int) -> str:
    if -3 <= n <= 4:
        return f"{10.0**n:g}"
    return "10" + str(n).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
