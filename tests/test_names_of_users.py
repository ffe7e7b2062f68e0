"""Symbols of our own never meet a user's symbol of the same name."""

import math

import pytest
from sympy import Symbol, symbols

from derivations.gaussian import Expectation, correlated, relu
from derivations.gaussians.expectations import expected


@pytest.mark.parametrize("name", ["theta", "r", "phi", "x", "u", "_u", "_u0", "_w0"])
def test_the_arc_cosine_kernel_is_the_same_for_every_name_of_the_angle(name: str) -> None:
    for assumptions in ({"real": True}, {"positive": True}):
        phi = Symbol(name, **assumptions)
        a, b = symbols("first second", real=True)
        value = expected(Expectation(relu(a) * relu(b), (a, b), correlated(phi)))
        right = (math.sin(1) + (math.pi - 1) * math.cos(1)) / (2 * math.pi)
        assert abs(float(value.subs(phi, 1)) - right) < 1e-14
