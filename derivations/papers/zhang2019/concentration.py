"""Concentration: an explicit Chernoff bound on the upward growth of ‖h_l‖, and on its failures in simulation.

log ‖h_l‖² − log ‖h_{l−1}‖² ≤ 2τξ/√m + τ²χ²/m with ξ the coordinate of the noise along h and χ² its squared
length. Its exponential moments multiply over layers, e^{λ·} of the partial sums is a submartingale, and
λ = m/4 at τ = 1/√L gives P(max_l ‖h_l‖² ≥ e²‖h_0‖²) ≤ e^{mψ(L)} for one input.
"""

from __future__ import annotations

from sympy import Expr, Interval, Range, Rational, S, Symbol, exp, expand, log, oo, sqrt

from derivations.gaussian import Expectation
from derivations.papers.zhang2019.notation import L, g, h, m, phi
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Identity, Probability, Statement
from derivations.steps import Derivation, chain
from derivations.theorems import Quantity, Theorem
from derivations.vectors import norm_squared

a = Symbol("a", real=True)
b = Symbol("b", real=True)
y = Symbol("y", nonnegative=True)
"""1/L."""


def psi(blocks: Expr) -> Expr:
    """ψ(L) = L/(8L − 4) − (L/2) log(1 − 1/(2L)) − 1/2."""
    return blocks / (8 * blocks - 4) - blocks / 2 * log(1 - 1 / (2 * blocks)) - S.Half


chernoff = exp(m * psi(L))
"""The bound of P(max_l ‖h_l‖² ≥ e²‖h_0‖²) at τ = 1/√L."""
n = Symbol("n", integer=True, positive=True)
"""Inputs."""
delta = Symbol("delta", positive=True)
"""The chance of failure."""
rate = Rational(1, 8) - 1 / (4 * L)
"""What −ψ(L) is at least."""
c_psi, width = Symbol("c_psi", positive=True), Symbol("M", positive=True)


def _stable() -> Derivation:
    return (
        chain(log(n) + m * psi(L))
        .then(log(n) - m * rate, "ψ(L) ≤ −1/8 + 1/(4L)", "chernoff-exponent", relation="<=")
        .then(log(delta), "m ≥ log(n/δ)/(1/8 − 1/(4L))", relation="<=")
    )


STABILITY = Theorem(
    "stability",
    (
        Quantity(n, None, "", "inputs"),
        Quantity(L, None, "", "residual blocks"),
        Quantity(delta, None, "", "the chance of failure"),
        Quantity(c_psi, rate, "chernoff-exponent", "P(max_l ‖h_l‖² ≥ e²‖h_0‖²) ≤ e^{−c_psi m} for one input", True),
        Quantity(width, log(n / delta) / c_psi, "stability", "the width"),
    ),
    {"width": width},
    (L >= 3, delta < 1),
)
"""Forward stability at τ = 1/√L: a width that does not grow with the depth."""

STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "relu-contracts",
        norm_squared(phi(h)),
        norm_squared(h),
        title="ReLU does not lengthen a vector",
        source="used in Section 3",
        mark="bookkeeping",
        uses=("mask", "homogeneous"),
    ),
    Identity(
        "exponential-moment",
        Expectation(exp(a * g + b * g**2), g),
        exp(a**2 / (2 * (1 - 2 * b))) / sqrt(1 - 2 * b),
        title="The exponential moment of ag + bg² for a Gaussian g, b < 1/2",
        source="used in the concentration of Section 3",
        on={b: Interval.open(-oo, S.Half)},
        sample_on={b: Interval.Ropen(-3, S.Half), a: Interval(-3, 3)},
    ),
    Identity(
        "chernoff-step",
        Expectation(exp(sqrt(m / L) / 2 * g + g**2 / (4 * L)), g) * Expectation(exp(g**2 / (4 * L)), g) ** (m - 1),
        exp(m / (8 * L - 4)) * (1 - 1 / (2 * L)) ** (-m / 2),
        title="E e^{λX} of one block's bound X = 2τξ/√m + τ²χ²/m on the growth of log ‖h‖², at λ = m/4, τ = 1/√L",
        source="derived here; the L-th power of it, times e^{−2λ}, is e^{mψ(L)}",
        sample_on={m: Interval(1, 64), L: Interval(1, 64)},
        uses=("exponential-moment", "relu-contracts"),
    ),
    Bound(
        "chernoff-exponent",
        expand(2 * y * psi(1 / y)),
        2 * y * (y / 4 - Rational(1, 8)),
        sharp_at={y: 0},
        title="2yψ(1/y) ≤ 2y(y/4 − 1/8), that is ψ(L) ≤ −1/8 + 1/(4L) at y = 1/L",
        source="Section 3, form 1 − O(nL)·exp(−Ω(m)); constants derived here",
        on={y: (0, 1)},
        uses=("chernoff-step",),
    ),
    Bound(
        "failures",
        MeasuredQuantity("P(max_l ‖h_l‖² ≥ e²‖h_0‖²)", r"\mathbb{P}(\max_l\|h_l\|^2\ge e^2\|h_0\|^2)"),
        chernoff,
        title="Failures in simulation stay below the Chernoff bound e^{mψ(L)}, at widths 8, 16, 32 and L = 30",
        source="Section 3; measured here with exact binomial limits",
        assumes=("gaussian-weights",),
        uses=("chernoff-exponent",),
    ),
    Bound(
        "stability",
        log(n) + m * psi(L),
        log(delta),
        title="Forward stability at a width without depth: n·e^{mψ(L)} ≤ δ for m ≥ log(n/δ)/(1/8 − 1/(4L))",
        source="Section 3, form 1 − O(nL)·exp(−Ω(m)); the width derived here, in logarithms",
        on={L: Range(3, oo), delta: Interval.open(0, 1)},
        where=(log(n) - log(delta) <= m * rate,),
        derive=_stable,
        uses=("failures",),
    ),
    Probability(
        "band",
        "‖h_l‖²/‖h_0‖² leaves [1/2, e²] for some l ≤ L and one of n inputs; m = 256, L = 100, n = 20, τ = 1/√L",
        at_most=Rational(1, 20),
        title="Hidden norms of 20 inputs stay in a constant band over 100 blocks of width 256, with chance 19/20",
        source="Section 3, form 1 − O(nL)·exp(−Ω(m)); measured here",
        assumes=("gaussian-weights",),
        uses=("failures",),
    ),
)
