"""Gaussian expectations in balls: they hold the number, at every precision, scale and correlation, and are small."""

import math

import pytest
import sympy as sp
from flint import arb
from mpmath import mp

from derivations.activations import ACTIVATIONS, X, sigmoid, softplus
from derivations.gaussian import relu
from numerics.rigorous import digits, dual_ball, gaussian_ball, hermite_balls, integrated, pair_ball
from numerics.values.ball_integrals.strips import NoBall, growth, width
from numerics.values.ball_integrals.trapezoid import expectation

SMOOTH = [a for a in ACTIVATIONS.values() if a.smooth]


@pytest.mark.parametrize("name", [a.name for a in SMOOTH])
@pytest.mark.parametrize("variance", ["1/100", "1", "7"])
@pytest.mark.parametrize("count", [15, 30, 60])
def test_trapezoid_and_arbs_integration_agree(name: str, variance: str, count: int) -> None:
    f = sp.expand(ACTIVATIONS[name].expr ** 2)
    with digits(count):
        scale = arb(variance.split("/")[0]).sqrt() / (arb(100).sqrt() if "/" in variance else 1)
        ours, theirs = expectation(f, scale), integrated(f, scale)
        assert ours.overlaps(theirs)
        assert float(ours.rad()) < 10.0 ** -(count + 2) * max(1.0, float(theirs))


@pytest.mark.parametrize("name", [a.name for a in SMOOTH])
@pytest.mark.parametrize("rho", ["-0.9", "0.5", "0.99"])
def test_pairs_agree_with_mehlers_series(name: str, rho: str) -> None:
    f = ACTIVATIONS[name].expr
    with digits(20):
        given = sp.Rational(rho)
        q1, q2 = arb(1), arb(2)
        c = arb(int(given.p)) / int(given.q) * q2.sqrt()
        ours = pair_ball(f, f, (q1, q2), c)
        series = dual_ball(hermite_balls(f, q1, 40), hermite_balls(f, q2, 40), c / q2.sqrt())
        assert ours.overlaps(series)
        assert float(ours.rad()) < 1e-20


@pytest.mark.parametrize("rho", [sp.Rational(0), sp.Rational(1, 3), sp.Rational(-7, 8), sp.Rational(999, 1000)])
def test_pairs_have_their_closed_forms(rho: sp.Rational) -> None:
    """E erf(u)erf(v) = (2/π)·asin(2ρ/3) (Williams) and E e^u e^v = e^{1 + ρ} for unit variances."""
    with digits(40):
        one, r = arb(1), arb(int(rho.p)) / int(rho.q)
        erf = pair_ball(sp.erf(X), sp.erf(X), (one, one), r)
        assert erf.overlaps(2 / arb.pi() * (2 * r / 3).asin())
        both = pair_ball(sp.exp(X), sp.exp(X), (one, one), r)
        assert both.overlaps((1 + r).exp())
        assert max(float(erf.rad()), float(both.rad())) < 1e-40


@pytest.mark.parametrize("rho", [1, -1])
def test_parallel_variables_fall_back_on_the_series(rho: int) -> None:
    with digits(20):
        found = pair_ball(softplus(X), softplus(X), (arb(1), arb(1)), arb(rho))
        assert found.overlaps(gaussian_ball(softplus(X) * softplus(rho * X)))
        assert float(found.rad()) < 1e-9


@pytest.mark.parametrize("expr", [*(a.expr for a in SMOOTH), softplus(2 * X - 1) ** 2 * X, sigmoid(X / 3), sp.erfc(X)])
def test_growth_holds_on_strips(expr: sp.Expr) -> None:
    wide = min(width(expr), 4.0)
    function = sp.lambdify(X, expr.rewrite(sp.exp).rewrite(sp.log) if expr.has(softplus, sigmoid) else expr, "mpmath")
    for part in (0.0, 0.4, 0.8, 0.99):
        a = part * wide
        size, power, rate = growth(expr, arb(a))
        for x in (-9.0, -2.0, -0.3, 0.0, 0.1, 1.0, 5.0):
            for y in (a, -a, a / 2):
                bound = float(size.upper()) * (1 + abs(x)) ** power * math.exp(float(rate.upper()) * abs(x))
                assert abs(complex(function(mp.mpc(x, y)))) <= bound * (1 + 1e-12)


@pytest.mark.parametrize("expr", [*(a.expr for a in SMOOTH), softplus(2 * X - 1) ** 2 * X])
def test_growth_on_strips_has_the_power_and_rate_of_the_line(expr: sp.Expr) -> None:
    line, strip = growth(expr), growth(expr, arb(width(expr) / 2 if width(expr) < 9 else 1))
    assert strip.power <= line.power
    assert float(strip.rate) <= float(line.rate)


@pytest.mark.parametrize("expr", [sp.tanh(X), sp.atan(X), softplus(X), sigmoid(2 * X)])
def test_no_bound_beyond_a_singularity(expr: sp.Expr) -> None:
    with pytest.raises(NoBall):
        growth(expr, arb(width(expr)) * 1.01)


@pytest.mark.parametrize("expr", [relu(X) * X, 1 / (1 + X**2), sp.tanh(X**2), sp.sqrt(1 + X**2)])
def test_what_is_not_known_to_be_analytic_is_refused(expr: sp.Expr) -> None:
    with pytest.raises(NoBall):
        expectation(expr, arb(1))


def test_kinks_are_integrated_on_half_lines() -> None:
    with digits(30):
        assert gaussian_ball(relu(X)).overlaps(1 / (2 * arb.pi()).sqrt())
        assert gaussian_ball(1 / (1 + X**2)).overlaps(
            (arb.pi() / 2).sqrt() * arb(0.5).exp() * (1 / arb(2).sqrt()).erfc()
        )


def test_the_tail_of_erfc_counts_both_its_ends() -> None:
    """erfc tends to 2 on the left: a bound of 1 would lose half of that tail."""
    assert growth(sp.erfc(X)).size >= 2
    with digits(30):
        assert gaussian_ball(sp.erfc(X)).contains(arb(1))


def test_a_ball_of_a_variance_stays_one() -> None:
    with digits(30):
        wide = arb(1, 1e-12)
        found = gaussian_ball(softplus(X) ** 2, wide)
        assert 1e-16 < float(found.rad()) < 1e-10
        for variance in (arb(1) - arb("9e-13"), arb(1), arb(1) + arb("9e-13")):
            assert found.overlaps(gaussian_ball(softplus(X) ** 2, variance))


def test_no_covariance_is_refused() -> None:
    with pytest.raises(NoBall, match="no covariance"):
        pair_ball(softplus(X), softplus(X), (arb(0.5), arb(1)), arb(1))
