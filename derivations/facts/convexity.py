"""Inequalities of convexity: Young, Jensen, entropies."""

from __future__ import annotations

from sympy import Interval, Rational, S, Symbol, exp, log, oo

from derivations.domains import NonnegativeVectors
from derivations.facts.notation import n, t, w, x, y
from derivations.statements import Bound, Statement
from derivations.vectors import elementwise, inner, norm_squared, ones

a, b = Symbol("a", real=True), Symbol("b", real=True)
alpha, beta, gamma, delta = (Symbol(name, positive=True) for name in ("alpha", "beta", "gamma", "delta"))
p, q = Symbol("p", positive=True), Symbol("q", positive=True)
theta = Symbol("theta", real=True)
inside = Interval.open(0, 1)
COVER = "Cover and Thomas, Elements of Information Theory, 2nd edition"
BOYD = "Boyd and Vandenberghe, Convex Optimization"

STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "young",
        a * b,
        a**2 / (2 * t) + t * b**2 / 2,
        title="Young's inequality with a weight t",
        source="Steele, The Cauchy–Schwarz Master Class, Chapter 9",
        mark="cited",
    ),
    Bound(
        "young-exponents",
        alpha * beta,
        alpha**p / p + beta ** (p / (p - 1)) * (p - 1) / p,
        title="Young's inequality with conjugate exponents",
        source="Steele, The Cauchy–Schwarz Master Class, Chapter 9",
        on={p: Interval.open(1, oo)},
        sample_on={p: Interval(Rational(5, 4), 5)},
        mark="cited",
    ),
    Bound(
        "peter-paul",
        norm_squared(x + y),
        (1 + t) * norm_squared(x) + (1 + 1 / t) * norm_squared(y),
        title="The square of a sum, with a weight t",
        source="Steele, The Cauchy–Schwarz Master Class, Chapter 9 (Young's inequality)",
        mark="cited",
    ),
    Bound(
        "jensen",
        exp(theta * a + (1 - theta) * b),
        theta * exp(a) + (1 - theta) * exp(b),
        title="Jensen's inequality for exp and two points",
        source=f"{BOYD}, Section 3.1.8",
        on={theta: (0, 1)},
        mark="cited",
    ),
    Bound(
        "jensen-square",
        inner(w, x) ** 2,
        inner(w, ones(n)) * inner(w, elementwise(lambda e: e**2, x)),
        title="Jensen's inequality for the square, with weights w ≥ 0",
        source=f"{BOYD}, Section 3.1.8",
        on={w: NonnegativeVectors()},
        mark="cited",
    ),
    Bound(
        "exp-tangent",
        1 + a,
        exp(a),
        title="1 + a ≤ e^a",
        source=f"{BOYD}, Section 3.1.3 (a convex function lies above its tangents)",
        sharp_at={a: 0},
        mark="cited",
    ),
    Bound(
        "exp-square",
        (exp(a) + exp(-a)) / 2,
        exp(a**2 / 2),
        title="cosh a ≤ e^(a²/2): a sign is sub-Gaussian",
        source="Vershynin, High-Dimensional Probability, Section 2.2 (Hoeffding's inequality)",
        sharp_at={a: 0},
        mark="cited",
    ),
    Bound(
        "log-sum",
        (alpha + gamma) * log((alpha + gamma) / (beta + delta)),
        alpha * log(alpha / beta) + gamma * log(gamma / delta),
        title="The log-sum inequality for two terms, from which that for n follows",
        source=f"{COVER}, Theorem 2.7.1",
        mark="cited",
    ),
    Bound(
        "gibbs",
        S.Zero,
        p * log(p / q) + (1 - p) * log((1 - p) / (1 - q)),
        title="Relative entropy is not negative, for two outcomes",
        source=f"{COVER}, Theorem 2.6.3",
        on={p: inside, q: inside},
        mark="cited",
    ),
    Bound(
        "pinsker",
        2 * (p - q) ** 2,
        p * log(p / q) + (1 - p) * log((1 - p) / (1 - q)),
        title="Pinsker's inequality for two outcomes, from which that for n follows",
        source=f"{COVER}, Lemma 11.6.1",
        on={p: inside, q: inside},
        mark="cited",
    ),
)
