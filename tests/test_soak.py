"""The soak: it notices what it is there to notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import fuzzing, soak
from checks.errors import UsageError
from checks.store.shelf import Shelf

MEANS = """
from sympy import Rational, symbols, sqrt, pi
from derivations import Constant, Expectation, Paper, relu
u = symbols("u", real=True)
paper = Paper("means", statements=(
    Constant("true", Expectation(relu(u), (u,)), 1 / sqrt(2 * pi)),
    Constant("false", Expectation(relu(u), (u,)), Rational(42, 100)),
))
"""


def test_a_false_mean_is_an_alarm_and_a_true_one_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "means.py").write_text(MEANS)
    said = soak.alarms(6, ["means.py"], jobs=1)
    assert said.startswith("6 seeds over 2 statements by sampling: 3 refuted, 3 ")
    assert said.count("means.false") == 3
    assert "means.true" not in said
    assert "(0 s now)" in soak.alarms(6, ["means.py"], jobs=1)  # all of it is kept
    with pytest.raises(UsageError, match="no method among sampling"):
        soak.alarms(6, ["liu2019.gap-lower"], jobs=1)


def test_a_loss_is_noticed(tmp_path: Path) -> None:
    killed = soak.Killed("check", 1.0, ("soak.s1", "soak.s2"))
    Shelf("results 1", tmp_path / ".lemmata" / "memory.sqlite").put({"soak.s1": {}, "soak.s2": {}})
    Shelf("evidence", tmp_path / ".lemmata" / "cache.sqlite").put({"k1": {"id": "soak.s1"}, "k2": {"id": "soak.s2"}})
    assert list(soak._losses(tmp_path, killed)) == []
    (tmp_path / "r.json").write_text('{"schema": 1, "statem')
    (tmp_path / "lemmata.lock").write_text("lemmata 1\n\nsoak.s1\n  verd")
    found = list(soak._losses(tmp_path, soak.Killed("check", 1.0, ("soak.s1", "soak.s3"))))
    assert len(found) == 4
    assert "s3" in found[0]


def test_killed_runs_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = soak.kills(1, seed=3)
    assert said.endswith("0 problems"), said


def test_random_expressions_are_counted_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fuzzing, "AT_ONCE", 2)
    for name in fuzzing.FUZZERS:  # test_fuzz_functions and others look at many more of what they draw
        said = fuzzing.fuzz(name, 3, 1, tmp_path)
        assert said.startswith("3 ")
        assert "\n" not in said
    shelf = Shelf("calculus", tmp_path / "calculus.sqlite")
    assert set(shelf.all()) == {"0 2", "2 3"}
    shelf.put({"0 2": {"kinds": {"right": 1, "wrong": 1}, "wrong": ["tree 1: 1 instead of 2"]}})
    assert fuzzing.fuzz("calculus", 3, 1, tmp_path).splitlines()[1] == "tree 1: 1 instead of 2"
