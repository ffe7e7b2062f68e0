"""A lock that a run is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.errors import UsageError

if TYPE_CHECKING:
    from checks.commands.parts.asked import Asked
    from checks.lock.lock import Change, Lock
    from checks.verdicts import Result


@dataclass(frozen=True)
class Guard:
    """A lock and the patterns of the run that is compared with it."""

    path: Path
    lock: Lock
    patterns: tuple[str, ...]

    def changes(self, asked: Asked, results: Sequence[Result]) -> list[Change]:
        """What differs; in a quick run weaker assurance of measured parts is not looked for."""
        from checks.lock.lock import compare, today

        left_out = {i.id for i in asked.items} - {r.id for r in results}
        now = today(asked.items, results, asked.options.seed)
        return compare(self.lock, now, self.patterns, left_out, quick=asked.options.quick)

    def show(self, out: Any, changes: Sequence[Change]) -> None:
        """Print what differs."""
        from checks.terminal.run import print_changes

        print_changes(out, self.path, changes, len(self.lock.entries))


def guard_of(path: Path | None, methods: Sequence[str], patterns: Sequence[str]) -> Guard | None:
    """The lock, read before anything runs; raises UsageError for one that cannot be compared with this run."""
    if path is None:
        return None
    if methods:
        raise UsageError("--lock compares the results of all methods: leave out --methods")
    from checks.lock.lock import patterns_of, read_lock

    return Guard(path, read_lock(path), patterns_of(patterns))
