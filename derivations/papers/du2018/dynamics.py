"""Sections 4 and 5 of Du et al. (2019): the predictions' dynamics, and what leads to 1 − ηλ₀/2."""

from __future__ import annotations

from sympy import MatrixSymbol, Rational, Symbol, Transpose

from derivations.papers.du2018.notation import n
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Rate, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, norm_squared, vector

eta = Symbol("eta", positive=True)
"""The step size."""
P = Symbol("P", integer=True, positive=True)
"""Number of parameters."""
lam = Symbol("lambda_0", positive=True)
"""λ₀ = λ_min(K^(H))."""
r = vector("r", n)
"""y − u(k)."""
D = MatrixSymbol("D", P, n)
"""The gradients of the predictions as columns: G(k) = DᵀD."""
w = vector("w", n)
"""A vector no longer than the one that it stands beside: what an operator of norm one makes of it."""
v = vector("v", n)
K = MatrixSymbol("K^(H)", n, n)
moved = eta * Transpose(D) * D * r + eta * lam / 8 * w
"""u(k+1) − u(k) = ηG(k)(y − u(k)) and a remainder of norm at most ηλ₀/8·‖y − u(k)‖."""
N = norm_squared(r)


def _contraction() -> Derivation:
    return (
        chain(norm_squared(r - moved))
        .then(N - 2 * eta * norm_squared(D * r) - eta * lam / 4 * inner(r, w) + norm_squared(moved), "expanding")
        .then(
            N - eta * lam * N - eta * lam / 4 * inner(r, w) + norm_squared(moved), "λ_min(G(k)) ≥ λ₀/2", relation="<="
        )
        .then(
            N - eta * lam * N + eta * lam / 8 * (N + norm_squared(w)) + norm_squared(moved),
            "Cauchy and Schwarz, with the means of squares",
            relation="<=",
        )
        .then(N - eta * lam * N * Rational(3, 4) + norm_squared(moved), "‖w‖ ≤ ‖r‖", relation="<=")
        .then((1 - eta * lam / 2) * N, "the step's square, ηλ₀/4", relation="<=")
    )


def _start() -> Derivation:
    square = norm_squared(v)
    return (
        chain(lam * Rational(3, 4) * square)
        .then(inner(v, K * v) - lam / 4 * square, "λ_min(K^(H)) ≥ λ₀", relation="<=")
        .then(inner(v, K * v) - lam / 8 * (square + norm_squared(w)), "‖w‖ ≤ ‖v‖", relation="<=")
        .then(inner(v, K * v) + lam / 4 * inner(v, w), "Cauchy and Schwarz, with the means of squares", relation="<=")
    )


STATEMENTS: tuple[Statement, ...] = (
    Rate(
        "remainder-order",
        MeasuredQuantity("‖y − u(k+1) − (I − ηG)(y − u)‖", r"\|y-u(k+1)-(I-\eta G(k))(y-u(k))\|"),
        eta,
        2,
        title="The remainder of one step is of second order in η",
        source="Section 4",
        within=0.05,
        against=(1, 3),
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
        against=(2, 4),
        uses=("remainder-order",),
    ),
    Bound(
        "least-eigenvalue-start",
        lam * Rational(3, 4) * norm_squared(v),
        inner(v, K * v) + lam / 4 * inner(v, w),
        title="‖(G(0) − K^(H))v‖ ≤ λ₀/4·‖v‖ leaves vᵀG(0)v ≥ ¾λ₀‖v‖²: G(0)v = K^(H)v + λ₀/4·w",
        source="Section 5; Lemma B.2; Weyl's inequality in the form of Rayleigh's quotient",
        where=(lam * norm_squared(v) <= inner(v, K * v), norm_squared(w) <= norm_squared(v)),
        derive=_start,
    ),
    Bound(
        "contraction",
        norm_squared(r - moved),
        (1 - eta * lam / 2) * N,
        title="One step multiplies ‖y − u‖² by at most 1 − ηλ₀/2",
        source="Section 5, end of the proof; the shares of ηλ₀ are ours",
        where=(lam / 2 * N <= norm_squared(D * r), norm_squared(w) <= N, norm_squared(moved) <= eta * lam / 4 * N),
        uses=("remainder-order", "least-eigenvalue-later"),
        derive=_contraction,
    ),
)
