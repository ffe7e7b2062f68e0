"""zhang2019: what is measured cannot pass without its effect, nor reversed; what finite sizes explain is derived."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import sympy as sp
import torch

from checks.context import Context
from checks.methods.comparing import judged
from checks.papers import readings_of
from checks.papers.denials import equal_inputs
from checks.papers.zhang2019.descent import _gradient_squared, _infinite_width, _last_kernel
from checks.papers.zhang2019.phases import SHIFT, drift, overshoot
from checks.readings import Compared, Means
from checks.studies.wrong import no_effect
from checks.verdicts import Verdict
from derivations.papers import paper
from derivations.papers.zhang2019.concentration import psi, y
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Rate
from numerics.models.zhang2019 import NormalisedNets, descend, gram, networks

PAPER = paper("zhang2019")
CONTEXT = Context(7)


@cache
def measured(slug: str) -> Compared:
    found = readings_of("zhang2019", slug)[0].measure(replace(CONTEXT, statement=f"zhang2019.{slug}"))
    assert isinstance(found, Compared)
    return found


INEQUALITIES = ["layer-lower", "layer-upper", "failures", "phase-025", "tau-one"]


@pytest.mark.parametrize("slug", INEQUALITIES)
def test_without_its_effect_no_inequality_passes(slug: str) -> None:
    made = measured(slug)
    assert judged(made, CONTEXT).verdict is Verdict.VERIFIED
    for seed in range(20):
        assert judged(no_effect(made, np.random.default_rng(seed)), CONTEXT).verdict is not Verdict.VERIFIED
    reversed_ = replace(made, left=made.right, right=made.left)
    assert judged(reversed_, CONTEXT).verdict is Verdict.REFUTED


def test_an_equality_is_an_equivalence() -> None:
    made = measured("full-network")
    assert (made.relation, judged(made, CONTEXT).verdict) == ("=", Verdict.VERIFIED)
    assert isinstance(made.right, Means)
    apart = replace(made, right=replace(made.right, samples=made.right.samples + 3 * made.margin))
    assert judged(apart, CONTEXT).verdict is Verdict.REFUTED
    assert judged(replace(made, margin=made.margin / 100), CONTEXT).verdict is not Verdict.VERIFIED


def test_every_rate_names_its_rivals_and_every_bound_its_formula() -> None:
    for statement in PAPER.statements:
        if isinstance(statement, Rate):
            assert statement.against, statement.id
        if isinstance(statement, Bound):
            sides = [side for side in (statement.lhs, statement.rhs) if side.has(MeasuredQuantity)]
            # two measured arms are compared with each other, a measured side with a formula
            assert len(sides) < 2 or statement.slug in ("iterations-vanilla", "conditioning", "normalised")


def test_the_exponent_of_the_bound_is_that_of_its_lemma() -> None:
    """2yψ(1/y) is what chernoff-exponent speaks of, and ψ(L) the logarithm of chernoff-step's power, over m."""
    length, width = 30, 8
    step = PAPER["chernoff-step"]
    m, L = (next(s for s in step.rhs.free_symbols if s.name == name) for name in "mL")
    logarithm = length * sp.log(step.rhs.subs({m: width, L: length})) - sp.Rational(width, 2)
    assert sp.N(logarithm - width * psi(sp.Integer(length)), 20) == pytest.approx(0, abs=1e-15)
    at = PAPER["chernoff-exponent"].lhs.subs(y, sp.Rational(1, length))
    assert sp.N(at - 2 * psi(sp.Integer(length)) / length, 20) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize(("alpha", "depth"), [(0.5, 64), (0.5, 256), (0.75, 64), (1.0, 64)])
def test_growth_at_infinite_width_is_short_by_the_overshoot(alpha: float, depth: int) -> None:
    """One entry of h by itself, 200,000 times in pairs of opposite noise, against T − τF(T)."""
    rng = np.random.default_rng(0)
    count, step = 100_000, depth**-alpha
    h = np.tile(np.maximum(rng.standard_normal(count), 0), (2, 1))
    start = np.mean(h * h)
    for _ in range(depth):
        noise = rng.standard_normal(count)
        h = np.maximum(h + step * np.sqrt(np.mean(h * h)) * np.stack([noise, -noise]), 0)
    time = depth * step**2
    short = time - np.log(np.mean(h * h) / start)
    # the next order, and six standard errors of the mean square, which pairs leave at second order
    assert abs(short - step * overshoot(time)) < time / depth + 6 * time * np.sqrt(2 / count)
    assert short > 0.5 * step * overshoot(time)


def test_the_overshoot_of_a_walk() -> None:
    """E max of a Gaussian walk of k steps is √(2k/π) − β + O(1/√k), by Spitzer's identity Σ j^{−1/2}/√(2π)."""
    k = 10**6
    spitzer = float((np.arange(1, k + 1) ** -0.5).sum() / np.sqrt(2 * np.pi))
    assert np.sqrt(2 * k / np.pi) - spitzer == pytest.approx(SHIFT, abs=1e-3)
    assert drift(0.5, 64) > drift(0.5, 256) > 0


def test_the_gradient_is_that_of_the_gram_matrix() -> None:
    g = torch.Generator().manual_seed(1)
    nets = networks([0.3, 0.6], 4, 10, 3, g)
    x = torch.nn.functional.normalize(torch.randn(5, 4, generator=g, dtype=torch.float64))
    target = torch.randn(5, generator=g, dtype=torch.float64)
    f = torch.stack([(2 * next(iter(descend(nets, x, target, torch.zeros(2), 0))))])
    residual = torch.linalg.eigvalsh(gram(nets, x))
    squared = _gradient_squared(nets, x, target)
    assert (squared <= residual[:, -1] * f[0]).all()
    assert (squared >= residual[:, 0] * f[0]).all()
    rest = torch.linalg.eigvalsh(gram(nets, x) - _last_kernel(nets, x))
    assert (rest[:, 0] > -1e-9 * residual[:, -1]).all()


def test_the_infinite_width_of_the_vanilla_network() -> None:
    g = torch.Generator().manual_seed(2)
    x = torch.nn.functional.normalize(torch.randn(4, 6, generator=g, dtype=torch.float64))
    width, blocks = 1024, 3
    nets = networks([1.0] * 6, 6, width, blocks, g, residual=False)
    largest = torch.linalg.eigvalsh(gram(nets, x))[:, -1] / (width / 2)
    assert float(largest.mean()) == pytest.approx(_infinite_width(x.numpy(), blocks), rel=0.15)


def test_batches_are_normalised_as_torch_does() -> None:
    g = torch.Generator().manual_seed(3)
    nets = NormalisedNets(2, 5, 7, 3, 4, 0.5, g)
    x = torch.randn(9, 5, generator=g, dtype=torch.float64)
    norm = torch.nn.BatchNorm1d(7, dtype=torch.float64)
    for run, logits in enumerate(nets(x)):
        h = (x @ nets.first[run].T).relu()
        for W in nets.blocks[:, run]:
            h = (h + 0.5 * norm(h @ W.T)).relu()
        assert torch.allclose(logits, h @ nets.head[run].T)


def test_equal_inputs_are_denied_by_a_run() -> None:
    case = equal_inputs(Context(0))
    assert case.fails
    assert "least loss" in case.detail
