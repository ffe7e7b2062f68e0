"""The numerical floor: evaluation in four number systems, rounding bounds, quadrature, statistics."""

import math

import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from derivations import Domain, Expectation, UnitVectors, correlated, inner, relu, step, supremum, vector
from derivations.vectors import ShapeError
from numerics.statistics import Moments, binomial_interval, fit_slope
from numerics.values.evaluate import EvaluationError, evaluate
from numerics.values.points import Chart, NoPoint, exact_points, satisfies, size_choices
from numerics.values.quadrature import UnreliableQuadrature
from numerics.values.rounding import rounding_bound

QUICK = settings(deadline=None, max_examples=40, derandomize=True)

x, y, u, v = sp.symbols("x y u v", real=True)
k = sp.Symbol("k", integer=True, positive=True)
a, b = vector("a", k), vector("b", k)

FUNCTIONS = [
    sp.sin(x) * y - sp.cos(x * y),
    sp.exp(-(x**2)) + sp.erf(y),
    sp.log(1 + x**2) / (2 + sp.tanh(y)),
    relu(x - y) + step(y) * sp.Abs(x),
    sp.sqrt(x**2 + y**2 + 1) ** 3,
    sp.Max(x, y) - sp.Min(x, 0),
    sp.atan(x) + sp.pi * sp.E * y,
]


@pytest.mark.parametrize("expr", FUNCTIONS)
@QUICK
@given(st.floats(-3, 3), st.floats(-3, 3))
def test_all_number_systems_agree(expr: sp.Expr, p: float, q: float) -> None:
    from flint import arb

    reference = float(evaluate(expr, {x: p, y: q}, "mpmath"))
    plain = evaluate(expr, {x: np.array([p, p]), y: np.array([q, q])})
    tensor = evaluate(expr, {x: torch.tensor(p, dtype=torch.float64), y: torch.tensor(q, dtype=torch.float64)}, "torch")
    assert plain == pytest.approx([reference] * 2, abs=1e-12)
    assert float(tensor) == pytest.approx(reference, abs=1e-12)
    if not expr.has(sp.Max, sp.Min):
        assert abs(float(evaluate(expr, {x: arb(p), y: arb(q)}, "arb").mid()) - reference) < 1e-9


@pytest.mark.parametrize("expr", FUNCTIONS[:5])
@QUICK
@given(st.floats(-3, 3), st.floats(-3, 3))
def test_rounding_bounds_hold(expr: sp.Expr, p: float, q: float) -> None:
    with mp.workdps(40):
        exact = evaluate(expr, {x: mp.mpf(p), y: mp.mpf(q)}, "mpmath")
        gap = abs(mp.mpf(float(evaluate(expr, {x: p, y: q}))) - exact)
    assert float(gap) <= float(rounding_bound(expr, {x: p, y: q})) + 1e-300


def test_vectors_are_batched_and_sizes_checked() -> None:
    expr = inner(a, b) * x + k
    values = {a: np.ones((5, 3)), b: np.full(3, 2.0), x: np.arange(5.0)}
    assert evaluate(expr, values) == pytest.approx(6 * np.arange(5) + 3)
    with pytest.raises(ShapeError, match=r"b has size 4 where k = 3"):
        evaluate(expr, {a: np.ones(3), b: np.ones(4), x: 1.0})
    with pytest.raises(EvaluationError, match="no value for the symbol y"):
        evaluate(x + y, {x: 1.0})
    with pytest.raises(EvaluationError, match="dtype"):
        evaluate(x, {x: np.array([1j])})
    with pytest.raises(EvaluationError, match="no meaning"):
        evaluate(sp.Function("q")(x), {x: 2.0})
    with pytest.raises(EvaluationError, match="mpmath only"):
        evaluate(Expectation(relu(u), u), {})


def test_definitions_are_computed_by_quadrature_and_differences() -> None:
    with mp.workdps(30):
        assert abs(evaluate(Expectation(relu(u) ** 3, u), {}, "mpmath") - 2 / mp.sqrt(2 * mp.pi)) < mp.mpf(10) ** -25
        slope = evaluate(sp.Derivative(sp.sin(x) ** 2, x), {x: sp.Rational(1, 3)}, "mpmath")
        assert abs(slope - mp.sin(mp.mpf(2) / 3)) < mp.mpf(10) ** -20
        top = evaluate(supremum(x * (1 - x), x, sp.Interval(0, 1)), {}, "mpmath")
        assert abs(top - mp.mpf(1) / 4) < mp.mpf(10) ** -15


@pytest.mark.parametrize("angle", [0.003, 0.7, 1.57, 3.1])
def test_two_dimensional_quadrature_is_good_to_twelve_digits(angle: float) -> None:
    phi = sp.Symbol("phi", real=True)
    found = float(evaluate(Expectation(relu(u) * relu(v), (u, v), correlated(phi)), {phi: angle}, "mpmath"))
    closed = ((math.pi - angle) * math.cos(angle) + math.sin(angle)) / (2 * math.pi)
    assert abs(found - closed) < 1e-12


@pytest.mark.parametrize("rho", [0, 0.5, -0.99])
@pytest.mark.parametrize(("q1", "q2"), [(1, 5), (0.01, 30), (100, 100), (30, 1e-4), (1, 1e7), (1e7, 1), (1e5, 1e6)])
def test_narrow_integrands_in_two_dimensions(q1: float, q2: float, rho: float) -> None:
    """At (1, 5) it was once off by 2e-11, at (100, 100) by 6e-6, and said to be good to twelve digits."""
    c = rho * math.sqrt(q1 * q2)
    expr = Expectation(sp.exp(-(u**2) - v**2), (u, v), sp.Matrix([[q1, c], [c, q2]]))
    closed = 1 / math.sqrt((1 + 2 * q1) * (1 + 2 * q2) - 4 * c**2)
    assert abs(float(evaluate(expr, {}, "mpmath")) - closed) < 1e-12


def truncated_second(h: mp.mpf, s: mp.mpf) -> mp.mpf:
    """∫ from −h to ∞ of (h + x)² against the density of N(0, s²)."""
    return (h * h + s * s) * mp.erfc(-h / s / mp.sqrt(2)) / 2 + h * s * mp.npdf(h / s)


@pytest.mark.parametrize("digits", [15, 50])
@pytest.mark.parametrize(
    ("h", "s"),
    [("2.323", "0.09954"), ("71.44", "0.18"), ("0.003", "100"), ("-13.79", "16.57"), ("-0.02", "0.001")],
)
def test_a_narrow_density_far_from_a_kink(h: str, s: str, digits: int) -> None:
    """At (2.323, 0.09954) three degrees missed the peak and it was once 7e-22; from 12 to ∞ all was once 0."""
    hs, ss = sp.Rational(h), sp.Rational(s)
    density = sp.exp(-(u**2) / (2 * ss**2)) / sp.sqrt(2 * sp.pi) / ss
    with mp.workdps(digits):
        closed = truncated_second(mp.mpf(hs.p) / hs.q, mp.mpf(ss.p) / ss.q)
        for expr in (
            sp.Integral((u + hs) ** 2 * density, (u, -hs, sp.oo)),
            Expectation(relu(u + hs) ** 2, (u,), sp.Matrix([[ss**2]])),
        ):
            assert abs(evaluate(expr, {}, "mpmath") - closed) < max(closed, 1) * mp.mpf(10) ** (3 - digits)


@pytest.mark.parametrize(("mean", "s"), [("-49.63", "0.0194"), ("0.70794", "0.0016"), ("18.23", "0.2")])
def test_a_narrow_peak_somewhere_on_the_line(mean: str, s: str) -> None:
    """No grid meets it, but the slope of the exponent changes sign there."""
    m, ss = sp.Rational(mean), sp.Rational(s)
    density = sp.exp(-((u - m) ** 2) / (2 * ss**2)) / sp.sqrt(2 * sp.pi) / ss
    with mp.workdps(50):
        found = evaluate(sp.Integral(u * density, (u, -sp.oo, sp.oo)), {}, "mpmath")
        assert abs(found - mp.mpf(m.p) / m.q) < abs(found) * mp.mpf(10) ** -40


def test_a_peak_too_narrow_for_the_nodes_says_so() -> None:
    density = sp.exp(-((u - sp.Rational(7, 10)) ** 2) * 10**12) * 10**6
    with mp.workdps(50), pytest.raises(UnreliableQuadrature, match="does not converge to the working precision"):
        evaluate(sp.Integral(density, (u, -sp.oo, sp.oo)), {}, "mpmath")


def test_a_narrow_peak_that_no_exponent_tells_of_is_not_taken_for_zero() -> None:
    """Of tanh-sinh quadrature degrees up to four agree on 8e-89."""
    with mp.workdps(15), pytest.raises(UnreliableQuadrature):
        evaluate(sp.Integral(50 / sp.cosh(50**2 * (u - 3) ** 2), (u, 0, sp.oo)), {}, "mpmath")


def test_a_narrow_peak_at_zero_is_resolved_from_both_sides() -> None:
    with mp.workdps(15):
        found = evaluate(sp.Integral(1000 / sp.cosh(1000 * u) / sp.pi, (u, -1, 2)), {}, "mpmath")
        assert abs(found - 1) < mp.mpf(10) ** -13


def test_kinks_beyond_twelve_are_found() -> None:
    """∫ (u − 22)(u − 26) e^{−u/10} over (20, 22) and (26, ∞), by SymPy."""
    p = (u - 22) * (u - 26) * sp.exp(-u / 10)
    closed = sp.integrate(p, (u, 20, 22)) + sp.integrate(p, (u, 26, sp.oo))
    expr = sp.Integral(relu((u - 22) * (u - 26)) * sp.exp(-u / 10), (u, 20, sp.oo))
    with mp.workdps(50):
        assert abs(evaluate(expr, {}, "mpmath") - mp.mpf(str(sp.N(closed, 60)))) < mp.mpf(10) ** -45


def test_an_integrand_that_is_not_resolved_in_two_dimensions_says_so() -> None:
    expr = Expectation(sp.cos(300 * u) * sp.cos(1000 * v), (u, v), sp.Matrix([[1, 0], [0, 1]]))
    with pytest.raises(UnreliableQuadrature, match="does not converge to 12 digits"):
        evaluate(expr, {}, "mpmath")


def test_running_errors_keep_shapes_of_products() -> None:
    X = sp.MatrixSymbol("X", k, k)
    bound = rounding_bound(X.T * (X * a - b), {X: np.ones((2, 2)), a: np.ones(2), b: np.ones(2)})
    assert bound.shape == (2,)
    assert (bound > 0).all()


def test_charts_stay_in_the_domain() -> None:
    ranges = {x: sp.Interval.open(0, 1), y: sp.Interval(2, sp.oo), a: UnitVectors(), k: sp.S.Naturals}
    domain = Domain(ranges, (x <= sp.Rational(1, 2),))
    chart = Chart(domain, {k: 3})
    values = chart(np.random.default_rng(0).random((200, chart.dimension)))
    assert np.linalg.norm(values[a], axis=1) == pytest.approx(np.ones(200))
    assert (values[y] >= 2).all()
    for _, point in exact_points(domain, 12, np.random.default_rng(1)):
        assert satisfies(domain, point)
        assert 0 < point[x] <= sp.Rational(1, 2)
        assert sp.simplify((point[a].T * point[a])[0, 0]) == 1


def test_vectors_are_not_always_equal_at_exact_points() -> None:
    """Corners of the cube once made every vector of a point the same, so that angles were 0."""
    domain = Domain({a: UnitVectors(), b: UnitVectors(), k: sp.S.Naturals})
    angles = [float((p[a].T * p[b])[0, 0]) for _, p in exact_points(domain, 24, np.random.default_rng(0)) if p[k] > 1]
    assert np.mean([abs(c) < 0.99 for c in angles]) > 0.8


def test_contradictory_conditions_have_no_point() -> None:
    domain = Domain({x: sp.S.Reals, y: sp.S.Reals}, (x + y >= 1, x + y <= 0))
    with pytest.raises(NoPoint, match="contradictory"):
        list(exact_points(domain, 4, np.random.default_rng(0)))
    assert size_choices(domain) == [{}]


def test_mean_test_keeps_its_level_and_has_power() -> None:
    rejections = 0
    for seed in range(600):
        moments = Moments(2)
        moments.add(np.random.default_rng(seed).normal(size=(200, 2)) @ np.array([[1, 0.5], [0, 2]]))
        rejections += moments.test(0.05).rejects
    low, high = binomial_interval(30, 600, 1e-6).low, binomial_interval(30, 600, 1e-6).high
    assert low < rejections / 600 < high
    moments = Moments(1)
    moments.add(np.random.default_rng(0).normal(0.02, 1, size=(200_000, 1)))
    assert moments.test(1e-9).rejects


def test_heavy_tails_do_not_refute() -> None:
    """The mean of a 32nd power is dominated by its largest sample: the test must stay silent."""
    moments = Moments(1)
    moments.add(np.random.default_rng(0).normal(size=(100_000, 1)) ** 32 - 1.0)
    test = moments.test(1e-9)
    assert not test.normal
    assert not test.rejects


def test_samples_without_spread_do_not_refute() -> None:
    """An event of chance 1e-5 may well be missing from 100,000 samples, and be the whole mean."""
    moments = Moments(1)
    moments.add(np.zeros((100_000, 1)) - 1e-8)
    test = moments.test(1e-9)
    assert not test.normal
    assert not test.rejects
    moments = Moments(2)  # a constant component that misses its claim hides no rejection by the other
    sample = np.random.default_rng(0).normal(0.1, 1, size=(100_000, 2)) * [1, 0]
    moments.add(sample - [0, 1e-3])
    assert moments.test(1e-9).rejects
    moments = Moments(2)
    moments.add(sample - sample.mean(axis=0) - [0, 1e-3])
    test = moments.test(1e-9)
    assert not test.normal
    assert not test.rejects


def test_chunks_do_not_change_moments() -> None:
    data = np.random.default_rng(0).normal(size=(1000, 3)) + 5
    whole, parts = Moments(3), Moments(3)
    whole.add(data)
    for i in range(0, 1000, 130):
        parts.add(data[i : i + 130])
    assert parts.mean == pytest.approx(whole.mean)
    assert parts.scatter == pytest.approx(whole.scatter)


def test_intervals_and_slopes() -> None:
    interval = binomial_interval(0, 2000, 1e-9)
    assert interval.low == 0
    assert interval.high == pytest.approx(1 - (1e-9 / 2) ** (1 / 2000))
    with pytest.raises(ValueError, match="at least one trial"):
        binomial_interval(0, 0, 0.1)
    grid = np.arange(8.0)
    slope = fit_slope(grid, -0.5 * grid + 0.01 * np.sin(9 * grid), 1e-3)
    assert abs(slope.value + 0.5) < slope.half_width < 0.05
    with pytest.raises(ValueError, match="three finite points"):
        fit_slope(grid[:2], grid[:2], 0.1)
