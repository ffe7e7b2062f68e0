"""A step of gradient descent on all blocks: how far it moves each, and Gram matrices that are no larger than nB².

A step moves a block by η·Σ_i r_i·∂u_i/∂W. With the gradients as columns of a matrix J that is ηJr, no matter in which
order the entries of W stand, so that its square is η²·rᵀGr with the block's Gram matrix G = JᵀJ.
"""

from __future__ import annotations

from typing import Any

from sympy import Abs, Eq, HadamardProduct, MatrixSymbol, Max, Rational, S, Symbol, Transpose, sqrt

from derivations.domains import PositiveSemidefinite
from derivations.papers.du2018.notation import H, m
from derivations.papers.du2018.proof.constants import C_2, A, B, B_all, L, alpha, b, n
from derivations.papers.du2018.proof.descent import beyond, eta
from derivations.papers.du2018.proof.letters import FACTS, RESNET, SOURCE, drawn, formula
from derivations.spectra import frobenius_norm, max_norm, operator_norm
from derivations.statements import Bound, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, norm, norm_squared, ones, vector

MAIN = "Section 5; derived here"
d, p = (Symbol(name, integer=True, positive=True) for name in "dp")
a, p_i, p_j = (vector(name, m) for name in ("a", "p_i", "p_j"))
"""Output weights, and σ′ of two inputs in the last layer."""
passed = Symbol("t", integer=True, nonnegative=True)
"""Layers through which a signal has come back."""
V, J = MatrixSymbol("V", m, d), MatrixSymbol("J", p, n)
"""What a step adds to a block, and the gradients of a block as columns."""
G = MatrixSymbol("G", n, n)
r, e, u = vector("r", n), vector("e", n), vector("u", n)
c = Symbol("c", nonnegative=True)
g, Y = (Symbol(name, positive=True) for name in "gY")
"""What bounds an entry, the factor of a branch over 1/√m, and the length of what a layer is given."""
N, N_most = (Symbol(name, nonnegative=True) for name in ("N", "P"))
P, Q = (Symbol(name, real=True) for name in ("P_12", "S_12"))
"""⟨x_i, x_j⟩, and the inner product of signals that have passed the activation."""


def form(matrix: Any, vector_: Any) -> Any:
    """rᵀGr."""
    return inner(vector_, matrix * vector_)


def _block_step() -> Statement:
    most = eta * sqrt(n) * B * norm(r)

    def derive() -> Derivation:
        return (
            chain(operator_norm(V))
            .have(form(G, r) <= n * B**2 * norm(r) ** 2, "Rayleigh")
            .by(FACTS + "rayleigh-max", A=G, x=r)
            .by(FACTS + "symmetric-norm", A=G)
            .have(frobenius_norm(V) ** 2 <= most**2, "the square of the step")
            .then(frobenius_norm(V), "the largest singular value is one of all", relation="<=")
            .by(FACTS + "operator-frobenius", M=V)
            .then(most, "numbers ≥ 0 are in the order of their squares", relation="<=")
            .by("lengths", N=frobenius_norm(V), P=most)
        )

    return Bound(
        "block-step",
        operator_norm(V),
        most,
        title="A step V of a block, ‖V‖_F² = η²·rᵀGr, is no larger than η√n·B‖r‖ where ‖G‖ ≤ nB²",
        source=MAIN,
        on={G: PositiveSemidefinite()},
        where=(Eq(frobenius_norm(V) ** 2, eta**2 * form(G, r), evaluate=False), operator_norm(G) <= n * B**2),
        uses=("step-length",),
        derive=derive,
    )


def _entries_length() -> Statement:
    return Bound(
        "entries-length",
        norm(u),
        sqrt(n) * c,
        title="n entries of at most c have together a length of at most √n·c",
        source=MAIN,
        where=(max_norm(u) <= c,),
        sample_on={c: (1, 4)},
        derive=lambda: (
            chain(norm(u))
            .then(c * norm(ones(n)), "u = u ∘ 𝟏", relation="<=")
            .by(FACTS + "hadamard-max", u=u, v=ones(n), c=c)
            .then(sqrt(n) * c, "‖𝟏‖ = √n")
        ),
    )


def _rest_of_step() -> Statement:
    """Taylor's remainder of each output, for all of them together."""
    each = C_2 * eta**2 * form(G, r) / 2

    def derive() -> Derivation:
        return (
            chain(norm(e))
            .have(form(G, r) <= n * B_all**2 * norm(r) ** 2, "Rayleigh")
            .by(FACTS + "rayleigh-max", A=G, x=r)
            .by(FACTS + "symmetric-norm", A=G)
            .have(max_norm(e) <= C_2 * eta**2 * n * B_all**2 * norm(r) ** 2 / 2, "the step is no longer")
            .then(sqrt(n) * C_2 * eta**2 * n * B_all**2 * norm(r) ** 2 / 2, "n outputs", relation="<=")
            .by("entries-length", u=e, c=C_2 * eta**2 * n * B_all**2 * norm(r) ** 2 / 2)
            .then(beyond(norm(r)), "collecting")
        )

    return Bound(
        "rest-of-step",
        norm(e),
        beyond(norm(r)),
        title="Beyond its linear part a step has ≤ C₂‖Δθ‖²/2 in each output, ‖Δθ‖² = η²·rᵀGr: √n times that together",
        source=MAIN,
        on={G: PositiveSemidefinite()},
        where=(max_norm(e) <= each, operator_norm(G) <= n * B_all**2),
        sample_on={eta: (1, 4), **drawn(B_all, C_2)},
        uses=("step-length",),
        derive=derive,
    )


def _depth(skip: bool) -> Statement:
    rate = formula("alpha", True) if skip else Max(1, alpha)
    lhs = A * rate**passed

    def derive() -> Derivation:
        made = chain(lhs)
        if skip:
            return (
                made.then(A * rate ** (passed + 1), "α ≥ 1", relation="<=")
                .then(formula("b", True), "whatever the depth", relation="<=")
                .by("signals-resnet", {str(s): s for s in (A, *sorted(rate.free_symbols, key=str))}, k=passed + 1)
                .then(b, "b is at least its formula", relation="<=")
            )
        return made.then(formula("b"), "max(1, α) ≥ 1", relation="<=").then(b, "b is at least that", relation="<=")

    named = "resnet" if skip else "fc"
    return Bound(
        f"signals-depth-{named}",
        lhs,
        b,
        title="A signal that has come back through t ≤ H − 1 layers is no longer than one through all: b√m",
        source=RESNET if skip else SOURCE,
        on={H: S.Naturals},
        where=(passed <= H - 1, formula("b", skip) <= b),
        sample_on={passed: (0, 3), H: (4, 6), b: (200, 4000), A: (1, 4), alpha: (Rational(1, 2), 2)}
        if not skip
        else drawn(A, b),
        uses=(f"signals-{named}" if not skip else "signals-layer-resnet",),
        derive=derive,
    )


STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "step-length",
        norm_squared(eta * J * r),
        eta**2 * form(Transpose(J) * J, r),
        title="The square of a step ηJr of a block is η²·rᵀGr, G = JᵀJ its Gram matrix",
        source=MAIN,
    ),
    Identity(
        "slopes-together",
        inner(HadamardProduct(p_i, a), HadamardProduct(p_j, a)),
        inner(HadamardProduct(a, a), HadamardProduct(p_i, p_j)),
        title="Σ_r a_rσ′·a_rσ′ = Σ_r a_r²σ′σ′: the last layer's Gram matrix, whose signals are a",
        source=MAIN,
    ),
    Bound(
        "lengths",
        N,
        N_most,
        mark="bookkeeping",
        title="Numbers ≥ 0 are in the order of their squares",
        source=MAIN,
        where=(N_most**2 >= N**2,),
    ),
    _block_step(),
    _entries_length(),
    _rest_of_step(),
    _depth(False),
    _depth(True),
    Bound(
        "gram-entry",
        g**2 / m * Abs(P * Q),
        (g * L * b * Y) ** 2,
        title="An entry γ²⟨x_i, x_j⟩·⟨σ′∘b_i, σ′∘b_j⟩/m of a block's Gram matrix is at most (γLbY)²",
        source=MAIN,
        where=(Abs(P) <= Y**2, Abs(Q) <= (L * b) ** 2 * m),
        uses=("gram-layer-form",),
        derive=lambda: (
            chain(g**2 / m * Abs(P * Q))
            .then(g**2 / m * Abs(P) * Abs(Q), "|PS| = |P||S|")
            .then(g**2 / m * Y**2 * (L * b) ** 2 * m, "each factor", relation="<=")
            .then((g * L * b * Y) ** 2, "collecting")
        ),
    ),
)
