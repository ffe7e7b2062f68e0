"""Sections 3 and 4 of MacDonald et al. (2023): rates with known and trajectory-wise constants, optima at infinity.

PL here is ‖∇ℓ‖² ≥ μ(ℓ − inf ℓ), the form in which the square cost has μ = 2/N: a step multiplies ℓ − inf ℓ by at
most 1 − ημ(1 − ηβ/2), which is 1 − ημ/2 at η = 1/β. On ½hx² one has μ = 2h and β = h.
"""

from __future__ import annotations

from sympy import Integer, Interval, MatrixSymbol, Rational, S, Symbol, exp, oo, sqrt

from derivations.papers.macdonald2023.composition import smoothness_bound
from derivations.quantities import MeasuredQuantity
from derivations.spectra import frobenius_norm, operator_norm, sigma_min
from derivations.statements import Bound, Rate, Statement
from derivations.steps import Derivation, chain
from derivations.theorems import Quantity, Theorem

loss = Symbol("ell", nonnegative=True)
"""ℓ − inf ℓ before a step."""
eta, mu, beta, kappa = (Symbol(name, positive=True) for name in ("eta", "mu", "beta", "kappa"))
"""Step size, PL constant, smoothness, and κ = ηβ."""
h = Symbol("h", positive=True)
"""An eigenvalue."""
y, L = Symbol("y", positive=True), Symbol("L", positive=True)
"""1 − aℓ of a step ℓ_+ ≤ ℓ − aℓ², and ℓ itself where it is positive."""
K, N = Symbol("K", integer=True, positive=True), Symbol("N", integer=True, positive=True)
"""Classes and samples."""
d = Symbol("d", integer=True, positive=True)
"""Entries of an input."""
M, sigma = Symbol("M", positive=True), Symbol("sigma", nonnegative=True)
"""The most that one sample loses, and the least singular value of the features before the last layer."""
gained = Symbol("A", nonnegative=True)
"""Σ_k a_k."""
step_bound = (1 - eta * mu * (1 - eta * beta / 2)) * loss
gain = eta / 2 * K / (K - 1) * ((1 - exp(-M)) / M) ** 2 * sigma**2 / N
"""a of a step that lowers ℓ by (η/2)‖∇ℓ‖²."""
infinity_bound = L / (1 + gained * L)

X, Z = MatrixSymbol("X", N, d), MatrixSymbol("Z", N, d)
"""The inputs as rows, and what all branches together add to them."""
c, blocks = Symbol("c", positive=True), Symbol("B", integer=True, positive=True)
"""A branch adds c·g(x) with |g| ≤ 1 to each entry; there are B of them."""
added = blocks * c * sqrt(d * N)
sigma_x, sigma_low, ell_0, epsilon, M_0, gain_0, time = (
    Symbol(name, positive=True) for name in ("sigma_x", "sigma_low", "ell_0", "epsilon", "M_0", "a_0", "t_max")
)


def _features() -> Derivation:
    return (
        chain(sigma_min(X) - added)
        .then(sigma_min(X) - frobenius_norm(Z), "each of Nd entries moves by at most Bc", relation="<=")
        .then(sigma_min(X) - operator_norm(Z), "‖Z‖ ≤ ‖Z‖_F", relation="<=")
        .by("facts.operator-frobenius", M=Z)
        .then(sigma_min(X + Z), "singular values move by at most ‖Z‖", relation="<=")
        .by("facts.sigma-perturbation", M=X, E=Z)
    )


def _time() -> Derivation:
    grown = 1 + gained * L
    return (
        chain(L / grown)
        .then(L / (1 + (1 / epsilon - 1 / L) * L), "Σa_k ≥ 1/ε − 1/ℓ_0", relation="<=")
        .then(epsilon, "collecting")
    )


INFINITY = Theorem(
    "infinity-time",
    (
        Quantity(K, None, "", "classes"),
        Quantity(N, None, "", "samples"),
        Quantity(d, None, "", "the width, which is that of the inputs"),
        Quantity(blocks, None, "", "residual blocks"),
        Quantity(c, None, "", "the scale of a branch, whose activation is at most 1"),
        Quantity(sigma_x, None, "", "the least singular value of the inputs"),
        Quantity(ell_0, None, "", "the loss at the start"),
        Quantity(epsilon, None, "", "the loss that is asked for"),
        Quantity(sigma_low, sigma_x - added, "features-apart", "σ_min of the features, whatever the weights", True),
        Quantity(M_0, N * ell_0, "", "the most that one sample loses"),
        Quantity(
            gain_0,
            gain.xreplace({eta: Integer(1), M: M_0, sigma: sigma_low}),
            "ce-lower",
            "‖∇ℓ‖²/2 ≥ a_0 ℓ² along the run",
            True,
        ),
        Quantity(time, (1 / epsilon - 1 / ell_0) / gain_0, "infinity-time", "Σ η_k"),
    ),
    {"time": time},
)
"""Gradient descent to the optimum at infinity, for residual nets whose branches are small beside the inputs: the sum of
the steps, each of which lowers ℓ by (η/2)‖∇ℓ‖², until ℓ ≤ ε."""

STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "rate-quadratic",
        (1 - kappa * h / beta) ** 2,
        1 - kappa * mu / beta * (1 - kappa / 2),
        title="A quadratic with eigenvalues μ/2 ≤ h ≤ β: a step η = κ/β multiplies ½hx² by at most 1 − ημ(1 − κ/2)",
        source="derived here",
        on={kappa: Interval.open(0, 2)},
        where=(mu <= 2 * h, h <= beta),
        sharp_at={mu: 2 * beta, h: beta},
        derive=lambda: (
            chain((1 - kappa * h / beta) ** 2)
            .then(1 - 2 * kappa * h / beta * (1 - kappa / 2), "h² ≤ hβ", relation="<=")
            .then(1 - kappa * mu / beta * (1 - kappa / 2), "μ ≤ 2h", relation="<=")
        ),
    ),
    Bound(
        "rate-known",
        MeasuredQuantity("ℓ(k + 1)", r"\ell_{k+1}"),
        step_bound,
        title="One step with known constants: the square cost of a last layer on drawn features, and x² + 3sin²x",
        source="Section 3; x² + 3sin²x has β = 8 and μ = 1/16, Karimi, Nutini and Schmidt (2016)",
        uses=("rate-quadratic",),
    ),
    Bound(
        "rate-trajectory",
        MeasuredQuantity("ℓ(k + 1) of the network", r"\ell_{k+1}"),
        step_bound,
        title="The same along a network's run, μ_k = (2/N)λ_min(DF DFᵀ) and β_k the largest ‖∇²ℓ‖ on the step",
        source="Section 3",
        uses=("rate-known", "pl-composition"),
    ),
    Bound(
        "constants-along",
        MeasuredQuantity("β_k, smoothness along the step", r"\beta_k"),
        smoothness_bound,
        title="Smoothness along a training run stays below the calculus' bound for the ball that the run stays in",
        source="Section 3",
        uses=("smoothness-holds",),
    ),
    Bound(
        "reciprocal",
        1 / L + (1 - y) / L,
        1 / (L - (1 - y) * L),
        title="1/ℓ + a ≤ 1/(ℓ − aℓ²), written with y = 1 − aℓ: a step ℓ_+ ≤ ℓ − aℓ² adds at least a to 1/ℓ",
        source="Section 4, optimum at infinity; derived here",
        on={L: Interval.open(0, oo), y: Interval.Lopen(0, 1)},
        sharp_at={y: 1},
    ),
    Rate(
        "infinity-loss",
        MeasuredQuantity("ℓ(t), weight-normalised residual net, cross-entropy", r"\ell(t)"),
        Symbol("t", positive=True),
        -1,
        title="Optimum at infinity: from twelve starts the loss falls as 1/t, not as t^{−1/2} or t^{−3/2}",
        source="Section 4",
        within=0.15,
        against=(-S.Half, -Rational(3, 2)),
        uses=("reciprocal", "ce-concave", "skip-uniform"),
    ),
    Rate(
        "infinity-weights",
        MeasuredQuantity("‖W(t)‖ − ‖W(t_0)‖ against log(t/t_0)", r"\|W(t)\|-\|W(t_0)\|"),
        Symbol("s", positive=True),
        1,
        title="The weights of the last layer grow as log t, not as its root or square",
        source="Section 4",
        within=0.15,
        against=(S.Half, Integer(2)),
        uses=("infinity-loss",),
    ),
    Bound(
        "features-apart",
        sigma_min(X) - added,
        sigma_min(X + Z),
        title="Branches that add at most Bc to each entry leave σ_min of the features at least σ_min(X) − Bc√(dN)",
        source="Section 4, form: regularity that holds for all weights; class and constant derived here",
        where=(frobenius_norm(Z) <= added,),
        derive=_features,
    ),
    Bound(
        "infinity-time",
        infinity_bound,
        epsilon,
        mark="bookkeeping",
        title="Optimum at infinity: once Σa_k ≥ 1/ε − 1/ℓ_0 the bound ℓ_0/(1 + ℓ_0Σa_k) is at most ε",
        source="Section 4; derived here",
        on={L: Interval.open(0, oo), epsilon: Interval.open(0, oo)},
        where=(gained >= 1 / epsilon - 1 / L, epsilon <= L),
        derive=_time,
        uses=("infinity-start", "features-apart"),
    ),
    Bound(
        "infinity-start",
        MeasuredQuantity("ℓ(T)", r"\ell(T)"),
        infinity_bound,
        title="From weights of eight scales ℓ(T) ≤ ℓ_0/(1 + ℓ_0Σa_k), a_k from the features' least singular value",
        source="Section 4; a_k = (η_k/2)(K/(K − 1))((1 − e^{−M})/M)²σ_min²/N with M = Nℓ_k, derived here",
        uses=("reciprocal", "ce-lower", "ce-concave"),
    ),
)
