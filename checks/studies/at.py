"""A statement at one point that the user names: what a witness shows, run again."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sympy as sp
from mpmath import mp

from checks.errors import UsageError
from checks.methods.precision import DIGITS, fails_at, sides
from derivations.outcomes.reasons import Stopped
from derivations.proofs.foreign import foreign_errors
from derivations.statements import Bound, Constant, Existence, Gradient, Identity, Statement
from numerics.values.points import Point, point_text
from numerics.witnesses import Witness, exact


@dataclass(frozen=True)
class Seen:
    """Both sides at a point, entry by entry, and whether the statement holds there."""

    pairs: tuple[tuple[str, Any, Any, str], ...]
    holds: bool


def at_point(statement: Statement, point: Point) -> Seen:
    """Evaluate a statement at a point to 50 digits; raises UsageError for a statement that has no sides."""
    if not isinstance(statement, Identity | Bound | Constant | Existence | Gradient):
        raise UsageError(f"{statement.id} is a {statement.kind}: it is measured, not evaluated at a point")
    with mp.workdps(DIGITS):
        pairs = tuple(sides(statement, point))
    return Seen(pairs, not fails_at(statement, point))


def parse_point(text: str, statement: Statement) -> Point:
    """The point that `k = 2, phi = 1/2, a = (1, 0), W = 2×2 [1, 0, 0, 1]` names; parsed, never evaluated as code.

    Raises UsageError for a symbol that the statement does not have, one that is missing, or an invalid value.
    """
    known = {str(s): s for s in (*statement.domain.ranges, *statement.symbols)}
    found: Point = {}
    for part in _parts(text):
        name, equals, value = part.partition("=")
        symbol = known.get(name.strip())
        if not equals or symbol is None:
            raise UsageError(f"'{part.strip()}': write one of {', '.join(sorted(known))} and its value")
        found[symbol] = _value(value.strip(), getattr(symbol, "shape", None))
        if isinstance(found[symbol], sp.MatrixBase) is not hasattr(symbol, "shape"):
            raise UsageError(f"'{part.strip()}': {symbol} is a number, not a matrix")
    domain = statement.domain
    for symbol, angle in domain.angles.items():
        if symbol not in found and angle.x in found and angle.y in found:
            found[symbol] = sp.acos((found[angle.x].T * found[angle.y])[0, 0])
    for vector in domain.vectors:
        if vector in found:
            for n, size in zip(found[vector].shape, vector.shape, strict=True):
                if size.is_Symbol:
                    found.setdefault(size, sp.Integer(n))
    for vector in domain.vectors:
        wanted = tuple(sp.sympify(n).xreplace(found) for n in vector.shape)
        if vector in found and found[vector].shape != wanted:
            raise UsageError(f"{vector} has shape {found[vector].shape}, but ({wanted[0]}, {wanted[1]}) is needed")
    missing = [str(s) for s in domain.ranges if s not in found and s in statement.symbols]
    if missing:
        raise UsageError(f"the point has no value for {', '.join(sorted(missing))}")
    return found


def _parts(text: str) -> list[str]:
    """The text split at the commas outside of brackets."""
    parts, depth, start = [], 0, 0
    for i, ch in enumerate(text):
        depth += (ch in "([") - (ch in ")]")
        if ch == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [p for p in (*parts, text[start:]) if p.strip()]


def _value(text: str, shape: Any) -> Any:
    sized = re.fullmatch(r"(\d+)[×x](\d+)\s*\[(.*)\]", text)
    if sized:
        entries = [_number(p) for p in _parts(sized.group(3))]
        rows, cols = int(sized.group(1)), int(sized.group(2))
        if len(entries) != rows * cols:
            raise UsageError(f"'{text}': {rows * cols} entries expected")
        return sp.ImmutableMatrix(rows, cols, entries)
    if shape is not None:
        inside = text[1:-1] if text.startswith("(") and text.endswith(")") else text
        entries = [_number(p) for p in _parts(inside)]
        return sp.ImmutableMatrix(len(entries), 1, entries)
    return _number(text)


def _number(text: str) -> Any:
    try:
        return exact.number(text)
    except ValueError as error:
        raise UsageError(f"'{text.strip()}' is not a number: {error}") from None


def command_for(statement: Statement, witness: Witness | str, name: str = "") -> str:
    """The command that shows a witness again, or "" where it is no point, or a text too short to say where it was.

    `name` is the user's name of the statement: FILE.py:ID for one in a file.
    """
    found = next((text for text in _texts(statement, witness) if _fails(statement, text)), None)
    return "" if found is None else shlex.join(("lemmata", "at", name or statement.id, found))


def _texts(statement: Statement, witness: Witness | str) -> Iterator[str]:
    """How a witness can be typed, the short way first."""
    if isinstance(witness, str):
        yield witness
        return
    point = witness.within({str(s): s for s in (*statement.domain.ranges, *statement.symbols)})
    if point is not None:
        yield point_text(point)
        yield point_text(point, exact=True)


def _fails(statement: Statement, text: str) -> bool:
    """Whether the statement fails at the point that a text names, where it names one at which it has a value."""
    try:
        with foreign_errors():
            return not at_point(statement, parse_point(text, statement)).holds
    except (UsageError, Stopped, ArithmeticError):
        return False
