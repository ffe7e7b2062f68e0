"""yin2019: formulas against another implementation, false twins, readings that can fail, the estimators in torch."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm
from sympy import Rational, oo, pi, sin

from checks.api import check
from checks.context import Context
from checks.papers import readings_of
from checks.papers.yin2019 import COARSE, random_models, runs, state
from checks.running.runner import Options
from checks.running.runner import check as check_one
from checks.verdicts import Verdict
from derivations import Bound, Existence, Identity, Paper
from derivations.papers import paper
from derivations.papers.yin2019 import descent, estimators, landscape, loss
from derivations.papers.yin2019 import notation as y
from derivations.statements import Statement
from derivations.vectors import inner, norm_squared
from numerics.models.yin2019 import Network, Teachers, binary, descend, expected_loss, gradients, teachers
from numerics.values.evaluate import evaluate

HOME = paper("yin2019")


def test_at_least_22_statements_and_none_is_bookkeeping() -> None:
    assert len(HOME.statements) >= 50
    assert not [s.slug for s in HOME.statements if s.mark]


def test_the_estimators_differentiate_as_they_say() -> None:
    x = torch.tensor([-2.0, -0.5, 0.0, 0.25, 0.75, 1.0, 3.0], dtype=torch.float64)
    for name, known in (
        ("identity", [1, 1, 1, 1, 1, 1, 1]),
        ("relu", [0, 0, 0, 1, 1, 1, 1]),
        ("clipped", [0, 0, 0, 1, 1, 0, 0]),
    ):
        leaf = x.clone().requires_grad_(True)
        out = binary(leaf, name)  # type: ignore[arg-type]
        assert out.tolist() == [0, 0, 0, 1, 1, 1, 1]
        (found,) = torch.autograd.grad((out * torch.arange(7)).sum(), leaf)
        assert found.tolist() == [k * i for i, k in enumerate(known)]


def _by_hand(which: str, v: Any, w: Any, v_star: Any, w_star: Any) -> Any:
    """E g by integrals over one Gaussian with SciPy, from the definition: nothing of the closed forms is used."""
    rho = float(np.linalg.norm(w))
    direction = w / rho
    cosine = float(direction @ w_star)
    across = w_star - cosine * direction
    sine = float(np.linalg.norm(across))
    u = across / sine
    slope = {"identity": lambda a: 1.0, "relu": lambda a: float(a > 0), "clipped": lambda a: float(0 < rho * a < 1)}[
        which
    ]
    breaks = [0.0, 1 / rho]

    def mean(f: Callable[[float], float]) -> float:
        parts = [-9.0, *breaks, 9.0]
        inside = (quad(lambda a: f(a) * norm.pdf(a), p, q, epsabs=1e-13)[0] for p, q in pairwise(parts))
        return float(sum(inside))

    first = mean(lambda a: slope(a) * a)
    same = mean(lambda a: slope(a) * a * (a > 0))
    along = mean(lambda a: slope(a) * a * norm.cdf(a * cosine / sine))
    turned = mean(lambda a: slope(a) * norm.pdf(a * cosine / sine))
    total, s, d = v.sum(), v_star.sum(), v @ v_star
    # i = j: E[μ′ z (v_j σ − v*_j σ*)]; i ≠ j: E[μ′ z] ½ Σ (v_i − v*_i)
    radial = same * (v @ v) - along * d + first / 2 * ((total - s) * total - (v @ v - d))
    return radial * direction - turned * d * u


@pytest.mark.parametrize("which", ["identity", "relu", "clipped"])
def test_coarse_gradients_by_integrals_over_one_gaussian(which: str) -> None:
    v, w, teacher = random_models(6, Context(3), f"by hand {which}")
    found = np.asarray(evaluate(COARSE[which], state(v, w, teacher)))
    for i in range(6):
        known = _by_hand(which, *(t[i].numpy() for t in (v, w, teacher.v, teacher.w)))
        assert np.allclose(found[i], known, rtol=1e-9, atol=1e-11)


def test_samples_of_the_network_have_the_expected_loss_and_gradient() -> None:
    g = torch.Generator().manual_seed(5)
    teacher = teachers(1, 4, 5, 0.3, g)
    v, w = torch.randn(1, 4, generator=g, dtype=torch.float64), torch.randn(1, 5, generator=g, dtype=torch.float64)
    Z = torch.randn(1, 400_000, 4, 5, generator=g, dtype=torch.float64)
    student = Network(v, w, "identity")
    miss = (student(Z) - Network(teacher.v, teacher.w)(Z))[0]
    assert float((miss**2).mean() / 2) == pytest.approx(float(expected_loss(v, w, teacher)), rel=0.01)
    (found,) = torch.autograd.grad((miss**2).mean() / 2, student.w)
    assert torch.allclose(found, gradients(v, w, teacher, "identity")[2], atol=0.02)


def test_the_rule_refuses_the_clipped_relu() -> None:
    g = torch.Generator().manual_seed(5)
    v, w = torch.ones(1, 3, dtype=torch.float64), torch.ones(1, 3, dtype=torch.float64)
    with pytest.raises(ValueError, match="take samples"):
        expected_loss(v, w, teachers(1, 3, 3, 0.1, g), "clipped")
    with pytest.raises(ValueError, match=r"τ lies in \[0, 0\.75\]"):
        teachers(1, 3, 3, 0.9, g)


def test_with_v_at_its_minimiser_the_basin_is_beyond_the_saddle() -> None:
    """θ_s = (π/2)/(1 − τ), found by running ReLU with a small step in w from v(θ), on both sides of it."""
    g = torch.Generator().manual_seed(2)
    tau = 0.3
    teacher = teachers(2, 8, 6, tau, g)
    saddle = np.pi / 2 / (1 - tau)
    side = torch.randn(2, 6, generator=g, dtype=torch.float64)
    side = side - (side * teacher.w).sum(-1, keepdim=True) * teacher.w
    side = side / side.norm(dim=-1, keepdim=True)
    start = torch.tensor([[saddle - 0.02], [saddle + 0.02]], dtype=torch.float64)
    w = start.cos() * teacher.w + start.sin() * side
    s = teacher.v.sum(-1, keepdim=True)
    c = 1 - 2 * start / np.pi
    v = c * teacher.v + (1 - c) * s / 9
    _, w, _ = descend(v, w, teacher, "relu", 0.4, 600)
    ends = (w * teacher.w).sum(-1)
    assert ends[0] > 0.99
    assert ends[1] < -0.99


FALSE: list[Statement] = [
    Bound("identity-negative", inner(estimators.IDENTITY, loss.GRADIENT_W), 0, on=y.filters | y.plane_or_more,
          where=(y.theta > 0, y.theta < pi), title="twin a", source="false"),
    Existence("critical-needs-tau", {y.theta: pi, y.v: landscape.SPURIOUS + y.v_star / 100}, (loss.GRADIENT_V,),
              title="twin c", source="false"),
    Identity("same-direction", estimators.CLIPPED, estimators.RELU, on=y.filters | {estimators.r: (0, oo)},
             where=(y.theta > 0, y.theta < pi), title="twin d", source="false"),
    Bound("spurious-positive", Rational(1, 100) * norm_squared(y.v_star) / (y.m + 1),
          landscape.at(loss.LOSS, landscape.SPURIOUS, pi), title="twin e", source="false"),
    Bound("higher", (y.q + y.s**2) / 8 + Rational(101, 10) * y.q + 15 * y.s**2, loss.OPPOSITE, on=y.half_turn,
          title="10 is sharp", source="false"),
    Bound("no-minimum", loss.OPPOSITE, (y.q + y.s**2) / 8, on=y.half_turn, title="the review version", source="false"),
    Identity("twice", estimators.TANGENTIAL_CLIPPED, sin(y.theta) / 2 / (2 * pi) ** Rational(1, 2),
             on=y.inside | {estimators.r: (0, oo)},
             title="the limit for every norm", source="false"),
    Identity("coarse-relu-off", estimators.RELU, estimators.RELU * Rational(101, 100), on=y.filters, title="1 %",
             source="false"),
    Bound("descent-off", descent.change(descent.g), -descent.DECREASE * Rational(101, 100) - descent.TURNED,
          where=(descent.short, y.D * descent.turn >= 0), title="1 %, and no bound on the turn", source="false"),
]  # fmt: skip


@pytest.mark.parametrize("statement", FALSE, ids=lambda s: s.slug)
def test_a_false_twin_is_refuted(statement: Statement) -> None:
    home = Paper("t", title="t", authors="t", reference="t", statements=(statement,))
    assert check(home.statements[0]).verdict is Verdict.REFUTED


def test_the_coarse_gradient_of_relu_is_no_gradient() -> None:
    """Twin b: were E g the gradient of a function of (v, w), ∂_v E g_w and ∂_w E g_v would be transposes."""
    v, w, teacher = random_models(1, Context(9), "no gradient")

    def coarse(of: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        return gradients(of[None], at[None], teacher, "relu")[2][0]

    def in_v(of: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        return gradients(of[None], at[None], teacher, "relu")[1][0]

    step = 1e-5
    mixed = torch.stack([(coarse(v[0] + e, w[0]) - coarse(v[0] - e, w[0])) / (2 * step) for e in step * torch.eye(8)])
    other = torch.stack([(in_v(v[0], w[0] + e) - in_v(v[0], w[0] - e)) / (2 * step) for e in step * torch.eye(6)]).T
    assert float((mixed - other).abs().max()) > 0.05


NOISE = torch.Generator().manual_seed(0)


@pytest.mark.parametrize("slug", ["coarse-relu", "coarse-identity", "correlation-relu", "loss", "gradient-w-length"])
def test_readings_fail_when_the_network_is_another(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One per cent more in what the network gives: the reading must not pass."""
    from checks.papers import yin2019 as readings

    def louder(*args: Any, **given: Any) -> tuple[torch.Tensor, ...]:
        return tuple(1.01 * part for part in gradients(*args, **given))

    monkeypatch.setattr(readings, "gradients", louder)
    found = check_one(HOME[slug], Options(methods=("trajectory",)), readings_of("yin2019", slug))
    assert found.evidence[0].verdict is Verdict.REFUTED


def test_runs_with_no_effect_do_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of noise instead of the network's: nobody reaches the teacher, and no rate comes out."""

    def noise(v: Any, w: Any, *rest: Any, **given: Any) -> tuple[torch.Tensor, ...]:
        return torch.zeros(len(v)), torch.randn(v.shape, generator=NOISE), torch.randn(w.shape, generator=NOISE)

    monkeypatch.setattr(runs, "gradients", noise)
    for slug in ("relu-stays", "true-gradient-jumps"):
        found = check_one(HOME[slug], Options(), readings_of("yin2019", slug))
        assert found.verdict not in (Verdict.VERIFIED, Verdict.MEASURED)


def test_a_filter_that_passes_zero_lets_the_loss_rise() -> None:
    """‖w‖ ≥ c is needed: without it one ReLU step of the printed kind raises the loss, as the page says, by 0.4."""
    g = torch.Generator().manual_seed(4)
    teacher = teachers(1, 8, 6, 0.3, g)
    across = torch.randn(1, 8, generator=g, dtype=torch.float64)
    across = across - (across * teacher.v).sum(-1, keepdim=True) * teacher.v
    v = 5 * across / across.norm() + 0.3 * teacher.v
    w = torch.randn(1, 6, generator=g, dtype=torch.float64)
    w, rise = w / w.norm(), 0.0
    before = float(expected_loss(v, w, teacher))
    for _ in range(200):
        _, in_v, in_w = gradients(v, w, teacher, "relu")
        v, w = v - 0.05 * in_v, w - 0.05 * in_w
        now = float(expected_loss(v, w, teacher))
        before, rise = now, max(rise, now - before)
    assert rise > 0.05


def test_a_teacher_without_sum_makes_the_spurious_point_global() -> None:
    g = torch.Generator().manual_seed(4)
    teacher = teachers(3, 8, 6, 0.0, g)
    assert float(expected_loss(-teacher.v, -teacher.w, teacher).max()) < 1e-15


def test_teachers_are_as_asked() -> None:
    found = teachers(5, 8, 6, 0.3, torch.Generator().manual_seed(1))
    assert isinstance(found, Teachers)
    assert torch.allclose(found.v.norm(dim=-1), torch.ones(5, dtype=torch.float64))
    assert torch.allclose(found.v.sum(-1) ** 2, torch.full((5,), 2.7, dtype=torch.float64))
