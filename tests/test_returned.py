"""What a user's function returns that it should not is an error in one line, never a verdict."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sympy import Rational, symbols

from checks.api import check
from checks.context import Context
from checks.methods import sampling
from checks.readings import Reading, ReadingError, Sampled, Tried
from checks.verdicts import Verdict
from derivations.statements import Constant, Probability, Rate

RNG = np.random.default_rng(0)
quantity, n = symbols("q n", positive=True)
NO_TRIALS: dict[str, Any] = {
    "nan": np.full(100, np.nan),
    "infinity": np.array([1, np.inf]),
    "none": None,
    "a table": np.ones((3, 4), bool),
    "one value": True,
    "nothing": np.array([], bool),
    "words": "true",
    "chances": RNG.random(100),
    "counts": RNG.integers(0, 3, 100),
    "rows of unlike lengths": [[True], [True, False]],
    "an iterator": iter([True, False]),
    "objects": np.array([True, None, False]),
    "complex": np.ones(9) * 1j,
    "masked": np.ma.masked_array([True, False], mask=[True, False]),
}
NO_LAWS: dict[str, Any] = {
    "nan": (np.arange(1, 9.0), np.full(8, np.nan)),
    "none": None,
    "tables": (np.ones((3, 4)), np.ones((3, 4))),
    "unlike lengths": (np.arange(1, 9.0), np.ones(3)),
    "words": ("a", "b"),
    "negative": (np.arange(1, 9.0), -np.ones(8)),
    "zero": (np.arange(1, 9.0), np.zeros(8)),
    "a negative variable": (-np.arange(1, 9.0), np.ones(8)),
    "one row": (np.ones(8),),
    "complex": (np.arange(1, 9.0), np.ones(8) * 1j),
    "numbers": (1.0, 2.0),
    "one size": (np.ones(8), np.ones(8)),
}


@pytest.mark.parametrize("name", NO_TRIALS)
def test_trials(name: str) -> None:
    found = check(Probability("p", "an event", at_most=Rational(3, 5), trial=lambda _: NO_TRIALS[name]))
    assert found.verdict is Verdict.ERROR
    (said,) = (e.detail for e in found.evidence)
    assert "the trial returned" in said
    assert "return whether the event happened" in said
    assert "\n" not in said


@pytest.mark.parametrize("name", NO_LAWS)
def test_laws(name: str) -> None:
    found = check(Rate("p", quantity, n, -1, measure=lambda _: NO_LAWS[name]))
    assert found.verdict is Verdict.ERROR, found.evidence
    assert "\n" not in found.evidence[0].detail


@pytest.mark.parametrize("returned", [[True] * 40 + [False] * 160, np.arange(200) < 40, np.repeat([1, 0], [40, 160])])
def test_honest_trials_are_counted(returned: Any) -> None:
    found = check(Probability("p", "an event", at_most=Rational(3, 5), trial=lambda _: returned))
    assert "40 of 200 trials" in found.evidence[0].detail


def test_the_file_is_named(tmp_path: Path) -> None:
    text = "from derivations import Paper, Probability\n"
    text += "paper = Paper('p', statements=(Probability('never', 'an event', at_most=0.5, trial=lambda rng: None),))\n"
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    (found,) = check(str(path), jobs=1)
    assert (found.id, found.verdict) == ("p.never", Verdict.ERROR)
    assert found.evidence[0].detail.startswith(f"{path}: the trial returned None")


@pytest.mark.parametrize("chunk", [None, np.ones(9), np.ones((9, 2)), np.array([["a"]]), np.ones((9, 1)) * 1j])
def test_samples(chunk: Any) -> None:
    reading = Reading("sampling", lambda _: Sampled(lambda count: iter([chunk]), np.zeros(1)))
    with pytest.raises(ReadingError, match="shape"):
        sampling.run(Constant("c", 0, 0), (reading,), Context(0))


@pytest.mark.parametrize(
    "wrong",
    [lambda: Tried(3, 2), lambda: Tried(-1, 2), lambda: Tried(0, 0), lambda: Tried(1.5, 2)],  # type: ignore[arg-type]
)
def test_counts(wrong: Callable[[], Tried]) -> None:
    with pytest.raises(ReadingError, match="whole number"):
        wrong()
