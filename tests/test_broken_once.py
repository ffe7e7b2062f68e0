"""Claims that a prover once answered wrongly: the truth of each is known by hand."""

from __future__ import annotations

import pytest
import sympy as sp
from sympy import Abs, Interval, Max, Rational, sign, sin

from checks.provers import univariate
from checks.provers.claims import Claim, Obstacle, Proof

x = sp.Symbol("x", real=True)
SPIKE = Max(0, 1 - 10**24 * (x**2 - 2) ** 2)
"""1 at √2, and 0 farther from there than 10⁻¹²."""


@pytest.mark.parametrize("f", [1 - 2 * SPIKE, 3 - x - 2 * SPIKE, Abs(sign(x**2 - 2)) - Rational(1, 2)])
def test_a_kink_inside_of_a_piece_is_no_smooth_point(f):
    assert isinstance(univariate.prove(Claim(f, {x: Interval(0, 3 if f.has(Max) else 2)})), Obstacle)


def test_a_kink_inside_of_a_piece_does_not_hinder_what_is_true():
    assert isinstance(univariate.prove(Claim(2 + SPIKE - sin(x), {x: Interval(0, 3)})), Proof)
