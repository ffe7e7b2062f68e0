"""The differences between a lock and today's results, also for statements that were not checked again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from checks.library.collect import Item, resolve
from checks.lock.lock import Change, Lock, compare, expected, patterns_of, today
from checks.verdicts import Result
from derivations.statements import Statement
from derivations.writing.claims import formula

NOT_CHECKED = "not checked here"


def changes_since(
    lock: Lock, items: Sequence[Item], results: Mapping[str, Result], patterns: Sequence[str]
) -> list[Change]:
    """All differences of what the patterns name, by id; of what is not checked, whether it claims the same."""
    statements = {item.id: resolve(item) for item in items}
    wanted = patterns_of(patterns)
    now = today(items, list(results.values()), _seed(results.values()))
    found = compare(lock, now, wanted, statements.keys())
    unchecked = (_unchecked(lock, s) for id, s in statements.items() if id not in results and expected(id, wanted))
    return sorted([*found, *(change for change in unchecked if change is not None)], key=lambda c: c.id)


def _unchecked(lock: Lock, statement: Statement) -> Change | None:
    was = lock.entries.get(statement.id)
    if was is None:
        return Change(statement.id, "new", "not in the lock", NOT_CHECKED, True)
    if was.expression != statement.fingerprint:
        return Change(statement.id, "expression", was.claim, formula(statement), True)
    return None


def _seed(results: Iterable[Result]) -> int:
    """The seed of all evidence; −1, which no run has, where there are several."""
    seeds = {e.seed for r in results for e in r.evidence if e.seed is not None}
    return seeds.pop() if len(seeds) == 1 else -1
