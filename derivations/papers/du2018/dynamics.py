"""Sections 4 and 5 of Du et al. (2019): the predictions' dynamics, and the bookkeeping to 1 − ηλ₀/2."""

from __future__ import annotations

from sympy import Interval, Rational, Symbol, oo

from derivations.domains import RealMatrices
from derivations.papers.du2018.notation import n
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Identity, Rate, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, norm_squared, vector

eta = Symbol("eta", positive=True)
"""The step size."""
lam = Symbol("lambda_0", positive=True)
"""λ₀ = λ_min(K^(H))."""
u, u_next, labels = vector("u", n), vector("u^+", n), vector("y", n)
"""Predictions before and after a step, and labels."""
N = Symbol("N", nonnegative=True)
"""‖y − u‖²."""
A = Symbol("A", real=True)
"""(y − u)ᵀG(k)(y − u)."""
cross, square = Symbol("B", real=True), Symbol("C", nonnegative=True)
"""−2(y − u)ᵀ times the remainder of second order, and ‖u⁺ − u‖²."""
form, change = Symbol("kappa", real=True), Symbol("delta", real=True)
"""vᵀK^(H)v and vᵀ(G(0) − K^(H))v for a unit vector v."""
drift = Symbol("epsilon", real=True)
"""vᵀ(G(k) − G(0))v."""


def _contraction() -> Derivation:
    """−2(y−u)ᵀ(u⁺−u) = −2ηA + B, with A ≥ λ₀N/2, B ≤ ηλ₀N/4 and C ≤ ηλ₀N/4."""
    return (
        chain(N - 2 * eta * A + cross + square)
        .then(N - eta * lam * N + cross + square, "λ_min(G(k)) ≥ λ₀/2", relation="<=")
        .then(N - eta * lam * N * Rational(3, 4) + square, "the remainder's share, ηλ₀/4", relation="<=")
        .then((1 - eta * lam / 2) * N, "the step's square, ηλ₀/4", relation="<=")
    )


STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "loss-step",
        norm_squared(labels - u_next),
        norm_squared(labels - u) - 2 * inner(labels - u, u_next - u) + norm_squared(u_next - u),
        title="One step of ‖y − u‖²",
        source="Section 5",
        on={u: RealMatrices()},
    ),
    Rate(
        "remainder-order",
        MeasuredQuantity("‖y − u(k+1) − (I − ηG)(y − u)‖", r"\|y-u(k+1)-(I-\eta G(k))(y-u(k))\|"),
        eta,
        2,
        title="The remainder of one step is of second order in η",
        source="Section 4",
        within=0.05,
    ),
    Rate(
        "remainder-constant",
        MeasuredQuantity(
            "the remainder + η²/2·D²u[∇L, ∇L]", r"\|y-u(k+1)-(I-\eta G)(y-u)+\tfrac{\eta^2}{2}D^2u[\nabla L,\nabla L]\|"
        ),
        eta,
        3,
        title="Its constant is ½D²u[∇L, ∇L]: what is left then is of third order",
        source="Section 4; derived here",
        within=0.05,
        uses=("remainder-order",),
    ),
    Bound(
        "least-eigenvalue-start",
        lam * Rational(3, 4),
        form + change,
        title="‖G(0) − K^(H)‖ ≤ λ₀/4 gives λ_min(G(0)) ≥ ¾λ₀",
        source="Section 5; Lemma B.2",
        on={lam: Interval.open(0, oo)},
        where=(form >= lam, change >= -lam / 4),
        derive=lambda: (
            chain(lam * Rational(3, 4))
            .then(form - lam / 4, "vᵀK^(H)v ≥ λ₀", relation="<=")
            .then(form + change, "|vᵀ(G(0) − K^(H))v| ≤ λ₀/4", relation="<=")
        ),
    ),
    Bound(
        "least-eigenvalue-later",
        lam / 2,
        form + drift,
        title="‖G(k) − G(0)‖ ≤ λ₀/4 then gives λ_min(G(k)) ≥ ½λ₀",
        source="Section 5",
        on={lam: Interval.open(0, oo)},
        where=(form >= lam * Rational(3, 4), drift >= -lam / 4),
        uses=("least-eigenvalue-start",),
        derive=lambda: (
            chain(lam / 2)
            .then(form - lam / 4, "vᵀG(0)v ≥ ¾λ₀", relation="<=")
            .then(form + drift, "|vᵀ(G(k) − G(0))v| ≤ λ₀/4", relation="<=")
        ),
    ),
    Bound(
        "contraction",
        N - 2 * eta * A + cross + square,
        (1 - eta * lam / 2) * N,
        title="One step multiplies ‖y − u‖² by at most 1 − ηλ₀/2",
        source="Section 5, end of the proof",
        where=(lam * N / 2 <= A, cross <= eta * lam * N / 4, square <= eta * lam * N / 4),
        uses=("loss-step", "remainder-order", "least-eigenvalue-later"),
        derive=_contraction,
    ),
)
