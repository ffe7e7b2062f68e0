"""Readings of papers: of the library one module a paper, of others what their modules or packages bring.

A package brings readings by an entry point of the group `lemmata.readings`: its name is the paper's key, its value a
module with `READINGS`; without one, the module of the paper may have them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

from checks.measurable import TheoremReading
from checks.readings import Reading, ReadingError
from derivations.papers import KEYS, keys, loaded, module_of

if TYPE_CHECKING:
    from checks.context import Context
    from checks.papers.denials import Case


GROUP = "lemmata.readings"


@cache
def _table(paper: str) -> dict[str, tuple[Reading, ...]]:
    if paper not in keys():
        return {}
    return table_in(_home(paper), paper)


def _home(paper: str) -> ModuleType:
    """The module that has the readings of a paper: its own in this package, that of an entry point, or the paper's.

    Raises BrokenPaper if it cannot be imported.
    """
    what = f"the readings of the paper {paper!r}"
    if paper in KEYS:
        own = f"checks.papers.{paper}"
        return loaded(own, what) if find_spec(own) is not None else module_of(paper)
    entry = next((e for e in entry_points(group=GROUP) if e.name == paper), None)
    return module_of(paper) if entry is None else loaded(entry.module, what)


def table_in(module: ModuleType, paper: str) -> dict[str, tuple[Reading, ...]]:
    """The readings that a module's `READINGS` gives to a paper, by slug: each key is a slug, or key.slug.

    Raises ReadingError for something else under that name.
    """
    given = getattr(module, "READINGS", {})
    if not isinstance(given, Mapping):
        raise ReadingError(f"READINGS is a {type(given).__name__}: write a dict from slugs to readings")
    found: dict[str, tuple[Reading, ...]] = {}
    for name, value in given.items():
        several = tuple(value) if isinstance(value, tuple | list) else (value,)
        if not all(isinstance(r, Reading) for r in several):
            raise ReadingError(f"READINGS[{name!r}] is no Reading: write Reading(method, function)")
        key, _, slug = str(name).rpartition(".")
        if key in ("", paper):
            found[slug] = several
    return found


def theorems_in(module: ModuleType) -> dict[str, TheoremReading]:
    """The readings that a module's `THEOREMS` gives to theorems, by slug; raises ReadingError for something else."""
    given = getattr(module, "THEOREMS", {})
    if not isinstance(given, Mapping):
        raise ReadingError(f"THEOREMS is a {type(given).__name__}: write a dict from slugs to TheoremReading")
    wrong = next((name for name, value in given.items() if not isinstance(value, TheoremReading)), None)
    if wrong is not None:
        raise ReadingError(f"THEOREMS[{wrong!r}] is no TheoremReading: write TheoremReading(data, measured, needed)")
    return {str(name).rpartition(".")[2]: value for name, value in given.items()}


def theorems_of(paper: str) -> dict[str, TheoremReading]:
    """The readings of a paper's theorems, by slug; none for a paper without any."""
    return theorems_in(_home(paper)) if paper in keys() else {}


def readings_of(paper: str, slug: str) -> tuple[Reading, ...]:
    """The readings of a statement of the library or of a package's paper; none if there are none."""
    return _table(paper).get(slug, ())


def denied(paper: str, hypothesis: str) -> Callable[[Context], Case] | None:
    """The case in which a library paper's own hypothesis does not hold; None if none is known."""
    from checks.papers.denials import DENIALS

    own = getattr(_home(paper), "DENIALS", {}) if paper in KEYS else {}
    return own.get(hypothesis) or DENIALS.get(paper, {}).get(hypothesis)
