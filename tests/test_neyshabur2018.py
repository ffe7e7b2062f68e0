"""neyshabur2018: complexities by other ways, false twins, and readings that can fail."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from sympy import Abs, Eq, Interval, Max, Rational, Symbol, oo, pi, sqrt

from checks.api import check
from checks.context import Options
from checks.papers import readings_of
from checks.papers.neyshabur2018 import digits, planes
from checks.running.runner import check as check_one
from checks.verdicts import Verdict
from derivations import Bound, Identity, Paper
from derivations.domains import NonnegativeVectors
from derivations.gaussian import relu
from derivations.papers import paper
from derivations.papers.neyshabur2018 import below, exact, measures, outputs, units
from derivations.papers.neyshabur2018.notation import F, beta, h, s, u, u_0, within
from derivations.spectra import frobenius_norm, norm_p, operator_norm
from derivations.statements import Statement
from derivations.steps import Derivation
from derivations.vectors import inner, norm, ones
from numerics.data import DataError, located
from numerics.models.neyshabur2018 import (
    TwoLayer,
    class_by_ascent,
    drawn,
    largest_by_ascent,
    largest_in_disc,
    margins,
    signs,
    trained,
)
from numerics.models.neyshabur2018 import measures as measured

HOME = paper("neyshabur2018")


def test_at_least_14_statements_beside_the_bookkeeping() -> None:
    assert len([one for one in HOME.statements if not one.mark]) >= 60
    marked = {"unit", "two-units", "mean-square", "one-dimension-most", "ramp-above", "ramp-below",
              "margin-complexity", "gradient-capacity", "lower-symmetric", "khintchine-from-gap", "confidence",
              "generalisation"}  # fmt: skip
    assert {one.slug for one in HOME.statements if one.mark} == marked


a, b, r, t, P, N = units.a, units.b, units.r, units.t, units.P, units.N
lengths = measures.beta
o, scale, off, weight = outputs, Symbol("c", positive=True), Symbol("u0", real=True), Symbol("v", positive=True)
BRACKET = (sqrt(2) * below.mean_length >= F, sqrt(2) * below.mean_along >= below.G)
FALSE: list[Statement] = [
    Bound("dead-unit", P / 2, relu(units.shift + P), where=P > 0, title="twin 4: the lower bound for every start"),
    Bound("slope-of-two", a + units.r_f + b - units.t_f, P + N, title="a function of slope 2 costs nothing",
          where=(Abs(units.r_f - units.t_f) <= 2 * Abs(r - t), a + r <= P, b + t <= P, a - r <= N, b - t <= N)),
    Bound("no-absolute-value", Max(Abs(a), Abs(b)), Max(a, b, 0), title="twin 1: sup A in place of sup|A|"),
    Bound("unit-off", units.v * units.value, Rational(99, 100) * units.alpha * units.most, title="1 %",
          where=(within(units.v, units.alpha), within(units.value, units.most))),
    Bound("dual-off", inner(u - u_0, s), Rational(99, 100) * beta * norm(s), where=norm(u - u_0) <= beta, title="1 %"),
    Bound("gap-off", Rational(201, 100) * (below.SQUARE - below.MEAN**2), below.ENERGY, title="more than 2"),
    Bound("khintchine-off", F**2, Rational(199, 100) * below.mean_length**2, title="a constant above 1/√2",
          where=(2 * (F**2 - below.mean_length**2) <= below.energy, below.energy <= F**2)),
    Bound("symmetric-off", Rational(101, 100) * below.along + Abs(below.total), below.plus + below.minus, title="1 %",
          where=(within(a, below.plus), within(b, below.minus), within(r, below.plus), within(t, below.minus),
                 Eq(a - b, below.total + below.along, evaluate=False),
                 Eq(r - t, below.total - below.along, evaluate=False))),
    Bound("bracket-off", Rational(3, 2) * beta * F + below.G / sqrt(2), where=BRACKET, title="3√2 is needed",
          rhs=Rational(297, 100) * sqrt(2) * (beta * below.mean_length + below.mean_along) / 2),
    Bound("two-points-off", exact.Q_TWO, Rational(99, 100) * 3 * sqrt(3) / 4, on={exact.theta: Interval(0, pi)},
          title="1 %"),
    Bound("margin-one", (o.f_y - o.M_f) - (o.g_y - o.M_g), o.D, title="twin 5: the margin is 1-Lipschitz",
          where=(o.f_k <= o.M_f, o.g_k >= o.M_g, (o.f_y - o.g_y) ** 2 + (o.f_k - o.g_k) ** 2 <= o.D**2)),
    Bound("ramp-off", Abs(o.ramp(o.s) - o.ramp(o.t)), Rational(99, 100) * Abs(o.s - o.t) / o.gamma, title="1 %"),
    Bound("printed-always", 2 * sqrt(o.c) * o.LINEAR, 2 * sqrt(2 * o.c) + 2, on={o.c: Interval(1, 10)},
          title="the derived constant is smaller for ten outputs too"),
    Bound("p-tightens", h ** Rational(-1, 4) * norm_p(measures.alpha, 4), norm(measures.alpha) / sqrt(h),
          title="twin 2: larger p is tighter"),
    Bound("no-root", frobenius_norm(measures.V) * norm(lengths), operator_norm(measures.V) * inner(ones(h), lengths),
          on={lengths: NonnegativeVectors()}, title="twin 3: without √min(c, h)"),
    Identity("invariant", weight / scale * Abs(scale * a - off), weight * Abs(a - off),
             on={scale: Interval.open(0, oo)}, title="twin 6: at every start"),
    Bound("start-always", measures.GAIN.subs(measures.t, Rational(1, 2)), 1, on=measures.ratios,
          title="a start helps always"),
]  # fmt: skip


@pytest.mark.parametrize("statement", FALSE, ids=lambda one: one.slug)
def test_a_false_twin_is_refuted(statement: Statement) -> None:
    home = Paper("t", title="t", authors="t", reference="t", statements=(statement,))
    assert check(home.statements[0]).verdict is Verdict.REFUTED


@pytest.mark.parametrize("slug", ["upper", "separation", "class-lower", "spectral", "patterns"])
def test_a_sharper_chain_does_not_close(slug: str) -> None:
    """The same derivation with a right side that is one per cent less."""
    true = HOME[slug]
    assert isinstance(true, Bound)
    assert true.derive is not None
    made, less = true.derive, true.rhs - Abs(true.rhs) / 100

    def derive() -> Derivation:
        return made().then(less, "less", relation="<=")

    others = [one for one in HOME.statements if one.slug in true.uses]
    twin = replace(true, rhs=less, derive=derive)
    bare = tuple(replace(one, uses=()) for one in others)
    home = Paper("t", title="t", authors="t", reference="t", statements=(*bare, twin))
    assert check(home[slug]).verdict is not Verdict.VERIFIED


def flipped(point: tuple[int, ...], k: int) -> tuple[int, ...]:
    return tuple(-sign if place == k else sign for place, sign in enumerate(point))


def test_the_energy_of_four_signs_by_counting() -> None:
    """h = |Σσ_ia_i| put into the eight values, against means over all sixteen signs."""
    weights = np.array([1.0, 0.7, -0.3, 0.2])
    every: list[tuple[int, ...]] = list(product((1, -1), repeat=4))
    of = {point: abs(float(np.dot(point, weights))) for point in every}
    symbols = sorted(below.SQUARE.free_symbols, key=lambda one: int(str(one)[2:]))
    halves = [point for point in of if point[0] == 1]
    put = dict(zip(symbols, [of[point] for point in halves], strict=True))
    turned = [of[q] * (of[q] - of[flipped(q, k)]) / 2 for q in of for k in range(4)]
    assert float(below.ENERGY.subs(put)) == pytest.approx(sum(turned) / 16)
    assert float(below.SQUARE.subs(put)) == pytest.approx(np.mean([v**2 for v in of.values()]))
    assert float(below.MEAN.subs(put)) == pytest.approx(np.mean(list(of.values())))


@pytest.mark.parametrize("slope", [0.0, -1.0])
def test_suprema_in_a_disc_by_a_grid(slope: float) -> None:
    """A fine grid of the edge never passes the enumeration, and comes near; points inside neither."""
    rng = np.random.default_rng(5)
    at = np.linspace(0, 2 * np.pi, 20_001)
    for size in (0.0, 0.5, 2.0):
        x, start = rng.standard_normal((5, 2)), size * rng.standard_normal(2)
        found = largest_in_disc(x, start, 0.8, slope)
        for radius in (0.8, 0.5):
            z = (start + radius * np.stack([np.cos(at), np.sin(at)], 1)) @ x.T
            value = np.where(z > 0, z, slope * z) - (np.abs(x @ start) if slope else 0.0)
            tried = np.abs(signs(5) @ value.T).max(1)
            assert (tried <= found + 1e-12).all()
            if radius == 0.8:
                assert np.allclose(tried, found, atol=1e-2)


def test_ascent_finds_most_of_the_suprema_and_never_more() -> None:
    rng = np.random.default_rng(2)
    for _ in range(5):
        x, start = rng.standard_normal((5, 2)), rng.standard_normal(2)
        found = largest_by_ascent(torch.as_tensor(x), torch.as_tensor(start)[None], torch.ones(1, dtype=torch.float64),
                                  torch.as_tensor(signs(5)), 40, torch.Generator().manual_seed(0))[:, 0]  # fmt: skip
        known = largest_in_disc(x, start, 1.0)
        assert (found.numpy() <= known + 1e-12).all()
        assert found.numpy().mean() > 0.98 * known.mean()


def test_signs_without_an_absolute_value_give_less() -> None:
    """Twin 1: two opposite points on a line have E sup|A| = 1 and E sup A = 3/4."""
    x = np.array([[1.0, 0.0], [-1.0, 0.0]])
    assert largest_in_disc(x, np.zeros(2), 1.0).mean() == pytest.approx(1)
    assert np.mean([max(one, other, 0) for one, other in product((1, -1), repeat=2)]) == 0.75


def test_a_dead_unit_has_no_complexity() -> None:
    """Twin 4, and an active one has E|⟨u⁰, s⟩| + βE‖s‖."""
    x = np.array([[1.0, 0.2], [0.8, -0.1], [0.5, 0.4]])
    assert largest_in_disc(x, np.array([-5.0, 0.0]), 1.0).mean() == 0
    sums = signs(3) @ x
    known = np.abs(sums @ [5.0, 0.0]).mean() + np.linalg.norm(sums, axis=1).mean()
    assert largest_in_disc(x, np.array([5.0, 0.0]), 1.0).mean() == pytest.approx(known)


def test_the_largest_two_points() -> None:
    x = np.array([[1.0, 0.0], [0.5, 3**0.5 / 2]])
    assert largest_in_disc(x, np.zeros(2), 1.0).mean() == pytest.approx(3 * 3**0.5 / 4)


def test_measures_by_loops() -> None:
    net = drawn(5, 3, 4, torch.Generator().manual_seed(1))
    with torch.no_grad():
        net.U.add_(0.3)
    x = torch.randn(7, 3, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    U, V, U0 = (part.detach().numpy() for part in (net.U, net.V, net.start))
    found = measured(net, x)
    alphas, betas = [np.linalg.norm(V[:, j]) for j in range(5)], [np.linalg.norm(U[j] - U0[j]) for j in range(5)]
    assert float(found.sums) == pytest.approx(sum(a * b for a, b in zip(alphas, betas, strict=True)))
    assert float(found.spectral) == pytest.approx(np.linalg.svd(V)[1][0] * sum(betas))
    assert float(found.frobenius) == pytest.approx(np.linalg.norm(V) * np.linalg.norm(U - U0))
    assert float(found.largest) == pytest.approx(
        max(sum(abs(V[k, j]) * abs(U[j]).sum() for j in range(5)) for k in range(4))
    )
    active = [np.linalg.norm(np.maximum(x.numpy() @ U0[j], 0)) for j in range(5)]
    assert float(found.active) == pytest.approx(sum(a * b for a, b in zip(alphas, active, strict=True)))


def test_several_networks_train_as_each_alone() -> None:
    """The networks of a batch are independent: the first of two is what it is beside another partner."""
    x = torch.randn(2, 20, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    y = (x[..., 0] > 0).long()
    ends = []
    for other in (1, 2):
        net = drawn(4, 3, 2, [torch.Generator().manual_seed(s) for s in (0, other)])
        loss = trained(net, x, y, torch.Generator().manual_seed(9), 0.2, 200)
        assert bool((loss < 0.2).all())
        assert bool((margins(net, x, y) > 0).double().mean() > 0.8)
        ends.append(net.U.detach()[0])
    assert torch.allclose(ends[0], ends[1], atol=1e-12)


def holds(slug: str, seed: int = 0, data: str = "") -> bool:
    """Whether a statement is verified or measured, by its readings alone."""
    options = Options(methods=("trajectory", "scaling"), seed=seed, data=data)
    return check_one(HOME[slug], options, readings_of("neyshabur2018", slug)).verdict in (
        Verdict.VERIFIED, Verdict.MEASURED)  # fmt: skip


PLANES = ("upper-run", "upper-one", "lower-run", "lower-symmetric-run", "khintchine-run", "two-points-run",
          "contraction-run", "finite-units-run", "class-reached", "class-kept", "several-outputs-run")  # fmt: skip


@pytest.mark.parametrize("slug", [*PLANES, "balance-run", "digits-lower", "digits-upper", "start-share"])
def test_another_seed(slug: str) -> None:
    assert holds(slug, 4)


def test_wrong_enumerations_do_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Suprema one per cent off, twice as large, or half: each is seen by one of the readings."""
    right = largest_in_disc
    for factor, slugs in ((1.01, ("two-points-run",)), (2.2, ("upper-run", "contraction-run")),
                          (0.45, ("lower-run", "lower-symmetric-run", "class-kept"))):  # fmt: skip
        monkeypatch.setattr(planes, "largest_in_disc", lambda *of, f=factor, **more: f * right(*of, **more))
        for slug in slugs:
            planes._drawn.cache_clear()
            planes._classes.cache_clear()
            assert not holds(slug), (factor, slug)
    planes._drawn.cache_clear()
    planes._classes.cache_clear()


def test_ascent_without_steps_does_not_reach_the_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting points alone, of which two are tried for each choice of signs."""
    right = class_by_ascent
    monkeypatch.setattr(planes, "class_by_ascent", lambda *of: 0.7 * right(*of))
    planes._classes.cache_clear()
    assert not holds("class-reached")
    planes._classes.cache_clear()


def test_networks_without_training_show_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of size zero: no capacity falls, no error falls, and random labels cost what true ones do."""
    right = trained

    def still(
        net: TwoLayer, x: torch.Tensor, y: torch.Tensor, g: torch.Generator, stop: float, most: int
    ) -> torch.Tensor:
        loss = right(net, x, y, g, stop, min(most, 1))
        with torch.no_grad():
            net.U.copy_(net.start + 1e-3)
        return loss

    monkeypatch.setattr(digits, "trained", still)
    monkeypatch.setattr(digits, "TRIALS", 4)
    monkeypatch.setattr(digits, "RANDOM", 4)
    digits.runs.cache_clear()
    for slug in ("capacity-falls", "random-labels", "error-falls"):
        assert not holds(slug), slug
    digits.runs.cache_clear()


def test_the_measure_falls_on_mnist() -> None:
    """Σα_jβ_j and the error fall with the width on MNIST too, the spectral measure rises; where its files are."""
    try:
        folder = located("mnist", Path(os.environ.get("LEMMATA_DATA", Path(__file__).parents[2] / "shared" / "data")))
    except DataError:
        pytest.skip("the files of MNIST are not here: lemmata data mnist, and LEMMATA_DATA names their folder")
    short, wide = (digits.look(str(folder), 0, n, [False] * 2, [1, 2]) for n in (16, 128))
    assert (wide.of("sums") < short.of("sums")).all()
    assert (wide.of("spectral") > short.of("spectral")).all()
    assert wide.error.mean() < short.error.mean()
