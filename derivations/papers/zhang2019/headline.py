"""Headline results: the phase diagram, and training to depth 1000 without normalisation layers."""

from __future__ import annotations

from sympy import Expr, Rational, S, log

from derivations.papers.zhang2019.convergence import halved
from derivations.papers.zhang2019.forward import converse_growth
from derivations.papers.zhang2019.notation import L
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Rate, Statement

VANISHING = {"075": Rational(3, 4), "1": S.One}
"""Exponents α > ½ at which log E‖h_L‖² falls as L^{1−2α}."""
UNBOUNDED = {"025": Rational(1, 4), "040": Rational(2, 5), "045": Rational(9, 20)}
"""Exponents α < ½ at which it is unbounded."""


def least_logarithm(alpha: Expr) -> Expr:
    """log(1 + ½L^{2c}) at τ = L^{−α}, c = ½ − α: what the logarithm of the growth is at least."""
    return log(converse_growth(S.Half - alpha))


agreement = Rational(1, 10)
"""How far the mean logarithms of full networks and of the simulation may be apart."""
half_diverge = S.Half
"""The share of networks on digits that are said to diverge at τ = 1, at least."""

STATEMENTS: tuple[Statement, ...] = (
    Rate(
        "phase-critical",
        MeasuredQuantity("E‖h_L‖²/‖h_0‖² at τ = L^(−1/2)", r"\mathbb{E}\|h_L\|^2/\|h_0\|^2"),
        L,
        0,
        title="α = ½: bounded to L = 4096; with α = 0.45 the growth e^{Lτ²} would have an exponent above 1/10",
        source="Section 3, phase diagram",
        against=(Rational(1, 10),),
        assumes=("gaussian-weights",),
        uses=("growth-lower", "growth-upper"),
    ),
    *(
        Rate(
            f"phase-{name}",
            MeasuredQuantity(f"log E‖h_L‖²/‖h_0‖² at τ = L^(−{alpha})", r"\log\mathbb{E}\|h_L\|^2/\|h_0\|^2"),
            L,
            1 - 2 * alpha,
            title=f"α = {alpha}: growth vanishes as L^{{{1 - 2 * alpha}}}",
            source="Section 3, phase diagram",
            within=0.1,
            against=(1 - 2 * alpha + S.Half, 1 - 2 * alpha - S.Half),
            assumes=("gaussian-weights",),
            uses=("growth-exponential",),
        )
        for name, alpha in VANISHING.items()
    ),
    *(
        Bound(
            f"phase-{name}",
            least_logarithm(alpha),
            MeasuredQuantity(f"E log ‖h_L‖²/‖h_0‖² at τ = L^(−{alpha})", r"\mathbb{E}\log\|h_L\|^2/\|h_0\|^2"),
            title=f"α = {alpha}: growth above 1 + ½L^{{{1 - 2 * alpha}}} to L = 4096, by its geometric mean",
            source="Section 3, converse; measured here",
            assumes=("gaussian-weights",),
            uses=("converse",),
        )
        for name, alpha in UNBOUNDED.items()
    ),
    Bound(
        "full-network",
        MeasuredQuantity(
            "|E log ‖h_L‖²/‖h_0‖² of full networks − of the conditional simulation|",
            r"|\mathbb{E}\log\|h_L\|^2/\|h_0\|^2 - \mathbb{E}\log\|\tilde h_L\|^2/\|\tilde h_0\|^2|",
        ),
        agreement,
        title="Full networks with all their weights grow as the simulation that draws W h alone, at L = 4 and 32",
        source="measured here: given h, W h is Gaussian with covariance ‖h‖²I/m",
        assumes=("gaussian-weights",),
    ),
    Bound(
        "train-deep",
        MeasuredQuantity("exp E log(ℓ(T)/ℓ(0)) on 20 digits, τ = 1/√L", r"e^{\mathbb{E}\log(\ell(T)/\ell(0))}"),
        halved,
        title="Training without normalisation layers at τ = 1/√L, depth 8 to 1000, on real data: the loss is halved",
        source="experiments; measured here after T = 24 steps, by geometric means over networks",
        assumes=("gaussian-weights",),
        uses=("iterations-resnet",),
    ),
    Bound(
        "train-tau-one",
        half_diverge,
        MeasuredQuantity("P(ℓ(5) > ℓ(0)) on 20 digits, τ = 1", r"\mathbb{P}(\ell(5)>\ell(0))"),
        title="The same with τ = 1 diverges in at least half of all networks, at L = 64 and 256",
        source="experiments; measured here",
        assumes=("gaussian-weights",),
        uses=("tau-one",),
    ),
    Bound(
        "normalised",
        MeasuredQuantity("mean test accuracy with τ = 1", r"\text{accuracy}\ (\tau=1)"),
        MeasuredQuantity("mean test accuracy with τ = 1/√L", r"\text{accuracy}\ (\tau=1/\sqrt{L})"),
        title="With batch normalisation too, τ = 1/√L helps deep networks: L = 64, each at its better step size",
        source="experiments; measured here after 25 steps; of two step sizes that which is better on other data",
    ),
)
