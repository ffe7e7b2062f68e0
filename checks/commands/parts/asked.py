"""What a user asks `lemmata check`: which statements, with which options, run where, and written where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from checks.errors import UsageError

if TYPE_CHECKING:
    from checks.context import Options
    from checks.library.collect import Item
    from checks.running.cache.runs import Runs
    from checks.running.work import Work
    from checks.verdicts import Result


@dataclass(frozen=True)
class Asked:
    """What to check, by patterns and options, and the statements that this means, found when they are needed."""

    patterns: tuple[str, ...]
    options: Options

    @cached_property
    def items(self) -> list[Item]:
        """The statements that the patterns name; raises UsageError for a pattern that names none."""
        from checks.library.collect import collect

        return collect(list(self.patterns))

    @cached_property
    def works(self) -> list[Work]:
        """The statements that are to be checked: in a quick run, those that an exact method reaches."""
        from checks.running.runner import reachable_exactly
        from checks.running.work import works_of

        works = works_of(self.items)
        return reachable_exactly(works) if self.options.quick else works

    @cached_property
    def runs(self) -> Runs:
        """The runs that were asked for in the same words before."""
        from checks.running.cache.runs import Runs

        return Runs(self.patterns, self.options)

    def commands(self, results: Sequence[Result]) -> dict[tuple[str, str], str]:
        """The commands that show witnesses again, by statement and method."""
        refuted = [(r.id, e) for r in results for e in r.evidence if e.verdict.value == "refuted" and e.witness]
        if not refuted:
            return {}
        from checks.library.collect import resolve
        from checks.studies.at import command_for

        by_id = {item.id: item for item in self.items}
        found = {}
        for id, e in refuted:
            item = by_id[id]
            at_once = command_for(resolve(item), e.at or e.witness or "", item.name)
            whole = f"lemmata check {item.file or item.id} --methods {e.method} --seed {self.options.seed}"
            found[id, e.method] = at_once or whole
        return found


@dataclass(frozen=True)
class Execution:
    """How to run: on how many processes or on which cluster, whether evidence from before counts, with which seed.

    `fresh` if the seed was drawn.
    """

    jobs: int
    backend: str
    address: str | None
    cache: bool
    fresh: bool = False


def methods_of(names: str | None) -> tuple[str, ...]:
    """The methods of a list with commas, none for all; raises UsageError for one that does not exist."""
    if not names:
        return ()
    from checks.running.runner import parse_methods

    return parse_methods(names)


def place_of(path: Path, folder: Path | None) -> Path:
    """The path of data, or of the data set of that name in `folder`; raises DataError or UsageError."""
    from numerics.data import NAMES, located

    if str(path) in NAMES and not path.exists():
        return located(str(path), folder)
    if folder is not None:
        raise UsageError(f"--data-dir {folder} is for --data {' or '.join(NAMES)}, not for {path}")
    return path


def data_at(path: Path | None, folder: Path | None = None) -> str:
    """The path of the user's data, looked at before anything runs; raises UsageError for data that cannot be used."""
    if path is None:
        if folder is not None:
            raise UsageError(f"--data-dir {folder} is for a data set with a name: add --data mnist")
        return ""
    from numerics.data import DataError, load

    try:
        path = place_of(path, folder)
        found = load(path)
    except DataError as error:
        raise UsageError(str(error)) from None
    for warning in found.warnings:
        typer.echo(f"warning: {warning}", err=True)
    return str(path.resolve())
