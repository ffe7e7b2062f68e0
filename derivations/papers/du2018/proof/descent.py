"""One step of gradient descent, all steps together, and the induction that closes the proof.

r = y − u, x = ηλ₀/2. A step multiplies ‖r‖ by at most 1 − ¾x; all of them move a block by at most
η√nB‖r(0)‖·Σ_k(1 − ¾x)^k ≤ R√m, within which the step's own hypotheses hold.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, Identity, Interval, MatrixSymbol, Rational, S, Symbol, log, sqrt

from derivations.domains import PositiveSemidefinite
from derivations.papers.du2018.notation import m
from derivations.papers.du2018.proof.constants import C_2, MOVES, B, B_all, R, c_r, epsilon, lam, n, rho
from derivations.papers.du2018.proof.letters import FACTS, drawn, formula
from derivations.spectra import lambda_max, lambda_min, operator_norm
from derivations.statements import Bound, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import norm, vector

eta = Symbol("eta", positive=True)
"""The step, at most η*."""
k = Symbol("k", integer=True, nonnegative=True)
"""The number of a step."""
semidefinite = MatrixSymbol("P", n, n)
"""Any positive semidefinite matrix."""
G = MatrixSymbol("G", n, n)
r, e = vector("r", n), vector("e", n)
"""y − u, and the direction of what a step has beyond its linear part."""
N, N_0, P, moved = (Symbol(name, nonnegative=True) for name in ("N", "N_0", "P", "T"))
"""‖r(k)‖, ‖r(0)‖, a number, and how far a block has moved."""
x = eta * lam / 2
rate = 1 - Rational(3, 4) * x
"""By what a step multiplies ‖r‖."""
STEPS = tuple(eta <= most for most in formula("eta_max").args)
"""η ≤ η*."""
MAIN = "Section 5; constants derived here"


def _symmetric() -> Statement:
    def derive() -> Derivation:
        whole = Identity(n) - eta * G
        return (
            chain(norm(r - eta * G * r))
            .then(norm(whole * r), "a matrix before r")
            .then(operator_norm(whole) * norm(r), "its norm", relation="<=")
            .by(FACTS + "operator-vector", M=whole, x=r)
            .then((1 - eta * lam / 2) * norm(r), "its eigenvalues lie between 0 and 1 − ηλ₀/2", relation="<=")
            .by(FACTS + "symmetric-norm", A=whole)
            .by(FACTS + "weyl-max", A=Identity(n), B=-eta * G)
            .by(FACTS + "weyl-min", A=Identity(n), B=-eta * G)
            .by(FACTS + "weyl-max", A=G, B=-G)
        )

    return Bound(
        "linear-part",
        norm(r - eta * G * r),
        (1 - eta * lam / 2) * norm(r),
        title="The linear part of a step: ‖(I − ηG)r‖ ≤ (1 − ηλ₀/2)‖r‖ for ηλ_max(G) ≤ 1",
        source=MAIN,
        on={G: PositiveSemidefinite()},
        where=(lam / 2 <= lambda_min(G), eta * lambda_max(G) <= 1),
        sample_on={lam: (Rational(1, 8), 2), eta: (Rational(1, 20), Rational(1, 2))},
        derive=derive,
    )


def beyond(length: Any) -> Any:
    """√n·C₂·‖Δθ‖²/2 for a step Δθ = η·Σ_i r_i∂u_i/∂θ no longer than η√nB_all‖r‖."""
    return sqrt(n) * C_2 * (eta * sqrt(n) * B_all * length) ** 2 / 2


def _remainder() -> Statement:
    """Taylor's remainder of a step against ¼x‖r‖."""

    def derive() -> Derivation:
        return (
            chain(beyond(N))
            .then(n * sqrt(n) * C_2 * eta**2 * B_all**2 * N * sqrt(n) * c_r / 2, "‖r‖ ≤ √n·c_r", relation="<=")
            .then(x / 4 * N, "η ≤ λ₀/(4n²B²C₂c_r)", relation="<=")
        )

    return Bound(
        "remainder",
        beyond(N),
        x / 4 * N,
        title="What a step has beyond its linear part is at most √nC₂(η√nB_all‖r‖)²/2 ≤ ¼x‖r‖, x = ηλ₀/2",
        source=MAIN,
        where=(sqrt(n) * c_r >= N, *STEPS),
        uses=("second-derivative-fc", "second-derivative-resnet", "all-gradients-fc", "all-gradients-resnet"),
        derive=derive,
    )


def _one_step() -> Statement:
    rest = beyond(norm(r)) * e
    after = norm(r - eta * G * r - rest)

    def derive() -> Derivation:
        return (
            chain(after)
            .then(norm(r - eta * G * r) + norm(rest), "the linear part and the rest", relation="<=")
            .by(FACTS + "triangle", x=r - eta * G * r, y=-rest)
            .then(norm(r - eta * G * r) + beyond(norm(r)) * norm(e), "a factor before a vector")
            .then(norm(r - eta * G * r) + beyond(norm(r)), "‖e‖ ≤ 1", relation="<=")
            .then((1 - eta * lam / 2) * norm(r) + beyond(norm(r)), "the linear part", relation="<=")
            .by("linear-part", G=G, r=r, **_own(eta, lam))
            .then((1 - eta * lam / 2) * norm(r) + x / 4 * norm(r), "the rest", relation="<=")
            .by("remainder", {"N": norm(r)}, **_own(eta, B_all, C_2, c_r, lam, n))
            .then(rate * norm(r), "¼x less of x")
        )

    return Bound(
        "one-step",
        after,
        rate * norm(r),
        title="A step r ↦ r − ηGr − √nC₂(η√nB_all‖r‖)²/2·e, ‖e‖ ≤ 1, multiplies ‖y − u‖ by at most 1 − ¾ηλ₀/2",
        source=MAIN,
        on={G: PositiveSemidefinite()},
        where=(
            lam / 2 <= lambda_min(G),
            lambda_max(G) <= n * B_all**2,
            norm(e) <= 1,
            norm(r) <= sqrt(n) * c_r,
            *STEPS,
        ),
        sample_on={lam: (Rational(1, 8), 2), eta: (Rational(1, 10000), Rational(1, 100)), **drawn(B_all, C_2, c_r)},
        uses=("gram-moves",),
        derive=derive,
    )


def _own(*symbols: Symbol) -> dict[str, Any]:
    """Symbols in the place of themselves."""
    return {str(s): s for s in symbols}


def _square() -> Statement:
    return Bound(
        "square-of-rate",
        rate**2,
        1 - x,
        mark="bookkeeping",
        title="(1 − ¾x)² ≤ 1 − x for x = ηλ₀/2 ≤ 8/9: a quarter of the factor pays for all that is not linear",
        source=MAIN,
        where=(x <= Rational(8, 9),),
    )


def _weights_move() -> Statement:
    """η√nB‖r(0)‖·(1 − q^k)/(1 − q) ≤ R√m."""
    least: Expr = formula("M_move").xreplace({rho: formula("rho")})

    def derive() -> Derivation:
        return (
            chain(eta * sqrt(n) * B * N_0 * (1 - rate**k) / (1 - rate))
            .then(eta * sqrt(n) * B * N_0 / (1 - rate), "a geometric sum is below its limit", relation="<=")
            .then(MOVES * sqrt(n) * B * N_0 / lam, "1 − rate = ¾ηλ₀/2")
            .then(MOVES * n * B * c_r / lam, "‖r(0)‖ ≤ √n·c_r", relation="<=")
            .then(R * sqrt(m), "m ≥ M", relation="<=")
        )

    return Bound(
        "weights-move",
        eta * sqrt(n) * B * N_0 * (1 - rate**k) / (1 - rate),
        R * sqrt(m),
        title="All steps together move a block by at most R√m: η√nB‖r(0)‖·Σ_{i<k}(1 − ¾x)^i",
        source=MAIN,
        on={k: S.Naturals0},
        where=(sqrt(n) * c_r >= N_0, least <= m, x <= 1),
        sample_on={lam: (4, 16), eta: (Rational(1, 1000), Rational(1, 10)), **drawn(R)},
        derive=derive,
    )


def _distance() -> Statement:
    """The induction over steps: one more keeps the distance below its geometric sum."""
    before, after = (eta * sqrt(n) * B * N_0 * (1 - rate**j) / (1 - rate) for j in (k, k + 1))

    def derive() -> Derivation:
        return (
            chain(moved + eta * sqrt(n) * B * N)
            .then(before + eta * sqrt(n) * B * N, "the steps before", relation="<=")
            .then(before + eta * sqrt(n) * B * rate**k * N_0, "‖r(k)‖ ≤ (1 − ¾x)^k‖r(0)‖", relation="<=")
            .then(after, "one more term of the sum")
        )

    return Bound(
        "distance-grows",
        moved + eta * sqrt(n) * B * N,
        after,
        title="By induction over steps, step k moves a block by ≤ η√nB‖r(k)‖, so that the sum grows by its next term",
        source=MAIN,
        where=(moved <= before, rate**k * N_0 >= N, x <= 1),
        sample_on={lam: (1, 4), eta: (Rational(1, 100), Rational(1, 4)), k: (0, 5)},
        uses=("block-gradient-fc", "block-gradient-resnet"),
        derive=derive,
    )


def _loss() -> Statement:
    """½‖r(k)‖² ≤ (1 − ηλ₀/2)^k·½‖r(0)‖²."""

    def derive() -> Derivation:
        return (
            chain(N**2 / 2)
            .then((rate**k * N_0) ** 2 / 2, "k steps, each by 1 − ¾x", relation="<=")
            .by("squares", N=N, P=rate**k * N_0)
            .then((rate**2) ** k * N_0**2 / 2, "the square of a power")
            .then((1 - x) ** k * N_0**2 / 2, "(1 − ¾x)² ≤ 1 − x", relation="<=")
            .by("square-of-rate", **_own(eta, lam))
        )

    return Bound(
        "convergence",
        N**2 / 2,
        (1 - x) ** k * N_0**2 / 2,
        mark="bookkeeping",
        title="From the residual, ‖r(k)‖ ≤ (1 − ¾x)^k‖r(0)‖ with x = ηλ₀/2, to the loss: L(k) ≤ (1 − ηλ₀/2)^k·L(0)",
        source="Section 5, Theorems 5.1 and 6.1",
        where=(rate**k * N_0 >= N, x <= Rational(8, 9)),
        sample_on={lam: (1, 4), eta: (Rational(1, 100), Rational(2, 5)), k: (0, 5)},
        uses=("one-step", "distance-grows", "weights-move", "gram-moves"),
        derive=derive,
    )


def _iterations() -> Statement:
    time = Symbol("t", positive=True)

    def derive() -> Derivation:
        return (
            chain(time * log(1 - x))
            .then(-time * x, "log(1 − x) ≤ −x", relation="<=")
            .then(log(epsilon), "t ≥ T", relation="<=")
        )

    least: Expr = formula("T").xreplace({Symbol("eta_max", positive=True): eta})
    return Bound(
        "iterations",
        time * log(1 - x),
        log(epsilon),
        title="After T = 2log(1/ε)/(ηλ₀) steps (1 − ηλ₀/2)^T ≤ ε, here as logarithms",
        source=MAIN,
        where=(least <= time, x < 1),
        sample_on={epsilon: (Rational(1, 100), Rational(1, 2))},
        on={epsilon: Interval.open(0, 1)},
        derive=derive,
    )


STATEMENTS: tuple[Statement, ...] = (
    _symmetric(),
    _remainder(),
    _one_step(),
    Bound(
        "squares",
        N**2,
        P**2,
        mark="bookkeeping",
        title="Squares of numbers ≥ 0 are in their order",
        source=MAIN,
        where=(N <= P,),
    ),
    _square(),
    Bound(
        "decay-at-most",
        x,
        Rational(1, 2),
        title="A step is so small that ηλ₀/2 ≤ ηnB_all² ≤ ½",
        mark="bookkeeping",
        source=MAIN,
        where=(lam / 2 <= n * B_all**2, STEPS[0]),
        derive=lambda: (
            chain(x)
            .then(eta * n * B_all**2, "λ₀/2 ≤ nB_all²", relation="<=")
            .then(Rational(1, 2), "η ≤ 1/(2nB_all²)", relation="<=")
        ),
    ),
    Bound(
        "eigenvalues-in-order",
        lambda_min(semidefinite),
        lambda_max(semidefinite),
        title="The least eigenvalue is at most the largest",
        source=MAIN,
        on={semidefinite: PositiveSemidefinite()},
        derive=lambda: (
            chain(lambda_min(semidefinite))
            .then(lambda_max(semidefinite), "λ_max(−P) = −λ_min(P)", relation="<=")
            .by(FACTS + "weyl-max", A=semidefinite, B=-semidefinite)
        ),
    ),
    Bound(
        "no-negative-eigenvalue",
        S.Zero,
        lambda_min(semidefinite),
        title="A positive semidefinite matrix has no negative eigenvalue",
        source=MAIN,
        on={semidefinite: PositiveSemidefinite()},
    ),
    _weights_move(),
    _distance(),
    _loss(),
    _iterations(),
)
