"""A bound's two sides at one exact point, to many digits: whether it fails there, and whether they are real at all."""

from __future__ import annotations

from typing import Any

from mpmath import mp

from checks.methods.searching.reduced import Reduced
from derivations.statements import Bound
from numerics.values.evaluate import evaluate
from numerics.values.points import Point, satisfies

DIGITS = 50


def as_real(value: Any) -> Any:
    """The value as a real number; None where its imaginary part is beyond rounding."""
    if not isinstance(value, mp.mpc):
        return value
    rounding = mp.mpf(10) ** (-DIGITS // 2) * max(abs(value), 1)
    return value.real if abs(value.imag) <= rounding else None


def exactly(expr: Any, point: Point) -> Any:
    """The value of a side at the digits in force, NaN where it is not real."""
    found = as_real(evaluate(expr, point, "mpmath"))
    return mp.nan if found is None else found


def violates(statement: Bound | Reduced, point: Point) -> bool:
    """Whether lower > upper at an exact point of the domain, beyond rounding and still so at twice the digits."""
    if not satisfies(statement.domain, point):
        return False
    gaps = []
    for digits in (DIGITS, 2 * DIGITS):
        with mp.workdps(digits):
            try:
                a, b = exactly(statement.lower, point), exactly(statement.upper, point)
            except ZeroDivisionError:
                return False
            gaps.append(a - b)
            if not a - b > mp.mpf(10) ** (15 - DIGITS) * max(abs(a), abs(b), mp.mpf(10) ** -20):
                return False
    return bool(gaps[1] > gaps[0] / 2)


def not_real(statement: Bound | Reduced, point: Point) -> Any | None:
    """The first side that is no real number at an exact point of the domain; None where both are, or have no value."""
    if not satisfies(statement.domain, point):
        return None
    with mp.workdps(DIGITS):
        for side in (statement.lower, statement.upper):
            try:
                if as_real(evaluate(side, point, "mpmath")) is None:
                    return side
            except ZeroDivisionError:
                continue
    return None
