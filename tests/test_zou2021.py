"""zou2021: steps and chances by another way, false twins, and readings that can fail."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch
from sympy import Interval, Limit, Rational, S

from checks.api import check
from checks.context import Options
from checks.papers import readings_of
from checks.papers.zou2021 import convex, errors, steps
from checks.running.runner import check as check_one
from checks.verdicts import Verdict
from derivations import Bound, Identity, Paper
from derivations.papers import paper
from derivations.papers.zou2021 import notation as z
from derivations.papers.zou2021 import recursions as r
from derivations.papers.zou2021 import thresholds as h
from derivations.statements import Statement
from derivations.steps import Derivation
from derivations.vectors import inner, norm
from numerics.models.zou2021 import Convolution, Patches, fresh, optimiser_of, patches, start, train
from numerics.models.zou2021 import test_error as error_on

HOME = paper("zou2021")


def test_at_least_14_statements_beside_the_bookkeeping() -> None:
    assert len([one for one in HOME.statements if not one.mark]) >= 35
    assert {one.slug for one in HOME.statements if one.mark} == {"adam-first", "decoupled", "sign-noise"}


w, v = z.w, z.v
FALSE: list[Statement] = [
    Identity("noise-helps", inner(r.descent(1), v), z.g * (r.parts(1)[0] + z.alpha * r.parts(1)[1]), on=z.unit,
             title="twin 1: a⁺ contains +ασ′(R)"),
    Identity("own-for-other", inner(r.descent(-1), v), z.g * (z.slope(inner(w, v), 3) - z.alpha * r.parts(-1)[1]),
             on=z.unit, title="the other class as the own"),
    Identity("noise-without-label", inner(r.descent(-1), z.across(z.e_other)),
             z.g * inner(z.across(z.e), z.across(z.e_other)) * r.parts(-1)[1], on=z.unit, title="the sign of y"),
    Bound("adam-one-step-off", (z.memory * r.m_t + (1 - z.memory) * r.g_t) ** 2,
          Rational(99, 100) * r.LARGEST * (z.square_memory * r.u_t + (1 - z.square_memory) * r.g_t**2),
          on=r.remember, where=(r.m_t**2 <= r.LARGEST * r.u_t, z.memory**2 < z.square_memory), title="1 %"),
    Bound("disjoint-off", 1 - 8 / r.D, (r.D - 3) * (r.D - 4) * (r.D - 5) / (r.D * (r.D - 1) * (r.D - 2)),
          on={r.D: Interval(6, S.Infinity)}, title="s² − 1 in place of s²"),
    Bound("no-trap", (1 - z.eta * z.lam) * z.a + z.eta * r.c * 3 * z.a**2, 0, where=(z.a <= 0, z.eta * z.lam <= 1),
          title="the trap for every step"),
    Identity("race-other", h.INVARIANT.subs({h.z: h.length * h.a}) * h.length**z.q * h.a ** (z.q - 2),
             h.length**z.q - z.n, on=z.above_two | {h.a: Interval.open(0, S.Infinity)}, title="n for n/2"),
    Identity("flip-earlier", h.a_0 + Rational(99, 100) * h.TURN,
             h.c * (h.z_0 + (h.total - z.alpha) * Rational(99, 100) * h.TURN), where=h.c * (h.total - z.alpha) > 1,
             title="1 % before"),
    Bound("memory-right", 0, h.unseen(h.f_1, h.f_2), where=(h.f_1 <= h.f_2, h.f_2 <= 0), title="memorising classifies"),
    Identity("memory-minimum", Limit(h.BEND.diff(h.t) / h.t, h.t, 0, "+"), z.lam, on={h.b: S.Reals},
             title="twin 5: a minimum for q = 2 as well"),
    Bound("minimiser-off", norm(h.one - h.other), Rational(99, 100) * (norm(h.g_1) + norm(h.g_2)) / z.lam,
          where=z.lam * norm(h.one - h.other) ** 2 <= inner(h.g_1 - h.g_2, h.one - h.other), title="1 %"),
]  # fmt: skip


@pytest.mark.parametrize("statement", FALSE, ids=lambda one: one.slug)
def test_a_false_twin_is_refuted(statement: Statement) -> None:
    home = Paper("t", title="t", authors="t", reference="t", statements=(statement,))
    assert check(home.statements[0]).verdict is Verdict.REFUTED


def test_relu_to_the_first_power_is_not_convex() -> None:
    """Twin 3: one point, F₁ − F₋₁ = [w]₊ − [u]₊; at u = 0 the loss between w = −1 and 1 lies above its chord."""
    loss = [math.log1p(math.exp(-max(one, 0.0))) for one in (-1.0, 0.0, 1.0)]
    assert loss[1] > (loss[0] + loss[2]) / 2 + 0.1


def test_a_sharper_chain_of_adam_does_not_close() -> None:
    true = HOME["adam-largest"]
    assert isinstance(true, Bound)
    less = Rational(99, 100) * true.rhs

    def derive() -> Derivation:
        return r._adam().then(less, "less", relation="<=")

    lemma = replace(HOME["adam-one-step"], uses=())
    twin = replace(true, rhs=less, derive=derive)
    home = Paper("t", title="t", authors="t", reference="t", statements=(lemma, twin))
    assert check(home["adam-largest"]).verdict is not Verdict.VERIFIED


def test_supports_are_disjoint_as_often_as_counted() -> None:
    """All pairs of supports of three of eight coordinates, one after the other."""
    all_of = list(combinations(range(8), 3))
    share = sum(not set(one) & set(all_of[0]) for one in all_of) / len(all_of)
    assert share == pytest.approx((8 - 3) * (8 - 4) * (8 - 5) / (8 * 7 * 6))


def test_adam_without_memory_steps_by_signs_and_its_first_step_does() -> None:
    for name in ("sign", "adam"):
        net = start(2, 5, 1.0, np.random.default_rng(0))
        optimiser = optimiser_of(name, net, 0.1, 0.0)
        before = net.w.detach().clone()
        net.w.grad = torch.linspace(-1, 1, 20, dtype=torch.float64).reshape(2, 2, 5)
        optimiser.step()
        assert torch.allclose(net.w.detach() - before, -0.1 * net.w.grad.sign(), atol=1e-9)


def test_an_optimiser_with_too_much_memory_is_not_bounded() -> None:
    """β₁² > β₂: the ratio grows without end, 2·10⁷ after 300 steps at (0.95, 0.8)."""
    m = u = most = 0.0
    for t in range(300):
        g = (0.8 / 0.95) ** t
        m, u = 0.95 * m + 0.05 * g, 0.8 * u + 0.2 * g * g
        most = max(most, m / u**0.5)
    assert most > 1e6


def test_margins_by_hand() -> None:
    """One filter a class: P₁ + α³M₁ − M₋₁ − α³P₋₁ on unseen noise, for both labels and all signs of features."""
    for first in (2.0, -2.0):
        for second in (1.5, -1.5):
            net = Convolution(torch.tensor([[[first, 0.0]], [[-second, 0.0]]], dtype=torch.float64))
            data = Patches(torch.tensor([1.0, -1.0], dtype=torch.float64), torch.zeros(2, 2, dtype=torch.float64), 0.2)
            P, M = (np.maximum([first, second], 0) ** 3, np.maximum([-first, -second], 0) ** 3)
            known = [P[0] + 0.008 * M[0] - M[1] - 0.008 * P[1], P[1] + 0.008 * M[1] - M[0] - 0.008 * P[0]]
            assert net.margins(data).tolist() == pytest.approx(known)


def holds(slug: str, seed: int = 0) -> bool:
    """Whether a statement is verified or measured, by its readings alone."""
    found = check_one(HOME[slug], Options(methods=("trajectory", "sampling", "scaling"), seed=seed),
                      readings_of("zou2021", slug))  # fmt: skip
    return found.verdict in (Verdict.VERIFIED, Verdict.MEASURED)


RUNS = ["descent-run", "sign-run", "flip-run", "adam-run", "noise-speed"]


@pytest.mark.parametrize("slug", RUNS)
def test_other_seeds(slug: str) -> None:
    assert holds(slug, 5)


@pytest.mark.parametrize("factor", [0.0, 0.99, 1.01])
@pytest.mark.parametrize("slug", ["descent-run", "sign-run", "flip-run"])
def test_steps_of_another_length_do_not_pass(slug: str, factor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    right = steps.optimiser_of

    def other(name: str, net: Any, eta: float, decay: float) -> Any:
        return right(name, net, factor * eta, decay)

    monkeypatch.setattr(steps, "optimiser_of", other)
    monkeypatch.setattr("numerics.models.zou2021.network.optimiser_of", other)
    assert not holds(slug)


def test_another_optimiser_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gradient descent where signs are meant, and decoupled decay, which gradient descent alone does not feel."""
    right = optimiser_of
    monkeypatch.setattr(steps, "optimiser_of", lambda name, *of: right("gd", *of))
    monkeypatch.setattr("numerics.models.zou2021.network.optimiser_of", lambda name, *of: right("gd", *of))
    assert not holds("sign-run")
    assert not holds("flip-run")
    assert not holds("noise-speed")


def test_a_longer_step_of_adam_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    right = steps.longest
    monkeypatch.setattr(steps, "longest", lambda gradients: 1.02 * right(gradients))
    assert not holds("adam-run")
    monkeypatch.setattr(steps, "longest", lambda gradients: right(np.ones(5)))
    assert not holds("adam-attains")


def test_optimisers_that_do_nothing_find_no_minimiser(monkeypatch: pytest.MonkeyPatch) -> None:
    right = optimiser_of
    monkeypatch.setattr(convex, "STEPS", 60)
    monkeypatch.setattr(convex, "optimiser_of", lambda name, net, eta, decay: right(name, net, 0.001 * eta, decay))
    convex._runs.cache_clear()
    assert not holds("convex-near")
    # the bound on distances holds wherever they are
    assert holds("convex-run")
    convex._runs.cache_clear()


@pytest.mark.parametrize("slug", ["descent-learns", "adam-fails", "adam-sparse", "decay-saves", "descent-memorises"])
def test_networks_that_are_not_trained_do_not_count(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "train", lambda net, *of: [torch.zeros(errors.NETS, 2, errors.FILTERS)])
    errors.trained.cache_clear()
    assert not holds(slug)
    errors.trained.cache_clear()


def test_features_alone_do_not_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without noise every optimiser learns the feature: the failure is not in the reading."""
    right = errors.patches

    def clean(n: int, s: int, length: float, alpha: float, rng: Any, after: int) -> Patches:
        made = right(n, s, length, alpha, rng, after=after)
        return replace(made, noise=torch.zeros_like(made.noise))

    monkeypatch.setattr(errors, "patches", clean)
    monkeypatch.setattr(errors, "SIZES", ())
    monkeypatch.setattr(errors, "MANY", 4)
    errors.trained.cache_clear()
    assert not holds("adam-fails")
    errors.trained.cache_clear()


def test_images_are_as_said() -> None:
    rng = np.random.default_rng(0)
    data = patches(6, 4, 2.0, 0.2, rng)
    assert data.noise.shape == (6, 25)
    assert torch.allclose(data.noise @ data.noise.T, 4 * torch.eye(6, dtype=torch.float64))
    assert torch.allclose(data.second[:, 0], -0.2 * data.y)
    some = fresh(50, 9, 3, 1.0, 0.2, rng)
    assert bool(((some.noise != 0).sum(1) == 3).all())
    assert bool((some.noise[:, 0] == 0).all())


def test_trained_features_are_reported_at_every_step() -> None:
    rng = np.random.default_rng(1)
    data = patches(4, 3, 1.0, 0.2, rng)
    net = start(2, 13, 0.1, rng)
    seen = train(net, data, "gd", 0.1, 0.0, 5)
    assert len(seen) == 6
    assert torch.equal(seen[-1][1], -net.w.detach()[1, :, 0])
    assert 0 <= float(error_on(net, data)) <= 1


@pytest.mark.parametrize("how", [("gd", 0.3), ("sign", 0.01), ("adam", 0.01)])
def test_networks_side_by_side_are_trained_as_alone(how: tuple[str, float]) -> None:
    rng = np.random.default_rng(2)
    images = [patches(4, 3, 1.0, errors.ALPHA, rng) for _ in range(3)]
    alone = [start(2, 13, 0.3, rng) for _ in images]
    side_by_side = Convolution(torch.stack([net.w.detach() for net in alone]))
    seen = train(side_by_side, errors.together(images), *how, 1e-3, 30)
    for net, data in zip(alone, images, strict=True):
        train(net, data, *how, 1e-3, 30)
    assert seen[-1].shape == (3, 2, 2)
    assert torch.allclose(side_by_side.w, torch.stack([net.w for net in alone]), rtol=1e-9, atol=1e-12)


def test_the_margin_is_that_of_all_coordinates() -> None:
    """The network reads only the first coordinate of a feature patch; the sum over all of them by NumPy."""
    rng = np.random.default_rng(3)
    data, net = patches(6, 4, 2.0, 0.2, rng), start(5, 25, 1.0, rng)
    w = net.w.detach().numpy()
    parts = [(np.maximum(w @ patch.numpy().T, 0) ** 3).sum(1) for patch in (data.first, data.second)]
    out = parts[0] + parts[1]
    assert np.allclose(net(data).detach().numpy(), out[0] - out[1], rtol=1e-12)
