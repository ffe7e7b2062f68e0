"""What was found in a manuscript: statements that it seems to make, definitions, and what could not be read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from checks.new.manuscript.letters import Letters
from derivations.statements import StatementError
from derivations.tex.errors import Unreadable


@dataclass(frozen=True)
class Proposal:
    """A statement that a manuscript seems to make.

    `taken` are letters of which nothing was said, and that were taken as real numbers or vectors; `strict` says that
    the text has < where the statement claims no more than ≤; `at` is the place of its display in the whole text.
    """

    id: str
    title: str
    place: str
    tex: str
    kind: str
    lhs: Any
    rhs: Any
    letters: Letters
    taken: tuple[str, ...] = ()
    of: Any = None
    strict: bool = False
    at: int = -1


@dataclass(frozen=True)
class Unread:
    """What could not be read, where, and why."""

    title: str
    place: str
    tex: str
    reason: str


@dataclass(frozen=True)
class Defined:
    """A letter that a formula defines, and which stands for its value in what follows."""

    name: str
    place: str
    tex: str


@dataclass
class Findings:
    """What was found of a manuscript, each kind in its order."""

    proposals: list[Proposal] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    defined: list[Defined] = field(default_factory=list)


def reason_of(error: Exception) -> str:
    """An error as a reason why something was not read."""
    if isinstance(error, Unreadable):
        return str(error)
    said = (str(error).splitlines() or [type(error).__name__])[0].removeprefix("trial: ")
    if (sides := re.match(r"its sides have different free symbols \((.*) on one side only\)", said)) is not None:
        return f"nothing is said of {sides[1]}, which one side does not have: say in which set it lies"
    return said if isinstance(error, StatementError) else f"the formula cannot be put together ({said[:80]})"
