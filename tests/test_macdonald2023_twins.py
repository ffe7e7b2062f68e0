"""macdonald2023: readings evaluate the statements' own formulas, and pass no false twin and no noise."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy as sp
import torch

from checks.context import Context
from checks.methods import comparing
from checks.papers import readings_of
from checks.papers.macdonald2023 import mechanism, spectra
from checks.readings import Compared
from checks.running.runner import Options, check
from checks.studies.wrong import no_effect
from checks.verdicts import Verdict
from derivations.papers import paper
from derivations.papers.macdonald2023 import composition, convergence, regularity
from derivations.statements import Rate
from numerics.marchenko_pastur import least_singular_value_limit, least_singular_values
from numerics.models.macdonald2023 import VARIANTS, TrainingRun
from numerics.statistics import drift, slope

PAPER = paper("macdonald2023")
PERCENT = sp.Rational(101, 100)


def verdict(slug: str, seed: int = 1) -> Verdict:
    return check(PAPER[slug], Options(seed=seed), readings_of("macdonald2023", slug)).verdict


FALSE: dict[str, tuple[Any, str, Callable[[Any], Any]]] = {
    "chain-vectors": (composition, "first_along", lambda f: f * PERCENT),
    "chain-vectors-second": (composition, "second_along", lambda f: f * PERCENT),
    "lipschitz-holds": (composition, "lipschitz_bound", lambda f: f / 20),
    "pl-composition": (regularity, "pl_bound", lambda f: f * PERCENT),
    "gram-sum": (regularity, "gram_form", lambda f: f * PERCENT),
    "gram-superadditive": (regularity, "superadditive", lambda f: f * PERCENT),
    "skip-uniform": (regularity, "uniform", lambda f: f * PERCENT),
    "shifted-layer": (regularity, "edge", lambda f: f * sp.Rational(103, 100)),
    "rate-known": (convergence, "step_bound", lambda f: f / PERCENT),
    "constants-along": (composition, "smoothness_bound", lambda f: f / 10**5),
}
"""Statements whose reading evaluates a formula of `derivations`: where it is, and how it is made false."""


@pytest.mark.parametrize("slug", FALSE)
def test_the_formula_is_what_is_measured(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, name, change = FALSE[slug]
    formula = getattr(module, name)
    assert any(formula.free_symbols <= side.free_symbols for side in (PAPER[slug].lhs, PAPER[slug].rhs))
    monkeypatch.setattr(module, name, change(formula))
    assert verdict(slug) is Verdict.REFUTED


def test_the_edge_is_where_singular_values_end() -> None:
    """Against the same limit by another formula, and one large layer."""
    for tau in (0.1, 0.25, 0.5, 0.75, 0.95):
        assert float(regularity.edge.subs(regularity.tau, tau)) == pytest.approx(least_singular_value_limit(tau))
    g = torch.Generator().manual_seed(0)
    seen = 0.5 * float(least_singular_values(600, 1, g, shift=2.0)[0])
    assert float(regularity.edge.subs(regularity.tau, 0.5)) == pytest.approx(seen, abs=0.03)


def test_every_rate_names_rivals_that_its_width_excludes() -> None:
    rates = [s for s in PAPER.statements if isinstance(s, Rate)]
    assert len(rates) == 4
    assert all(r.against and r.widest < min(abs(float(r.exponent - a)) for a in r.against) for r in rates)


def test_layers_that_fall_as_the_root_are_no_square_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    def rival(n: int, trials: int, g: torch.Generator) -> torch.Tensor:
        return n**-0.5 * torch.rand(trials, generator=g, dtype=torch.float64)

    monkeypatch.setattr(spectra, "least_singular_values", rival)
    assert verdict("square-layer") is Verdict.REFUTED


def test_independent_draws_come_to_the_law_too_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)

    def of_draws(values: Any, ratio: float) -> float:
        drawn, steps = np.sort(rng.random(len(values))), np.arange(len(values) + 1) / len(values)
        return float(max((steps[1:] - drawn).max(), (drawn - steps[:-1]).max()))

    monkeypatch.setattr(spectra, "distance", of_draws)
    assert verdict("mp-distance") is not Verdict.MEASURED


@pytest.mark.parametrize("exponent", [-0.5, -1.0, -2.0])
def test_drift_does_not_depend_on_the_exponent(exponent: float) -> None:
    """log q = e·log x + c/x: the drift is that of c/x alone, and covers what a fit finds beside e."""
    windows = [np.array([2.0, 4.0]), np.array([4.0, 8.0]), np.array([16.0, 32.0])]
    found = [float(slope(np.log(x), exponent * np.log(x) + 0.7 / x)) for x in windows]
    bent = [float(slope(np.log(x), 1 / x)) for x in windows]
    assert drift(found[:2], bent[:2], bent[2]) == pytest.approx(abs(found[2] - exponent), rel=1e-9)


def runs(effect: float, seed: int) -> dict[str, TrainingRun]:
    """Trials of the three variants with differences of `effect` between one and the next."""
    rng = np.random.default_rng(seed)
    found = {}
    for k, variant in enumerate(VARIANTS):
        losses = 1 - effect * k + rng.normal(0, 0.1, (44, 31))
        found[variant] = TrainingRun(
            losses, np.ones(44), (0, 15, 30), np.exp(effect * k + rng.normal(0, 0.5, (44, 3, 40)))
        )
    return found


@pytest.mark.parametrize(
    ("effect", "expected"), [(0.2, Verdict.MEASURED), (0.0, Verdict.UNDECIDED), (-0.2, Verdict.REFUTED)]
)
@pytest.mark.parametrize("slug", ["mechanism-values", "mechanism-loss"])
def test_the_mechanism_is_no_noise(
    slug: str, effect: float, expected: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mechanism, "_mechanism", lambda seed, device, data: runs(effect, seed))
    assert verdict(slug) is expected


@pytest.mark.parametrize("measure", [mechanism.mechanism_values, mechanism.mechanism_loss, spectra.shifted])
def test_without_the_effect_nothing_passes(
    measure: Callable[[Context], Compared], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mechanism, "_mechanism", lambda seed, device, data: runs(0.2, seed))
    compared = measure(Context(3))
    assert comparing.judged(compared, Context(3)).verdict is Verdict.VERIFIED
    for seed in range(20):
        twin = no_effect(compared, np.random.default_rng(seed))
        assert comparing.judged(twin, Context(3)).verdict is not Verdict.VERIFIED


def test_one_per_cent_less_than_a_composition_may_add_is_refuted() -> None:
    """Of matrices and vectors: the bound is attained where each step is along its derivative's own direction."""
    whole: Any = PAPER["compose-first"]
    less = replace(whole, rhs=sp.Rational(99, 100) * whole.rhs, derive=None)
    assert check(less, Options(seed=0)).verdict is Verdict.REFUTED
