"""The pytest plugin, as pytest runs it: -k, -n, --junitxml, locks, wrong use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import forked
import pytest

FILE = """
from sympy import Rational, Symbol
from derivations import Bound, Identity, Paper
x = Symbol("x", real=True)
paper = Paper("mine", statements=(
    Bound("parabola", x * (1 - x), Rational(1, 4), on={x: (0, 1)}),
    Bound("wrong", x * (1 - x), Rational(1, 5), on={x: (0, 1)}),
    Identity("square", (x + 1) ** 2, x**2 + 2 * x + 1),
))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "my paper.py").write_text(FILE)
    (tmp_path / "test_plain.py").write_text("def test_plain():\n    assert True\n")
    return tmp_path


PLAIN = ("-p", "no:cacheprovider", "--color=no")


def bare() -> dict[str, str]:
    """The environment without what this run of pytest was told."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**bare(), "PYTEST_ADDOPTS": forked.NO_REWRITING}
    return forked.run(folder, "pytest", *PLAIN, *arguments, environment=environment)


def run_anew(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same by a new interpreter: for runs that start workers, and to see what is imported."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", *PLAIN, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        env={**bare(), "PYTHONPATH": str(Path(__file__).parent.parent)},
    )


def test_statements_are_tests_with_their_evidence(folder: Path) -> None:
    done = run(folder, "--lemmata", "liu2019.gap-u*", "--lemmata-file", "my paper.py", "-v", "--junitxml", "j.xml")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "lemmata::mine.square PASSED" in done.stdout
    assert "lemmata::liu2019.gap-upper PASSED" in done.stdout
    assert "mine.wrong: refuted by" in done.stdout
    assert "0.25 > 0.2, at x = 1/2" in done.stdout
    assert "again: lemmata at 'my paper.py:wrong' 'x = 1/2'" in done.stdout
    assert "Traceback" not in done.stdout
    assert "test_plain.py::test_plain PASSED" in done.stdout
    assert "1 failed, 4 passed" in done.stdout
    root = ET.parse(folder / "j.xml").getroot()
    cases = {c.get("name"): c for c in root.iter("testcase")}
    assert set(cases) == {"test_plain", "liu2019.gap-upper", "mine.parabola", "mine.wrong", "mine.square"}
    failure = cases["mine.wrong"].find("failure")
    assert failure is not None
    assert "residual" in (failure.text or "")
    assert not list(root.iter("properties"))


def test_selection_by_words_of_the_id(folder: Path) -> None:
    done = run(folder, "--lemmata-file", "my paper.py", "-v", "-k", "mine and not wrong")
    assert done.returncode == 0, done.stdout
    assert "2 passed, 2 deselected" in done.stdout


def test_evidence_of_what_passes_is_shown_on_request(folder: Path) -> None:
    done = run(folder, "--lemmata-file", "my paper.py", "-rP", "-k", "square")
    assert "verified: an exact and an empirical key" in done.stdout
    assert "precision   verified" in done.stdout


def test_in_several_processes(folder: Path) -> None:
    pytest.importorskip("xdist")
    done = run_anew(folder, "--lemmata-file", "my paper.py", "-n", "2", "-k", "mine")
    assert done.returncode == 1, done.stdout
    assert "1 failed, 2 passed" in done.stdout


def test_without_its_options_nothing_is_added_and_little_imported(folder: Path) -> None:
    (folder / "test_plain.py").write_text(
        "import sys\ndef test_plain():\n    assert not {'torch', 'sympy', 'numpy', 'typer'} & set(sys.modules)\n"
    )
    done = run_anew(folder, "-p", "no:hypothesispytest")
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_a_lock_fails_what_is_weaker_new_or_gone(folder: Path) -> None:
    own = folder / "my paper.py"
    own.write_text(FILE.replace("Rational(1, 5)", "Rational(1, 3)"))
    assert forked.run(folder, "checks", "lock", "my paper.py", "--jobs", "1").returncode == 0
    options = ("--lemmata-file", "my paper.py", "--lemmata-lock", "lemmata.lock", "-k", "lemmata or mine or lock")
    assert run(folder, *options).returncode == 0
    own.write_text(FILE.replace('"wrong"', '"other"').replace("Rational(1, 5)", "Rational(1, 3)"))
    done = run(folder, *options)
    assert done.returncode == 1
    assert "in the lock, but there is no such statement: mine.wrong" in done.stdout
    assert "mine.other: new: was not in the lock" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--lemmata", "nothing.*"), "no statement matches 'nothing.*'"),
        (("--lemmata-file", "none.py"), "none.py: no such file"),
        (("--lemmata", "liu2019.kernel", "--lemmata-device", "tpu"), "no device 'tpu'"),
        (("--lemmata", "liu2019.kernel", "--lemmata-lock", "none.lock"), "none.lock: no such file"),
    ],
)
def test_wrong_use_is_one_line(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    done = run(folder, *arguments)
    assert done.returncode == 4
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_pattern_that_matches_nothing_is_one_line_in_several_processes_too(folder: Path) -> None:
    done = run_anew(folder, "--lemmata", "no-such-paper.*", "-n", "2")
    assert done.returncode == 4
    assert "INTERNALERROR" not in done.stdout + done.stderr
