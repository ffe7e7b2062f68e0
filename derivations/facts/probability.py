"""Tails and means of random numbers, and of sums of independent ones."""

from __future__ import annotations

from sympy import Abs, Max, Or, Symbol, exp, log, sqrt

from derivations.domains import Gaussian, Independent, Signs, SymmetricMatrices
from derivations.facts.notation import A, B, X, c, e, ell, f, g, h, n, s, t, u, v, w, x
from derivations.quantities.chance import Chance, Mean, variance
from derivations.spectra import lambda_max, max_norm, operator_norm
from derivations.statements import Bound, Statement
from derivations.vectors import elementwise, inner, norm_squared, ones

low, high = Symbol("a", real=True), Symbol("b", real=True)
spread = Symbol("v", positive=True)
theta = Symbol("theta", positive=True)
total = inner(w, ones(n))
bounded = Independent(low, high)
MOTWANI = "Boucheron, Lugosi and Massart, Concentration Inequalities"
TROPP = "Tropp 2015, An Introduction to Matrix Concentration Inequalities"

STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "markov",
        Chance(t <= X),
        Mean(X) / t,
        title="Markov's inequality for X on [0, c]",
        source=f"{MOTWANI}, Section 2.1",
        on={X: Independent(0, c)},
        mark="cited",
    ),
    Bound(
        "chebyshev",
        Chance(Abs(X - Mean(X)) >= t),
        variance(X) / t**2,
        title="Chebyshev's inequality",
        source=f"{MOTWANI}, Section 2.1",
        on={X: bounded},
        mark="cited",
    ),
    Bound(
        "jensen-mean",
        Mean(X) ** 2,
        Mean(X**2),
        title="Jensen's inequality for the square of a random number",
        source=f"{MOTWANI}, Section 2.1",
        on={X: bounded},
        mark="cited",
    ),
    Bound(
        "paley-zygmund",
        (1 - theta) ** 2 * Mean(X) ** 2,
        Mean(X**2) * Chance(theta * Mean(X) <= X),
        title="Paley and Zygmund: X ≥ 0 is not often far below its mean",
        source=f"{MOTWANI}, Chapter 2, exercises",
        on={X: Independent(0, c), theta: (0, 1)},
        mark="cited",
    ),
    Bound(
        "union-bound",
        Chance(Or(inner(x, w) > s, norm_squared(w) > t)),
        Chance(inner(x, w) > s) + Chance(norm_squared(w) > t),
        title="The union bound for two events, here ⟨x, w⟩ > s and ‖w‖² > t, which depend on each other",
        source="Vershynin, High-Dimensional Probability, Section 1.3 (Boole's inequality)",
        on={w: Gaussian()},
        mark="cited",
    ),
    Bound(
        "union-bound-n",
        Chance(max_norm(w) > t),
        n * Chance(Abs(g) > t),
        title="The union bound for the n entries of a Gaussian vector",
        source="Vershynin, High-Dimensional Probability, Section 1.3 (Boole's inequality)",
        on={w: Gaussian(), g: Gaussian()},
        mark="cited",
    ),
    Bound(
        "hoeffding",
        Chance(total - Mean(total) >= t),
        exp(-2 * t**2 / (n * (high - low) ** 2)),
        title="Hoeffding's inequality for n independent numbers on [a, b]",
        source=f"{MOTWANI}, Theorem 2.8",
        on={w: bounded},
        where=low < high,
        mark="cited",
    ),
    Bound(
        "hoeffding-lemma",
        Mean(exp(s * (X - Mean(X)))),
        exp(s**2 * (high - low) ** 2 / 8),
        title="Hoeffding's lemma",
        source=f"{MOTWANI}, Lemma 2.2",
        on={X: bounded},
        where=low < high,
        mark="cited",
    ),
    Bound(
        "bernstein",
        Chance(total - Mean(total) >= t),
        exp(-(t**2) / (2 * (n * spread + c * t / 3))),
        title="Bernstein's inequality for entries on [0, c] of a variance of at most v",
        source=f"{MOTWANI}, Section 2.8 (Corollary 2.11)",
        on={w: Independent(0, c)},
        assumes=("variance",),
        mark="cited",
    ),
    Bound(
        "symmetrisation",
        Mean(Abs(total - Mean(total))),
        2 * Mean(Abs(inner(e, w))),
        title="Symmetrisation: a sum about its mean against the sum with random signs",
        source="Vershynin, High-Dimensional Probability, Section 6.4 (Lemma 6.4.2)",
        on={w: bounded, e: Signs()},
        where=low < high,
        mark="cited",
    ),
    Bound(
        "massart",
        Mean(max_norm(A * e)),
        c * sqrt(2 * log(2 * n)),
        title="Massart's finite class: n rows of length at most c, and their negatives",
        source=f"{MOTWANI}, Theorem 2.5",
        on={e: Signs()},
        where=max_norm(elementwise(lambda a: a**2, A) * ones(n)) <= c**2,
        mark="cited",
    ),
    Bound(
        "contraction",
        Mean(Max(inner(e, elementwise(f, u)), inner(e, elementwise(f, v)))),
        ell * Mean(Max(inner(e, u), inner(e, v))),
        title="Ledoux and Talagrand: an ℓ-Lipschitz f of each entry costs at most the factor ℓ, here for two vectors",
        source="Ledoux and Talagrand, Probability in Banach Spaces, Theorem 4.12",
        on={e: Signs()},
        assumes=("lipschitz",),
        mark="cited",
    ),
    Bound(
        "matrix-gaussian-series",
        Chance(lambda_max(g * A + h * B) >= t),
        n * exp(-(t**2) / (2 * operator_norm(A**2 + B**2))),
        title="Tails of a Gaussian series of symmetric matrices",
        source=f"{TROPP}, Theorem 4.6.1",
        on={g: Gaussian(), h: Gaussian(), A: SymmetricMatrices(), B: SymmetricMatrices()},
        mark="cited",
    ),
    Bound(
        "matrix-bernstein",
        Chance(lambda_max(g * A + h * B) >= t),
        n * exp(-(t**2) / (2 * (operator_norm(A**2 + B**2) + c * t / 3))),
        title="Matrix Bernstein, for matrices with random signs and ‖A‖, ‖B‖ ≤ c",
        source=f"{TROPP}, Theorem 6.6.1",
        on={g: Signs(), h: Signs(), A: SymmetricMatrices(), B: SymmetricMatrices()},
        where=(operator_norm(A) <= c, operator_norm(B) <= c),
        mark="cited",
    ),
)
