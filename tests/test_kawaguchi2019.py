"""kawaguchi2019: its count of parameters by torch, gradients by differences, false twins, readings that can fail."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from sympy import Rational, tanh

from checks.api import check
from checks.context import Context, Options
from checks.papers import denied, readings_of
from checks.papers.kawaguchi2019 import ranks, runs
from checks.running.runner import check as check_one
from checks.verdicts import Verdict
from derivations import Bound, Identity, Paper
from derivations.activations import X as Z
from derivations.papers import paper
from derivations.papers.kawaguchi2019 import descent, features
from derivations.papers.kawaguchi2019 import notation as k
from derivations.statements import Statement
from numerics.models.kawaguchi2019 import descent_all, jacobian, levenberg_marquardt, random_layers
from numerics.rigorous import full_rank

HOME = paper("kawaguchi2019")


def test_at_least_14_statements_beside_bookkeeping() -> None:
    assert len([s for s in HOME.statements if not s.mark]) >= 30
    assert [s.slug for s in HOME.statements if s.mark] == ["best-factor"]


@pytest.mark.parametrize(("n", "d", "outputs", "depth"), [(5, 3, 1, 2), (9, 64, 10, 4), (4, 1, 2, 3)])
def test_the_count_of_parameters_is_that_of_torch(n: int, d: int, outputs: int, depth: int) -> None:
    widths = [d, *[1] * (depth - 1), n - 1, outputs]
    layers = [torch.nn.Linear(a, b) for a, b in pairwise(widths)]
    count = sum(p.numel() for layer in layers for p in layer.parameters())
    assert features.COUNT.subs({k.n: n, k.d: d, k.d_y: outputs, k.H: depth}) == count


def test_jacobians_by_differences() -> None:
    rng = np.random.default_rng(0)
    theta, X, width = rng.standard_normal((2, 3 * 4 + 1)), rng.standard_normal((5, 2)), 3
    _, J = jacobian(theta, X, width)
    for j in range(theta.shape[1]):
        step = 1e-6 * np.eye(theta.shape[1])[j]
        change = (jacobian(theta + step, X, width)[0] - jacobian(theta - step, X, width)[0]) / 2e-6
        assert np.allclose(J[..., j], change, atol=1e-8)


def test_the_jacobian_in_balls_is_that_of_floats() -> None:
    rng = np.random.default_rng(0)
    x, theta = rng.standard_normal(7), rng.standard_normal(7)
    balls = ranks.square_jacobian(x, theta, 2)
    floats = jacobian(theta[None], x[:, None], 2)[1][0]
    assert np.allclose(np.array([[float(e) for e in row] for row in balls.tolist()]), floats, atol=1e-12)


def test_training_to_zero_is_confirmed_by_the_network_itself() -> None:
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((6, 2)), np.where(rng.random((4, 6)) < 0.5, -1.0, 1.0)
    found = levenberg_marquardt(X, y, 5, 100, rng)
    assert np.allclose(found.loss, ((jacobian(found.theta, X, 5)[0] - y) ** 2).mean(1) / 2)
    assert found.loss.min() < 1e-12


def test_one_unit_and_four_labels_are_not_enough() -> None:
    """Twin c: one tanh unit has P = n = 4 parameters, is monotone, and misses every label vector that is not."""
    x, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.tile([1.0, -1.0, 1.0, -1.0], (8, 1))
    assert levenberg_marquardt(x, y, 1, 200, np.random.default_rng(0)).loss.min() > 0.1


def test_twin_a_narrow_layers_and_n_minus_1_units_are_enough() -> None:
    rng = np.random.default_rng(4)
    assert full_rank(rng.standard_normal((7, 3)), random_layers([3, 1, 6], tanh(Z), rng)).holds
    assert full_rank(rng.standard_normal((7, 3)), random_layers([3, 1, 5], tanh(Z), rng)).holds is False


def test_twin_d_a_critical_point_with_a_loss() -> None:
    """W = 0, v = 0 and the bias at the mean of y: all gradients vanish, the loss is half the variance."""
    rng = np.random.default_rng(5)
    X, y = rng.standard_normal((6, 3)), rng.standard_normal(6)
    layers = [(np.zeros((9, 3)), rng.standard_normal(9)), (np.zeros((1, 9)), np.array([y.mean()]))]
    loss, gradients, _ = descent_all(X, y, layers, torch.tanh)
    assert max(np.abs(g).max() for g in gradients) < 1e-15
    assert loss == pytest.approx(y.var() / 2)


FALSE: list[Statement] = [
    Bound("raised", Rational(101, 100) * 2 * k.LEAST / k.n * k.square_loss(k.r), descent.ALL, title="twin e"),
    Bound("smoother", k.soft(k.z).diff(k.z, 2), k.varsigma / 5, title="1/4 is sharp"),
    Identity("count", features.PARAMETERS, features.COUNT + 1, where=(k.H >= 2, k.n >= 2), title="one more"),
    Bound("half", descent.s_0 / 2, descent.s_0 - descent.B * (2 * descent.N_0 / descent.s_0),
          where=descent.s_0**2 >= 3 * descent.B * descent.N_0, title="3 in the place of 4"),
]  # fmt: skip


@pytest.mark.parametrize("statement", FALSE, ids=lambda s: s.slug)
def test_a_false_twin_is_refuted(statement: Statement) -> None:
    home = Paper("t", title="t", authors="t", reference="t", statements=(statement,))
    assert check(home.statements[0]).verdict is Verdict.REFUTED


@pytest.mark.parametrize("slug", ["recursion-last", "domination-attained"])
def test_readings_fail_when_the_network_is_another(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One per cent more in the gradients that the network gives: the reading must not pass."""
    from checks.papers import kawaguchi2019 as readings

    def louder(*args: Any) -> Any:
        loss, gradients, Phi = descent_all(*args)
        return loss, [1.01 * g for g in gradients], Phi

    monkeypatch.setattr(readings, "descent_all", louder)
    found = check_one(HOME[slug], Options(methods=("trajectory",)), readings_of("kawaguchi2019", slug))
    assert found.evidence[0].verdict is not Verdict.VERIFIED
    assert found.verdict is not Verdict.MEASURED


@pytest.mark.parametrize("name", HOME.hypotheses)
def test_hypotheses_are_needed(name: str) -> None:
    deny = denied("kawaguchi2019", name)
    assert deny is not None
    assert deny(Context(1)).fails


def holds(slug: str) -> bool:
    """Whether a statement is verified or measured, by its readings alone."""
    methods = ("trajectory", "sampling", "scaling", "enclosure")
    found = check_one(HOME[slug], Options(methods=methods), readings_of("kawaguchi2019", slug))
    return found.verdict in (Verdict.VERIFIED, Verdict.MEASURED)


@pytest.mark.parametrize(
    ("slug", "name", "other"),
    [
        ("tanh-full", "TANH", "RELU"),
        ("relu-deficient-5", "RELU", "TANH"),
        ("narrow-full-rank", "TANH", "RELU"),
    ],
)
def test_another_activation_does_not_pass(slug: str, name: str, other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ranks._deficient.cache_clear()
    monkeypatch.setattr(ranks, name, getattr(ranks, other))
    assert not holds(slug)
    ranks._deficient.cache_clear()


@pytest.mark.parametrize(
    ("slug", "name", "width"), [("narrow-lost", "NARROW_FIRST", 16), ("wide-resolved", "WIDE_FIRST", 1)]
)
def test_other_first_widths_do_not_pass(slug: str, name: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, name, width)
    assert not holds(slug)


@pytest.mark.parametrize("slug", ["relu-full-8", "relu-full-12", "antisymmetric-rank"])
def test_ranks_of_other_networks_do_not_pass(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hidden units that are all dead, and an activation that is not odd."""
    ranks._deficient.cache_clear()
    monkeypatch.setattr(ranks, "RELU", 0 * Z)
    monkeypatch.setattr(ranks, "ODD", Z / (1 + Z**2) + Z**2)
    assert not holds(slug)
    ranks._deficient.cache_clear()


def trained_by(rule: Any) -> Any:
    """A trainer whose networks reach zero where a rule of n and the number of parameters says so."""

    def train(X: Any, y: Any, width: int, *_: Any) -> Any:
        n, d = X.shape
        loss = 0.0 if rule(n, width * (d + 2) + 1) else 1.0
        return SimpleNamespace(loss=np.full(len(y), loss), theta=np.zeros((len(y), width * (d + 2) + 1)))

    return train


@pytest.mark.parametrize(
    ("power", "factor"), [(Rational(1, 2), 16), (2, Rational(1, 20)), (Rational(5, 4), 1), (Rational(3, 4), 5)]
)
def test_another_law_of_the_least_width_does_not_pass(power: Any, factor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    runs._least.cache_clear()
    monkeypatch.setattr(runs, "BEGIN", 0.2)
    monkeypatch.setattr(runs, "levenberg_marquardt", trained_by(lambda n, P: float(factor) * n ** float(power) <= P))
    assert not holds("least-width")
    runs._least.cache_clear()


@pytest.mark.parametrize("share", [0.5, 2.0])
def test_another_factor_of_the_least_width_does_not_pass(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    runs._least.cache_clear()
    monkeypatch.setattr(runs, "BEGIN", 0.2)
    monkeypatch.setattr(runs, "levenberg_marquardt", trained_by(lambda n, P: share * n <= P))
    assert not holds("least-width-near")
    runs._least.cache_clear()


def test_runs_with_no_effect_do_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """No run trains, all runs train, and true labels that do no better than random ones."""
    accuracy = np.random.default_rng(0).normal(0.5, 0.02, runs.RUNS)
    for slug, loss in (("trains-above", 1.0), ("fails-below", 0.0), ("generalises", 0.0)):
        monkeypatch.setattr(runs, "_trained", lambda *_, loss=loss: (np.full(runs.RUNS, loss), accuracy))
        assert not holds(slug)


@pytest.mark.parametrize(
    ("slug", "change"),
    [
        ("flow-rank", lambda f: {"sigma_min": np.full_like(f.sigma_min, 0.99 * f.s_0 / 2)}),
        ("flow-rate", lambda f: {"loss": np.full_like(f.loss, f.loss[0])}),
        ("flow-path", lambda f: {"path": np.full_like(f.path, 1.01 * 2 * f.start / f.s_0)}),
    ],
)
def test_flows_with_no_effect_do_not_pass(slug: str, change: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from checks.papers import kawaguchi2019 as readings

    flows = readings._flows(0)
    monkeypatch.setattr(readings, "_flows", lambda seed: tuple(replace(f, **change(f)) for f in flows))
    assert not holds(slug)
