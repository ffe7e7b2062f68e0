"""Trials that are alike count as fewer: chains, drifts, and trials that are there twice never pass for an effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from checks.context import Context
from checks.methods.comparing import judged, pooled
from checks.readings import Compared, Means
from checks.verdicts import Verdict
from numerics.inference.dependence import SHORTEST, distinct, worth
from numerics.statistics import binomial_interval, mean_interval

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator], Array]
CONTEXT = Context(3)
RUNS = 100


def chain(rng: np.random.Generator, count: int, kept: float) -> Array:
    """A stationary Gaussian Markov chain: its mean has the variance (1 + r)/(1 − r)/n of independent trials."""
    noise, values = rng.normal(size=count), np.empty(count)
    values[0] = noise[0]
    for i in range(1, count):
        values[i] = kept * values[i - 1] + np.sqrt(1 - kept**2) * noise[i]
    return values


ALIKE: dict[str, Draw] = {
    "a chain": lambda rng: chain(rng, 300, 0.7),
    "a slow chain": lambda rng: chain(rng, 1000, 0.99),
    "a walk": lambda rng: np.cumsum(rng.normal(size=200)),
    "a drift": lambda rng: np.linspace(-3, 3, 60) * rng.choice([-1, 1]) + 0.1 * rng.normal(size=60),
    "each ten times": lambda rng: np.repeat(rng.normal(size=5), 10),
    "all ten times": lambda rng: np.tile(rng.normal(size=5), 10),
    "drawn again": lambda rng: rng.normal(size=20)[rng.integers(0, 20, 200)],
    "six networks": lambda rng: np.repeat(rng.normal(size=6), 10) + 0.1 * rng.normal(size=60),
    "six networks in turn": lambda rng: np.tile(rng.normal(size=6), 10) + 0.1 * rng.normal(size=60),
}


@pytest.mark.parametrize("name", ALIKE)
def test_alike_trials_are_no_effect(name: str) -> None:
    """Of 300 comparisons without an effect one ends at most, where up to 60 did if all trials counted."""
    draw, seen = ALIKE[name], Counter[Verdict]()
    for seed in range(RUNS):
        rng = np.random.default_rng(seed)
        one, other = (Means(draw(rng), law="normal") for _ in range(2))
        for claim in (Compared(one, other), Compared(one, other, paired=True), Compared(one, 0.0)):
            seen[judged(claim, CONTEXT).verdict] += 1
    assert seen[Verdict.VERIFIED] + seen[Verdict.REFUTED] <= 1, seen


@pytest.mark.parametrize("kept", [0.7, 0.9, 0.99, 0.999])
def test_no_effect_of_a_chain_passes(kept: float) -> None:
    """Less than one row of 1,000 does, whatever is kept; where each keeps 0.999 of the last, 28 did before."""
    seen = Counter[Verdict]()
    for seed in range(300):
        side = Means(chain(np.random.default_rng(seed), SHORTEST, kept), law="normal")
        seen[judged(Compared(side, 0.0), CONTEXT).verdict] += 1
    assert seen[Verdict.VERIFIED] <= 2, seen


def test_few_trials_are_believed_if_it_is_said_how_they_are_made() -> None:
    trials = np.random.default_rng(1).normal(size=SHORTEST - 1)
    said = judged(Compared(Means(trials, law="normal"), 9.0), CONTEXT)
    assert said.verdict is Verdict.UNDECIDED
    assert f"of {SHORTEST - 1} trials" in said.detail
    assert "separate=True" in said.detail
    assert judged(Compared(Means(trials, law="normal", separate=True), 9.0), CONTEXT).verdict is Verdict.VERIFIED
    pairs = [Means(trials + m, law="normal", separate=known) for m, known in ((0, True), (9 + trials, False))]
    assert judged(Compared(*pairs, paired=True), CONTEXT).verdict is Verdict.UNDECIDED
    looks = [Compared(Means(part, law="normal"), 9.0) for part in np.split(np.random.default_rng(2).normal(size=60), 2)]
    assert judged(pooled(*looks), CONTEXT).verdict is Verdict.UNDECIDED, "each look follows its own chain"


def test_short_slow_chains_said_to_be_separate_end_seldom() -> None:
    """Of comparisons of 20 such trials with their mean 18 % would pass if all counted, and 4 % do.

    They are stated to be what they are not; without that none passes.

    No test that takes one row of independent trials in fifty for alike tells many more apart: the likelihood ratio of
    a Gaussian chain, which is the best one, leaves 3 %.
    """
    seen = Counter[Verdict]()
    for seed in range(400):
        side = Means(chain(np.random.default_rng(seed), 20, 0.9), law="normal", separate=True)
        seen[judged(Compared(side, 0.0), CONTEXT).verdict] += 1
    assert seen[Verdict.VERIFIED] + seen[Verdict.REFUTED] <= 0.04 * 400 + 4 * np.sqrt(0.04 * 400), seen


def test_the_interval_of_a_chain_holds_its_mean() -> None:
    """At 95 %: with the worth of the trials in at least 94 % of 1,000 runs, with their number in 72 % at most."""
    whole = counted = 0
    for seed in range(1000):
        values = chain(np.random.default_rng(seed), 200, 0.7)
        for worthy, w in ((False, None), (True, worth(values))):
            mean, half = mean_interval(values, 0.05, w)
            held = abs(float(mean)) <= float(half)
            whole += held and not worthy
            counted += held and worthy
    assert whole < 720
    assert binomial_interval(counted, 1000, 1e-3).high >= 0.95


def test_the_worth_of_long_chains_is_that_of_theory() -> None:
    for kept in (0.3, 0.6, 0.9):
        found = np.mean([float(worth(chain(np.random.default_rng(s), 5000, kept))) for s in range(10)])
        assert found == pytest.approx(5000 * (1 - kept) / (1 + kept), rel=0.15)


@pytest.mark.parametrize("count", [2, 3, 5, 10, 40, 200])
def test_independent_trials_count_in_full(count: int) -> None:
    """All but 2 % at most, four standard deviations of their number aside; heavy tails and coins too."""
    for law in ("standard_normal", "standard_cauchy", "random"):
        drawn = [getattr(np.random.default_rng(s), law)(size=count) for s in range(1000)]
        assert sum(float(worth(v)) < count for v in drawn) <= 21 + 4 * np.sqrt(21), law
        assert sum(float(worth((v > 0.5).astype(float))) < count for v in drawn) <= 21 + 4 * np.sqrt(21), law
    table = np.random.default_rng(0).normal(size=(1000, 200, 4)).transpose(0, 2, 1)
    assert sum(bool((worth(rows) < 200).any()) for rows in table[:300]) <= 7 + 4 * np.sqrt(7)


def test_trials_that_alternate_or_do_not_differ_count_in_full() -> None:
    noise = np.random.default_rng(0).normal(size=100)
    assert float(worth(np.stack([noise, -noise], 1).ravel()[:7])) == 7
    assert float(worth(np.ones(50))) == 50
    assert worth(np.zeros((3, 0, 5))).shape == (3, 0)


def test_equal_values_on_a_grid_are_different_trials() -> None:
    rng = np.random.default_rng(0)
    shares = rng.binomial(1000, 0.3, 60) / 1000
    assert len(np.unique(shares)) < 60
    assert float(distinct(shares)) == 60
    assert float(distinct(rng.normal(size=8)[rng.integers(0, 8, 100)])) == 8


def test_measurements_of_unlike_instances_count_in_full() -> None:
    rng = np.random.default_rng(1)
    looks = [Compared(Means(rng.normal(centre, 1, 60), law="normal"), 20.0) for centre in (0, 9)]
    assert "alike" not in judged(pooled(*looks), CONTEXT).detail
    assert judged(pooled(*looks), CONTEXT).verdict is Verdict.VERIFIED
    chains = [Compared(Means(chain(rng, 100, 0.9), law="normal"), 0.1) for _ in range(2)]
    assert "alike" in judged(pooled(*chains), CONTEXT).detail


def test_what_counts_is_said() -> None:
    values = np.repeat(np.random.default_rng(0).normal(size=6), 10)
    said = judged(Compared(Means(values, law="normal"), 100.0), CONTEXT)
    assert "60 trials, some of which are alike and count as" in said.detail
