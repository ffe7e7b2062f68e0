"""Where in a source file a statement is written, for annotations."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from checks.library.collect import Item
from derivations.papers import BrokenPaper, module_of


def place_of(item: Item) -> tuple[str, int] | None:
    """The file, as `shown` writes it, and the line of a statement's slug; None if not found."""
    for path in _sources(item):
        line = _line_of(item.slug, path)
        if line is not None:
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
    return sorted(path.parent.glob("*.py")) if path.name == "__init__.py" else [path]


def _line_of(slug: str, path: Path) -> int | None:
    """The line of a slug as it is written, else of the f-string that matches it with the most fixed letters."""
    words, patterns = _lines(path)
    if slug in words:
        return words[slug]
    fitting = [(len(pattern.replace(".+", "")), -line) for pattern, line in patterns if re.fullmatch(pattern, slug)]
    return -max(fitting)[1] if fitting else None


@cache
def _lines(path: Path) -> tuple[dict[str, int], list[tuple[str, int]]]:
    """The first line on which each word is the first argument of a call: Identity("kernel", …).

    The second part has the f-strings in such places, Identity(f"c-{name}", …), as patterns with their lines.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return {}, []
    found: dict[str, int] = {}
    patterns: list[tuple[str, int]] = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(args=[ast.Constant(value=str(word)), *_]):
                found[word] = min(node.lineno, found.get(word, node.lineno))
            case ast.Call(args=[ast.JoinedStr(values=parts), *_]):
                pattern = "".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else ".+" for p in parts)
                if pattern != ".+":
                    patterns.append((pattern, node.lineno))
    return found, patterns
