"""How many steps of normalised gradient descent reach the global optimum from the shortcut's start: an explicit number.

From w₀ = 0 the angle is at most π/3, and ‖a₀‖ ≤ |𝟏ᵀa*|/√k keeps 𝟏ᵀa* · 𝟏ᵀ(a − a*) ≤ 0. While φ ≤ 5π/12, aᵀa* grows
to a share of ‖a*‖² at a geometric rate; until it is positive φ grows by no more than π/12, since η_w is small beside
η_a, and from then on it falls, in stages: the smaller the angle is, the larger aᵀa* becomes and the faster φ shrinks.
Then ‖a − a*‖ follows.
"""

from __future__ import annotations

from sympy import Expr, Integer, Max, Min, Rational, Symbol, atan, cos, log, oo, pi, sin, sqrt

from derivations.papers.liu2019.dynamics import after, t
from derivations.papers.liu2019.loss import COMPLETED, LOSS
from derivations.papers.liu2019.notation import (
    M,
    a,
    a_star,
    aligned,
    delta,
    eta,
    g,
    half_turn,
    k,
    n_star,
    one,
    phi,
    s_star,
)
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Statement
from derivations.steps import Derivation, chain
from derivations.theorems import Quantity, Theorem
from derivations.vectors import inner, norm, norm_squared

WIDEST = 5 * pi / 12
"""The angle that no run from the shortcut's start passes."""
STAGES = {"": WIDEST, "-60": pi / 3, "-45": pi / 4, "-30": pi / 6, "-15": pi / 12}
"""Angles at which the proof takes stock, by the ends of their lemmas' slugs."""
kappa_1 = Symbol("kappa_1", positive=True)
SPREAD = Rational(4, 3)
"""By what factor T may be off three times the slowest run."""
bound_g = Symbol("gamma", positive=True)
"""A number below g − 1."""


def gamma_at(angle: Expr) -> Expr:
    """g − 1 at an angle: g is decreasing, and above it before."""
    return (pi - angle) * cos(angle) + sin(angle) - 1


def shrinks_at(angle: Expr) -> Expr:
    """The sharp κ₁ in arctan(t sin φ) ≥ κ₁tφ for t ≤ 1 and φ up to an angle: at both ends."""
    return atan(sin(angle)) / angle


gamma = gamma_at(WIDEST)

summed = s_star * inner(one, delta)
"""𝟏ᵀa* · 𝟏ᵀ(a − a*)."""
summed_after = s_star * inner(one, after - a_star)
rate = eta * (pi - 1) / (2 * pi)
"""By this share ‖a − a*‖ and the distance of aᵀa* to its limit shrink in a step."""
quadratic = delta - eta / (2 * pi) * M * delta
"""a − a* after a step down the quadratic part of the loss, where g = π."""
short = eta * (k + pi - 1) <= 2 * pi
"""Steps that do not pass a* in any direction."""
gap = pi - g

# What the theorem is made of
a_norm, epsilon = Symbol("a_norm", positive=True), Symbol("epsilon", positive=True)
s_abs = Symbol("s_abs", nonnegative=True)
"""‖a*‖, |𝟏ᵀa*|, and the loss that is asked for."""
eta_a, eta_w, Q, e_a, phi_eps = (Symbol(name, positive=True) for name in ("eta_a", "eta_w", "Q", "e_a", "phi_eps"))
T_1, T_2, T_3, T = (Symbol(name, positive=True) for name in ("T_1", "T_2", "T_3", "T"))


def _sum_stays() -> Derivation:
    share = 1 - eta * (k + pi - 1) / (2 * pi)
    return (
        chain(summed_after)
        .then(share * summed - eta * gap / (2 * pi) * s_star**2, "one step of 𝟏ᵀ(a − a*)", "recursion-sum")
        .then(share * summed, "g ≤ π", relation="<=")
        .then(Integer(0), "the step is short", relation="<=")
    )


def _aligned_grows() -> Derivation:
    return (
        chain((1 - rate) * aligned + eta / (2 * pi) * bound_g * n_star)
        .then((1 - rate) * aligned + eta / (2 * pi) * (g - 1) * n_star, "γ ≤ g − 1", relation="<=")
        .then(
            (1 - rate) * aligned + eta / (2 * pi) * ((g - 1) * n_star - summed),
            "𝟏ᵀa* · 𝟏ᵀ(a − a*) ≤ 0",
            "sum-stays",
            relation="<=",
        )
        .then(inner(after, a_star), "one step of aᵀa*", "recursion-inner")
    )


def _aligned_most() -> Derivation:
    return (
        chain(inner(after, a_star))
        .then(
            (1 - rate) * aligned + eta / (2 * pi) * ((g - 1) * n_star - summed), "one step of aᵀa*", "recursion-inner"
        )
        .then((1 - rate) * aligned + eta / (2 * pi) * ((pi - 1) * n_star - summed), "g ≤ π", relation="<=")
        .then(
            (1 - rate) * aligned + eta / (2 * pi) * ((pi - 1) * n_star + 2 * s_star**2),
            "𝟏ᵀa* · 𝟏ᵀ(a − a*) ≥ −2(𝟏ᵀa*)²",
            "sum-from-below",
            relation="<=",
        )
    )


def _loss_upper() -> Derivation:
    square = inner(delta, delta)
    return (
        chain(LOSS)
        .then(COMPLETED, "completing the square", "loss-completed-square")
        .then((k + pi - 1) / (4 * pi) * square + gap / (2 * pi) * aligned, "Cauchy and Schwarz", relation="<=")
        .then((k + pi - 1) / (4 * pi) * square + phi**2 / 4 * aligned, "π − g ≤ (π/2)φ²", relation="<=")
        .by("angle-gap", {"phi": phi})
    )


STATEMENTS: tuple[Statement, ...] = (
    *(
        Bound(
            f"g-above{end}",
            gamma_at(angle),
            g - 1,
            title=f"g(φ) − 1 is at least g({angle}) − 1 = {float(gamma_at(angle)):.2f}… up to φ = {angle}".replace(
                "pi", "π"
            ),
            source="derived here",
            on={phi: (0, angle)},
            sharp_at={phi: angle},
            uses=("g-derivative",),
        )
        for end, angle in STAGES.items()
    ),
    Bound(
        "sum-stays",
        summed_after,
        Integer(0),
        title="𝟏ᵀa* · 𝟏ᵀ(a − a*) stays below 0 under short steps, where it begins: 𝟏ᵀa has not passed 𝟏ᵀa*",
        source="derived here; ‖a₀‖ ≤ |𝟏ᵀa*|/√k gives the start",
        on=half_turn,
        where=(summed <= 0, short),
        derive=_sum_stays,
    ),
    Bound(
        "sum-from-below",
        -2 * s_star**2,
        summed_after,
        title="𝟏ᵀa* · 𝟏ᵀ(a − a*) stays above −2(𝟏ᵀa*)²",
        source="derived here",
        on=half_turn,
        where=(summed >= -2 * s_star**2, short),
        uses=("recursion-sum",),
        derive=lambda: (
            chain(-2 * s_star**2)
            .then(
                -2 * s_star**2 * (1 - eta * (k + pi - 1) / (2 * pi)) - eta / 2 * s_star**2,
                "2(k + π − 1) ≥ π",
                relation="<=",
            )
            .then(
                summed * (1 - eta * (k + pi - 1) / (2 * pi)) - eta / 2 * s_star**2, "the step is short", relation="<="
            )
            .then(
                summed * (1 - eta * (k + pi - 1) / (2 * pi)) - eta * gap / (2 * pi) * s_star**2, "g ≥ 0", relation="<="
            )
            .then(summed_after, "one step of 𝟏ᵀ(a − a*)", "recursion-sum")
        ),
    ),
    Bound(
        "aligned-grows",
        (1 - rate) * aligned + eta / (2 * pi) * bound_g * n_star,
        inner(after, a_star),
        title="While g(φ) − 1 ≥ γ, aᵀa* grows towards γ‖a*‖²/(π − 1) at the rate 1 − η(π − 1)/2π",
        source="derived here",
        on={phi: (0, WIDEST)},
        where=(summed <= 0, bound_g <= g - 1),
        sample_on={bound_g: (Rational(1, 8), 1)},
        uses=tuple(f"g-above{end}" for end in STAGES),
        derive=_aligned_grows,
    ),
    Bound(
        "aligned-most",
        inner(after, a_star),
        (1 - rate) * aligned + eta / (2 * pi) * ((pi - 1) * n_star + 2 * s_star**2),
        title="aᵀa* stays below ‖a*‖² + 2(𝟏ᵀa*)²/(π − 1)",
        source="derived here",
        on=half_turn,
        where=(summed >= -2 * s_star**2,),
        derive=_aligned_most,
    ),
    *(
        Bound(
            f"angle-shrinks{end}",
            phi - atan(t * sin(phi)),
            (1 - kappa_1 * t) * phi,
            constant=kappa_1,
            value=shrinks_at(angle),
            title=f"One step in w shrinks φ by the factor 1 − κ₁t, κ₁ sharp on φ ≤ {angle}, t ≤ 1".replace("pi", "π"),
            source="derived here, with t = η(π − φ)aᵀa*/2π",
            on={phi: (0, angle), t: (0, 1)},
            sharp_at={phi: angle, t: 1},
            uses=("step-w-angle",),
        )
        for end, angle in STAGES.items()
    ),
    Bound(
        "angle-drifts",
        atan(t * sin(phi)),
        t,
        title="A step in w turns v by at most t",
        source="derived here, with t = η(π − φ)|aᵀa*|/2π ≤ η|aᵀa*|/2",
        on=half_turn | {t: (0, oo)},
        uses=("step-w-angle",),
        derive=lambda: (
            chain(atan(t * sin(phi)))
            .then(t * sin(phi), "arctan x ≤ x", relation="<=")
            .then(t, "sin φ ≤ 1", relation="<=")
        ),
    ),
    Bound(
        "quadratic-shrinks",
        norm_squared(quadratic),
        (1 - rate) ** 2 * norm_squared(delta),
        title="A short step down the quadratic part of the loss shrinks ‖a − a*‖² by (1 − η(π − 1)/2π)²",
        source="derived here: the eigenvalues of M = 𝟏𝟏ᵀ + (π − 1)I are π − 1 and k + π − 1",
        where=(short,),
        derive=lambda: (
            chain(norm_squared(quadratic))
            .then(
                (1 - rate) ** 2 * norm_squared(delta)
                - eta / pi * (1 - eta * (k + 2 * pi - 2) / (4 * pi)) * inner(one, delta) ** 2,
                "multiplying out",
            )
            .then((1 - rate) ** 2 * norm_squared(delta), "the step is short", relation="<=")
        ),
    ),
    Bound(
        "error-shrinks",
        norm(after - a_star),
        (1 - rate) * norm(delta) + eta * gap / (2 * pi) * norm(a_star),
        title="A short step shrinks ‖a − a*‖ by 1 − η(π − 1)/2π, up to η(π − g)/2π·‖a*‖",
        source="derived here",
        on=half_turn,
        where=(short,),
        uses=("gradient-a",),
        derive=lambda: (
            chain(norm(after - a_star))
            .then(norm(quadratic) + norm(eta * gap / (2 * pi) * a_star), "the triangle inequality", relation="<=")
            .by("facts.triangle", x=quadratic, y=-eta * gap / (2 * pi) * a_star)
            .then((1 - rate) * norm(delta) + norm(eta * gap / (2 * pi) * a_star), "the quadratic part", relation="<=")
            .by("quadratic-shrinks", {"a": a, "a*": a_star}, eta=eta)
            .then((1 - rate) * norm(delta) + eta * gap / (2 * pi) * norm(a_star), "g ≤ π", relation="<=")
        ),
    ),
    Bound(
        "angle-gap",
        gap,
        pi / 2 * phi**2,
        title="π − g is at most (π/2)φ²",
        source="derived here",
        on=half_turn,
        uses=("gap-upper", "distance-angle"),
    ),
    Bound(
        "loss-upper",
        LOSS,
        (k + pi - 1) / (4 * pi) * inner(delta, delta) + phi**2 / 4 * aligned,
        title="The loss is at most (k + π − 1)/(4π)·‖a − a*‖² + φ²/4·aᵀa*",
        source="derived here",
        on=half_turn,
        where=(aligned >= 0,),
        derive=_loss_upper,
    ),
    Bound(
        "iterations",
        MeasuredQuantity("steps until the loss is at most ε", r"\min\{t : L(t) \le \varepsilon\}"),
        T,
        title="Convergence: from the shortcut's start, within T steps the loss is at most ε",
        source="Theorem of Section 3, form; step sizes and number of steps derived here",
        assumes=("gaussian-patches", "shortcut-prior"),
        uses=(
            "initial-angle",
            "aligned-grows",
            "aligned-most",
            *(f"angle-shrinks{end}" for end in STAGES),
            "angle-drifts",
            "error-shrinks",
            "loss-upper",
        ),
    ),
    Bound(
        "iterations-slack",
        MeasuredQuantity("|log(T/(3·steps of the slowest run))|", r"|\log(T/(3\max_i t_i))|"),
        log(SPREAD),
        title="T is three times what the slowest run takes, within a factor of 4/3: neither half of it nor twice",
        source="measured here, ε = 10⁻⁵, for teachers of four ratios",
        assumes=("gaussian-patches", "shortcut-prior"),
        uses=("iterations",),
    ),
)

share = (pi - 1) * eta_a / (2 * pi)


LEFT = Rational(1, 8)
"""By what share of its limit aᵀa* is short of it after waiting."""


def _stage(number: int, end: str, angle: Expr, later: Expr) -> tuple[tuple[Quantity, ...], Expr]:
    """What is known from an angle on, and how many steps the angle then takes to a later one."""
    name = f"_{number}" if number > 1 else ""
    least, factor = (Symbol(f"{letter}{name or low}", positive=True) for letter, low in (("q", "_low"), ("kappa", "")))
    turns = (1 - angle / pi) / 2 * eta_w * least * a_norm**2
    said = f" once φ ≤ {angle}".replace("pi", "π") if number > 1 else " after T₁ steps"
    known = (
        Quantity(least, (1 - LEFT) * gamma_at(angle) / (pi - 1), "aligned-grows", f"aᵀa* ≥ {least}‖a*‖²{said}", True),
        Quantity(factor, shrinks_at(angle) * turns, f"angle-shrinks{end}", f"φ shrinks by 1 − {factor} a step", True),
    )
    wait = log(1 / LEFT) / share + 1 if number > 1 else Integer(0)
    return known, wait + Max(0, log(angle / Max(later, phi_eps))) / factor + 1


def _quantities() -> tuple[Quantity, ...]:
    angles = (*STAGES.values(), Integer(0))
    stages = [_stage(i + 1, end, angle, angles[i + 1]) for i, (end, angle) in enumerate(STAGES.items())]
    return (
        Quantity(k, None, "", "patches"),
        Quantity(a_norm, None, "", "‖a*‖"),
        Quantity(s_abs, None, "", "|𝟏ᵀa*|"),
        Quantity(epsilon, None, "", "the loss that is asked for"),
        Quantity(eta_a, 2 * pi / (k + pi - 1), "error-shrinks", "the step in a"),
        Quantity(Q, a_norm**2 + 2 * s_abs**2 / (pi - 1), "aligned-most", "aᵀa* ≤ Q"),
        Quantity(
            eta_w, Min(eta_a * (pi - 1) / (12 * a_norm**2), 2 / Q), "angle-drifts", "the step in w: φ stays below 5π/12"
        ),
        *(quantity for known, _ in stages for quantity in known),
        Quantity(T_1, log((1 + (pi - 1) / gamma) / LEFT) / share + 1, "aligned-grows", "Stage I: aᵀa* grows"),
        Quantity(e_a, sqrt(2 * pi * epsilon / (k + pi - 1)), "loss-upper", "‖a − a*‖ at the end"),
        Quantity(
            phi_eps,
            Min(sqrt(2 * epsilon / Q), sqrt((pi - 1) * e_a / (pi * a_norm))),
            "loss-upper",
            "φ at the end",
        ),
        Quantity(T_2, sum((steps for _, steps in stages), Integer(0)), "angle-shrinks", "Stage II: φ falls"),
        Quantity(T_3, Max(0, log(4 * a_norm / e_a)) / share + 1, "error-shrinks", "a follows"),
        Quantity(T, T_1 + T_2 + T_3, "", "steps in all"),
    )


ITERATIONS = Theorem("iterations", _quantities(), {"iterations": T, "step": eta_w})
