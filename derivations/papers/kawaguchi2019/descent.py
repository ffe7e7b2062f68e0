"""Gradient descent on the last layer and on all layers: the recursion, its best step, gradient domination, movement."""

from __future__ import annotations

from sympy import Abs, Interval, MatrixSymbol, Max, S, Symbol, Transpose, oo
from sympy import Identity as Unit

from derivations.domains import RealMatrices
from derivations.papers.kawaguchi2019.notation import (
    GRAM,
    LARGEST,
    LEAST,
    J,
    L,
    Phi,
    T,
    eta,
    f,
    infimum,
    mu,
    n,
    one,
    p,
    r,
    square_loss,
    v,
    v_end,
    y,
)
from derivations.quantities import MeasuredQuantity
from derivations.spectra import operator_norm, sigma_min
from derivations.statements import Bound, Existence, Gradient, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, norm, norm_squared

a, b = Symbol("a", positive=True), Symbol("b", positive=True)
"""σ_min² and σ_max²."""
lam = Symbol("lambda", positive=True)
"""An eigenvalue of ΦΦᵀ."""
s_0, B, N_0 = Symbol("s_0", positive=True), Symbol("B", positive=True), Symbol("N_0", nonnegative=True)
"""σ_min(Φ(w₀)), the Lipschitz constant of w ↦ Φ(w), and ‖r₀‖."""
path, E = Symbol("ell", positive=True), MatrixSymbol("E", n, p)
"""The length of a path of the hidden parameters, and by how much Φ changes along it."""
R = Symbol("R", positive=True)
"""The distance of the start from a minimiser."""
c = Symbol("c", real=True)
"""The output bias."""

GRADIENT = Transpose(Phi) * (Phi * v - y) / n
STEP = v - eta * GRADIENT
ALL = (norm_squared(Transpose(Phi) * r) + norm_squared(Transpose(J) * r)) / n**2
"""‖∇L‖² in all parameters: those of the last layer, and the hidden ones."""


def _domination() -> Derivation:
    return (
        chain(2 * LEAST / n * square_loss(r))
        .then(inner(r, GRAM * r) / n**2, "Rayleigh", relation="<=")
        .by("facts.rayleigh-min", A=GRAM, x=r)
        .then(norm_squared(Transpose(Phi) * r) / n**2, "rᵀΦΦᵀr = ‖Φᵀr‖²")
        .then(ALL, "a square is not negative", relation="<=")
    )


def _contraction() -> Derivation:
    whole = Unit(n) - eta / n * GRAM
    return (
        chain(norm(r - eta / n * (GRAM * r)))
        .then(norm(whole * r), "a matrix before r")
        .then((1 - eta * LEAST / n) * norm(r), "its eigenvalues lie between 0 and 1 − ησ_min²/n", relation="<=")
        .by("facts.operator-vector", M=whole, x=r)
        .by("facts.symmetric-norm", A=whole)
        .by("facts.weyl-max", A=Unit(n), B=-eta / n * GRAM)
        .by("facts.weyl-min", A=Unit(n), B=-eta / n * GRAM)
        .by("facts.weyl-max", A=GRAM, B=-GRAM)
    )


def _movement() -> Derivation:
    return (
        chain(s_0 / 2)
        .then(s_0 - B * path, "Bℓ ≤ 2BN₀/s₀ ≤ s₀/2", relation="<=")
        .then(sigma_min(Phi) - operator_norm(E), "a Lipschitz map", relation="<=")
        .then(sigma_min(Phi + E), "Weyl, for singular values", relation="<=")
        .by("facts.sigma-perturbation", M=Phi, E=E)
    )


def _rate() -> Derivation:
    put = {"f*": infimum, "f": f, "x": v, "y": v_end, "eta": eta, "mu": mu, "L": L, "d": T}
    return (
        chain(f(v_end) - infimum)
        .then((1 - eta * mu) ** T * (f(v) - infimum), "Polyak and Łojasiewicz", relation="<=")
        .by("facts.pl-linear-rate", put)
    )


def _convex() -> Derivation:
    put = {"f*": infimum, "f": f, "y": v_end, "eta": eta, "L": L, "d": T, "R": R}
    return (
        chain(f(v_end) - infimum)
        .then(R**2 / (2 * eta * (T + 1)), "gradient descent on a convex function", relation="<=")
        .by("facts.convex-rate", put)
    )


STATEMENTS: tuple[Statement, ...] = (
    Gradient(
        "gradient-last",
        v,
        GRADIENT,
        of=square_loss(Phi * v - y),
        title="The gradient of the square loss in the last layer",
        source="definition; derived here",
    ),
    Identity(
        "recursion-last",
        Phi * STEP - y,
        (Unit(n) - eta / n * GRAM) * (Phi * v - y),
        title="A step on the last layer: r⁺ = (I − (η/n)ΦΦᵀ)r",
        source="derived here",
        uses=("gradient-last",),
    ),
    Bound(
        "best-factor",
        Abs(1 - 2 * lam / (a + b)),
        (b - a) / (b + a),
        mark="bookkeeping",
        title="With η = 2n/(σ_max² + σ_min²) every part of r shrinks by (κ − 1)/(κ + 1), κ = σ_max²/σ_min²",
        source="derived here",
        where=(a <= lam, lam <= b),
        sharp_at={lam: a},
        uses=("recursion-last",),
    ),
    Bound(
        "no-better-step",
        (b - a) / (b + a),
        Max(Abs(1 - eta * a / n), Abs(1 - eta * b / n)),
        title="and no step does better",
        source="derived here",
        where=a <= b,
        sharp_at={eta: 2 * n / (a + b)},
        uses=("best-factor",),
    ),
    Bound(
        "contraction-last",
        norm(r - eta / n * (GRAM * r)),
        (1 - eta * LEAST / n) * norm(r),
        title="With η ≤ n/σ_max² a step on the last layer takes the factor 1 − ησ_min²/n off the residual",
        source="derived here",
        where=eta * LARGEST / n <= 1,
        uses=("recursion-last",),
        derive=_contraction,
    ),
    Bound(
        "domination",
        2 * LEAST / n * square_loss(r),
        ALL,
        title="Gradient domination in all parameters: ‖∇L‖² ≥ (2σ_min(Φ)²/n) L",
        source="derived here",
        uses=("gradient-last",),
        derive=_domination,
    ),
    Identity(
        "domination-attained",
        MeasuredQuantity("‖∇L‖² by autograd, v = 0 and y along the last left singular vector", r"\|\nabla L\|^2"),
        MeasuredQuantity("2σ_min²/n·L there", r"\tfrac{2\sigma_{\min}^2}{n}L"),
        title="with equality at output weights 0 and y along the last left singular vector: 2 cannot be raised",
        source="derived here",
        uses=("domination",),
    ),
    Existence(
        "critical-not-global",
        {v: 0 * v, c: inner(one, y) / n},
        (inner(one, y - c * one), inner(Transpose(J) * (Phi * v), Transpose(J) * (Phi * v))),
        title="W = 0, v = 0 and the bias at the mean of y is critical for every width: residuals sum to 0",
        source="derived here; its loss is the variance of y over 2, so that rank Φ = n is needed at the point",
    ),
    Bound(
        "linear-rate",
        f(v_end) - infimum,
        (1 - eta * mu) ** T * (f(v) - infimum),
        title="Hence a linear rate on the last layer: 1 − ημ a step, μ = σ_min²/n for the square loss",
        source="form; after the facts",
        assumes=("smooth", "pl", "infimum", "descent"),
        where=eta * L <= 1,
        uses=("domination",),
        derive=_rate,
    ),
    Bound(
        "convex-rate",
        f(v_end) - infimum,
        R**2 / (2 * eta * (T + 1)),
        title="For every smooth convex loss L_T − L* ≤ ‖v₀ − v*‖²/(2ηT), here after T + 1 steps",
        source="form; after the facts",
        on={R: Interval.open(0, oo), T: S.Naturals0, infimum: S.Reals, v_end: RealMatrices()},
        assumes=("smooth", "convex", "infimum", "descent"),
        where=eta * L <= 1,
        derive=_convex,
    ),
    Bound(
        "movement",
        s_0 / 2,
        sigma_min(Phi + E),
        title="If s₀² ≥ 4B‖r₀‖, a path of length 2‖r₀‖/s₀ leaves σ_min ≥ s₀/2 to the features: no hypothesis on widths",
        source="derived here",
        where=(sigma_min(Phi) >= s_0, operator_norm(E) <= B * path, path <= 2 * N_0 / s_0, s_0**2 >= 4 * B * N_0),
        uses=("domination",),
        derive=_movement,
    ),
    *(
        Bound(
            slug,
            MeasuredQuantity(left, tex_left),
            MeasuredQuantity(right, tex_right),
            title=title,
            source="derived here",
            uses=("domination", "movement"),
            assumes=("warm-start",),
        )
        for slug, left, tex_left, right, tex_right, title in (
            (
                "flow-rank", "s₀/2", r"s_0/2", "σ_min(Φ_t)", r"\sigma_{\min}(\Phi_t)",
                "All layers at once: along gradient flow σ_min(Φ_t) ≥ s₀/2",
            ),
            (
                "flow-rate", "L(t)", "L(t)", "e^{−s₀²t/(2n)} L(0)", r"e^{-s_0^2t/(2n)}L(0)",
                "the loss falls at the rate s₀²/(2n)",
            ),
            (
                "flow-path", "path length up to t", r"\int_0^t\|\nabla L\|", "2‖r₀‖/s₀", r"2\|r_0\|/s_0",
                "and the path is no longer than 2‖r₀‖/s₀",
            ),
        )
    ),
)  # fmt: skip
