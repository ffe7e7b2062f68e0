"""Expectations of homogeneous functions as integrals over directions, against closed forms and plain quadrature."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from sympy import Abs, Matrix, Max, Min, Rational, pi, sqrt

from checks.context import Options
from checks.methods import enclosure
from checks.verdicts import Verdict
from derivations import Constant, Expectation
from derivations.gaussian import relu, step
from derivations.integrals.definitions import by_integrals
from derivations.integrals.homogeneous import by_direction, degree, without_extremes
from numerics.values.evaluate import evaluate

u, v, w = sp.symbols("u v w", real=True)
HALF = Matrix([[1, Rational(1, 2)], [Rational(1, 2), 1]])
SCALED = Matrix([[4, 1], [1, 9]])
KNOWN = [
    (Max(u, v), sp.eye(2), 1 / sqrt(pi)),
    (Max(u, v), HALF, sqrt(1 / (2 * pi))),
    (Min(u, v), SCALED, -sqrt(11 / (2 * pi))),
    (Abs(u * v), HALF, 2 / pi * (sqrt(3) / 2 + pi / 12)),
    (sqrt(u**2 + v**2), sp.eye(2), sqrt(pi / 2)),
    (relu(u) * relu(v), HALF, (sqrt(3) / 2 + Rational(1, 2) * (pi - pi / 3)) / (2 * pi)),
    (step(u) * step(v), HALF, Rational(1, 4) + sp.asin(Rational(1, 2)) / (2 * pi)),
]


def found_for(f: sp.Expr, law: Matrix, value: sp.Expr) -> Verdict:
    constant = Constant("c", Expectation(f, (u, v), law), value)
    (evidence,) = enclosure.run(constant, (), Options().context("c"))
    return evidence.verdict


@pytest.mark.parametrize(("f", "law", "value"), KNOWN, ids=[f"{f}-{i}" for i, (f, *_) in enumerate(KNOWN)])
def test_known_expectations_are_enclosed(f: sp.Expr, law: Matrix, value: sp.Expr) -> None:
    assert found_for(f, law, value) is Verdict.VERIFIED
    assert found_for(f, law, value * (1 + Rational(1, 10**15))) is Verdict.REFUTED


@pytest.mark.parametrize("seed", range(6))
def test_random_functions_against_plain_sums(seed: int) -> None:
    """A midpoint sum over a fine grid of the plane: exact to about 1e-5 across kinks."""
    draw = np.random.default_rng(seed)
    a, b, c, d = (sp.Rational(int(n), 7) for n in draw.integers(1, 20, 4))
    parts = [
        Max(a * u - b * v, c * u),
        Abs(a * u + d * v) * sqrt(u**2 + b * v**2),
        relu(a * u - v) ** 2 / Abs(u - d * v),
    ]
    f = parts[seed % 2] if seed < 4 else Min(parts[0], Abs(v))
    over_angle = by_direction(f, (u, v))
    assert over_angle is not None
    grid = np.linspace(-8, 8, 1601)[:-1] + 0.005
    x, y = np.meshgrid(grid, grid)
    values = np.asarray(evaluate(f, {u: x.ravel(), v: y.ravel()}), dtype=float)
    plain = float(np.sum(values * np.exp(-(x.ravel() ** 2 + y.ravel() ** 2) / 2)) * 1e-4 / (2 * np.pi))
    assert float(evaluate(over_angle, {}, "mpmath")) == pytest.approx(plain, rel=2e-4)


def test_degrees_are_seen_only_where_they_are() -> None:
    assert degree(Max(u, v, 0), (u, v)) == 1
    assert degree(relu(u - v) ** 3 * step(v) / Abs(u), (u, v)) == 2
    for f in (u + 1, sp.exp(u), Max(u, 1), u + v**2, u**v, sp.sin(u) / u, step(u + 1)):
        assert degree(f, (u, v)) is None
    assert by_direction(1 / (u**2 + v**2), (u, v)) is None  # not integrable: degree −2 in two dimensions
    assert by_direction(u, (u,)) is None


def test_three_numbers() -> None:
    f = by_direction(w**2, (u, v, w))
    assert f is not None
    assert f.doit() == 1
    assert by_integrals(Expectation(sqrt(u**2 + v**2 + w**2), (u, v, w))).doit().equals(sqrt(8 / pi))


def test_extremes_of_two_are_differences() -> None:
    for f in (Max(u, v), Min(u - v, 3 * v), u * Max(u, 0) + Min(v, Max(u, 1))):
        for at in ({u: 2, v: 5}, {u: -1, v: sp.Rational(1, 3)}, {u: 4, v: 4}):
            assert without_extremes(f).xreplace(at) == f.xreplace(at)
    assert without_extremes(Max(u, v, w)) == Max(u, v, w)
