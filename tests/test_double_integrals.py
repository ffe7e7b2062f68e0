"""Integrals in two variables by quadrature: a factor that the inner variable does not change is taken once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp
from mpmath import mp
from sympy import Integral, Rational, cos, exp, log, oo, pi, sin, sqrt, symbols

from numerics.values import quadrature
from numerics.values.evaluate import evaluate

r, t, phi = symbols("r t phi", real=True)
POLAR = Integral(r**3 * exp(-(r**2) / 2) * cos(t) * cos(phi - t), (t, phi - pi / 2, pi / 2), (r, 0, oo))


def of(node: Any, digits: int = 15) -> Any:
    with mp.workdps(digits):
        return evaluate(node, {phi: mp.mpf(1) / 3}, "mpmath")


def test_the_polar_integral_of_the_kernel() -> None:
    with mp.workdps(25):
        a = mp.mpf(1) / 3
        assert mp.almosteq(of(POLAR, 25), (mp.pi - a) * mp.cos(a) + mp.sin(a), rel_eps=mp.mpf(10) ** -20)


def test_an_inner_integral_that_does_not_change_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    plain = quadrature._integrate

    def counted(body: Any, points: list[Any]) -> Any:
        calls.append(points)
        return plain(body, points)

    monkeypatch.setattr(quadrature, "_integrate", counted)
    of(POLAR)
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("node", "value"),
    [
        (Integral(r * t, (t, 0, 1), (r, 0, 2)), 1),
        (Integral(r + t, (t, 0, 1), (r, 0, 2)), 3),
        (Integral(r * t, (t, 0, r), (r, 0, 2)), 2),
        (Integral(r * (r + t), (t, 0, r), (r, 0, 1)), Rational(3, 8)),
        (Integral(r, (t, 0, r), (r, 0, 1)), Rational(1, 3)),
        (Integral(sp.S(3), (t, 0, r), (r, 0, 1)), Rational(3, 2)),
        (Integral(r * exp(-r * t), (t, 0, 1), (r, 0, 1)), exp(-1)),
        (Integral(sqrt(r) * log(t), (t, 0, 1), (r, 0, 1)), -Rational(2, 3)),
        (Integral(r * t, (t, 1, 0), (r, 0, 2)), -1),
    ],
)
def test_integrals_with_a_value_by_hand(node: Any, value: Any) -> None:
    assert abs(of(node) - mp.mpf(str(sp.N(value, 30)))) < mp.mpf(10) ** -12


def test_random_products_are_those_of_the_whole_integrand() -> None:
    """The same numbers where the factors cannot be told apart: each factor of r is mixed with t."""
    rng = np.random.default_rng(0)
    outer = (r, sin(r), exp(-r), 1 + r**2)
    inner = (t, cos(t), exp(t), 1 + t * r, r + t)
    for _ in range(3):
        f = sp.Mul(outer[rng.integers(4)], inner[rng.integers(5)])
        mixed = sp.Add(f, t * r, evaluate=False)
        parts = [(t, 0, 1), (r, 0, Rational(3, 2))]
        whole, split, rest = (of(Integral(g, *parts)) for g in (mixed, f, t * r))
        assert abs(whole - split - rest) < mp.mpf(10) ** -12
