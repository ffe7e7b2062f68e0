"""The population loss of Liu et al. (2019), from its definition as an expectation over the patches."""

from __future__ import annotations

from sympy import Rational, S, pi

from derivations.gaussian import Expectation, relu
from derivations.papers.liu2019.notation import (
    Z,
    a,
    a_star,
    aligned,
    delta,
    filters,
    g,
    half_turn,
    n_star,
    one,
    phi,
    s,
    s_star,
    v,
    v_star,
)
from derivations.statements import Bound, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import elementwise, inner, norm_squared

student = inner(a, elementwise(relu, Z * v))
teacher = inner(a_star, elementwise(relu, Z * v_star))
DEFINITION = Expectation((student - teacher) ** 2 / 2, Z)

LOSS = (
    Rational(1, 2) * ((pi - 1) / (2 * pi) * (norm_squared(a) + n_star) + (s**2 + s_star**2) / (2 * pi))
    - (g - 1) / (2 * pi) * aligned
    - s * s_star / (2 * pi)
)
"""The loss as the paper prints it."""

COMPLETED = (
    (pi - 1) / (4 * pi) * norm_squared(delta) + inner(one, delta) ** 2 / (4 * pi) + (pi - g) / (2 * pi) * aligned
)
"""The loss as squares in a − a* and a term in φ."""


def _from_definition() -> Derivation:
    second, mean_squared = Rational(1, 2), 1 / (2 * pi)
    kernel = g / (2 * pi)
    return (
        chain(DEFINITION)
        .then(
            Expectation(student**2, Z) / 2 - Expectation(student * teacher, Z) + Expectation(teacher**2, Z) / 2,
            "linearity",
        )
        .then(
            (second * norm_squared(a) + mean_squared * (s**2 - norm_squared(a))) / 2
            - (kernel * aligned + mean_squared * (s * s_star - aligned))
            + (second * n_star + mean_squared * (s_star**2 - n_star)) / 2,
            "patches are independent: E[S Tᵀ] = E[s t] I + E[s] E[t] (𝟏𝟏ᵀ − I)",
            "relu-mean",
            "relu-second-moment",
            "kernel",
        )
        .then(LOSS, "collecting terms")
    )


def _squares() -> Derivation:
    squares = (
        (pi - 2 + g) * norm_squared(delta) + (pi - g) * norm_squared(a + a_star) + 2 * inner(one, delta) ** 2
    ) / (8 * pi)
    return (
        chain(S.Zero)
        .then(squares, "squares with weights that are not negative, as 0 ≤ g ≤ π", "g-decreasing", relation="<=")
        .then(LOSS, "multiplying out")
    )


STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "loss",
        DEFINITION,
        LOSS,
        title="The population loss",
        source="Section 2, population loss",
        on=filters,
        assumes=("gaussian-patches", "unit-filters"),
        derive=_from_definition,
    ),
    Identity(
        "loss-completed-square",
        LOSS,
        COMPLETED,
        title="The loss with its square completed",
        source="derived here",
        on=half_turn,
        uses=("loss",),
    ),
    Bound(
        "global-optimum",
        0,
        LOSS,
        title="The loss is nowhere below its value 0 at the teacher, φ = 0 and a = a*",
        source="Section 2; as a sum of squares, derived here",
        on=half_turn,
        sharp_at={phi: 0, a: a_star},
        derive=_squares,
    ),
)
