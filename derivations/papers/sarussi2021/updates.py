"""Steps until zero error (Sarussi et al. 2021): a perceptron argument with the slopes of leaky ReLU, explicit."""

from __future__ import annotations

from typing import Any

from sympy import Eq, Function, Interval, LambertW, Rational, S, Symbol, exp, sqrt

from derivations.activations import leaky_relu
from derivations.domains import RealMatrices, UnitVectors
from derivations.gaussian import step
from derivations.papers.sarussi2021.notation import (
    A,
    G,
    R,
    T,
    V,
    a,
    d,
    eta,
    first,
    g,
    gamma,
    k,
    leaky,
    mean,
    p,
    s,
    slopes,
    t,
    teacher,
    v,
    x,
)
from derivations.quantities.schemas import ForAll
from derivations.statements import Bound, Existence, Gradient, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, norm_squared, vector

WORST = (1 + a) ** 2 / (4 * a)
"""The most that slopes of leaky ReLU cost: the factor over the perceptron's R²/γ²."""
X, Y = vector("x", p), vector("y", p)
S_T, tau = Symbol("S", real=True), Symbol("tau", positive=True)
"""The sum of the mean slopes of T updates, and T."""
unit = vector("w", d)
"""One unit w_i."""


def slope(z: Any) -> Any:
    """σ′(z), away from 0."""
    return step(z) + a * step(-z)


zeta = Symbol("zeta", real=True)
"""A margin yN."""
OMEGA = Rational(27847, 100000)
"""More than W(1/e) = 0.278464…, W Lambert's function."""
most = Symbol("Omega", nonnegative=True)
"""What ⟨V, step⟩ is at most: W(1/e) for the logistic loss, 0 for updates on mistakes."""
loss = Function("l", real=True)
"""l(t), the mean over the batch of 1/(1 + e^(yN))."""
C, least = Symbol("C", positive=True), Symbol("g", positive=True)
"""Ω/(kηv²) or that over the least l(t), and the least l(t)."""
A_T, G_T = Symbol("A", positive=True), Symbol("G", positive=True)
"""Sums over T steps of l(t)s(t) and of l(t)."""
l_1, l_2 = Symbol("l_1", nonnegative=True), Symbol("l_2", nonnegative=True)
"""Losses of two points, or of all so far and one more."""
ell = Function("l", real=True)
SUM, SLOPES = Function("L", real=True), Function("F", real=True)
j = Symbol("j", integer=True, nonnegative=True)
n = Symbol("n", integer=True, positive=True)


def grown(count: Any, total: Any) -> Any:
    """What ‖V‖² is at most after so many updates with slopes of this sum."""
    return 2 * k * eta**2 * v**2 * R**2 * ((1 + a) * total - a * count)


def moved(after: Any) -> Any:
    """The weights after some updates of a run that starts at 0: V(t) − V(0)."""
    return V(after) - V(0)


UPDATE = ForAll(t, Eq(V(t + 1), V(t) + eta * g(t), evaluate=False), name="update")
SEPARABLE = ForAll(t, sqrt(2 * k) * v * gamma * mean(t) <= inner(g(t), teacher), name="separable")
STEPS = (
    UPDATE,
    ForAll(t, inner(moved(t), g(t)) <= most, name="mistake"),
    SEPARABLE,
    ForAll(t, norm_squared(g(t)) <= 2 * k * v**2 * R**2 * ((1 + a) * mean(t) - a * loss(t)), name="lengths"),
    ForAll(
        t,
        (Eq(A(t + 1), A(t) + mean(t), evaluate=False), Eq(G(t + 1), G(t) + loss(t), evaluate=False)),
        name="sums",
    ),
)
"""Steps of any batch: g(t) is the mean of l·y∇N, s(t) that of l·s; perceptron updates have l = 1 and Ω = 0."""


def _steps() -> Derivation:
    scale = sqrt(2 * k) * v * eta
    squares = 2 * eta * most * t + scale**2 * R**2 * ((1 + a) * first(A, t) - a * first(G, t))
    return (
        chain(scale * gamma * first(A, T))
        .have(ForAll(t, scale * gamma * first(A, t) <= inner(moved(t), teacher), name="along"), "along the teacher")
        .using("update", t=t)
        .using("separable", t=t)
        .using("sums", t=t)
        .by_induction(t)
        .have(ForAll(t, norm_squared(moved(t)) <= squares, name="long"), "a step adds 2ηΩ and its square")
        .using("update", t=t)
        .using("mistake", t=t)
        .using("lengths", t=t)
        .using("sums", t=t)
        .by_induction(t)
        .then(inner(moved(T), teacher), "the teacher", relation="<=")
        .using("along", t=T)
        .then(sqrt(squares.subs(t, T)), "Cauchy and Schwarz", relation="<=")
        .using("long", t=T)
        .by("lengths-of-two", x=moved(T), y=teacher)
    )


def _least_mean() -> Derivation:
    return (
        chain(1 - exp(-first(SUM, n)))
        .have(
            ForAll(j, (first(SUM, j) >= 0, 1 - exp(-first(SUM, j)) <= first(SLOPES, j)), name="part"),
            "one point more",
        )
        .using("sums", j=j)
        .using("losses", j=j)
        .by("two-losses", l_1=first(SUM, j), l_2=ell(j))
        .by_induction(j)
        .then(first(SLOPES, n), "all n points", relation="<=")
        .using("part", j=n)
    )


STATEMENTS: tuple[Statement, ...] = (
    Gradient(
        "gradient-unit",
        unit,
        v * slope(inner(unit, x)) * x,
        of=v * leaky_relu(inner(unit, x), a),
        title="The gradient of the network in a unit of the first cluster; in one of the second it has the other sign",
        source="derived here",
        on=leaky,
        where=inner(unit, x) ** 2 > 0,
    ),
    Identity(
        "homogeneous",
        zeta * slope(zeta),
        leaky_relu(zeta, a),
        title="σ′(z)z = σ(z): ⟨w, ∇_w N⟩ is what the unit gives to N: together ⟨V, ∇N⟩ = N, ≤ 0 on a mistake",
        source="derived here",
        on=leaky,
        uses=("gradient-unit",),
    ),
    Bound(
        "squared-slope",
        s**2,
        (1 + a) * s - a,
        title="Slopes in [a, 1]: the square is at most (1 + a)s − a, which it is for a and 1 alone",
        source="derived here: so ‖∇N‖² = 2kv²‖x‖²((1 + a)s − a) for the mean slope s",
        on=leaky,
        where=slopes,
        sharp_at={s: 1},
        mark="bookkeeping",
    ),
    Bound(
        "worst-slope",
        ((1 + a) * s - a) / s**2,
        WORST,
        title="The mean squared slope over the squared mean slope is at most (1 + a)²/(4a), at 2a/(1 + a)",
        source="derived here; bounding slopes separately gives 1/a²",
        on=leaky,
        where=slopes,
        sharp_at={s: 2 * a / (1 + a)},
        uses=("squared-slope",),
    ),
    Bound(
        "lengths-of-two",
        inner(X, Y) ** 2,
        norm_squared(X) * norm_squared(Y),
        title="Cauchy and Schwarz, squared",
        source="Steele, The Cauchy–Schwarz Master Class, Chapter 1",
        mark="bookkeeping",
    ),
    Bound(
        "mistakes",
        zeta / (1 + exp(zeta)),
        OMEGA,
        title="A step of the logistic loss adds at most W(1/e) to ⟨V, ·⟩: z/(1 + e^z) ≤ 0.27847",
        source="derived here",
    ),
    Existence(
        "mistakes-sharp",
        {zeta: 1 + LambertW(exp(-1))},
        (zeta / (1 + exp(zeta)) >= OMEGA - Rational(1, 10**5),),
        title="which is sharp to five digits: at z = 1 + W(1/e) the value is more than 0.27846",
        source="derived here",
        uses=("mistakes",),
    ),
    Bound(
        "steps",
        sqrt(2 * k) * v * eta * gamma * first(A, T),
        sqrt(2 * eta * most * T + 2 * k * v**2 * eta**2 * R**2 * ((1 + a) * first(A, T) - a * first(G, T))),
        title="T steps from 0, by single points or batches, in any order, with any step: along w* and in length",
        source="derived here, A and G the sums of l·s and of l over the steps; after a theorem that is recalled",
        on={T: S.Naturals, gamma: Interval.open(0, S.Infinity), V(t): RealMatrices(), teacher: UnitVectors()},
        where=STEPS,
        uses=("gradient-unit", "homogeneous", "squared-slope", "mistakes", "lengths-of-two"),
        derive=_steps,
    ),
    Bound(
        "perceptron",
        tau * gamma**2,
        WORST * R**2,
        title="Hence perceptron updates, l = 1 and Ω = 0, end: T ≤ (1 + a)²/(4a)·R²/γ², whatever k, v, η, n, d are",
        source="derived here; after the theorem on optimisation, of which the printed polynomial is not confirmed",
        on=leaky | {gamma: Interval.open(0, S.Infinity)},
        where=(gamma**2 * S_T**2 <= R**2 * ((1 + a) * S_T - a * tau), a * tau <= S_T),
        uses=("steps", "worst-slope"),
    ),
    Bound(
        "time-short-steps",
        gamma**2 * G_T,
        C / a**2 + R**2,
        title="Hence T ≤ (C/(a²g) + R²)/(γ²g) steps with l ≥ g each, C = W(1/e)/(kηv²), where C/g ≥ a(1 − a)R²/2",
        source="derived here, C stands for C/g and T ≤ G/g; printed polynomial recalled, not confirmed",
        on=leaky | {gamma: Interval.open(0, S.Infinity)},
        where=(
            gamma**2 * A_T**2 <= C * G_T + R**2 * ((1 + a) * A_T - a * G_T),
            a * G_T <= A_T,
            A_T <= G_T,
            a * (1 - a) * R**2 / 2 <= C,
        ),
        uses=("steps",),
    ),
    Bound(
        "time-long-steps",
        gamma**2 * G_T,
        R**4 * (1 + a) ** 2 / (4 * (a * R**2 - C)),
        title="and T ≤ R⁴(1 + a)²/(4(aR² − C/g))/(γ²g) for longer steps, C/g < aR²",
        source="derived here; printed polynomial recalled, not confirmed",
        on=leaky | {gamma: Interval.open(0, S.Infinity)},
        where=(
            gamma**2 * A_T**2 <= C * G_T + R**2 * ((1 + a) * A_T - a * G_T),
            a * R**2 > C,
        ),
        uses=("steps",),
    ),
    Bound(
        "two-losses",
        1 - exp(-l_1 - l_2),
        (1 - exp(-l_1)) + (1 - exp(-l_2)),
        title="1 − e^(−l) of two losses together is at most their sum",
        source="derived here",
        sharp_at={l_2: 0},
    ),
    Bound(
        "least-mean",
        1 - exp(-first(SUM, n)),
        first(SLOPES, n),
        title="n losses with the sum nε: the mean of 1/(1 + e^(yN)) is at least (1 − e^(−nε))/n",
        source="derived here: which g to take for the whole batch; all of it in one point attains it",
        on={n: S.Naturals},
        where=(
            ForAll(j, ell(j) >= 0, name="losses"),
            ForAll(
                j,
                (
                    Eq(SUM(j + 1), SUM(j) + ell(j), evaluate=False),
                    Eq(SLOPES(j + 1), SLOPES(j) + 1 - exp(-ell(j)), evaluate=False),
                ),
                name="sums",
            ),
        ),
        uses=("two-losses", "steps"),
        derive=_least_mean,
    ),
)
