"""One step, exactly (Zou et al. 2021): features and noise under gradient descent, sign descent and Adam."""

from __future__ import annotations

from sympy import Abs, Eq, Function, Interval, Rational, S, Symbol, sign, sqrt

from derivations.activations import sigmoid, softplus
from derivations.gaussian import relu
from derivations.papers.zou2021.notation import (
    a,
    across,
    alpha,
    d,
    e,
    e_other,
    eta,
    g,
    lam,
    memory,
    noise_patch,
    slope,
    square_memory,
    unit,
    v,
    w,
    y,
)
from derivations.quantities.schemas import ForAll
from derivations.statements import Bound, Existence, Gradient, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, vector

CUBE = 3
"""q of the runs."""
b = Symbol("b", real=True)
"""What all other filters give to the margin."""
xi = vector("xi", d)
"""A noise patch."""
x = vector("x", d)
"""A feature patch yv."""
c = Symbol("c", positive=True)
"""The size of a filter's gradient along the noise of one image, of which it is a multiple."""
t, T = Symbol("t", integer=True, nonnegative=True), Symbol("T", integer=True, positive=True)
m, u, gradient = Function("m", real=True), Function("v", real=True), Function("g", real=True)
"""Adam's mean of gradients and of their squares, and the gradients, in one coordinate."""
m_t, u_t, g_t = Symbol("m", real=True), Symbol("v", nonnegative=True), Symbol("g", real=True)
LARGEST = (1 - memory) ** 2 / ((1 - square_memory) * (1 - memory**2 / square_memory))
"""The largest m²/v."""
remember = {memory: Interval.Ropen(0, 1), square_memory: Interval.open(0, 1)}
push = Symbol("N", nonnegative=True)
"""σ′ at noise patches, all together."""
D = Symbol("D", integer=True, positive=True)
"""d − 1, the coordinates that noise may lie on."""


def parts(label: int) -> tuple[object, object]:
    """σ′ at the feature patch and at the noise patch of an image with this label."""
    return slope(inner(w, label * v), CUBE), slope(inner(w, noise_patch(e, label)), CUBE)


def descent(label: int) -> object:
    """What an image with this label moves a filter of class 1 by, for η/n = 1: minus its gradient."""
    feature, noise = parts(label)
    return g * label * (feature * (label * v) + noise * noise_patch(e, label))


MARGIN = y * (relu(inner(w, x)) ** CUBE + relu(inner(w, xi)) ** CUBE) + b


def _adam() -> Derivation:
    bound = ForAll(t, m(t) ** 2 <= LARGEST * u(t), name="bound")
    return (
        chain(m(T) ** 2)
        .have(bound, "one step after the other")
        .using("adam", t=t)
        .by("adam-one-step", beta_1=memory, beta_2=square_memory, m=m(t), v=u(t), g=gradient(t))
        .by_induction(t)
        .then(LARGEST * u(T), "T steps", relation="<=")
        .using("bound", t=T)
    )


STATEMENTS: tuple[Statement, ...] = (
    Gradient(
        "gradient",
        w,
        -y * sigmoid(-MARGIN) * (slope(inner(w, x), CUBE) * x + slope(inner(w, xi), CUBE) * xi),
        of=softplus(-MARGIN),
        title="The gradient of the loss in a filter of class 1: −yg[σ′(⟨w, yv⟩)yv + σ′(⟨w, ξ⟩)ξ], g = 1/(1 + e^margin)",
        source="derived here",
    ),
    *(
        Identity(
            f"feature-step-{name}",
            inner(descent(label), v),
            g * (slope(label * inner(w, v), CUBE) - alpha * parts(label)[1]),
            title=f"{said}: a step moves the feature by (η/n)g[σ′(ya) − ασ′(R)]: noise pushes it down",
            source="derived here: for both classes of images",
            on=unit,
            uses=("gradient",),
        )
        for label, name, said in ((1, "own", "An image of the own class"), (-1, "other", "One of the other class"))
    ),
    *(
        Identity(
            f"noise-step-{name}",
            inner(descent(label), across(e_other)),
            g * label * inner(across(e), across(e_other)) * parts(label)[1],
            title=f"{said}: the noise ⟨w, ζ_k⟩ moves by (η/n)K_kiyg σ′(R_i), whatever supports overlap",
            source="derived here: features and noise are a closed system of 2m(n + 1) numbers",
            on=unit,
            uses=("gradient",),
        )
        for label, name, said in ((1, "own", "An image of the own class"), (-1, "other", "One of the other class"))
    ),
    Identity(
        "sign-noise",
        a * sign(c * a),
        Abs(a),
        title="A sign step moves ⟨w, ζ⟩ by |ζ_k| in each coordinate, by η‖ζ‖₁ in all: not by ‖ζ‖₂²/n",
        source="derived here: disjoint supports, no weight decay",
        on={c: Interval.open(0, S.Infinity)},
        uses=("noise-step-own", "feature-step-own"),
        mark="bookkeeping",
    ),
    Identity(
        "adam-first",
        (1 - memory) * g / (1 - memory) / sqrt((1 - square_memory) * g**2 / (1 - square_memory)),
        1,
        title="Adam's first step with corrected bias is a sign step",
        source="derived here, ε = 0",
        on=remember,
        mark="bookkeeping",
    ),
    Bound(
        "adam-one-step",
        (memory * m_t + (1 - memory) * g_t) ** 2,
        LARGEST * (square_memory * u_t + (1 - square_memory) * g_t**2),
        title="A step of Adam keeps m² ≤ (1 − β₁)²/((1 − β₂)(1 − β₁²/β₂))·v",
        source="derived here",
        on=remember,
        where=(m_t**2 <= LARGEST * u_t, memory**2 < square_memory),
    ),
    Bound(
        "adam-largest",
        m(T) ** 2,
        LARGEST * u(T),
        title="For any gradients |m|/√v ≤ (1 − β₁)/√((1 − β₂)(1 − β₁²/β₂)): a step may be longer than η",
        source="derived here: this is what β₁ < √β₂ is for",
        on=remember | {T: S.Naturals},
        where=(
            memory**2 < square_memory,
            m(0) ** 2 <= LARGEST * u(0),
            ForAll(
                t,
                (
                    Eq(m(t + 1), memory * m(t) + (1 - memory) * gradient(t), evaluate=False),
                    Eq(u(t + 1), square_memory * u(t) + (1 - square_memory) * gradient(t) ** 2, evaluate=False),
                ),
                name="adam",
            ),
        ),
        uses=("adam-one-step",),
        derive=_adam,
    ),
    Existence(
        "adam-usual",
        {memory: Rational(9, 10), square_memory: Rational(999, 1000)},
        (Rational(727, 100) ** 2 <= LARGEST, Rational(7271, 1000) ** 2 >= LARGEST),
        title="At β₁ = 0.9 and β₂ = 0.999 that is 7.270…",
        source="derived here",
        uses=("adam-largest",),
    ),
    Bound(
        "disjoint-pair",
        1 - 9 / D,
        (D - 3) * (D - 4) * (D - 5) / (D * (D - 1) * (D - 2)),
        title="Two supports of s = 3 of D coordinates are disjoint with a chance of at least 1 − s²/D",
        source="derived here: with n(n − 1)/2 pairs the chance of all is 1 − n(n − 1)s²/(2D); s = √d/n² asks d ≥ n⁴",
        on={D: Interval(6, S.Infinity)},
    ),
    Bound(
        "trap",
        (1 - eta * lam) * a + eta * c * g * slope(-a, CUBE) - eta * alpha * g * push,
        0,
        title="A filter on the wrong side of the feature stays there under gradient descent: a ≤ 0 gives a⁺ ≤ 0",
        source="derived here: c is the share of the other class; sign descent and Adam may step over 0",
        where=(a <= 0, g <= 1, -eta * c * CUBE * a <= 1 - eta * lam),
        uses=("feature-step-own", "feature-step-other"),
    ),
)
