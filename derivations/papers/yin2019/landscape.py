"""The landscape of Yin et al. (2019): the minimiser in v, critical points, and which of them estimators leave."""

from __future__ import annotations

from typing import Any

from sympy import Inverse, pi, sqrt

from derivations.papers.yin2019.estimators import IDENTITY, RELU
from derivations.papers.yin2019.loss import GRADIENT_V, GRADIENT_W, LOSS
from derivations.papers.yin2019.notation import (
    A,
    c,
    filters,
    half_turn,
    m,
    one,
    plane_or_more,
    q,
    rho,
    s,
    theta,
    v,
    v_star,
    w,
    w_star,
)
from derivations.statements import Bound, Existence, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, norm_squared, vector

MINIMISER = c * v_star + (1 - c) * s / (m + 1) * one
"""v(θ), the minimiser of the loss in v at a given angle."""
SPURIOUS = 2 * s / (m + 1) * one - v_star
"""v_s, the output weights of the spurious minimum, at θ = π."""
KAPPA = s**2 * (m - 1) / (m + 1) ** 2
"""κ, by which an estimator that sees negative pre-activations misses the spurious minimum."""

h = vector("h", m)
d = vector("d", m)


def at(expression: Any, output: Any, angle: Any) -> Any:
    """An expression in v and θ at output weights and an angle."""
    return expression.subs(theta, angle).xreplace({v: output})


def _basin() -> Derivation:
    """f(v_s, π) ≤ f(v_s + d, π) ≤ f(v_s + d, θ) where (v_s + d)ᵀv* ≤ 0."""
    quadratic = (norm_squared(d) + inner(one, d) ** 2) / 8
    return (
        chain(at(LOSS, SPURIOUS, pi))
        .then(at(LOSS, SPURIOUS, pi) + quadratic, "a sum of squares", relation="<=")
        .then(
            at(LOSS, SPURIOUS, pi) + quadratic - (pi - theta) / (2 * pi) * inner(SPURIOUS + d, v_star),
            "θ ≤ π, and the inner product is not positive",
            relation="<=",
        )
        .then(at(LOSS, SPURIOUS + d, theta), "the expansion about the spurious point", "spurious-expansion")
    )


STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "hessian-v-lower",
        norm_squared(h) / 4,
        inner(h, A * h) / 4,
        title="The Hessian A/4 of the loss in v is at least 1/4, which it is across 𝟏",
        source="derived here",
        uses=("gradient-v",),
    ),
    Bound(
        "hessian-v-upper",
        inner(h, A * h) / 4,
        (m + 1) / 4 * norm_squared(h),
        title="The Hessian A/4 of the loss in v is at most (m + 1)/4, which it is along 𝟏",
        source="derived here",
        sharp_at={h: one},
        uses=("gradient-v",),
    ),
    Bound(
        "best-step",
        norm_squared(h - 2 / (m + 2) * (A * h)),
        (m / (m + 2)) ** 2 * norm_squared(h),
        title="With η = 8/(m + 2) a step in v contracts the distance to the minimiser by m/(m + 2)",
        source="derived here",
        sharp_at={h: one},
        uses=("hessian-v-lower", "hessian-v-upper"),
    ),
    Identity(
        "minimiser-v",
        GRADIENT_V,
        A * (v - MINIMISER) / 4,
        title="The gradient in v is A(v − v(θ))/4: v(θ) = c v* + (1 − c)s/(m + 1)·𝟏 is the minimiser at a fixed filter",
        source="derived here",
        on=half_turn,
        uses=("gradient-v",),
    ),
    Identity(
        "reduced-loss",
        LOSS.xreplace({v: MINIMISER}),
        (1 - c) * ((1 + c) * q + (1 - c) * s**2 / (m + 1)) / 8,
        title="The loss along v(θ), concave in θ: between its ends is one maximum and nothing else",
        source="derived here",
        on=half_turn,
        uses=("loss", "minimiser-v"),
    ),
    Identity(
        "saddle-angle",
        inner(MINIMISER, v_star),
        q - 2 * theta / pi * (q - s**2 / (m + 1)),
        title="v(θ)ᵀv* is linear in θ: it vanishes at θ_s = (π/2)/(1 − τ), τ = s²/((m + 1)q), a saddle iff τ < ½",
        source="Proposition 1; this form derived here",
        on=half_turn,
        uses=("minimiser-v",),
    ),
    Identity(
        "saddle-schur",
        inner(v_star, Inverse(A) * v_star) / pi**2,
        (q - s**2 / (m + 1)) / pi**2,
        title="At the saddle the Hessian in (v, θ) has the Schur complement −(q − s²/(m + 1))/π²: it bends down",
        source="derived here",
        uses=("gradient-v", "saddle-angle"),
    ),
    Existence(
        "spurious-point",
        {theta: pi, v: SPURIOUS},
        (GRADIENT_V,),
        title="The gradient in v vanishes at the spurious point v_s = 2s/(m + 1)·𝟏 − v*, θ = π",
        source="Proposition 1",
        uses=("gradient-v", "minimiser-v"),
    ),
    Identity(
        "spurious-inner",
        inner(SPURIOUS, v_star),
        2 * s**2 / (m + 1) - q,
        title="v_sᵀv*, which is negative iff τ < ½",
        source="derived here",
        uses=("spurious-point",),
    ),
    Identity(
        "spurious-length",
        norm_squared(SPURIOUS),
        q - 4 * s**2 / (m + 1) ** 2,
        title="‖v_s‖², which is never more than ‖v*‖²",
        source="derived here",
        uses=("spurious-point",),
    ),
    Identity(
        "spurious-loss",
        at(LOSS, SPURIOUS, pi),
        s**2 / (2 * (m + 1)),
        title="The loss at the spurious point, 0 iff 𝟏ᵀv* = 0",
        source="derived here",
        uses=("loss", "spurious-point"),
    ),
    Identity(
        "spurious-expansion",
        at(LOSS, SPURIOUS + d, theta) - at(LOSS, SPURIOUS, pi),
        (norm_squared(d) + inner(one, d) ** 2) / 8 - (pi - theta) / (2 * pi) * inner(SPURIOUS + d, v_star),
        title="The loss about the spurious point, exactly",
        source="derived here",
        on=half_turn,
        uses=("spurious-loss",),
    ),
    Bound(
        "spurious-basin",
        at(LOSS, SPURIOUS, pi),
        at(LOSS, SPURIOUS + d, theta),
        title="Where vᵀv* ≤ 0 the loss is nowhere below that of the spurious point, a neighbourhood of it if τ < ½",
        source="Proposition 1; derived here",
        on=half_turn,
        where=inner(SPURIOUS + d, v_star) <= 0,
        uses=("spurious-expansion", "spurious-inner"),
        derive=_basin,
    ),
    Existence(
        "relu-rests-at-spurious",
        {v: SPURIOUS, w: -w_star},
        (RELU,),
        title="The coarse gradient of ReLU vanishes at the spurious minimum",
        source="after Lemma 6; derived here",
        on={w_star: filters[w_star]},
        uses=("coarse-relu", "spurious-point"),
    ),
    Identity(
        "identity-leaves-spurious",
        IDENTITY.xreplace({v: SPURIOUS, w: -w_star}),
        -2 * KAPPA / sqrt(2 * pi) * w_star,
        title="That of the identity does not: it is 2κ/√(2π) along the filter, κ = (m − 1)s²/(m + 1)²",
        source="Lemma 7",
        on={w_star: filters[w_star]},
        uses=("coarse-identity", "spurious-length", "spurious-inner"),
    ),
    Existence(
        "all-rest-at-teacher",
        {v: v_star, w: w_star},
        (RELU, IDENTITY),
        title="At the teacher both vanish",
        source="after Lemma 6; derived here",
        on={w_star: filters[w_star]},
        uses=("coarse-relu", "coarse-identity"),
    ),
    Identity(
        "relu-radial",
        2 * sqrt(2 * pi) * inner(RELU.xreplace({v: MINIMISER}), w),
        (c - inner(w, w_star)) * inner(MINIMISER, v_star),
        title="On v(θ) the ReLU estimator's part along the filter is (c − cos θ)vᵀv*/(2√(2π))",
        source="derived here: d ln ρ/dθ = (c − cos θ)/sin θ",
        on=filters,
        uses=("coarse-relu", "minimiser-v"),
    ),
    Bound(
        "coarse-by-true",
        norm_squared(RELU.xreplace({v: MINIMISER})),
        sqrt(2 * pi) * rho / 2 * inner(RELU, GRADIENT_W).xreplace({v: MINIMISER}),
        title="On v(θ), ‖E g‖² ≤ (√(2π)ρ/2)⟨E g, ∂_w f⟩: no constant without an upper bound on the norm will do",
        source="(12), printed with a constant that depends on a bound on ‖v‖ alone; sharp factor derived here",
        on=filters | plane_or_more,
        where=(theta > 0, theta < pi),
        sharp_at={theta: pi / 2},
        uses=("relu-radial", "correlation-relu"),
    ),
)
