"""Closed forms of Gaussian expectations have the values of their definition on the whole domain, or are refused."""

import math
from collections import Counter

import pytest
from gaussian_integrands import by_definition, outcome
from mpmath import mp
from sympy import Abs, Rational, S, cos, erf, exp, pi, sign, simplify, sqrt, symbols

from derivations.domains import make_domain
from derivations.gaussian import Expectation, relu, step
from derivations.integrals.polar import NoClosedForm
from derivations.proofs.equality import unfold
from numerics.values.evaluate import evaluate

u, v, s, q, rho = symbols("u v s q rho", real=True)
independent, dependent = [[1, 0], [0, 1]], [[1, rho], [rho, 1]]


def test_random_expectations_are_right_or_refused() -> None:
    found = [outcome(seed) for seed in range(20)]
    assert not [o.detail for o in found if o.kind == "wrong"]
    assert Counter(o.kind for o in found)["right"] >= 10


@pytest.mark.parametrize(
    ("integrand", "variables", "covariance", "points"),
    [
        (relu(u + v + 1), (u, v), independent, [{}]),  # the shift of a form of several variables
        (Abs(u - v - Rational(1, 2)), (u, v), dependent, [{rho: 0.3}, {rho: -1}]),
        (relu(s * u) * relu(v), (u, v), dependent, [{s: -1.3, rho: 0.4}, {s: 0.7, rho: -1}, {s: 0, rho: 1}]),
        (step(s * u) * step(v), (u, v), dependent, [{s: -1.3, rho: 0.4}, {s: 2, rho: 0.4}, {s: 0, rho: 0.4}]),
        (sign(s * u) * v, (u, v), dependent, [{s: -1.3, rho: 0.4}, {s: 2, rho: 0.4}, {s: 0, rho: 0.4}]),
        (relu(s * u) ** Rational(3, 2), (u,), [[2]], [{s: -1.3}, {s: 0.4}, {s: 0}]),
        (step(u), (u,), [[q]], [{q: 0}, {q: 2}]),
        (step(u), (u,), [[q**2]], [{q: 0}, {q: -2}]),
        (step(u) * step(v), (u, v), [[q**2, q / 2], [q / 2, 1]], [{q: 0}, {q: 0.5}, {q: -0.5}]),
        (relu(u) * step(v), (u, v), [[0, 0], [0, 2]], [{}]),
        (step(v) * exp(u), (u, v), [[1, 0], [0, 0]], [{}]),
        (erf(u) * erf(v), (u, v), [[1, -1], [-1, 1]], [{}]),
    ],
)
def test_values_at_ordinary_and_at_singular_points(integrand, variables, covariance, points) -> None:
    expr = Expectation(integrand, variables, covariance)
    closed = unfold(expr, make_domain({q: (-9, 9)}, (), expr.free_symbols))
    assert not closed.has(Expectation)
    for point in points:
        point = {name: S(value) for name, value in point.items()}
        with mp.workdps(30):
            assert abs(evaluate(closed, point, "mpmath") - by_definition(expr, point)) < 1e-9


@pytest.mark.parametrize(
    ("integrand", "right"),
    [
        (exp(u**2 + v**2), None),  # det(I + ΣQ) is positive, and the integral diverges
        (exp(2 * u * v), None),
        (exp(u * v / 2), 1 / sqrt((1 - Rational(1, 10)) ** 2 - Rational(1, 4))),
        (exp(-((u + v) ** 2) / 2), 1 / sqrt(1 + 2 + Rational(2, 5))),
    ],
)
def test_exponentials_that_are_not_integrable_have_no_value(integrand, right) -> None:
    expr = Expectation(integrand, (u, v), [[1, Rational(1, 5)], [Rational(1, 5), 1]])
    if right is None:
        with pytest.raises(NoClosedForm, match="integrable"):
            unfold(expr, make_domain({}, (), set()))
    else:
        assert simplify(unfold(expr, make_domain({}, (), set())) - right) == 0


def test_an_exponential_is_integrated_where_the_domain_says_that_it_can_be() -> None:
    expr = Expectation(exp(s * u**2), u)
    assert unfold(expr, make_domain({s: (-1, Rational(1, 4))}, (), set())) == 1 / sqrt(1 - 2 * s)
    everywhere = unfold(expr, make_domain({}, (), {s}))
    assert everywhere.xreplace({s: S.One}) is S.NaN
    assert everywhere.xreplace({s: -S.One}) == 1 / sqrt(3)


def test_the_quadrature_of_the_tests_is_right() -> None:
    phi = 1.1
    kernel = Expectation(relu(u) * relu(v), (u, v), [[4, 4 * cos(phi)], [4 * cos(phi), 4]])
    right = 4 * ((pi - phi) * cos(phi) + (1 - cos(phi) ** 2) ** 0.5) / (2 * pi)
    assert abs(by_definition(kernel, {}) - right) < 1e-9
    assert abs(by_definition(Expectation(exp(u), (u,), [[2]]), {}) - exp(1)) < 1e-9
    assert (
        abs(by_definition(Expectation(sqrt(relu(u)), (u,)), {}) - 2**0.25 * math.gamma(0.75) / (2 * math.pi**0.5))
        < 1e-9
    )
