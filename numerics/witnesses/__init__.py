"""Where a statement fails: a point of its domain, or a place in a measurement, as data beside the text of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numerics.values.points import Point


class NoWitness(ValueError):
    """The claim does not fail where it was said to: what was found is no witness."""


@dataclass(frozen=True)
class Witness:
    """Where a statement fails, or has no value; made by `at_point` and `at_place`, which look at it again.

    `text` is for people. `point` holds exact values by the names of the symbols: numbers, and matrices for vectors.
    What was measured has a `place` instead, such as {"step": 12, "run": 3}, and the two `values` there.
    """

    text: str
    point: Mapping[str, Any] | None = None
    place: Mapping[str, int | str] = field(default_factory=dict)
    values: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return self.text

    def within(self, symbols: Mapping[str, Any]) -> Point | None:
        """The point with the symbols of these names; None where there is none, or one of another name."""
        if self.point is None or not self.point.keys() <= symbols.keys():
            return None
        return {symbols[name]: value for name, value in self.point.items()}


def at_point(point: Point, fails: Callable[[Point], object]) -> Witness:
    """A point at which `fails` is seen to hold once more, by evaluation; raises NoWitness where it is not."""
    from numerics.values.points import point_text

    text = point_text(point)
    if not fails(point):
        raise NoWitness(f"the claim does not fail at {text}" if text else "the claim does not fail")
    return Witness(text, named(point))


def named(point: Mapping[Any, Any]) -> dict[str, Any]:
    """A point's values by the names of its symbols."""
    return {str(symbol): value for symbol, value in point.items()}


def at_place(place: Mapping[str, int | str], left: float, right: float, relation: str, error: float = 0.0) -> Witness:
    """A place of a measurement whose two values break `left <= right` or `left = right` by more than `error`.

    Raises NoWitness where they do not.
    """
    gap = abs(left - right) if relation == "=" else left - right
    if not gap > error:
        raise NoWitness(f"{left} {relation} {right} up to {error}")
    sign, off = "≠" if relation == "=" else ">", f" ± {error:.3g}" if error else ""
    where = ", ".join(f"{name} {number}" for name, number in place.items())
    return Witness(f"{where}: {left:.10g} {sign} {right:.10g}{off}", None, place, (left, right))
