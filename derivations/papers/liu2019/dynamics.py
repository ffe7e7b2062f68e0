"""The dynamics of Liu et al. (2019): exact recursions, partial dissipativity, and how long a step may be."""

from __future__ import annotations

from sympy import Interval, Rational, Symbol, acos, atan, cos, pi, sin, sqrt

from derivations.extrema import infimum, supremum
from derivations.papers.liu2019.gradients import GRADIENT_A, GRADIENT_V
from derivations.papers.liu2019.loss import LOSS
from derivations.papers.liu2019.notation import (
    M,
    a,
    a_star,
    aligned,
    delta,
    distance,
    eta,
    filters,
    g,
    half_turn,
    k,
    n_star,
    one,
    phi,
    s,
    s_star,
    v,
    v_star,
)
from derivations.statements import Bound, Constant, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, norm_squared

after = a - eta * GRADIENT_A
"""a after one step."""
gap = pi - g
moved = v - eta * GRADIENT_V
"""v after one step, before it is normalised."""
turn = eta * (pi - phi) * aligned / (2 * pi)
"""t in v − η∇_v L = v + t(I − vvᵀ)v*."""

c = Symbol("c", real=True)
kappa = Symbol("kappa", real=True)
q = Symbol("q", positive=True)
"""2π times what c₁ stays below (π − 1)/2π: c₁ = (π − 1 − q)/2π."""
c1 = (pi - 1 - q) / (2 * pi)
r = Symbol("r", real=True)
"""‖v − v*‖²."""
t = Symbol("t", real=True)

RATIO = (pi - phi) * (1 + cos(phi)) / (4 * pi)
SHARP_C = 7 * (1 + cos(5 * pi / 12)) / 48


def _dissipativity_a() -> Derivation:
    force = inner(GRADIENT_A, delta)
    young = c1 * norm_squared(delta) - gap**2 * n_star / (8 * pi * q)
    square = norm_squared(delta + gap / (2 * q) * a_star) * q / (2 * pi)
    return (
        chain(c1 * norm_squared(delta) - KAPPA * n_star / (8 * pi * q) * distance)
        .then(young, "(π − g)² ≤ κ‖v − v*‖²", relation="<=")
        .by("gap-square", {"phi": phi, "v*": v_star}, p=v.shape[0], v=v)
        .then(young + square, "a square (Young's inequality, at equality)", relation="<=")
        .then(young + square + inner(one, delta) ** 2 / (2 * pi), "a square", relation="<=")
        .then(force, "multiplying out", "dissipativity-a-identity")
    )


KAPPA = Rational(21, 8)

STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "distance-angle",
        distance,
        2 - 2 * cos(phi),
        title="Distance and angle on the sphere",
        source="elementary",
        on=filters,
    ),
    Bound(
        "initial-angle",
        acos(1 - r / 2),
        pi / 3,
        title="Unit filters with ‖v − v*‖ ≤ 1 have an angle of at most π/3: φ₀ at w₀ = 0, by the shortcut prior",
        source="Section 3, initial angle",
        on={r: (0, 1)},
        sharp_at={r: 1},
        uses=("distance-angle",),
        assumes=("shortcut-prior",),
    ),
    Identity(
        "recursion-sum",
        inner(one, after - a_star),
        (1 - eta * (k + pi - 1) / (2 * pi)) * inner(one, delta) - eta * gap / (2 * pi) * s_star,
        title="One step of 𝟏ᵀ(a − a*)",
        source="derived here",
        on=half_turn,
        uses=("gradient-a",),
    ),
    Identity(
        "recursion-inner",
        inner(after, a_star),
        (1 - eta * (pi - 1) / (2 * pi)) * aligned + eta / (2 * pi) * (s_star**2 - s * s_star + (g - 1) * n_star),
        title="One step of aᵀa*",
        source="derived here",
        on=half_turn,
        uses=("gradient-a",),
    ),
    Identity(
        "recursion-distance",
        norm_squared(after - a_star),
        (1 - eta * (pi - 1) / (2 * pi)) ** 2 * norm_squared(delta)
        - eta / pi * (1 - eta * (k + 2 * pi - 2) / (4 * pi)) * inner(one, delta) ** 2
        - eta * gap / pi * (1 - eta * (pi - 1) / (2 * pi)) * inner(a_star, delta)
        + eta**2 * gap / (2 * pi**2) * s_star * inner(one, delta)
        + eta**2 * gap**2 / (4 * pi**2) * n_star,
        title="One step of ‖a − a*‖²",
        source="derived here",
        on=half_turn,
        uses=("gradient-a",),
    ),
    Identity(
        "dissipativity-w-identity",
        inner(-GRADIENT_V, v_star - v),
        RATIO * aligned * distance,
        title="How far −∇_w L points to w*",
        source="derived here",
        on=filters,
        uses=("gradient-v", "distance-angle"),
    ),
    Constant(
        "dissipativity-w-constant",
        infimum(RATIO, phi, Interval(0, 5 * pi / 12)),
        SHARP_C,
        title="The sharp constant of partial dissipativity in w",
        source="derived here; the paper rounds it to 1/8 (printed constant unconfirmed)",
    ),
    Bound(
        "dissipativity-w",
        c * aligned * distance,
        inner(-GRADIENT_V, v_star - v),
        constant=c,
        value=SHARP_C,
        printed=Rational(1, 8),
        title="Partial dissipativity in w",
        source="Section 4; printed constant unconfirmed, the sharp one derived here",
        on=filters,
        where=(aligned >= 0, phi <= 5 * pi / 12),
        sharp_at={phi: 5 * pi / 12},
        uses=("dissipativity-w-identity", "dissipativity-w-constant"),
        assumes=("shortcut-prior",),
    ),
    Identity(
        "dissipativity-a-identity",
        inner(GRADIENT_A, delta),
        (inner(one, delta) ** 2 + (pi - 1) * norm_squared(delta) + gap * inner(a_star, delta)) / (2 * pi),
        title="How far ∇_a L points away from a*",
        source="derived here",
        on=half_turn,
        uses=("gradient-a",),
    ),
    Bound(
        "gap-upper",
        gap,
        c * distance,
        constant=c,
        value=pi / 2,
        title="π − g is at most (π/2)‖v − v*‖²",
        source="derived here",
        on=filters,
        sharp_at={phi: 0},
        uses=("distance-angle", "g-second-derivative"),
    ),
    Bound(
        "gap-lower",
        c * distance,
        gap,
        constant=c,
        value=pi / 4,
        title="π − g is at least (π/4)‖v − v*‖²",
        source="derived here",
        on=filters,
        sharp_at={phi: pi},
        uses=("distance-angle", "g-second-derivative"),
    ),
    Constant(
        "gap-square-constant",
        supremum(gap**2 / (2 * (1 - cos(phi))), phi, Interval.Lopen(0, pi)),
        enclosure=(Rational("2.62487889061"), Rational("2.62487889062")),
        title="κ, the sharp constant in (π − g)² ≤ κ‖v − v*‖²",
        source="derived here; attained at φ = 2.24206, a root without closed form",
    ),
    Bound(
        "gap-square",
        gap**2,
        kappa * distance,
        constant=kappa,
        value=KAPPA,
        title="(π − g)² is at most κ‖v − v*‖², with κ rounded up to 21/8",
        source="derived here",
        on=filters,
        uses=("gap-square-constant", "distance-angle"),
    ),
    Bound(
        "dissipativity-a",
        c1 * norm_squared(delta) - kappa * n_star / (8 * pi * q) * distance,
        inner(GRADIENT_A, delta),
        constant=kappa,
        value=KAPPA,
        title="Partial dissipativity in a: every admissible pair c₁ < (π − 1)/2π, c₂ = κ‖a*‖²/(8π(π − 1 − 2πc₁))",
        source="Section 4, form; constants derived here, sharp in c₂ for each c₁ up to the rounding of κ",
        on=filters | {q: Interval.Lopen(0, pi - 1)},
        derive=_dissipativity_a,
    ),
    Identity(
        "step-a-exact",
        LOSS.xreplace({a: after}) - LOSS,
        -eta * norm_squared(GRADIENT_A) + eta**2 / (4 * pi) * inner(GRADIENT_A, M * GRADIENT_A),
        title="What one step in a does to the loss, exactly",
        source="derived here",
        on=half_turn,
        uses=("gradient-a",),
    ),
    Bound(
        "step-a-decrease",
        LOSS.xreplace({a: after}),
        LOSS - eta * (1 - eta * (k + pi - 1) / (4 * pi)) * norm_squared(GRADIENT_A),
        title="One step in a lowers the loss by at least η(1 − η(k + π − 1)/4π)‖∇_a L‖²",
        source="derived here",
        on=half_turn,
        uses=("step-a-exact", "hessian-a-upper"),
        derive=lambda: (
            chain(LOSS.xreplace({a: after}))
            .then(
                LOSS - eta * norm_squared(GRADIENT_A) + eta**2 / (4 * pi) * inner(GRADIENT_A, M * GRADIENT_A),
                "the loss is quadratic in a",
                "step-a-exact",
            )
            .then(
                LOSS - eta * (1 - eta * (k + pi - 1) / (4 * pi)) * norm_squared(GRADIENT_A),
                "the largest eigenvalue of the Hessian",
                "hessian-a-upper",
                relation="<=",
            )
        ),
    ),
    Identity(
        "step-a-longest",
        LOSS.subs(phi, 0).xreplace({a: after.subs(phi, 0)}).xreplace({a: a_star + t * one}),
        (1 - eta * (k + pi - 1) / (2 * pi)) ** 2 * LOSS.subs(phi, 0).xreplace({a: a_star + t * one}),
        title="At φ = 0 one step along 𝟏 multiplies the loss by (1 − η(k + π − 1)/2π)²",
        source="derived here; above 1 for η > 4π/(k + π − 1)",
        uses=("step-a-decrease",),
    ),
    Identity(
        "step-w-inner",
        inner(moved, v_star),
        cos(phi) + turn * sin(phi) ** 2,
        title="The inner product with v* after a step in w, not yet normalised: cos φ + t sin²φ",
        source="derived here, with t = η(π − φ)aᵀa*/2π",
        on=filters,
        uses=("gradient-v",),
    ),
    Identity(
        "step-w-norm",
        norm_squared(moved),
        1 + turn**2 * sin(phi) ** 2,
        title="The squared length of the filter after a step in w, not yet normalised: 1 + t² sin²φ",
        source="derived here, with t = η(π − φ)aᵀa*/2π",
        on=filters,
        uses=("gradient-v",),
    ),
    Identity(
        "step-w-angle",
        (cos(phi) + t * sin(phi) ** 2) / sqrt(1 + t**2 * sin(phi) ** 2),
        cos(phi - atan(t * sin(phi))),
        title="The cosine of the angle after the step is that of φ − arctan(t sin φ): v turns by arctan(t sin φ)",
        source="derived here, with t = η(π − φ)aᵀa*/2π",
        on=half_turn,
        uses=("step-w-inner", "step-w-norm"),
    ),
    Bound(
        "step-w-no-overshoot",
        atan(t * sin(phi)),
        phi,
        title="For t ≤ 1 one step in w does not pass v*: the turn arctan(t sin φ) is at most φ",
        source="derived here; t ≤ 1 for η ≤ 2/aᵀa*",
        on=half_turn | {t: (0, 1)},
        uses=("step-w-angle",),
        derive=lambda: (
            chain(atan(t * sin(phi)))
            .then(t * sin(phi), "arctan x ≤ x", relation="<=")
            .then(phi, "t ≤ 1 and sin φ ≤ φ", relation="<=")
        ),
    ),
)
