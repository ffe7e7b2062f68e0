"""Lemmas on the gradients of all blocks and on a step: true as they are, and not with a constant 1 % less."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from sympy import Rational

from checks.context import Context
from checks.methods import method, symbolic
from checks.methods.unspecified import found_by
from checks.verdicts import Verdict
from derivations.papers import paper
from numerics.models.du2018 import FullyConnected, ResNet

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


@pytest.mark.parametrize("skip", [False, True])
def test_the_equations_of_the_chain_are_those_of_a_network(skip: bool) -> None:
    """b(h), the Gram matrices' entries, their sum, a step's length and Taylor's remainder, beside autograd."""
    g = torch.Generator().manual_seed(5)
    n, d, m, depth, eta = 4, 6, 24, 3, 0.05
    net = ResNet(d, m, depth, "softplus", g, 0.5) if skip else FullyConnected(d, m, depth, "softplus", g)
    v = torch.nn.functional.normalize(torch.randn(n, d, generator=g, dtype=torch.float64))
    y = torch.randn(n, generator=g, dtype=torch.float64)
    blocks: list[Any] = [*(layer.weight for layer in net.layers), net.output.weight]
    gammas = [net.scale * m**0.5, *((net.step if skip else net.scale) * m**0.5 for _ in range(1, depth))]
    x = net.features(v)
    p = [torch.sigmoid(x[h] @ blocks[h].T) for h in range(depth)]
    b = {depth: blocks[depth].reshape(1, -1).expand(n, -1)}
    for h in range(depth - 1, 0, -1):
        through = gammas[h] / m**0.5 * (p[h] * b[h + 1]) @ blocks[h]
        b[h] = b[h + 1] + through if skip else through
    grams = [gammas[h] ** 2 / m * (x[h] @ x[h].T) * ((p[h] * b[h + 1]) @ (p[h] * b[h + 1]).T) for h in range(depth)] + [
        x[depth] @ x[depth].T
    ]
    u = net(v).reshape(-1)
    gradients = [torch.autograd.grad(one, blocks, retain_graph=True) for one in u]
    r = (y - u).detach()
    for at, gram in enumerate(grams):
        rows = torch.stack([row[at].reshape(-1) for row in gradients])
        assert torch.allclose(rows @ rows.T, gram, rtol=1e-9, atol=1e-12)
        step = eta * (r @ rows)
        assert float(step.square().sum()) == pytest.approx(float(eta**2 * r @ gram.detach() @ r), rel=1e-9)
    J = sum(grams).detach()
    remainders = []
    for share in (1.0, 0.1):
        with torch.no_grad():
            for at, block in enumerate(blocks):
                block += share * eta * sum(one * row[at] for one, row in zip(r, gradients, strict=True))
            after = (y - net(v).reshape(-1)).detach()
            for at, block in enumerate(blocks):
                block -= share * eta * sum(one * row[at] for one, row in zip(r, gradients, strict=True))
        remainders.append(float((after - r + share * eta * J @ r).abs().max()))
    assert 50 < remainders[0] / remainders[1] < 200  # of second order in the step
