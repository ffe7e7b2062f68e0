"""Certified full rank: against 60 digits and exact ranks, and broken where the theorem's hypotheses are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
import torch
from flint import arb, ctx
from rank_matrices import KINDS, exact_rank, gram_minus, matrix, number, positive
from torch import nn

from derivations.activations import X, softplus
from numerics.rigorous import NoBall, full_rank, rational_rank, sigma_min_balls
from numerics.rigorous.features import (
    BALLS,
    RATIONALS,
    Dense,
    Entrywise,
    Layer,
    Normalisation,
    Skip,
    evaluated,
    with_ones,
)
from numerics.rigorous.torch_layers import Residual, layers_of

FUNCTIONS: dict[str, tuple[sp.Expr, Any]] = {
    "tanh": (sp.tanh(X), mpmath.tanh),
    "softplus": (softplus(X), lambda z: mpmath.log(1 + mpmath.exp(z))),
    "sin": (sp.sin(X), mpmath.sin),
}


def weights(widths: list[int], rng: np.random.Generator) -> list[tuple[Any, Any]]:
    """Random weights and biases of hidden layers."""
    return [(rng.standard_normal((b, a)), rng.standard_normal(b)) for a, b in pairwise(widths)]


def layers(pairs: list[tuple[Any, Any]], function: sp.Expr) -> list[Layer]:
    return [layer for W, b in pairs for layer in (Dense(W, b), Entrywise(function))]


def least_by_mpmath(x: Any, pairs: list[tuple[Any, Any]], function: Any) -> Any:
    """σ_min of [h, 𝟏] by a singular value decomposition with 60 digits."""
    with mpmath.workdps(60):
        h = mpmath.matrix(x.tolist())
        for W, b in pairs:
            z = h * mpmath.matrix(W.tolist()).T
            h = mpmath.matrix(z.rows, z.cols)
            for i in range(z.rows):
                for j in range(z.cols):
                    h[i, j] = function(z[i, j] + mpmath.mpf(float(b[j])))
        whole = mpmath.matrix(h.rows, h.cols + 1)
        for i in range(h.rows):
            whole[i, h.cols] = 1
            for j in range(h.cols):
                whole[i, j] = h[i, j]
        return min(mpmath.svd_r(whole, compute_uv=False)[: h.rows])


@pytest.mark.parametrize("seed", range(6))
def test_bounds_hold_60_digits_between_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    name = list(FUNCTIONS)[seed % 3]
    n, d = int(rng.integers(3, 8)), int(rng.integers(1, 5))
    widths = [d, *rng.integers(1, 4, size=seed % 3).tolist(), n - 1 + int(rng.integers(0, 3))]
    x, pairs = rng.standard_normal((n, d)), weights(widths, rng)
    found = full_rank(x, layers(pairs, FUNCTIONS[name][0]))
    known = least_by_mpmath(x, pairs, FUNCTIONS[name][1])
    assert found.holds
    with mpmath.workdps(60):
        low, high = (mpmath.ldexp(*map(int, e.man_exp())) for e in (found.low, found.high))
        assert low <= known <= high * (1 + mpmath.mpf(10) ** -30)
        assert 0.9 * known < low
        assert high < 1.1 * known


def test_a_rank_that_floats_do_not_see_is_certified() -> None:
    rng = np.random.default_rng(1)
    x, pairs = rng.standard_normal((10, 5)), weights([5, 1, 1, 9], rng)
    found = full_rank(x, layers(pairs, softplus(X)))
    h = x
    for W, b in pairs:
        h = np.logaddexp(0, h @ W.T + b)
    assert np.linalg.matrix_rank(np.c_[h, np.ones(10)]) < 10
    assert found.holds
    assert found.low > 0


def test_what_breaks_the_theorem_is_not_certified() -> None:
    rng = np.random.default_rng(2)
    tanh = sp.tanh(X)
    x = rng.standard_normal((6, 3))
    assert full_rank(x, layers(weights([3, 1, 4], rng), tanh)).holds is False  # d_H = n − 2
    same = x.copy()
    same[4] = same[1]
    assert full_rank(same, layers(weights([3, 2, 9], rng), tanh)).holds is False
    for degree, rank in ((2, 3), (4, 5)):  # a polynomial of one input, at any width
        found = full_rank(x[:, :1], layers(weights([1, 20], rng), X**degree))
        assert (found.holds, found.rank) == (False, rank)
    odd = np.array([[k, 1] for k in (1, 2, 3, 4)])
    odd = np.concatenate([odd, -odd])
    W, function = rng.standard_normal((12, 2)), Entrywise(X / (1 + X**2))
    assert full_rank(odd, [Dense(W), function]).rank == 5  # without biases, n/2 + 1
    assert full_rank(odd, [Dense(W, rng.standard_normal(12)), function]).rank == 8


def test_an_enclosure_that_holds_0_is_undecided() -> None:
    """Two equal units of a layer as wide as needed: singular for certain, which no ball can show."""
    rng = np.random.default_rng(3)
    W = rng.standard_normal((5, 2))
    W[3] = W[1]
    b = np.array([1.0, 2.0, 3.0, 2.0, 5.0])
    found = full_rank(rng.standard_normal((6, 2)), [Dense(W, b), Entrywise(sp.tanh(X))], most_bits=512)
    assert found.holds is None
    assert found.determinant.contains(0)
    with pytest.raises(TypeError):
        bool(found)


def test_the_rank_modulo_a_prime_is_only_a_lower_bound() -> None:
    """Twin: diag(2, p) has rank 1 modulo p, and rank 2 over Q."""
    found = rational_rank([[2**61 - 1, 0], [0, 2**31 - 1]])
    assert (found.holds, found.rank) == (True, 2)
    assert rational_rank([[Fraction(1, 3), sp.Rational(2, 3)], [1, 2]]).rank == 1
    assert rational_rank([[Fraction(1, 2**61 - 1), 1], [1, 1]]).holds


@pytest.mark.parametrize("seed", range(20))
def test_exact_ranks_of_made_matrices(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, r, p = int(rng.integers(2, 7)), int(rng.integers(1, 5)), int(rng.integers(4, 9))
    A = rng.integers(-3, 4, size=(n, r)) @ rng.integers(-3, 4, size=(r, p))
    assert rational_rank(A).rank == sp.Matrix(A.tolist()).rank()


@pytest.mark.parametrize("seed", range(20))
def test_least_singular_values_of_balls(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 7))
    M = rng.standard_normal((n, n + int(rng.integers(0, 4)))) * 10.0 ** rng.integers(-3, 4, size=(n, 1))
    radius = 10.0 ** -int(rng.integers(6, 30))
    low, high = sigma_min_balls([[arb(v, radius) for v in row] for row in M])
    moved = M + radius * rng.uniform(-1, 1, size=M.shape)
    least = float(np.linalg.svd(moved, compute_uv=False)[-1])
    # NumPy's own rounding: its backward error is a small multiple of u‖M‖
    slack = 1e-13 * float(np.linalg.norm(M))
    assert float(low) <= least + slack
    assert least <= float(high) + slack + 10 * n * radius


@contextmanager
def flint_precision(bits: int) -> Iterator[None]:
    before, ctx.prec = ctx.prec, bits
    try:
        yield
    finally:
        ctx.prec = before


def _hooked() -> nn.Module:
    layer = nn.Linear(1, 1)
    layer.register_forward_hook(lambda module, given, out: 2 * out)
    return layer


def _network() -> nn.Module:
    torch.manual_seed(0)
    block = Residual(
        nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3), nn.Softplus(threshold=float("inf")))
    )
    return nn.Sequential(
        nn.Conv2d(1, 3, 3, stride=2, padding=1), nn.Tanh(), block, nn.Flatten(), nn.Linear(12, 7), nn.BatchNorm1d(7)
    ).double()


def test_balls_hold_the_values_of_a_torch_network() -> None:
    network, x = _network(), torch.randn(5, 1, 4, 4, dtype=torch.float64)
    found = with_ones(BALLS, evaluated(BALLS, layers_of(network), BALLS.of(x)))
    middle = np.array([[float(e.mid()) for e in row] for row in found])
    assert np.allclose(middle[:, :7], network(x).detach().numpy(), rtol=1e-9, atol=1e-11)
    assert (middle[:, 7] == 1).all()
    assert full_rank(x, layers_of(network)).holds


@pytest.mark.parametrize(
    ("network", "said"),
    [
        (nn.Softplus(), "threshold"),
        (nn.GELU(), "is not read"),
        (nn.BatchNorm1d(3).eval(), "running statistics"),
        (nn.Conv2d(2, 2, 3, groups=2), "one group"),
        (nn.Flatten(2), "all dimensions but the first"),
        (nn.Softplus(beta=0, threshold=float("inf")), "positive number"),
        (_hooked(), "hook"),
        (nn.Conv2d(1, 1, 3, padding="same"), "padding by a number"),
        (nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular"), "circular"),
    ],
)
def test_what_has_no_exact_counterpart_is_refused(network: nn.Module, said: str) -> None:
    with pytest.raises(NoBall, match=said):
        layers_of(network)


def test_mistakes_get_one_line() -> None:
    cases: list[tuple[Any, Any, str]] = [
        ([[float("nan")]], [], "rational"),
        ([1.0], [], "shape"),
        ([[1.0]], [Dense([[1.0, 2.0]])], "takes 2 numbers"),
        ([[1.0]], ["tanh"], "no layer"),
        ([[0.0]], [Entrywise(1 / X)], "divided by 0"),
        ([[1.0, 2.0]], [Skip((Dense([[1, 1]]),))], "to add to"),
        ([[1.0], [2.0]], [Normalisation(-1)], "at least 0"),
        ([[1.0]], [Entrywise("tanh")], "SymPy expression"),  # type: ignore[arg-type]
    ]
    for x, given, said in cases:
        with pytest.raises(NoBall, match=said) as caught:
            full_rank(x, given)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_matrices_made_to_break_it(kind: str) -> None:
    """Ranks against Gauss's elimination in fractions; low² I ≤ MMᵀ and not high² I < MMᵀ by exact pivots."""
    for seed in range(8):
        made = matrix(kind, np.random.default_rng([seed, len(kind)]))
        rank, n = exact_rank(made), len(made)
        found = rational_rank(made)
        assert (found.holds, found.rank) == (rank == n, rank)
        for bits in (53, 4096):
            with flint_precision(bits):
                low, high = sigma_min_balls(BALLS.of(made))
            assert (low > 0) <= (rank == n)
            assert bits == 53 or (low > 0) == (rank == n)
            if low > 0:
                assert positive(gram_minus(made, number(low) * (1 - Fraction(1, 10**30))))
                assert not positive(gram_minus(made, number(high)))


def test_a_right_inverse_that_is_exact() -> None:
    """E = MR − I = 0 had a norm without a finite enclosure, and the certificate was lost."""
    low, high = sigma_min_balls([[arb(1), arb(0)], [arb(0), arb(1)]])
    assert low > 0.95
    assert low <= 1
    assert high <= 1.0001
    assert sigma_min_balls([[arb(0)]]) == (0, 0)
    for broken in (arb("nan"), arb(0, arb("inf"))):
        low, high = sigma_min_balls([[broken, arb(1)], [arb(1), arb(2)]])
        assert (low == 0, high > 1e300) == (True, True)


def test_floats_in_an_activation_are_the_numbers_that_they_are() -> None:
    """SymPy's polynomials over Q took 0.1 for 1/10."""
    slope = Fraction(0.1)
    x = [[Fraction(1)], [1 / slope]]
    # columns 0.1·x − 1 on both inputs: of rank 2 with the column of ones unless both are equal
    assert full_rank(x, [Entrywise(sp.Float(0.1) * X)]).rank == 2
    value = evaluated(RATIONALS, [Entrywise(sp.Float(0.1) * X)], RATIONALS.of(x))
    assert value[1, 0] == 1
    assert value[0, 0] == RATIONALS.of([[slope]])[0, 0]


@pytest.mark.parametrize("seed", range(10))
def test_rational_activations_have_sympys_values(seed: int) -> None:
    """By SymPy's own substitution at rational points: another route than that of polynomials over Q."""
    rng = np.random.default_rng(seed)
    p, q = (sum(int(c) * X**i for i, c in enumerate(rng.integers(-5, 6, size=3))) for _ in range(2))
    function = (p + sp.Max(0, X) * int(rng.integers(1, 4))) / (q**2 + 1) + sp.Rational(1, 3)
    for at in rng.integers(-9, 10, size=4):
        point = Fraction(int(at), 7)
        value = evaluated(RATIONALS, [Entrywise(function)], RATIONALS.of([[point]]))[0, 0]
        assert sp.Rational(int(value.p), int(value.q)) == function.subs(X, sp.Rational(int(at), 7))
