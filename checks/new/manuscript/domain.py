"""The part of a theorem's assumptions that is about the letters of a claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from checks.new.manuscript.letters import Letters
from derivations.domains import RealMatrices
from derivations.vectors import is_matrix


@dataclass(frozen=True)
class Kept:
    """The ranges and conditions that a statement keeps."""

    ranges: dict[Any, Any]
    where: tuple[Any, ...]


def domain_of(letters: Letters, used: set[Any], single: set[Any]) -> Kept:
    """The ranges and conditions on letters of a claim, and on those that such conditions bring in.

    Args:
        letters: The letters in force.
        used: The symbols of the claim.
        single: Those that only one side has and of which something was said; they are declared.
    """
    where: list[Any] = []
    grown = True
    while grown:
        grown = False
        for condition in letters.where:
            if condition not in where and condition.free_symbols & used:
                where.append(condition)
                used |= condition.free_symbols
                grown = True
    ranges = {s: r for s, r in letters.ranges.items() if s in used and not _says_nothing(r)}
    for symbol in single - ranges.keys():
        ranges[symbol] = RealMatrices() if is_matrix(symbol) else letters.ranges.get(symbol, sp.S.Reals)
    return Kept(ranges, tuple(where))


def _says_nothing(values: Any) -> bool:
    """Whether a range says no more than that a symbol is real."""
    return bool(values == sp.S.Reals)


def free(values: Sequence[Any]) -> set[Any]:
    """The symbols of expressions, with those in the sizes of their matrices."""
    found = {s for v in values for s in v.free_symbols}
    sizes = {n for s in found if isinstance(s, sp.MatrixSymbol) for d in s.shape for n in d.free_symbols}
    return {s for s in found | sizes if isinstance(s, sp.Symbol | sp.MatrixSymbol)}
