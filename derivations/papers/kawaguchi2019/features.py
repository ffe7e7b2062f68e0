"""Full rank of the last features: the softplus, how many parameters are needed, and what breaks the theorem."""

from __future__ import annotations

from sympy import Determinant, Integer, Interval, Limit, Matrix, Max, Rational, S, Sum, Symbol, log, oo, symbols

from derivations.papers.kawaguchi2019.notation import H, d, d_y, n, soft, varsigma, z
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Identity, Probability, Statement

layer = Symbol("l", integer=True)
t = symbols("t_1:5", real=True)

PARAMETERS = (d + 1) + Sum(2, (layer, 2, H - 1)) + 2 * (n - 1) + n * d_y
"""Parameters of widths 1, …, 1, n − 1: the first unit, H − 2 units with one input, the wide layer, the outputs."""
COUNT = n * (d_y + 2) + d + 2 * H - 5

NARROW = Integer(-60)
"""What log₁₀ σ_min of the narrowest nets is certified to be above; the least one measured is −48."""
SIZES, DEPTHS = range(4, 11), (2, 3, 4)
DEFICIENT = {5: (Rational(1, 3), Rational(9, 10)), 8: (None, Rational(3, 10)), 12: (None, Rational(3, 20))}
"""Between which shares of ReLU nets with n = 6, d = 3 have a rank below 6, by the width d_H."""
POWER = 4
ANTISYMMETRIC = 8

WIDE_FIRST, NARROW_FIRST = 64, 1
RESOLVED = Rational(1, 10**3)
LOST = Rational(1, 10**8)


def _deficient() -> tuple[Statement, ...]:
    found: list[Statement] = []
    for width, (low, high) in DEFICIENT.items():
        words = f"rank [h, 𝟏] < 6 over Q for ReLU, n = 6, d = 3, d_H = {width}, Gaussian weights and inputs"
        if low is not None:
            found.append(
                Probability(
                    f"relu-deficient-{width}",
                    words,
                    at_least=low,
                    title=f"d_H = {width} = n − 1: a ReLU net has a rank below n in a share of at least {low}",
                    source="derived here: dead units have positive measure; our measurement",
                )
            )
        found.append(
            Probability(
                f"relu-full-{width}",
                words,
                at_most=high,
                title=f"d_H = {width}: a ReLU net has a rank below n in a share of at most {high}",
                source="our measurement",
            )
        )
    return tuple(found)


STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "softplus-odd",
        soft(z) - soft(-z),
        z,
        title="Two units of softplus make the identity, so that 2n units carry n numbers through a layer unchanged",
        source="derived here; the source of factors 2 in printed widths",
        on={varsigma: Interval.open(0, oo)},
    ),
    Bound(
        "softplus-lipschitz",
        soft(z).diff(z),
        1,
        title="Softplus is 1-Lipschitz",
        source="after the assumptions; sharp constant derived here",
        sharp_at={z: oo},
    ),
    Bound(
        "softplus-smooth",
        soft(z).diff(z, 2),
        varsigma / 4,
        title="and ς/4-smooth",
        source="after the assumptions; sharp constant derived here",
        sharp_at={z: 0},
    ),
    Bound(
        "softplus-above",
        Max(z, 0),
        soft(z),
        title="It lies above ReLU",
        source="derived here",
    ),
    Bound(
        "softplus-near",
        soft(z) - Max(z, 0),
        log(2) / varsigma,
        title="by at most ln 2/ς",
        source="after the text: softplus approximates ReLU as well as wanted; sharp constant derived here",
        sharp_at={z: 0},
    ),
    Identity(
        "vandermonde",
        Determinant(Matrix(4, 4, lambda i, k: t[i] ** k)),
        (t[1] - t[0]) * (t[2] - t[0]) * (t[3] - t[0]) * (t[2] - t[1]) * (t[3] - t[1]) * (t[3] - t[2]),
        title="n = 4: Σ c_i t_i^k = 0 for all k < n has only c = 0 where the t_i are distinct",
        source="derived here, the last step of the proof of full rank: σ^(k)(b) Σ c_i t_i^k = 0 for all k",
    ),
    Bound(
        "narrow-full-rank",
        NARROW,
        MeasuredQuantity("log₁₀ σ_min of [h, 𝟏] for widths 1, …, 1, n − 1", r"\log_{10}\sigma_{\min}(\Phi)"),
        title="Hidden widths 1 and d_H = n − 1 are enough: rank n is certified for n = 4 … 10, H = 2 … 4, and so it is "
        "the rank for almost all weights",
        source="printed with widths min(d, n) and n, doubled (unconfirmed); sharp widths derived here",
        assumes=("distinct-inputs", "analytic"),
        uses=("vandermonde",),
    ),
    Bound(
        "sines-full-rank",
        NARROW,
        MeasuredQuantity(
            "log₁₀ σ_min of [h, 𝟏] for sin, and for z² in the narrow layer before tanh", r"\log_{10}\sigma_{\min}(\Phi)"
        ),
        title="Narrow layers need not be injective: sin in every layer, and z² before a tanh layer of width n − 1",
        source="derived here",
        assumes=("distinct-inputs", "analytic"),
        uses=("narrow-full-rank",),
    ),
    Bound(
        "polynomial-rank",
        MeasuredQuantity("rank of [h, 𝟏] for σ(z) = z⁴, d = 1, d_H = 40, n = 12", r"\operatorname{rank}\Phi"),
        POWER + 1,
        title="A polynomial of degree p has rank p + 1 at most on scalar inputs, at any width",
        source="derived here; exact rank over Q",
        assumes=("distinct-inputs",),
    ),
    Bound(
        "antisymmetric-rank",
        MeasuredQuantity("rank of [h, 𝟏] without hidden biases, σ odd, inputs ±x_i, n = 8", r"\operatorname{rank}\Phi"),
        ANTISYMMETRIC // 2 + 1,
        title="Without hidden biases an odd activation on inputs ±x_i has rank n/2 + 1 at most",
        source="derived here; exact rank over Q",
        assumes=("distinct-inputs",),
    ),
    *_deficient(),
    Probability(
        "tanh-full",
        "rank [h, 𝟏] = 6 certified for tanh, n = 6, d = 3, d_H = 5, Gaussian weights and inputs",
        at_least=Rational(9, 10),
        title="Where ReLU fails, at d_H = n − 1, the analytic tanh has a certified rank n in a share of at least 9/10",
        source="derived here: one weight of full rank makes almost all of full rank; our measurement",
        uses=("relu-deficient-5", "narrow-full-rank"),
    ),
    Probability(
        "narrow-lost",
        f"certified σ_min [h, 𝟏] < {LOST}; tanh, n = 6, d = 5, widths 1, 1, 5",
        at_least=Rational(1, 4),
        title="Rank is generic, usefulness is not: at widths 1, 1, n − 1 σ_min is below 10⁻⁸ often",
        source="derived here; our measurement",
        uses=("narrow-full-rank",),
    ),
    Probability(
        "wide-resolved",
        f"certified σ_min [h, 𝟏] > {RESOLVED}; tanh, n = 6, d = 5, widths 64, 64, 5",
        at_least=Rational(2, 5),
        title="With first widths of 64 it is above 10⁻³ often, at the same rank",
        source="derived here; our measurement",
        uses=("narrow-full-rank",),
    ),
    Identity(
        "parameter-count",
        PARAMETERS,
        COUNT,
        title="These widths have P = n(d_y + 2) + d + 2H − 5 parameters: linear in n, without a logarithm",
        source="abstract: linear up to a logarithm; sharp count derived here",
        where=(H >= 2, n >= 2),
        uses=("narrow-full-rank",),
    ),
    Identity(
        "optimal-factor",
        Limit(COUNT / (n * d_y), n, oo),
        1 + 2 / d_y,
        on={d: S.Naturals, H: S.Naturals},
        title="That is 1 + 2/d_y times the n·d_y below which the labels that can be interpolated are a null set",
        source="abstract: optimal up to a logarithm; sharp factor derived here",
        uses=("parameter-count",),
    ),
    Bound(
        "jacobian-square",
        0,
        MeasuredQuantity("|det J| at P = 3k + 1 = n, k = 1, 2, 3", r"|\det J|"),
        title="All parameters together: at P = n the Jacobian of a two-layer tanh net is nonsingular, so that an open "
        "set of labels is interpolated",
        source="derived here; certified in ball arithmetic",
        assumes=("distinct-inputs", "analytic"),
    ),
    Bound(
        "relu-effective",
        MeasuredQuantity("rank of J for one hidden ReLU unit with 3 + 1 parameters", r"\operatorname{rank}J"),
        3,
        title="A ReLU net has one parameter less for each unit, by (w, b, a) ↦ (cw, cb, a/c): rank J ≤ P − k",
        source="derived here; exact rank over Q",
    ),
)
