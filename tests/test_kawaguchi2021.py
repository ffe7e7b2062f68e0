"""kawaguchi2021: counts by hand, false twins, and readings that can fail."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sympy import Rational, exp, log, tanh

from checks.api import check
from checks.context import Context, Options
from checks.papers import readings_of
from checks.papers.kawaguchi2021 import expressivity, recipe
from checks.readings import Enclosed
from checks.running.runner import check as check_one
from checks.verdicts import Verdict
from derivations import Bound, Paper
from derivations.activations import X
from derivations.papers import paper
from derivations.papers.kawaguchi2021 import headline
from derivations.papers.kawaguchi2021 import phases as k
from derivations.statements import Statement
from numerics.data import DataError, located
from numerics.models.kawaguchi2019 import random_layers
from numerics.models.kawaguchi2021 import features, two_phase
from numerics.rigorous import full_rank
from numerics.rigorous.features import Dense, Entrywise, Layer, Normalisation

HOME = paper("kawaguchi2021")


def test_at_least_14_statements_beside_the_bookkeeping() -> None:
    assert len([s for s in HOME.statements if not s.mark]) >= 20
    assert [s.slug for s in HOME.statements if s.mark] == ["interpolates"]


@pytest.mark.parametrize(("d", "order"), [(1, 3), (2, 2), (3, 4)])
def test_derivatives_are_counted_by_hand(d: int, order: int) -> None:
    count = sum(len(list(combinations_with_replacement(range(d + 1), j))) for j in range(order + 1))
    assert k.functions(d, order) == count


def test_twin_a_the_condition_says_nothing_of_the_weights_at_the_end_of_phase_1() -> None:
    """The same architecture and data: full rank at random weights, and certainly not with equal neurons."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((5, 2))
    assert full_rank(x, random_layers([2, 6], tanh(X), rng)).holds
    equal: list[Layer] = [Dense(np.tile(rng.standard_normal(2), (6, 1)), np.ones(6)), Entrywise(tanh(X))]
    assert full_rank(x, equal, most_bits=256).holds is None


def test_twin_d_normalised_features_alone_are_deficient() -> None:
    """Columns that sum to 0 have rank n − 1 at most; with the column of ones the rank is n."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((5, 3))
    layers = [*random_layers([3, 8], tanh(X), rng), Normalisation(0.5)]
    found = full_rank(x, layers)
    assert found.holds
    h = np.tanh(x @ layers[0].weight.T + layers[0].bias)  # type: ignore[union-attr]
    h = (h - h.mean(0)) / np.sqrt(h.var(0) + 0.5)
    assert np.allclose(h.sum(0), 0, atol=1e-12)
    least = np.linalg.svd(np.c_[h, np.ones(5)], compute_uv=False)[-1]
    assert float(found.low) == pytest.approx(least, rel=0.1)


FALSE: list[Statement] = [
    Bound("smaller", k.p * k.h_1**2 + (1 - k.p) * k.h_2**2 - (k.p * k.h_1 + (1 - k.p) * k.h_2) ** 2,
          Rational(49, 100) * (k.h_1**2 + k.h_2**2), on={k.p: (0, 1)}, title="½ is sharp"),
    Bound("faster", (1 - k.lam / k.high) ** 2, (1 - k.low / k.high) ** 3,
          where=(k.low <= k.lam, k.lam <= k.high), title="the exponent"),
    Bound("logistic", log(1 + exp(-k.margin)).diff(k.margin, 2), Rational(1, 5), title="1/4 is sharp"),
]  # fmt: skip


@pytest.mark.parametrize("statement", FALSE, ids=lambda s: s.slug)
def test_a_false_twin_is_refuted(statement: Statement) -> None:
    home = Paper("t", title="t", authors="t", reference="t", statements=(statement,))
    assert check(home.statements[0]).verdict is Verdict.REFUTED


def holds(slug: str, seed: int = 0) -> bool:
    """Whether a statement is verified or measured, by its readings alone."""
    methods = ("trajectory", "sampling", "scaling", "enclosure")
    found = check_one(HOME[slug], Options(methods=methods, seed=seed), readings_of("kawaguchi2021", slug))
    return found.verdict in (Verdict.VERIFIED, Verdict.MEASURED)


@pytest.mark.parametrize(("d", "n"), list(headline.SLOPES))
@pytest.mark.parametrize("power", [0.0, 0.75, 1.25])
def test_noise_of_another_power_does_not_pass(d: int, n: int, power: float, monkeypatch: pytest.MonkeyPatch) -> None:
    made = expressivity.equal_and_noise
    monkeypatch.setattr(expressivity, "equal_and_noise", lambda x, delta, *rest: made(x, delta**power, *rest))
    assert not holds(f"noise-{d}-{n}")


def test_without_noise_no_rank_is_certified(monkeypatch: pytest.MonkeyPatch) -> None:
    made = expressivity.equal_and_noise
    monkeypatch.setattr(expressivity, "TRIED", 40)
    monkeypatch.setattr(expressivity, "full_rank", partial(full_rank, most_bits=256))
    monkeypatch.setattr(expressivity, "equal_and_noise", lambda x, delta, *rest: made(x, 0.0, *rest))
    assert not holds("noise-rank")


def test_neurons_that_are_not_equal_do_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    tanh, g = torch.tanh, torch.Generator().manual_seed(0)
    monkeypatch.setattr(torch, "tanh", lambda z: tanh(z + 1e-9 * torch.randn(z.shape, generator=g, dtype=z.dtype)))
    assert not holds("equal-neurons")


@pytest.mark.parametrize("factor", [0, 0.99, 1.01])
def test_a_second_phase_of_other_steps_does_not_pass(factor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps on the cross entropy that are none, or one per cent shorter or longer."""
    from checks.papers import kawaguchi2021 as readings

    right = readings.expit
    monkeypatch.setattr(readings, "expit", lambda z: factor * right(z))
    readings._by_weights.cache_clear()
    assert not holds("cross-entropy-run")
    readings._by_weights.cache_clear()


@pytest.mark.parametrize("parts", [(1, 1.01, 1), (1, 0.99, 1), (1, 1, 1.01), (1, 1, 0.99)])
def test_a_loss_or_bound_that_is_one_percent_off_does_not_pass(parts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from checks.papers import kawaguchi2021 as readings

    right = readings._by_weights
    monkeypatch.setattr(
        readings, "_by_weights", lambda context: tuple(c * p for c, p in zip(parts, right(context), strict=True))
    )
    assert not holds("cross-entropy-run")


@pytest.mark.parametrize(
    ("slug", "change"),
    [
        ("two-phase-run", lambda t: {"losses": 1.01 * t.losses}),
        ("two-phase-run", lambda t: {"losses": 0.99 * t.losses}),
        ("two-phase-run", lambda t: {"losses": t.losses[:, :1].expand_as(t.losses)}),
        ("two-phase-run", lambda t: {"eta": 1.01 * t.eta}),
        ("two-phase-run", lambda t: {"eta": 0.99 * t.eta}),
        ("two-phase-run", lambda t: {"last": 1.01 * t.last}),
        ("two-phase-accuracy", lambda t: {"last": torch.zeros_like(t.last)}),
        ("two-phase-accuracy", lambda t: {"last": t.last.flip(2)}),
    ],
)
def test_two_phases_with_no_effect_do_not_pass(slug: str, change: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    done, *data = recipe._shared(Context(0))
    monkeypatch.setattr(recipe, "_shared", lambda context: (replace(done, **change(done)), *data))
    assert not holds(slug)


@pytest.mark.parametrize("longer", [1.0, 1.01, 0.99])
def test_two_phases_of_other_steps_do_not_pass(longer: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that is one per cent longer or shorter, taken and reported alike."""
    norm = torch.linalg.matrix_norm
    monkeypatch.setattr(torch.linalg, "matrix_norm", lambda M, of: norm(M, of) / longer**0.5)
    monkeypatch.setattr(recipe, "RUNS", 3)
    recipe._trained.cache_clear()
    assert holds("two-phase-run") is (longer == 1)
    recipe._trained.cache_clear()


def test_equal_units_at_the_switch_are_not_certified(monkeypatch: pytest.MonkeyPatch) -> None:
    done, *data = recipe._shared(Context(0))
    W, b, V, c = done.hidden
    equal = (W, b, V[:, :1].expand_as(V), c[:, :1].expand_as(c))
    monkeypatch.setattr(recipe, "full_rank", partial(full_rank, most_bits=128))
    monkeypatch.setattr(recipe, "_shared", lambda context: (replace(done, hidden=equal), *data))
    assert not holds("two-phase-rank")


@pytest.mark.parametrize("length", [0, 0.99, 1.01])
def test_single_samples_of_other_steps_do_not_pass(length: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """No steps, or steps that are one per cent shorter or longer than 1/‖M_i‖²."""
    right = recipe.projected
    monkeypatch.setattr(recipe, "DRAWN", 500)
    monkeypatch.setattr(recipe, "projected", lambda e, row: e + length * (right(e, row) - e))
    assert not holds("single-sample-run")


@pytest.mark.parametrize(
    "change",
    [
        lambda r: {"chances": np.full(len(r.chances), 1 / len(r.chances))},
        lambda r: {"chances": r.chances**1.01 / (r.chances**1.01).sum()},
        lambda r: {"shares": 1.01 * r.shares},
        lambda r: {"shares": 0.99 * r.shares},
        lambda r: {"M": np.c_[1.01 * r.M[:, :1], r.M[:, 1:]]},
    ],
)
def test_single_samples_by_other_chances_or_rates_do_not_pass(change: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    right = recipe.rows
    monkeypatch.setattr(recipe, "DRAWN", 500)
    monkeypatch.setattr(recipe, "rows", lambda context: replace(r := right(context), **change(r)))
    assert not holds("single-sample-run")


def test_a_loop_over_samples_is_the_mean_of_all_sequences() -> None:
    """All 36 sequences of two rows, one after the other, with the update of v itself."""
    r = recipe.rows(Context(0))
    M, v_star = r.M, np.linspace(-1, 1, r.M.shape[1])
    seen = []
    for first in range(len(M)):
        for second in range(len(M)):
            v = v_star + r.directions[0]
            for i in (first, second):
                v = v - (M[i] @ v - M[i] @ v_star) / (M[i] @ M[i]) * M[i]
            seen.append(r.chances[first] * r.chances[second] * ((v - v_star) ** 2).sum())
    assert sum(seen) == pytest.approx(recipe.mean_squares(r, 2)[1], rel=1e-12)


def test_constant_steps_stall_where_labels_contradict_each_other() -> None:
    """Without the condition, 9 inputs and 5 columns: rows drawn as before leave a loss far above its minimum."""
    rng = np.random.default_rng(0)
    M, y = rng.standard_normal((9, 5)), rng.standard_normal(9)
    sizes, v = (M**2).sum(1), np.zeros(5)
    least = float(((M @ np.linalg.lstsq(M, y)[0] - y) ** 2).mean())
    seen = []
    for t in range(4000):
        i = rng.choice(9, p=sizes / sizes.sum())
        v = v - (M[i] @ v - y[i]) / sizes[i] * M[i]
        if t >= 1000:
            seen.append(float(((M @ v - y) ** 2).mean()))
    assert np.mean(seen) > 1.5 * least > 0.01


@pytest.mark.parametrize("factor", [Rational(99, 100), Rational(1, 2)])
def test_a_sharper_guarantee_is_not_proved(factor: Any) -> None:
    """The chain of the second phase with a smaller right side must not close."""
    true = HOME["phase-two"]
    assert isinstance(true, Bound)

    def derive() -> Any:
        return k._phase_two().then(factor * k.far(k.V(0)), "less", relation="<=")

    false = replace(true, rhs=factor * k.far(k.V(0)), derive=derive)
    others = tuple(s for s in HOME.statements if s.slug in ("phase-step", "phase-square"))
    made = Paper("t", title="t", authors="t", reference="t", statements=(*others, false), hypotheses=HOME.hypotheses)
    assert check(made["phase-two"]).verdict is not Verdict.VERIFIED


def test_two_phase_against_descent_by_autograd() -> None:
    """The second phase by torch's own optimiser on the last layer, from the same start."""
    g = torch.Generator().manual_seed(3)
    x, classes = torch.randn(7, 3, generator=g, dtype=torch.float64), torch.tensor([0, 1, 2, 0, 1, 2, 0])
    done = two_phase(x, classes, (3, 5, 3), 2, (5, 30), 1e-2, g)
    M = features(done.hidden, x)
    for run in range(2):
        eta = float(done.eta[run])
        assert eta == pytest.approx(2 * 7 / float(torch.linalg.svdvals(M[run])[0]) ** 2)
        v = done.start[run].clone().requires_grad_(True)
        optimiser = torch.optim.SGD([v], lr=eta)
        for _ in range(30):
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(M[run] @ v, classes).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        assert torch.allclose(v, done.last[run], atol=1e-12)
        last = torch.nn.functional.cross_entropy(M[run] @ v, classes)
        assert float(last.detach()) == pytest.approx(float(done.losses[run, -1]))


@pytest.mark.parametrize("seed", range(3))
def test_resnets_are_expressive_on_mnist(seed: int) -> None:
    """The condition on images of MNIST, where its files are; digits are in the statements."""
    try:
        folder = located("mnist", Path(os.environ.get("LEMMATA_DATA", Path(__file__).parents[2] / "shared" / "data")))
    except DataError:
        pytest.skip("the files of MNIST are not here: lemmata data mnist, and LEMMATA_DATA names their folder")
    for slug in ("digits-convolution", "digits-narrow"):
        context = Options(seed=seed, data=str(folder)).context(f"kawaguchi2021.{slug}")
        (reading,) = readings_of("kawaguchi2021", slug)
        found = reading.measure(context)
        assert isinstance(found, Enclosed)
        assert found.holds is True
        assert "784" in found.about or "28×28" in found.about
