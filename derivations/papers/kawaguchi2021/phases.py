"""The recipe of Kawaguchi and Sun (2021): expressivity, noise, the convex second phase, single samples."""

from __future__ import annotations

from typing import Any

from sympy import Eq, Interval, Inverse, Rational, S, Sum, Symbol, Transpose, binomial, exp, log, oo

from derivations.calculus.functions import nabla
from derivations.domains import RealMatrices
from derivations.papers.kawaguchi2021.notation import GRAM, L, M, d, e, eta, f, h, k, m, n, row, u, v
from derivations.quantities.families import Family
from derivations.quantities.schemas import ForAll
from derivations.spectra import lambda_max, lambda_min
from derivations.statements import Bound, Existence, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, norm, norm_squared, ones, vector

low, high, lam = Symbol("a", positive=True), Symbol("b", positive=True), Symbol("lambda", positive=True)
"""σ_min², σ_max² and an eigenvalue between them."""
q = Symbol("q", positive=True)
"""q = 2γ²ηT, by which the bound for the cross entropy is ordered."""
p, h_1, h_2 = Symbol("p", real=True), Symbol("h_1", real=True), Symbol("h_2", real=True)
x_1, x_2 = Symbol("x_1", real=True), Symbol("x_2", real=True)
out, y_1, y_2 = Symbol("c", real=True), Symbol("y_1", real=True), Symbol("y_2", real=True)
margin = Symbol("z", real=True)
F = Symbol("F", positive=True)
"""‖M‖_F²."""
s = Symbol("s", positive=True)
j = Symbol("j", integer=True, nonnegative=True)
EXPONENTS = {1: (1000, 44), 8: (1000, 5), 64: (1000, 2)}
"""For dimensions d: a number of inputs, and the exponent k of the noise there."""

STEP = v - eta * nabla(f, v)
V = Family("v", m)
"""Output weights after k steps of the second phase."""
T = Symbol("T", integer=True, positive=True)
"""A number of steps."""
y, target = vector("y", n), vector("q", n)
"""Labels, and any outputs on the n inputs."""
OUTER = M * Transpose(M)
"""MMᵀ, whose least eigenvalue is σ_min² where M has rank n."""
rate = Symbol("rho", positive=True)
"""The factor of a step."""
g = vector("g_v", m)
"""A gradient at v."""


def progress(slope: Any) -> Any:
    """What a step along a gradient gains against u, at least."""
    return -inner(slope, u - v) - eta / 2 * norm_squared(slope)


def _one_step() -> Derivation:
    slope = nabla(f, v)
    return (
        chain(f(STEP))
        .then(f(v) - eta * (1 - eta * L / 2) * norm_squared(slope), "the descent lemma", relation="<=")
        .by("facts.descent-step", f=f, x=v, eta=eta, L=L)
        .then(f(v) - eta / 2 * norm_squared(slope), "ηL ≤ 1", relation="<=")
        .then(f(u) + progress(slope), "a tangent at v", relation="<=")
        .by("facts.tangent", f=f, x=v, y=u)
    )


def far(x: Any) -> Any:
    """‖x − u‖²/(2η)."""
    return norm_squared(x - u) / (2 * eta)


def _phase_two() -> Derivation:
    slope = nabla(f, V(k))
    return (
        chain(T * (f(V(T)) - f(u)))
        .have(ForAll(k, f(V(k + 1)) <= f(V(k)), name="falls"), "the descent lemma")
        .using("descent-run", k=k)
        .by("facts.descent-step", f=f, x=V(k), eta=eta, L=L)
        .have(ForAll(k, f(V(k + 1)) <= f(u) + far(V(k)) - far(V(k + 1)), name="gain"), "a tangent at v(k)")
        .using("descent-run", k=k)
        .by("phase-step", {"f": f, "v": V(k), "u": u, "eta": eta, "L": L})
        .by("phase-square", {"v": V(k), "u": u, "g_v": slope, "eta": eta})
        .have(ForAll(k, k * (f(V(k)) - f(u)) <= far(V(0)) - far(V(k)), name="sum"), "k steps together")
        .using("falls", k=k)
        .using("gain", k=k)
        .by_induction(k)
        .then(far(V(0)) - far(V(T)), "T steps", relation="<=")
        .using("sum", k=T)
        .then(far(V(0)), "a square is not negative", relation="<=")
    )


def _phase_rate() -> Derivation:
    residual = M * V(k) - y
    return (
        chain(norm(M * V(T) - y))
        .have(ForAll(k, norm(M * V(k + 1) - y) <= rate * norm(residual), name="step"), "a step")
        .using("square-run", k=k)
        .by("kawaguchi2019.contraction-last", {"Phi": M, "r": residual, "n": n, "p": m, "eta": eta})
        .have(ForAll(k, norm(residual) <= rate**k * norm(M * V(0) - y), name="steps"), "k steps")
        .using("step", k=k)
        .by_induction(k)
        .then(rate**T * norm(M * V(0) - y), "T steps", relation="<=")
        .using("steps", k=T)
    )


def _single() -> Derivation:
    return (
        chain(norm_squared(e) - norm_squared(M * e) / F)
        .then(norm_squared(e) - inner(e, GRAM * e) / F, "‖Me‖² = eᵀMᵀMe")
        .then((1 - lambda_min(GRAM) / F) * norm_squared(e), "Rayleigh", relation="<=")
        .by("facts.rayleigh-min", A=GRAM, x=e)
    )


def functions(of: Any, order: Any) -> Any:
    """How many derivatives in (w, b) up to an order there are, in d + 1 variables."""
    return binomial(of + 1 + order, order)


STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "linear-phase",
        (1 - lam / high) ** 2,
        (1 - low / high) ** 2,
        title="Square loss, η = n/σ_max²: a step takes the loss by (1 − σ_min²/σ_max²)² at most",
        source="theorem recalled, form; derived here",
        where=(low <= lam, lam <= high),
        sharp_at={lam: low},
        uses=("kawaguchi2019.recursion-last",),
    ),
    Bound(
        "phase-step",
        f(STEP),
        f(u) + progress(nabla(f, v)),
        title="A step of the second phase against every u: f(v⁺) ≤ f(u) + ⟨∇f(v), v − u⟩ − (η/2)‖∇f(v)‖²",
        source="theorem recalled; one step of it",
        assumes=("smooth", "convex"),
        where=eta * L <= 1,
        derive=_one_step,
    ),
    Identity(
        "phase-square",
        progress(g),
        (norm_squared(v - u) - norm_squared(v - eta * g - u)) / (2 * eta),
        title="which is f(u) + (‖v − u‖² − ‖v⁺ − u‖²)/(2η): T steps telescope",
        source="derived here",
        uses=("phase-step",),
    ),
    Bound(
        "phase-two",
        T * (f(V(T)) - f(u)),
        far(V(0)),
        title="The second phase against every u: T·(L_T − L(u)) ≤ ‖u − v_τ‖²/(2η)",
        source="theorem recalled: the guarantee as a chain over the facts",
        on={T: S.Naturals, V(k): RealMatrices()},
        assumes=("smooth", "convex"),
        where=(
            eta * L <= 1,
            ForAll(k, Eq(V(k + 1), V(k) - eta * nabla(f, V(k)), evaluate=False), name="descent-run"),
        ),
        uses=("phase-step", "phase-square"),
        derive=_phase_two,
    ),
    Identity(
        "interpolates",
        M * (Transpose(M) * (Inverse(OUTER) * target)),
        target,
        title="Rank n: the last layer MᵀK⁻¹q, K = MMᵀ, has the outputs q, whatever they are: u may reach every infimum",
        source="theorem recalled; derived here",
        where=lambda_min(OUTER) > 0,
        uses=("phase-two",),
        mark="bookkeeping",
    ),
    Bound(
        "phase-rate",
        norm(M * V(T) - y),
        rate**T * norm(M * V(0) - y),
        title="Square loss: the second phase takes the factor ρ off the residual a step, 1 − ησ_min²/n ≤ ρ",
        source="theorem recalled: the guarantee as a chain over the facts",
        on={T: S.Naturals, V(k): RealMatrices()},
        where=(
            eta * lambda_max(OUTER) / n <= 1,
            1 - eta * lambda_min(OUTER) / n <= rate,
            ForAll(
                k, Eq(V(k + 1), V(k) - eta / n * (Transpose(M) * (M * V(k) - y)), evaluate=False), name="square-run"
            ),
        ),
        uses=("interpolates",),
        derive=_phase_rate,
    ),
    Bound(
        "cross-entropy",
        log(1 + exp(-log(q))) + log(q) ** 2 / q,
        (1 + log(q) ** 2) / q,
        title="Cross entropy against u = ln q · M⁺y, q = 2γ²ηT, γ = σ_min/√n: L(u) + ‖u‖²/(2ηT) ≤ (1 + ln²q)/q",
        source="derived here; the infimum 0 is not attained",
        on={q: Interval(1, oo)},
        sharp_at={q: oo},
        uses=("phase-two", "interpolates"),
    ),
    Bound(
        "logistic-smooth",
        log(1 + exp(-margin)).diff(margin, 2),
        Rational(1, 4),
        title="The logistic loss is 1/4-smooth: steps up to 4n/σ_max² are safe",
        source="derived here",
        sharp_at={margin: 0},
    ),
    Bound(
        "softmax-half",
        p * h_1**2 + (1 - p) * h_2**2 - (p * h_1 + (1 - p) * h_2) ** 2,
        (h_1**2 + h_2**2) / 2,
        title="The Hessian diag(p) − ppᵀ of the cross entropy is at most ½, which two equally likely classes attain",
        source="sharp constant derived here",
        on={p: (0, 1)},
        sharp_at={p: Rational(1, 2), h_2: -h_1},
        uses=("macdonald2023.ce-hessian",),
    ),
    Identity(
        "single-sample",
        norm_squared(row) * norm_squared(e - inner(row, e) / norm_squared(row) * row),
        norm_squared(row) * norm_squared(e) - inner(row, e) ** 2,
        title="A step of 1/‖M_i‖² on a sample projects; drawn with probability ∝ ‖M_i‖², E‖e⁺‖² = ‖e‖² − ‖Me‖²/‖M‖_F²",
        source="derived here",
    ),
    Bound(
        "single-sample-factor",
        norm_squared(e) - norm_squared(M * e) / F,
        (1 - lambda_min(GRAM) / F) * norm_squared(e),
        title="Hence the factor 1 − σ_min²/‖M‖_F² a step in expectation: rank n leaves no noise floor",
        source="derived here; Strohmer and Vershynin's randomised Kaczmarz method",
        on={F: Interval.open(0, oo)},
        uses=("single-sample",),
        derive=_single,
    ),
    Identity(
        "derivative-count",
        Sum(binomial(d + j, j), (j, 0, k)),
        functions(d, k),
        title="Derivatives of σ(w·x + b) in (w, b) up to order k span C(d + 1 + k, k) functions of x",
        source="derived here",
    ),
    *(
        Existence(
            f"noise-exponent-{dim}",
            {d: dim, n: count, k: order},
            (functions(d, k) + 1 >= n, functions(d, k - 1) + 1 < n),
            title=f"d = {dim}, n = {count}: the least k with C(d + 1 + k, k) + 1 ≥ n is {order}, so σ_min ≍ δ^{order}",
            source="derived here: steps of the second phase scale as δ^(−2k)",
            uses=("derivative-count",),
        )
        for dim, (count, order) in EXPONENTS.items()
    ),
    Identity(
        "normalised-sum",
        inner(ones(n), (h - inner(ones(n), h) / n * ones(n)) / s),
        S.Zero,
        title="After batch normalisation every feature sums to 0: rank h ≤ n − 1, and the column of ones is essential",
        source="derived here",
    ),
    Identity(
        "normalised-pair",
        (x_1 - (x_1 + x_2) / 2) ** 2 / (((x_1 - (x_1 + x_2) / 2) ** 2 + (x_2 - (x_1 + x_2) / 2) ** 2) / 2),
        1,
        title="A batch of two, ε = 0: both entries become ±1, whatever they were",
        source="derived here",
        where=x_1 > x_2,
    ),
    Bound(
        "conflicting-duplicates",
        (y_1 - y_2) ** 2 / 4,
        ((out - y_1) ** 2 + (out - y_2) ** 2) / 2,
        title="Two equal inputs with labels y₁ ≠ y₂ leave a loss of (y₁ − y₂)²/4 to every network",
        source="derived here: equal inputs with equal labels do no harm",
        sharp_at={out: (y_1 + y_2) / 2},
    ),
)
