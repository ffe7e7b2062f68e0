"""Claims that a prover once answered wrongly: the truth of each is known by hand."""

from __future__ import annotations

import math

import pytest
import sympy as sp
from sympy import Abs, I, Interval, Max, Range, Rational, S, Sum, exp, gamma, log, sign, sin, tan

from checks.provers import balls, induction, powers, rules, taylor, univariate
from checks.provers.claims import Claim, Obstacle, Proof
from checks.provers.portfolio import answer
from derivations.domains import make_domain
from derivations.outcomes.reasons import Reason

x = sp.Symbol("x", real=True)
SPIKE = Max(0, 1 - 10**24 * (x**2 - 2) ** 2)
"""1 at √2, and 0 farther from there than 10⁻¹²."""


@pytest.mark.parametrize("f", [1 - 2 * SPIKE, 3 - x - 2 * SPIKE, Abs(sign(x**2 - 2)) - Rational(1, 2)])
def test_a_kink_inside_of_a_piece_is_no_smooth_point(f):
    assert isinstance(univariate.prove(Claim(f, {x: Interval(0, 3 if f.has(Max) else 2)})), Obstacle)


def test_a_kink_inside_of_a_piece_does_not_hinder_what_is_true():
    assert isinstance(univariate.prove(Claim(2 + SPIKE - sin(x), {x: Interval(0, 3)})), Proof)


@pytest.mark.parametrize(
    ("f", "values"),
    [
        ((x**2 + 1) * log(x) ** 2, Interval(-1, 2)),
        ((x**2 + 1) * exp(1 / x), Interval(-1, 2)),
        ((x**2 + 1) * tan(x) ** 2, Interval(0, 3)),
        ((x + 1) * gamma(x) ** 2, Interval(-1, 2)),
        (log(x) ** 2 * gamma(x) ** 2 * (1 + x), Interval(-1, 1)),
    ],
)
def test_a_factor_without_a_value_somewhere_is_not_left_out(f, values):
    assert isinstance(univariate.prove(Claim(f, {x: values})), Obstacle)


def test_a_factor_with_a_value_everywhere_is_left_out():
    found = univariate.prove(Claim((x**2 + 1) * log(1 + x) ** 2, {x: Interval.open(-1, sp.oo)}))
    assert isinstance(found, Proof)
    assert found.lines[0].startswith("without factors")


m, n, k, j = sp.symbols("m n k j", integer=True)


@pytest.mark.parametrize(
    ("f", "ranges", "conditions"),
    [
        (x * (x - 1), {x: Range(-3, 5)}, ()),
        (m * (m - 1), {m: Interval(-3, 5)}, ()),
        (m * (m - 1), {m: S.Integers}, ()),
        (x, {x: Interval(-1, 1)}, (sp.Ge(x + sin(x), 0),)),
    ],
)
@pytest.mark.parametrize("prover", [univariate, taylor, balls])
def test_a_point_outside_of_the_domain_refutes_nothing(f, ranges, conditions, prover):
    found = prover.prove(Claim(f, ranges, conditions, exact=True))
    assert isinstance(found, Obstacle)
    assert not found.false
    assert not found.at or set(found.at) == set(ranges)


@pytest.mark.parametrize("f", [exp(I * x) + exp(-I * x) - Rational(19, 10), exp(2 * I * x) + exp(-2 * I * x) - 1])
def test_complex_numbers_are_not_taken_for_real_ones(f):
    assert isinstance(rules.prove(Claim(f, {x: Interval(0, 1)})), Obstacle)
    assert isinstance(powers.prove(Claim(f, {x: Interval(0, 1)})), Obstacle)


def test_a_condition_between_whole_numbers_and_a_half_keeps_the_whole_numbers():
    """For n = 1, which n > 1/2 allows, Σ 1/k² = 1 < 11/10."""
    f = Sum(1 / k**2, (k, 1, n)) - Rational(11, 10)
    assert isinstance(induction.prove(Claim(f, {n: S.Naturals}, (sp.Gt(n - Rational(1, 2), 0),))), Obstacle)


@pytest.mark.parametrize(
    "f",
    [
        Sum(k, (k, 5, n)) - n * (n + 1) / 2 + 1,
        Sum(sp.sqrt(k), (k, 5, n)) - Sum(sp.sqrt(k), (k, 2, n)),
        Sum(k**2 + 1 / k, (k, 5, n)) - Sum(k**2 + 1 / k, (k, 2, n)),
    ],
)
def test_a_sum_does_not_begin_before_its_range(f):
    """At n = 6 the sums from 5 have two terms, and those from 2 have three more."""
    assert isinstance(induction.prove(Claim(f, {n: S.Naturals})), Obstacle)


def test_a_sum_that_is_empty_at_first_is_summed():
    assert isinstance(induction.prove(Claim(n - Sum(1 / k, (k, 2, n)), {n: S.Naturals})), Proof)


NARROW = sp.Piecewise((-9, (x > 1) & (x < 1 + Rational(1, 10**9))), (0, True))


@pytest.mark.parametrize("f", [1 + x + NARROW, exp(x) + NARROW, exp(x) - 5 + 5 * Abs(sign(x**2 - 2))])
def test_a_jump_is_not_seen_by_derivatives(f):
    """The first two are below 0 at 1 + 10⁻¹⁰; the last is e^√2 − 5 < 0 at √2."""
    assert isinstance(powers.prove(Claim(f, {x: Interval(0, 5)})), Obstacle)


def test_ranges_that_differ_in_the_last_digit_are_not_the_same():
    f = Rational(0.1) - x
    ends = (0.1, math.nextafter(0.1, 1))
    found = [answer(f, make_domain({x: Interval(0, end)}, (), {x})) for end in ends]
    assert [a.proof is not None for a in found] == [True, False]


@pytest.mark.parametrize(
    ("f", "ranges"),
    [
        ((x**2 + 1) * exp(1 / x), {x: Interval(-1, 2)}),
        (x**2 / (x**2 - 2) ** 2, {x: Interval(0, 3)}),
        ((x - 1) ** 2 / (x - 1) ** 4 + 1, {x: S.Reals}),
    ],
)
def test_a_claim_without_a_value_inside_of_its_domain_is_not_proved(f, ranges):
    found = answer(f, make_domain(ranges, (), set(ranges)))
    assert found.proof is None
    assert found.why("symbolic").reason is Reason.NO_VALUE


@pytest.mark.parametrize("f", [sin(x) / x + 1, (1 - sp.cos(x)) / x**2])
def test_a_removable_hole_is_read_as_its_limit_and_said(f):
    found = answer(f, make_domain({x: Interval(-1, 1)}, (), {x}))
    assert found.symbolic is None
    assert found.enclosed is not None
    assert found.enclosed.prover == "univariate"
    assert any("limit" in line for line in found.enclosed.lines)
