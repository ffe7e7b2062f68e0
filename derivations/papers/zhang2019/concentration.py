"""Concentration: an explicit Chernoff bound on the upward growth of ‖h_l‖, and on its failures in simulation.

log ‖h_l‖² − log ‖h_{l−1}‖² ≤ 2τξ/√m + τ²χ²/m with ξ the coordinate of the noise along h and χ² its squared
length. Its exponential moments multiply over layers, e^{λ·} of the partial sums is a submartingale, and
λ = m/4 at τ = 1/√L gives P(max_l ‖h_l‖² ≥ e²‖h_0‖²) ≤ e^{mψ(L)} for one input.
"""

from __future__ import annotations

from math import log1p

from sympy import Interval, Rational, S, Symbol, exp, log, sqrt

from derivations.gaussian import Expectation
from derivations.papers.zhang2019.notation import g, h, phi
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Identity, Probability, Statement
from derivations.vectors import norm_squared

a = Symbol("a", real=True)
b = Symbol("b", real=True)
y = Symbol("y", nonnegative=True)
"""1/L."""


def psi(blocks: int) -> float:
    """ψ(L) = L/(8L − 4) − (L/2) log(1 − 1/(2L)) − 1/2."""
    return blocks / (8 * blocks - 4) - blocks / 2 * log1p(-1 / (2 * blocks)) - 0.5


STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "relu-contracts",
        norm_squared(phi(h)),
        norm_squared(h),
        title="ReLU does not lengthen a vector",
        source="used in Section 3",
    ),
    Identity(
        "exponential-moment",
        Expectation(exp(a * g + b * g**2), g),
        exp(a**2 / (2 * (1 - 2 * b))) / sqrt(1 - 2 * b),
        title="The exponential moment of ag + bg² for a Gaussian g, b < 1/2",
        source="used in the concentration of Section 3",
        on={b: Interval.Ropen(-3, S.Half), a: Interval(-3, 3)},
    ),
    Bound(
        "chernoff-exponent",
        -log(1 - y / 2),
        y * (Rational(3, 4) + y / 2) - y / (4 - 2 * y),
        sharp_at={y: 0},
        title="y = 1/L: ψ(L) ≤ −1/8 + 1/(4L), so P(max_l ‖h_l‖² ≥ e²‖h_0‖²) ≤ e^{−m/8 + m/(4L)} at τ = 1/√L",
        source="Section 3, form 1 − O(nL)·exp(−Ω(m)); constants derived here",
        on={y: (0, 1)},
        uses=("exponential-moment", "relu-contracts"),
    ),
    Bound(
        "failures",
        MeasuredQuantity(
            "P(max_l ‖h_l‖² ≥ e²‖h_0‖²), exact lower limit", r"\mathbb{P}(\max_l\|h_l\|^2\ge e^2\|h_0\|^2)"
        ),
        MeasuredQuantity("e^{mψ(L)}", r"e^{m\psi(L)}"),
        title="Failures in simulation stay below the Chernoff bound at every width",
        source="Section 3; measured here with exact binomial limits",
        assumes=("gaussian-weights",),
        uses=("chernoff-exponent",),
    ),
    Probability(
        "band",
        "‖h_l‖²/‖h_0‖² leaves [1/2, e²] for some l ≤ L and one of n inputs; m = 256, L = 100, n = 20, τ = 1/√L",
        at_most=Rational(1, 20),
        title="Hidden norms stay in a constant band with high probability",
        source="Section 3, form 1 − O(nL)·exp(−Ω(m)); measured here",
        assumes=("gaussian-weights",),
        uses=("failures",),
    ),
)
