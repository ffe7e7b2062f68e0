"""Readings of the library's papers, one module a paper."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from checks.readings import Reading

if TYPE_CHECKING:
    from checks.context import Context
    from checks.papers.denials import Case


@cache
def _table(paper: str) -> dict[str, tuple[Reading, ...]]:
    if find_spec(f"checks.papers.{paper}") is None:
        return {}
    found: dict[str, tuple[Reading, ...]] = import_module(f"checks.papers.{paper}").READINGS
    return found


def readings_of(paper: str, slug: str) -> tuple[Reading, ...]:
    """The readings of a library statement; none for a user's own."""
    return _table(paper).get(slug, ())


def denied(paper: str, hypothesis: str) -> Callable[[Context], Case] | None:
    """The case in which a library paper's own hypothesis does not hold; None if none is known."""
    from checks.papers.denials import DENIALS

    return DENIALS.get(paper, {}).get(hypothesis)
