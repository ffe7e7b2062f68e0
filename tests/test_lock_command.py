"""The lock as users meet it: recorded, compared, broken, and that of this repository."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import forked
import pytest

from checks.lock.lock import read_lock
from checks.verdicts import GOOD

FILE = """
from sympy import Rational, Symbol
from derivations import Bound, Identity, Paper
x = Symbol("x", real=True)
paper = Paper("mine", statements=(
    Bound("parabola", x * (1 - x), Rational(1, {denominator}), on={{x: (0, 1)}}),
    Identity("square", (x + 1) ** 2, x**2 + 2 * x + 1),
))
"""


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    # one process: the results are the same, and each worker takes seconds to start
    return forked.run(folder, "checks", *arguments, "--jobs", "1", environment={**os.environ, **environment})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(FILE.format(denominator=4))
    return tmp_path


def test_a_broken_constant_is_seen_in_every_output(folder: Path) -> None:
    recording = run(folder, "lock", "mine.py")
    assert recording.returncode == 0, recording.stderr
    good = run(folder, "check", "mine.py", "--lock", "lemmata.lock")
    assert good.returncode == 0, good.stdout
    assert "nothing differs from the 2 statements recorded" in good.stdout
    (folder / "mine.py").write_text(FILE.format(denominator=5))
    outputs = ("--junit", "out/j.xml", "--summary", "out/s.md", "--badge", "out/b.svg", "--json", "out/r.json")
    broken = run(
        folder,
        *("check", "mine.py", "--lock", "lemmata.lock", *outputs),
        GITHUB_ACTIONS="true",
        GITHUB_STEP_SUMMARY=str(folder / "step.md"),
    )
    assert broken.returncode == 1
    assert "x·(1 - x) ≤ 1/4 → x·(1 - x) ≤ 1/5" in broken.stdout
    assert "::error file=mine.py,line=6,title=lemmata%3A mine.parabola::refuted by" in broken.stdout
    assert "0.25 &gt; 0.2, at x = 1/2" in (folder / "out" / "j.xml").read_text(encoding="utf-8")
    assert "verified | refuted" in (folder / "out" / "s.md").read_text(encoding="utf-8")
    assert (folder / "step.md").read_text(encoding="utf-8") == (folder / "out" / "s.md").read_text(encoding="utf-8")
    assert "1 of 2 refuted" in (folder / "out" / "b.svg").read_text(encoding="utf-8")
    again = run(folder, "lock", "mine.py")
    assert again.returncode == 1  # it is recorded, and said that it is bad
    assert "mine.parabola" in again.stdout


def test_a_lock_that_is_none_is_said_before_anything_runs(folder: Path) -> None:
    (folder / "x.lock").write_text("<<<<<<< HEAD\n")
    for arguments in (("check", "mine.py", "--lock", "x.lock"), ("lock", "mine.py", "-o", "x.lock")):
        done = run(folder, *arguments)
        assert done.returncode == 2
        assert done.stdout == ""
        assert "merge conflict" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    both = run(folder, "check", "mine.py", "--lock", "x.lock", "--methods", "precision")
    assert both.returncode == 2
    assert (folder / "x.lock").read_text() == "<<<<<<< HEAD\n"


def test_the_lock_of_this_repository_names_every_statement_of_the_library() -> None:
    from derivations.papers import KEYS, paper

    guard = read_lock(Path(__file__).parent.parent / "lemmata.lock")
    there = {s.id: s.fingerprint for key in KEYS for s in paper(key).statements}
    assert {id: e.expression for id, e in guard.entries.items()} == there
    assert all(e.verdict in GOOD for e in guard.entries.values())
