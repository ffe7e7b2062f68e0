"""Traces and Frobenius norms as inner products, slopes of activations: true claims, and twins that are not proved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp
from sympy import Abs, HadamardProduct, MatrixSymbol, Max, Min, Rational, S, Symbol, Trace, sqrt, tanh

from checks.provers.entrywise.slopes import largest_slope, slopes
from checks.provers.portfolio import answer
from derivations import (
    Bound,
    elementwise,
    frobenius_norm,
    gelu,
    max_norm,
    norm,
    norm_squared,
    nuclear_norm,
    operator_norm,
    sigmoid,
    silu,
    softplus,
    vector,
)
from derivations.activations import LIPSCHITZ, SLOPES
from derivations.spectra.lengths import VARIABLE

m, n = (Symbol(name, integer=True, positive=True) for name in "mn")
x, y = vector("x", n), vector("y", n)
W, V, A = MatrixSymbol("W", m, n), MatrixSymbol("V", m, n), MatrixSymbol("A", n, n)
MORE, LESS = Rational(1001, 1000), Rational(999, 1000)
F = frobenius_norm


def proved(low: Any, high: Any) -> bool:
    claim = Bound("claim", low, high)
    return answer(claim.upper - claim.lower, claim.domain, any_kind=True).proof is not None


CLAIMS = {
    "cauchy-schwarz": (Trace(W.T * V), F(W) * F(V)),
    "turned": (Trace(W * V.T), F(W) * F(V)),
    "size": (Abs(Trace(W.T * V)), F(W) * F(V)),
    "duality": (Trace(W.T * V), operator_norm(W) * nuclear_norm(V)),
    "young": (2 * Trace(W.T * V), F(W) ** 2 + F(V) ** 2),
    "length": (Trace(W.T * W), F(W) ** 2),
    "hadamard": (norm(HadamardProduct(x, y)), norm(x) * norm(y)),
    "hadamard-largest": (norm(HadamardProduct(x, y)), max_norm(x) * norm(y)),
    "square-of-entries": (norm(HadamardProduct(x, x)), norm_squared(x)),
}
"""The left side 1.001 times as large is false."""


@pytest.mark.parametrize("name", CLAIMS)
def test_inner_products_of_matrices(name: str) -> None:
    low, high = CLAIMS[name]
    assert proved(low, high)
    assert not proved(MORE * low, high)


def test_a_matrix_is_not_its_transpose() -> None:
    # tr(A²) ≤ ‖A‖_F² is true, and needs more than one vector for A; with the other sign nothing may be proved
    assert not proved(F(A) ** 2, Trace(A * A))


ACTIVATIONS: dict[str, tuple[Callable[[Any], Any], Any, Any]] = {
    "silu": (silu, Rational(11, 10), Rational(1099, 1000)),
    "gelu": (gelu, LIPSCHITZ["gelu"], LESS * LIPSCHITZ["gelu"]),
    "leaky-relu": (lambda s: Max(s, s / 10), S.One, LESS),
    "clip": (lambda s: Max(-1, Min(1, s)), S.One, LESS),
    "pseudo-huber": (lambda s: sqrt(1 + s**2) - 1, S.One, LESS),
    "scaled-tanh": (lambda s: 2 * tanh(s / 2), S.One, LESS),
    "softplus": (softplus, S.One, LESS),
    "sigmoid": (sigmoid, Rational(1, 4), LESS / 4),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slopes_of_activations_behind_a_matrix(name: str) -> None:
    f, slope, less = ACTIVATIONS[name]
    moved = norm(elementwise(f, W * x) - elementwise(f, W * y))
    assert proved(moved, slope * operator_norm(W) * norm(x - y))
    assert not proved(moved, less * operator_norm(W) * norm(x - y))


def test_a_function_that_is_not_0_at_0() -> None:
    size = norm(elementwise(sigmoid, W * x))
    assert proved(size, operator_norm(W) * norm(x) / 4 + sqrt(m) / 2)
    assert not proved(size, operator_norm(W) * norm(x) / 4 + LESS * sqrt(m) / 2)


@pytest.mark.parametrize("function", SLOPES)
def test_the_slopes_of_the_table_are_derived(function: Any) -> None:
    """Each number of the table is what the formula of the function gives."""
    assert sp.simplify(largest_slope(function(VARIABLE)) - SLOPES[function][0]) == 0
    assert bool(function(S.Zero) == 0) is SLOPES[function][1]


@pytest.mark.parametrize(
    "body",
    [
        VARIABLE**2,
        sp.floor(VARIABLE),
        sp.sign(VARIABLE),
        1 / VARIABLE,
        sqrt(Abs(VARIABLE)),
        sp.exp(VARIABLE),
        m * VARIABLE,
    ],
)
def test_what_is_steep_somewhere_has_no_slope(body: Any) -> None:
    assert largest_slope(body) is None


def test_slopes_of_a_claim() -> None:
    found = slopes(norm(elementwise(silu, x)))
    ((slope, at_zero),) = (value for key, value in found.items() if key not in SLOPES)
    assert at_zero
    assert 0 < slope - Rational(LIPSCHITZ["silu"]) < Rational(2, 10**6)
