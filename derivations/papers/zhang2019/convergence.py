"""Convergence: a Łojasiewicz inequality from the last layers, smoothness, and a rate that does not see the depth."""

from __future__ import annotations

from sympy import Interval, Rational, S, Symbol, Trace, Transpose, oo

from derivations.papers.zhang2019.notation import L, m
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Identity, Rate, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, vector

n = Symbol("n", integer=True, positive=True)
"""Number of inputs."""
r1, r2 = Symbol("r_1", real=True), Symbol("r_2", real=True)
"""Residuals f(x_i) − y_i of two inputs."""
s1, s2, h1, h2 = (vector(name, m) for name in ("s_1", "s_2", "h_1", "h_2"))
"""Signals D_l b and hidden vectors h_{l−1} of two inputs."""
gradient = r1 * s1 * Transpose(h1) + r2 * s2 * Transpose(h2)

N = Symbol("N", nonnegative=True)
"""‖f − y‖²."""
G = Symbol("G", nonnegative=True)
"""‖∇ℓ‖² = (f − y)ᵀG(f − y)."""
lam, Lam = Symbol("lambda", positive=True), Symbol("Lambda", positive=True)
"""λ_min and λ_max of the Gram matrix of gradients."""
loss, later = Symbol("ell", nonnegative=True), Symbol("ell_+", nonnegative=True)
"""ℓ = ½‖f − y‖² before and after a step."""
eta, kappa = Symbol("eta", positive=True), Symbol("kappa", positive=True)
"""Step size, and ηβ with the smoothness β along the step."""


def _rate() -> Derivation:
    return (
        chain(later)
        .then(loss - eta * (1 - kappa / 2) * G, "smoothness along the step", relation="<=")
        .then(loss - eta / 2 * G, "κ = ηβ ≤ 1", relation="<=")
        .then((1 - eta * lam) * loss, "‖∇ℓ‖² ≥ 2λℓ", "pl-lower", relation="<=")
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
        2 * lam * loss,
        G,
        title="‖∇ℓ‖² ≥ 2λ_min(G)ℓ: the last layer alone gives a Łojasiewicz inequality",
        source="Section 4",
        where=(lam * N <= G, 2 * loss <= N),
        uses=("pl-identity",),
        derive=lambda: (
            chain(2 * lam * loss)
            .then(lam * N, "ℓ = ½‖f − y‖²", relation="<=")
            .then(G, "rᵀGr ≥ λ_min‖r‖²", relation="<=")
        ),
    ),
    Bound(
        "pl-upper",
        G,
        2 * Lam * loss,
        title="‖∇ℓ‖² ≤ 2λ_max(G)ℓ: the gradient is bounded by the loss",
        source="Section 4",
        where=(Lam * N >= G, 2 * loss >= N),
        uses=("pl-identity",),
        derive=lambda: (
            chain(G)
            .then(Lam * N, "rᵀGr ≤ λ_max‖r‖²", relation="<=")
            .then(2 * Lam * loss, "ℓ = ½‖f − y‖²", relation="<=")
        ),
    ),
    Rate(
        "pl-data",
        MeasuredQuantity("λ_min of the last layer's kernel, n inputs on a half-circle", r"\lambda_{\min}(K)"),
        n,
        -1,
        title="λ_min ∝ 1/n for n inputs δ ∝ 1/n apart on a half-circle: there c·δ·n^{−q} holds with q = 0",
        source="Section 4 has an unconfirmed power n^{−q}; measured here",
        within=0.05,
        uses=("pl-lower",),
    ),
    Rate(
        "smoothness-depth",
        MeasuredQuantity("λ_max(G(0)), τ = 1/√L", r"\lambda_{\max}(G(0))"),
        L,
        0,
        title="With τ = 1/√L the largest eigenvalue of the Gram matrix does not depend on the depth",
        source="Section 4",
        within=0.15,
        assumes=("gaussian-weights",),
        uses=("block-gradient-depth",),
    ),
    Rate(
        "smoothness-vanilla",
        MeasuredQuantity("λ_max(G(0)), without shortcuts", r"\lambda_{\max}(G(0))"),
        L,
        1,
        title="Without shortcuts it grows with the number of layers, so that the step must shrink",
        source="derived here: every layer contributes O(1)",
        within=0.6,
        assumes=("gaussian-weights",),
    ),
    Bound(
        "linear-rate",
        later,
        (1 - eta * lam) * loss,
        title="One step of gradient descent with η ≤ 1/β multiplies the loss by at most 1 − ηλ_min(G)",
        source="Section 4",
        on={lam: Interval.open(0, oo), kappa: Interval.Lopen(0, 1)},
        where=(later <= loss - eta * (1 - kappa / 2) * G, 2 * lam * loss <= G),
        uses=("pl-lower",),
        derive=_rate,
    ),
    Rate(
        "iterations-resnet",
        MeasuredQuantity("T(ε), iterations to ℓ ≤ εℓ(0), τ = 1/√L", r"T(\varepsilon)"),
        L,
        0,
        title="With τ = 1/√L the number of iterations does not depend on the depth, L = 8 … 1024",
        source="Section 4, convergence theorem",
        within=0.2,
        assumes=("gaussian-weights", "separated"),
        uses=("linear-rate", "smoothness-depth"),
    ),
    Bound(
        "iterations-vanilla",
        MeasuredQuantity("4·T(ε) with shortcuts, L = 128", r"4\,T(\varepsilon)\ \text{(ResNet)}"),
        MeasuredQuantity("T(ε) without shortcuts (or the limit of steps)", r"T(\varepsilon)\ \text{(vanilla)}"),
        title="Without shortcuts the same rule for the step needs many times more iterations",
        source="Section 4",
        assumes=("gaussian-weights", "separated"),
        uses=("iterations-resnet", "conditioning"),
    ),
    Bound(
        "tau-range",
        MeasuredQuantity("largest ℓ(T)/ℓ(0) over τ = 1/L … 1/√L", r"\max \ell(T)/\ell(0)"),
        Rational(1, 2),
        title="Gradient descent converges for every τ from 1/L to 1/√L, at every depth",
        source="Section 4: the range of τ",
        assumes=("gaussian-weights", "separated"),
        uses=("iterations-resnet",),
    ),
    Bound(
        "tau-one",
        S.One,
        MeasuredQuantity("least ℓ(T)/ℓ(0) at τ = 1, L ≥ 64", r"\min \ell(T)/\ell(0)"),
        title="At τ = 1 the same step diverges from L = 64 on",
        source="Section 4 and experiments",
        uses=("converse",),
    ),
)
