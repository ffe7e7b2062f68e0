"""How large the signals ∂f/∂x^(h) that run back through the layers are, and with them the gradients of the blocks."""

from __future__ import annotations

from sympy import HadamardProduct, Max, Symbol, Transpose, exp, log, sqrt

from derivations.papers.du2018.notation import H, c_res, c_sigma, m
from derivations.papers.du2018.proof.constants import A, L, X, alpha, b, omega, s
from derivations.papers.du2018.proof.letters import (
    FACTS,
    RESNET,
    SOURCE,
    at_depth,
    bounded,
    drawn,
    features,
    formula,
    gain,
    k,
    slope,
    weights,
)
from derivations.spectra import frobenius_norm, operator_norm
from derivations.statements import Bound, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import norm, vector

g = vector("g", m)
"""∂f/∂x^(h)."""
p = vector("p", m)
q = vector("q", features(False).shape[0])


def passed(skip: bool) -> HadamardProduct:
    """σ′(Wx) ∘ g: a signal that has passed the activation backwards."""
    return HadamardProduct(slope(weights(skip) * features(skip)), g)


def _back(skip: bool) -> Statement:
    """One layer backwards, with an instance of what norms give."""
    W = weights(True)
    branch = gain(skip) / sqrt(m)
    signal = branch * Transpose(W) * passed(True)
    before = A * sqrt(m) * formula("alpha", True) ** (k - 1) if skip else sqrt(m) * at_depth("b", k)
    after = A * sqrt(m) * formula("alpha", True) ** k if skip else sqrt(m) * at_depth("b", k + 1)
    rate = formula("alpha", True) if skip else alpha
    stays = norm(g) if skip else 0

    def derive() -> Derivation:
        made = chain(norm(g + signal) if skip else norm(signal))
        if skip:
            made = made.then(norm(g) + norm(signal), "the shortcut and the branch", relation="<=").by(
                FACTS + "triangle", x=g, y=signal
            )
        return (
            made.then(stays + branch * norm(Transpose(W) * passed(True)), "a factor before a vector")
            .then(stays + branch * operator_norm(W) * norm(passed(True)), "the norm of Wᵀ is that of W", relation="<=")
            .by(FACTS + "operator-vector", M=Transpose(W), x=passed(True))
            .then(rate * norm(g), "‖W‖ ≤ ω√m, |σ′| ≤ L", relation="<=")
            .then(rate * before, "layers after it", relation="<=")
            .then(after, "once more α", relation="<=")
        )

    given = (bounded(W * features(True), g), operator_norm(W) <= omega * sqrt(m), norm(g) <= before)
    return Bound(
        "signals-layer-resnet" if skip else "signals-fc",
        norm(g + signal) if skip else norm(signal),
        after,
        title=f"{'One residual layer' if skip else 'By induction over layers, fully connected'}: "
        f"a signal that has come back through k layers {'is no longer than A√m·α^k' if skip else 'has norm ≤ b√m'}",
        source=RESNET if skip else SOURCE,
        where=given if skip else (*given, formula("alpha") <= alpha),
        sample_on=drawn(L, omega, A, k, *((c_res, H) if skip else (c_sigma, alpha))),
        assumes=("smooth-activation",),
        derive=derive,
    )


def _resnet() -> Statement:
    rate = formula("alpha", True)

    def derive() -> Derivation:
        return (
            chain(A * rate**k)
            .then(A * exp(k * log(rate)), "a power as an exponential")
            .then(formula("b", True), "k·log(1 + c_resLω/H) ≤ c_resLω", relation="<=")
            .by("resnet-factor", h=k, H=H, g=c_res * L * omega)
        )

    return Bound(
        "signals-resnet",
        A * rate**k,
        formula("b", True),
        title="ResNet: signals are no longer than b√m in every layer, whatever the depth",
        source=RESNET,
        where=(k <= H,),
        uses=("signals-layer-resnet",),
        derive=derive,
    )


def _block(skip: bool) -> Statement:
    """The gradient of a block; beside a skip connection the first has √c_σ in front and the others c_res/H."""
    x = features(False)
    factor = Max(s, gain(skip))
    gradient = factor / sqrt(m) * passed(False) * Transpose(x)
    named = "resnet" if skip else "fc"

    def derive() -> Derivation:
        return (
            chain(frobenius_norm(gradient))
            .then(factor / sqrt(m) * norm(passed(False)) * norm(x), "a column times a row")
            .then(factor / sqrt(m) * L * norm(g) * norm(x), "|σ′| ≤ L", relation="<=")
            .then(factor * L * b * X, "‖g‖ ≤ b√m, ‖x‖ ≤ X", relation="<=")
            .then(formula("B", skip), "the larger of the blocks of W and of a", relation="<=")
        )

    return Bound(
        f"block-gradient-{named}",
        frobenius_norm(gradient),
        formula("B", skip),
        title="The gradient γ/√m·(σ′(Wx) ∘ g)·xᵀ of a block has norm ≤ B, where ‖g‖ ≤ b√m, ‖x‖ ≤ X",
        source=RESNET if skip else SOURCE,
        where=(bounded(weights(False) * x, g), norm(g) <= b * sqrt(m), norm(x) <= X),
        sample_on=drawn(L, b, X),
        assumes=("smooth-activation",),
        uses=("column-row", f"signals-{named}"),
        derive=derive,
    )


first, other, last = (Symbol(name, nonnegative=True) for name in ("t_1", "t", "y"))
"""The norms of the gradients of the first block, of the largest of the others, and of a's, which is ‖x^(H)‖."""


def _all(skip: bool) -> Statement:
    total = first**2 + (H - 1) * other**2 + last**2
    blocks = s * L * b, gain(skip) * L * b * X
    given = (first <= (blocks[0] if skip else blocks[1]), other <= blocks[1], last <= X)
    named = "resnet" if skip else "fc"
    return Bound(
        f"all-gradients-{named}",
        total,
        formula("B_all", skip) ** 2,
        title="The squared norms of the gradients of all blocks together are at most B_all²"
        + (": the inputs of the first have norm one" if skip else ""),
        source=RESNET if skip else SOURCE,
        where=given,
        uses=(f"block-gradient-{named}",),
        derive=lambda: (
            chain(total)
            .then(given[0].gts ** 2 + (H - 1) * blocks[1] ** 2 + X**2, "each block", relation="<=")
            .then(formula("B_all", skip) ** 2, "H − 1 < H" if skip else "collecting", relation="<=")
        ),
    )


STATEMENTS: tuple[Statement, ...] = (
    _back(False),
    _back(True),
    _resnet(),
    Identity(
        "column-row",
        frobenius_norm(p * Transpose(q)),
        norm(p) * norm(q),
        title="‖pqᵀ‖_F = ‖p‖‖q‖: the gradient of a block is a column times a row",
        source="derived here",
    ),
    _block(False),
    _block(True),
    _all(False),
    _all(True),
)
