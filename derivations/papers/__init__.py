"""The papers of the library, one module or folder each, and those that installed packages bring; loaded when asked for.

Each module or folder beside this file is a paper of the library, named by its key, with the Paper as `PAPER`; nothing
else lists them. A package brings a paper by an entry point of the group `lemmata.papers`: its name is the paper's key,
its value the module that has the Paper, or module:attribute.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from traceback import extract_tb
from types import ModuleType

from derivations.arguments import one_line
from derivations.outcomes.budget import BudgetSpent
from derivations.paper import Paper

ORDER = (
    "liu2019",
    "du2018",
    "zhang2019",
    "macdonald2023",
    "yin2019",
    "li2020nth",
    "kawaguchi2019",
    "kawaguchi2021",
    "sarussi2021",
    "zou2021",
    "neyshabur2018",
)
"""The papers that come first in lists; others of this folder follow by their keys."""
FACTS = "facts"
HOMES = {FACTS: "derivations.facts"}
"""Modules of papers that lie elsewhere than in this package."""
GROUP = "lemmata.papers"


def in_folder(folder: Path) -> tuple[str, ...]:
    """List the papers in a folder: each of its modules and packages is one.

    Args:
        folder: The folder.

    Returns:
        The keys, those of `ORDER` first.

    Example:
        >>> from pathlib import Path
        >>> from derivations import papers
        >>> papers.in_folder(Path(papers.__file__).parent)[:2]
        ('liu2019', 'du2018')
    """
    # not by pkgutil: to the cache, a package that asks for its modules depends on all of them
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    there = packages | {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}
    first = [key for key in ORDER if key in there]
    return (*first, *sorted(there - set(first)))


KEYS = (*in_folder(Path(__file__).parent), FACTS)
"""The papers of the library itself, and the standard theorems that they rest on."""


class BrokenPaper(ValueError):
    """A paper of the library or of an installed package that cannot be loaded; the message says why, and where."""


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
        return loaded(HOMES.get(key, f"derivations.papers.{key}"), f"the paper {key!r}")
    entry = brought()[key]
    return loaded(entry.module, _said(entry))


def loaded(module: str, what: str) -> ModuleType:
    """Import a module that a paper consists of.

    Args:
        module: Its name.
        what: What it is, for the message.

    Returns:
        The module.

    Raises:
        BrokenPaper: It cannot be imported; the message has the file and the line of the paper that raised the error.

    Example:
        >>> from derivations.papers import loaded
        >>> loaded("derivations.papers.liu2019", "the paper 'liu2019'").PAPER.key
        'liu2019'
    """
    try:
        return import_module(module)
    except BudgetSpent:  # says nothing of the paper
        raise
    except Exception as error:  # a module may raise whatever it likes
        raise BrokenPaper(f"{what} cannot be loaded: {_place(error, module)}{one_line(error)}") from error


def _place(error: BaseException, module: str) -> str:
    """The last line of a paper's own files in a traceback, as text before a message; empty if there is none."""
    folder = f"/{module.replace('.', '/')}"
    frames = [f for f in extract_tb(error.__traceback__) if folder in Path(f.filename).as_posix()]
    return f"{frames[-1].filename}:{frames[-1].lineno}: " if frames else ""


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
        own = getattr(module, "PAPER", None)
        if not isinstance(own, Paper) or own.key != key:
            raise BrokenPaper(f"{module.__name__} has no PAPER with the key {key!r}: write PAPER = Paper({key!r}, …)")
        return own
    entry = brought()[key]
    papers = [value for value in vars(module).values() if isinstance(value, Paper)]
    if entry.attr:
        papers = [p for p in (getattr(module, entry.attr, None),) if isinstance(p, Paper)]
    found = [p for p in papers if p.key == key]
    if not found:
        raise BrokenPaper(f"{_said(entry)} cannot be loaded: {entry.value} has no Paper with the key {key!r}")
    return found[0]


def _said(entry: EntryPoint) -> str:
    package = entry.dist.name if entry.dist is not None else "an installed package"
    return f"the paper {entry.name!r} that {package} brings"
