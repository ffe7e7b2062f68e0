"""The letters of Zhang et al. (2019): blocks h_l = φ(h_{l−1} + τ W_l h_{l−1}), φ the ReLU, no normalisation."""

from __future__ import annotations

from typing import Any

from sympy import DiagMatrix, Expr, Identity, MatAdd, MatMul, MatrixSymbol, Symbol, Transpose, sqrt

from derivations.gaussian import relu, step
from derivations.integrals.truncated import normal_cdf, normal_pdf
from derivations.vectors import elementwise, inner, norm, vector

m = Symbol("m", integer=True, positive=True)
"""Width."""
p = Symbol("p", integer=True, positive=True)
"""Length of an input."""
L = Symbol("L", integer=True, positive=True)
"""Number of residual blocks."""
tau = Symbol("tau", positive=True)
"""The weight of the residual branch."""
s = Symbol("s", positive=True)
"""The standard deviation of an entry of W h, ‖h‖/√m."""
h_i = Symbol("h", nonnegative=True)
"""One entry of a hidden vector."""
u = Symbol("u", nonnegative=True)
"""h/(τs), an entry in units of the noise that is added to it."""
g = Symbol("g", real=True)
"""A standard Gaussian."""

x = vector("x", p)
h, v, w, z, b = (vector(name, m) for name in "hvwzb")
A = MatrixSymbol("A", m, p)
W = MatrixSymbol("W", m, m)
last = MatrixSymbol("W_L", m, m)


def block_weights(l: int) -> MatrixSymbol:  # noqa: E741
    """W_l of residual block l ≥ 1."""
    return MatrixSymbol(f"W_{l}", m, m)


def phi(y: Any) -> Any:
    """φ(y) = max(y, 0), entry by entry."""
    return elementwise(relu, y)


def D(y: Any) -> Any:
    """D = diag 1{y > 0}."""
    return DiagMatrix(elementwise(step, y))


def M(entry: Expr, deviation: Expr) -> Expr:
    """M(h, s) = (h² + τ²s²)Φ(h/(τs)) + hτs·p(h/(τs)), the second moment of an entry after a block."""
    ratio = entry / (tau * deviation)
    return (entry**2 + tau**2 * deviation**2) * normal_cdf(ratio) + entry * tau * deviation * normal_pdf(ratio)


m_u = (u**2 + 1) * normal_cdf(u) + u * normal_pdf(u)
"""m(u) = (u² + 1)Φ(u) + u·p(u), M in units of τs."""

deviation = norm(h) / sqrt(m)
"""‖h‖/√m."""
branch = tau / sqrt(m) * W * h
"""τ W h with W's entries N(0, 1/m), for a matrix W of independent N(0, 1)."""


def inputs(blocks: int) -> list[Any]:
    """What ReLU is applied to: A x, h_{l−1} + τW_l h_{l−1} for each block, and W_L h_{L−1}."""
    found = [A * x]
    for l in range(1, blocks + 1):  # noqa: E741
        hidden = phi(found[-1])
        found.append(hidden + tau * block_weights(l) * hidden)
    return [*found, last * phi(found[-1])]


def output(blocks: int) -> Expr:
    """f = bᵀφ(W_L h_{L−1}), one row b of B."""
    return inner(b, phi(inputs(blocks)[-1]))


def signal(blocks: int, l: int) -> list[Any]:  # noqa: E741
    """D_l(I + τW_{l+1}ᵀ)D_{l+1}⋯W_LᵀD_L b as a list of factors: what arrives at the input of ReLU number l."""
    at = inputs(blocks)
    factors = [D(at[l])]
    for later in range(l + 1, blocks + 1):
        factors += [MatAdd(Identity(m), MatMul(tau, Transpose(block_weights(later)))), D(at[later])]
    return [*factors, Transpose(last), D(at[-1]), b] if l <= blocks else [D(at[-1]), b]
