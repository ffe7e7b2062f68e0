"""Expansions with enclosed remainders hold the function on their whole range, and coefficients know when they are 0."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from random import Random

import pytest
import sympy as sp
from flint import arb, ctx, fmpq
from sympy import (
    E,
    S,
    acos,
    asin,
    atan,
    besseli,
    cos,
    digamma,
    erf,
    erfc,
    exp,
    gamma,
    log,
    loggamma,
    oo,
    pi,
    sin,
    sqrt,
    tan,
    tanh,
)
from univariate_claims import TRUE, x

from derivations import gelu, sigmoid, silu, softplus
from numerics.balls.germs import NoGerm, expand_at
from numerics.balls.germs.constants import coefficient
from numerics.balls.jets import Jet, bernstein_low
from numerics.rigorous import digits
from numerics.values.backends import arb_backend
from numerics.values.evaluate import Evaluator

PLACES = [
    *((f, S.Zero, 1) for f in (sin(x) / x, (1 - cos(x)) / x**2, x * log(x), x**x, tan(x), atan(x), asin(x), acos(x))),
    *(
        (f, S.Zero, -1)
        for f in (exp(x), log(1 + x), sqrt(1 + x), tanh(x), sigmoid(x), softplus(x), erf(x), cos(sin(x)))
    ),
    *(
        (f, S.Zero, 1)
        for f in (gamma(x), loggamma(x), digamma(x), besseli(0, x), besseli(1, x), sqrt(x) * exp(sqrt(x)))
    ),
    *((f, S.One, -1) for f in (acos(x), asin(x), log(x), gamma(x), sqrt(1 - x), log(1 - x) * sqrt(1 - x))),
    *((f, pi / 2, -1) for f in (sin(x), cos(x), tan(x), 1 / cos(x) - tan(x))),
    *((f, sqrt(2), 1) for f in (x**2 - 2, exp(x), 1 / (x**2 - 2), log(x))),
    *((f, oo, 1) for f in (erfc(x) * exp(x**2), erf(x), tanh(x), sigmoid(x), softplus(x), silu(x), gelu(x), atan(x))),
    *(
        (f, oo, 1)
        for f in (gamma(x) / exp(x * log(x)), loggamma(x), digamma(x), besseli(0, x) * exp(-x), (1 + 1 / x) ** x)
    ),
    *(
        (f, oo, 1)
        for f in (log(1 + x), sqrt(x**2 + x) - x, x * sin(1 / x), exp(-x) * sin(x), besseli(3, x) / besseli(2, x))
    ),
    *((f, -oo, 1) for f in (erfc(x), tanh(x), sigmoid(x), softplus(x), silu(x), atan(x), besseli(1, x) * exp(x))),
]


def exactly(f, at):
    """The ball of f at an exact point, with many digits."""
    with digits(120):
        return Evaluator(arb_backend(), {x: at}).at(f)


@pytest.mark.parametrize(("f", "point", "side"), PLACES, ids=[f"{f} at {p}" for f, p, _ in PLACES])
def test_a_germ_holds_the_function_on_all_of_its_range(f, point, side):
    random = Random(0)
    with digits(30):
        for tau in (fmpq(1, 4), fmpq(1, 9), fmpq(1, 32)):
            try:
                germ = expand_at(f, x, point, side, arb(tau))
                break
            except NoGerm:
                continue
        for _ in range(25):
            t = tau * fmpq(random.randint(1, 1000), 1000) ** random.choice((1, 1, 3))
            with digits(120):
                if point in (oo, -oo):
                    at = 1 / arb(t) * (1 if point is oo else -1)
                else:
                    at = Evaluator(arb_backend(), {}).at(point) + side * arb(t)
            value = exactly(f, at)
            assert value.is_finite()
            assert germ.at(arb(t)).overlaps(value)
            with suppress(NoGerm):  # it may grow as t → 0, or fall only closer to 0
                assert germ.range().overlaps(value)


@pytest.mark.parametrize("shift", [1e-9, -1e-9])
def test_a_remainder_is_not_so_wide_that_it_holds_all(shift):
    """A germ of an analytic function near 0 tells values apart that differ by 1e-9."""
    with digits(30):
        for f in (sin(x), exp(x), tanh(x), atan(x), log(1 + x), besseli(0, x)):
            germ = expand_at(f, x, S.Zero, 1, arb(fmpq(1, 64)))
            assert not germ.at(arb(fmpq(1, 100))).overlaps(exactly(f, arb(fmpq(1, 100))) + arb(shift))


def test_a_coefficient_is_zero_by_its_form():
    for number in (
        sqrt(2) * sqrt(3) - sqrt(6),
        1 / sqrt(pi) - sqrt(pi) / pi,
        log(8) - 3 * log(2),
        E * exp(-S.Half) - exp(S.Half),
    ):
        parts = sp.Add.make_args(number)
        total = coefficient(parts[0])
        for p in parts[1:]:
            total = total + coefficient(p)
        assert total.is_zero
    assert not (coefficient(sqrt(2)) - coefficient(sp.Rational(14142135623731, 10**13))).is_zero


@pytest.mark.parametrize(
    "number", [S(0), S(-3), sqrt(2), 1 / sqrt(pi), exp(2) * log(3), 1 + sqrt(2), sp.Rational(-5, 7)], ids=str
)
def test_powers_of_coefficients(number):
    c = coefficient(number)
    for r in (Fraction(2), Fraction(-1), Fraction(1, 2), Fraction(-3, 2)):
        expected = number ** sp.Rational(r.numerator, r.denominator) if number else sp.nan
        if not expected.is_real:
            with pytest.raises(NoGerm):
                c.power(r).value()
            continue
        assert c.power(r).value().overlaps(exactly(expected, 0))


@pytest.mark.parametrize(("f", "values"), TRUE, ids=[str(f) for f, _ in TRUE])
def test_taylor_coefficients_on_a_ball_hold_those_at_its_points(f, values):
    low = values.inf if values.inf.is_finite else sp.Integer(-3)
    high = values.sup if values.sup.is_finite else low + 6
    third = Fraction(float((low + 2 * high) / 3)).limit_denominator(64)
    middle, jet = fmpq(third.numerator, third.denominator), Jet(f, x)
    with digits(30):
        over = jet.series(arb(middle).union(arb(middle + fmpq(1, 50))).union(arb(middle - fmpq(1, 50))), 6)
        for at in (middle - fmpq(1, 64), middle, middle + fmpq(1, 64)):
            inside = jet.series(arb(at), 6)
            assert all(over[k].overlaps(inside[k]) for k in range(6))
            assert exactly(f, arb(at)).overlaps(inside[0])
            # the k-th coefficient is a derivative, which a difference quotient of the first coefficients bears out
            near = jet.series(arb(at + fmpq(1, 10**10)), 6)
            slope = (near[0] - inside[0]) * 10**10
            assert abs(float((slope - inside[1]).mid())) < 1e-6 * (1 + abs(float(inside[1].mid())))


def test_bernstein_bounds_polynomials_from_below():
    random = Random(1)
    for _ in range(50):
        c = [arb(random.randint(-9, 9)) for _ in range(random.randint(1, 9))]
        half = random.choice((0.25, 1.0, 3.0))
        low = bernstein_low(c, arb(half))
        for _ in range(40):
            t = arb(random.uniform(-half, half))
            assert sum((a * t**k for k, a in enumerate(c)), arb(0)) >= low
    assert ctx.prec == 53
