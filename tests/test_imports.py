"""What a small check does not need is not imported: torch and scipy.stats take longer than its work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from checks.running.devices import _driver, resolve_device

FILE = """
from sympy import Symbol, exp
from derivations import Identity, Paper
x = Symbol("x", real=True)
paper = Paper("mine", statements=(Identity("logistic", 1 / (1 + exp(-x)), exp(x) / (1 + exp(x))),))
"""
WITH_A_MODEL = """
from derivations import Gradient, Paper, inner, vector
import sympy as sp
n, d = sp.symbols("n d", integer=True, positive=True)
X, w, y = sp.MatrixSymbol("X", n, d), vector("w", d), vector("y", n)
rest = X * w - y
paper = Paper("mine", statements=(
    Gradient("squares", w, X.T * rest, of=inner(rest, rest) / 2, model=lambda X, w, y: ((X @ w - y) ** 2).sum() / 2),
))
"""
PROGRAM = """
import sys
from checks.cli import main
sys.argv = ["lemmata", "check", "mine.py", "--no-cache", "--jobs", "1"]
try:
    main()
except SystemExit as stopped:
    print("code", stopped.code)
print("imported", *sorted({"torch", "scipy.stats", "joblib", "z3"} & set(sys.modules)))
if "torch" in sys.modules:
    print("threads", sys.modules["torch"].get_num_threads())
"""


def imported(folder: Path, text: str) -> list[str]:
    """The last lines of a new interpreter that checks a file with this text."""
    (folder / "mine.py").write_text(text)
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=folder, capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if line.startswith(("code", "imported", "threads"))]


def test_an_identity_needs_neither_torch_nor_scipy_stats(tmp_path: Path) -> None:
    if resolve_device("auto") == "cuda":
        pytest.skip("a GPU is used where there is one, and torch finds it")
    assert imported(tmp_path, FILE) == ["code 0", "imported"]


def test_a_worker_that_waits_for_tasks_has_not_imported_sympy() -> None:
    """A killed worker is started again, and a second of processor time is most of its start."""
    code = "import sys, checks.running.schedule.base; print({'sympy', 'numpy', 'torch'} & set(sys.modules) or 'none')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "none"


def test_where_a_model_is_run_torch_has_one_thread(tmp_path: Path) -> None:
    assert imported(tmp_path, WITH_A_MODEL)[-1] == "threads 1"


def test_a_machine_without_a_driver_is_one_where_torch_sees_no_gpu() -> None:
    import torch

    assert resolve_device("auto") == ("cuda" if torch.cuda.is_available() else "cpu")
    assert _driver() or not torch.cuda.is_available()
