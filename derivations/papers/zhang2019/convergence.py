"""Convergence: a Łojasiewicz inequality from the last layers, smoothness, and a rate that does not see the depth."""

from __future__ import annotations

from sympy import MatrixSymbol, Rational, S, Symbol, Trace, Transpose

from derivations.papers.zhang2019.notation import L, m
from derivations.quantities import MeasuredQuantity
from derivations.spectra import lambda_max, lambda_min
from derivations.statements import Bound, Identity, Rate, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, norm_squared, vector

n = Symbol("n", integer=True, positive=True)
"""Number of inputs."""
r1, r2 = Symbol("r_1", real=True), Symbol("r_2", real=True)
"""Residuals f(x_i) − y_i of two inputs."""
s1, s2, h1, h2 = (vector(name, m) for name in ("s_1", "s_2", "h_1", "h_2"))
"""Signals D_l b and hidden vectors h_{l−1} of two inputs."""
gradient = r1 * s1 * Transpose(h1) + r2 * s2 * Transpose(h2)

r = vector("r", n)
"""Residuals f(x_i) − y_i of all inputs."""
weights = Symbol("k", integer=True, positive=True)
J = MatrixSymbol("J", n, weights)
"""Derivatives of all outputs by the entries of W_L, or by all weights: ∇ℓ is Jᵀr, and JJᵀ the Gram matrix."""
GRAM = J * Transpose(J)
"""Of W_L alone it has the entries ⟨s_i, s_j⟩⟨h_i, h_j⟩."""
squared = norm_squared(Transpose(J) * r)
"""‖∇ℓ‖²."""
lam = Symbol("lambda", positive=True)
"""λ_min of a Gram matrix."""
eta = Symbol("eta", positive=True)
"""Step size."""
contraction = 1 - eta * lam
"""What a step multiplies the loss by, at most."""
layers = Symbol("N", integer=True, positive=True)
"""L + 2 matrices of weights: A, the blocks, and W_L."""
halved = S.Half
"""What the loss has fallen to, at most, where gradient descent is said to converge."""
slower = 4
"""How many times more iterations a network without shortcuts needs, at least."""
more_slower = S.Half
"""The share of pairs of networks in which the one without shortcuts needs so many more iterations, at least."""
most_diverge = Rational(3, 4)
"""The share of networks that are said to diverge at τ = 1, at least."""


def _pl_lower() -> Derivation:
    return (
        chain(lambda_min(GRAM) * norm_squared(r))
        .then(inner(r, GRAM * r), "Rayleigh", relation="<=")
        .by("facts.rayleigh-min", A=GRAM, x=r)
        .then(squared, "∇ℓ = Jᵀr")
    )


def _pl_upper() -> Derivation:
    return (
        chain(squared)
        .then(inner(r, GRAM * r), "∇ℓ = Jᵀr")
        .then(lambda_max(GRAM) * norm_squared(r), "Rayleigh", relation="<=")
        .by("facts.rayleigh-max", A=GRAM, x=r)
    )


STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "pl-identity",
        Trace(gradient * Transpose(gradient)),
        r1**2 * inner(s1, s1) * inner(h1, h1)
        + 2 * r1 * r2 * inner(s1, s2) * inner(h1, h2)
        + r2**2 * inner(s2, s2) * inner(h2, h2),
        title="‖∇_{W_L}ℓ‖² is the form of the Gram matrix ⟨s_i, s_j⟩⟨h_i, h_j⟩ in the residuals, for two inputs",
        source="Section 4",
        uses=("gradient-last",),
    ),
    Bound(
        "pl-lower",
        lambda_min(GRAM) * norm_squared(r),
        squared,
        title="‖∇_{W_L}ℓ‖² = ‖Jᵀr‖² ≥ λ_min(JJᵀ)‖r‖² = 2λ_min·ℓ, J = ∂f: a Łojasiewicz inequality",
        source="Section 4; Rayleigh's quotient. Along a run: the whole gradient, and the kernel of the last layer",
        uses=("pl-identity",),
        derive=_pl_lower,
    ),
    Bound(
        "pl-upper",
        squared,
        lambda_max(GRAM) * norm_squared(r),
        title="‖∇ℓ‖² = ‖Jᵀr‖² ≤ λ_max(JJᵀ)‖r‖² = 2λ_max·ℓ: the gradient is bounded by the loss",
        source="Section 4; Rayleigh's quotient. Along a run: the whole gradient, and the Gram matrix of all layers",
        uses=("pl-identity",),
        derive=_pl_upper,
    ),
    Rate(
        "pl-data",
        MeasuredQuantity(
            "λ_min of the last layer's kernel at infinite width, τ → 0, n inputs on a half-circle",
            r"\lambda_{\min}(K)",
        ),
        n,
        -1,
        title="λ_min ∝ 1/n for n inputs δ ∝ 1/n apart on a half-circle: there c·δ·n^{−q} holds with q = 0, not q = 1",
        source="Section 4 has an unconfirmed power n^{−q}; computed here from the closed form of the kernel",
        within=0.05,
        against=(0, -2),
        uses=("pl-lower",),
    ),
    Rate(
        "smoothness-depth",
        MeasuredQuantity("λ_max(G(0)), τ = 1/√L", r"\lambda_{\max}(G(0))"),
        L,
        0,
        title="With τ = 1/√L the largest eigenvalue of the Gram matrix does not grow with the depth, as √L or as L",
        source="Section 4",
        against=(Rational(1, 2), 1),
        assumes=("gaussian-weights",),
        uses=("block-gradient-depth",),
    ),
    Rate(
        "smoothness-vanilla",
        MeasuredQuantity("λ_max(G(0)), without shortcuts", r"\lambda_{\max}(G(0))"),
        layers,
        1,
        title="Without shortcuts it grows in proportion to the number L + 2 of weight matrices A, W_l, W_L",
        source="derived here: every layer contributes O(1)",
        against=(0, Rational(1, 2)),
        assumes=("gaussian-weights",),
    ),
    Bound(
        "linear-rate",
        MeasuredQuantity("ℓ(k+1)/ℓ(k), η = 1/(2λ_max(G(0))), λ = λ_min(G(k))", r"\ell(k+1)/\ell(k)"),
        contraction,
        title="One step of gradient descent on a network multiplies the loss by at most 1 − ηλ_min(G(k))",
        source="Section 4; measured here along 60 steps of networks of 32 blocks",
        assumes=("gaussian-weights",),
        uses=("pl-lower",),
    ),
    Rate(
        "iterations-resnet",
        MeasuredQuantity("T(ε), iterations to ℓ ≤ εℓ(0), τ = 1/√L", r"T(\varepsilon)"),
        L,
        0,
        title="With τ = 1/√L the number of iterations does not grow with the depth, as √L or as L",
        source="Section 4, convergence theorem; measured here to L = 1024",
        against=(Rational(1, 2), 1),
        within=0.2,
        assumes=("gaussian-weights", "separated"),
        uses=("linear-rate", "smoothness-depth"),
    ),
    Bound(
        "iterations-vanilla",
        more_slower,
        MeasuredQuantity(
            f"P(T(ε) without shortcuts > {slower}·T(ε) with them), independent networks",
            rf"\mathbb{{P}}(T(\varepsilon)_{{\text{{vanilla}}}}>{slower}\,T(\varepsilon)_{{\text{{ResNet}}}})",
        ),
        title="Without shortcuts most networks need more than four times the iterations by the same rule, at L = 128",
        source="Section 4; measured here on pairs of networks of width 32, ε = 0.01",
        assumes=("gaussian-weights", "separated"),
        uses=("iterations-resnet", "conditioning"),
    ),
    Bound(
        "tau-range",
        MeasuredQuantity("exp E log(ℓ(T)/ℓ(0)), T = 60, for each τ", r"e^{\mathbb{E}\log(\ell(T)/\ell(0))}"),
        halved,
        title="60 steps of gradient descent halve the loss for τ = 1/L, L^(−3/4), 1/√L, at L = 8, 64, 128",
        source="Section 4: the range of τ; measured here by geometric means over networks, with the step of τ = 1/√L",
        assumes=("gaussian-weights", "separated"),
        uses=("iterations-resnet",),
    ),
    Bound(
        "tau-one",
        most_diverge,
        MeasuredQuantity("P(ℓ(5) > ℓ(0)) at τ = 1", r"\mathbb{P}(\ell(5)>\ell(0))"),
        title="At τ = 1 the same step diverges in at least three of four networks, at L = 64 and 128",
        source="Section 4 and experiments; measured here",
        assumes=("gaussian-weights",),
        uses=("converse",),
    ),
)
