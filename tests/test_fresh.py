"""A run with a fresh seed: what one draw leaves undecided is drawn once more, what is refuted is not."""

import re
import sys
from pathlib import Path

import pytest

from checks import cli

FILE = '''
import numpy as np
from sympy import Symbol
from checks.readings import Compared, Means, Reading
from derivations import Bound, Paper
from derivations.quantities import MeasuredQuantity

loss, bound = MeasuredQuantity("loss"), MeasuredQuantity("bound")
SEEN = set()


def effect(size, first):
    """Trials whose first seed may have another effect than all that follow."""
    def measure(context):
        SEEN.add(context.seed)
        shift = first if (context.seed - min(SEEN)) % 1000003 == 0 else size  # more trials are of seeds so far apart
        return Compared(Means(context.rng("trials").normal(0, 1, 400), law="normal"), shift)
    return Reading("trajectory", measure)


paper = Paper("mine", statements=(
    Bound("unlucky", loss, bound), Bound("null", loss, bound), Bound("false", loss, bound), Bound("true", loss, bound),
))
READINGS = {"unlucky": effect(5, 0), "null": effect(0, 0), "false": effect(5, -5), "true": effect(5, 5)}
'''


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["lemmata", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    return int(stopped.value.code or 0)


def test_what_is_undecided_is_drawn_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(FILE)
    code = run(monkeypatch, "check", "mine.py", "--fresh", "--jobs", "1", "--json", "r.json")
    said = capsys.readouterr().out
    seed = int(re.search(r"seed (\d+)", said)[1])
    assert f"mine.unlucky: undecided with seed {seed}, measured with seed {seed + 1}" in said
    assert f"mine.null: undecided with seed {seed}, undecided with seed {seed + 1}" in said
    assert "mine.false: undecided" not in said
    assert "mine.true: undecided" not in said
    assert "2 measured, 1 undecided, 1 refuted" in said
    assert code == 1
    assert Path("r.json").read_text().count('"verdict": "undecided"') == 2  # of the statement and of its evidence


def test_a_seed_that_was_chosen_is_not_fresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(FILE)
    assert run(monkeypatch, "check", "mine.py", "--fresh", "--seed", "3") == 2
    assert "leave out --seed 3 or --fresh" in capsys.readouterr().err


def test_a_script_draws_one_seed_for_all_its_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(FILE)
    monkeypatch.setenv("LEMMATA_FRESH_SEED", "41")
    assert run(monkeypatch, "check", "mine.py:true", "--fresh", "--jobs", "1") == 0
    assert "seed 41\n" in capsys.readouterr().out
    monkeypatch.setenv("LEMMATA_FRESH_SEED", "-1")
    assert run(monkeypatch, "check", "mine.py:true", "--fresh", "--jobs", "1") == 2
    assert "LEMMATA_FRESH_SEED is a whole number ≥ 0, not '-1'" in capsys.readouterr().err
    assert run(monkeypatch, "check", "mine.py:true", "--seed", "0", "--jobs", "1") == 0


def test_the_first_seed_again_says_what_it_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the second seed decided is not kept as what the first one found."""
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(FILE)
    patterns = ("mine.py:unlucky", "mine.py:true")
    assert run(monkeypatch, "check", *patterns, "--fresh", "--jobs", "1") == 0
    seed = re.search(r"seed (\d+)", capsys.readouterr().out)[1]
    assert run(monkeypatch, "check", *patterns, "--seed", seed, "--jobs", "1") == 1
    assert "1 measured, 1 undecided" in capsys.readouterr().out
