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

KEYS = (
    "liu2019",
    "du2018",
    "zhang2019",
    "macdonald2023",
    "yin2019",
    "li2020nth",
    "kawaguchi2019",
    "kawaguchi2021",
    "facts",
)
"""The papers of the library itself, and the standard theorems that they rest on."""
HOMES = {"facts": "derivations.facts"}
"""Modules of these that lie elsewhere than in this package."""
GROUP = "lemmata.papers"


class BrokenPaper(ValueError):
    """A paper that an installed package says it brings, and that cannot be loaded; the message says why."""


@cache
def brought() -> dict[str, EntryPoint]:
    """Find the papers that installed packages bring.

    Returns:
        Their entry points by the paper's key, without those that have a key of the library.

    Example:
        >>> from derivations.papers import brought
        >>> "liu2019" in brought()
        False
    """
    return {e.name: e for e in sorted(entry_points(group=GROUP), key=lambda e: e.name) if e.name not in KEYS}


def keys() -> tuple[str, ...]:
    """List the keys of all papers, those of the library first.

    Returns:
        The keys.

    Example:
        >>> from derivations.papers import keys
        >>> keys()[:2]
        ('liu2019', 'du2018')
    """
    return (*KEYS, *brought())


def module_of(key: str) -> ModuleType:
    """Import the module that contains a paper.

    Args:
        key: The paper's key.

    Returns:
        The module.

    Raises:
        KeyError: The key is unknown.
        BrokenPaper: The module cannot be imported.

    Example:
        >>> from derivations.papers import module_of
        >>> module_of("liu2019").__name__
        'derivations.papers.liu2019'
    """
    if key in KEYS:
        return import_module(HOMES.get(key, f"derivations.papers.{key}"))
    entry = brought()[key]
    try:
        return import_module(entry.module)
    except Exception as error:  # a package's code may raise whatever it likes
        raise BrokenPaper(_said(entry, f"{type(error).__name__}: {error}")) from error


@cache
def paper(key: str) -> Paper:
    """Load a paper.

    Args:
        key: The paper's key, such as "liu2019".

    Returns:
        The `Paper`.

    Raises:
        KeyError: The key is unknown.
        BrokenPaper: The paper cannot be loaded; the message says why.

    Example:
        >>> from derivations.papers import paper
        >>> paper("liu2019")["kernel"].id
        'liu2019.kernel'
    """
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
