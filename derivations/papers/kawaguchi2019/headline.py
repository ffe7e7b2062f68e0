"""Headline results of Kawaguchi and Huang (2019): networks train to zero from P ≈ n on, with any labels."""

from __future__ import annotations

from sympy import Rational

from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Probability, Statement

DIGITS = 100
"""Digits in the training runs, by their first eight principal components: P = 10k + 1."""
ABOVE, BELOW = 14, 7
"""Widths k with P/n = 1.41 and 0.71."""
SOLVED = Rational(1, 10**6)

STATEMENTS: tuple[Statement, ...] = (
    Probability(
        "trains-above",
        f"loss < {SOLVED} after Levenberg–Marquardt; two-layer tanh, {DIGITS} digits, random signs, P/n = 1.41",
        at_least=Rational(1, 2),
        title="With P/n = 1.41 parameters a two-layer net interpolates random signs on digits",
        source="abstract, form: practical sizes; our measurement",
        uses=("jacobian-square",),
    ),
    Probability(
        "fails-below",
        f"loss < {SOLVED} after Levenberg–Marquardt; two-layer tanh, {DIGITS} digits, random signs, P/n = 0.71",
        at_most=Rational(1, 2),
        title="With P/n = 0.71 it hardly ever does",
        source="derived here: fewer parameters than labels; our measurement",
    ),
    Bound(
        "generalises",
        MeasuredQuantity("test accuracy after random signs were fitted", r"\mathrm{acc}_{\mathrm{random}}")
        + Rational(1, 5),
        MeasuredQuantity("test accuracy after the parity of the digit was fitted", r"\mathrm{acc}_{\mathrm{true}}"),
        title="At P/n = 1.41 true labels are fitted as well, and generalise: by 0.2 more than random ones",
        source="abstract, last claim; the number is ours",
        uses=("trains-above",),
    ),
)
