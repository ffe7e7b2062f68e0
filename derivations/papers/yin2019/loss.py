"""The population loss of Yin et al. (2019) from its definition, and its true gradients."""

from __future__ import annotations

from sympy import Rational, cos, pi, sin

from derivations.gaussian import Expectation, step
from derivations.papers.yin2019.notation import (
    A,
    D,
    Z,
    c,
    filters,
    half_turn,
    n,
    one,
    output,
    plane_or_more,
    q,
    rho,
    s,
    s_student,
    target,
    theta,
    v,
    v_star,
    w,
    w_star,
)
from derivations.statements import Bound, Gradient, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import angle_between, elementwise, inner, norm, norm_squared, vector

DEFINITION = Expectation((output - target) ** 2 / 2, Z)
"""f = ½ E (y − y*)²."""
LOSS = (norm_squared(v) + s_student**2 - 2 * c * D - 2 * s_student * s + q + s**2) / 8
"""f = ⅛ [vᵀAv − 2vᵀ(cI + 𝟏𝟏ᵀ)v* + v*ᵀAv*]."""
GRADIENT_V = (A * v - c * v_star - s * one) / 4
"""∂_v f."""

h = vector("h", v.shape[0])
weight = vector("W", n)
"""A filter of any norm."""
weight_angle = angle_between(weight, w_star)
u = (w_star - cos(theta) * w) / sin(theta)
"""The unit vector of w*'s part across w: w* = cos θ w + sin θ u."""
GRADIENT_W = -D / (2 * pi * rho) * u
"""∂_w f at the filter ρw, for θ in (0, π)."""


def _from_definition() -> Derivation:
    same, other = Rational(1, 2), Rational(1, 4)
    kernel = (pi - theta) / (2 * pi)
    return (
        chain(DEFINITION)
        .then(
            Expectation(output**2, Z) / 2 - Expectation(output * target, Z) + Expectation(target**2, Z) / 2, "linearity"
        )
        .then(
            (same * norm_squared(v) + other * (s_student**2 - norm_squared(v))) / 2
            - (kernel * D + other * (s_student * s - D))
            + (same * q + other * (s**2 - q)) / 2,
            "patches are independent: E[S Tᵀ] = E[s t] I + E[s] E[t] (𝟏𝟏ᵀ − I)",
            "liu2019.step-kernel",
        )
        .then(LOSS, "collecting terms, with c = 1 − 2θ/π")
    )


OPPOSITE = LOSS.xreplace({v: -10 * v_star})
"""The loss at v = −10v* and any filter that is not 0."""


def _opposite() -> Derivation:
    return (
        chain((q + s**2) / 8 + 10 * q + 15 * s**2)
        .then((q + s**2) / 8 + 25 * (q + s**2) / 2 + 5 * (c * q + s**2) / 2, "c ≥ −1", relation="<=")
        .then(OPPOSITE, "multiplying out")
    )


def _nonnegative() -> Derivation:
    squares = ((1 + c) * norm_squared(v - v_star) + (1 - c) * norm_squared(v + v_star)) / 16
    return (
        chain(0)
        .then(squares + (s_student - s) ** 2 / 8, "squares with weights 1 ± c that are not negative", relation="<=")
        .then(LOSS, "multiplying out")
    )


STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "loss",
        DEFINITION,
        LOSS,
        title="The population loss sees the filter through its angle alone",
        source="Lemma 1",
        on=filters,
        uses=("liu2019.step-kernel",),
        assumes=("gaussian-patches", "unit-teacher"),
        derive=_from_definition,
    ),
    Identity(
        "loss-at-zero",
        Expectation(target**2 / 2, Z),
        (q + s**2) / 8,
        title="At the filter 0, where y = 0, the loss is v*ᵀAv*/8, whatever v is",
        source="Lemma 1",
        on={w_star: filters[w_star]},
        assumes=("gaussian-patches", "unit-teacher"),
    ),
    Bound(
        "minimum-at-zero",
        (q + s**2) / 8 + 10 * q + 15 * s**2,
        OPPOSITE,
        title="v = −10v*, w = 0 is a local minimum: with any filter beside 0 the loss is more than 10‖v*‖² higher",
        source="derived here: against the review version, which says after Lemma 2 that (v, 0) never is one",
        on=half_turn,
        sharp_at={theta: pi},
        uses=("loss", "loss-at-zero"),
        derive=_opposite,
    ),
    Bound(
        "loss-nonnegative",
        0,
        LOSS,
        title="The loss is nowhere below its value 0 at the teacher, θ = 0 and v = v*",
        source="derived here, as a sum of squares",
        on=half_turn,
        sharp_at={theta: 0, v: v_star},
        uses=("loss",),
        derive=_nonnegative,
    ),
    Gradient(
        "gradient-v",
        v,
        GRADIENT_V,
        of=LOSS,
        title="The gradient in v",
        source="Lemma 2",
        on=half_turn,
        uses=("loss",),
    ),
    Identity(
        "expectation-gradient-v",
        Expectation((output - target) * inner(h, elementwise(step, Z * w)), Z),
        inner(h, GRADIENT_V),
        title="Expectation and gradient in v commute: it needs no estimator",
        source="Lemma 4",
        on=filters,
        uses=("gradient-v",),
        assumes=("gaussian-patches", "unit-teacher"),
    ),
    Gradient(
        "gradient-w",
        weight,
        -D
        / (2 * pi)
        * (w_star - inner(weight, w_star) / norm_squared(weight) * weight)
        / (norm(weight) * norm(w_star - inner(weight, w_star) / norm_squared(weight) * weight)),
        of=LOSS.subs(theta, weight_angle),
        title="The true gradient in the filter is −(vᵀv*/(2πρ)) times the unit vector of w*'s part across it",
        source="Lemma 2",
        on={w_star: filters[w_star]} | plane_or_more,
        where=inner(weight, w_star) ** 2 < norm_squared(weight),
        uses=("loss",),
    ),
    Identity(
        "gradient-w-length",
        norm_squared(GRADIENT_W),
        (D / (2 * pi * rho)) ** 2,
        title="The true gradient in the filter does not shrink as θ → 0: its length is |vᵀv*|/(2πρ)",
        source="derived here: f has a kink at θ = 0 unless vᵀv* = 0",
        on=filters | plane_or_more,
        where=(theta > 0, theta < pi),
        uses=("gradient-w",),
    ),
)
