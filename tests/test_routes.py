"""SymPy's limits, integrals and sums are used only where numbers from the definition agree with them."""

import pytest
from mpmath import mp, mpf
from sympy import (
    Abs,
    Integral,
    Limit,
    Piecewise,
    Rational,
    Sum,
    Symbol,
    cos,
    exp,
    log,
    oo,
    pi,
    sin,
    sqrt,
)

from checks.running.runner import check
from checks.verdicts import Verdict
from derivations import Bound, Identity, Paper
from numerics.values.evaluate import evaluate
from numerics.values.quadrature import UnreliableQuadrature

x, k = Symbol("x", real=True), Symbol("k", integer=True)
JUMP = Limit(Piecewise((0, x <= 0), (1, True)), x, 0, "+")
BRANCH = Integral(sqrt(2 - x) * sqrt(1 / (2 - x)), (x, 0, 1))


def verdict(statement):
    return check(Paper("routes", statements=(statement,)).statements[0], readings=[]).verdict


@pytest.mark.parametrize(
    "statement",
    [
        Identity("jump", JUMP, 0),
        Bound("jump-half", JUMP, Rational(1, 2)),
        Identity("branch", BRANCH, -1),
        Bound("branch-negative", BRANCH, 0),
        Bound("branch-half", BRANCH, Rational(1, 2)),
    ],
    ids=lambda s: s.slug,
)
def test_false_values_of_sympys_are_refuted(statement):
    assert verdict(statement) is Verdict.REFUTED


@pytest.mark.parametrize(
    "statement",
    [
        Identity("jump", JUMP, 1),
        Bound("jump-two", JUMP, 2),
        Identity("branch", BRANCH, 1),
        Bound("branch-two", BRANCH, 2),
        Identity("basel", Sum(1 / k**2, (k, 1, oo)), pi**2 / 6),
        Identity("e", Limit((1 + 1 / x) ** x, x, oo), exp(1)),
    ],
    ids=lambda s: s.slug,
)
def test_true_ones_are_not_refuted(statement):
    assert verdict(statement) in (Verdict.VERIFIED, Verdict.MEASURED)


def test_series_that_settle_slowly_are_no_numbers():
    # Σ 1/((k+1) log²(k+1)) = 2.10974…: extrapolations miss it without a word
    slow = Sum(1 / ((k + 1) * log(k + 1) ** 2), (k, 1, oo))
    with mp.workdps(15), pytest.raises(UnreliableQuadrature):
        evaluate(slow, {}, "mpmath")


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        (Limit((1 - cos(x)) / x**2, x, 0), mpf(1) / 2),
        (Limit(x * log(x), x, 0, "+"), 0),
        (Limit(Abs(x) / x, x, 0, "-"), -1),
        (Limit(exp(-x), x, oo), 0),
    ],
)
def test_limits_from_sequences(limit, value):
    with mp.workdps(30):
        assert abs(evaluate(limit, {}, "mpmath") - value) < mpf(10) ** -24


@pytest.mark.parametrize(
    "limit",
    [Limit(sin(1 / x), x, 0, "+"), Limit(Abs(x) / x, x, 0, "+-"), Limit(1 / log(x), x, oo), Limit(sin(x), x, oo)],
)
def test_limits_that_do_not_settle_are_refused(limit):
    with mp.workdps(30), pytest.raises(UnreliableQuadrature):
        evaluate(limit, {}, "mpmath")


@pytest.mark.parametrize(
    ("series", "value"),
    [
        (Sum((-1) ** k / k, (k, 1, oo)), "-0.693147180559945309417232121458"),
        (Sum(sin(k) / k, (k, 1, oo)), "1.07079632679489661923132169164"),
        (Sum(1 / k, (k, 1, 100)), "5.18737751763962026080511767566"),
    ],
)
def test_series_from_two_beginnings(series, value):
    with mp.workdps(30):
        assert abs(evaluate(series, {}, "mpmath") - mpf(value)) < mpf(10) ** -20


def test_a_series_in_both_directions():
    with mp.workdps(30):
        both = evaluate(Sum(exp(-(k**2)), (k, -oo, oo)), {}, "mpmath")
        assert abs(both - mp.jtheta(3, 0, mp.exp(-1))) < mpf(10) ** -24
