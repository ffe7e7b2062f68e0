"""Comparisons of means and chances: noise counts against the statement, and no effect is never an effect."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.context import Context
from checks.methods import trajectory
from checks.methods.comparing import difference, judged, pooled
from checks.readings import Compared, Followed, Means, Reading, ReadingError, Scaled, Shares
from checks.studies.wrong import no_effect
from checks.verdicts import Verdict
from derivations.statements import Bound, Identity
from numerics.statistics import mean_interval

CONTEXT = Context(3)
CLAIM = Bound("claim", 0, 1)
VERIFIED, REFUTED, UNDECIDED, ERROR = Verdict.VERIFIED, Verdict.REFUTED, Verdict.UNDECIDED, Verdict.ERROR


def normal(mean: float, trials: int = 40, seed: int = 0, comparisons: int = 1) -> Means:
    drawn = np.random.default_rng(seed).normal(mean, 1.0, (trials, comparisons))
    return Means(drawn, law="normal", separate=True)


CASES = {
    "an effect": (Compared(normal(0), normal(5, seed=1)), VERIFIED),
    "a reversed effect": (Compared(normal(5), normal(0, seed=1)), REFUTED),
    "no effect": (Compared(normal(0), normal(0, seed=1)), UNDECIDED),
    "a small reversed effect": (Compared(normal(0.5), normal(0, seed=1)), UNDECIDED),
    "one comparison of many fails": (Compared(np.array([-9.0, 9.0]), normal(0, comparisons=2)), REFUTED),
    "one of many is open": (Compared(np.array([-9.0, 0.0]), normal(0, comparisons=2)), UNDECIDED),
    "a bound far away": (Compared(normal(0), 5.0), VERIFIED),
    "a bound below": (Compared(normal(0), -5.0), REFUTED),
    "equal within a margin": (Compared(normal(0, 400), normal(0, 400, 1), "=", margin=1.0), VERIFIED),
    "equal within a margin that is too narrow": (Compared(normal(0), normal(0, seed=1), "=", margin=0.1), UNDECIDED),
    "not equal": (Compared(normal(0), normal(9, seed=1), "=", margin=1.0), REFUTED),
    "chances": (Compared(Shares(np.array([3]), 1000), 0.1), VERIFIED),
    "chances that are larger": (Compared(Shares(np.array([300]), 1000), 0.1), REFUTED),
    "chances that are as large": (Compared(Shares(np.array([100]), 1000), 0.1), UNDECIDED),
    "two chances": (Compared(Shares(np.array([3]), 1000), Shares(np.array([500]), 1000)), VERIFIED),
    "trials that do not differ": (Compared(Means(np.ones((9, 1)), law="normal", separate=True), 1.0), UNDECIDED),
    "a trial that overflowed": (Compared(Means(np.array([[1.0], [np.inf]])), 1.0), ERROR),
}


@pytest.mark.parametrize("name", CASES)
def test_verdicts(name: str) -> None:
    compared, expected = CASES[name]
    found = judged(compared, CONTEXT)
    assert found.verdict is expected, found.detail
    if expected is UNDECIDED:
        assert "trials" in found.detail


def test_pairing_takes_out_what_both_arms_share() -> None:
    rng = np.random.default_rng(0)
    shared, own = rng.normal(0, 10, (30, 1)), rng.normal(0, 0.1, (30, 1))
    left, right = (Means(x, law="normal", separate=True) for x in (shared, shared + 0.5 + own))
    assert judged(Compared(left, right), CONTEXT).verdict is UNDECIDED
    assert judged(Compared(left, right, paired=True), CONTEXT).verdict is VERIFIED


def test_the_number_of_trials_that_would_decide() -> None:
    made = Compared(normal(0, 100), normal(0.5, 100, 1))
    found = judged(made, CONTEXT)
    assert found.verdict is UNDECIDED
    said = int(found.detail.rsplit("about ")[1].split(" ")[0].replace(",", ""))
    d = difference(made, 1e-6)
    assert said == int(np.ceil(100 * float(((d.high - d.value) / d.value)[0] ** 2)))


EFFECTS = {
    "paired": Compared(normal(0, 12), normal(9, 12, 1), paired=True),
    "two arms": Compared(normal(0, 12), normal(9, 12, 1)),
    "a bound": Compared(normal(0, 12), 9.0),
    "a lower bound": Compared(0.0, normal(9, 12)),
    "chances": Compared(Shares(np.array([1, 2]), 500), Shares(np.array([300, 400]), 500)),
    "a chance and a bound": Compared(Shares(np.array([1]), 500), 0.5),
    "many": Compared(normal(0, 12, comparisons=8), normal(9, 12, 1, comparisons=8), paired=True),
}


@pytest.mark.parametrize("name", EFFECTS)
def test_without_the_effect_nothing_passes(name: str) -> None:
    assert judged(EFFECTS[name], CONTEXT).verdict is VERIFIED
    for seed in range(200):
        twin = no_effect(EFFECTS[name], np.random.default_rng(seed))
        assert judged(twin, CONTEXT).verdict is not VERIFIED, seed


@given(st.integers(0, 2**32 - 1), st.integers(3, 60), st.sampled_from(["normal", "laplace", "uniform", "t"]))
@settings(max_examples=200, deadline=None)
def test_two_arms_of_one_law_are_never_told_apart(seed: int, trials: int, law: str) -> None:
    rng = np.random.default_rng(seed)
    draw: Any = rng.standard_t if law == "t" else getattr(rng, law)
    sizes = (*((3,) if law == "t" else ()), (trials, 4))
    arms = [Means(draw(*sizes[:-1], size=sizes[-1]), law="normal", separate=True) for _ in range(2)]
    assert judged(Compared(*arms), CONTEXT).verdict is UNDECIDED


def test_the_interval_counts_against_the_statement() -> None:
    """An effect between 0 and the half-width of its interval is seen by neither side."""
    left, right = normal(0, 30), normal(0.3, 30, 1)
    mean, half = mean_interval((right.samples - left.samples).T, 1e-6)
    assert 0 < mean[0] < half[0]
    assert judged(Compared(left, right, paired=True), CONTEXT).verdict is UNDECIDED
    assert judged(Compared(right, left, paired=True), CONTEXT).verdict is UNDECIDED


def test_more_trials_are_drawn_while_they_are_too_few() -> None:
    asked: list[int] = []

    def measure(context: Context) -> Compared:
        asked.append(context.seed)
        rng = context.rng("arms")
        return Compared(*(Means(rng.normal(mean, 1, 60), law="normal") for mean in (0, 1.1)))

    (found,) = trajectory.run(CLAIM, (Reading("trajectory", measure),), CONTEXT)
    assert found.verdict is VERIFIED
    assert len(set(asked)) == len(asked) > 1
    assert f"{60 * len(asked)} trials" in found.detail


def instances(off: float, context: Context) -> Compared:
    """The mean of trials of an instance beside its own number: 10 with the first seed, 10.05 with those after it."""
    known = 10.0 if context.seed < 100 else 10.05
    trials = Means(context.rng("trials").normal(known + off, 0.15, 2000), law="normal")
    return Compared(trials, known, "=", margin=0.02)


def test_trials_of_another_instance_are_not_pooled() -> None:
    """Each is right of its own number; their mean is right of neither, and would refute what is true."""
    for seed in range(20):
        (found,) = trajectory.run(CLAIM, (Reading("trajectory", partial(instances, 0.004)),), Context(seed))
        assert found.verdict is not REFUTED, found.detail
        (found,) = trajectory.run(CLAIM, (Reading("trajectory", partial(instances, 0.1)),), Context(seed))
        assert found.verdict is REFUTED, found.detail


def test_pooled_is_one_measurement_of_all_trials() -> None:
    made = pooled(
        Compared(normal(0, 10), Shares(np.array([1]), 5)), Compared(normal(0, 20, 1), Shares(np.array([2]), 7))
    )
    assert isinstance(made.left, Means)
    assert isinstance(made.right, Shares)
    assert (len(made.left.samples), made.right.trials, int(made.right.events[0])) == (30, 12, 3)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Compared(1.0, 2.0),
        lambda: Compared(normal(0), np.ones(3), "<"),
        lambda: Compared(normal(0), 0.0, "="),
        lambda: Compared(normal(0), 0.0, "=", margin=np.inf),
        lambda: Compared(normal(0), 1 + 9j),
        lambda: Compared(normal(0, comparisons=2), np.ones(3)),
        lambda: Compared(normal(0, 5), normal(0, 6), paired=True),
        lambda: Compared(normal(0, 5), Shares(np.array([1]), 5), paired=True),
        lambda: Compared(normal(0, 1), 0.0),
        lambda: Compared(Means(3.0), 0.0),
        lambda: Compared(Shares(np.array([30]), 10), 0.5),
        lambda: Compared(Shares(np.array([3.9]), 10), 0.5),
        lambda: Followed(np.ones(1), np.ones(1), ">=", 0.0, "a run"),
        lambda: Followed(np.ones(1), np.ones(1), "==", 0.0, "a run"),
        lambda: Followed(np.ones(1), np.ones(1) + 9j, "<=", 0.0, "a run"),
        lambda: Followed(np.ones(1), np.ones(1), "<=", np.inf, "a run"),
        lambda: Scaled(np.ones(3), np.ones(3), drift=-0.1),
    ],
)
def test_sides_that_cannot_be_meant_are_named(wrong: Any) -> None:
    with pytest.raises(ReadingError):
        judged(wrong(), CONTEXT)


def test_an_inequality_beside_an_identity_is_named() -> None:
    for found in (Followed(np.ones(1), np.ones(1), "<=", 0.0, "a run"), Compared(normal(0), 9.0)):
        with pytest.raises(ReadingError, match="identity"):
            trajectory.run(Identity("x", 1, 1), (Reading("trajectory", lambda _, f=found: f),), CONTEXT)
    with pytest.raises(ReadingError, match="NoneType"):
        trajectory.run(Identity("x", 1, 1), (Reading("trajectory", lambda _: None),), CONTEXT)


def test_the_same_trials_again_are_no_more_trials() -> None:
    fixed = Compared(normal(0, 50), normal(0.75, 50, 1))
    (found,) = trajectory.run(CLAIM, (Reading("trajectory", lambda _: fixed),), CONTEXT)
    assert found.verdict is UNDECIDED
    assert "50 trials" in found.detail


still = partial(Means, law="normal", separate=True)


@pytest.mark.parametrize(
    "samples",
    [
        Compared(still(np.zeros((30, 1))), still(0.001 + normal(0, 30).samples * 1e-5)),
        Compared(still(np.array([[4.0], [4 + 1e-14], [4.0]])), 5.0),
    ],
)
def test_an_arm_without_spread_says_nothing_of_its_noise(samples: Compared) -> None:
    assert judged(samples, CONTEXT).verdict is UNDECIDED


def test_the_margin_of_an_equality_is_shown() -> None:
    assert "equal within ± 1" in judged(CASES["equal within a margin"][0], CONTEXT).detail


@pytest.mark.parametrize(
    ("left", "error", "expected"),
    [(0.5, 0.1, VERIFIED), (0.95, 0.1, UNDECIDED), (1.05, 0.1, UNDECIDED), (1.5, 0.1, REFUTED), (0.5, -1.0, ERROR)],
)
def test_errors_of_sides_count_against_both(left: float, error: float, expected: Verdict) -> None:
    run = Followed(np.array([left]), np.ones(1), "<=", 0.0, "a run", left_error=error / 2, right_error=error / 2)
    assert trajectory.both_sides(run, CONTEXT).verdict is expected


def test_followed_means_without_an_effect_do_not_pass() -> None:
    """One comparison of two means is in order by chance every other time: it is read again with fresh seeds."""

    def measured(shift: float, count: int) -> Reading:
        def measure(context: Context) -> Followed:
            one, other = (context.rng(arm).normal(size=(30, count)).mean(0) for arm in ("one", "other"))
            return Followed(one, other + shift, "<=", 0.0, "means")

        return Reading("trajectory", measure)

    for count in (1, 3):
        for seed in range(24):
            (null,) = trajectory.run(CLAIM, (measured(0, count),), Context(seed))
            assert null.verdict is not VERIFIED
            (true,) = trajectory.run(CLAIM, (measured(5, count),), Context(seed))
            assert true.verdict is VERIFIED
            assert f"{-(-trajectory.LEAST // count) * count} comparisons" in true.detail


def test_sides_without_chance_are_not_read_again() -> None:
    asked: list[int] = []

    def measure(context: Context) -> Followed:
        asked.append(context.seed)
        return Followed(np.array([1.0]), np.array([2.0]), "<=", 0.0, "a number")

    (found,) = trajectory.run(CLAIM, (Reading("trajectory", measure),), CONTEXT)
    assert found.verdict is VERIFIED
    assert len(asked) == 2
    assert "1 comparisons" in found.detail
