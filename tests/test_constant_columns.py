"""Rows multiplied entry by entry, functions of constant columns, and squared lengths of Gaussian columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sympy import HadamardProduct, MatrixSymbol, S, Symbol, Trace, Transpose, ZeroMatrix, exp, log, sqrt, symbols

from checks.api import check
from checks.verdicts import Verdict
from derivations import Expectation, Identity, Paper, elementwise, inner, norm_squared, ones, vector
from derivations.calculus.forms import Reducer
from derivations.gaussians.expectations import expected
from derivations.vectors import constant_entry

m, d = symbols("m d", integer=True, positive=True)
a, w, x = vector("a", m), vector("w", m), vector("x", d)
W = MatrixSymbol("W", m, d)
one = ones(m)
form = Reducer().scalar


def verdict(lhs: Any, rhs: Any) -> Verdict:
    home = Paper("t", title="t", authors="t", reference="t", statements=(Identity("s", lhs, rhs, title="t"),))
    return check(home.statements[0]).verdict


def test_a_product_of_rows_is_the_transposed_product_of_columns() -> None:
    row = HadamardProduct(Transpose(a), Transpose(w))
    assert verdict(Trace(x * row * a * Transpose(x)), inner(HadamardProduct(a, w), a) * norm_squared(x)) is (
        Verdict.VERIFIED
    )
    assert verdict(Trace(x * row * a * Transpose(x)), 2 * inner(HadamardProduct(a, w), a) * norm_squared(x)) is (
        Verdict.REFUTED
    )


@pytest.mark.parametrize(
    ("number", "known"),
    [
        (inner(one, elementwise(exp, 2 * one)), m * exp(2)),
        (inner(a, elementwise(log, one)), 0),
        (inner(one, elementwise(lambda t: 1 / (3 + t), ZeroMatrix(m, 1))), m / 3),
        (Trace(elementwise(lambda t: 1 / t, Transpose(one)) * a), inner(one, a)),
    ],
)
def test_a_function_of_a_constant_column_is_one(number: Any, known: Any) -> None:
    assert (form(number) - form(known)).expand() == 0


def test_where_the_function_is_not_finite_nothing_is_put() -> None:
    assert constant_entry(elementwise(log, ZeroMatrix(m, 1))) is None
    assert constant_entry(elementwise(lambda t: 1 / t, 2 * one)) == S.Half
    assert constant_entry(a) is None


@pytest.mark.parametrize(
    ("integrand", "known"),
    [
        (norm_squared(a), lambda n: n),
        (norm_squared(a) ** 2, lambda n: n * n + 2 * n),
        (inner(a, w) ** 2, lambda n: n),
        (norm_squared(a) * norm_squared(w), lambda n: n * n),
        (inner(a, w) * norm_squared(a), lambda n: 0),
    ],
)
def test_lengths_of_gaussian_columns(integrand: Any, known: Any) -> None:
    """Against chi-squared moments, and against samples for n = 3."""
    found = expected(Expectation(integrand, (a, w)))
    assert [found.subs(m, n) for n in (1, 4, 9)] == [known(n) for n in (1, 4, 9)]
    g = np.random.default_rng(3).standard_normal((2, 200_000, 3))
    sizes = {inner(a, w): (g[0] * g[1]).sum(-1), norm_squared(a): (g[0] ** 2).sum(-1)}
    sizes[norm_squared(w)] = (g[1] ** 2).sum(-1)
    names = {k: Symbol(f"s{i}") for i, k in enumerate(sizes)}
    body = integrand.xreplace(names)
    values = np.ones(200_000)
    for factor in body.as_ordered_factors():
        base, power = factor.as_base_exp()
        values = values * sizes[next(k for k, s in names.items() if s == base)] ** int(power)
    assert abs(values.mean() - known(3)) < 5 * values.std() / sqrt(200_000)
