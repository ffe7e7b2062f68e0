"""Readings of the library's papers, one module a paper."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from checks.readings import Reading


@cache
def _table(paper: str) -> dict[str, tuple[Reading, ...]]:
    if find_spec(f"checks.papers.{paper}") is None:
        return {}
    found: dict[str, tuple[Reading, ...]] = import_module(f"checks.papers.{paper}").READINGS
    return found


def readings_of(paper: str, slug: str) -> tuple[Reading, ...]:
    """The readings of a library statement; none for a user's own."""
    return _table(paper).get(slug, ())
