"""Who wins and where they stop (Zou et al. 2021): races, cheapest solutions, stationary points, the convex case."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Interval, Limit, Rational, S, Symbol, exp, log, oo

from derivations.domains import RealMatrices
from derivations.gaussian import relu
from derivations.papers.zou2021.notation import above_two, across, alpha, e, eta, g, lam, n, noise_patch, q, unit, v
from derivations.spectra import norm_p
from derivations.statements import Bound, Existence, Identity, Statement
from derivations.vectors import inner, norm, norm_squared, vector

t = Symbol("t", real=True)
a, z = Symbol("a", positive=True), Symbol("z", positive=True)
"""The feature and the noise of a filter."""
a_0, z_0 = Symbol("a_0", positive=True), Symbol("z_0", positive=True)
length, total = Symbol("ell", positive=True), Symbol("L", positive=True)
"""‖ζ‖₂ and ‖ζ‖₁."""
M = Symbol("M", positive=True)
"""A margin."""
p = Symbol("p", positive=True)
"""q as a real number above 2."""
x, w = vector("xi", n), vector("w", n)
one, other, g_1, g_2 = vector("W", n), vector("W'", n), vector("G", n), vector("G'", n)
b, c = Symbol("b", real=True), Symbol("c", real=True)
s = Symbol("s", real=True)

FEATURE_SPEED = g * q * a ** (q - 1) / 2
"""da/dt of gradient flow, α = 0: half of the images are of the filter's class."""
NOISE_SPEED = length**2 / n * g * q * z ** (q - 1)
INVARIANT = 2 * a ** (2 - q) - n / length**2 * z ** (2 - q)
TURN = (a_0 - c * z_0) / (c * (total - alpha) - 1)
"""ηt at which features turn."""
BEND = log(1 + exp(-b - relu(t) ** 2)) + lam / 2 * t**2
BEND_CUBE = log(1 + exp(-b - relu(t) ** 3)) + lam / 2 * t**2
kept = Symbol("h", positive=True)
"""1 − α^q."""
CHEAP, MEMORY = 2 * (M / kept) ** (2 / p), n * M ** (2 / p) / length**2
"""Squared lengths of the cheapest weights of margin M: features alone, and noise of n images alone."""
feature, noise = Symbol("F", nonnegative=True), Symbol("N", nonnegative=True)
"""σ′ at the feature patch and at the noise patch."""
f_1, f_2 = Symbol("a", real=True), Symbol("a'", real=True)
"""Features of a filter of class 1 and of one of class −1."""
OPTIMUM = 3 * (1 - alpha**3) * a / (1 + exp((1 - alpha**3) * a**3))
"""2λ where a feature-only solution with one filter a class is stationary, q = 3."""


def still(label: int) -> Any:
    """The filter of class 1 at which λw is what one image moves it by."""
    return g / lam * label * (feature * label * v + noise * noise_patch(e, label))


def unseen(own: Any, other: Any) -> Any:
    """The margin of an image with unseen noise, by features of one filter of its class and one of the other, q = 3."""
    return relu(own) ** 3 + relu(-alpha * own) ** 3 - relu(-other) ** 3 - relu(alpha * other) ** 3


STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "race-invariant",
        INVARIANT.diff(a) * FEATURE_SPEED + INVARIANT.diff(z) * NOISE_SPEED,
        S.Zero,
        title="Gradient flow, equal loss slopes: 2a^(2−q) − (n/‖ζ‖²)z^(2−q) does not change",
        source="derived here: features win iff (a₀/z₀)^(q−2) > 2‖ζ‖²/n",
        on=above_two,
        uses=("feature-step-own", "noise-step-own"),
    ),
    Identity(
        "race-threshold",
        INVARIANT.subs({z: length * a}) * length**q * a ** (q - 2),
        2 * length**q - n,
        title="From a Gaussian start, z ≈ ‖ζ‖a, gradient descent learns the feature iff ‖ζ‖^q < n/2",
        source="derived here",
        on=above_two | {a: Interval.open(0, oo)},
        uses=("race-invariant",),
    ),
    Identity(
        "flip",
        a_0 + TURN,
        c * (z_0 + (total - alpha) * TURN),
        title="Sign descent: features turn at ηt = (a₀ − cR₀)/(c(‖ζ‖₁ − α) − 1), c = (αρ)^(1/(q−1))",
        source="derived here, from a^(q−1) against αρR^(q−1); ρ the share of images responded to; iff ‖ζ‖₁ > α + 1/c",
        where=c * (total - alpha) > 1,
        uses=("sign-noise", "feature-step-own"),
    ),
    Identity(
        "cheapest",
        MEMORY / CHEAP,
        Rational(1, 2) * kept ** (2 / p) * n / length**2,
        title="At one margin noise costs ½(1 − α^q)^(2/q)·n/‖ζ‖² times what features cost",
        source="derived here: between (n/2)^(2/q) and (n/2)(1 − α^q)^(2/q) descent memorises what is dearer",
        on={p: Interval.open(2, oo), M: Interval.open(0, oo)},
        uses=("cheapest-noise", "cheapest-feature"),
    ),
    Bound(
        "cheapest-feature",
        norm_p(w, p),
        norm(w),
        title="‖a‖_q ≤ ‖a‖₂ for q ≥ 2: one filter a class is the cheapest way to a margin by features",
        source="derived here",
        on={p: Interval(2, oo)},
    ),
    Bound(
        "cheapest-noise",
        inner(w, x) ** 2 / norm_squared(x),
        norm_squared(w),
        title="The least weights with ⟨w, ζ⟩ = R have length R/‖ζ‖",
        source="derived here",
        where=norm_squared(x) > 0,
        sharp_at={w: x},
    ),
    Identity(
        "unseen-margin",
        unseen(f_1, f_2),
        relu(f_1) ** 3 + alpha**3 * relu(-f_1) ** 3 - relu(-f_2) ** 3 - alpha**3 * relu(f_2) ** 3,
        title="An image with unseen noise has the margin P_y + α^qM_y − M_{−y} − α^qP_{−y}",
        source="derived here, P and M the sums of [a]₊^q and [−a]₊^q",
    ),
    Identity(
        "both-margins",
        unseen(f_1, f_2) + unseen(f_2, f_1),
        (1 - alpha**3) * (relu(f_1) ** 3 + relu(f_2) ** 3 - relu(-f_1) ** 3 - relu(-f_2) ** 3),
        title="Margins of both classes add to (1 − α^q)(P − M): where all features are negative one class is wrong",
        source="derived here: where M₁ = M₋₁ both, a test error of 1; at least ½ is recalled",
        uses=("unseen-margin",),
    ),
    Identity(
        "curvature-square",
        Limit(BEND.diff(t) / t, t, 0, "+"),
        lam - 2 / (1 + exp(b)),
        title="q = 2: where all features are 0 the loss bends by λ − 2g: a saddle where λ < 2g",
        source="derived here",
    ),
    Identity(
        "curvature-cube",
        Limit(BEND_CUBE.diff(t) / t, t, 0, "+"),
        lam,
        title="q = 3: it bends by λ, and memorising is a strict local minimum: this is what q ≥ 3 is for",
        source="derived here",
        on={b: S.Reals},
        uses=("curvature-square",),
    ),
    Existence(
        "feature-optimum",
        {alpha: Rational(1, 5)},
        (
            OPTIMUM.subs(a, Rational(20053, 10000)) >= Rational(2, 1000),
            OPTIMUM.subs(a, Rational(20055, 10000)) <= Rational(2, 1000),
        ),
        title="The feature-only optimum at α = 1/5 and λ = 1/1000 lies between a = 2.0053 and 2.0055",
        source="derived here",
    ),
    Bound(
        "one-minimiser",
        norm(one - other),
        (norm(g_1) + norm(g_2)) / lam,
        title="The convex case: two outputs are within (‖∇L(W)‖ + ‖∇L(W′)‖)/λ, by whatever algorithm they were found",
        source="published as Theorem 4.2: one solution; this distance derived here",
        where=lam * norm_squared(one - other) <= inner(g_1 - g_2, one - other),
    ),
    Bound(
        "monotone",
        0,
        (1 / (1 + exp(s)) - 1 / (1 + exp(t))) * (t - s),
        title="Margins linear in W: loss slopes fall as margins grow, so that ⟨∇L(W) − ∇L(W′), W − W′⟩ ≥ λ‖W − W′‖²",
        source="derived here",
        sharp_at={s: t},
        uses=("one-minimiser",),
    ),
    Bound(
        "decoupled",
        Abs((1 - eta * lam) * b - eta * c),
        1 / lam,
        title="Decoupled decay keeps |w| ≤ 1/λ for sign directions, and asks for no small gradient: another solution",
        source="derived here",
        where=(Abs(b) <= 1 / lam, Abs(c) <= 1, eta * lam <= 1),
        sharp_at={b: 1 / lam, c: -1},
        uses=("one-minimiser",),
        mark="bookkeeping",
    ),
    *(
        Identity(
            f"fixed-point-{name}",
            inner(still(label), v) + alpha * label * inner(still(label), across(e)) / norm_squared(across(e)),
            g * feature / lam,
            title=f"{said}: where λw is all that moves, a + αjyz/‖ζ‖² = gσ′(jya)/λ, and jyz ≥ 0",
            source="derived here: summed over images; a = 0 is never stationary for a filter that responds to noise",
            on=unit | {noise: Interval(0, oo), alpha: Interval(0, oo), e: RealMatrices()},
            where=norm_squared(across(e)) > 0,
            uses=("feature-step-own", "noise-step-own"),
        )
        for label, name, said in ((1, "own", "An image of the own class"), (-1, "other", "One of the other class"))
    ),
)
