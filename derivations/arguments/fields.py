"""What the fields of statements must be, kind by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Interval, S, Tuple
from sympy.core.relational import Relational

from derivations.arguments import (
    Kind,
    Unfit,
    expression,
    function,
    names,
    one_of,
    optional,
    real,
    scalar,
    symbol,
    table,
    text,
    variable,
)


def _point(value: Any) -> Mapping[Any, Any]:
    """Symbols and vectors with their values."""
    return {variable(s): expression(v) for s, v in table(value).items()}


def _relation_or_expression(value: Any) -> Any:
    return value if isinstance(value, Relational) else S.true if value is True or value is S.true else expression(value)


def _properties(value: Any) -> tuple[Any, ...]:
    """Expressions and relations, one or several."""
    return tuple(map(_relation_or_expression, value if isinstance(value, tuple | list | Tuple) else (value,)))


def _ends(value: Any) -> tuple[Any, Any]:
    """The two ends of an interval."""
    given = (value.start, value.end) if isinstance(value, Interval) else value
    if not isinstance(given, tuple | list | Tuple) or len(given) != 2:
        raise Unfit("not the two ends of an interval; write (lower, upper)")
    low, high = (scalar(v) for v in given)
    if not (low.is_number and high.is_number and low.is_real and high.is_real):
        raise Unfit("not the two ends of an interval; both must be real numbers")
    return low, high


def _exponents(value: Any) -> tuple[Any, ...]:
    """Exponents, one or several."""
    return tuple(map(scalar, value if isinstance(value, tuple | list | Tuple) else (value,)))


MARKS = ("", "definition", "bookkeeping", "cited")
"""Of a statement: nothing is claimed, the claim follows by substitution from what it cites, or its source proves it."""

COMMON: Mapping[str, Kind] = {
    "title": text,
    "mark": one_of(*MARKS),
    "source": text,
    "on": table,
    "sample_on": table,
    "assumes": names,
    "uses": names,
    "derive": optional(function),
    "paper": text,
}
"""What the fields of every statement must be."""


IDENTITY: Mapping[str, Kind] = {"lhs": expression, "rhs": expression}
GRADIENT: Mapping[str, Kind] = {
    "equals": expression,
    "of": optional(expression),
    "model": optional(function),
}
BOUND: Mapping[str, Kind] = {
    "lhs": expression,
    "rhs": expression,
    "constant": optional(symbol),
    "value": optional(scalar),
    "printed": optional(scalar),
    "sharp_at": optional(_point),
}
CONSTANT: Mapping[str, Kind] = {
    "definition": expression,
    "value": optional(expression),
    "enclosure": optional(_ends),
}
RATE: Mapping[str, Kind] = {
    "quantity": expression,
    "variable": symbol,
    "exponent": scalar,
    "law": one_of("power", "exponential"),
    "within": optional(real(above=0)),
    "against": _exponents,
    "measure": optional(function),
}
PROBABILITY: Mapping[str, Kind] = {
    "event": text,
    "at_most": optional(scalar),
    "at_least": optional(scalar),
    "trial": optional(function),
}
EXISTENCE: Mapping[str, Kind] = {"point": _point, "properties": _properties}
