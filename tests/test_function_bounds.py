"""Every bound of a function is proved on its range, and would not be if it were 1e-9 off where it is tight."""

from __future__ import annotations

import pytest
import sympy as sp

from checks.provers.claims import Claim, Obstacle, Proof
from checks.provers.functions.bounds import BOUNDS, PAIRS, STEEPEST
from checks.provers.univariate import prove
from numerics.balls.enclosure import ball
from numerics.values.backends import arb_backend
from numerics.values.evaluate import Evaluator

u = sp.Symbol("u", real=True)
NAMES = [f"{b.function.__name__}: {b.reason} ({i})" for i, b in enumerate(BOUNDS)]


def _claim(bound, less=0):
    value = bound.function(*bound.parameters, u)
    return Claim(bound.g(u, value - less), {u: bound.on})


@pytest.mark.parametrize("bound", BOUNDS, ids=NAMES)
def test_a_bound_is_proved_on_all_of_its_range(bound):
    found = prove(_claim(bound))
    assert isinstance(found, Proof), found.why


@pytest.mark.parametrize("bound", BOUNDS, ids=NAMES)
def test_a_bound_that_is_a_little_off_is_not_proved(bound):
    """A value moved by 1e-9, up or down, breaks a bound that is tight somewhere; most are."""
    found = [prove(_claim(bound, sp.Rational(s, 10**9))) for s in (1, -1)]
    loose = bound.function in (sp.gamma,)
    assert loose or any(isinstance(f, Obstacle) for f in found)


@pytest.mark.parametrize("bound", PAIRS, ids=[f"{p.function.__name__}: {p.reason}" for p in PAIRS])
def test_a_relation_between_two_values_holds_at_many_points(bound):
    points = [sp.Rational(k, 7) for k in range(1 if bound.on.inf == 0 else -40, 60, 3)]
    for a in points:
        for b in points:
            value = bound.g(a, bound.function(a), b, bound.function(b))
            assert a == b or ball(sp.sympify(value)) > -1e-25


@pytest.mark.parametrize(("function", "orders"), STEEPEST.items(), ids=[f.__name__ for f in STEEPEST])
def test_derivatives_are_bounded_as_stated(function, orders):
    for order, most in orders.items():
        derivative = function(u).diff(u, order) / sp.factorial(order)
        for sign in (1, -1):
            found = prove(Claim(most + sign * derivative, {u: sp.S.Reals}))
            assert isinstance(found, Proof), (order, sign, found.why)
        at = Evaluator(arb_backend(), {u: sp.Rational(1, 3)})
        assert abs(at.at(derivative)) <= Evaluator(arb_backend(), {}).at(most)
