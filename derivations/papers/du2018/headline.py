"""Theorems 5.1, 6.1 and 7.1 of Du et al. (2019) along gradient descent, and what they rest on at finite width."""

from __future__ import annotations

from sympy import Rational, S

from derivations.papers.du2018.notation import m
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Rate, Statement

LOSS = MeasuredQuantity("L(k)/L(0)", r"L(k)/L(0)")
LEAST = MeasuredQuantity("λ_min(K^(H))", r"\lambda_{\min}(K^{(H)})")

WIDTHS_FC = "m = Ω(2^{O(H)} max{n⁴/λ₀⁴, n/δ, n² log(Hn/δ)/λ₀²})"
WIDTHS_RES = "m = Ω(max{n⁴/(λ₀⁴H⁶), n²/(λ₀²H²), n/δ, n² log(Hn/δ)/λ₀²})"


def _line(which: str) -> MeasuredQuantity:
    latex = r"\Big(1-\tfrac{\eta\lambda_{\min}(K^{(H)})}{2}\Big)^k"
    return MeasuredQuantity(f"(1 − ηλ_min(K^(H))/2)^k ({which})", latex)


def _theorem(number: str, slug: str, which: str, widths: str) -> Statement:
    return Bound(
        slug,
        LOSS,
        _line(which),
        title=f"Theorem {number} ({which}): gradient descent converges linearly",
        source=f"Theorem {number}; the text asks {widths}",
        assumes=("unit-norms", "not-parallel", "smooth-activation", "gaussian-weights"),
        uses=("contraction", "finite-width", "gram-movement", "full-rank"),
    )


STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "full-rank",
        S.Zero,
        LEAST,
        title="No two inputs parallel: λ_min(K^(H)) > 0, enclosed on digits and at prescribed angles",
        source="Propositions F.1, F.2",
        assumes=("unit-norms", "not-parallel", "smooth-activation"),
    ),
    Bound(
        "full-rank-equal",
        MeasuredQuantity("λ_min(K^(H)) with two equal inputs", r"\lambda_{\min}(K^{(H)})"),
        S.Zero,
        title="Two equal inputs: λ_min(K^(H)) ≤ 0, so it is 0",
        source="Propositions F.1, F.2, the converse",
        assumes=("unit-norms",),
    ),
    Rate(
        "finite-width",
        MeasuredQuantity("‖G^(H)(0) − K^(H)‖", r"\|G^{(H)}(0)-K^{(H)}\|"),
        m,
        -Rational(1, 2),
        title="The Gram matrix at initialisation approaches K^(H) as m^(−1/2)",
        source="Lemma B.2, form",
        within=0.2,
        uses=("resnet-last", "gram-last-resnet"),
    ),
    Bound(
        "finite-width-quarter",
        MeasuredQuantity("‖G^(H)(0) − K^(H)‖ at the width found", r"\|G^{(H)}(0)-K^{(H)}\|"),
        MeasuredQuantity("λ₀/4", r"\lambda_0/4"),
        title="Once m is large enough, ‖G^(H)(0) − K^(H)‖ ≤ λ₀/4",
        source="Lemma B.2, form",
        uses=("finite-width",),
    ),
    Rate(
        "weight-movement",
        MeasuredQuantity("‖W^(h)(k) − W^(h)(0)‖_F/√m", r"\|W^{(h)}(k)-W^{(h)}(0)\|_F/\sqrt{m}"),
        m,
        -Rational(1, 2),
        title="Weights move by O(1) in norm: relative to √m as m^(−1/2)",
        source="Section 5",
        within=0.2,
    ),
    Rate(
        "gram-movement",
        MeasuredQuantity("‖G^(H)(k) − G^(H)(0)‖", r"\|G^{(H)}(k)-G^{(H)}(0)\|"),
        m,
        -1,
        title="The Gram matrix moves while training as 1/m: faster than the m^(−1/2) that the proof needs",
        source="Section 5 has m^(−1/2) as an upper bound; 1/m is measured here",
        within=0.45,
        uses=("stability-resnet",),
    ),
    _theorem("5.1", "theorem-5-1", "fully connected", WIDTHS_FC),
    _theorem("6.1", "theorem-6-1", "ResNet", WIDTHS_RES),
    _theorem("7.1", "theorem-7-1", "convolutional ResNet", "the same with a factor poly(p)"),
)
