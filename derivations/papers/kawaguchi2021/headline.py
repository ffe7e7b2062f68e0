"""Headline results of Kawaguchi and Sun (2021): expressivity on digits, the cost of noise, the two phases."""

from __future__ import annotations

from sympy import Integer, Rational, Symbol

from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Probability, Rate, Statement

delta = Symbol("delta", positive=True)
"""The size of the noise."""
SLOPES = {(1, 4): 1, (1, 7): 2, (1, 8): 3, (2, 5): 1, (2, 6): 2, (2, 11): 2}
"""For d and n: the exponent k of σ_min ≍ δ^k."""
FLOOR = Integer(-60)
"""What log₁₀ σ_min is certified to be above."""
IMAGES, NOISY = 12, 8
TRAINED, FIRST, NOISE, MARGIN = 48, 16, Rational(1, 10**4), Rational(1, 10)
"""Images in the two phases, the first width, the noise at the switch, and by how much the accuracy may be less."""
SPACES = {1: "on a line", 2: "in a plane"}

STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "digits-narrow",
        FLOOR,
        MeasuredQuantity("log₁₀ σ_min of [h, 𝟏], 12 digits, softplus, widths 64–1–11", r"\log_{10}\sigma_{\min}(M)"),
        title="Expressivity on digits at widths 64–1–11: rank 12 is certified where floats may not see it",
        source="the condition is published as verifiable; narrow widths derived here",
        uses=("kawaguchi2019.narrow-full-rank",),
    ),
    Bound(
        "digits-convolution",
        FLOOR,
        MeasuredQuantity(
            "log₁₀ σ_min of [h, 𝟏], 12 digits, convolutional ResNet with batch normalisation",
            r"\log_{10}\sigma_{\min}(M)",
        ),
        title="and for a convolutional ResNet with batch normalisation, whose last operation is the normalisation",
        source="the condition covers them as published; our certificate",
        uses=("normalised-sum",),
    ),
    Bound(
        "equal-neurons",
        MeasuredQuantity("largest difference of neurons that started equal", r"|h_i-h_j|"),
        0,
        title="Without noise neurons that start equal stay equal along 200 steps of gradient descent: rank M ≤ 2",
        source="derived here: the noise cannot be omitted",
    ),
    Probability(
        "noise-rank",
        "rank [h, 𝟏] = 8 certified for 7 equal tanh neurons after noise of 10⁻⁶, d = 1, n = 8",
        at_least=Rational(9, 10),
        title="With noise they leave that set: rank n is certified in a share of at least 9/10",
        source="published: with probability 1, for every δ > 0; our measurement",
        uses=("equal-neurons",),
    ),
    Bound(
        "cross-entropy-run",
        MeasuredQuantity("L_T along the second phase, logistic loss", r"L_T"),
        MeasuredQuantity("(1 + ln²q)/q, q = 2γ²ηT ≥ 1", r"(1+\ln^2 q)/q"),
        title="The second phase on features of digits with random signs stays below the bound of the cross entropy",
        source="derived here; our measurement",
        uses=("cross-entropy",),
    ),
    *(
        Rate(
            f"noise-{d}-{n}",
            MeasuredQuantity(f"σ_min(M) after noise δ on n − 1 equal neurons, d = {d}, n = {n}", r"\sigma_{\min}(M)"),
            delta,
            slope,
            title=f"n = {n} inputs {SPACES[d]}: noise δ leaves the set of equal neurons with σ_min ∝ δ^{slope}",
            source="derived here; the paper asks δ > 0",
            against=(slope - 1, slope + 1),
            uses=("derivative-count",),
        )
        for (d, n), slope in SLOPES.items()
    ),
    Bound(
        "two-phase-rank",
        FLOOR,
        MeasuredQuantity("log₁₀ σ_min of [h, 𝟏] at the switch, 48 digits, 64–16–47", r"\log_{10}\sigma_{\min}(M)"),
        title="The two phases on 48 digits: after phase 1 and noise of 10⁻⁴ rank 48 is certified at m_H = n − 1",
        source="the algorithm as published; our certificate",
        uses=("digits-narrow",),
    ),
    Bound(
        "two-phase-run",
        MeasuredQuantity("L_T along phase 2, cross entropy of ten classes", r"L_T"),
        MeasuredQuantity("L(u) + ‖u − v_τ‖²/(2ηT), η = 2n/σ_max²", r"L(u)+\|u-v_\tau\|^2/(2\eta T)"),
        title="Along phase 2 L_T ≤ L(u) + ‖u − v_τ‖²/(2ηT), for three u of each of 60 networks",
        source="theorem recalled; our measurement",
        uses=("phase-two", "softmax-half"),
    ),
    Probability(
        "two-phase-accuracy",
        "accuracy of the two phases on other digits ≥ that of the base method alone − 1/10, 48 digits",
        at_least=Rational(1, 2),
        title="and in most runs the accuracy on other digits is at most 0.1 below that of the base method",
        source="abstract: comparable test errors; the numbers are ours",
        uses=("two-phase-run",),
    ),
    Bound(
        "single-sample-run",
        MeasuredQuantity("E‖v_t − v*‖²/‖v_0 − v*‖², rows drawn with probability ∝ ‖M_i‖²", r"E\|e_t\|^2/\|e_0\|^2"),
        MeasuredQuantity("(1 − σ_min²/‖M‖_F²)^t", r"(1-\sigma_{\min}^2/\|M\|_F^2)^t"),
        title="Single samples reach the interpolant at the rate of single-sample-factor, on tanh features",
        source="derived here; our measurement",
        uses=("single-sample-factor",),
    ),
)
