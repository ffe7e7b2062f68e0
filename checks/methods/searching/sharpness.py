"""The constant that a point requires, also along paths to a point where a bound is claimed to be sharp."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp
from mpmath import mp

from checks.context import Context
from checks.methods.searching.approach import OTHERS, Way, ways
from checks.methods.searching.exactly import DIGITS, exactly
from checks.methods.searching.reduced import Reduced
from checks.verdicts import Evidence, Verdict
from derivations.outcomes.reasons import Reason
from derivations.vectors import is_matrix
from numerics.values.points import Point, satisfies
from numerics.values.quadrature import NO_NUMBER

STEADY = 1e-12
"""How far, relatively, twice the digits may move the constant that a point requires."""
STILL = 0.999
"""A gap that shrinks by less than this factor on the way to the place has converged."""
SHARP = 1e-12
"""How near to equality, relatively, a bound must come where it is claimed to be sharp."""
APART = 1e-3
"""The least distance of the best constant found from the stated one, if the gap depends on further symbols."""
OPEN = "but that depends on symbols without a value in sharp_at: give their values too"
TRIES = 150
"""Evaluations in which a direction is improved."""


def asked(base: Any, slope: Any, point: Point, digits: int = DIGITS) -> Any:
    """The constant that a point requires; None if there is none, or if it is only rounding."""
    found = _asked(base, slope, point, digits)
    return None if found is None else found[0]


def _asked(base: Any, slope: Any, point: Point, digits: int) -> tuple[Any, Any] | None:
    """The constant that a point requires and its factor there; None if one of the two is only rounding."""
    seen = []
    for precision in (digits, 2 * digits):
        with mp.workdps(precision):
            try:
                factor = exactly(slope, point)
                seen.append((-exactly(base, point) / factor, factor))
            except ZeroDivisionError:
                return None
    # of 0/0, rounding may make 0 or any other number: the factor must be stable as well
    (first, second) = seen
    steady = all(
        mp.isfinite(a) and mp.isfinite(b) and abs(a - b) <= STEADY * abs(b) for a, b in zip(first, second, strict=True)
    )
    return second if steady else None


@dataclass(frozen=True)
class Near:
    """The constants that a bound requires along paths to `sharp_at`.

    `constants` is the nearest to the stated one at each distance, the closest distance last; `varies` says whether it
    depends on symbols that `sharp_at` leaves open; at the points `beyond` a larger constant is asked for than stated.
    `some` says that the stated one is reached for some values of those symbols, and not for others.
    """

    constants: tuple[Any, ...]
    varies: bool = False
    beyond: tuple[Point, ...] = ()
    some: bool = False


def constants_near(statement: Reduced, base: Any, slope: Any, context: Context) -> Near | None:
    """The constants that the bound forces on the way to `sharp_at`; None if nothing is claimed, or of no number."""
    stated = statement.value if statement.constant is not None else sp.S.One
    if statement.sharp_at is None or not stated.is_number:
        return None
    if statement.constant is None and (base == 0 or slope == 0):
        # no factor in front of 0 is better than another: test equality itself, as 1 − (rhs − lhs)
        base, slope = base + slope - 1, sp.S.One
    goal = mp.mpf(str(sp.N(stated, 2 * DIGITS)))
    scale = abs(goal) or mp.mpf(1)
    beyond: list[Point] = []

    def gap_at(point: Point) -> tuple[Any, Any] | None:
        try:
            if not satisfies(statement.domain, point):
                return None
            found = _asked(base, slope, point, 2 * DIGITS)
        except NO_NUMBER:
            return None
        if found is None:
            return None
        gap = (goal - found[0]) * mp.sign(found[1]) / scale
        if gap < -SHARP:
            beyond.append(point)
        return abs(gap), found[0]

    every = list(ways(statement, context))
    told = [history for way in every[:OTHERS] if (history := _history(way, gap_at))]
    if not told:
        return Near((), beyond=tuple(beyond))
    best = min(told, key=lambda h: h[-1][0])
    varies = any(abs(h[-1][0] - best[-1][0]) > SHARP * (1 + best[-1][0]) for h in told)
    if best[-1][0] <= SHARP:
        # a place that leaves symbols open is one of equality only if it is for all of their values; where both sides
        # are 0 there, no constant is asked for
        seen = [gap for way in every if (gap := gap_at(way.place)) is not None]
        gap, constant = max(seen, key=lambda g: g[0], default=best[-1])
        if gap > APART:
            return Near((constant,), varies, tuple(beyond), some=True)
    return Near(tuple(constant for _, constant in best), varies, tuple(beyond))


def _history(way: Way, gap_at: Callable[[Point], tuple[Any, Any] | None]) -> list[tuple[Any, Any]]:
    """The smallest gap and its constant at each distance that has one, up to the first that is closed."""
    found: list[tuple[Any, Any]] = []
    for level in way.levels:
        seen = [(*gap, d) for d in way.directions if (gap := gap_at(way.point(d, level))) is not None]
        if not seen:
            continue
        gap, constant, direction = min(seen, key=lambda s: s[0])
        if gap > SHARP and way.turns:
            gap, constant = _turned(way, direction, level, gap_at, (gap, constant))
        found.append((gap, constant))
    return found


def _turned(way: Way, direction: Any, level: int, gap_at: Any, best: tuple[Any, Any]) -> tuple[Any, Any]:
    """The smallest gap over the directions around one of them, at the same distance."""
    from scipy.optimize import minimize

    def objective(coefficients: Any) -> float:
        nonlocal best
        found = gap_at(way.point(way.turned(direction, coefficients), level))
        if found is not None and found[0] < best[0]:
            best = found
        return float(found[0]) if found is not None else float("inf")

    start = way.coefficients(direction)
    simplex = [start, *(start + step for step in way.steps)]
    minimize(
        objective,
        start,
        method="Nelder-Mead",
        options={"maxfev": TRIES, "initial_simplex": simplex, "xatol": 1e-6, "fatol": SHARP / 10},
    )
    return best


def not_sharp(
    statement: Reduced, near: Near, gaps: Sequence[float], stated: Any, met: Any, data: dict[str, Any]
) -> Evidence:
    """Equality that is claimed and not found: refuted by another value, undecided if there is none or it varies.

    `met` is the best constant that was found anywhere, or None.
    """
    places = (statement.sharp_at or {}).items()
    place = ", ".join(f"{s} = {v}" for s, v in places)
    if not gaps:
        said = f"said to be sharp at {place}, where the sides have no values"
        return Evidence("search", Verdict.UNDECIDED, said, reason=Reason.NO_VALUE)
    gap = gaps[-1]
    detail = f"said to be sharp at {place}, where the best constant is {mp.nstr(near.constants[-1], 10)}"
    detail += f", not {sp.N(stated, 10)}"
    value = mp.mpf(str(sp.N(stated, 2 * DIGITS)))
    if near.beyond:
        why: str = "but more than that is asked for near it"
    elif near.some:
        why = OPEN
    elif len(gaps) > 1 and gap < STILL * gaps[-2]:
        why = "but nearing it"
    elif len(gaps) == 1 and not all(is_matrix(s) for s, _ in places):
        why = "as seen at one distance only"
    elif near.varies and (met is None or abs(met - value) <= APART * (abs(value) or 1)):
        why = OPEN
    else:
        return Evidence("search", Verdict.REFUTED, detail, residual=gap, tolerance=SHARP, witness=place, data=data)
    said = f"{detail}, {why}"
    return Evidence("search", Verdict.UNDECIDED, said, gap, SHARP, reason=Reason.NOT_ATTAINED)
