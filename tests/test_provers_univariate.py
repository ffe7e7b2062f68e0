"""Claims in one variable: true ones are proved, tight or not, and false ones never are."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
import sympy as sp
from sympy import Interval, Rational, S, exp, log, oo, pi, sin, sqrt
from univariate_claims import NONNEGATIVE, POSITIVE, REALS, TRUE, dented, random_claim, x

from checks.provers.claims import Claim, Obstacle, Proof
from checks.provers.univariate import prove
from checks.verdicts import Assurance
from numerics.balls.enclosure import ball
from numerics.values.evaluate import evaluate


@pytest.mark.parametrize(("f", "values"), TRUE, ids=[str(f) for f, _ in TRUE])
def test_true_claims_are_proved(f, values):
    found = prove(Claim(f, {x: values}))
    assert isinstance(found, Proof), found.why
    assert found.assurance is Assurance.ENCLOSED
    assert found.lines


TIGHT = [TRUE[i] for i in (0, 1, 2, 4, 5, 6, 8, 18, 21, 25, 36, 41)]


@pytest.mark.parametrize("less", [Rational(1, 1000), Rational(1, 100000), Rational(1, 10**9)], ids=str)
@pytest.mark.parametrize(("f", "values"), TIGHT, ids=[str(f) for f, _ in TIGHT])
def test_tight_claims_moved_a_little_are_not_proved(f, values, less):
    found = prove(Claim(f - less, {x: values}))
    assert isinstance(found, Obstacle)
    if found.false:
        assert ball((f - less).xreplace(found.at)) < 0


@pytest.mark.parametrize("seed", range(12))
def test_claims_false_in_a_narrow_dent_are_not_proved(seed):
    random = Random(seed)
    f, values = random.choice(TRUE)
    low = values.inf if values.inf.is_finite else sp.Integer(-7)
    high = values.sup if values.sup.is_finite else low + 14
    at = sp.Rational(float(low + (high - low) * Rational(random.randint(1, 999), 1000))).limit_denominator(997)
    assert isinstance(prove(Claim(dented(f, at, Rational(1, 1000)), {x: values})), Obstacle)


@pytest.mark.parametrize("seed", range(40))
def test_no_random_claim_with_a_negative_value_is_proved(seed):
    f, values, least = random_claim(Random(seed))
    margin = [-1e-3, -1e-5, 0.0, 1e-5, 1e-2][seed % 5]
    g = f - sp.Rational(least) + sp.Rational(margin).limit_denominator(10**8)
    found = prove(Claim(g, {x: values}))
    grid = np.linspace(float(values.inf), float(values.sup), 20001)
    seen = float(np.min(evaluate(g, {x: grid})))
    if seen < -1e-9:
        assert isinstance(found, Obstacle)
    if margin >= 1e-5:
        assert isinstance(found, Proof)


def test_oscillation_is_reduced_to_a_period():
    found = prove(Claim(sp.Rational(5, 4) - sp.cos(2 * x) / 4 - sin(x) ** 2 / 2 + sin(3 * x), {x: NONNEGATIVE}))
    assert isinstance(found, Proof)
    assert "period 2*pi" in found.lines[0]
    found = prove(Claim(1 + sin(x / 3) + sin(x / 2) / 100 - Rational(1, 200), {x: REALS}))
    assert isinstance(found, Obstacle)  # false near x = −3π/2 + 6π·k for some k


@pytest.mark.parametrize(
    ("f", "values"),
    [
        (1 / (x - 1) ** 2, Interval(0, 2)),  # a pole
        (log(x) ** 2, Interval(-1, 1)),  # no logarithm
        (sqrt(x - 1), Interval(0, 2)),  # no root
        (1 + sqrt(x), Interval(-oo, 0)),
        (1 / x, Interval(0, 1)),  # no value at an end that belongs to the range
        ((x - 1) / (x - 1), S.EmptySet),
        (sp.gamma(x) ** 2, Interval(-1, 2)),  # poles
        (sp.tan(x) + 100, Interval(0, 2)),
    ],
    ids=str,
)
def test_what_has_no_value_somewhere_is_not_proved(f, values):
    if values is S.EmptySet:
        f = x
    assert isinstance(prove(Claim(f, {x: values})), Obstacle)


def test_ends_that_do_not_belong_to_the_range_do_not_matter():
    assert isinstance(prove(Claim(1 / x, {x: Interval.Lopen(0, 1)})), Proof)
    assert isinstance(prove(Claim(-log(x), {x: Interval.Lopen(0, 1)})), Proof)
    assert isinstance(prove(Claim(sp.tan(x), {x: Interval.Ropen(0, pi / 2)})), Proof)


def test_a_removable_singularity_is_read_as_its_limit_and_said_so():
    found = prove(Claim(1 - sin(x) / x, {x: Interval(-1, 1)}))
    assert isinstance(found, Proof)
    assert any("read as its limit" in line for line in found.lines)


def test_a_false_claim_comes_with_a_point():
    found = prove(Claim(exp(x) - 1 - x - x**2 / 2, {x: REALS}))
    assert isinstance(found, Obstacle)
    assert found.false
    assert ball((exp(x) - 1 - x - x**2 / 2).xreplace(found.at)) < 0


def test_more_variables_and_empty_ranges_are_left_to_others():
    y = sp.Symbol("y", real=True)
    assert isinstance(prove(Claim(x**2 + y**2, {x: REALS, y: REALS})), Obstacle)
    assert isinstance(prove(Claim(sp.S.One, {x: POSITIVE})), Proof)
    assert prove(Claim(-sp.S.One, {x: POSITIVE})).false


def test_sets_of_integers_lie_in_intervals():
    n = sp.Symbol("n", integer=True, positive=True)
    found = prove(Claim(exp(1) - (1 + 1 / n) ** n, {n: S.Naturals}))
    assert isinstance(found, Proof)
    assert "integers" in found.lines[0]
