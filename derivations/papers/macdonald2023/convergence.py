"""Sections 3 and 4 of MacDonald et al. (2023): rates with known and trajectory-wise constants, optima at infinity.

PL here is ‖∇ℓ‖² ≥ μ(ℓ − inf ℓ), the form in which the square cost has μ = 2/N: a step multiplies ℓ − inf ℓ by at
most 1 − ημ(1 − βη/2), which is 1 − ημ/2 at η = 1/β.
"""

from __future__ import annotations

from sympy import Interval, Symbol, oo

from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Rate, Statement
from derivations.steps import Derivation, chain

loss, later = Symbol("ell", nonnegative=True), Symbol("ell_+", nonnegative=True)
"""ℓ − inf ℓ before and after a step."""
G = Symbol("G", nonnegative=True)
"""‖∇ℓ‖²."""
eta, mu, kappa = Symbol("eta", positive=True), Symbol("mu", positive=True), Symbol("kappa", positive=True)
"""Step size, PL constant, and κ = ηβ."""
y, L = Symbol("y", positive=True), Symbol("L", positive=True)
"""1 − aℓ of a step ℓ_+ ≤ ℓ − aℓ², and ℓ itself where it is positive."""


def _step() -> Derivation:
    return (
        chain(later)
        .then(loss - eta * (1 - kappa / 2) * G, "smoothness along the step", relation="<=")
        .then((1 - eta * mu * (1 - kappa / 2)) * loss, "‖∇ℓ‖² ≥ μ(ℓ − inf ℓ)", relation="<=")
    )


STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "rate-known",
        later,
        (1 - eta * mu * (1 - kappa / 2)) * loss,
        title="One step with η = κ/β, κ < 2: ℓ − inf ℓ shrinks by 1 − ημ(1 − κ/2), so by 1 − ημ/2 at η = 1/β",
        source="Section 3; with ½‖∇ℓ‖² ≥ μ(ℓ − inf ℓ) it reads 1 − ημ",
        on={kappa: Interval.open(0, 2)},
        where=(later <= loss - eta * (1 - kappa / 2) * G, mu * loss <= G),
        derive=_step,
    ),
    Bound(
        "rate-trajectory",
        MeasuredQuantity("ℓ(k + 1)", r"\ell_{k+1}"),
        MeasuredQuantity("(1 − ημ_k(1 − ηβ_k/2))·ℓ(k)", r"(1-\eta\mu_k(1-\eta\beta_k/2))\ell_k"),
        title="The same with μ_k and β_k as they are along the trajectory",
        source="Section 3",
        uses=("rate-known",),
    ),
    Bound(
        "constants-along",
        MeasuredQuantity("β_k, smoothness along the step", r"\beta_k"),
        MeasuredQuantity("the calculus' bound", r"\beta"),
        title="Smoothness along a training run stays below the bound of the calculus",
        source="Section 3",
        uses=("smoothness-holds",),
    ),
    Bound(
        "reciprocal",
        1 / L + (1 - y) / L,
        1 / (L - (1 - y) * L),
        title="ℓ_+ ≤ ℓ − aℓ², y = 1 − aℓ, gives 1/ℓ_+ ≥ 1/ℓ + a: the loss falls as 1/t without an attained minimum",
        source="Section 4, optimum at infinity; derived here",
        on={L: Interval.open(0, oo), y: Interval.Lopen(0, 1)},
    ),
    Rate(
        "infinity-loss",
        MeasuredQuantity("ℓ(t), weight-normalised residual net, cross-entropy", r"\ell(t)"),
        Symbol("t", positive=True),
        -1,
        title="Optimum at infinity: from any start the loss falls to 0 as 1/t",
        source="Section 4",
        within=0.1,
        uses=("reciprocal", "ce-concave", "skip-uniform"),
    ),
    Rate(
        "infinity-weights",
        MeasuredQuantity("‖W(t)‖ − ‖W(t_0)‖ against log(t/t_0)", r"\|W(t)\|-\|W(t_0)\|"),
        Symbol("s", positive=True),
        1,
        title="The weights of the last layer grow as log t",
        source="Section 4",
        within=0.15,
        uses=("infinity-loss",),
    ),
    Bound(
        "infinity-start",
        MeasuredQuantity("largest ℓ(T) over starts and scales", r"\max\ell(T)"),
        MeasuredQuantity("its bound 1/(1/ℓ(0) + aT)", r"\frac{1}{1/\ell(0)+aT}"),
        title="Any start: small, usual and large weights all follow 1/ℓ(T) ≥ 1/ℓ(0) + aT with their own a",
        source="Section 4",
        uses=("reciprocal",),
    ),
)
