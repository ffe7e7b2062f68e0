"""The hierarchy: K³ from Hessians and back, when the last two inputs commute, the loss, one step of descent.

Functions of θ stand as jets of second order: the identities see no more of them than values, gradients and Hessians at
one θ, so that they hold for every twice differentiable network.
"""

from __future__ import annotations

from sympy import MatrixSymbol, Trace, Transpose, sqrt

from derivations.calculus.differentials import gradient
from derivations.domains import RealMatrices, SymmetricMatrices
from derivations.papers.li2020nth.notation import (
    N,
    W,
    X,
    a,
    along,
    eta,
    f_a,
    f_b,
    f_c,
    f_d,
    field,
    here,
    kernel,
    m,
    n,
    theta,
    y,
)
from derivations.spectra import lambda_min
from derivations.statements import Bound, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, norm_squared, vector

r, u, v = vector("r", n), vector("u", n), vector("v", n)
"""Residuals f − y, and weights of inputs."""
J = MatrixSymbol("J", N, n)
"""The gradients ∇f(x_1), …, ∇f(x_n), as columns."""
A = MatrixSymbol("A", N, N)
"""A Hessian, up to its antisymmetric part."""
K = MatrixSymbol("K", n, n)
"""K² on the inputs."""

linear = Transpose(X) * Transpose(W) * a / sqrt(m)
"""The outputs of the linear net m^(−1/2)aᵀWx on all inputs."""
LOSS = norm_squared(linear - y) / (2 * n)
"""L = (1/2n) Σ (f(x_α) − y_α)²."""
KERNEL = (norm_squared(a) * Transpose(X) * X + Transpose(X) * Transpose(W) * W * X) / m
"""K² of the linear net on all inputs."""
weighted = inner(u, KERNEL * v)
"""Σ u_α v_β K²(x_α, x_β)."""
weights = (a, W)


def _descends() -> Derivation:
    return (
        chain(-inner(r, K * r) / n**2)
        .then(-lambda_min(K) * norm_squared(r) / n**2, "Rayleigh", relation="<=")
        .by("facts.rayleigh-min", A=K, x=r)
    )


STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "k3-by-hessians",
        kernel(f_a, f_b, f_c),
        inner(f_a.H * f_b.g, f_c.g) + inner(f_b.H * f_a.g, f_c.g),
        title="K³(a, b; c) = H_a[g_b, g_c] + H_b[g_a, g_c]: symmetric in its first two inputs",
        source="derived here, from the hierarchy of Huang and Yau",
    ),
    Identity(
        "hessian-by-k3",
        inner(f_a.H * f_b.g, f_c.g),
        (kernel(f_a, f_b, f_c) + kernel(f_a, f_c, f_b) - kernel(f_b, f_c, f_a)) / 2,
        title="and back: three values of K³ give a Hessian in kernel directions",
        source="derived here",
        on={f_a.b: RealMatrices(), f_b.A: RealMatrices(), f_c.A: RealMatrices()},
        uses=("k3-by-hessians",),
    ),
    Identity(
        "k4-commutator",
        kernel(f_a, f_b, f_c, f_d) - kernel(f_a, f_b, f_d, f_c),
        inner(here(gradient(field(f_a, f_b), theta)), f_c.H * f_d.g - f_d.H * f_c.g),
        title="The last two inputs of K⁴ commute just as far as the gradient fields do",
        source="derived here",
        uses=("k3-by-hessians",),
    ),
    Identity(
        "descent-step",
        f_a.f.xreplace({theta: -eta / n * J * r}) - here(f_a.f),
        -eta / n * inner(f_a.g, J * r) + eta**2 / (2 * n**2) * inner(f_a.H * J * r, J * r),
        title="One step of gradient descent: −(η/n)Σ K² r + (η²/2n²)Σ r_i r_j H[g_i, g_j] to second order in η",
        source="derived here; by hessian-by-k3 the second term is one of values of K³",
        uses=("hessian-by-k3",),
    ),
    Identity(
        "loss-slope",
        -norm_squared(gradient(LOSS, a)) - Trace(Transpose(gradient(LOSS, W)) * gradient(LOSS, W)),
        -inner(linear - y, KERNEL * (linear - y)) / n**2,
        title="Along gradient flow dL/dt = −(1/n²) rᵀK²r: the two-layer linear net, for every n, m and d",
        source="derived here, from equation (1) of Huang and Yau",
        uses=("linear-kernel",),
    ),
    Identity(
        "linear-kernel",
        along(inner(u, linear), inner(v, linear), weights),
        weighted,
        title="K² of the two-layer linear net on all inputs",
        source="derived here",
    ),
    Identity(
        "kernel-flow",
        -along(weighted, LOSS, weights),
        -along(weighted, inner(r, linear), weights).xreplace({r: linear - y}) / n,
        title="Along gradient flow dK²/dt = −(1/n)Σ_β K³(·, ·, x_β) r_β, for every n, m and d",
        source="Theorem 2.1 of Huang and Yau as reported; the two-layer linear net here",
        uses=("linear-kernel",),
    ),
    Bound(
        "loss-rate",
        -inner(r, K * r) / n**2,
        -lambda_min(K) * norm_squared(r) / n**2,
        title="dL/dt ≤ −(2λ_min(K²)/n)L: a global linear rate while λ_min(K²) is bounded below",
        source="the form of both papers; derived here",
        on={K: SymmetricMatrices()},
        uses=("loss-slope",),
        derive=_descends,
    ),
)
