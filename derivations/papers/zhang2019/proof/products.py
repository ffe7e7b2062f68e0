"""Backward stability: products of blocks have norms of at most C, whatever a share q of the masks D_l does.

For a fixed vector each block multiplies ‖·‖² by at most 1 + 2τξ/√m + τ²χ², whatever mask follows; at the weight λ = m
the exponential moments of L ≤ 1/τ² blocks give P(‖Qv‖ ≥ e³‖v‖) ≤ e^{−2m}. A net of 5^m vectors covers the sphere, and
there are at most (2e/q)^{qm} ways to change a share q of the masks of one block, as a norm is largest at 0 or 1.
"""

from __future__ import annotations

from sympy import Interval, MatrixSymbol, Range, Rational, Symbol, exp, log, sqrt

from derivations.domains import Gaussian, UnitVectors
from derivations.gaussian import Expectation
from derivations.papers.zhang2019.concentration import delta, n
from derivations.papers.zhang2019.notation import L, g, m, tau
from derivations.papers.zhang2019.proof.constants import FEWEST, SHARE, formula, v
from derivations.quantities.chance import Chance
from derivations.spectra import operator_norm
from derivations.statements import Bound, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import norm, vector

SOURCE = "Section 3, backward stability; constants derived here"
y = Symbol("y", positive=True)
"""τ²."""
k = Symbol("k", integer=True, positive=True)
t = Symbol("t", positive=True)
M = MatrixSymbol("M", m, k)
x = vector("x", k)
exponent = 2 * y / (1 - 2 * y) - log(1 - 2 * y) / 2
"""log E e^{mX} of one block over m, at y = τ²."""
share = formula("q")
ways = share * (log(2) + 1 + log(1 / share))
"""log of the number of ways to change masks, over m."""
w = Symbol("w", positive=True)
"""m/8."""
NET = 5
"""Vectors of a net with balls of radius ½ for each dimension."""


def _exponent() -> Derivation:
    return (
        chain(exponent)
        .then(2 * y / (1 - 2 * y) + y / (1 - 2 * y), "−log(1 − 2y) ≤ 2y/(1 − 2y)", relation="<=")
        .then(4 * y, "1 − 2y ≥ 3/4", relation="<=")
    )


def _tail() -> Derivation:
    return (
        chain(m * (L * exponent - 6))
        .then(m * (4 * L * y - 6), "one block", relation="<=")
        .by("product-exponent", y=y)
        .then(-2 * m, "L ≤ 1/τ²", relation="<=")
    )


def _share() -> Derivation:
    return (
        chain(share * (10 + 4 * log(1 / share)))
        .then(share * (10 + 4 * log(1 / v) + 4 * log(10 + 8 * log(1 / v))), "q = v/(10 + 8log(1/v))")
        .then(share * (10 + 8 * log(1 / v)), "10 + 8log(1/v) ≤ 1/v", relation="<=")
        .by("share-logarithm", v=v)
        .then(v, "the value of q")
    )


def _width() -> Derivation:
    events = log(1 / SHARE) + log(n) + 2 * log(L)
    return (
        chain(log(n) + 2 * log(L) + 8 * w * (log(NET) + L * ways - 2))
        .then(log(n) + 2 * log(L) + 8 * w * (log(NET) + L * v / 4 - 2), "the ways to change masks", relation="<=")
        .by("ways", v=v)
        .then(log(n) + 2 * log(L) + 8 * w * (log(NET) + Rational(1, 4) - 2), "v ≤ 1/L", relation="<=")
        .then(log(n) + 2 * log(L) - w, "log 5 ≤ 13/8", relation="<=")
        .then(log(n) + 2 * log(L) - events, "m ≥ 8log(7nL²/δ)", relation="<=")
        .then(log(SHARE), "collecting")
    )


def _statements() -> tuple[Statement, ...]:
    moment = Expectation(exp(2 * sqrt(m) * tau * g + tau**2 * g**2), g)
    small = {y: Interval.Lopen(0, 1 / FEWEST)}
    return (
        Identity(
            "product-moment",
            moment * Expectation(exp(tau**2 * g**2), g) ** (m - 1),
            exp(2 * m * tau**2 / (1 - 2 * tau**2)) * (1 - 2 * tau**2) ** (-m / 2),
            title="E e^{mX} of one block's bound X = 2τξ/√m + τ²χ²/m on the growth of log ‖Qv‖², at the weight m",
            source=SOURCE,
            on={tau: Interval.open(0, 1 / sqrt(2))},
            sample_on={m: Interval(1, 64), tau: Interval.open(0, Rational(1, 2))},
            uses=("exponential-moment", "mask"),
        ),
        Bound(
            "product-exponent",
            exponent,
            4 * y,
            title="A block at τ² = y ≤ 1/8 adds at most 4mτ² to the exponent",
            source=SOURCE,
            on=small,
            uses=("product-moment",),
            derive=_exponent,
        ),
        Bound(
            "product-tail",
            m * (L * exponent - 6),
            -2 * m,
            title="L ≤ 1/τ² blocks: P(‖Qv‖² ≥ e⁶‖v‖²) ≤ e^{−6m}·E e^{mΣX} ≤ e^{−2m} for a fixed v, here as logarithms",
            source=SOURCE,
            on=small,
            where=(L * y <= 1,),
            derive=_tail,
        ),
        Bound(
            "net",
            Chance(operator_norm(M) > 2 * t),
            NET**k * Chance(norm(M * x) > t),
            title="A net of 5^k vectors: a norm above 2t shows at one of them, here where all are alike",
            source="Vershynin, High-Dimensional Probability, Lemma 4.4.1 and Corollary 4.2.13, radius ½",
            mark="cited",
            on={M: Gaussian(), x: UnitVectors()},
        ),
        Bound(
            "share-logarithm",
            log(10 + 8 * log(1 / v)),
            log(1 / v),
            title="10 + 8log(1/v) ≤ 1/v for v ≤ 1/40, in logarithms",
            source=SOURCE,
            on={v: Interval.Lopen(0, Rational(1, 40))},
        ),
        Bound(
            "share",
            share * (10 + 4 * log(1 / share)),
            v,
            title="With q = v/(10 + 8log(1/v)): q(10 + 4log(1/q)) ≤ v",
            source=SOURCE,
            on={v: Interval.Lopen(0, Rational(1, 40))},
            derive=_share,
        ),
        Bound(
            "ways",
            ways,
            v / 4,
            title="There are at most (2e/q)^{qm} ways to put 0 or 1 on a share q of m masks: the logarithm over m",
            source=SOURCE,
            on={v: Interval.Lopen(0, Rational(1, 40))},
            derive=lambda: (
                chain(ways)
                .then(share * (10 + 4 * log(1 / share)) / 4, "log 2 ≤ 3/2", relation="<=")
                .then(v / 4, "the value of q", relation="<=")
                .by("share", v=v)
            ),
        ),
        Bound(
            "product-width",
            log(n) + 2 * log(L) + 8 * w * (log(NET) + L * ways - 2),
            log(SHARE),
            title="n inputs, L² products, (2e/q)^{qmL} ways, a net: norms ≤ C but for a chance of δ/7, m = 8w",
            source=SOURCE,
            on={v: Interval.Lopen(0, Rational(1, 40)), delta: Interval.open(0, 1)},
            where=(L * v <= 1, formula("M_back") <= 8 * w),
            sample_on={w: (30, 60), L: Range(1, 20)},
            uses=("product-tail", "net"),
            derive=_width,
        ),
    )


STATEMENTS: tuple[Statement, ...] = _statements()
