"""Section 4 of Du et al. (2019): Gram matrices by layers, and that of the last one."""

from __future__ import annotations

from sympy import HadamardProduct, MatMul, MatrixSymbol, S, Symbol, Trace, Transpose

from derivations.activations import dsigma
from derivations.papers.du2018.gradients import W, b, z
from derivations.papers.du2018.notation import H, J, a, c_res, c_sigma, kappa, m, n, scale
from derivations.statements import Bound, Identity, Statement
from derivations.steps import chain
from derivations.vectors import elementwise, inner, norm_squared, vector

b2, z2 = vector("b'", m), vector("z'", m)
"""Signal and features of a second input."""
P = Symbol("P", integer=True, positive=True)
"""Number of parameters of a layer."""
D = MatrixSymbol("D", P, n)
"""The gradients ∂u_i/∂W^(h) as columns: G^(h) = DᵀD."""
v = vector("v", n)
slopes = HadamardProduct(a, elementwise(dsigma, W * z)), HadamardProduct(a, elementwise(dsigma, W * z2))


def _frobenius(left: object, right: object) -> object:
    """⟨A, B⟩ = tr(AᵀB)."""
    return Trace(Transpose(left) * right)


STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "gram-layer-form",
        _frobenius(MatMul(b, Transpose(z)), MatMul(b2, Transpose(z2))),
        inner(z, z2) * inner(b, b2),
        title="G^(h) = (XᵀX) ∘ (BᵀB): one entry",
        source="Section 4",
    ),
    Bound(
        "gram-psd",
        S.Zero,
        inner(v, Transpose(D) * D * v),
        title="Every G^(h) is positive semidefinite",
        source="Section 4",
        derive=lambda: (
            chain(S.Zero)
            .then(norm_squared(D * v), "a square", relation="<=")
            .then(inner(v, Transpose(D) * D * v), "⟨Dv, Dv⟩ = ⟨v, DᵀDv⟩")
        ),
    ),
    Identity(
        "gram-last-fc",
        _frobenius(scale * J(W * z) * a * Transpose(z), scale * J(W * z2) * a * Transpose(z2)),
        c_sigma / m * inner(z, z2) * inner(*slopes),
        title="G^(H) of the fully connected net",
        source="Section 4",
        uses=("layer-fc",),
    ),
    Identity(
        "gram-last-resnet",
        _frobenius(kappa * J(W * z) * a * Transpose(z), kappa * J(W * z2) * a * Transpose(z2)),
        c_res**2 / (H**2 * m) * inner(z, z2) * inner(*slopes),
        title="G^(H) of the ResNet",
        source="Section 4",
        uses=("layer-resnet",),
    ),
)
