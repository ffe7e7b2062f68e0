"""Measured on torch nets: the hierarchy along gradient flow, sizes against width and depth, drift and truncations."""

from __future__ import annotations

from typing import Any

from sympy import Rational, S, Symbol, log

from derivations.papers.li2020nth.notation import L, m
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Identity, Rate, Statement

HALF = Rational(1, 2)
GROWTH = S(2)
"""By how much the logarithm of rms K³ of a fully connected net rises at least from two layers to eight."""
FLAT = log(2) / 2
"""By how much that of a residual net rises at most from two layers to sixteen."""
FLOW = ("smooth-activation", "gradient-flow", "square-loss", "all-layers")
"""What every statement along gradient flow assumes."""
GAIN = log(2)
"""By how much the logarithm of the error of the drift falls at least when K⁴ is added to K³."""


def _rate(slug: str, words: str, latex: str, variable: Symbol, exponent: Any, title: str, **others: Any) -> Rate:
    return Rate(slug, MeasuredQuantity(words, latex), variable, exponent, title=title, **others)


STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "k3-closed",
        MeasuredQuantity("K³ by forward over reverse mode", r"K^{(3)}"),
        MeasuredQuantity("K³ by the tangent pass through the layers", r"\sum_\ell s_\ell^2\ldots"),
        title="K³ of deep nets, fully connected and residual, is what the tangent pass says",
        source="derived here",
        uses=("tangent-signal", "tangent-delta", "tangent-features", "layer-part"),
        assumes=("smooth-activation", "all-layers"),
    ),
    Identity(
        "flow-deep",
        MeasuredQuantity("K^r_t − K^r_0, r = 2, 3", r"K^{(r)}_t-K^{(r)}_0"),
        MeasuredQuantity("−(1/n)∫Σ_β K^{r+1}(…, x_β) r_β ds", r"-\tfrac1n\int\sum_\beta K^{(r+1)}r_\beta\,ds"),
        title="Along gradient flow of a residual net K² and K³ move as the hierarchy says",
        source="Theorem 2.1 of Huang and Yau as reported; our measurement",
        uses=("kernel-flow",),
        assumes=FLOW,
    ),
    *(
        _rate(
            f"k3-width-{kind}",
            f"rms K³, {words}",
            r"\mathrm{rms}\,K^{(3)}",
            m,
            -1,
            f"K³ of a {words} is of order 1/m, and not m^(−1/2) as printed; output weights ±1",
            source="derived here for two layers; our measurement",
            against=(-HALF, -3 * HALF),
            uses=("linear-k3-square", "two-layer-k3"),
            assumes=("symmetric-start",),
        )
        for kind, words in (("resnet", "residual net of three layers"), ("fc", "fully connected net of three layers"))
    ),
    _rate(
        "k4-width",
        "E K⁴(x, x, x, x), two layers, tanh",
        r"\mathbb{E}K^{(4)}",
        m,
        -1,
        "The mean of K⁴ is not 0, and of order 1/m",
        source="derived here: C₄/m exactly; our measurement",
        against=(0, -HALF, -3 * HALF),
        uses=("linear-k4-mean",),
    ),
    Bound(
        "k3-depth-resnet",
        MeasuredQuantity("E log K³(L = 16)/K³(L = 2), residual", r"\mathbb{E}\log K^{(3)}_{16}/K^{(3)}_2"),
        FLAT,
        title="K³ of the residual net grows by less than √2 from two layers to sixteen, as a geometric mean",
        source="the claim of Li, Luo and Yip; our measurement, m = 32, output weights ±1",
        uses=("residual-chain-k3",),
    ),
    Bound(
        "k3-depth-fc",
        GROWTH,
        MeasuredQuantity("E log K³(L = 8)/K³(L = 2), fully connected", r"\mathbb{E}\log K^{(3)}_8/K^{(3)}_2"),
        title="K³ of the fully connected tanh net grows by more than e² from two layers to eight, as a geometric mean",
        source="our measurement, m = 32, output weights ±1",
        uses=("chi-tanh", "chain-k3"),
    ),
    *(
        _rate(
            slug,
            f"share of layers 2..L in tr K², {scale}",
            r"\sum_{\ell\ge2}\mathrm{tr}K^{(\ell)}/\mathrm{tr}K",
            L,
            exponent,
            title,
            source="derived here; our measurement, m = 64",
            against=rivals,
            uses=uses,
        )
        for slug, scale, exponent, title, rivals, uses in (
            (
                "share-layers",
                "c_res/L",
                -1,
                "With c_res/L the layers 2..L together hold a share of K² that falls like 1/L",
                (0, -HALF),
                ("share-tame",),
            ),
            (
                "share-layers-wide",
                "c_res/√L",
                0,
                "With c_res/√L they hold a share that does not fall",
                (-HALF, -1, HALF),
                ("share-wide",),
            ),
        )
    ),
    *(
        _rate(
            slug,
            words,
            r"\|K_\infty-\hat K_\infty\|",
            m,
            exponent,
            title,
            source=source,
            against=rivals,
            uses=uses,
            assumes=(*FLOW, "positive-kernel") if slug.startswith("drift") else FLOW,
        )
        for slug, words, exponent, title, source, rivals, uses in (
            (
                "drift-by-both",
                "error of the drift by K³ and K⁴ at the start",
                -2,
                "Two layers: K³ and K⁴ at the start say what K² does over the whole training, up to order m^(−2)",
                "derived here; our measurement",
                (-1,),
                ("truncation-4",),
            ),
            (
                "drift-by-k3",
                "error of the drift by K³ at the start alone",
                -1,
                "K³ alone does not: what K⁴ adds is of the same order 1/m",
                "derived here; our measurement",
                (-HALF, -2),
                ("truncation-3",),
            ),
            (
                "run-truncated-2",
                "error of K² at the end, K² frozen",
                -1,
                "Two layers: training with K² frozen leaves K² wrong by 1/m",
                "after Theorem 2.6 of Huang and Yau as reported; our measurement",
                (-HALF, -2),
                ("truncation-2",),
            ),
            (
                "run-truncated-3",
                "error of K² at the end, K³ frozen",
                -1,
                "Two layers: training with K³ frozen leaves it wrong by 1/m again",
                "derived here; our measurement",
                (-HALF, -3 * HALF, -2),
                ("truncation-3",),
            ),
            (
                "run-truncated-4",
                "error of K² at the end, K⁴ frozen",
                -2,
                "Two layers: training with K⁴ frozen leaves it wrong by 1/m²",
                "after Theorem 2.6 of Huang and Yau as reported; our measurement",
                (-1,),
                ("truncation-4",),
            ),
        )
    ),
    Bound(
        "drift-residual",
        GAIN,
        MeasuredQuantity(
            "E log (error of the drift by K³)/(error by K³ and K⁴)",
            r"\mathbb{E}\log(\|K_\infty-K_0-\Delta_3\|/\|K_\infty-K_0-\Delta_3-\Delta_4\|)",
        ),
        title="Residual nets of three layers: K⁴ takes away more than half of the error that K³ alone leaves",
        source="derived here; our measurement, m = 64",
        uses=("kernel-flow",),
        assumes=(*FLOW, "positive-kernel"),
    ),
)
