"""Ranges of symbols: intervals, numbers and progressions of integers out of which they are made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

from checks.provers.algebra.choices import Choices, Dead
from checks.provers.algebra.quotients import NotAlgebraic

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
