"""Plots as SVG in the page's own colours."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from checks.studies.curves import Plot, Series

MANY = 100
"""With more points than this, each is drawn small."""
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460.0, 280.0, 58.0, 12.0, 12.0, 40.0


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
class Drawn:
    """A drawn plot with its caption and what is in it."""

    svg: Markup
    caption: str
    series: tuple[Series, ...]


def drawn(plot: Plot) -> Drawn:
    """The plot as SVG; where the sides meet there is a line."""
    series, meeting, zero = plot.series, plot.meeting, plot.zero
    xs = [x for s in series for x, _ in s.points]
    ys = [y for s in series for _, y in s.points]
    across, up = _axis(min(xs), max(xs), plot.log_x), _axis(min([*ys, 0.0] if zero else ys), max(ys), plot.log_y)
    room = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM)

    def x_of(x: float) -> str:
        return f"{LEFT + room[0] * across.at(x):.1f}"

    def y_of(y: float) -> str:
        return f"{TOP + room[1] * (1 - up.at(y)):.1f}"

    parts = [Markup("<title>{}</title>").format(plot.words)]
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
    parts.append(_text(f"{LEFT + room[0] / 2:g}", f"{HEIGHT - 6:g}", plot.variable, "middle"))
    for s in series:
        if s.dots:
            size = "2.6" if len(s.points) <= MANY else "1.7"
            circle = Markup('<circle cx="{}" cy="{}" r="{}"/>')
            dots = (circle.format(x_of(x), y_of(y), size) for x, y in s.points)
            parts.append(Markup('<g class="dots {}">{}</g>').format(s.style, Markup("").join(dots)))
        else:
            path = "M" + "L".join(f"{x_of(x)} {y_of(y)}" for x, y in s.points)
            parts.append(Markup('<path class="curve {}" d="{}"/>').format(s.style, path))
    svg = Markup('<svg class="plot" role="img" viewBox="0 0 {:g} {:g}">{}</svg>')
    return Drawn(svg.format(WIDTH, HEIGHT, Markup("").join(parts)), plot.caption, series)


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
