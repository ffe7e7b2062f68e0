"""Expectations that need more than one rule: sums of products over rows, a third Gaussian, error functions, kinks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import quad
from scipy.special import erf
from scipy.stats import norm

from derivations.domains import DomainError, UnitVectors, make_domain
from derivations.gaussian import Expectation, correlated, relu, step
from derivations.gaussians.expectations import expected
from derivations.integrals.integration import _is_odd, integrated
from derivations.integrals.polar import NoClosedForm
from derivations.vectors import elementwise, inner, ones, vector
from numerics.values.evaluate import evaluate

u, x = sp.symbols("u x", real=True)
theta = sp.Symbol("theta", real=True)
r = sp.Symbol("r", positive=True)
m, n = (sp.Symbol(s, integer=True, positive=True) for s in "mn")
Z = sp.MatrixSymbol("Z", m, n)
v, c = vector("v", m), vector("c", m)
a, b, d = vector("a", n), vector("b", n), vector("d", n)

UNITS = make_domain({s: UnitVectors() for s in (a, b, d)}, (), {a, b, d}).table


def sampled(expression: Expectation, values: dict[Any, Any], count: int = 2_000_000) -> tuple[float, float]:
    """The mean of the integrand over draws of Z, and its standard error."""
    rng = np.random.default_rng(7)
    size, length = len(values[v]), len(values[a])
    draws = rng.standard_normal((count // size, size, length))
    found = np.asarray(evaluate(expression.integrand, {**values, Z: draws}), dtype=float)
    return float(found.mean()), float(found.std() / len(found) ** 0.5)


@pytest.mark.parametrize("seed", range(4))
def test_sums_of_products_over_rows(seed: int) -> None:
    """E⟨v, σ(Za)∘Zb⟩⟨c, τ(Zd)⟩ of every size, against draws: rows differ by their fixed entries."""
    rng = np.random.default_rng(seed)
    first = [relu, step][seed % 2]
    row = sp.HadamardProduct(elementwise(first, Z * a), Z * b)
    expression = Expectation(inner(v, row) * inner(c, elementwise(step, Z * d)), Z)
    units = [rng.standard_normal(4) for _ in range(3)]
    values = {v: rng.standard_normal(3), c: rng.standard_normal(3)}
    values |= {s: y / np.linalg.norm(y) for s, y in zip((a, b, d), units, strict=True)}
    closed = float(evaluate(expected(expression, UNITS), values))
    mean, error = sampled(expression, values)
    assert abs(closed - mean) < 5 * error
    assert abs(closed) > 10 * error or abs(mean) < 10 * error


def test_a_sum_over_ones_and_its_own_square() -> None:
    row = sp.HadamardProduct(elementwise(step, Z * a), Z * b)
    expression = Expectation(inner(ones(m), row) * inner(v, row), Z)
    rng = np.random.default_rng(3)
    values = {v: rng.standard_normal(3), a: np.array([0.6, 0.8]), b: np.array([1.0, 0.0]), m: 3}
    mean, error = sampled(expression, values)
    assert abs(float(evaluate(expected(expression, UNITS), values)) - mean) < 5 * error


@pytest.mark.parametrize("power", [1, 2])
def test_a_power_of_a_third_gaussian_is_regressed_on_the_others(power: int) -> None:
    w = sp.Symbol("w", real=True)
    law = sp.Matrix([[2, sp.Rational(1, 2), sp.Rational(-1, 3)], [sp.Rational(1, 2), 1, sp.Rational(1, 4)],
                     [sp.Rational(-1, 3), sp.Rational(1, 4), 1]])  # fmt: skip
    expression = Expectation(w**power * step(u) * relu(x), (w, u, x), law)
    found = float(expected(expression, {}).evalf())
    rng = np.random.default_rng(1)
    draws = rng.multivariate_normal(np.zeros(3), np.array(law, dtype=float), 4_000_000)
    values = draws[:, 0] ** power * (draws[:, 1] > 0) * np.maximum(draws[:, 2], 0)
    assert abs(found - values.mean()) < 5 * values.std() / 2000


def test_three_kinked_gaussians_are_refused() -> None:
    w = sp.Symbol("w", real=True)
    law = sp.Matrix(3, 3, lambda i, j: 1 if i == j else sp.Rational(1, 3))
    with pytest.raises(NoClosedForm, match="3 correlated Gaussians"):
        expected(Expectation(relu(w) * step(u) * step(x), (w, u, x), law), {})


@pytest.mark.parametrize("power", [1, 3, 5])
@pytest.mark.parametrize(("slope", "shift"), [(0.7, 0.0), (-1.3, 0.4), (2.0, -1.0)])
def test_odd_powers_times_an_error_function(power: int, slope: float, shift: float) -> None:
    k, h = sp.nsimplify(slope), sp.nsimplify(shift)
    expression = Expectation(u**power * sp.erf(k * u + h) * step(u - sp.Rational(-1, 2)) * step(2 - u), u)
    known = quad(lambda t: t**power * erf(slope * t + shift) * norm.pdf(t), -0.5, 2, epsabs=1e-13)[0]
    assert float(expected(expression, {}).evalf()) == pytest.approx(known, abs=1e-11)


def test_an_even_power_times_an_error_function_is_refused() -> None:
    with pytest.raises(NoClosedForm, match="odd power"):
        expected(Expectation(u**2 * sp.erf(u + 1) * step(u - 1), u), {})


@pytest.mark.parametrize("stop", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("angle", [0.4, 1.2, 2.6])
def test_a_window_on_one_gaussian_and_a_step_on_another(stop: float, angle: float) -> None:
    """E u 1{0 < u < r} 1{x > 0} with a parameter r > 0, against an integral over u."""
    found = expected(Expectation(u * step(u) * step(r - u) * step(x), (u, x), correlated(theta)), {})
    value = float(found.subs({theta: sp.Float(angle, 30), r: sp.Float(stop, 30)}).evalf())
    known = quad(lambda t: t * norm.cdf(t * np.cos(angle) / np.sin(angle)) * norm.pdf(t), 0, stop, epsabs=1e-13)[0]
    assert value == pytest.approx(known, abs=1e-11)


def test_kinks_whose_order_is_open_are_refused() -> None:
    s, t = sp.symbols("s t", real=True)
    with pytest.raises(NoClosedForm, match="the order of the kinks at s, t is not known"):
        expected(Expectation(step(u - s) * relu(u - t), u), {})


def test_the_ends_of_a_range_are_numbers() -> None:
    with pytest.raises(DomainError, match=r"whose ends depend on r: write a range of numbers.*where=u <= …"):
        make_domain({u: sp.Interval.Lopen(0, 4 / (r + 1))}, (), {u, r})


def test_integrals_of_odd_functions_against_a_gaussian() -> None:
    """They vanish without a search; one that has no value is not said to vanish."""
    density = sp.exp(-(x**2) / 2)
    odd = sp.Integral(x * sp.erf(x) ** 2 * density, (x, -sp.oo, sp.oo))
    assert integrated(odd) == 0
    even = sp.Integral(x * sp.erf(x / sp.sqrt(2)) * density, (x, -sp.oo, sp.oo))
    assert sp.simplify(integrated(even) - 2 / sp.sqrt(2)) == 0
    assert integrated(sp.Integral(x / (1 + x**2), (x, -sp.oo, sp.oo))) != 0
    assert not _is_odd(x**3, x)
    assert not _is_odd(x * sp.exp(x**2), x)
    assert not _is_odd(x * sp.erf(x) * density, x)
