"""Where the parts of a statement are written: formula, derivation, readings, models, pictures, tests, and its lock."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from checks.library.collect import Item, readings_for, resolve
from checks.library.places import place_of, root, shown


@dataclass(frozen=True)
class Place:
    """One part: `what` it is, its file and line, and the name there."""

    what: str
    file: str
    line: int
    name: str = ""


def whereabouts(item: Item) -> list[Place]:
    """Every place of a statement, its own first; parts that it does not have are left out."""
    found = []
    if (own := place_of(item)) is not None:
        found.append(Place("statement", *own))
    if (derive := resolve(item).derive) is not None:
        found += [_place("derivation", function) for function in _functions(derive)]
    for reading in readings_for(item):
        functions = list(_functions(reading.measure))
        for function in functions:
            found.append(_place(f"reading ({reading.method})", function))
            found += [_place(_role(used), used) for used in _numbers_of(function)]
    found += _named_in(item, "picture", _pictures(item.paper))
    found += _tests(item)
    found += _recorded(item)
    return list(dict.fromkeys(found))


def _functions(measure: Any) -> Iterator[Callable[..., Any]]:
    """The functions of a reading: its own, or those that a partial or a closure of ours calls."""
    while isinstance(measure, partial):
        yield from (a for a in measure.args if inspect.isfunction(a))
        measure = measure.func
    if inspect.isfunction(measure):
        yield inspect.unwrap(measure)


def _place(what: str, thing: Any) -> Place:
    thing = inspect.unwrap(thing)
    lines = inspect.getsourcelines(thing)[1] if not isinstance(thing, ModuleType) else 1
    name = "" if thing.__name__ == "<lambda>" else thing.__name__
    return Place(what, shown(Path(str(inspect.getsourcefile(thing)))), lines, name)


def _role(used: Any) -> str:
    return "model" if used.__module__.startswith(("numerics.models.", "numerics.layers")) else "measured by"


def _numbers_of(function: Callable[..., Any], depth: int = 2) -> list[Any]:
    """The parts of `numerics` that a reading uses, directly or by functions of its module; evaluation is left out."""
    found: list[Any] = []
    for name in sorted({n for code in _codes(function.__code__) for n in code.co_names}):
        named = function.__globals__.get(name)
        used = inspect.unwrap(named) if callable(named) else named  # runs that statements share are cached
        home = getattr(used, "__module__", "") or ""
        if not (inspect.isfunction(used) or inspect.isclass(used)):
            continue
        if home.startswith("numerics.") and not home.startswith("numerics.values."):
            found.append(used)
        elif home == function.__module__ and inspect.isfunction(used) and depth:
            found += _numbers_of(used, depth - 1)
    return found


def _codes(code: Any) -> Iterator[Any]:
    yield code
    for constant in code.co_consts:
        if inspect.iscode(constant):
            yield from _codes(constant)


def _pictures(paper: str) -> list[Path]:
    """The file of a paper's pictures."""
    spec = find_spec(f"checks.figures.{paper}") if paper.isidentifier() else None
    return [Path(spec.origin)] if spec is not None and spec.origin else []


def _tests(item: Item) -> list[Place]:
    """The tests that name a statement; of one that none of its paper's tests names, the files that test the paper."""
    files = sorted((root() / "tests").rglob("test_*.py"))
    own = [path for path in files if item.paper in path.stem]
    found = _named_in(item, "test", own)
    if not found:
        found = [Place("tests of the paper", shown(path), 1) for path in own]
    return found + _named_in(item, "example in a test", [path for path in files if path not in own])


def _recorded(item: Item) -> list[Place]:
    """The line of the lock with a statement's last recorded verdict, which `lemmata check --lock` compares with."""
    path = root() / "lemmata.lock"
    if item.file is not None or not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    heading = f"[{item.paper}.{item.slug}]"
    return [Place("recorded verdict", shown(path), lines.index(heading) + 1)] if heading in lines else []


def _named_in(item: Item, what: str, files: list[Path]) -> list[Place]:
    """The first line of each file on which the id of a statement is a text, or its slug in a file of its paper."""
    found = []
    for path in files:
        source = path.read_text(encoding="utf-8", errors="replace")
        wanted = {f"{item.paper}.{item.slug}", *([item.slug] if item.paper in path.stem else [])}
        if not any(word in source for word in wanted):
            continue
        lines = [
            node.lineno
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in wanted
        ]
        if lines:
            found.append(Place(what, shown(path), min(lines)))
    return found
