"""Headline results of Kawaguchi and Sun (2021): expressivity on digits, the cost of noise, the bound met."""

from __future__ import annotations

from sympy import Rational, Symbol

from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Rate, Statement

delta = Symbol("delta", positive=True)
"""The size of the noise."""
SLOPES = {4: 1, 7: 2, 8: 3}
"""For n inputs on a line: the exponent k of σ_min ≍ δ^k."""
FLOOR = Rational(1, 10**60)

STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "digits-narrow",
        FLOOR,
        MeasuredQuantity("σ_min of [h, 𝟏], 12 digits, softplus, widths 64–1–11", r"\sigma_{\min}(M)"),
        title="Expressivity on digits at widths 64–1–11: rank 12 is certified where floats may not see it",
        source="the condition is published as verifiable; narrow widths derived here",
        uses=("kawaguchi2019.narrow-full-rank",),
    ),
    Bound(
        "digits-convolution",
        FLOOR,
        MeasuredQuantity(
            "σ_min of [h, 𝟏], 12 digits, convolutional ResNet with batch normalisation", r"\sigma_{\min}(M)"
        ),
        title="and for a convolutional ResNet with batch normalisation, whose last operation is the normalisation",
        source="the condition covers them as published; our certificate",
        uses=("normalised-sum",),
    ),
    Bound(
        "equal-neurons",
        MeasuredQuantity("largest difference of neurons that started equal", r"|h_i-h_j|"),
        0,
        title="Without noise neurons that start equal stay equal under gradient descent: rank M ≤ 2 for ever",
        source="derived here: the noise cannot be omitted",
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
            f"noise-{n}",
            MeasuredQuantity(f"σ_min(M) after noise δ on equal neurons, d = 1, n = {n}", r"\sigma_{\min}(M)"),
            delta,
            slope,
            title=f"n = {n} inputs on a line: noise δ leaves the set of equal neurons with σ_min ∝ δ^{slope}",
            source="derived here; the paper asks δ > 0",
            against=(slope - 1, slope + 1),
            uses=("derivative-count",),
        )
        for n, slope in SLOPES.items()
    ),
)
