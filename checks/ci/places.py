"""Where in a source file a statement is written, for annotations."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from checks.collect import Item


def place_of(item: Item) -> tuple[str, int] | None:
    """The file, relative to this folder where it is inside, and the line of a statement's slug; None if not found."""
    for path in _sources(item):
        line = _lines(path).get(item.slug)
        if line is not None:
            return shown(path), line
    return (shown(Path(item.file)), 1) if item.file else None


def shown(path: Path) -> str:
    """A path as it is written in annotations."""
    try:
        return path.resolve().relative_to(Path.cwd().resolve()).as_posix()
    except ValueError:
        return path.as_posix()


def _sources(item: Item) -> Iterable[Path]:
    if item.file:
        return [Path(item.file)]
    spec = find_spec(f"derivations.papers.{item.paper}")
    if spec is None or spec.origin is None:
        return []
    origin = Path(spec.origin)
    return sorted(origin.parent.glob("*.py")) if origin.name == "__init__.py" else [origin]


@cache
def _lines(path: Path) -> dict[str, int]:
    """The first line on which each word is the first argument of a call: Identity("kernel", …)."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return {}
    found: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            word = node.args[0].value
            if isinstance(word, str):
                found[word] = min(node.lineno, found.get(word, node.lineno))
    return found
