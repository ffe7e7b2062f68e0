"""Random weights at the start: lengths of features, outputs, and how many entries are near the kink of ReLU."""

from __future__ import annotations

from sympy import Abs, Integral, Interval, Range, Rational, S, Symbol, exp, log, oo, pi, sqrt

from derivations.domains import Gaussian, NonnegativeVectors
from derivations.gaussian import Expectation, relu
from derivations.integrals.truncated import normal_cdf
from derivations.papers.zhang2019.concentration import delta, n
from derivations.papers.zhang2019.forward import one
from derivations.papers.zhang2019.notation import L, g, h, m, phi, tau, u, z
from derivations.papers.zhang2019.proof.constants import (
    FEWEST,
    KINDS,
    SHARE,
    X_0,
    formula,
    q,
    y_max,
)
from derivations.quantities.chance import Chance
from derivations.statements import Bound, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, norm, vector

FACTS = "facts."
SOURCE = "Section 3, forward stability; constants derived here"
a = vector("a", m)
"""The output weights b at the start."""
s = Symbol("s", real=True)
t = Symbol("t", positive=True)
w = Symbol("w", positive=True)
"""θ/(τ‖x‖), how near to 0 in units of the noise; m over the inverse of a rate in the exponent of a chance."""
x_norm = Symbol("x", positive=True)
"""‖x_{l−1}‖."""
y = Symbol("y", positive=True)
"""τ²: L ≤ 1/τ² blocks grow by no more than those of τ = 1/√L, of which there are 1/τ²."""
events = log(2 * KINDS * n / delta)
longest = S.Half + Integral(exp(g**2 / 5 - g**2 / 2) / sqrt(2 * pi), (g, 0, oo))
"""E e^{λX} of an entry of m‖x_0‖² = Σ 2φ(g)², at λ = 1/10: it is 0 where g < 0."""
shortest = Expectation(exp(-relu(g) / 8), g)
"""E e^{−X/8} of an entry of √(m/2)·⟨𝟏, x_0⟩ = Σ φ(g)."""
far = sqrt(2 * log(2 * KINDS * n / delta))
"""How many standard deviations an output may be off."""
small = {delta: Interval.open(0, 1)}


def _grows() -> Derivation:
    return (
        chain(log(n) - 16 * w * (Rational(1, 8) - y / 4))
        .then(log(n) - 3 * w / 2, "L ≥ 8", relation="<=")
        .then(log(n) - w, "3/32 ≥ 1/16", relation="<=")
        .then(log(n) - events, "m ≥ 16log(14n/δ)", relation="<=")
        .then(log(SHARE / 2), "collecting")
    )


def _outputs() -> Derivation:
    return (
        chain(Chance(Abs(g) > (c_r_value - y_max) / X_0))
        .then(2 * exp(-(far**2) / 2), "the tails of a Gaussian", relation="<=")
        .by(FACTS + "gaussian-tail", g=g, t=far)
        .then(SHARE / n, "the exponential of a logarithm")
    )


c_r_value = formula("c_r")


def _low() -> Derivation:
    return (
        chain(Rational(1, 4))
        .then(inner(one, h) / m, "sums never fall by more than 1/4 from 1/2", relation="<=")
        .then(norm(one) * norm(h) / m, "Cauchy and Schwarz", relation="<=")
        .by(FACTS + "cauchy-schwarz", x=one, y=h)
        .then(norm(h) / sqrt(m), "‖𝟏‖ = √m")
    )


def _statements() -> tuple[Statement, ...]:
    start, least = formula("M_start"), formula("M_low")
    return (
        Identity(
            "start-moment",
            longest,
            S.Half + sqrt(Rational(5, 3)) / 2,
            title="E e^{λX} for X = 2φ(g)², an entry of m‖x_0‖², at λ = 1/10",
            source=SOURCE,
        ),
        Bound(
            "start-norm",
            log(S.Half + sqrt(Rational(5, 3)) / 2) - Rational(1, 5),
            -Rational(1, 16),
            title="P(‖x_0‖² ≥ 2) ≤ (E e^{λX}·e^{−2λ})^m ≤ e^{−m/16}, here the logarithm for m = 1",
            source=SOURCE,
            uses=("start-moment",),
        ),
        Bound(
            "start-width",
            log(n) - 16 * w * (Rational(1, 8) - y / 4),
            log(SHARE / 2),
            mark="bookkeeping",
            title="n inputs: ‖x_l‖² ≤ e²‖x_0‖² for all l but for δ/14 where m = 16w ≥ 16log(14n/δ), y = τ² ≤ 1/8",
            source=SOURCE,
            on={y: Interval.Lopen(0, 1 / FEWEST), **small},
            where=(start <= 16 * w,),
            sample_on={w: (8, 20)},
            uses=("start-norm", "chernoff-exponent", "failures"),
            derive=_grows,
        ),
        Identity(
            "start-sum-moment",
            shortest,
            S.Half + exp(Rational(1, 128)) * (1 - normal_cdf(Rational(1, 8))),
            title="E e^{−φ(g)/8}, from which the least mean of the entries of x_0 follows",
            source=SOURCE,
        ),
        Bound(
            "start-sum",
            log(S.Half + exp(Rational(1, 128)) * (1 - normal_cdf(Rational(1, 8)))) + sqrt(2) / 32,
            -Rational(1, 1024),
            title="P(⟨𝟏, x_0⟩ ≤ √m/2) ≤ e^{−m/1024}, here the logarithm for m = 1",
            source=SOURCE,
            uses=("start-sum-moment",),
        ),
        Bound(
            "sum-above",
            inner(one, z),
            inner(one, phi(z)),
            title="ReLU does not make the sum of a vector's entries less: Σ φ(z_i) ≥ Σ z_i",
            source=SOURCE,
        ),
        Identity(
            "sum-drifts",
            Expectation(exp(-s * tau * x_norm * g / sqrt(m)), g),
            exp(s**2 * tau**2 * x_norm**2 / (2 * m)),
            title="E e^{−sΔ} of what a block's noise Δ = τ⟨𝟏, Wx⟩/m adds to ⟨𝟏, x⟩/√m",
            source=SOURCE,
        ),
        Bound(
            "drift-rate",
            Rational(1, 1024),
            1 / (32 * formula("X_0") ** 2),
            title="The exponent 1/(32X₀²) of the chance that L ≤ 1/τ² such Δ together fall by 1/4 is at least 1/1024",
            source=SOURCE,
            uses=("sum-drifts",),
        ),
        Bound(
            "low-width",
            log(n) - w,
            log(SHARE / 2),
            mark="bookkeeping",
            title="n inputs: neither is the sum of x_0 below √m/2 nor drifts it by √m/4 but for δ/14 each, m = 1024w",
            source=SOURCE,
            on=small,
            where=(least <= 1024 * w,),
            sample_on={w: (8, 20)},
            uses=("start-sum", "sum-above", "drift-rate"),
            derive=lambda: (
                chain(log(n) - w)
                .then(log(n) - events, "m ≥ 1024log(14n/δ)", relation="<=")
                .then(log(SHARE / 2), "collecting")
            ),
        ),
        Bound(
            "start-low",
            Rational(1, 4),
            norm(h) / sqrt(m),
            title="‖x_l(0)‖ = ‖h‖/√m ≥ 1/4, since the mean of its entries is no less",
            source=SOURCE,
            on={h: NonnegativeVectors()},
            where=(m / 4 <= inner(one, h),),
            uses=("low-width",),
            derive=_low,
        ),
        Bound(
            "output-weights",
            Chance(norm(a) >= 3 * sqrt(m) / 2),
            exp(-m / 8),
            title="‖b(0)‖ ≤ (3/2)√m but for a chance of e^{−m/8}",
            source=SOURCE,
            on={a: Gaussian()},
            derive=lambda: (
                chain(Chance(norm(a) >= 3 * sqrt(m) / 2))
                .then(exp(-m / 8), "√m + √m/2", relation="<=")
                .by(FACTS + "gaussian-norm", w=a, t=sqrt(m) / 2)
            ),
        ),
        Bound(
            "output-width",
            exp(-m / 8),
            SHARE,
            mark="bookkeeping",
            title="‖b(0)‖ is that small but for a chance of δ/7 where m ≥ 8log(7/δ)",
            source=SOURCE,
            on=small,
            where=(formula("M_b") <= m,),
            uses=("output-weights",),
            derive=lambda: (
                chain(exp(-m / 8))
                .then(exp(-formula("M_b") / 8), "m ≥ M", relation="<=")
                .then(SHARE, "the exponential of a logarithm")
            ),
        ),
        Bound(
            "start-outputs",
            Chance(Abs(g) > (c_r_value - y_max) / X_0),
            SHARE / n,
            title="Outputs are Gaussian given the W_l, deviation ≤ X₀: all n have |f_i − y_i| ≤ c_r but for δ/7",
            source=SOURCE,
            on={g: Gaussian(), **small},
            uses=("start-width",),
            derive=_outputs,
        ),
        Bound(
            "near-zero",
            normal_cdf(w - u) - normal_cdf(-w - u),
            sqrt(2 / pi) * w,
            title="P(|h + τ‖x‖g| ≤ θ) ≤ √(2/π)·θ/(τ‖x‖): no entry is near 0 for sure; u = h/(τ‖x‖), w = θ/(τ‖x‖)",
            source="Section 4, form; constants derived here",
        ),
        Bound(
            "count-width",
            log(n) + log(L) - 2 * m * (q / 4) ** 2,
            log(SHARE),
            mark="bookkeeping",
            title="Hoeffding: in each layer at most a share q/2 of the entries is that near to 0 but for δ/7",
            source="Section 4, form; constants derived here",
            on={q: Interval.open(0, 1), **small},
            where=(formula("M_count") <= m,),
            sample_on={q: (Rational(1, 2), Rational(9, 10)), m: Range(200, 900)},
            uses=("facts.hoeffding", "near-zero"),
            derive=lambda: (
                chain(log(n) + log(L) - 2 * m * (q / 4) ** 2)
                .then(log(n) + log(L) - log(KINDS * n * L / delta), "m ≥ 8log(7nL/δ)/q²", relation="<=")
                .then(log(SHARE), "collecting")
            ),
        ),
    )


STATEMENTS: tuple[Statement, ...] = _statements()
