"""Measures of a network side by side (Neyshabur et al. 2018): product, ℓ_p and spectral bounds, balance, the start."""

from __future__ import annotations

from sympy import Eq, Function, Interval, MatrixSymbol, Min, Rational, Symbol, cos, oo, pi, sin, sqrt

from derivations.domains import NonnegativeVectors
from derivations.gaussian import Expectation, relu
from derivations.gaussian import step as jump
from derivations.papers.neyshabur2018.notation import c, d, first, h, j, m, step, u, u_0, x
from derivations.quantities.families import Family
from derivations.quantities.schemas import ForAll
from derivations.spectra import frobenius_norm, norm_p, operator_norm
from derivations.statements import Bound, Gradient, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, norm, norm_squared, ones, vector

alpha, beta = vector("alpha", h), vector("beta", h)
"""Impacts and capacities of all units."""
p, r = Symbol("p", positive=True), Symbol("r", positive=True)
size_a, size_b = Symbol("A", positive=True), Symbol("B", positive=True)
"""‖α‖_p and ‖β‖_p."""
H = Symbol("H", positive=True)
"""h^(1/2 − 1/p)."""
V = MatrixSymbol("V", c, h)
M, v_j, w_j = Family("M", c), Family("v", c), Family("w", d)
"""Outputs of the first units, their output weights, and their u_j − u_j⁰."""
z, gate = vector("z", d), Function("g", real=True)
"""An input, or a difference of inputs, and how far each unit is active there."""
T, W = Function("T", real=True), Function("W", real=True)
a_of, b_of = Function("alpha", real=True), Function("beta", real=True)
eta = Symbol("eta", positive=True)
v = vector("v", c)
"""Output weights of a unit."""
X, E = MatrixSymbol("X", m, d), MatrixSymbol("E", m, c)
"""Points, 0 where a unit is not active, and the gradient of the loss in the outputs at each."""
e = vector("e", c)
"""The gradient of the loss in the outputs."""
t = Symbol("t", real=True)
lengths = Symbol("a", positive=True), Symbol("b", positive=True)
scale = Symbol("c_1", positive=True)
theta, rho = Symbol("theta", real=True), Symbol("rho", real=True)
"""∠(u, u⁰), and ‖u⁰X‖/(‖u⁰‖‖X‖_F)."""
tau = Symbol("tau", positive=True)
w = vector("w", d)
nonnegative = {alpha: NonnegativeVectors(), beta: NonnegativeVectors()}
GAIN = sqrt(1 - 2 * t * cos(theta) + t**2) + t * rho
"""‖u − tu⁰‖ + tρ for ‖u‖ = ‖u⁰‖ = 1, that is over ‖X‖_F."""
ratios = {rho: Interval(0, 1), theta: Interval(0, pi)}
OUT = relu(inner(u, x)) * inner(v, e)
"""What a unit gives to ⟨f, e⟩."""


def _patterns() -> Derivation:
    return (
        chain(norm(M(h) - M(0)))
        .have(ForAll(j, norm(M(j) - M(0)) <= norm(z) * first(W, j), name="part"), "one unit more")
        .using("sums", j=j)
        .using("gate", j=j)
        .by("facts.cauchy-schwarz", x=w_j(j), y=z)
        .by("facts.cauchy-schwarz", x=-w_j(j), y=z)
        .by("facts.triangle", x=M(j) - M(0), y=gate(j) * inner(w_j(j), z) * v_j(j))
        .by_induction(j)
        .then(norm(z) * first(W, h), "all units", relation="<=")
        .using("part", j=h)
    )


def _spectral() -> Derivation:
    return (
        chain(first(T, h))
        .have(ForAll(j, first(T, j) <= operator_norm(V) * first(W, j), name="part"), "one unit more")
        .using("sums", j=j)
        .using("sizes", j=j)
        .by_induction(j)
        .then(operator_norm(V) * first(W, h), "all units", relation="<=")
        .using("part", j=h)
    )


STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "product",
        inner(alpha, beta),
        norm(alpha) * norm(beta),
        title="Σα_jβ_j ≤ ‖V‖_F‖U − U⁰‖_F, with equality where capacities are proportional to impacts",
        source="derived here",
        sharp_at={alpha: beta},
        uses=("facts.cauchy-schwarz",),
        derive=lambda: (
            chain(inner(alpha, beta))
            .then(norm(alpha) * norm(beta), "Cauchy and Schwarz", relation="<=")
            .by("facts.cauchy-schwarz", x=alpha, y=beta)
        ),
    ),
    Gradient(
        "gradient-capacity",
        u,
        jump(inner(u, x)) * inner(v, e) * x,
        of=OUT,
        title="The gradient of a unit's part of the loss in u, whose product with u is ⟨e, v⟩[⟨u, x⟩]₊",
        source="derived here",
        where=inner(u, x) ** 2 > 0,
        mark="bookkeeping",
    ),
    Identity(
        "balance-flow",
        jump(t) * t,
        relu(t),
        title="σ′(t)t = σ(t), so ⟨u, ∇_u⟩ = ⟨v, ∇_v⟩ for every unit: gradient flow keeps ‖u_j‖² − ‖v_j‖²",
        source="derived here",
        uses=("gradient-capacity",),
    ),
    Identity(
        "balance-step",
        (norm_squared(u - eta * X.T * E * v) - norm_squared(v - eta * E.T * X * u))
        - (norm_squared(u) - norm_squared(v)),
        eta**2 * (norm_squared(X.T * E * v) - norm_squared(E.T * X * u)),
        title="and a step of gradient descent changes it by η²(‖∇_u‖² − ‖∇_v‖²)",
        source="derived here: ∇_u = XᵀEv and ∇_v = EᵀXu with the points at which the unit is active as rows of X",
        uses=("balance-flow",),
    ),
    Bound(
        "power-mean",
        norm(alpha),
        h ** (Rational(1, 2) - 1 / p) * norm_p(alpha, p),
        title="‖α‖₂ ≤ h^(1/2 − 1/p)‖α‖_p for p ≥ 2",
        source="derived here",
        on={p: Interval(2, oo)},
        sharp_at={alpha: ones(h)},
    ),
    Bound(
        "product-p",
        inner(alpha, beta),
        H**2 * size_a * size_b,
        title="The ℓ_p form: Σα_jβ_j ≤ H²‖α‖_p‖β‖_p, H = h^(1/2 − 1/p), for p ≥ 2",
        source="derived here",
        where=(norm(alpha) <= H * size_a, norm(beta) <= H * size_b),
        uses=("product", "power-mean"),
    ),
    Bound(
        "product-p-grows",
        h ** (-1 / p) * norm_p(alpha, p),
        h ** (-1 / r) * norm_p(alpha, r),
        title="Its right side does not fall as p grows: p = 2 is the best of the family",
        source="derived here, against the reading that larger p is tighter; it only lessens the counting term",
        on={p: Interval(2, oo), r: Interval(2, oo)},
        where=p <= r,
        uses=("product-p",),
    ),
    Bound(
        "spectral",
        first(T, h),
        operator_norm(V) * first(W, h),
        title="Σα_jβ_j ≤ ‖V‖₂Σβ_j for all weights: no column is longer than ‖V‖₂",
        source="derived here",
        where=(
            ForAll(j, (step(T, j, a_of(j) * b_of(j)), step(W, j, b_of(j))), name="sums"),
            ForAll(j, (a_of(j) <= operator_norm(V), b_of(j) >= 0), name="sizes"),
        ),
        uses=("facts.operator-vector",),
        derive=_spectral,
    ),
    Bound(
        "product-spectral",
        frobenius_norm(V) * norm(beta),
        sqrt(Min(c, h)) * operator_norm(V) * inner(ones(h), beta),
        title="‖V‖_F‖U − U⁰‖_F ≤ √min(c, h)·‖V‖₂Σβ_j; without the root it fails",
        source="derived here",
        on={beta: NonnegativeVectors()},
    ),
    Bound(
        "spectral-product",
        operator_norm(V) * inner(ones(h), beta),
        sqrt(h) * frobenius_norm(V) * norm(beta),
        title="‖V‖₂Σβ_j ≤ √h·‖V‖_F‖U − U⁰‖_F: the rival may be √h larger",
        source="derived here",
        on={beta: NonnegativeVectors()},
        uses=("spectral",),
    ),
    Bound(
        "patterns",
        norm(M(h) - M(0)),
        norm(z) * first(W, h),
        title="Every pattern g ∈ [0, 1]^h has ‖V diag(g)(U − U⁰)z‖ ≤ Σα_jβ_j‖z‖: a Lipschitz constant",
        source="derived here",
        where=(
            ForAll(
                j,
                (
                    Eq(M(j + 1), M(j) + gate(j) * inner(w_j(j), z) * v_j(j), evaluate=False),
                    step(W, j, norm(v_j(j)) * norm(w_j(j))),
                ),
                name="sums",
            ),
            ForAll(j, (gate(j) >= 0, gate(j) <= 1), name="gate"),
        ),
        uses=("facts.triangle", "facts.cauchy-schwarz"),
        derive=_patterns,
    ),
    Bound(
        "group-path",
        lengths[0] * lengths[1],
        (scale**2 * lengths[0] ** 2 + lengths[1] ** 2 / scale**2) / 2,
        title="The least ½(‖u‖² + ‖v‖²) over u → cu, v → v/c is ‖u‖‖v‖: the group path norm",
        source="derived here",
        sharp_at={scale: sqrt(lengths[1] / lengths[0])},
    ),
    Bound(
        "rescaled",
        norm_squared(u) * norm_squared(u_0) - inner(u, u_0) ** 2,
        norm_squared(u_0) * norm_squared(u - t * u_0),
        title="The measure with a start changes under it: its infimum is ‖v‖‖u‖ sin∠(u, u⁰) where the angle is acute",
        source="derived here, t = 1/c; attained at t = ⟨u, u⁰⟩/‖u⁰‖², which must be positive",
        uses=("group-path",),
    ),
    Bound(
        "start-useless",
        1,
        GAIN,
        title="A start does not help, ‖u − tu⁰‖‖X‖_F + t‖u⁰X‖ ≥ ‖u‖‖X‖_F, where cos θ ≤ ρ",
        source="derived here",
        on={**ratios, t: Interval(0, oo)},
        where=cos(theta) <= rho,
        sharp_at={t: 0},
    ),
    Bound(
        "start-helps",
        cos(theta) * rho + sin(theta) * sqrt(1 - rho**2),
        GAIN,
        title="else the least is ‖u‖‖X‖_F cos(θ − arccos ρ)",
        source="derived here",
        on={rho: Interval.Ropen(0, 1), theta: Interval(0, pi)},
        sharp_at={t: cos(theta) - sin(theta) * rho / sqrt(1 - rho**2)},
        uses=("start-useless",),
    ),
    Identity(
        "gaussian-start",
        Expectation(inner(tau * w, x) ** 2, w),
        tau**2 * norm_squared(x),
        title="u⁰ ~ N(0, τ²I): E‖u⁰X‖² = τ²‖X‖_F² for every data set, so ρ² is about 1/d",
        source="derived here",
    ),
)
