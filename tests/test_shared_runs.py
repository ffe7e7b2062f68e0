"""Statements whose readings have a run in common: checked in one process, which computes the run once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.context import Options
from checks.library.collect import collect
from checks.papers import macdonald2023
from checks.running.runner import check_all
from checks.running.schedule import ATTEMPTS, LocalPool, Lost

FILE = """
import os
from functools import cache
from pathlib import Path
from sympy import Symbol
import numpy as np
from checks.readings import Followed, Reading
from derivations import Bound, Paper

x = Symbol("x", real=True, positive=True)

@cache
def trained():
    with open(Path(__file__).with_suffix(".runs"), "a") as runs:
        runs.write(f"{os.getpid()}\\n")
    return np.array([0.5])

def loss(context):
    return Followed(trained(), np.array([1.0]), "<=", 0.0, "one run")

def other(context):
    return Followed(trained() / 2, np.array([1.0]), "<=", 0.0, "the same run")

slugs = ("first", "alone", "second", "third")
paper = Paper("together", statements=tuple(Bound(slug, x / (1 + x), 1) for slug in slugs))
READINGS = {
    "first": Reading("trajectory", loss, run="training"),
    "second": Reading("trajectory", other, run="training"),
    "third": Reading("trajectory", loss, run="training"),
}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "together.py"
    made.write_text(FILE)
    return made


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_in_common_is_made_once(file: Path, jobs: int) -> None:
    found = {r.id: r for r in check_all(collect([str(file)]), Options(methods=("trajectory", "search")), jobs)}
    assert sorted(found) == [f"together.{slug}" for slug in ("alone", "first", "second", "third")]
    seen = [next(e for e in found[f"together.{s}"].evidence if e.method == "trajectory") for s in ("first", "second")]
    assert [e.verdict.value for e in seen] == ["verified", "verified"]
    assert len(file.with_suffix(".runs").read_text().split()) == 1


def test_of_statements_with_a_run_in_common_only_the_one_whose_process_dies_is_in_error(file: Path) -> None:
    class Dying(LocalPool):
        def run(self, tasks: Any) -> Iterator[tuple[int, Any]]:
            for i, task in enumerate(tasks):
                dies = any(item.slug == "second" for item, _ in task.arguments[0])
                yield i, Lost(task.name, ATTEMPTS) if dies else task.function(*task.arguments)

    items = collect([str(file)])
    found = {r.id: r for r in check_all(items, Options(methods=("search",)), 1, pool=Dying(1))}
    assert {r.id for r in found.values() if r.verdict.value == "error"} == {"together.second"}
    assert sorted(found) == sorted(item.id for item in items)
    assert f"together.second: the worker died {ATTEMPTS} times" in found["together.second"].evidence[0].detail


def test_the_runs_of_the_mechanism_are_in_common() -> None:
    """Some twenty seconds of processor time are saved."""
    runs = [macdonald2023.READINGS[f"mechanism-{name}"].run for name in ("values", "loss")]  # type: ignore[union-attr]
    assert runs == ["mechanism", "mechanism"]
