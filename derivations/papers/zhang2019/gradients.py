"""Backward stability: the product of blocks, and the gradient of every block."""

from __future__ import annotations

from sympy import Identity as Unit
from sympy import MatMul, Rational, S, Symbol, Trace, Transpose, sqrt

from derivations.gaussian import Expectation
from derivations.papers.zhang2019.forward import converse_exponent, most
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
    w,
    x,
    z,
)
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Gradient, Identity, Rate, Statement
from derivations.vectors import inner, norm_squared

BLOCKS = 2
"""Residual blocks of the gradients that are derived whole; `backprop-block` is the step of the induction."""
passed = Symbol("k", integer=True, positive=True)
"""Blocks b − a that a backward product passes through."""
even = S.One
"""How far the logarithm of a block's gradient is from that of all blocks, at most."""
exploding = converse_exponent(Rational(1, 4)) / 2
"""√L/4 − 1/16, what the logarithm of the spectral norm at τ = L^{−1/4} is at least."""
SPECTRAL = MeasuredQuantity("‖∂h_L/∂h_0‖", r"\|\partial h_L/\partial h_0\|")

STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "homogeneous",
        D(z) * z,
        phi(z),
        title="ReLU is D·z, its derivative times its argument",
        source="used in Section 3: with it h_L = (∂h_L/∂h_0)·h_0",
    ),
    Identity(
        "backward-moment",
        Expectation(inner(v + tau / sqrt(m) * W * v, w + tau / sqrt(m) * W * w), W),
        most * inner(v, w),
        title="A block before its mask multiplies the mean inner product of any two fixed vectors by 1 + τ²",
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
        most**passed,
        title="The backward product of a fixed vector over k = b − a blocks, to k = 512",
        source="Section 3, backward stability; measured here",
        assumes=("gaussian-weights",),
        uses=("backward-moment", "mask"),
    ),
    Rate(
        "spectral-critical",
        SPECTRAL,
        L,
        0,
        title="τ = 1/√L: the spectral norm of the whole product does not grow with the depth, as √L does",
        source="Section 3, backward stability; L terms of size τ that add up would grow as Lτ = √L",
        within=0.1,
        against=(Rational(1, 2),),
        assumes=("gaussian-weights",),
        uses=("backward-growth",),
    ),
    Bound(
        "spectral-explodes",
        exploding,
        MeasuredQuantity("E log ‖∂h_L/∂h_0‖ at τ = L^(−1/4)", r"\mathbb{E}\log\|\partial h_L/\partial h_0\|"),
        title="τ = L^(−1/4): the spectral norm of the whole product grows as the exponential of √L/4, or faster",
        source="Section 3, converse; measured here at L = 16, 64, 256",
        assumes=("gaussian-weights",),
        uses=("homogeneous", "converse-exponential"),
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
        title="The Frobenius norm of a block's gradient τvhᵀ, for the signal v and the hidden vector h before it",
        source="Section 3",
    ),
    Rate(
        "block-gradient-depth",
        MeasuredQuantity("‖∂f/∂W_l‖_F, all blocks, τ = 1/√L", r"\|\partial f/\partial W_l\|_F"),
        L,
        -Rational(1, 2),
        title="A block's gradient is of order τ = 1/√L: neither of order 1 nor of order 1/L",
        source="Section 3",
        within=0.1,
        against=(0, -1),
        assumes=("gaussian-weights",),
        uses=("block-gradient-norm", "backward-growth", "growth-upper"),
    ),
    Bound(
        "block-gradient-even",
        MeasuredQuantity(
            "max_l |E log ‖∂f/∂W_l‖² − its mean over all blocks|",
            r"\max_l |\mathbb{E}\log\|\partial f/\partial W_l\|_F^2 - "
            r"\tfrac1L\sum_k\mathbb{E}\log\|\partial f/\partial W_k\|_F^2|",
        ),
        even,
        title="The same for every block: by geometric means no block's square is off that of all by a factor of e",
        source="Section 3; measured here at τ = 1/√L, L = 16, 64, 128",
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
        L,
        -2,
        title="Without shortcuts, at infinite width, inputs π/3, π/2 and 2π/3 apart become parallel: 1 − ρ_L ∝ 1/L²",
        source="vanilla network; rate derived from the ReLU kernel, whose map is iterated here",
        within=0.02,
        against=(-1, -3),
        uses=("vanilla-forward",),
    ),
    Bound(
        "conditioning",
        MeasuredQuantity("cond G with shortcuts, τ = 1/√L", r"\kappa(G)_{\text{ResNet}}"),
        MeasuredQuantity("cond G without shortcuts", r"\kappa(G)_{\text{vanilla}}"),
        title="The Gram matrix of gradients is better conditioned with shortcuts, at L = 128 and 256",
        source="Section 4; measured here: geometric means over networks",
        assumes=("gaussian-weights",),
        uses=("vanilla-correlation",),
    ),
)
