"""Methods: one module each, of one form, named in one table."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

import checks.methods
from checks.library.collect import Item, readings_for, resolve
from checks.methods import NAMES, Method, applicable, method
from checks.running.work import work_of, work_on
from checks.verdicts import EXACT, METHODS, Assurance

FOLDER = Path(checks.methods.__file__).parent


def with_run() -> set[str]:
    """The modules of the folder that define `run`."""
    trees = {path.stem: ast.parse(path.read_text()) for path in FOLDER.glob("[a-z]*.py")}
    return {
        n for n, tree in trees.items() if any(isinstance(f, ast.FunctionDef) and f.name == "run" for f in tree.body)
    }


def test_the_table_names_every_module_that_is_a_method() -> None:
    assert set(NAMES) == with_run()
    assert set(EXACT) == {"rocq", "symbolic", "enclosure"}
    assert all(METHODS[name] is Assurance.MEASURED for name in set(NAMES) - set(EXACT))


@pytest.mark.parametrize("name", NAMES)
def test_each_method_has_the_signatures_of_the_protocol(name: str) -> None:
    for function in ("applies", "run"):
        wanted = inspect.signature(getattr(Method, function))
        own = [p for p in wanted.parameters.values() if p.name != "self"]
        assert inspect.signature(getattr(method(name), function)) == wanted.replace(parameters=own)
    assert f"_method: Method = {name}" in (FOLDER / f"{name}.py").read_text()  # where mypy holds it to the protocol


def test_no_module_but_the_table_knows_all_methods() -> None:
    root = FOLDER.parent
    measuring = set(NAMES) - set(EXACT)
    for path in root.rglob("*.py"):
        text = path.read_text()
        if path.name not in ("verdicts.py", "carried.py", "mutation.py") and "papers" not in path.parts:
            assert not all(f'"{name}"' in text for name in measuring), path


def test_work_is_what_is_looked_up_one_by_one() -> None:
    for item in (Item("liu2019", "kernel"), Item("liu2019", "success-random-0"), Item("du2018", "theorem-5-1")):
        statement, work = resolve(item), work_of(item)
        assert (work.item, work.statement, work.readings) == (item, statement, readings_for(item))
        assert list(work.methods) == applicable(statement, work.readings)
        assert work_on(statement, ()).methods == tuple(applicable(statement, ()))


def test_unknown_methods_have_no_module() -> None:
    with pytest.raises(KeyError):
        method("witness")
