"""Lemmas on the gradients of all blocks and on a step: true as they are, and not with a constant 1 % less."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sympy import Rational

from checks.context import Context
from checks.methods import method, symbolic
from checks.methods.unspecified import found_by
from checks.verdicts import Verdict
from derivations.papers import paper

DU = paper("du2018")
LESS = Rational(99, 100)
BOUNDS = ("block-step", "entries-length", "rest-of-step", "signals-depth-fc", "signals-depth-resnet", "gram-entry")


def _verdict(statement: Any) -> Any:
    (found,) = symbolic.run(statement, (), Context())
    return found


@pytest.mark.parametrize("slug", ["step-length", "slopes-together", *BOUNDS])
def test_a_lemma_holds(slug: str) -> None:
    assert _verdict(DU[slug]).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("slug", BOUNDS)
def test_one_per_cent_less_is_not_proved(slug: str) -> None:
    lemma: Any = DU[slug]
    whole = lemma.derivation
    last = whole.steps[-1]
    shorter = replace(whole, steps=(*whole.steps[:-1], replace(last, expr=LESS * last.expr)))
    mutant = lemma.but(rhs=LESS * lemma.rhs, derive=lambda: shorter)
    assert _verdict(mutant).verdict is not Verdict.VERIFIED


@pytest.mark.parametrize("slug", ["entries-length", "gram-entry"])
def test_one_per_cent_less_is_refuted_at_a_point(slug: str) -> None:
    lemma: Any = DU[slug]
    (found,) = method("search").run(lemma.but(rhs=LESS * lemma.rhs, derive=None), (), Context())
    assert found.verdict is Verdict.REFUTED


@pytest.mark.parametrize("slug", ["block-step", "entries-length", "rest-of-step", "gram-entry"])
def test_each_hypothesis_is_needed(slug: str) -> None:
    lemma: Any = DU[slug]
    given = lemma.conditions_given
    for number in range(len(given)):
        ranges = dict(lemma.domain.ranges)  # a condition may have been the only mention of a symbol
        left = given[:number] + given[number + 1 :]
        found = _verdict(lemma.but(where=left, on={**ranges, **lemma.on}, sample_on={}))
        assert found.verdict is Verdict.UNDECIDED
        assert "step" in found.detail


def test_a_lemma_with_an_equation_among_its_hypotheses_finds_the_lemmas_that_it_names() -> None:
    """Its equation is read as two inequalities, in a statement that is still one of the same paper."""
    (found,) = found_by("symbolic", DU["block-step"], (), Context())
    assert found.verdict is Verdict.VERIFIED


@pytest.mark.parametrize("seed", range(3))
def test_a_step_of_a_block_by_hand(seed: int) -> None:
    """η·Σ_i r_i·p_i x_iᵀ has the square η²·rᵀGr, G_ij = ⟨p_i, p_j⟩⟨x_i, x_j⟩, and no larger norm than η√nB‖r‖."""
    rng = np.random.default_rng(seed)
    p, x, r, eta = rng.standard_normal((5, 7)), rng.standard_normal((5, 4)), rng.standard_normal(5), 0.3
    step = eta * np.einsum("i,ij,ik->jk", r, p, x)
    gram = (p @ p.T) * (x @ x.T)
    assert np.sum(step**2) == pytest.approx(eta**2 * r @ gram @ r, rel=1e-12)
    largest = float(np.linalg.norm(p, axis=1).max() * np.linalg.norm(x, axis=1).max())
    assert np.linalg.norm(step, 2) <= eta * np.sqrt(5) * largest * np.linalg.norm(r)
    assert np.abs(gram).max() <= largest**2
