"""Where in a source file a statement is written, for annotations."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from checks.library.collect import Item
from derivations.papers import BrokenPaper, module_of
from derivations.statements import Statement


def place_of(item: Item) -> tuple[str, int] | None:
    """The file, as `shown` writes it, and the line of a statement; None if not found.

    The line is where its slug is written: as an argument of a kind of statement or of a function of these files, else
    as the pattern of an f-string there, else as a text of a table.
    """
    found = [
        (rank, fixed, path, line)
        for path in _sources(item)
        for text, (rank, line) in _texts(path).items()
        if (fixed := _fixed(text, item.slug)) is not None
    ]
    if found:
        _, _, path, line = min(found, key=lambda place: (place[0], -place[1]))
        return shown(path), line
    return (shown(Path(item.file)), 1) if item.file else None


def shown(path: Path) -> str:
    """A path as it is written in annotations: relative to the repository's root, or to this folder outside of one."""
    full = path.resolve()
    for folder in (root(), Path.cwd().resolve()):
        if full.is_relative_to(folder):
            return full.relative_to(folder).as_posix()
    return path.as_posix()


def root(environment: Mapping[str, str] = os.environ) -> Path:
    """The root of the repository that this folder is in: GitHub's workspace, or where .git is; else this folder."""
    here = Path.cwd().resolve()
    given = environment.get("GITHUB_WORKSPACE")
    if given and here.is_relative_to(Path(given).resolve()):
        return Path(given).resolve()
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)


def _sources(item: Item) -> Iterable[Path]:
    if item.file:
        return [Path(item.file)]
    try:
        origin = module_of(item.paper).__file__
    except (KeyError, BrokenPaper):
        return []
    if origin is None:
        return []
    path = Path(origin)
    return sorted(path.parent.rglob("*.py")) if path.name == "__init__.py" else [path]


@dataclass(frozen=True)
class _Text:
    """A text that may be a slug: `pattern` is a regular expression if it comes from an f-string."""

    written: str
    pattern: bool = False


def _fixed(text: _Text, slug: str) -> int | None:
    """How many letters of a slug a text spells out; None if it is not this slug."""
    if not text.pattern:
        return len(slug) if text.written == slug else None
    return len(text.written.replace(".*", "")) if re.fullmatch(text.written, slug) else None


MADE, MADE_BY_PATTERN, OTHER, OTHER_BY_PATTERN = range(4)
"""How likely it is that a text is the slug of a statement, the most likely first."""


@cache
def _texts(path: Path) -> dict[_Text, tuple[int, int]]:
    """The texts of a file that may be slugs, with their rank and the first line that has it.

    A letter, Symbol(f"{a}{b}"), looks like the slug of any statement: an f-string counts only where it is given to a
    kind of statement or to a function of the file, or stands in a table.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return {}
    makers = {*_kinds(), *(n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef))}
    found: dict[_Text, tuple[int, int]] = {}

    def note(node: ast.expr, made: bool, line: int) -> None:
        match node:
            case ast.Constant(value=str(word)):
                text, rank = _Text(word), MADE if made else OTHER
            case ast.JoinedStr(values=parts) if any(isinstance(p, ast.Constant) for p in parts):
                pattern = "".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else ".*" for p in parts)
                text, rank = _Text(pattern, True), MADE_BY_PATTERN if made else OTHER_BY_PATTERN
            case ast.IfExp(body=body, orelse=orelse):
                note(body, made, line)
                note(orelse, made, line)
                return
            case _:
                return
        found[text] = min((rank, line), found.get(text, (rank, line)))

    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args, keywords=keywords):
                slugs = [*args[:1], *(k.value for k in keywords if k.arg == "slug")]
                for slug in slugs if name in makers else [a for a in slugs if isinstance(a, ast.Constant)]:
                    note(slug, name in makers, node.lineno)
                for other in args[1:] if name in makers else ():
                    note(other, False, other.lineno)
            case ast.Tuple(elts=[first, *rest]) | ast.List(elts=[first, *rest]):
                # a row of texts alone may be what a statement uses
                if isinstance(first, ast.Constant) or not all(isinstance(e, ast.JoinedStr) for e in rest):
                    note(first, False, node.lineno)
            case ast.Dict(keys=keys):
                for key in keys:
                    if key is not None:
                        note(key, False, key.lineno)
    return found


@cache
def _kinds() -> frozenset[str]:
    """The names of the kinds of statements."""
    waiting, found = [Statement], set()
    while waiting:
        kind = waiting.pop()
        found.add(kind.__name__)
        waiting += kind.__subclasses__()
    return frozenset(found)
