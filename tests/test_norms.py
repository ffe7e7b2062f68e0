"""The calculus of norms: its bounds hold for random networks, and prove what appendices say, not its near twins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp
from scipy.special import erf
from sympy import MatrixSymbol, Rational, Symbol, tanh
from test_matrix_relations import value

from checks.running.runner import Options, check
from checks.verdicts import Verdict
from derivations import (
    Bound,
    PositiveSemidefinite,
    UnitVectors,
    elementwise,
    frobenius_norm,
    inner,
    lambda_max,
    lambda_min,
    norm,
    norm_squared,
    operator_norm,
    relu,
    sigmoid,
    softplus,
    vector,
)
from derivations.activations import SLOPES
from derivations.spectra.lengths import bounds_of_length
from derivations.vectors import Inner

m, n = (Symbol(name, integer=True, positive=True) for name in "mn")
tau, eta = Symbol("tau", positive=True), Symbol("eta", positive=True)
W, V = MatrixSymbol("W", m, n), MatrixSymbol("V", m, n)
A, B, S = (MatrixSymbol(name, n, n) for name in "ABS")
a, x, y, v, w = vector("a", m), vector("x", n), vector("y", n), vector("v", n), vector("w", n)
FUNCTIONS = {
    relu: lambda t: np.maximum(t, 0),
    sp.Abs: np.abs,
    sp.tanh: np.tanh,
    sp.sin: np.sin,
    sp.cos: np.cos,
    sp.atan: np.arctan,
    sp.erf: erf,
    softplus: lambda t: np.logaddexp(0, t),
    sigmoid: lambda t: 1 / (1 + np.exp(-t)),
}


def test_every_slope_is_the_largest_one() -> None:
    t = np.linspace(-30, 30, 2_000_001)
    assert FUNCTIONS.keys() == SLOPES.keys()
    for function, (slope, at_zero) in SLOPES.items():
        seen = np.abs(np.diff(FUNCTIONS[function](t)) / np.diff(t)).max()
        assert float(slope) * (1 - 1e-6) <= seen <= float(slope) * (1 + 1e-9), function
        assert (FUNCTIONS[function](np.zeros(1))[0] == 0) == at_zero


def numerical(e: Any, at: dict[Any, Any]) -> Any:
    """As `value`, with activations and what bounds are made of."""
    match e:
        case sp.Max():
            return max(numerical(part, at) for part in e.args)
        case Inner():
            return float((numerical(e.args[0], at).T @ numerical(e.args[1], at)).item())
        case sp.Abs():
            return abs(numerical(e.args[0], at))
        case sp.matrices.expressions.applyfunc.ElementwiseApplyFunction():
            return FUNCTIONS[type(e.function.expr)](numerical(e.expr, at))
        case sp.MatAdd() | sp.Add():
            return sum(numerical(part, at) for part in e.args)
        case sp.MatMul():
            factor, parts = e.as_coeff_matrices()
            made = numerical(parts[-1], at)
            for part in reversed(parts[:-1]):
                made = numerical(part, at) @ made
            return float(factor) * made
        case sp.Mul():
            return np.prod([numerical(part, at) for part in e.args])
        case sp.MatPow():
            return np.linalg.matrix_power(numerical(e.base, at), int(e.exp))
        case sp.Pow():
            return numerical(e.base, at) ** float(e.exp)
        case sp.Identity():
            return np.eye(3)
        case sp.ZeroMatrix():
            return np.zeros((3, int(e.shape[1]) if e.shape[1].is_Integer else 3))
    return value(e, at)


def random_column(rng: np.random.Generator, depth: int) -> Any:
    if depth == 0:
        return [x, y, x - y, x + y][rng.integers(4)]
    match rng.integers(5):
        case 0:
            return [A, B, S, A.T, A - B][rng.integers(5)] * random_column(rng, depth - 1)
        case 1:
            function = list(SLOPES)[rng.integers(len(SLOPES))]
            return elementwise(function, random_column(rng, depth - 1))
        case 2:
            function = list(SLOPES)[rng.integers(len(SLOPES))]
            one, other = (elementwise(function, random_column(rng, depth - 1)) for _ in range(2))
            return one - other
        case 3:
            return random_column(rng, depth - 1) + Rational(int(rng.integers(-3, 4)), 2) * random_column(rng, depth - 1)
    z = random_column(rng, depth - 1)
    return z - Rational(1, 3) * S * z


def test_bounds_hold_for_random_networks() -> None:
    """A fuzzer: columns of sums, matrices and activations, at weights of all sizes and inputs near one another."""
    rng = np.random.default_rng(20261130)
    numbers = [
        operator_norm(A),
        operator_norm(B),
        operator_norm(A - B),
        frobenius_norm(S),
        lambda_min(S),
        lambda_max(S),
    ]
    bounded = 0
    for _ in range(90):
        column = random_column(rng, int(rng.integers(1, 4)))
        lengths = [c for c in (x, y, x - y, x + y) if rng.random() < 0.7]
        found = bounds_of_length(column, lengths, numbers, lambda matrix: matrix == S, (), SLOPES)
        bounded += bool(found)
        for _ in range(6):
            at = {s: rng.normal(size=(3, 3)) * 10.0 ** rng.integers(-1, 2) for s in (A, B, S)}
            at |= {s: rng.normal(size=(3, 1)) * 10.0 ** rng.integers(-1, 2) for s in (x, y)}
            at[n] = 3  # the size, by which a function that is not 0 at 0 is bounded
            at[S] = at[S] + at[S].T
            if rng.random() < 0.3:
                at[y], at[B] = at[x] * (1 + 1e-3), at[A] * (1 + 1e-3)
            length = float(np.linalg.norm(numerical(column, at)))
            for bound in found:
                assert length <= float(numerical(bound, at)) * (1 + 1e-9) + 1e-9, (column, bound, at)
    assert bounded > 25


TRUE = {
    "a layer": Bound("t", norm(elementwise(relu, W * x)), operator_norm(W) * norm(x)),
    "its output": Bound("t", inner(a, elementwise(relu, W * x)), norm(a) * operator_norm(W), on={x: UnitVectors()}),
    "weights move": Bound(
        "t", norm(elementwise(relu, A * x) - elementwise(relu, B * x)), operator_norm(A - B) * norm(x)
    ),
    "both move": Bound("t", norm(W * x - V * y), operator_norm(W) * norm(x - y) + operator_norm(W - V) * norm(y)),
    "a Lipschitz layer": Bound(
        "t", norm(elementwise(sigmoid, A * x) - elementwise(sigmoid, A * y)), operator_norm(A) * norm(x - y) / 4
    ),
    "two Lipschitz layers": Bound(
        "t",
        norm(elementwise(tanh, B * elementwise(tanh, A * x)) - elementwise(tanh, B * elementwise(tanh, A * y))),
        operator_norm(B) * operator_norm(A) * norm(x - y),
    ),
    "a residual block": Bound("t", norm(x + tau * elementwise(relu, A * x)), (1 + tau * operator_norm(A)) * norm(x)),
    "two residual blocks": Bound(
        "t",
        norm(x + tau * elementwise(relu, A * x) - y - tau * elementwise(relu, A * y)),
        (1 + tau * operator_norm(A)) * norm(x - y),
    ),
    "a step of gradient descent": Bound(
        "t",
        norm(v - eta * S * v - w + eta * S * w),
        (1 - eta * lambda_min(S)) * norm(v - w),
        on={S: PositiveSemidefinite()},
        where=eta * lambda_max(S) <= 1,
    ),
    "the loss falls": Bound("t", lambda_min(W * W.T) * norm_squared(a), norm_squared(W.T * a)),
    "Frobenius by rank": Bound("t", frobenius_norm(W) ** 2, sp.Min(m, n) * operator_norm(W) ** 2),
}
TRUE["inputs of two sizes"] = Bound(
    "t",
    norm(MatrixSymbol("P", 2, 3) * vector("p", 3) + MatrixSymbol("Q", 2, 4) * vector("q", 4)),
    operator_norm(MatrixSymbol("P", 2, 3)) * norm(vector("p", 3))
    + operator_norm(MatrixSymbol("Q", 2, 4)) * norm(vector("q", 4)),
)
FALSE = {
    "a layer": Bound("f", norm(elementwise(softplus, A * x)), operator_norm(A) * norm(x)),
    "a Lipschitz layer": Bound(
        "f",
        norm(elementwise(sigmoid, A * x) - elementwise(sigmoid, A * y)),
        operator_norm(A) * norm(x - y) * Rational(99, 400),
    ),
    "a residual block": Bound(
        "f", norm(x + tau * elementwise(relu, A * x)), (1 + tau * operator_norm(A) * Rational(99, 100)) * norm(x)
    ),
    "a step of gradient descent": Bound(
        "f",
        norm(v - eta * S * v),
        (1 - eta * lambda_max(S)) * norm(v),
        on={S: PositiveSemidefinite()},
        where=eta * lambda_max(S) <= 1,
    ),
    "steps that are too long": Bound(
        "f", norm(v - eta * S * v), (1 - eta * lambda_min(S)) * norm(v), on={S: PositiveSemidefinite()}
    ),
    "the loss falls": Bound("f", lambda_min(W.T * W) * norm_squared(a), norm_squared(W.T * a)),
}


@pytest.mark.parametrize("name", TRUE)
def test_what_proofs_on_networks_say_is_proved(name: str) -> None:
    assert check(TRUE[name], Options()).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("name", FALSE)
def test_its_near_twin_is_refuted(name: str) -> None:
    assert check(FALSE[name], Options()).verdict is Verdict.REFUTED


def test_a_matrix_that_may_not_be_symmetric_has_no_spectral_bound() -> None:
    numbers = [lambda_min(A), lambda_max(A)]
    assert bounds_of_length(v - eta * A * v, [v], numbers, lambda matrix: False) == ()
