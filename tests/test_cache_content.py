"""The cache's keys: the hash of an object is of what it does, and of all that a result depends on."""

from __future__ import annotations

import ast
import functools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import pytest
import sympy as sp
import torch

from checks.running.cache.content import Content, Opaque
from checks.store import sources

ROOT = Path(__file__).parent.parent


def content(elsewhere: str = "") -> Content:
    return Content(lambda module: module not in (__name__, "mod"), elsewhere)


def compiled(code: str, name: str = "f") -> FunctionType:
    module = ModuleType("mod")
    exec(compile(code, "mod.py", "exec"), vars(module))
    found = vars(module)[name]
    assert isinstance(found, FunctionType)
    return found


BASE = "def g(x):\n    return x + 1\nC = 3\ndef f(x, y=2):\n    return g(x) * C + y\n"


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("x + 1", "x + 2", False),
        ("C = 3", "C = 4", False),
        ("y=2", "y=5", False),
        ("g(x) * C", "g(x) - C", False),
        ("C = 3", "C = 3.0", False),
        ("def f", "# why\n\ndef f", True),
        ("C = 3", "D = 7\nC = 3", True),
        ("C = 3", "def C(x):\n    return f(x)", False),
    ],
)
def test_functions_are_what_they_do(old: str, new: str, same: bool) -> None:
    changed = compiled(BASE.replace(old, new))
    assert (content().digest(compiled(BASE)) == content().digest(changed)) is same


def test_circles_end_and_are_told_apart() -> None:
    code = "def f(n):\n    return h(n - 1) if n else {}\ndef h(n):\n    return f(n - 1) if n else 0\n"
    one, other = compiled(code.replace("{}", "1")), compiled(code.replace("{}", "2"))
    assert content().digest(one) == content().digest(compiled(code.replace("{}", "1")))
    assert content().digest(one) != content().digest(other)
    both = content()
    h = both.digest(one.__globals__["h"])
    assert both.digest(one) == content().digest(one)
    assert h == content().digest(one.__globals__["h"])


@pytest.mark.parametrize("dynamic", ["eval('C')", "globals()['C']"])
def test_what_code_reaches_by_name_is_everything(dynamic: str) -> None:
    f = compiled(f"C = 3\ndef f():\n    return {dynamic}\n")
    assert content("one").digest(f) != content("two").digest(f)
    assert content("one").digest(compiled(BASE)) == content("two").digest(compiled(BASE))


def test_modules_count_by_what_is_taken_from_them() -> None:
    def using(value: int, other: int, code: str = "m.a") -> FunctionType:
        m = ModuleType("mod")
        vars(m).update(a=value, b=other)
        f = compiled(f"m = None\ndef f():\n    return {code}\n")
        f.__globals__["m"] = m
        return f

    assert content().digest(using(1, 2)) == content().digest(using(1, 3))
    assert content().digest(using(1, 2)) != content().digest(using(2, 2))
    assert content().digest(using(1, 2, "getattr(m, 'b')")) != content().digest(using(1, 3, "getattr(m, 'b')"))


def adder(n: int) -> Callable[[int], int]:
    return lambda x: x + n


class Plain:
    size = 3

    def __init__(self, value: int) -> None:
        self.value = value


x, y = sp.symbols("x y", real=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (adder(1), adder(2)),
        (functools.partial(adder, 1), functools.partial(adder, 2)),
        (Plain(1), Plain(2)),
        (x + y, x * y),
        (sp.Symbol("x"), x),
        (sp.Integer(1), 1),
        (1, True),
        (1, 1.0),
        ("1", 1),
        ([1, 2], (1, 2)),
        ([1, [2]], [[1], 2]),
        ({"a": 1}, {"a": 2}),
        ({1, 2}, {1, 3}),
        (np.zeros(3), np.zeros((3, 1))),
        (np.zeros(3), np.zeros(3, dtype=np.float32)),
        (torch.zeros(2), torch.ones(2)),
        (torch.float32, torch.float64),
        (sp.Function("f")(x), sp.Function("g")(x)),
        (sp.Matrix([1, 2]), sp.Matrix([2, 1])),
        (np.sin, np.cos),
        (torch.relu, torch.tanh),
    ],
    ids=[f"pair {i}" for i in range(21)],
)
def test_different_things_differ_and_the_same_do_not(one: Any, other: Any) -> None:
    assert content().digest(one) != content().digest(other)
    assert content().digest(one) == content().digest(one)


def test_equal_things_made_twice_are_the_same() -> None:
    assert content().digest(adder(3)) == content().digest(adder(3))
    assert content().digest(Plain(3)) == content().digest(Plain(3))
    assert content().digest({"b", "a", "c"}) == content().digest({"c", "b", "a"})
    assert content().digest(sp.Integral(sp.sin(x), x)) == content().digest(sp.Integral(sp.sin(x), x))
    assert content().digest(sp.Dummy("t")) == content().digest(sp.Dummy("t"))


def test_what_cannot_be_told_is_said() -> None:
    with pytest.raises(Opaque, match="lock"):
        content().digest(threading.Lock())


def test_shared_parts_are_looked_at_once() -> None:
    expr: Any = x
    for _ in range(60):
        expr = sp.Add(expr, sp.Mul(expr, expr, evaluate=False), evaluate=False)
    started = time.process_time()
    content().digest(expr)
    assert time.process_time() - started < 60  # 2^60 steps otherwise


HASHES = """
import sys
from dataclasses import replace
from checks.running.cache.keys import Keys
from checks.context import Options
from checks.library.collect import collect
from checks.running.work import works_of
items = collect(["liu2019.s*", "liu2019.g*", "macdonald2023.mechanism-values"])
works = [replace(w, methods=("symbolic", "trajectory")) for w in works_of(items)]
keys = Keys(items, Options())
way = -1 if len(sys.argv) > 1 else 1
print([keys.of(w) for w in works[::way]][::way])
"""


def test_keys_do_not_depend_on_the_process_or_the_order() -> None:
    found = []
    for seed, more in (("0", []), ("1", ["backwards"])):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", HASHES, *more]
        found.append(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)
    assert found[0] == found[1]
    assert "None" not in found[0]


# what every result depends on


def test_the_core_has_the_methods_and_no_paper() -> None:
    modules = sources.core().modules
    assert {"checks.methods.search", "derivations.statements", "numerics.rigorous", "checks.verdicts"} <= modules
    assert not [m for m in modules if m.startswith(("derivations.papers.", "checks.report", "checks.figures"))]
    assert sources.settled("checks.methods.search")
    assert sources.settled("numpy.linalg")
    assert sources.settled("json")
    assert not sources.settled("derivations.papers.liu2019.kernel")
    assert not sources.settled(__name__)


def test_packages_that_list_their_modules_are_found_as_by_a_look_at_every_expression() -> None:
    files = {sources._module(name): text for name, text in sources.sources().items() if name.endswith(".py")}
    packages = {name.rpartition(".")[0] for name in files} & set(files)
    listing = set()
    for package in packages:
        inside = {name for name in files if name.rpartition(".")[0] == package}
        if any(isinstance(node, ast.Name) and node.id == "__path__" for node in ast.walk(ast.parse(files[package]))):
            assert inside <= set(sources._imported(package, files)), package
            listing.add(package)
        else:
            assert b"__path__" not in files[package], package
    assert listing


def test_nothing_of_the_core_imports_a_module_of_ours_that_is_outside() -> None:
    files = {sources._module(name): text for name, text in sources.sources().items() if name.endswith(".py")}
    core = sources.core().modules
    assert [m for m in core if not set(sources._imported(m, files)) <= core] == []
