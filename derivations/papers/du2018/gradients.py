"""Section 4 of Du et al. (2019): ∂f/∂W^(h) of the three architectures, for every width.

The formula for layer h of H follows by induction: `backprop-…` is the step from x^(h) to x^(h−1), `layer-…`
the end. Its instances are derived whole for H = 3; the functions in `notation` give any other depth.
"""

from __future__ import annotations

from sympy import HadamardProduct, Identity, MatMul, MatrixSymbol, Range, Symbol, Trace, Transpose

from derivations.activations import dsigma
from derivations.papers.du2018.notation import (
    H,
    J,
    act,
    gradient_fc,
    gradient_res,
    kappa,
    layers_fc,
    layers_res,
    m,
    output,
    scale,
    weights,
)
from derivations.statements import Gradient, Statement
from derivations.vectors import elementwise, inner, vector

DEPTH = 3
p = Symbol("p", integer=True, positive=True)
"""Number of pixels."""
b, z = vector("b", m), vector("z", m)
"""The signal ∂f/∂x^(h), and x^(h−1)."""
W = MatrixSymbol("W", m, m)
X = MatrixSymbol("X", m, p)
"""An image's features: m channels of p pixels."""
B = MatrixSymbol("B", m, p)
"""The signal ∂f/∂x^(h) of an image."""
shifts = tuple(MatrixSymbol(f"S_{s}", p, p) for s in (-1, 0, 1))
"""X·S_s has in column l the pixel l + s of X, and 0 outside: the patch operator φ, offset by offset."""
filters = tuple(MatrixSymbol(f"W_{s}", m, m) for s in (-1, 0, 1))
"""W = [W_{−1} W_0 W_1], so that Wφ(X) = Σ_s W_s X S_s."""
patch = sum((w * X * s for w, s in zip(filters[1:], shifts[1:], strict=True)), filters[0] * X * shifts[0])
conv_signal = HadamardProduct(B, elementwise(dsigma, patch))
CONV_SOURCE = "Section 4, written out here; patches of q = 3 pixels"

STATEMENTS: tuple[Statement, ...] = (
    *(
        Gradient(
            f"gradient-fc-{h}",
            weights(h),
            gradient_fc(DEPTH, h),
            of=output(layers_fc(DEPTH)),
            title=f"Fully connected: ∂f/∂W of layer {h} of {DEPTH}",
            source="Section 4",
            uses=("backprop-fc", "layer-fc"),
        )
        for h in range(1, DEPTH + 1)
    ),
    *(
        Gradient(
            f"gradient-resnet-{h}",
            weights(h),
            gradient_res(DEPTH, h),
            of=output(layers_res(DEPTH)),
            sample_on={H: Range(1, 51)},
            title=f"ResNet: ∂f/∂W of layer {h} of {DEPTH}",
            source="Section 4",
            uses=("backprop-resnet", "layer-resnet"),
        )
        for h in range(1, DEPTH + 1)
    ),
    Gradient(
        "layer-fc",
        W,
        MatMul(scale, J(W * z), b, Transpose(z)),
        of=inner(b, scale * act(W * z)),
        title="A layer without shortcut, by its weights",
        source="Section 4",
    ),
    Gradient(
        "backprop-fc",
        z,
        MatMul(scale, Transpose(W), J(W * z), b),
        of=inner(b, scale * act(W * z)),
        title="A layer without shortcut, by its input: the step of the induction over h",
        source="Section 4",
    ),
    Gradient(
        "layer-resnet",
        W,
        MatMul(kappa, J(W * z), b, Transpose(z)),
        of=inner(b, z + kappa * act(W * z)),
        title="A residual layer, by its weights",
        source="Section 4",
    ),
    Gradient(
        "backprop-resnet",
        z,
        (Identity(m) + kappa * Transpose(W) * J(W * z)) * b,
        of=inner(b, z + kappa * act(W * z)),
        title="A residual layer, by its input: the step of the induction over h",
        source="Section 4",
    ),
    Gradient(
        "layer-conv",
        filters[0],
        kappa * conv_signal * Transpose(shifts[0]) * Transpose(X),
        of=Trace(Transpose(B) * (X + kappa * act(patch))),
        title="A convolutional residual layer, by the weights of one offset",
        source=CONV_SOURCE,
    ),
    Gradient(
        "backprop-conv",
        X,
        B
        + kappa * Transpose(filters[0]) * conv_signal * Transpose(shifts[0])
        + kappa * Transpose(filters[1]) * conv_signal * Transpose(shifts[1])
        + kappa * Transpose(filters[2]) * conv_signal * Transpose(shifts[2]),
        of=Trace(Transpose(B) * (X + kappa * act(patch))),
        title="A convolutional residual layer, by its input",
        source=CONV_SOURCE,
    ),
)
