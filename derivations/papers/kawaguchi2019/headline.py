"""Headline results of Kawaguchi and Huang (2019): networks train to zero from P ≈ n on, with any labels."""

from __future__ import annotations

from sympy import Rational

from derivations.papers.kawaguchi2019.notation import n
from derivations.quantities import MeasuredQuantity
from derivations.statements import Probability, Rate, Statement

DIGITS = 100
"""Digits in the training runs, by their first eight principal components: P = 10k + 1."""
ABOVE, BELOW = 14, 6
"""Widths k with P/n = 1.41 and 0.61."""
SOLVED = Rational(1, 10**6)
SIZES = (31, 61, 121)
"""Numbers of digits at which the least width is looked for."""
NEAR = Rational(3, 2)

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
        f"loss < {SOLVED} after Levenberg–Marquardt; two-layer tanh, {DIGITS} digits, random signs, P/n = 0.61",
        at_most=Rational(1, 2),
        title="With P/n = 0.61 it hardly ever does",
        source="derived here: fewer parameters than labels; our measurement",
    ),
    Probability(
        "generalises",
        "accuracy on other digits after the parity was fitted > accuracy after random signs were + 1/10, P/n = 1.41",
        at_least=Rational(1, 2),
        title="At P/n = 1.41 true labels generalise, in most runs by 0.1 more than random signs",
        source="abstract, last claim; the number is ours",
        uses=("trains-above",),
    ),
    Rate(
        "least-width",
        MeasuredQuantity("parameters from which a two-layer tanh net trains to zero, normal labels", r"P^*"),
        n,
        1,
        title="The number of parameters from which digits with normal labels are trained to zero is linear in n",
        source="abstract: linear, up to a logarithm; our measurement",
        against=(Rational(1, 2), 2),
        uses=("jacobian-square", "parameter-count"),
    ),
    Probability(
        "least-width-near",
        "n ≤ P* ≤ 3n/2, P* the least number of parameters that trains to zero; n = 31, 61, 121 digits, normal labels",
        at_least=Rational(1, 2),
        title="and lies between n and 3n/2 in most draws",
        source="lower end derived here: fewer parameters reach a null set of labels; our measurement",
        uses=("least-width",),
    ),
)
