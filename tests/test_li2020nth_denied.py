"""li2020nth: each hypothesis denied on a case, and cases that deny nothing."""

from __future__ import annotations

import pytest
import torch

from checks.context import Context
from checks.papers.li2020nth import DENIALS, denied
from derivations.papers import paper

HOME = paper("li2020nth")


@pytest.mark.parametrize("name", list(HOME.hypotheses))
@pytest.mark.parametrize("seed", [0, 7])
def test_a_hypothesis_denied_fails_where_it_is_assumed(name: str, seed: int) -> None:
    """In each case what is kept differs from what is left out, and the statements that it contradicts assume it."""
    case = DENIALS[name](Context(seed))
    assert case.fails
    assert case.contradicts
    for slug in case.contradicts:
        assert name in HOME[slug.split(".")[1]].assumes


def test_a_case_that_keeps_the_hypothesis_fails_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The square loss in the place of the logistic, steps as short, a smooth unit: nothing is denied, nothing fails."""
    monkeypatch.setattr(denied, "logistic", denied.square)
    assert not denied.other_loss(Context(0)).fails
    right = denied.missed
    monkeypatch.setattr(
        denied, "missed", lambda nets, at, y, steps=denied.STEPS, loss=denied.square: right(nets, at, y)
    )
    assert not denied.longer_steps(Context(0)).fails
    monkeypatch.setattr(torch, "relu", denied._soft)
    assert not denied.kinks(Context(0)).fails
