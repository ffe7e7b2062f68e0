"""Headline results: the phase diagram, and training to depth 1000 without normalisation layers."""

from __future__ import annotations

from sympy import Rational, S

from derivations.papers.zhang2019.notation import L
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Rate, Statement

VANISHING = {"075": Rational(3, 4), "1": S.One}
"""Exponents α > ½ at which log E‖h_L‖² falls as L^{1−2α}."""
UNBOUNDED = {"025": Rational(1, 4), "040": Rational(2, 5), "045": Rational(9, 20)}
"""Exponents α < ½ at which it is unbounded."""

STATEMENTS: tuple[Statement, ...] = (
    Rate(
        "phase-critical",
        MeasuredQuantity("E‖h_L‖²/‖h_0‖² at τ = L^(−1/2)", r"\mathbb{E}\|h_L\|^2/\|h_0\|^2"),
        L,
        0,
        title="α = ½: bounded, the same at every depth to L = 4096",
        source="Section 3, phase diagram",
        within=0.03,
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
            assumes=("gaussian-weights",),
            uses=("growth-exponential",),
        )
        for name, alpha in VANISHING.items()
    ),
    *(
        Bound(
            f"phase-{name}",
            MeasuredQuantity(f"1 + ½L^{{2c}}, c = {S.Half - alpha}", rf"1+\tfrac12 L^{{{2 * (S.Half - alpha)}}}"),
            MeasuredQuantity(f"E‖h_L‖²/‖h_0‖² at τ = L^(−{alpha})", r"\mathbb{E}\|h_L\|^2/\|h_0\|^2"),
            title=f"α = {alpha}: growth above 1 + ½L^{{{1 - 2 * alpha}}}, unbounded, to L = 4096",
            source="Section 3, converse",
            assumes=("gaussian-weights",),
            uses=("converse",),
        )
        for name, alpha in UNBOUNDED.items()
    ),
    Bound(
        "full-network",
        MeasuredQuantity("|mean log‖h_L‖² of full networks − of the conditional simulation|", r"|\Delta|"),
        MeasuredQuantity("the sum of their confidence half-widths", r"\delta"),
        title="Full networks with all their weights, beside the simulation that draws W h alone",
        source="measured here: given h, W h is Gaussian with covariance ‖h‖²I/m",
        assumes=("gaussian-weights",),
    ),
    Bound(
        "train-deep",
        MeasuredQuantity("ℓ(T)/ℓ(0) on digits, L = 8 … 1000, τ = 1/√L", r"\ell(T)/\ell(0)"),
        Rational(1, 2),
        title="Training without normalisation layers at τ = 1/√L, depth 8 to 1000, on real data",
        source="experiments",
        assumes=("gaussian-weights",),
        uses=("iterations-resnet",),
    ),
    Bound(
        "train-tau-one",
        S.One,
        MeasuredQuantity("ℓ(T)/ℓ(0) on digits, L ≥ 64, τ = 1", r"\ell(T)/\ell(0)"),
        title="The same with τ = 1 diverges",
        source="experiments",
        uses=("tau-one",),
    ),
    Bound(
        "normalised",
        MeasuredQuantity("test accuracy with τ = 1, batch normalisation, L = 64, 128", r"\text{accuracy}\ (\tau=1)"),
        MeasuredQuantity("test accuracy with τ = 1/√L", r"\text{accuracy}\ (\tau=1/\sqrt{L})"),
        title="With normalisation layers too, τ = 1/√L helps deep networks, the better of two step sizes for each",
        source="experiments",
    ),
)
