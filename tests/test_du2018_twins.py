"""du2018, measured: what has no effect, the other sign or a rival's exponent does not pass."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import sympy as sp

from checks.context import Context
from checks.methods import comparing, sampling, scaling, trajectory
from checks.papers.du2018 import READINGS, limits, training, widths
from checks.papers.du2018.common import SIGMA, evaluated
from checks.readings import Compared, Reading
from checks.studies.lint import findings, twins
from checks.studies.wrong import no_effect
from checks.verdicts import Verdict
from derivations.papers import paper
from derivations.papers.du2018 import dynamics, headline, stability
from derivations.papers.du2018.notation import c_sigma
from derivations.statements import Rate

PAPER = paper("du2018")
CONTEXT = Context(3)


def test_no_statement_is_hollow() -> None:
    readings = {k: r if isinstance(r, tuple) else (r,) for k, r in READINGS.items()}
    assert not [f for s in PAPER.statements for f in findings(s, readings.get(s.slug, ()))]
    assert not twins(PAPER.statements)
    both = [r for k in readings for r in readings[k] if r.method in ("trajectory", "autograd")]
    assert all(len(set(r.by)) == 2 for r in both)


def test_every_rate_names_its_rivals() -> None:
    rates = [s for s in PAPER.statements if isinstance(s, Rate)]
    assert len(rates) >= 9
    assert all(s.against for s in rates)


def test_networks_without_an_effect_do_not_stay_above_half() -> None:
    found = widths.least_while_training(CONTEXT)
    assert comparing.judged(found, CONTEXT).verdict is Verdict.VERIFIED
    for seed in range(20):
        twin = no_effect(found, np.random.default_rng(seed))
        assert comparing.judged(twin, CONTEXT).verdict is not Verdict.VERIFIED
    assert isinstance(found.left, float)
    reversed_ = Compared(left=found.right, right=found.left)
    assert comparing.judged(reversed_, CONTEXT).verdict is Verdict.REFUTED


def test_narrow_networks_are_not_within_a_quarter() -> None:
    reading = Reading("sampling", partial(widths.quarter, width=256))
    found = sampling.run(PAPER["finite-width-quarter"], (reading,), CONTEXT)
    assert found[0].verdict is Verdict.REFUTED


def test_relu_vanishes_as_the_angle() -> None:
    statement = PAPER["full-rank-angle"]
    relu = (Reading("scaling", partial(limits.vanishing, activation="relu")),)
    assert scaling.run(statement, relu, CONTEXT)[0].verdict is Verdict.REFUTED
    first = replace(statement, exponent=sp.S.One, against=(2,))
    found = scaling.run(first, relu, CONTEXT)[0]
    # near 1, and seen to be no plain power: the statement's drift is that of a smooth activation
    assert found.verdict is Verdict.UNDECIDED
    assert found.residual < found.tolerance < 0.1


@pytest.mark.parametrize(("exponent", "passes"), [(-1.0, True), (-0.5, False), (-1.5, False)])
def test_the_movement_of_rivals_does_not_pass(exponent: float, passes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Movements with the spread that networks have, of a known exponent."""
    rng = np.random.default_rng(1)

    def trained(m: int, *_: object) -> tuple[float, float]:
        return 1.0, float(np.exp(0.65 * rng.standard_normal()) * m**exponent)

    monkeypatch.setattr(widths, "trained", trained)
    widths._movements.cache_clear()
    found = scaling.run(PAPER["gram-movement"], (Reading("scaling", partial(widths.movement, 1)),), CONTEXT)
    widths._movements.cache_clear()
    assert (found[0].verdict is Verdict.VERIFIED) == passes


def test_what_finite_sizes_do_to_an_exponent_is_found() -> None:
    """log q = −½ log m + log(1 + 2/m): its exponent between 32 and 64 by hand."""

    def logs(m: int) -> np.ndarray:
        return np.array([-0.5 * np.log(m) + 2 / m])

    by_hand = 2 * (1 / 64 - 1 / 32) / np.log(2)
    assert widths.moved_exponent(logs, (32, 64)) == pytest.approx(abs(by_hand), rel=1e-9)


def test_the_bound_of_the_features_is_the_recursion_unrolled() -> None:
    known = {c_sigma: 1.3, stability.L: 0.9, stability.c_w: 2.1, stability.c_x: 1.2, stability.R: 0.07}
    a, b = 1.3**0.5 * 0.9 * (2.1 + 0.07), 1.3**0.5 * 0.9 * 0.07 * 1.2
    step = 1.3**0.5 * 0.9 * 0.07
    for h in range(1, 8):
        assert evaluated(stability.bound_fc, {**known, stability.h: float(h)}) == pytest.approx(step, rel=1e-12)
        step = a * step + b


def test_the_line_is_that_of_the_theorem() -> None:
    line = evaluated(headline.line, {dynamics.eta: 0.5, headline.LEAST: 0.2, headline.k: np.arange(4.0)})
    assert line == pytest.approx([1.0, 0.95, 0.9025, 0.857375], rel=1e-14)


def test_a_run_that_does_not_learn_is_above_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """On inputs far from each other the line is low enough that a loss that stays is seen."""
    monkeypatch.setattr(training, "WIDTHS", {16: 3})
    monkeypatch.setattr(training, "FEW", {16: 30})
    monkeypatch.setattr(training, "SMALL_WIDTHS", (8,))
    found = training.theorem("fc", CONTEXT)
    stays = replace(found, left=np.ones_like(found.left))
    assert trajectory.both_sides(stays, CONTEXT).verdict is Verdict.REFUTED
    assert SIGMA == "softplus"
