"""Backward stability: the product of blocks, and the gradient of every block."""

from __future__ import annotations

from sympy import Identity as Unit
from sympy import MatMul, Rational, Symbol, Trace, Transpose, sqrt

from derivations.gaussian import Expectation
from derivations.papers.zhang2019.notation import (
    A,
    D,
    L,
    W,
    b,
    block_weights,
    h,
    inputs,
    last,
    m,
    output,
    phi,
    signal,
    tau,
    v,
    x,
    z,
)
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Gradient, Identity, Rate, Statement
from derivations.vectors import norm_squared

BLOCKS = 2
"""Residual blocks of the gradients that are derived whole; `backprop-block` is the step of the induction."""
SPECTRAL = MeasuredQuantity("‖∂h_L/∂h_0‖", r"\|\partial h_L/\partial h_0\|")

STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "homogeneous",
        D(z) * z,
        phi(z),
        title="ReLU is D·z: h_L = (∂h_L/∂h_0)·h_0, so the backward product is at least as large as the forward growth",
        source="used in Section 3",
    ),
    Identity(
        "backward-moment",
        Expectation(norm_squared(v + tau / sqrt(m) * W * v), W),
        (1 + tau**2) * norm_squared(v),
        title="A block before its mask multiplies E‖v‖² of a fixed v by 1 + τ²",
        source="Section 3, backward stability",
        assumes=("gaussian-weights",),
    ),
    Bound(
        "mask",
        norm_squared(D(z) * v),
        norm_squared(v),
        title="A mask D does not lengthen a vector",
        source="Section 3, backward stability",
    ),
    Bound(
        "backward-growth",
        MeasuredQuantity("E‖(∂h_b/∂h_a)v‖²/‖v‖²", r"\mathbb{E}\|(\partial h_b/\partial h_a)v\|^2/\|v\|^2"),
        MeasuredQuantity("(1 + τ²)^{b−a}", r"(1+\tau^2)^{b-a}"),
        title="The backward product of a fixed vector, to 512 blocks",
        source="Section 3, backward stability",
        assumes=("gaussian-weights",),
        uses=("backward-moment", "mask"),
    ),
    Rate(
        "spectral-critical",
        SPECTRAL,
        L,
        0,
        title="τ = 1/√L: the spectral norm of the whole product does not depend on the depth",
        source="Section 3, backward stability",
        within=0.1,
        assumes=("gaussian-weights",),
        uses=("backward-growth",),
    ),
    Bound(
        "spectral-explodes",
        MeasuredQuantity("‖h_L‖/‖h_0‖ at τ = L^(−1/4)", r"\|h_L\|/\|h_0\|"),
        MeasuredQuantity("‖∂h_L/∂h_0‖ at τ = L^(−1/4)", r"\|\partial h_L/\partial h_0\|"),
        title="τ > 1/√L: the product is at least as large as the forward growth, which is unbounded",
        source="Section 3, converse",
        uses=("homogeneous", "converse"),
    ),
    *(
        Gradient(
            f"gradient-block-{l}",
            block_weights(l),
            MatMul(tau, *signal(BLOCKS, l), Transpose(phi(inputs(BLOCKS)[l - 1]))),
            of=output(BLOCKS),
            title=f"∂f/∂W of residual block {l} of {BLOCKS}",
            source="Section 3",
            uses=("backprop-block", "layer-block"),
        )
        for l in range(1, BLOCKS + 1)  # noqa: E741
    ),
    Gradient(
        "gradient-input",
        A,
        MatMul(*signal(1, 0), Transpose(x)),
        of=output(1),
        title="∂f/∂A, one residual block",
        source="Section 3",
        uses=("backprop-block",),
    ),
    Gradient(
        "gradient-last",
        last,
        MatMul(*signal(1, 2), Transpose(phi(inputs(1)[1]))),
        of=output(1),
        title="∂f/∂W_L, the layer without shortcut",
        source="Section 3",
    ),
    Gradient(
        "layer-block",
        W,
        MatMul(tau, D(h + tau * W * h), b, Transpose(h)),
        of=Trace(Transpose(b) * phi(h + tau * W * h)),
        title="One residual block, by its weights",
        source="Section 3",
    ),
    Gradient(
        "backprop-block",
        h,
        MatMul(Unit(m) + tau * Transpose(W), D(h + tau * W * h), b),
        of=Trace(Transpose(b) * phi(h + tau * W * h)),
        title="One residual block, by its input: the step of the induction over l",
        source="Section 3",
    ),
    Identity(
        "block-gradient-norm",
        Trace(tau * v * Transpose(h) * Transpose(tau * v * Transpose(h))),
        tau**2 * norm_squared(v) * norm_squared(h),
        title="A block's gradient has the norm τ‖signal‖‖h_{l−1}‖",
        source="Section 3",
    ),
    Rate(
        "block-gradient-depth",
        MeasuredQuantity("‖∂f/∂W_l‖_F, all blocks, τ = 1/√L", r"\|\partial f/\partial W_l\|_F"),
        L,
        -Rational(1, 2),
        title="A block's gradient is of order τ: 1/√L at τ = 1/√L",
        source="Section 3",
        within=0.1,
        assumes=("gaussian-weights",),
        uses=("block-gradient-norm", "backward-growth", "growth-upper"),
    ),
    Bound(
        "block-gradient-even",
        MeasuredQuantity("mean ‖∂f/∂W_l‖² of the largest block", r"\max_l \mathbb{E}\|\partial f/\partial W_l\|_F^2"),
        MeasuredQuantity("e² times that of the smallest", r"e^2 \min_l \mathbb{E}\|\partial f/\partial W_l\|_F^2"),
        title="The same for every block: the first and the last differ by a constant",
        source="Section 3",
        assumes=("gaussian-weights",),
        uses=("block-gradient-norm",),
    ),
    Identity(
        "vanilla-forward",
        Expectation(norm_squared(phi(sqrt(2) / sqrt(m) * W * h)), W),
        norm_squared(h),
        title="Without shortcuts He's N(0, 2/m) keeps E‖h‖² exactly",
        source="Section 1, the vanilla network",
        assumes=("gaussian-weights",),
    ),
    Rate(
        "vanilla-correlation",
        MeasuredQuantity("1 − cos ∠(h_L(x), h_L(x′))", r"1-\cos\angle(h_L(x), h_L(x'))"),
        Symbol("L", integer=True, positive=True),
        -2,
        title="Without shortcuts any two inputs become parallel, 1 − ρ_L ~ (9π²/2)/L²",
        source="vanilla network; rate derived from the ReLU kernel",
        within=0.02,
        uses=("vanilla-forward",),
    ),
    Bound(
        "conditioning",
        MeasuredQuantity("cond G with shortcuts, τ = 1/√L", r"\kappa(G)\ \text{(ResNet)}"),
        MeasuredQuantity("cond G without shortcuts", r"\kappa(G)\ \text{(vanilla)}"),
        title="The Gram matrix of gradients is better conditioned with shortcuts, from L = 128 on",
        source="Section 4",
        uses=("vanilla-correlation",),
    ),
)
