"""The convergence theorem for ReLU by hand, on real networks, and broken: mutants, dropped hypotheses, long steps."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import e, exp, log, pi, sqrt
from typing import Any

import numpy as np
import pytest
import torch
from mpmath import mp
from sympy import Rational

from checks.context import Context
from checks.errors import InputError
from checks.measurable import Setting
from checks.methods import method, symbolic
from checks.papers.zhang2019 import convergence
from checks.papers.zhang2019 import proof as sampled_lemmas
from checks.studies.theorems.evaluation import evaluated
from checks.studies.theorems.tables import beyond_proof
from checks.verdicts import Verdict
from derivations.papers import paper
from derivations.papers.zhang2019.proof.constants import CONVERGENCE
from derivations.steps import Derivation
from numerics.data import dataset, sphere
from numerics.models.zhang2019_descent import descend, kernel, network, passes, product_norms
from numerics.values.theorems import exponents, values

ZHANG = paper("zhang2019")
SMALLER = Rational(99, 100)
GIVEN = {"n": 5, "L": 16, "tau": 0.25, "delta": 0.1, "epsilon": 0.1, "lambda_0": 0.02, "y_max": 1.0}


def told(**changes: Any) -> dict[str, float]:
    return {str(symbol): value for symbol, value in values(CONVERGENCE, {**GIVEN, **changes}).items()}


def test_the_constants_by_hand() -> None:
    n, L, tau, delta, epsilon, lam, y_max = GIVEN.values()
    X_0, C, A_b = e * sqrt(2), 2 * exp(3), 1.5 + 1 / 9
    X, S = 9 / 8 * X_0, 9 / 8 * C * A_b
    c_r = y_max + X_0 * sqrt(2 * log(14 * n / delta))
    rho = 4 * n * S * X * c_r / lam
    v = (lam / (16 * n * C * (L * C + 1) * S * X**2)) ** 2
    q = v / (10 + 8 * log(1 / v))
    theta = q * tau / 4 * sqrt(2 * pi) / 8
    flips = 4 * (C * rho * X) ** 2 / (q * theta**2)  # L·τ² = 1
    found = told()
    assert float(found["M_conv"]) == pytest.approx(flips, rel=1e-12)
    assert float(found["eta_max"]) == pytest.approx(1 / (n * X**2 * (S**2 + 1)), rel=1e-12)
    assert float(found["T"]) == pytest.approx(2 * n * X**2 * (S**2 + 1) * log(1 / epsilon) / lam, rel=1e-12)


def test_step_and_time_do_not_see_the_depth_and_the_width_has_the_papers_powers() -> None:
    """n⁸ and L⁷ up to logarithms, as the paper prints."""
    depths = [16, 256, 4096, 2**16]
    found = [told(L=d, tau=d**-0.5) for d in depths]
    assert len({f["T"] for f in found}) == len({f["eta_max"] for f in found}) == 1
    widths = [float(mp.log10(f["M_conv"])) for f in found]
    powers = np.diff(widths) / np.diff(np.log10(depths))
    assert ((powers > 7) & (powers < 7.2)).all()
    by_datum = {str(s): p for s, p in exponents(CONVERGENCE, CONVERGENCE.demands["width"], GIVEN).items()}
    assert 8 <= by_datum["n"] < 8.4
    assert -8.3 < by_datum["lambda_0"] <= -8
    assert told(tau=0.05)["M_conv"] < told()["M_conv"]  # smaller branches ask for no more


def _verdict(statement: Any) -> Any:
    (found,) = symbolic.run(statement, (), Context())
    return found


def _in_paper(statement: Any) -> Any:
    object.__setattr__(statement, "beside", ZHANG["mask"].beside)
    return statement


def _tightened(derivation: Derivation, factor: Any) -> Derivation:
    """The same chain with a smaller last line."""
    last = derivation.steps[-1]
    return Derivation(derivation.start, (*derivation.steps[:-1], replace(last, expr=factor * last.expr)))


@pytest.mark.parametrize(
    ("slug", "factor"),
    [
        ("output-width", SMALLER),
        ("signals-stay", SMALLER),
        ("masks-change", SMALLER),
        ("signals-near", SMALLER),
        ("features-gram", 1 / SMALLER),
        ("output-stays", SMALLER),
        ("step-error", SMALLER),
        ("relu-iterations", 1 / SMALLER),
        ("blocks-move", SMALLER),
        ("share-logarithm", SMALLER),
    ],
)
def test_a_lemma_is_proved_and_one_per_cent_less_is_not(slug: str, factor: Any) -> None:
    lemma: Any = ZHANG[slug]
    assert _verdict(lemma).verdict is Verdict.VERIFIED
    changed = {"lhs": factor * lemma.lhs} if slug == "features-gram" else {"rhs": factor * lemma.rhs}
    derive = None if slug == "share-logarithm" else partial(_tightened, lemma.derivation, factor)
    if slug == "features-gram":
        whole = lemma.derivation
        derive = partial(Derivation, factor * whole.start, whole.steps)
    mutant = replace(lemma, **changed, **({} if derive is None else {"derive": derive}))
    assert _verdict(_in_paper(mutant)).verdict is not Verdict.VERIFIED


@pytest.mark.parametrize(
    ("slug", "least"),
    [("features-gram", 3), ("relu-step", 4), ("signals-stay", 3), ("features-stay", 4), ("step-error", 2)],
)
def test_without_a_hypothesis_a_step_is_named(slug: str, least: int) -> None:
    lemma: Any = ZHANG[slug]
    broken = 0
    given = lemma.conditions_given
    for number in range(len(given)):
        left = given[:number] + given[number + 1 :]
        ranges = dict(lemma.domain.ranges)  # a condition may have been the only mention of a symbol
        found = _verdict(_in_paper(replace(lemma, where=left, on={**ranges, **lemma.on}, sample_on={})))
        if found.verdict is not Verdict.VERIFIED:
            broken += 1
            assert "step" in found.detail
    assert broken >= least


def test_a_net_is_sampled_and_a_thousandth_of_its_bound_is_refuted() -> None:
    lemma: Any = ZHANG["net"]
    judge = method("trajectory")
    found = []
    for statement in (lemma, replace(lemma, rhs=lemma.rhs / 1000)):
        (one,) = judge.run(statement, (sampled_lemmas.reading(statement),), Context())
        found.append(one.verdict)
    assert found[0] in (Verdict.VERIFIED, Verdict.MEASURED)
    assert found[1] is Verdict.REFUTED


@pytest.mark.parametrize(("blocks", "factor"), [(8, 1.0), (40, 1.0), (20, 0.5)])
def test_gradients_of_the_network_are_those_of_autograd(blocks: int, factor: float) -> None:
    g = torch.Generator().manual_seed(blocks)
    net = network(6, 24, blocks, factor * blocks**-0.5, g)
    x = torch.nn.functional.normalize(torch.randn(3, 6, generator=g, dtype=torch.float64))
    leaves = [net.blocks.clone().requires_grad_(), net.b.clone().requires_grad_()]
    now = (x @ net.A.T).relu()
    for W in leaves[0]:
        now = (now + net.tau / sqrt(24) * now @ W.T).relu()
    f = now @ leaves[1]
    seen = passes(net, x)
    assert torch.allclose(f, seen.f, rtol=1e-12)
    rows = [torch.cat([v.ravel() for v in torch.autograd.grad(one, leaves, retain_graph=True)]) for one in f]
    J = torch.stack(rows)
    assert torch.allclose(J @ J.T, kernel(net, seen), rtol=1e-10)
    product = torch.autograd.functional.jacobian(lambda h: _blocks(net, h), (x[:1] @ net.A.T).relu()[0])
    norms = product_norms(net, seen)
    assert float(torch.linalg.matrix_norm(product, 2)) <= float(norms[-1]) * (1 + 1e-9)


def _blocks(net: Any, h: torch.Tensor) -> torch.Tensor:
    for W in net.blocks:
        h = (h + net.tau / sqrt(len(net.b)) * W @ h).relu()
    return h


@pytest.mark.parametrize(("blocks", "seed"), [(8, 0), (32, 1), (64, 2)])
def test_moved_weights_stay_within_the_lemmas(blocks: int, seed: int) -> None:
    """Random moves of all blocks by τρ: what ReLU is applied to moves by ≤ ζ, with C, X and ρ as they are there."""
    g = torch.Generator().manual_seed(seed)
    m, tau, rho = 64, blocks**-0.5, 3.0
    net = network(5, m, blocks, tau, g)
    x = torch.nn.functional.normalize(torch.randn(4, 5, generator=g, dtype=torch.float64))
    first = passes(net, x)
    moves = torch.randn(blocks, m, 1, generator=g, dtype=torch.float64)
    toward = first.features[:-1].mean(1)[:, None, :]
    change = moves * toward  # of rank one, along the features, where moves count most
    net.blocks += tau * rho * change / change.flatten(1).norm(dim=1)[:, None, None]
    later = passes(net, x)
    moved = float((later.inputs - first.inputs).norm(dim=2).max()) * sqrt(m)
    C, X = max(float(product_norms(n, s).max()) for n, s in ((net, later), (net, first))), 0.0
    X = float(torch.maximum(first.features.norm(dim=2), later.features.norm(dim=2)).max())
    assert 0.1 < moved <= max(C, 1.0) * rho * X


def test_runs_converge_as_the_theorem_says_and_nothing_is_beyond_the_proof() -> None:
    setting = Setting(sphere(4, 8, 1), depth=12, width=96, epsilon=0.1)
    found = evaluated("zhang2019.relu-convergence", CONVERGENCE, convergence.THEOREMS["relu-convergence"], setting)
    assert beyond_proof(found) == []
    assert found.needed["iterations"] <= found.demands["iterations"]
    assert found.needed["width"] <= 96
    assert found.sharp["width"] < found.demands["width"]


def test_a_step_too_long_leaves_the_line() -> None:
    """The conclusion is one that a run can break: at twenty times 1/λ_max the loss grows."""
    setting = Setting(sphere(4, 8, 1), depth=12, width=96)
    net, x = convergence._drawn(setting, 96), convergence._inputs(setting)
    y = torch.as_tensor(setting.data.y)
    eta = 20 * convergence._step(net, x)
    losses = [convergence._loss(seen.f, y) for _, seen in descend(net, x, y, eta, 10)]
    assert max(losses[1:]) > losses[0]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (Setting(sphere(4, 8, 1), depth=7), "at least 8 residual blocks"),
        (Setting(sphere(4, 8, 1), depth=16, given={"tau": 0.3}), "τ ≤ 1/√L = 0.25"),
        (Setting(dataset(np.eye(4)[[0, 1, 2, 1]], np.ones(4)), depth=8), "of inputs 1 and 3 1 − cos = 0"),
    ],
)
def test_what_the_theorem_cannot_take(setting: Setting, said: str) -> None:
    reading = convergence.THEOREMS["relu-convergence"]
    with pytest.raises(InputError) as error:
        evaluated("zhang2019.relu-convergence", CONVERGENCE, reading, setting, measure=False)
    assert said in str(error.value)
