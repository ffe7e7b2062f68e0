"""Straight-through estimators: the coarse gradient E Zᵀ(μ′(Zw)⊙v)(y − y*), which puts μ′ in the place of σ′."""

from __future__ import annotations

from typing import Any

from sympy import Derivative, HadamardProduct, Rational, Symbol, cos, cot, exp, pi, sin, sqrt

from derivations.gaussian import Expectation, step
from derivations.papers.yin2019.loss import GRADIENT_W, u
from derivations.papers.yin2019.notation import (
    D,
    Z,
    b,
    density,
    distribution,
    filters,
    half_turn,
    inside,
    output,
    plane_or_more,
    rho,
    s,
    s_student,
    target,
    theta,
    v,
    w,
    w_star,
)
from derivations.statements import Bound, Identity, Statement
from derivations.vectors import elementwise, inner, norm_squared

alpha, beta = Symbol("alpha", real=True), Symbol("beta", real=True)
"""z·w and z·u for a patch z: independent standard Gaussians, and z·w* = cos θ α + sin θ β."""
r = Symbol("r", positive=True)
"""r = 1/ρ, where the clipped ReLU stops."""

HEIGHT = norm_squared(v) + s_student**2 - s * s_student + D
"""h = ‖v‖² + (𝟏ᵀv)² − s𝟏ᵀv + vᵀv*."""
RELU = (HEIGHT * w - D * (w + w_star)) / (2 * sqrt(2 * pi))
"""E g of the ReLU estimator, μ′ = 1{x > 0}."""
IDENTITY = (norm_squared(v) * w - D * w_star) / sqrt(2 * pi)
"""E g of the identity estimator, μ′ = 1."""

positive = step(cos(theta) * alpha + sin(theta) * beta)
"""σ(z·w*)."""
TANGENTIAL_CLIPPED = sin(theta) / sqrt(2 * pi) * (distribution(r / sin(theta)) - Rational(1, 2))
"""T of the clipped ReLU, μ′ = 1{0 < x < 1}."""
RADIAL_CLIPPED = (
    1 / (2 * sqrt(2 * pi))
    - density(r) * distribution(r * cot(theta))
    + cos(theta) / sqrt(2 * pi) * (distribution(r / sin(theta)) - Rational(1, 2))
)
"""Q of the clipped ReLU: its E[μ′(ρα) α σ(z·w*)]."""


def clipped(x: Any) -> Any:
    """μ′(ρx) of the clipped ReLU: 1 for 0 < ρx < 1, by r = 1/ρ."""
    return step(x) * step(r - x)


CLIPPED = (HEIGHT * (1 - exp(-(r**2) / 2)) / (2 * sqrt(2 * pi)) - D * RADIAL_CLIPPED) * w - D * TANGENTIAL_CLIPPED * u
"""E g of the clipped ReLU estimator at the filter w/r."""


def _coarse(row: Any) -> Any:
    """E⟨b, g⟩ for an estimator whose μ′(Zw)⊙(Zb) is `row`."""
    return Expectation(inner(v, row) * (output - target), Z)


STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "coarse-relu",
        _coarse(HadamardProduct(elementwise(step, Z * w), Z * b)),
        inner(b, RELU),
        title="The coarse gradient of the ReLU estimator",
        source="Lemma 4; without the singular form (w + w*)/‖w + w*‖, derived here",
        on=filters,
        assumes=("gaussian-patches", "unit-teacher"),
    ),
    Identity(
        "coarse-identity",
        _coarse(Z * b),
        inner(b, IDENTITY),
        title="The coarse gradient of the identity estimator",
        source="Lemma 7",
        on=filters,
        assumes=("gaussian-patches", "unit-teacher"),
    ),
    Identity(
        "tangential-relu",
        Expectation(beta * step(alpha) * positive, (alpha, beta)),
        sin(theta) / (2 * sqrt(2 * pi)),
        title="How far the ReLU estimator turns the filter: T = sin θ/(2√(2π))",
        source="derived here",
        on=half_turn,
    ),
    Identity(
        "tangential-identity",
        Expectation(beta * positive, (alpha, beta)),
        sin(theta) / sqrt(2 * pi),
        title="The identity estimator turns the filter by exactly twice as much: T = sin θ/√(2π)",
        source="derived here",
        on=half_turn,
        uses=("tangential-relu",),
    ),
    Identity(
        "mean-clipped",
        Expectation(alpha * clipped(alpha), alpha),
        (1 - exp(-(r**2) / 2)) / sqrt(2 * pi),
        title="What the clipped ReLU keeps of a pre-activation: p₁ = (1 − e^{−1/(2ρ²)})/√(2π)",
        source="derived here",
    ),
    Identity(
        "tangential-clipped",
        Expectation(clipped(alpha) * density(alpha * cot(theta)), alpha),
        TANGENTIAL_CLIPPED,
        title="How far the clipped ReLU turns the filter: T = E μ′(ρα)φ(α cot θ)",
        source="published as an integral over angles; closed form derived here",
        on=inside,
    ),
    Identity(
        "radial-clipped-slope",
        Derivative(RADIAL_CLIPPED, r),
        r * density(r) * distribution(r * cot(theta)),
        title="Q of the clipped ReLU is the integral of αφ(α)Φ(α cot θ) from 0 to 1/ρ: its derivative",
        source="published as an integral over angles; closed form derived here",
        on=inside,
    ),
    Identity(
        "radial-clipped",
        Expectation(alpha * clipped(alpha) * distribution(alpha * cot(theta)), alpha),
        RADIAL_CLIPPED,
        title="What the clipped ReLU sees of the teacher along the filter: Q = E μ′(ρα)αΦ(α cot θ)",
        source="published as an integral over angles; closed form derived here",
        on=inside,
        uses=("radial-clipped-slope",),
    ),
    Identity(
        "coarse-clipped",
        _coarse(HadamardProduct(elementwise(clipped, Z * w), Z * b)),
        inner(b, CLIPPED),
        title="The coarse gradient of the clipped ReLU estimator, in closed form",
        source="published as integrals over angles; derived here",
        on=filters,
        where=(theta > 0, theta < pi),
        uses=("mean-clipped", "tangential-clipped", "radial-clipped"),
        assumes=("gaussian-patches", "unit-teacher"),
    ),
    Identity(
        "correlation-relu",
        inner(RELU, GRADIENT_W),
        sin(theta) * D**2 / (2 * sqrt(2 * pi) ** 3 * rho),
        title="The ReLU estimator's inner product with the true gradient",
        source="Lemma 5",
        on=filters | plane_or_more,
        where=(theta > 0, theta < pi),
        uses=("coarse-relu", "gradient-w"),
    ),
    Identity(
        "correlation-identity",
        inner(IDENTITY, GRADIENT_W),
        sin(theta) * D**2 / (sqrt(2 * pi) ** 3 * rho),
        title="The identity estimator's inner product with the true gradient: never negative, twice that of ReLU",
        source="Lemma 8",
        on=filters | plane_or_more,
        where=(theta > 0, theta < pi),
        uses=("coarse-identity", "gradient-w", "correlation-relu"),
    ),
    Bound(
        "tangential-clipped-positive",
        0,
        TANGENTIAL_CLIPPED,
        title="The clipped ReLU, too, never turns away from the true gradient: its T is not negative",
        source="derived here; ⟨E g, ∂_w f⟩ = D²T/(2πρ) for every estimator",
        on=inside,
        uses=("tangential-clipped",),
    ),
    Bound(
        "tangential-clipped-less",
        TANGENTIAL_CLIPPED,
        sin(theta) / (2 * sqrt(2 * pi)),
        title="and less than the ReLU does: T ≤ sin θ/(2√(2π)), which it tends to as ρ → 0",
        source="derived here",
        on=inside,
        uses=("tangential-clipped", "tangential-relu"),
    ),
)
