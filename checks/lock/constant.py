"""The constant of a statement, as a lock and a diff have it: name, what is printed and stated, and an enclosure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from checks.verdicts import Result, Verdict
from derivations.statements import Bound, Constant, Probability, Rate, Statement

DIGITS = 7
"""Significant digits of an end of an enclosure, rounded outward."""
HOW = ("attained", "met", "enclosed", "measured")


@dataclass(frozen=True)
class Known:
    """A constant with ends; `how` says what they are.

    "attained": the bound is verified and sharp, both ends are its constant; "met": from the best constant that search
    met to the stated one; "enclosed": a number's decimal ends; "measured": a confidence interval.
    """

    name: str
    stated: str
    printed: str = ""
    how: str = ""
    low: float = math.nan
    high: float = math.nan

    @classmethod
    def read(cls, data: Any) -> Known:
        """The constant of a lock; raises ValueError, TypeError or KeyError for another thing."""
        how = next((h for h in HOW if h in data), "")
        low, high = map(float, data[how]) if how else (math.nan, math.nan)
        return cls(str(data["name"]), str(data["stated"]), str(data.get("printed", "")), how, low, high)

    @staticmethod
    def differences(was: Known | None, now: Known | None) -> list[tuple[str, str, str, bool]]:
        """What, before, after, and whether it fails a check."""
        if was is None or now is None:
            a, b = ("none" if k is None else k.stated for k in (was, now))
            return [] if was is now else [("constant", a, b, True)]
        found: list[tuple[str, str, str, bool]] = []
        for what, a, b in (("constant", was.stated, now.stated), ("printed constant", was.printed, now.printed)):
            if a != b:
                found.append((what, a or "none", b or "none", True))
        if not found and was.apart(now):
            found.append(("constant", f"{was.how} {was.ends}".strip(), f"{now.how} {now.ends}".strip(), True))
        return found

    def apart(self, other: Known) -> bool:
        """Whether the ends contradict those of another time: of another kind, or disjoint.

        What search met with one seed and not with another contradicts nothing.
        """
        if {self.how, other.how} == {"met", ""}:
            return False
        return self.how != other.how or self.high < other.low or other.high < self.low

    @property
    def ends(self) -> str:
        """The enclosure in words."""
        return f"[{self.low:.{DIGITS}g}, {self.high:.{DIGITS}g}]" if self.how else "not known"


def known_constant(statement: Statement, result: Result) -> Known | None:
    """The constant of a bound, a constant, a rate or a probability with what its evidence says; None for others."""
    match statement:
        case Bound():
            return _of_bound(statement, result)
        case Constant():
            low, high = statement.enclosure or (statement.value, statement.value)
            stated = str(statement.value) if statement.value is not None else f"[{low}, {high}]"
            if not (low.is_number and low.is_real and high.is_real):
                return Known("value", stated)
            return Known("value", stated, "", "enclosed", _down(low), _up(high))
        case Rate():
            return _measured("exponent", str(statement.exponent), result)
        case Probability():
            return _measured("chance", str(statement.limit), result)
    return None


def _of_bound(statement: Bound, result: Result) -> Known:
    name = str(statement.constant) if statement.constant is not None else "factor"
    stated = str(statement.value) if statement.value is not None else "1"
    printed = str(statement.printed) if statement.printed is not None else ""
    data = next((e.data for e in result.evidence if e.data.get("sharpest") is not None), None)
    if data is None:
        return Known(name, stated, printed)
    best, value = float(data["sharpest"]), float(data["stated_value"])
    low, high = (value, value) if data.get("sharp") else sorted((best, value))
    if not (math.isfinite(low) and math.isfinite(high)):
        return Known(name, stated, printed)
    # attainment alone shows that no better constant can hold, not that this one does
    attained = data.get("sharp") and result.verdict is Verdict.VERIFIED
    return Known(name, stated, printed, "attained" if attained else "met", _down(low), _up(high))


def _measured(name: str, stated: str, result: Result) -> Known:
    for e in result.evidence:
        if e.verdict is Verdict.VERIFIED and {"low", "high"} <= e.data.keys():
            return Known(name, stated, "", "measured", _down(e.data["low"]), _up(e.data["high"]))
    return Known(name, stated)


def _down(x: Any) -> float:
    return -_up(-x)


def _up(x: Any) -> float:
    """The least decimal of DIGITS digits that is not below a number."""
    from decimal import ROUND_CEILING, Context, Decimal

    if isinstance(x, float):
        exact = Decimal(x)
    else:
        from sympy import N

        exact = Decimal(str(N(x, 40)))
    return float(exact.normalize(Context(prec=DIGITS, rounding=ROUND_CEILING))) + 0.0
