"""The theorems of papers: those with a chain of constants, by the ids and patterns that a user gives."""

from __future__ import annotations

from collections.abc import Sequence

from checks.errors import UsageError
from checks.library.collect import Item, collect, paper_of, theorem_reading
from checks.measurable import TheoremReading
from derivations.theorems import Theorem

Chosen = tuple[Item, Theorem, TheoremReading]


def theorems(patterns: Sequence[str]) -> list[Chosen]:
    """The theorems that patterns name; all that the library has for none.

    Raises UsageError where none of the statements named is a theorem with its constants.
    """
    items = collect(patterns)
    found: list[Chosen] = []
    for item in items:
        theorem = next((t for t in paper_of(item).theorems if t.slug == item.slug), None)
        if theorem is not None:
            found.append((item, theorem, theorem_reading(item) or TheoremReading(lambda setting: {})))
    if not found:
        named = items[0].id if len(items) == 1 else "these statements"
        known = [f"{item.paper}.{t.slug}" for item in items for t in paper_of(item).theorems] or [
            f"{i.paper}.{t.slug}" for i in collect([]) for t in paper_of(i).theorems
        ]
        there = ", ".join(dict.fromkeys(known)) or "none: give a Paper theorems=(Theorem(…),)"
        raise UsageError(f"{named}: no chain of constants from data to what is asked for; there are {there}")
    return found
