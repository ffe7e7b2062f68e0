"""How far features, masks and signals move while W_l is within τρ and b within ρ of where they began.

Two passes through blocks differ by Σ_j Q_j D_j·(τ/√m)(V_j − W_j)k_j, where V_j, k_j belong to the later weights, W_j to
the first ones, and Q_j is a product of blocks at the first weights with masks between those of both passes.
"""

from __future__ import annotations

from sympy import Abs, Interval, MatrixSymbol, Range, Rational, Symbol, log, sqrt

from derivations.domains import PositiveSemidefinite, SymmetricMatrices
from derivations.gaussian import relu, step
from derivations.papers.zhang2019.concentration import delta, n
from derivations.papers.zhang2019.notation import L, W, h, m, tau
from derivations.papers.zhang2019.proof.constants import (
    KINDS,
    SHARE,
    X_0,
    A_b,
    C,
    S,
    X,
    c_b,
    formula,
    lam,
    q,
    rho,
    theta,
    v,
    zeta,
)
from derivations.papers.zhang2019.proof.products import share
from derivations.spectra import lambda_min, max_norm, operator_norm
from derivations.statements import Bound, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, norm, vector

FACTS = "facts."
SOURCE = "Section 4, form; constants derived here"
V, Q = MatrixSymbol("V", m, m), MatrixSymbol("Q", m, m)
k, y, e = (vector(name, m) for name in ("k", "y", "e"))
"""Features at the later weights, the sum so far, and what one block adds to it."""
x, x_k, z, z_k = (vector(name, m) for name in ("x", "x_k", "z", "z_k"))
"""Features of two inputs over √m, at the start and later."""
a, b = Symbol("a", real=True), Symbol("b", real=True)
j = Symbol("j", integer=True, positive=True)
G = Symbol("G", nonnegative=True)
"""The largest norm of a signal."""
K, F = MatrixSymbol("K", n, n), MatrixSymbol("F", n, n)
moved = operator_norm(V - W) <= tau * rho
near = formula("M_move") <= m
critical = L * tau**2 <= 1
entry = tau**2 * rho * X
"""What a block adds before the products."""
far = zeta / sqrt(m)
"""How far features over √m move."""


def _block() -> Derivation:
    rest = tau / sqrt(m) * ((V - W) * k)
    return (
        chain(norm(_difference()))
        .then(norm(rest), "what is linear drops out")
        .then(tau / sqrt(m) * norm((V - W) * k), "a factor before a vector")
        .then(tau / sqrt(m) * operator_norm(V - W) * norm(k), "its norm", relation="<=")
        .by(FACTS + "operator-vector", M=V - W, x=k)
        .then(tau**2 * rho / sqrt(m) * norm(k), "‖V − W‖ ≤ τρ", relation="<=")
    )


def _difference() -> object:
    later, first = k + tau / sqrt(m) * V * k, h + tau / sqrt(m) * W * h
    return later - first - (k - h + tau / sqrt(m) * W * (k - h))


def _adds() -> Derivation:
    return (
        chain(norm(y + Q * e))
        .then(norm(y) + norm(Q * e), "the blocks before, and one more", relation="<=")
        .by(FACTS + "triangle", x=y, y=Q * e)
        .then(norm(y) + operator_norm(Q) * norm(e), "its norm", relation="<=")
        .by(FACTS + "operator-vector", M=Q, x=e)
        .then(norm(y) + C * norm(e), "products of blocks", relation="<=")
        .then(j * C * entry, "j − 1 blocks and one", relation="<=")
    )


def _stay() -> Derivation:
    return (
        chain(norm(k))
        .then(norm(h) + norm(k - h), "from where they began", relation="<=")
        .by(FACTS + "triangle", x=h, y=k - h)
        .then(X_0 * sqrt(m) + C * rho * X * L * tau**2, "at most ζ", relation="<=")
        .then(X_0 * sqrt(m) + C * rho * X, "L ≤ 1/τ²", relation="<=")
        .then(X_0 * sqrt(m) + sqrt(m) * X / 9, "m ≥ (9Cρ)²", relation="<=")
        .then(formula("X") * sqrt(m), "X = (9/8)X₀", relation="<=")
    )


def _entries() -> Derivation:
    return (
        chain(inner(x_k, z_k) - inner(x, z))
        .then(inner(x_k - x, z_k) + inner(x, z_k - z), "one factor after the other")
        .then(norm(x_k - x) * norm(z_k) + norm(x) * norm(z_k - z), "Cauchy and Schwarz", relation="<=")
        .by(FACTS + "cauchy-schwarz", x=x_k - x, y=z_k)
        .by(FACTS + "cauchy-schwarz", x=x, y=z_k - z)
        .then(2 * X * far, "none is longer than X, and both move by ≤ ζ/√m", relation="<=")
    )


def _gram() -> Derivation:
    change = 2 * C * rho * X**2 / sqrt(m)
    return (
        chain(lam / 2)
        .then(lam - n * change, "m ≥ (4nCρX²/λ₀)²", relation="<=")
        .then(lam - operator_norm(F), "no entry has moved by more", relation="<=")
        .by(FACTS + "entry-operator", R=F, c=change)
        .then(lambda_min(K) - operator_norm(F), "at the start", relation="<=")
        .then(lambda_min(K + F), "Weyl", relation="<=")
        .by(FACTS + "weyl-perturbation", A=K + F, B=K)
    )


def _share_signals() -> Derivation:
    root = sqrt(4 + 2 * log(1 / share))
    return (
        chain(share * (1 + root) ** 2)
        .then(share * (2 + 2 * root**2), "(1 + s)² ≤ 2 + 2s²", relation="<=")
        .then(share * (10 + 4 * log(1 / share)), "multiplying out")
        .then(v, "the value of q", relation="<=")
        .by("share", v=v)
    )


def _signals_near() -> Derivation:
    kept = lam / (16 * n * S * X**2)
    return (
        chain(C * rho * (1 + S) / sqrt(m) + (L * C + 1) * C * sqrt(formula("v")))
        .then(C * rho * (1 + S) / sqrt(m) + kept, "the value of v")
        .then(2 * kept, "m ≥ (16nCρ(1 + S)SX²/λ₀)²", relation="<=")
        .then(lam / (8 * n * S * X**2), "two halves")
    )


def _statements() -> tuple[Statement, ...]:
    return (
        Bound(
            "block-differs",
            norm(_difference()),
            tau**2 * rho / sqrt(m) * norm(k),
            title="A block at other weights: z′ − z is (I + τ/√m·W)(k − h) but for at most τ²ρ/√m·‖k‖",
            source=SOURCE,
            where=(moved,),
            sample_on={rho: (4, 40), tau: (1, 4)},
            derive=_block,
        ),
        Bound(
            "mask-between",
            (relu(a) - relu(b)) ** 2,
            (relu(a) - relu(b)) * (a - b),
            title="φ(a) − φ(b) = d·(a − b) with a mask d between 0 and 1",
            source=SOURCE,
        ),
        Bound(
            "distance-adds",
            norm(y + Q * e),
            j * C * entry,
            title="By induction over blocks: what j of them add, each through a product of norm ≤ C, is at most jCτ²ρX",
            source=SOURCE,
            where=(operator_norm(Q) <= C, norm(y) <= (j - 1) * C * entry, norm(e) <= entry),
            sample_on={rho: (4, 40), tau: (1, 4), X: (1, 4), C: (4, 40)},
            uses=("block-differs", "mask-between", "product-width"),
            derive=_adds,
        ),
        Bound(
            "features-move",
            norm(y),
            formula("zeta"),
            title="What ReLU is applied to moves by at most ζ = CρXLτ², since j ≤ L",
            source=SOURCE,
            where=(norm(y) <= j * C * entry, j <= L),
            sample_on={rho: (4, 40), tau: (1, 4), X: (1, 4), C: (4, 40)},
            uses=("distance-adds",),
            derive=lambda: (
                chain(norm(y))
                .then(j * C * entry, "what j blocks add", relation="<=")
                .then(formula("zeta"), "j ≤ L", relation="<=")
            ),
        ),
        Bound(
            "features-stay",
            norm(k),
            formula("X") * sqrt(m),
            title="Features over √m stay below X = (9/8)X₀ where m ≥ (9Cρ)²",
            source=SOURCE,
            where=(
                norm(h) <= X_0 * sqrt(m),
                norm(k - h) <= C * rho * X * L * tau**2,
                critical,
                near,
                formula("X") >= X,
            ),
            sample_on={
                C: (Rational(1, 8), 1),
                rho: (Rational(1, 16), Rational(1, 9)),
                X_0: (4, 40),
                X: (2, 20),
                tau: (Rational(1, 4), 1),
            },
            uses=("features-move", "start-width"),
            derive=_stay,
        ),
        Bound(
            "output-stays",
            norm(h),
            formula("A_b") * sqrt(m),
            title="‖b‖ ≤ (c_b + 1/9)√m while it has moved by at most ρ",
            source=SOURCE,
            where=(norm(k) <= c_b * sqrt(m), norm(h - k) <= rho, near, C >= 1),
            sample_on={C: (1, 2), rho: (Rational(1, 99), Rational(1, 18)), c_b: (2, 20)},
            uses=("output-width",),
            derive=lambda: (
                chain(norm(h))
                .then(norm(k) + norm(h - k), "from where it began", relation="<=")
                .by(FACTS + "triangle", x=k, y=h - k)
                .then(c_b * sqrt(m) + rho, "at most ρ", relation="<=")
                .then(c_b * sqrt(m) + C * rho, "C ≥ 1", relation="<=")
                .then(c_b * sqrt(m) + sqrt(m) / 9, "m ≥ (9Cρ)²", relation="<=")
                .then(formula("A_b") * sqrt(m), "collecting", relation="<=")
            ),
        ),
        Bound(
            "signals-stay",
            G,
            formula("S"),
            title="Signals ∂f/∂z_l over τ are at most S = (9/8)CA_b: all blocks add at most Cρ/√m of the largest",
            source=SOURCE,
            where=(C * A_b + C * rho * L * tau**2 / sqrt(m) * G >= G, critical, near),
            sample_on={
                C: (Rational(1, 8), 1),
                rho: (Rational(1, 16), Rational(1, 9)),
                A_b: (2, 20),
                tau: (Rational(1, 4), 1),
            },
            uses=("block-differs", "product-width", "output-stays"),
            derive=lambda: (
                chain(G)
                .then(C * A_b + C * rho / sqrt(m) * G, "L ≤ 1/τ²", relation="<=")
                .then(C * A_b + G / 9, "m ≥ (9Cρ)²", relation="<=")
                .then(formula("S"), "8/9 of G is at most CA_b", relation="<=")
            ),
        ),
        Bound(
            "mask-kept",
            theta**2 * (step(a) - step(b)) ** 2,
            (a - b) ** 2,
            title="A mask changes only where an entry moves by θ or more, or was nearer to 0 than θ",
            source=SOURCE,
            where=(Abs(b) >= theta,),
        ),
        Bound(
            "masks-change",
            2 * zeta**2 / theta**2 + m * q / 2,
            q * m,
            mark="bookkeeping",
            title="Two passes: (ζ/θ)² entries each move by θ, mq/2 were near 0: at most a share q of the masks changes",
            source=SOURCE,
            where=(formula("M_flip") <= m,),
            sample_on={theta: (1, 4), zeta: (Rational(1, 4), 1), q: (Rational(1, 2), 1)},
            uses=("mask-kept", "features-move", "count-width"),
            derive=lambda: (
                chain(2 * zeta**2 / theta**2 + m * q / 2)
                .then(q / 2 * formula("M_flip") + m * q / 2, "M = 4ζ²/(qθ²)")
                .then(q * m, "m ≥ M", relation="<=")
            ),
        ),
        Bound(
            "share-signals",
            share * (1 + sqrt(4 + 2 * log(1 / share))) ** 2,
            v,
            title="Signals at the start on any share q: C(√q + √(2q log(e/q) + 2q)) ≤ C√v",
            source=SOURCE,
            on={v: Interval.Lopen(0, Rational(1, 40))},
            uses=("facts.gaussian-norm", "share-small"),
            derive=_share_signals,
        ),
        Bound(
            "share-small",
            40 * L * formula("v"),
            1,
            title="v is at most 1/40 and 1/L: λ₀ is at most the mean of the ‖x_L‖² ≤ X²",
            source=SOURCE,
            where=(lam <= X**2, C >= 1, S >= 1),
            sample_on={lam: (Rational(1, 8), 1), X: (1, 4), C: (1, 4), S: (1, 4)},
            uses=("facts.trace-eigenvalue",),
            derive=lambda: (
                chain(40 * L * formula("v"))
                .then(40 * L * (1 / (16 * C * (L * C + 1) * n * S)) ** 2, "λ₀ ≤ X²", relation="<=")
                .then(40 * L / (256 * L**2), "C, n, S ≥ 1", relation="<=")
                .then(1, "40 ≤ 256", relation="<=")
            ),
        ),
        Bound(
            "sets-width",
            log(n) + log(L) - m * q,
            log(SHARE),
            mark="bookkeeping",
            title="There are (e/q)^{qm} such shares in nL layers: all signals are that small but for a chance of δ/7",
            source=SOURCE,
            on={q: Interval.open(0, 1), delta: Interval.open(0, 1)},
            where=(formula("M_count") <= m,),
            sample_on={q: (Rational(1, 2), Rational(9, 10)), m: Range(200, 900)},
            uses=("share-signals",),
            derive=lambda: (
                chain(log(n) + log(L) - m * q)
                .then(log(n) + log(L) - m * q**2 / 8, "q ≤ 1", relation="<=")
                .then(log(n) + log(L) - log(KINDS * n * L / delta), "m ≥ 8log(7nL/δ)/q²", relation="<=")
                .then(log(SHARE), "collecting")
            ),
        ),
        Bound(
            "signals-near",
            C * rho * (1 + S) / sqrt(m) + (L * C + 1) * C * sqrt(formula("v")),
            lam / (8 * n * S * X**2),
            mark="bookkeeping",
            title="Signals stay within λ₀/(8nSX²) of those at the start: weights add C(ρ + ρS)/√m, masks (LC + 1)C√v",
            source=SOURCE,
            where=(formula("M_signal") <= m,),
            sample_on={
                C: (1, 2),
                rho: (Rational(1, 99), Rational(1, 50)),
                S: (Rational(1, 4), 1),
                X: (Rational(1, 4), 1),
                lam: (8, 40),
            },
            uses=("masks-change", "sets-width", "signals-stay"),
            derive=_signals_near,
        ),
        Bound(
            "entries-move",
            inner(x_k, z_k) - inner(x, z),
            2 * X * far,
            title="An entry of the features' Gram matrix grows by at most 2Xζ/√m; exchanged, it falls by no more",
            source=SOURCE,
            where=(norm(x_k - x) <= far, norm(z_k - z) <= far, norm(x) <= X, norm(z_k) <= X),
            sample_on={X: (4, 40), zeta: (4, 40)},
            uses=("features-move", "features-stay"),
            derive=_entries,
        ),
        Bound(
            "features-gram",
            lam / 2,
            lambda_min(K + F),
            title="The Gram matrix K + F of the features keeps half of λ₀ ≤ λ_min(K)",
            source=SOURCE,
            on={K: PositiveSemidefinite(), F: SymmetricMatrices()},
            where=(
                lam <= lambda_min(K),
                max_norm(F) <= 2 * C * rho * X**2 / sqrt(m),
                formula("M_gram") <= m,
            ),
            sample_on={lam: (1, 8), C: (1, 2), rho: (Rational(1, 4), 1), X: (Rational(1, 4), 1)},
            uses=("entries-move",),
            derive=_gram,
        ),
    )


STATEMENTS: tuple[Statement, ...] = _statements()
