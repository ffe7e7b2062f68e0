"""The papers of the library, one module or folder each, and those that installed packages bring; loaded when asked for.

A package brings a paper by an entry point of the group `lemmata.papers`: its name is the paper's key, its value the
module that has the Paper, or module:attribute.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from derivations.paper import Paper

KEYS = ("liu2019", "du2018", "zhang2019", "macdonald2023")
"""The papers of the library itself."""
GROUP = "lemmata.papers"


class BrokenPaper(ValueError):
    """A paper that an installed package says it brings, and that cannot be loaded; the message says why."""


@cache
def brought() -> dict[str, EntryPoint]:
    """The entry points of installed packages by the key of their paper; the library's own keys come first."""
    return {e.name: e for e in sorted(entry_points(group=GROUP), key=lambda e: e.name) if e.name not in KEYS}


def keys() -> tuple[str, ...]:
    """The keys of all papers, those of the library first."""
    return (*KEYS, *brought())


def module_of(key: str) -> ModuleType:
    """The module that has the paper; raises KeyError for an unknown key and BrokenPaper where it cannot be loaded."""
    if key in KEYS:
        return import_module(f"derivations.papers.{key}")
    entry = brought()[key]
    try:
        return import_module(entry.module)
    except Exception as error:  # a package's code may raise whatever it likes
        raise BrokenPaper(_said(entry, f"{type(error).__name__}: {error}")) from error


@cache
def paper(key: str) -> Paper:
    """The paper with the given key; raises KeyError for an unknown key and BrokenPaper where it cannot be loaded."""
    module = module_of(key)
    if key in KEYS:
        own: Paper = module.PAPER
        return own
    entry = brought()[key]
    papers = [value for value in vars(module).values() if isinstance(value, Paper)]
    if entry.attr:
        papers = [p for p in (getattr(module, entry.attr, None),) if isinstance(p, Paper)]
    found = [p for p in papers if p.key == key]
    if not found:
        raise BrokenPaper(_said(entry, f"{entry.value} has no Paper with the key {key!r}"))
    return found[0]


def _said(entry: EntryPoint, why: str) -> str:
    package = entry.dist.name if entry.dist is not None else "an installed package"
    return f"the paper {entry.name!r} that {package} brings cannot be loaded: {why}"
