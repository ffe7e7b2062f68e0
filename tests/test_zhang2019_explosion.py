"""The converse as a chain: it holds, and with a smaller constant, a longer growth or less width it does not."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import log
from typing import Any

import pytest
import torch
from sympy import Le, Not, Rational

from checks.context import Context
from checks.errors import InputError
from checks.measurable import Setting
from checks.methods import symbolic
from checks.papers.zhang2019 import THEOREMS
from checks.studies.theorems.evaluation import evaluated
from checks.verdicts import Verdict
from derivations.papers import paper
from derivations.papers.zhang2019.notation import L, m, tau
from derivations.papers.zhang2019.proof.explosion import EXPLOSION, WIDTH, c, rare, x
from derivations.quantities.chance import Chance
from derivations.quantities.schemas import ForAll
from derivations.vectors import norm_squared
from numerics.data import sphere
from numerics.stability import log_growth

ZHANG = paper("zhang2019")
LESS = Rational(99, 100)


def _verdict(statement: Any) -> Any:
    (found,) = symbolic.run(statement, (), Context())
    return found


@pytest.mark.parametrize("slug", ["root-gap", "block-grows", "explosion-width", "explosion"])
def test_the_chain_holds(slug: str) -> None:
    assert _verdict(ZHANG[slug]).verdict is Verdict.VERIFIED


def test_features_that_grow_more_are_not_proved() -> None:
    """(1 + L^{2c}/3.9)‖h_0‖² is asked of blocks that multiply by 1 + τ²/4."""
    statement: Any = ZHANG["explosion"]
    goal = norm_squared(x(L)) >= (1 + L ** (2 * c) * Rational(10, 39)) * norm_squared(x(0))
    whole = statement.derivation
    derive = partial(replace, whole, start=Chance(Not(goal)))
    found = _verdict(statement.but(lhs=Chance(Not(goal)), derive=derive))
    assert found.verdict is Verdict.UNDECIDED
    assert "step 4 (where all blocks grow, so do all together)" in found.detail


@pytest.mark.parametrize(
    ("dropped", "step"),
    [
        (L ** (2 * c) <= L * tau**2, "step 3 (Bernoulli, and Lτ² ≥ L^{2c})"),
        (m >= WIDTH, "step 6 (m ≥ M)"),
        ("block", "step 2 (L blocks)"),
    ],
)
def test_without_a_hypothesis_a_step_is_named(dropped: Any, step: str) -> None:
    statement: Any = ZHANG["explosion"]
    given = statement.conditions_given
    left = tuple(r for r in given if r != dropped and not (isinstance(r, ForAll) and r.name == dropped))
    assert len(left) == len(given) - 1
    ranges = {s: r for s, r in statement.domain.ranges.items() if s.is_Symbol and not hasattr(s, "shape")}
    found = _verdict(statement.but(where=left, on={**ranges, **statement.on}))
    assert found.verdict is Verdict.UNDECIDED
    assert step in found.detail


def test_blocks_that_fail_more_often_are_not_paid_for_by_the_width() -> None:
    statement: Any = ZHANG["explosion"]

    def oftener(given: Any) -> Any:
        if not isinstance(given, ForAll):
            return given
        claims = tuple(Le(claim.lts, claim.gts / LESS) for claim in given.claims)
        return ForAll(given.variables, claims, given.when, given.name)

    found = _verdict(statement.but(where=tuple(map(oftener, statement.conditions_given))))
    assert found.verdict is Verdict.UNDECIDED
    assert "step 2 (L blocks)" in found.detail


@pytest.mark.parametrize("slug", ["root-gap", "block-grows", "explosion-width"])
def test_a_lemma_with_a_smaller_bound_is_not_proved(slug: str) -> None:
    lemma: Any = ZHANG[slug]
    if slug == "root-gap":
        mutant = lemma.but(lhs=lemma.lhs * Rational(105, 100))
    else:
        last = lemma.derivation.steps[-1]
        shorter = replace(lemma.derivation, steps=(*lemma.derivation.steps[:-1], replace(last, expr=LESS * last.expr)))
        mutant = lemma.but(rhs=LESS * lemma.rhs, derive=lambda: shorter)
    assert _verdict(mutant).verdict is not Verdict.VERIFIED


@pytest.mark.parametrize("number", range(4))
def test_a_block_needs_each_of_its_hypotheses(number: int) -> None:
    lemma: Any = ZHANG["block-grows"]
    given = lemma.conditions_given
    left = given[:number] + given[number + 1 :]
    ranges = {s: r for s, r in lemma.domain.ranges.items() if s.is_Symbol and not hasattr(s, "shape")}
    found = _verdict(lemma.but(where=left, on={**ranges, **lemma.on}))
    assert found.verdict is Verdict.UNDECIDED
    assert "step" in found.detail


def test_networks_of_that_width_grow_at_least_as_much() -> None:
    """The conclusion on simulated networks of the width that is asked for, and a chance that a block alone has."""
    setting = Setting(sphere(2, 3, 1), depth=16)
    found = evaluated("zhang2019.explosion", EXPLOSION, THEOREMS["explosion"], setting)
    width = float(found.demands["width"])
    assert width == pytest.approx(800 * log(2 * 16 / 0.1) / 0.25, rel=1e-12)
    assert found.needed["width"] <= width
    g = torch.Generator().manual_seed(0)
    grown = log_growth([0.5], 16, 20_000, 20, g, path=True)[:, 0]
    steps = torch.diff(grown, dim=0)
    assert float(steps.min()) > log(1 + 0.25 / 4)
    assert float(grown[-1].min()) > log(1 + 16 * 0.25 / 4)
    assert float(steps.mean()) < log(1 + 0.25)  # a block that multiplied ‖h‖² by 1 + τ² would be beyond its mean


def test_branches_that_are_too_large_are_refused() -> None:
    setting = Setting(sphere(2, 3, 1), depth=16, given={"tau": 1.5})
    with pytest.raises(InputError, match=r"the proof is for tau <= 1, here tau = 1\.5"):
        evaluated("zhang2019.explosion", EXPLOSION, THEOREMS["explosion"], setting, measure=False)


def test_the_chance_is_that_of_the_lemma() -> None:
    assert ZHANG["block-grows"].content[1] == rare
