"""The landscape of Liu et al. (2019): the spurious optimum, when it exists, and all critical points."""

from __future__ import annotations

from typing import Any

from sympy import Derivative, Inverse, pi, sin
from sympy import Identity as IdentityMatrix

from derivations.calculus.differentials import gradient
from derivations.papers.liu2019.gradients import GRADIENT_A, GRADIENT_PHI
from derivations.papers.liu2019.loss import LOSS
from derivations.papers.liu2019.notation import (
    J,
    M,
    a,
    a_star,
    at_angle,
    eye,
    g,
    half_turn,
    k,
    n_star,
    one,
    phi,
    s_star,
)
from derivations.statements import Bound, Existence, Identity, Statement
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
        pi * n_star / ((pi - 1) * (k + pi - 1)) * (s_star**2 / n_star - (k + pi - 1) / pi),
        title="a_sᵀa* < 0 exactly if (𝟏ᵀa*)²/‖a*‖² < (k + π − 1)/π",
        source="derived here",
        where=n_star >= k / 1000,
        uses=("spurious-inner",),
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
            gradient(GRADIENT_PHI, a),
            gradient(inner(h, GRADIENT_A), a) - M * h / (2 * pi),
        ),
        title="The Hessian at the spurious point: M/2π in a, zero in the angle and across",
        source="derived here: positive semidefinite and degenerate in v, so the third order decides",
        uses=("spurious-point", "gradient-a"),
    ),
    Bound(
        "hessian-a-lower",
        (pi - 1) / (2 * pi) * norm_squared(h),
        inner(h, M * h) / (2 * pi),
        title="The smallest eigenvalue of the Hessian in a is (π − 1)/2π",
        source="derived here",
    ),
    Bound(
        "hessian-a-upper",
        inner(h, M * h) / (2 * pi),
        (k + pi - 1) / (2 * pi) * norm_squared(h),
        title="The largest eigenvalue of the Hessian in a is (k + π − 1)/2π",
        source="derived here",
        sharp_at={h: one},
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
        title="The spurious point is the lowest with aᵀa* ≤ 0: a local minimum if a_sᵀa* < 0",
        source="derived here; the converse is spurious-expansion at d = 0, where the loss falls if a_sᵀa* > 0",
        on=half_turn,
        where=inner(SPURIOUS + d, a_star) <= 0,
        derive=_basin,
        uses=("spurious-criterion",),
    ),
    Identity(
        "critical-a",
        GRADIENT_A,
        M * (a - CRITICAL) / (2 * pi),
        title="∇_a L vanishes at a(φ) only",
        source="derived here",
        on=half_turn,
        uses=("gradient-a", "sherman-morrison"),
    ),
    Existence(
        "critical-ends",
        {phi: 0},
        (CRITICAL - a_star, at_angle(CRITICAL, pi) - SPURIOUS),
        title="Critical points at the ends: a(0) = a*, a(π) = a_s",
        source="derived here",
        uses=("critical-a",),
    ),
    Identity(
        "critical-angle",
        inner(CRITICAL, a_star),
        (1 - g / pi) * inner(SPURIOUS, a_star) + g / pi * n_star,
        title="Every other critical point: a(φ)ᵀa* = 0, at one angle in (0, π) if a_sᵀa* < 0 and at none if it is > 0",
        source="derived here; g decreases from π to 0",
        on=half_turn,
        uses=("critical-a", "spurious-inner", "g-decreasing"),
    ),
    Identity(
        "saddle-schur",
        inner(gradient(GRADIENT_PHI, a), 2 * pi * Inverse(M) * gradient(GRADIENT_PHI, a)),
        ((pi - phi) * sin(phi)) ** 2 / (2 * pi) * inner(a_star, Inverse(M) * a_star),
        title="What the cross term takes off ∂²L/∂φ² = 0 where a(φ)ᵀa* = 0",
        source="derived here: the Schur complement of M/2π in the Hessian",
        on=half_turn,
        uses=("gradient-phi", "critical-angle"),
    ),
    Bound(
        "saddle-strict",
        ((pi - phi) * sin(phi)) ** 2 / (2 * pi) * n_star / (k + pi - 1),
        ((pi - phi) * sin(phi)) ** 2 / (2 * pi) * inner(a_star, Inverse(M) * a_star),
        title="That critical point is a strict saddle",
        source="derived here",
        on=half_turn,
        sharp_at={a_star: one},
        uses=("saddle-schur", "hessian-a-upper"),
    ),
)
