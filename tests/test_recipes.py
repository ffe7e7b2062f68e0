"""The recipes of docs/architecture.md, followed to the letter in a copy: no file is touched that they do not name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from derivations import papers
from derivations.papers import BrokenPaper, loaded

ROOT = Path(__file__).parent.parent
PACKAGES = ("derivations", "numerics", "checks")

PAPER = '''
"""Misra: Mish (2019)."""

from sympy import Rational, Symbol, tanh

from derivations import Constant, Expectation, Identity
from derivations.activations import ACTIVATIONS, sigmoid, softplus
from derivations.paper import Paper

x = Symbol("x", real=True)
mish = ACTIVATIONS["mish"]
slope = tanh(softplus(x)) + x * sigmoid(x) * (1 - tanh(softplus(x)) ** 2)
PAPER = Paper(
    "misra2019",
    title="Mish",
    statements=(
        Identity("slope", mish.derivative(x), slope),
        Identity("wrong-slope", mish.derivative(x), slope + Rational(1, 100)),
        Constant("mean", Expectation(mish.of(x), x), enclosure=(Rational("0.24"), Rational("0.25"))),
    ),
)
'''
READINGS = '''
"""Readings of Misra (2019)."""

import torch

from checks.context import Context
from checks.readings import Followed, Reading
from derivations.papers.misra2019 import slope, x
from numerics.values.evaluate import evaluate


def by_torch(context: Context) -> Followed:
    """The derivative of torch's own Mish at 50 points, and the statement's right side there."""
    at = torch.randn(50, generator=context.generator("points"), dtype=torch.float64).requires_grad_(True)
    (found,) = torch.autograd.grad(torch.nn.functional.mish(at).sum(), at)
    right = evaluate(slope, {x: at.detach().numpy()})
    return Followed(found.numpy(), right, "=", 1e-13, "50 points")


READINGS = {"slope": Reading("trajectory", by_torch, both_sides=True, by=("torch.autograd", "the right side"))}
'''
METHOD = '''
"""Method `halfway`: both sides of an identity at x = 1/2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sympy import Rational

from checks.context import Context
from checks.readings import Reading
from checks.verdicts import Evidence, Verdict
from derivations.statements import Identity, Statement


def applies(statement: Statement, readings: Sequence[Reading]) -> bool:
    """To identities."""
    return isinstance(statement, Identity)


def run(statement: Statement, readings: Sequence[Reading], context: Context) -> Sequence[Evidence]:
    """The difference of the sides there."""
    gap = statement.lhs - statement.rhs
    left = abs(float(gap.subs(dict.fromkeys(gap.free_symbols, Rational(1, 2)))))
    verdict = Verdict.VERIFIED if left < 1e-12 else Verdict.REFUTED
    return [Evidence("halfway", verdict, "at 1/2", residual=left, tolerance=1e-12)]


if TYPE_CHECKING:
    from checks.methods import Method, halfway

    _method: Method = halfway
'''
ACTIVATIONS = """        Activation("exp", exp),
        Activation("mish", lambda x: x * tanh(softplus(x))),
        Activation("elu", lambda x: relu(x) + exp(-relu(-x)) - 1),
"""
KERNEL = """
import numpy as np
from numerics.kernels import fully_connected
from numerics.values.evaluate import evaluate
from derivations import Expectation
from derivations.activations import ACTIVATIONS, X

for name in ("mish", "elu"):
    f = ACTIVATIONS[name]
    squares = (f.of(X) ** 2, f.derivative(X) ** 2)
    c, moved = (float(evaluate(Expectation(square, X), {}, "mpmath")) for square in squares)
    found = fully_connected(np.eye(2), name, 1).last
    # f = vᵀσ(W x)/√(m E σ²): the kernel of one layer on the diagonal is E σ′(u)²/E σ(u)²
    assert abs(found[0, 0] - moved / c) < 1e-12, (name, found, moved / c)
"""


def _inserted(path: Path, after: str, text: str) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.count(after) == 1
    path.write_text(source.replace(after, text), encoding="utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three packages in another folder, with a new paper, method and activation by the recipes."""
    home = tmp_path_factory.mktemp("recipes")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, home / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in {
        "derivations/papers/misra2019/__init__.py": PAPER,
        "checks/papers/misra2019.py": READINGS,
        "checks/methods/halfway.py": METHOD,
    }.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    last = '    "scaling": Assurance.MEASURED,\n'
    _inserted(home / "checks/verdicts.py", last, f'{last}    "halfway": Assurance.MEASURED,\n')
    _inserted(home / "derivations/activations.py", '        Activation("exp", exp),\n', ACTIVATIONS)
    return home


def _run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(home)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=home, env=environment, capture_output=True, text=True, timeout=300
    )


def test_a_new_paper_method_and_activation_are_used_at_once(copy: Path) -> None:
    done = _run(copy, "-m", "checks", "check", "misra2019", "--no-cache", "--jobs", "1", "--json", "found.json")
    assert done.returncode == 1, done.stdout + done.stderr  # one statement is false
    found = {s["id"].split(".")[1]: s for s in json.loads((copy / "found.json").read_text())["statements"]}
    verdicts = {slug: s["verdict"] for slug, s in found.items()}
    assert verdicts == {
        "slope": "verified",
        "wrong-slope": "refuted",
        "mean": "verified",
    }, done.stdout
    by = {slug: {e["method"]: e["verdict"] for e in s["evidence"]} for slug, s in found.items()}
    assert by["slope"]["trajectory"] == by["slope"]["halfway"] == "verified"
    assert by["wrong-slope"]["halfway"] == "refuted"
    assert "halfway" not in by["mean"]


def test_a_new_activation_has_kernels(copy: Path) -> None:
    done = _run(copy, "-c", KERNEL)
    assert done.returncode == 0, done.stderr


def test_papers_are_found_in_their_folder(tmp_path: Path) -> None:
    for name in ("smith2026/__init__.py", "du2018/__init__.py", "adams2025.py", "no_paper/notes.md", "__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert papers.in_folder(tmp_path) == ("du2018", "adams2025", "smith2026")
    assert papers.KEYS[-1] == "facts"
    assert set(papers.ORDER) <= set(papers.KEYS)


def test_a_paper_that_does_not_load_is_named_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_paper.py").write_text("from derivations import Identity\n\nIdentity('a b', 1, 1)\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BrokenPaper) as caught:
        loaded("broken_paper", "the paper 'broken'")
    said = str(caught.value)
    assert said.startswith("the paper 'broken' cannot be loaded: ")
    assert "broken_paper.py:3: StatementError: 'a b' is not a valid slug" in said
    assert "\n" not in said
