"""One layer z ↦ z + sσ(Wz) of a residual net, or z ↦ sσ(Wz): its part of K², and the tangent pass behind K³."""

from __future__ import annotations

from typing import Any

from sympy import HadamardProduct, MatrixSymbol, Symbol, Trace, Transpose

from derivations.activations import ddsigma, dsigma, sigma
from derivations.calculus.differentials import gradient, jvp
from derivations.papers.li2020nth.notation import m
from derivations.statements import Gradient, Identity, Statement
from derivations.vectors import elementwise, inner, vector

W = MatrixSymbol("W", m, m)
"""The layer's weights."""
s = Symbol("s", positive=True)
"""s_ℓ, the factor before σ."""
z, z_b, z_c = vector("z", m), vector("z_b", m), vector("z_c", m)
"""What the layer gets from three inputs, x^(ℓ−1)."""
b, b_b, b_c = vector("b", m), vector("b_b", m), vector("b_c", m)
"""The signals ∂f/∂x^(ℓ) of the three inputs."""
dz, db = vector("dz", m), vector("db", m)
"""How z and b change along ∇f of the third input."""


def delta(signal: Any, inside: Any) -> Any:
    """δ_ℓ = J_ℓ b^(ℓ)."""
    return HadamardProduct(elementwise(dsigma, W * inside), signal)


def back(signal: Any, inside: Any) -> Any:
    """b^(ℓ−1) = b^(ℓ) + s_ℓ W^(ℓ)ᵀδ_ℓ."""
    return signal + s * Transpose(W) * delta(signal, inside)


def through(signal: Any, inside: Any) -> Any:
    """⟨b, x^(ℓ)⟩."""
    return inner(signal, inside + s * elementwise(sigma, W * inside))


DIRECTION = s * delta(b_c, z_c) * Transpose(z_c)
"""The direction of the layer's weights: ∂f/∂W^(ℓ) at the third input."""
U = W * dz + s * inner(z_c, z) * delta(b_c, z_c)
"""How u_ℓ moves."""


def tangent(expr: Any) -> Any:
    """The derivative of what a layer computes, along the directions of W, z and b."""
    return jvp(expr, W, DIRECTION) + jvp(expr, z, dz) + jvp(expr, b, db)


D_DELTA = HadamardProduct(elementwise(ddsigma, W * z), U, b) + delta(db, z)
"""How δ_ℓ moves."""

STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "layer-part",
        Trace(Transpose(gradient(through(b, z), W)) * gradient(through(b_b, z_b), W)),
        s**2 * inner(delta(b, z), delta(b_b, z_b)) * inner(z, z_b),
        title="A layer's part of K² is s_ℓ²(δ_ℓ·δ′_ℓ)(x^(ℓ−1)·x′^(ℓ−1))",
        source="derived here",
    ),
    Gradient(
        "signal",
        z,
        back(b, z),
        of=through(b, z),
        title="The signal goes back by b^(ℓ−1) = b^(ℓ) + s_ℓW^(ℓ)ᵀδ_ℓ",
        source="derived here",
    ),
    Identity(
        "tangent-features",
        jvp(z + s * elementwise(sigma, W * z), W, DIRECTION) + jvp(z + s * elementwise(sigma, W * z), z, dz),
        dz + s * HadamardProduct(elementwise(dsigma, W * z), U),
        title="Tangent pass, x^(ℓ) moves by dx^(ℓ−1) + s_ℓJ_ℓdu_ℓ",
        source="derived here",
        uses=("layer-part",),
    ),
    Identity(
        "tangent-delta",
        tangent(delta(b, z)),
        D_DELTA,
        title="Tangent pass, δ_ℓ moves by σ″(u_ℓ)⊙du_ℓ⊙b^(ℓ) + J_ℓdb^(ℓ)",
        source="derived here",
        uses=("layer-part",),
    ),
    Identity(
        "tangent-signal",
        tangent(back(b, z)),
        db + s * Transpose(W) * D_DELTA + s**2 * inner(delta(b_c, z_c), delta(b, z)) * z_c,
        title="Tangent pass, b moves by db^(ℓ) + s_ℓW^(ℓ)ᵀdδ_ℓ + s_ℓ²(δ_(c,ℓ)·δ_ℓ)x_c^(ℓ−1)",
        source="derived here; with the other three it gives K³ of a deep net without any Hessian",
        uses=("tangent-delta", "signal"),
    ),
)
