"""The statements for a user's ids, globs over the library, and files."""

from __future__ import annotations

import difflib
import fnmatch
import importlib.util
import sys
import traceback
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import derivations
from checks.errors import UsageError
from derivations.arguments import one_line
from derivations.paper import Paper
from derivations.papers import KEYS, BrokenPaper, keys, paper
from derivations.statements import Statement, StatementError

if TYPE_CHECKING:
    from checks.measurable import TheoremReading
    from checks.readings import Reading


@dataclass(frozen=True)
class Item:
    """Where a statement is to be found, so that another process can find it too: paper key, slug, file."""

    paper: str
    slug: str
    file: str | None = None

    @property
    def id(self) -> str:
        return f"{self.paper}.{self.slug}"

    @property
    def name(self) -> str:
        """How a command names it: the id, after the file that contains it."""
        return f"{_shown(Path(self.file))}:{self.slug}" if self.file else self.id

    @property
    def check_command(self) -> str:
        """The command that checks it; a file is checked as a whole."""
        return f"lemmata check {_shown(Path(self.file)) if self.file else self.id}"


def paper_of(item: Item) -> Paper:
    """The paper of an item; each file is run once per process."""
    papers = {p.key: p for p in load_file(item.file)} if item.file else {item.paper: paper(item.paper)}
    return papers[item.paper]


def resolve(item: Item) -> Statement:
    """The statement of an item."""
    return paper_of(item)[item.slug]


def readings_for(item: Item) -> tuple[Reading, ...]:
    """The readings of an item; raises UsageError where a file or package gives none that can be used."""
    from checks.papers import readings_of
    from checks.readings import ReadingError

    try:
        if item.file is None:
            return readings_of(item.paper, item.slug)
        return _table(item.file, item.paper).get(item.slug, ())
    except ReadingError as error:
        raise UsageError(f"{_shown(Path(item.file)) if item.file else item.paper}: {error}") from None
    except BrokenPaper as error:
        raise UsageError(str(error)) from None


def theorem_reading(item: Item) -> TheoremReading | None:
    """What is read off data for the theorem of an item; None without it. Raises UsageError as `readings_for` does."""
    from checks.papers import theorems_in, theorems_of
    from checks.readings import ReadingError

    try:
        table = theorems_of(item.paper) if item.file is None else theorems_in(_module(item.file))
    except ReadingError as error:
        raise UsageError(f"{_shown(Path(item.file)) if item.file else item.paper}: {error}") from None
    except BrokenPaper as error:
        raise UsageError(str(error)) from None
    return table.get(item.slug)


@cache
def _table(file: str, key: str) -> dict[str, tuple[Reading, ...]]:
    """The readings that a user's file gives to a paper, by slug."""
    from checks.papers import table_in
    from checks.readings import ReadingError

    table = table_in(_module(file), key)
    slugs = {s.slug for p in load_file(file) for s in p.statements}
    unknown = next((slug for slug in table if slug not in slugs), None)
    if unknown is not None:
        raise ReadingError(f"READINGS names '{unknown}', which is not a statement of the file")
    return table


def collect(patterns: Sequence[str]) -> list[Item]:
    """The items that patterns name, in reading order, each once; the whole library for none.

    A pattern is an id, a glob over ids, a paper's key, a Python file, or one and an id or glob as FILE.py:ID. Raises
    UsageError for a pattern that names nothing.
    """
    found: dict[tuple[str, str | None], Item] = {}
    for pattern in patterns or ["*"]:
        items = _from_file(pattern) if is_file(pattern) else _from_library(pattern)
        for item in items:
            found.setdefault((item.id, item.file), item)
    seen: dict[str, Item] = {}
    for item in found.values():
        if item.id in seen:
            places = " and ".join(str(i.file or "the library") for i in (seen[item.id], item))
            raise UsageError(f"{item.id} is defined twice, in {places}: give the paper another key")
        seen[item.id] = item
    return list(seen.values())


def is_file(pattern: str) -> bool:
    """Whether a pattern names a file rather than statements of the library."""
    return pattern.endswith(".py") or ".py:" in pattern or "/" in pattern or Path(pattern).is_file()


def _from_library(pattern: str) -> list[Item]:
    every = keys()
    wanted = f"{pattern}.*" if pattern in every else pattern
    near_keys = [k for k in every if fnmatch.fnmatchcase(k, wanted.split(".")[0])] or KEYS
    try:
        items = [Item(k, s.slug) for k in near_keys for s in paper(k).statements]
    except BrokenPaper as error:
        raise UsageError(str(error)) from error
    matched = [i for i in items if fnmatch.fnmatchcase(i.id, wanted)]
    if matched:
        return matched
    if any(ch in pattern for ch in "*?["):
        raise UsageError(f"no statement matches '{pattern}'; `lemmata list` shows all")
    ids = [f"{k}.{s.slug}" for k in KEYS for s in paper(k).statements]
    near = difflib.get_close_matches(pattern, [*ids, *every], n=1, cutoff=0.0)
    stem = pattern.split(".")[0]
    files = (Path(f"{stem}.py"), Path(stem, f"{stem}.py")) if stem.isidentifier() else ()
    beside = next((file for file in files if file.is_file()), None)
    meant = f"the file {beside}" if beside is not None else f"'{near[0]}'"
    raise UsageError(f"no statement '{pattern}'; did you mean {meant}?")


def _from_file(pattern: str) -> list[Item]:
    name, _, wanted = pattern.rpartition(":") if ".py:" in pattern else (pattern, "", "")
    path = str(Path(name).resolve())
    items = [Item(p.key, s.slug, path) for p in load_file(path) for s in p.statements]
    found = [i for i in items if not wanted or any(fnmatch.fnmatchcase(n, wanted) for n in (i.id, i.slug))]
    if not found:
        near = difflib.get_close_matches(wanted, [i.slug for i in items], n=1, cutoff=0.0)
        raise UsageError(f"{name} has no statement '{wanted}'; did you mean '{near[0]}'?")
    return found


@cache
def load_file(name: str) -> tuple[Paper, ...]:
    """The papers that a user's file defines; raises UsageError where it cannot be read or defines none."""
    path = Path(name)
    shown = _shown(path)
    if path.is_dir():
        raise UsageError(f"{shown} is a folder; name the Python file in it")
    if not path.exists():
        raise UsageError(f"{shown}: no such file")
    module = _module(name)
    papers = {id(value): value for value in vars(module).values() if isinstance(value, Paper)}
    if not papers:
        raise UsageError(f'{shown} defines no Paper; write `paper = Paper("key", statements=(…,))` in it')
    named = [p.key for p in papers.values()]
    for key in named:
        if named.count(key) > 1:
            raise UsageError(f"{shown} defines the paper '{key}' twice")
    for found in papers.values():
        if not found.statements:
            raise UsageError(f"{shown}: the paper '{found.key}' has no statements")
    return tuple(papers.values())


@cache
def _module(name: str) -> ModuleType:
    """A user's file as a module, run once per process."""
    return _run(Path(name), _shown(Path(name)))


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _run(path: Path, shown: str) -> ModuleType:
    name = f"lemmata_file_{path.stem}_{zlib.crc32(str(path).encode()):08x}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{shown} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise UsageError(f"{shown}:{error.lineno or 1}: does not parse: {error.msg}") from error
    except StatementError as error:
        raise UsageError(f"{shown}:{_line(error, path)}: {error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{shown} is not a text file in UTF-8: {error.reason}") from error
    except (Exception, SystemExit) as error:
        shadowed = _shadowed(module)
        raise UsageError(f"{shown}:{_line(error, path)}: raises {one_line(error)}{shadowed}") from error
    finally:
        sys.path.remove(str(path.parent))
    return module


def _shadowed(module: ModuleType) -> str:
    """A word of our names that another library's took the place of, such as `Identity` after `from sympy import *`."""
    ours = {name for name in derivations.__all__ if name[:1].isupper()}
    taken = sorted(n for n in ours & vars(module).keys() if vars(module)[n] is not getattr(derivations, n))
    if not taken or not any(vars(module).get(n) is getattr(derivations, n) for n in ours):
        return ""
    library = str(getattr(vars(module)[taken[0]], "__module__", "")).partition(".")[0] or "another import"
    is_or_are = "is" if len(taken) == 1 else "are"
    return f"; {' and '.join(taken)} {is_or_are} {library}'s here: put `from derivations import …` last"


def _line(error: BaseException, path: Path) -> int:
    """The last line of the user's file in a traceback."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if Path(f.filename) == path and f.lineno]
    return lines[-1] if lines else 0
