"""Ranges of symbols: intervals, numbers and progressions of integers out of which they are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sympy as sp

from checks.provers.algebra.choices import Choices, Dead
from checks.provers.algebra.quotients import NotAlgebraic
from checks.provers.claims import Claim

LISTED = 8
"""The most elements of a finite range that are gone through one by one."""


def part_of(values: sp.Set, choices: Choices) -> sp.Set:
    """An interval, one number or a progression of integers out of a range; of a complement the whole of it.

    Args:
        values: The range.
        choices: What chooses among the parts of a union and the elements of a finite range.

    Raises:
        Dead: The range is empty.
        NotAlgebraic: It is no union of intervals, numbers and progressions.
    """
    if isinstance(values, sp.Union):
        return part_of(values.args[choices.among(len(values.args))], choices)
    if isinstance(values, sp.FiniteSet) or (isinstance(values, sp.Range) and bool(values.size <= LISTED)):
        elements = sorted(values)
        return sp.FiniteSet(elements[choices.among(len(elements))])
    if isinstance(values, sp.Complement) and isinstance(values.args[1], sp.FiniteSet):
        return part_of(values.args[0], choices)
    if values.is_empty:
        raise Dead
    if values.is_Interval or isinstance(values, sp.Range):
        return values
    if values.is_subset(sp.S.Integers):
        return sp.Interval(values.inf, values.sup)
    raise NotAlgebraic(f"the range {values} is no union of intervals")


def ends_of(values: sp.Set) -> Iterator[Any]:
    """The numbers at which a range ends."""
    for part in values.args if isinstance(values, sp.Union) else (values,):
        if isinstance(part, sp.FiniteSet):
            yield from part
        elif isinstance(part, sp.Complement):
            yield from (e for one in part.args for e in ends_of(one))
        else:
            yield from (part.inf, part.sup)


def split(claim: Claim, at: Mapping[Any, Any] | None) -> list[Claim]:
    """The claim for the integers up to a point between two, and for those from there on; nothing where there is none.

    Args:
        claim: What is claimed.
        at: A point at which an integer of the claim has another value.
    """
    for symbol, values in claim.ranges.items() if at else ():
        value = at[symbol] if at else None
        if value is not None and not value.is_integer and values.is_subset(sp.S.Integers):
            low, high = values.inf, values.sup
            if getattr(values, "step", 1) != 1 or not values.is_iterable or isinstance(values, sp.FiniteSet):
                return []
            below = sp.floor(value)
            halves = (sp.Range(low, below + 1), sp.Range(below + 1, high + 1))
            return [Claim(claim.f, {**claim.ranges, symbol: half}, claim.conditions) for half in halves if half]
    return []
