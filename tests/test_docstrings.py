"""The docstrings of public functions and classes have all their parts, and their examples run."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import importlib
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
MODULES = (
    "derivations",
    "derivations.composition",
    "derivations.latex",
    "derivations.papers",
    "derivations.quantities",
    "numerics.chains",
    "numerics.convolution_spectra",
    "numerics.curvature",
    "numerics.data",
    "numerics.gram",
    "numerics.kernels",
    "numerics.layers",
    "numerics.marchenko_pastur",
    "numerics.rigorous",
    "numerics.stability",
    "numerics.statistics",
    "numerics.values.evaluate",
    "checks.api",
    "checks.context",
    "checks.errors",
    "checks.readings",
    "checks.measurable.sweeps",
    "checks.verdicts",
)
"""Modules in which every name without an underscore is public."""
PAGES = (ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").glob("*.py"))
"""Files that show users what to import: these names are public as well."""
SECTIONS = ("Args", "Attributes", "Returns", "Raises", "Source", "Example")


def _named() -> Iterator[tuple[str, str]]:
    for name in MODULES:
        module = importlib.import_module(name)
        own = [k for k, v in vars(module).items() if not k.startswith("_") and getattr(v, "__module__", "") == name]
        yield from ((name, k) for k in getattr(module, "__all__", own))
    shown = re.compile(r"^(?:>>> )?from ((?:derivations|numerics|checks)[\w.]*) import ([\w, ]+)$", re.MULTILINE)
    for page in PAGES:
        for module_name, names in shown.findall(page.read_text(encoding="utf-8")):
            yield from ((module_name, k.strip().partition(" as ")[0]) for k in names.split(","))


def _public() -> dict[str, Any]:
    """Public functions and classes by the name under which they are defined."""
    found = {}
    for module, name in _named():
        value = getattr(importlib.import_module(module), name, None)
        ours = str(getattr(value, "__module__", "")).partition(".")[0] in ("derivations", "numerics", "checks")
        if ours and (inspect.isfunction(inspect.unwrap(value)) or inspect.isclass(value)):
            found[f"{value.__module__}.{value.__qualname__}"] = value
    return found


PUBLIC = _public()
FUNCTIONS = {name: f for name, f in PUBLIC.items() if not inspect.isclass(f)}
CLASSES = {
    name: c for name, c in PUBLIC.items() if inspect.isclass(c) and not issubclass(c, BaseException) and c is not Enum
}


def _sections(text: str) -> dict[str, str]:
    """The sections of a docstring by their titles; what stands before them is called ""."""
    pieces = re.split(rf"^({'|'.join(SECTIONS)}):$", inspect.cleandoc(text), flags=re.MULTILINE)
    return {"": pieces[0], **dict(zip(pieces[1::2], pieces[2::2], strict=True))}


def _described(section: str) -> set[str]:
    return set(re.findall(r"^    (\w+): \S", section, re.MULTILINE))


def _raises(function: Any) -> bool:
    """Whether a function raises by itself: it has a `raise` with an error, or `taking` refuses its arguments."""
    node: Any = ast.parse(dedent(inspect.getsource(inspect.unwrap(function)))).body[0]
    taking = any(isinstance(d, ast.Call) and getattr(d.func, "id", "") == "taking" for d in node.decorator_list)
    return taking or any(isinstance(n, ast.Raise) and n.exc is not None for n in ast.walk(node))


def _lacking(name: str, value: Any) -> list[str]:
    """What a docstring lacks."""
    parts = _sections(value.__doc__ or "")
    first = parts[""].strip().partition("\n")[0]
    lacking = [] if first.endswith(".") and not re.search(r"[a-z]\. [A-Z]", first) else ["one sentence on a line"]
    if inspect.isclass(value):
        fields = _fields(value)
        described = _described(parts.get("Args", "") + parts.get("Attributes", ""))
        needs_example = bool(fields) and "Attributes" not in parts
    else:
        signature = inspect.signature(value)
        fields = set(signature.parameters)
        described = _described(parts.get("Args", ""))
        needs_example = True
        if signature.return_annotation not in (None, "None") and "Returns" not in parts:
            lacking.append("Returns")
        if _raises(value) and "Raises" not in parts:
            lacking.append("Raises")
    if fields - described:
        lacking.append(f"Args: {', '.join(sorted(fields - described))}")
    if described - fields:
        lacking.append(f"no argument: {', '.join(sorted(described - fields))}")
    if needs_example and ">>> " not in parts.get("Example", ""):
        lacking.append("Example")
    return lacking


def _ours(cls: type) -> list[Any]:
    """The classes of this library, from a class upward, that say what its arguments are."""
    ours = [b for b in cls.__mro__ if b.__module__.partition(".")[0] in ("derivations", "numerics", "checks")]
    return [b for b in ours if {"__init__", "__new__"} & set(vars(b))]


def _fields(cls: type) -> set[str]:
    """The fields that a dataclass adds to those that it inherits; the arguments of other classes."""
    if issubclass(cls, Enum):
        return set()
    if dataclasses.is_dataclass(cls) and not cls.__dataclass_params__.init:
        return set(inspect.signature(cls).parameters)
    if dataclasses.is_dataclass(cls):
        bases: list[Any] = [base for base in cls.__mro__[1:] if dataclasses.is_dataclass(base)]
        inherited = {f.name for base in bases for f in dataclasses.fields(base)}
        return {f.name for f in dataclasses.fields(cls) if f.init} - inherited
    made = next((b.__init__ if "__init__" in vars(b) else b.__new__ for b in _ours(cls)), None)
    names = list(inspect.signature(made).parameters)[1:] if made is not None else []
    return {n for n in names if not n.startswith("_") and n != "options"}


@pytest.mark.parametrize("name", sorted(FUNCTIONS | CLASSES))
def test_a_docstring_has_all_parts(name: str) -> None:
    assert _lacking(name, PUBLIC[name]) == []


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_the_examples_run(name: str) -> None:
    value = PUBLIC[name]
    members = [m for m in vars(value).values() if inspect.isfunction(m)] if inspect.isclass(value) else []
    for one in (value, *members):
        # nothing but what the example imports itself
        example = doctest.DocTestParser().get_doctest(inspect.getdoc(one) or "", {}, name, None, None)
        said: list[str] = []
        runner = doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
        assert runner.run(example, out=said.append).failed == 0, "".join(said)


def test_what_users_import_is_public() -> None:
    assert {"numerics.kernels.residual", "checks.api.check", "derivations.statements.Bound"} <= set(PUBLIC)
    assert len(PUBLIC) > 120


def test_a_part_that_is_missing_is_seen() -> None:
    def double(x: float) -> float:
        """Multiply by two.

        Returns:
            The product.
        """
        if x < 0:
            raise ValueError("negative")
        return 2 * x

    assert _lacking("double", double) == ["Raises", "Args: x", "Example"]
