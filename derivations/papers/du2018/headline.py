"""Theorems 5.1, 6.1 and 7.1 of Du et al. (2019) along gradient descent, and what they rest on at finite width."""

from __future__ import annotations

from sympy import Rational, Symbol

from derivations.papers.du2018.dynamics import eta
from derivations.papers.du2018.notation import m
from derivations.papers.du2018.proof.constants import FULLY_CONNECTED, RESIDUAL
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Probability, Rate, Statement

LEAST = MeasuredQuantity("λ_min(K^(H))", r"\lambda_{\min}(K^{(H)})")

WIDTHS_FC = "m = Ω(2^{O(H)} max{n⁴/λ₀⁴, n/δ, n² log(Hn/δ)/λ₀²})"
WIDTHS_RES = "m = Ω(max{n⁴/(λ₀⁴H⁶), n²/(λ₀²H²), n/δ, n² log(Hn/δ)/λ₀²})"


k = Symbol("k", integer=True, nonnegative=True)
"""Steps of gradient descent."""
line = (1 - eta * LEAST / 2) ** k
"""The theorems' line."""
phi = Symbol("phi", positive=True)
"""The angle of two inputs."""
floor = Rational(1, 10**8)
"""What λ_min(K^(H)) of the inputs that are looked at does not fall below."""
half = LEAST / 2
"""What λ_min(G^(H)(k)) does not fall below."""
QUARTER = 4096
"""A width at which Lemma B.2's conclusion is looked at: 4 inputs of cosine −1/5, tanh, H = 3, c_res = 1/2."""


def _theorem(number: str, slug: str, which: str, widths: str, lemmas: tuple[str, ...] = ()) -> Statement:
    return Bound(
        slug,
        MeasuredQuantity(f"L(k)/L(0) ({which})", r"L(k)/L(0)"),
        line,
        title=f"Theorem {number} ({which}): gradient descent converges linearly",
        source=f"Theorem {number}; the text asks {widths}",
        assumes=("unit-norms", "not-parallel", "smooth-activation", "gaussian-weights"),
        uses=("contraction", "finite-width", "gram-movement", "full-rank", *lemmas),
    )


STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "full-rank",
        floor,
        LEAST,
        title="No two inputs parallel: λ_min(K^(H)) ≥ 10^(−8) > 0 on digits, the sphere and at prescribed angles",
        source="Propositions F.1, F.2; the number is ours",
        assumes=("unit-norms", "not-parallel", "smooth-activation"),
    ),
    Rate(
        "full-rank-angle",
        MeasuredQuantity("λ_min(K^(H)) of two inputs", r"\lambda_{\min}(K^{(H)})"),
        phi,
        2,
        title="Two inputs at a small angle φ: λ_min(K^(H)) vanishes as φ², for ReLU it would as φ",
        source="Propositions F.1, F.2, quantified here",
        within=0.1,
        against=(1, 4),
        assumes=("unit-norms", "smooth-activation"),
    ),
    Rate(
        "finite-width",
        MeasuredQuantity("‖G^(H)(0) − K^(H)‖", r"\|G^{(H)}(0)-K^{(H)}\|"),
        m,
        -Rational(1, 2),
        title="The Gram matrix at initialisation approaches K^(H) as m^(−1/2)",
        source="Lemma B.2, form",
        within=0.2,
        against=(0, -1),
        uses=("resnet-last", "gram-last-resnet"),
    ),
    Probability(
        "finite-width-quarter",
        f"‖G^(H)(0) − K^(H)‖ > λ₀/4 at m = {QUARTER} (tanh, 4 inputs of cosine −1/5, H = 3, c_res = 1/2)",
        at_most=Rational(1, 20),
        title="Wide enough, ‖G^(H)(0) − K^(H)‖ ≤ λ₀/4 for all but a small share of the networks",
        source="Lemma B.2, form; the width is ours",
        uses=("finite-width",),
    ),
    Bound(
        "least-eigenvalue-later",
        half,
        MeasuredQuantity("E min_k λ_min(G^(H)(k))", r"\mathbb{E}\min_k\lambda_{\min}(G^{(H)}(k))"),
        title="While training, λ_min(G^(H)(k)) stays above ½λ₀ at every step, in the mean over networks (tanh)",
        source="Section 5; Lemmas B.3, B.4, form",
        uses=("least-eigenvalue-start", "gram-movement"),
    ),
    Rate(
        "weight-movement",
        MeasuredQuantity("‖W^(h)(k) − W^(h)(0)‖_F/√m", r"\|W^{(h)}(k)-W^{(h)}(0)\|_F/\sqrt{m}"),
        m,
        -Rational(1, 2),
        title="Weights move by O(1) in norm: relative to √m as m^(−1/2)",
        source="Section 5",
        within=0.2,
        against=(0, -1),
    ),
    Rate(
        "gram-movement",
        MeasuredQuantity("‖G^(H)(k) − G^(H)(0)‖", r"\|G^{(H)}(k)-G^{(H)}(0)\|"),
        m,
        -1,
        title="The Gram matrix moves while training as 1/m: faster than the m^(−1/2) that the proof needs",
        source="Section 5 has m^(−1/2) as an upper bound; 1/m is measured here",
        against=(-Rational(1, 2), -Rational(3, 2)),
        uses=("stability-resnet",),
    ),
    _theorem(
        "5.1",
        "theorem-5-1",
        "fully connected",
        WIDTHS_FC,
        (*FULLY_CONNECTED.lemmas, "convergence", "theorem-5-1-chain"),
    ),
    _theorem("6.1", "theorem-6-1", "ResNet", WIDTHS_RES, (*RESIDUAL.lemmas, "convergence", "theorem-6-1-chain")),
    _theorem("7.1", "theorem-7-1", "convolutional ResNet", "the same with a factor poly(p)"),
)
