"""What functions of `checks.api` take: statements by name, readings, results and paths."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from checks.errors import InputError, as_input_error
from checks.library.collect import Item, collect, resolve
from checks.studies.tables import Results
from checks.verdicts import Result
from derivations.arguments import Unfit
from derivations.paper import Paper
from derivations.papers import keys
from derivations.papers import paper as library
from derivations.statements import Statement

What = Statement | Paper | str | Path | Iterable["Statement | Paper | str | Path"]
Target = Item | Statement


def readings_given(value: Any) -> Any:
    """Several readings."""
    from checks.readings import Reading

    if not isinstance(value, tuple | list) or not all(isinstance(r, Reading) for r in value):
        raise Unfit("not a tuple of readings")
    return value


def readings_or_table(value: Any) -> Any:
    """Several readings, or several for each slug."""
    return {k: readings_given(v) for k, v in value.items()} if isinstance(value, Mapping) else readings_given(value)


def results(value: Any) -> Any:
    """Several results of a check."""
    given = tuple(value) if isinstance(value, Results | tuple | list) else value
    if not isinstance(given, tuple) or not all(isinstance(r, Result) for r in given):
        raise Unfit("not results of check")
    return given


def named(what: Any) -> list[Target]:
    """The statements that `what` names: items of the library and of files, and statements made in this session."""
    found: dict[str, Target] = {}
    for target in _each(what):
        other = found.setdefault(target.id, target)
        if statement_of(other) is not statement_of(target):
            raise InputError(f"two statements are called '{target.id}': rename one of them")
    if not found:
        raise InputError("nothing to check: give a statement, a paper, or an id such as 'liu2019.kernel'")
    return list(found.values())


def _each(what: Any) -> Iterator[Target]:
    match what:
        case Statement():
            yield _item(what) or what
        case Paper():
            yield from (_item(s) or s for s in what.statements)
        case str() | Path():
            with as_input_error():
                items = collect([str(what)])
            yield from items
        case list() | tuple() | set() | frozenset() | Generator() | Results():
            for one in what:
                yield from _each(one)
        case _:
            raise InputError(f"{type(what).__name__} is not a statement, paper, id or file")


def _item(statement: Statement) -> Item | None:
    """The library's item of a statement that is in it, which other processes find as well."""
    if statement.paper not in keys():
        return None
    own = library(statement.paper)
    known = next((s for s in own.statements if s.slug == statement.slug), None)
    return Item(statement.paper, statement.slug) if known is statement else None


def statement_of(target: Target) -> Statement:
    """The statement itself."""
    return resolve(target) if isinstance(target, Item) else target
