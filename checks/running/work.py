"""The work on one statement: all that is looked up before any method runs, looked up once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.library.collect import Item, readings_for, resolve
from checks.methods import applicable

if TYPE_CHECKING:
    from checks.readings import Reading
    from derivations.statements import Statement


@dataclass(frozen=True)
class Work:
    """A statement with its place, the readings that can be measured for it, and the methods that apply, in order."""

    item: Item
    statement: Statement
    readings: tuple[Reading, ...]
    methods: tuple[str, ...]


def work_of(item: Item) -> Work:
    """The work on an item; raises UsageError where its file or its readings cannot be used."""
    return _made(item, resolve(item), readings_for(item))


def works_of(items: Iterable[Item]) -> list[Work]:
    """The work on each item."""
    return [work_of(item) for item in items]


def work_on(statement: Statement, readings: Sequence[Reading]) -> Work:
    """The work on a statement at hand, whatever its paper's readings are."""
    return _made(Item(statement.paper, statement.slug), statement, readings)


def _made(item: Item, statement: Statement, readings: Sequence[Reading]) -> Work:
    return Work(item, statement, tuple(readings), tuple(applicable(statement, readings)))
