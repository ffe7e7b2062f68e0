"""Descent of Yin et al. (2019): what a coarse step does to the loss, to the output weights and to the norm."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Catalan, Integral, Limit, Symbol, atan, cos, exp, oo, pi, sin, sqrt

from derivations.papers.yin2019.loss import GRADIENT_V, LOSS
from derivations.papers.yin2019.notation import A, D, c, eta, half_turn, m, one, q, rho, s, s_student, theta, v, v_star
from derivations.statements import Bound, Constant, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, norm_squared, vector

after = v - eta * GRADIENT_V
"""v after one step."""
turn = Symbol("Delta", real=True)
"""Δ = θ − θ⁺, by which a step turns the filter towards the teacher."""
x = Symbol("x", positive=True)
"""x = ρ − ηR, the filter's part along its old direction after a step."""
K = Symbol("K", positive=True)
"""1 for the ReLU and the clipped ReLU estimator, 2 for the identity."""
t = Symbol("t", real=True)
"""η|vᵀv*|T, by which a step moves the filter across its old direction."""

LONGEST = 4 / (m + 1)
"""The step up to which output weights stay bounded and the loss descends."""
short = eta <= LONGEST

g = vector("g", m)
"""Any vector in the place of the gradient ∂_v f."""


def change(gradient: Any) -> Any:
    """What a step −η·gradient in v and a turn by Δ do to the loss."""
    return (
        -eta * norm_squared(gradient)
        + eta**2 / 8 * inner(gradient, A * gradient)
        - turn / (2 * pi) * (D - eta * inner(gradient, v_star))
    )


DECREASE = eta * norm_squared(g) * (1 - eta * (m + 1) / 4) / 2
"""By how much the step in v lowers the loss at least."""
TURNED = Abs(D * turn) / (2 * pi) * (1 - K * eta**2 * q / (8 * pi * sqrt(2 * pi) * x))
"""By how much the turn of the filter does."""


def _descent() -> Derivation:
    square = eta**2 / 8 * inner(g, A * g)
    turned = eta * turn**2 / (8 * pi**2) * q - turn / (2 * pi) * D
    return (
        chain(change(g))
        .then(-eta / 2 * norm_squared(g) + square + turned, "Young's inequality for ηΔ⟨g, v*⟩/(2π)", relation="<=")
        .then(-DECREASE + turned, "the largest eigenvalue of A", "hessian-v-upper", relation="<=")
        .then(-DECREASE - TURNED, "Δ has the sign of vᵀv* and is at most Kη|vᵀv*|/(2√(2π)x)", "turn", relation="<=")
    )


def spread(y: Any) -> Any:
    """‖y‖² − (𝟏ᵀy)²/m, the squared length of y's part across 𝟏."""
    return norm_squared(y) - inner(one, y) ** 2 / m


def _across() -> Derivation:
    mean = (1 - eta / 4) * spread(v) + eta / 4 * c**2 * spread(v_star)
    return (
        chain(spread(after))
        .then(mean - eta / 4 * (1 - eta / 4) * spread(v - c * v_star), "multiplying out")
        .then(mean, "a spread is not negative, and η ≤ 4", relation="<=")
        .then((1 - eta / 4) * spread(v) + eta / 4 * spread(v_star), "c² ≤ 1", relation="<=")
    )


STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "bounded-across",
        spread(after),
        (1 - eta / 4) * spread(v) + eta / 4 * spread(v_star),
        title="Across 𝟏 the output weights after a step are no longer than the mean of v and v*",
        source="derived here; with bounded-along, ‖v_t‖² ≤ ‖v_0‖² + ‖v*‖² for every t and whatever the filter does",
        on=half_turn,
        where=short,
        uses=("gradient-v",),
        derive=_across,
    ),
    Bound(
        "bounded-along",
        inner(one, after) ** 2,
        (1 - eta * (m + 1) / 4) * s_student**2 + eta * (m + 1) / 4 * s**2,
        title="Along 𝟏 neither: the bound on ‖v‖ that Theorem 1 supposes holds by itself for η ≤ 4/(m + 1)",
        source="derived here; Theorem 1 supposes it",
        on=half_turn,
        where=short,
        uses=("gradient-v",),
    ),
    Identity(
        "step-exact",
        LOSS.subs(theta, theta - turn).xreplace({v: after}) - LOSS,
        change(GRADIENT_V),
        title="What a step in v together with a turn of the filter by Δ does to the loss, exactly",
        source="derived here",
        on=half_turn,
        uses=("loss", "gradient-v"),
    ),
    Bound(
        "turn",
        atan(t / x),
        t / x,
        title="The filter turns by Δ, tan Δ = ηvᵀv*T/(ρ − ηR), hence by no more than that",
        source="derived here",
        on={t: (0, oo)},
        sharp_at={t: 0},
    ),
    Bound(
        "descent",
        change(g),
        -DECREASE - TURNED,
        title="A coarse step descends, for every estimator with T ≤ K sin θ/(2√(2π)), without a Lipschitz constant",
        source="Theorem 1, form; explicit constants derived here: K = 1 for ReLU and clipped ReLU, 2 for the identity",
        where=(short, D * turn >= 0, Abs(turn) <= K * eta * Abs(D) / (2 * sqrt(2 * pi) * x)),
        uses=("step-exact", "turn", "hessian-v-upper", "tangential-relu", "tangential-clipped-less"),
        derive=_descent,
    ),
    Identity(
        "local-rate",
        Limit(
            atan(eta * q * sin(theta) / (2 * sqrt(2 * pi)) / (rho - eta * q * (1 - cos(theta)) / (2 * sqrt(2 * pi))))
            / theta,
            theta,
            0,
        ),
        eta * q / (2 * sqrt(2 * pi) * rho),
        title="Near the teacher, at v = v*, a ReLU step lowers the angle by the share η‖v*‖²/(2√(2π)ρ): linearly",
        source="derived here",
        uses=("tangential-relu", "coarse-relu"),
    ),
    Constant(
        "norm-growth",
        exp(Integral((cos(theta) - c) / sin(theta), (theta, 0, pi / 2))),
        exp(4 * Catalan / pi) / 2,
        title="With v at its minimiser the filter grows from θ = π/2 to 0 by e^{4G/π}/2 = 1.60…, G Catalan's constant",
        source="derived here, from d ln ρ/dθ = (c − cos θ)/sin θ",
        uses=("relu-radial",),
    ),
)
