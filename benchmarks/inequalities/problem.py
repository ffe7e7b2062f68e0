"""A true statement that a prover should decide, with its source and with false twins of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import Rational, Symbol

from derivations import Bound, Constant, Identity
from derivations.statements import Statement

NEAR = Rational(1, 10**5)
"""How far the closest twins are from what is true."""


@dataclass(frozen=True)
class Twin:
    """A false statement that looks like its problem.

    Args:
        statement: The false claim.
        at: A point of its domain at which it fails: numbers, and matrices for vectors; empty for a constant.
        why: In what it differs.
    """

    statement: Statement
    at: Mapping[Any, Any]
    why: str


@dataclass(frozen=True)
class Problem:
    """A true statement, where it comes from, and what must not be accepted in its place.

    Args:
        name: A name within its class.
        source: The benchmark, book or paper that has it, or one like it.
        statement: The claim.
        twins: False claims that differ little from it.
    """

    name: str
    source: str
    statement: Statement
    twins: tuple[Twin, ...]


@dataclass(frozen=True)
class Off:
    """How a false twin differs from its bound, and the point at which it fails; what is None stays as it is."""

    at: Mapping[Any, Any]
    lhs: Any = None
    rhs: Any = None
    on: Mapping[Any, Any] | None = None
    where: Any = None

    @property
    def why(self) -> str:
        """What was changed, in words."""
        changed = {"left side": self.lhs, "right side": self.rhs, "domain": self.on, "condition": self.where}
        return " and ".join(name for name, value in changed.items() if value is not None)


def _or(changed: Any, given: Any) -> Any:
    return given if changed is None else changed


@dataclass(frozen=True)
class _Given:
    """What a bound and its twins share unless a twin changes it."""

    lhs: Any
    rhs: Any
    on: Mapping[Any, Any] = field(default_factory=dict)
    where: Any = ()


def bound(
    name: str,
    source: str,
    lhs: Any,
    rhs: Any,
    *twins: Off,
    tight: Mapping[Any, Any] | None = None,
    on: Mapping[Any, Any] | None = None,
    where: Any = (),
) -> Problem:
    """The problem lhs ≤ rhs on a domain, with at least one twin.

    Args:
        name: Its name within its class.
        source: Where it comes from.
        lhs: The left side.
        rhs: The right side.
        twins: What its false twins have otherwise.
        tight: A point where the sides differ by less than `NEAR`: one more twin has a right side that is as much less.
        on: The range of each symbol.
        where: A condition or several.
    """
    given = _Given(lhs, rhs, on or {}, where)
    false = []
    closer = (Off(tight, rhs=rhs - NEAR),) if tight is not None else ()
    for number, twin in enumerate((*twins, *closer), 1):
        slug = f"{name}-twin-{number}"
        ranges = {**given.on, **(twin.on or {})}
        left, right = _or(twin.lhs, given.lhs), _or(twin.rhs, given.rhs)
        false.append(Twin(Bound(slug, left, right, on=ranges, where=_or(twin.where, given.where)), twin.at, twin.why))
    return Problem(name, source, Bound(name, lhs, rhs, on=given.on, where=where, source=source), tuple(false))


def enclosed(name: str, source: str, definition: Any, enclosure: tuple[Any, Any], *false: tuple[Any, Any]) -> Problem:
    """The problem that a constant lies between two numbers; its twins name intervals that do not hold it."""
    twins = tuple(
        Twin(Constant(f"{name}-twin-{i}", definition, enclosure=e), {}, "enclosure") for i, e in enumerate(false, 1)
    )
    return Problem(name, source, Constant(name, definition, enclosure=enclosure, source=source), twins)


def exact(name: str, source: str, definition: Any, value: Any, *false: Any) -> Problem:
    """The problem that a constant has an exact value; its twins name other values."""
    twins = tuple(Twin(Constant(f"{name}-twin-{i}", definition, v), {}, "value") for i, v in enumerate(false, 1))
    return Problem(name, source, Constant(name, definition, value, source=source), twins)


def identity(name: str, source: str, lhs: Any, rhs: Any, *twins: Off) -> Problem:
    """The problem lhs = rhs for all values of its symbols."""
    false = tuple(
        Twin(Identity(f"{name}-twin-{i}", _or(t.lhs, lhs), _or(t.rhs, rhs)), t.at, t.why)
        for i, t in enumerate(twins, 1)
    )
    return Problem(name, source, Identity(name, lhs, rhs, source=source), false)


def real(names: str) -> Any:
    """Real symbols; one symbol for one name."""
    found = tuple(Symbol(n, real=True) for n in names.split())
    return found if len(found) > 1 else found[0]
