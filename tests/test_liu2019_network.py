"""The readings of Liu et al. (2019) run the network: its integration rule is right, and wrong formulas do not pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy as sp
import torch

from checks.context import Context
from checks.methods import autograd, sampling, scaling, trajectory
from checks.papers.liu2019 import READINGS
from checks.papers.liu2019.population import population_gradients, population_loss
from checks.readings import Reading, Scaled, Tried
from checks.studies.lint import twins
from checks.verdicts import Verdict
from derivations.papers import paper
from derivations.statements import Statement
from numerics.models.liu2019 import StudentCNN, Teacher, Teachers, initial_output, normalised, teachers, unit_vectors
from numerics.models.liu2019_descent import Schedule, final_loss
from numerics.models.liu2019_population import FEW_NODES, expected_loss, network_gradients, plane_rule

PAPER = paper("liu2019")
PERCENT = sp.Rational(101, 100)
AUTOGRAD = ("gradient-a", "gradient-phi", "gradient-v", "gradient-w", "hessian-a")
IDENTITIES = (
    "recursion-sum",
    "recursion-inner",
    "recursion-distance",
    "step-a-exact",
    "step-w-inner",
    "step-w-norm",
    "step-w-angle",
    "dissipativity-w-identity",
    "dissipativity-a-identity",
)


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pairs(p: int, g: torch.Generator) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Filters in general position, nearly parallel, parallel, opposite and at a right angle."""
    v, other = unit_vectors(6, p, g), unit_vectors(6, p, g)
    across = normalised(other - (other * v).sum(-1, keepdim=True) * v)
    yield v, other
    yield v, normalised(v + 1e-9 * other)
    yield v, v
    yield v, -v
    yield v, across


@pytest.mark.parametrize("p", [2, 3, 8])
def test_the_rule_is_exact_for_moments_in_the_plane(p: int) -> None:
    for v, v_star in pairs(p, generator(p)):
        z, weights = plane_rule(v, v_star)
        x, y = (z * v[:, None]).sum(-1), (z * v_star[:, None]).sum(-1)

        def mean(values: torch.Tensor, weights: torch.Tensor = weights) -> Any:
            return (weights * values).sum(-1).numpy()

        cosine = (v * v_star).sum(-1).numpy()
        assert (weights > -1e-15).all()
        for values, exact in (
            (torch.ones_like(x), 1),
            (x, 0),
            (y, 0),
            (x * y, cosine),
            (x.relu(), (2 * np.pi) ** -0.5),
            (y.relu() ** 2, 0.5),
            ((x > 0).double(), 0.5),
        ):
            np.testing.assert_allclose(mean(values), np.broadcast_to(exact, len(x)), atol=2e-12)


def test_the_loss_is_that_of_the_whole_network_on_a_product_rule() -> None:
    """Two patches, each on every node of the rule, through the networks' own forward passes."""
    g = generator(3)
    a, v = torch.randn(1, 2, generator=g, dtype=torch.float64), unit_vectors(1, 3, g)
    found = Teachers(torch.randn(1, 2, generator=g, dtype=torch.float64), unit_vectors(1, 3, g))
    z, weights = (x[0] for x in plane_rule(v, found.v_star))
    q = len(z)
    Z = torch.stack([z[:, None].expand(q, q, 3), z[None].expand(q, q, 3)], dim=2).reshape(q * q, 2, 3)
    with torch.no_grad():
        gap = (StudentCNN(a, v)(Z) - Teacher(found.a_star, found.v_star)(Z))[0]
    whole = float(((weights[:, None] * weights[None]).reshape(-1) * gap**2).sum() / 2)
    assert float(expected_loss(a, v, found)) == pytest.approx(whole, rel=1e-12)


def test_the_network_and_the_formulas_agree() -> None:
    g = generator(4)
    found = teachers(20, 6, 4, 1.0, g)
    a, v = initial_output(found.a_star, g), unit_vectors(20, 4, g)
    assert torch.allclose(expected_loss(a, v, found), population_loss(a, v, found), atol=1e-13)
    for one, other in zip(network_gradients(found)(a, v), population_gradients(found)(a, v), strict=True):
        assert torch.allclose(one, other, atol=1e-13)


def test_runs_of_the_network_end_where_the_formulas_do() -> None:
    g = generator(5)
    found = teachers(60, 16, 8, 1.0, g)
    start = initial_output(found.a_star, g), unit_vectors(60, 8, g)
    schedule = Schedule(second=200)
    network = final_loss(start, found, schedule, lambda t: network_gradients(t, FEW_NODES), expected_loss, solved=0.0)
    formula = final_loss(start, found, schedule, population_gradients, population_loss, solved=0.0)
    assert torch.allclose(network, formula, rtol=1e-3, atol=1e-6)
    assert 0 < int((network > 0.1).sum()) < 60


def judged(statement: Statement, readings: tuple[Reading, ...]) -> list[Verdict]:
    context = Context(11, "cpu", statement.id)
    method = {"autograd": autograd, "trajectory": trajectory}[readings[0].method]
    return [e.verdict for e in method.run(statement, readings[:1], context)]


@pytest.mark.parametrize("slug", AUTOGRAD)
def test_a_gradient_that_the_network_does_not_have_is_refuted(slug: str) -> None:
    statement: Any = PAPER[slug]
    assert judged(statement, READINGS[slug]) == [Verdict.VERIFIED]
    assert judged(replace(statement, equals=statement.equals * PERCENT), READINGS[slug]) == [Verdict.REFUTED]


@pytest.mark.parametrize("slug", IDENTITIES)
def test_a_step_that_the_network_does_not_make_is_refuted(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    statement: Any = PAPER[slug]
    wrong = replace(statement, rhs=statement.rhs * PERCENT, derive=None)
    monkeypatch.setattr("checks.papers.liu2019.runs.paper", lambda _: {slug: wrong})
    assert judged(wrong, READINGS[slug]) == [Verdict.REFUTED]


def test_no_statement_says_the_same_as_another() -> None:
    assert not twins(PAPER.statements)


def chance(slug: str, events: int, trials: int) -> Verdict:
    reading = Reading("sampling", lambda _: Tried(events, trials))
    (found,) = sampling.run(PAPER[slug], (reading,), Context(0))
    return found.verdict


def test_starts_that_do_not_differ_are_told() -> None:
    """With the two starts exchanged, or one for both, one of the two statements falls."""
    assert chance("success-shortcut-0", 1500, 1500) is Verdict.VERIFIED
    assert chance("success-random-0", 983, 2000) is Verdict.VERIFIED
    assert chance("success-shortcut-0", 983, 2000) is Verdict.REFUTED
    assert chance("success-random-0", 1500, 1500) is Verdict.REFUTED
    assert chance("success-shortcut-0", 1500 + 983, 3500) is Verdict.REFUTED
    assert chance("success-random-0", 1500 + 983, 3500) is Verdict.REFUTED


@pytest.mark.parametrize("exponent", [0.0, -0.25, -1 / 3, -2 / 3, -1.0])
def test_a_rival_rate_does_not_pass(exponent: float) -> None:
    rng = np.random.default_rng(6)

    def measure(_: Context) -> Scaled:
        x = np.repeat(2.0 ** np.arange(8, 14), 128)
        return Scaled(x, x**exponent * np.exp(0.4 * rng.standard_normal(len(x))))

    (found,) = scaling.run(PAPER["finite-sample"], (Reading("scaling", measure),), Context(0))
    assert found.verdict is Verdict.REFUTED
