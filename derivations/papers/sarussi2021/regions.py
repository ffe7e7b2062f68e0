"""Regions of agreement (Sarussi et al. 2021): one step into them, what stays, and where gradient descent points."""

from __future__ import annotations

from typing import Any

from sympy import Eq, Function, Rational, S, Symbol, acos, sqrt

from derivations.gaussian import relu, step
from derivations.papers.sarussi2021.notation import T, a, d, eta, first, leaky, n, t, v
from derivations.quantities.schemas import ForAll
from derivations.statements import Bound, Constant, Existence, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, vector

K, H = Symbol("K", real=True), Symbol("h", real=True)
"""z_k·z_t, and the loss slope of point t times the unit's slope there."""
low, high = Symbol("g_1", positive=True), Symbol("g_2", positive=True)
"""Between these are the loss slopes 1/(1 + e^(yN)) of all points."""
j = Symbol("j", integer=True, nonnegative=True)
"""A point."""
G_j, K_j = Function("h", real=True), Function("K", real=True)
POS, NEG, SUM = (Function(name, real=True) for name in ("P", "M", "S"))
"""Sums over points of the positive parts of z_k·z_t, of the negative parts, and of their products with h."""
agree, rest, slope_of = Function("y", real=True), Function("rho", real=True), Function("h", real=True)
"""y_k⟨w, x_k⟩ after t steps, what other points give to it in a step, and the point's own loss slope times slope."""
G, g = Function("G", real=True), Function("g", real=True)
own = Symbol("q", positive=True)
"""‖x_k‖²."""
p, p_other = Symbol("p", real=True), Symbol("p'", real=True)
"""|⟨w, x⟩| of two points."""
z, z_other = vector("z_1", d), vector("z_2", d)
TAU = 2 * a / (1 + a**2)
A, B, cosine = Symbol("A", positive=True), Symbol("B", positive=True), Symbol("c", real=True)
"""Lengths of one point of each class, and the cosine between y_1x_1 and y_2x_2."""
tau = Symbol("tau", real=True)
lam_1, lam_2 = Symbol("lambda_1", real=True), Symbol("lambda_2", real=True)


def slope(at: Any) -> Any:
    """σ′, away from 0."""
    return step(at) + a * step(-at)


def kernel(y: int, y_other: int) -> Any:
    """z·z′ in the features y(σ′(⟨w, x⟩)x, −σ′(⟨u, x⟩)x) where y⟨w, x⟩ = p > 0 > y⟨u, x⟩."""
    return inner(z, z_other) * (slope(y * p) * slope(y_other * p_other) + slope(-y * p) * slope(-y_other * p_other))


def direction(factor: Any) -> tuple[Any, Any]:
    """The coefficients of z_1 and z_2 in m up to a factor, for products of opposite points times `factor`."""
    return B * (B - factor * A * cosine), A * (A - factor * B * cosine)


def product(f: tuple[Any, Any], h: tuple[Any, Any]) -> Any:
    """The inner product of two combinations of z_1 and z_2."""
    return f[0] * h[0] * A**2 + (f[0] * h[1] + f[1] * h[0]) * A * B * cosine + f[1] * h[1] * B**2


EXAMPLE = {a: Rational(1, 5), A: S.One, B: Rational(8, 5), cosine: Rational(1, 2)}
"""Slope, lengths and cosine of the runs."""


def _angle() -> Any:
    ours, theirs = direction(TAU.subs(EXAMPLE)), direction(1)
    at = product(ours, theirs) / sqrt(product(ours, ours) * product(theirs, theirs))
    return acos(at.subs(EXAMPLE))


def _one_step() -> Derivation:
    least = low * a * first(POS, j) - high * first(NEG, j)
    return (
        chain(low * a * first(POS, n) - high * first(NEG, n))
        .have(ForAll(j, least <= first(SUM, j), name="part"), "one point more")
        .using("sums", j=j)
        .using("slopes", j=j)
        .by("one-point", a=a, g_1=low, g_2=high, h=G_j(j), K=K_j(j))
        .by_induction(j)
        .then(first(SUM, n), "all points", relation="<=")
        .using("part", j=n)
    )


def _agreement() -> Derivation:
    gained = a * eta * v / n * own * first(G, t)
    return (
        chain(agree(0) + a * eta * v / n * own * first(G, T))
        .have(ForAll(t, agree(0) + gained <= agree(t), name="part"), "a step")
        .using("steps", t=t)
        .using("parts", t=t)
        .by_induction(t)
        .then(agree(T), "T steps", relation="<=")
        .using("part", t=T)
    )


DETERMINANT = A**2 * B**2 - TAU**2 * (A * B * cosine) ** 2

STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "one-point",
        low * a * relu(K) - high * relu(-K),
        H * K,
        title="What a point gives to y_k⟨w, x_k⟩ in a step, at least, whatever the unit's slope there",
        source="derived here",
        on=leaky,
        where=(low * a <= H, high >= H),
        sharp_at={H: low * a, K: 1},
    ),
    Bound(
        "one-step",
        low * a * first(POS, n) - high * first(NEG, n),
        first(SUM, n),
        title="One step to agreement: from weights near 0, all of y_k⟨w_i, x_k⟩ become positive where aP_k > M_k",
        source="derived here: P_k, M_k the sums of (z_k·z_t)₊ and (z_k·z_t)₋; the paper's condition not confirmed",
        on=leaky | {n: S.Naturals},
        where=(
            ForAll(j, (low * a <= G_j(j), G_j(j) <= high), name="slopes"),
            ForAll(
                j,
                (
                    Eq(POS(j + 1), POS(j) + relu(K_j(j)), evaluate=False),
                    Eq(NEG(j + 1), NEG(j) + relu(-K_j(j)), evaluate=False),
                    Eq(SUM(j + 1), SUM(j) + G_j(j) * K_j(j), evaluate=False),
                ),
                name="sums",
            ),
        ),
        uses=("one-point",),
        derive=_one_step,
    ),
    Bound(
        "agreement-grows",
        agree(0) + a * eta * v / n * own * first(G, T),
        agree(T),
        title="Orthogonally separable points: y_k⟨w, x_k⟩ grows by aηv‖x_k‖²/n·Σ1/(1 + e^(yN)) at least",
        source="derived here: so perfect agreement absorbs; the sum is of loss slopes, not of steps",
        on=leaky | {T: S.Naturals},
        where=(
            ForAll(t, (slope_of(t) >= a * g(t), rest(t) >= 0), name="parts"),
            ForAll(
                t,
                (
                    Eq(agree(t + 1), agree(t) + eta * v / n * (slope_of(t) * own + rest(t)), evaluate=False),
                    Eq(G(t + 1), G(t) + g(t), evaluate=False),
                ),
                name="steps",
            ),
        ),
        derive=_agreement,
    ),
    Identity(
        "gram-equal",
        kernel(1, 1),
        (1 + a**2) * inner(z, z_other),
        title="In perfect agreement points of one class have the product (1 + a²)z·z′: logistic regression in R^2d",
        source="derived here",
        on=leaky,
        where=(p > 0, p_other > 0),
    ),
    Identity(
        "gram-equal-negative",
        kernel(-1, -1),
        (1 + a**2) * inner(z, z_other),
        title="and so have those of the other",
        source="derived here",
        on=leaky,
        where=(p > 0, p_other > 0),
        mark="bookkeeping",
    ),
    Identity(
        "gram-opposite",
        kernel(1, -1),
        2 * a * inner(z, z_other),
        title="points of opposite classes 2a z·z′: they count less, by τ = 2a/(1 + a²)",
        source="derived here",
        on=leaky,
        where=(p > 0, p_other > 0),
    ),
    Existence(
        "dual",
        {
            lam_1: (B**2 - TAU * A * B * cosine) / ((1 + a**2) * DETERMINANT),
            lam_2: (A**2 - TAU * A * B * cosine) / ((1 + a**2) * DETERMINANT),
        },
        (
            (1 + a**2) * A**2 * lam_1 + 2 * a * A * B * cosine * lam_2 - 1,
            2 * a * A * B * cosine * lam_1 + (1 + a**2) * B**2 * lam_2 - 1,
        ),
        title="One point per class: the margins are 1 for m ∝ B(B − τAc)z₁ + A(A − τBc)z₂",
        source="derived here, from m = (1 + a)Σλ_tz_t",
        on=leaky,
        where=DETERMINANT > 0,
        uses=("gram-equal", "gram-opposite"),
    ),
    Identity(
        "not-maximum-margin",
        direction(tau)[0] * direction(1)[1] - direction(tau)[1] * direction(1)[0],
        A * B * cosine * (1 - tau) * (A**2 - B**2),
        title="It is the maximum-margin direction, τ = 1, only if a = 1, A = B, or the points are orthogonal",
        source="derived here, against the reading that agreement leads to the maximum margin",
        uses=("dual",),
    ),
    Constant(
        "angle",
        _angle(),
        acos(319 * sqrt(19353) / 45157),
        title="a = 1/5, lengths 1 and 8/5, cosine 1/2: the two directions are 10.66° apart",
        source="derived here",
        uses=("not-maximum-margin",),
        mark="bookkeeping",
    ),
)
