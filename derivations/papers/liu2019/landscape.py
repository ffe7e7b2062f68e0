"""The landscape of Liu et al. (2019): the spurious optimum, when it exists, and all critical points."""

from __future__ import annotations

from typing import Any

from sympy import Derivative, Inverse, cos, pi, sin
from sympy import Identity as IdentityMatrix

from derivations.calculus.differentials import gradient
from derivations.papers.liu2019.gradients import GRADIENT_A, GRADIENT_PHI
from derivations.papers.liu2019.loss import LOSS
from derivations.papers.liu2019.notation import (
    J,
    M,
    a,
    a_star,
    aligned,
    eye,
    g,
    half_turn,
    k,
    n_star,
    one,
    phi,
    s_star,
)
from derivations.statements import Bound, Existence, Gradient, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, norm_squared, vector

SPURIOUS = Inverse(M) * (J - eye) * a_star
"""a_s, the output weights of the spurious optimum."""
CRITICAL = Inverse(M) * (J + (g - 1) * eye) * a_star
"""a(φ), the minimiser of the loss in a at a given angle."""
SPURIOUS_INNER = (pi / (k + pi - 1) * s_star**2 - n_star) / (pi - 1)
SPURIOUS_LOSS = (
    pi * (pi - 2) / (pi - 1) * (n_star - s_star**2 / k) + pi * (2 * k + pi - 2) / (k + pi - 1) * s_star**2 / k
) / (4 * pi)

h = vector("h", k)
d = vector("d", k)

CROSS = gradient(GRADIENT_PHI, a)
"""∂_φ∇_a L."""
FOLLOWING = -2 * pi * Inverse(M) * CROSS
"""How a moves with φ where ∇_a L stays as it is."""


def _loss(output: Any, angle: Any) -> Any:
    return LOSS.subs(phi, angle).xreplace({a: output})


def _basin() -> Derivation:
    """L(π, a_s) ≤ L(π, a_s + d) ≤ L(φ, a_s + d) where (a_s + d)ᵀa* ≤ 0."""
    quadratic = (inner(one, d) ** 2 + (pi - 1) * norm_squared(d)) / (4 * pi)
    return (
        chain(_loss(SPURIOUS, pi))
        .then(_loss(SPURIOUS, pi) + quadratic, "a sum of squares", relation="<=")
        .then(
            _loss(SPURIOUS, pi) + quadratic - g / (2 * pi) * inner(SPURIOUS + d, a_star),
            "g ≥ 0 and the inner product is not positive",
            "g-decreasing",
            relation="<=",
        )
        .then(_loss(SPURIOUS + d, phi), "the expansion about the spurious point", "spurious-expansion")
    )


STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "sherman-morrison",
        M * (eye - J / (k + pi - 1)) / (pi - 1),
        IdentityMatrix(k),
        title="The inverse of 𝟏𝟏ᵀ + (π − 1)I",
        source="Sherman and Morrison; used in the appendix",
    ),
    Existence(
        "spurious-point",
        {phi: pi, a: SPURIOUS},
        (GRADIENT_A, GRADIENT_PHI),
        title="The gradient vanishes at the spurious point",
        source="Section 2, spurious local optimum",
        uses=("gradient-a", "gradient-phi", "sherman-morrison"),
    ),
    Identity(
        "spurious-inner",
        inner(SPURIOUS, a_star),
        SPURIOUS_INNER,
        title="a_sᵀa* in the invariants of the teacher",
        source="derived here",
        uses=("sherman-morrison", "spurious-point"),
    ),
    Identity(
        "spurious-criterion",
        inner(SPURIOUS, a_star),
        pi / ((pi - 1) * (k + pi - 1)) * (s_star**2 - (k + pi - 1) / pi * n_star),
        title="a_sᵀa* is a positive multiple of (𝟏ᵀa*)² − ‖a*‖²(k + π − 1)/π",
        source="derived here",
        uses=("spurious-inner",),
        mark="bookkeeping",
    ),
    Identity(
        "spurious-loss",
        _loss(SPURIOUS, pi),
        SPURIOUS_LOSS,
        title="The loss at the spurious point",
        source="derived here",
        uses=("loss", "spurious-point"),
    ),
    Existence(
        "spurious-hessian",
        {phi: pi, a: SPURIOUS},
        (
            Derivative(LOSS, (phi, 2)),
            CROSS,
        ),
        title="At the spurious point ∂²L/∂φ² and ∂_φ∇_a L vanish",
        source="derived here: with hessian-a, the Hessian is degenerate in v, so that the third order decides",
        uses=("spurious-point", "gradient-phi"),
    ),
    Gradient(
        "hessian-a",
        a,
        M * h / (2 * pi),
        of=inner(h, GRADIENT_A),
        title="The Hessian of the loss in a is M/2π",
        source="derived here",
        on=half_turn,
        uses=("gradient-a",),
    ),
    Bound(
        "hessian-a-lower",
        (pi - 1) / (2 * pi) * norm_squared(h),
        inner(h, M * h) / (2 * pi),
        title="The Hessian M/2π of the loss in a is at least (π − 1)/2π",
        source="derived here",
        uses=("hessian-a",),
    ),
    Bound(
        "hessian-a-upper",
        inner(h, M * h) / (2 * pi),
        (k + pi - 1) / (2 * pi) * norm_squared(h),
        title="The Hessian M/2π of the loss in a is at most (k + π − 1)/2π, which it is along 𝟏",
        source="derived here",
        sharp_at={h: one},
        uses=("hessian-a",),
    ),
    Identity(
        "spurious-expansion",
        _loss(SPURIOUS + d, phi) - _loss(SPURIOUS, pi),
        (inner(one, d) ** 2 + (pi - 1) * norm_squared(d)) / (4 * pi) - g / (2 * pi) * inner(SPURIOUS + d, a_star),
        title="The loss about the spurious point, exactly",
        source="derived here",
        on=half_turn,
        uses=("spurious-loss", "spurious-point"),
    ),
    Bound(
        "spurious-basin",
        _loss(SPURIOUS, pi),
        _loss(SPURIOUS + d, phi),
        title="Where aᵀa* ≤ 0 the loss is nowhere below that of the spurious point",
        source="derived here; a neighbourhood of the spurious point has aᵀa* ≤ 0 if a_sᵀa* < 0",
        on=half_turn,
        where=inner(SPURIOUS + d, a_star) <= 0,
        derive=_basin,
        uses=("spurious-expansion",),
    ),
    Identity(
        "critical-a",
        GRADIENT_A,
        M * (a - CRITICAL) / (2 * pi),
        title="∇_a L is M(a − a(φ))/2π",
        source="derived here; it vanishes at a(φ) only, since M is positive definite",
        mark="bookkeeping",
        on=half_turn,
        uses=("gradient-a", "sherman-morrison"),
    ),
    Existence(
        "critical-teacher",
        {phi: 0, a: a_star},
        (GRADIENT_A, GRADIENT_PHI),
        title="The gradient vanishes at the teacher",
        source="derived here",
        uses=("gradient-a", "gradient-phi"),
    ),
    Identity(
        "critical-angle",
        inner(CRITICAL, a_star),
        (1 - g / pi) * inner(SPURIOUS, a_star) + g / pi * n_star,
        title="a(φ)ᵀa* lies between a_sᵀa* and ‖a*‖², in the proportion g/π",
        source="derived here",
        on=half_turn,
        uses=("critical-a", "spurious-inner"),
    ),
    Bound(
        "critical-monotone",
        Derivative(inner(CRITICAL, a_star), phi),
        -(pi - phi) * sin(phi) * n_star / (k + pi - 1),
        title="a(φ)ᵀa* falls on (0, π), by at least (π − φ) sin φ ‖a*‖²/(k + π − 1)",
        source="derived here: with critical-angle, it vanishes at one angle if a_sᵀa* < 0 and at none if a_sᵀa* > 0",
        on=half_turn,
        sharp_at={a_star: one},
        uses=("critical-angle", "hessian-a-upper"),
    ),
    Identity(
        "saddle-schur",
        inner(CROSS, 2 * pi * Inverse(M) * CROSS),
        ((pi - phi) * sin(phi)) ** 2 / (2 * pi) * inner(a_star, Inverse(M) * a_star),
        title="What the cross term ∂_φ∇_a L takes off ∂²L/∂φ² when a follows: the Schur complement of M/2π",
        source="derived here",
        on=half_turn,
        uses=("gradient-phi", "critical-angle"),
    ),
    Bound(
        "saddle-strict",
        Derivative(LOSS, (phi, 2)) + 2 * inner(CROSS, FOLLOWING) + inner(FOLLOWING, M * FOLLOWING) / (2 * pi),
        ((pi - phi) * cos(phi) - sin(phi)) / (2 * pi) * aligned
        - ((pi - phi) * sin(phi)) ** 2 / (2 * pi) * n_star / (k + pi - 1),
        title="Where aᵀa* = 0 the loss bends down along φ̇ = 1, ȧ = −2πM⁻¹∂_φ∇_a L, by a stated amount at least",
        source="derived here: a critical point with 0 < φ < π has aᵀa* = 0, and is a strict saddle",
        on=half_turn,
        sharp_at={a_star: one},
        uses=("saddle-schur", "hessian-a-upper"),
    ),
)
