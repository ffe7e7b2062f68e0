"""Appendices B and C of Du et al. (2019): how far features move while the weights move by R√m, with explicit constants.

With ‖W^(h)(0)‖ ≤ c_w√m, ‖x^(h)(0)‖ ≤ c_x, ‖W^(h)(k) − W^(h)(0)‖ ≤ R√m and a Lipschitz constant L of σ, the
distance Δ_h = ‖x^(h)(k) − x^(h)(0)‖ obeys Δ_h ≤ αΔ_{h−1} + β: fully connected with α = √c_σ L(c_w + R),
β = √c_σ L R c_x, residual with α = 1 + c_res L(c_w + R)/H, β = c_res L R c_x/H.
"""

from __future__ import annotations

from sympy import Interval, Range, Rational, Symbol, asin, exp, log, oo, pi, sqrt, tanh

from derivations.papers.du2018.duals import CLOSED, DRAWN, RANGES, dual, q1, q2, rho, slope
from derivations.papers.du2018.notation import H, c_res, c_sigma
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Identity, Rate, Statement
from derivations.steps import chain

h = Symbol("h", integer=True, positive=True)
g = Symbol("g", nonnegative=True)
"""c_res L(c_w + R)."""
L, c_w, c_x, R = (Symbol(name, positive=True) for name in ("L", "c_w", "c_x", "R"))

alpha, beta = sqrt(c_sigma) * L * (c_w + R), sqrt(c_sigma) * L * R * c_x
"""Δ_h ≤ αΔ_{h−1} + β in a layer without shortcut."""
first = sqrt(c_sigma) * L * R
"""What bounds Δ_1: inputs have norm one and do not move."""


bound_fc = first * (alpha ** (h - 1) + c_x * (alpha ** (h - 1) - 1) / (alpha - 1))
"""What bounds Δ_h of the fully connected net."""
bound_res = exp(c_res * L * (c_w + R)) * (first + c_x * R / (c_w + R))
"""What bounds every Δ_h of the ResNet, whatever the depth."""
growth_bound = exp(c_res**2 * L**2 / H)
"""What bounds ∂K^(H−1)/∂K^(1) of the ResNet: 1 + (c_res/H)²L² a layer, H − 2 of them."""

ERF_SLOPE = log(2 / (sqrt(5) * asin(Rational(2, 3))))
"""log of c_σ E σ′(x)² for erf: 4/(π√5) over (2/π)arcsin(2/3)."""

RANGE_OF_ERF = pi / (2 * asin(Rational(2, 3))) * 4 / pi
"""c_σ L² for erf: by how much a layer multiplies an error at most, if nothing is known but the Lipschitz constant."""

STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "unrolled",
        alpha * bound_fc + beta,
        bound_fc.xreplace({h: h + 1}),
        title="Fully connected: the bound on Δ_h solves Δ_{h+1} = αΔ_h + β, with α = √c_σ L(c_w + R), β = √c_σ L R c_x",
        source="Appendix B; constants derived here",
        sample_on={h: Range(1, 13)},
    ),
    Bound(
        "resnet-factor",
        h * log(1 + g / H),
        g,
        title="h·log(1 + g/H) ≤ g for h ≤ H, so (1 + g/H)^h ≤ e^g: the ResNet's constants stay bounded",
        source="Appendix C",
        on={h: Interval.open(0, oo), H: Interval.open(0, oo)},
        where=(h <= H,),
        derive=lambda: (
            chain(h * log(1 + g / H))
            .then(h * log(1 + g / H) + (H - h) * log(1 + g / H), "h ≤ H", relation="<=")
            .then(H * log(1 + g / H), "collecting")
            .then(g, "log(1 + x) ≤ x", relation="<=")
        ),
    ),
    Bound(
        "stability-fc",
        MeasuredQuantity("max ‖x^(h)(k) − x^(h)(0)‖ (FC)", r"\max_{i}\|x_i^{(h)}(k)-x_i^{(h)}(0)\|"),
        bound_fc,
        title="Fully connected: features stay within constants that grow as α^(h−1), α = √c_σ L(c_w + R)",
        source="Appendix B; constants derived here",
        uses=("unrolled",),
    ),
    Bound(
        "stability-resnet",
        MeasuredQuantity("max ‖x^(h)(k) − x^(h)(0)‖ (ResNet)", r"\max_{i}\|x_i^{(h)}(k)-x_i^{(h)}(0)\|"),
        bound_res,
        title="ResNet: features stay within one constant for every layer and depth",
        source="Appendix C; constants derived here",
        uses=("resnet-factor",),
    ),
    Identity(
        "growth-layer",
        (rho * sqrt(q1) * sqrt(q2) + c_res**2 / H**2 * CLOSED["erf"][1]).diff(rho) / (sqrt(q1) * sqrt(q2)),
        1 + c_res**2 / H**2 * dual(slope(CLOSED["erf"][0])),
        title="An error of K passes a residual layer with the factor 1 + (c_res/H)² E σ′σ′ (erf, which has mean 0)",
        source="Section 4.1; derived here",
        on=RANGES,
        sample_on={**DRAWN, H: Range(1, 51)},
        uses=("price-erf", "resnet-recursion"),
        mark="bookkeeping",
    ),
    Rate(
        "growth-fc",
        MeasuredQuantity("the error of K^(H−1) over that of K^(0) (erf)", r"\frac{1-K^{(H-1)}}{1-K^{(0)}}"),
        H,
        ERF_SLOPE,
        law="exponential",
        title="Fully connected: an error near ρ = 1 is multiplied by c_σ E σ′² in every layer (erf)",
        source="Section 4.1; rate derived here",
        within=0.01,
        against=(0, log(RANGE_OF_ERF)),
        uses=("dual-slope-erf", "c-erf"),
    ),
    Bound(
        "growth-resnet",
        MeasuredQuantity("the error of K^(H−1) over that of K^(1)", r"\frac{\partial K^{(H-1)}}{\partial K^{(1)}}"),
        growth_bound,
        title="ResNet: an error in layer 1 grows by no more than e^{c_res² L²/H}, to depth 200",
        source="Section 4.1; constant derived here",
        uses=("growth-layer",),
    ),
    Rate(
        "lambda-depth-resnet",
        MeasuredQuantity("λ_min(K^(H)) (ResNet, softplus)", r"\lambda_{\min}(K^{(H)})"),
        H,
        -2,
        title="ResNet: λ_min(K^(H)) falls with depth as H^(−2), the factor (c_res/H)² of its last layer, and no faster",
        source="Section 6; Definition 6.1 has c_res²/H² in front",
        within=0.2,
        against=(-1, -3),
    ),
    Rate(
        "lambda-depth-fc",
        MeasuredQuantity("λ_min(K^(H)) (cos)", r"\lambda_{\min}(K^{(H)})"),
        H,
        log(tanh(1)),
        law="exponential",
        title="Fully connected: λ_min(K^(H)) decays by c_σ E σ′² = tanh 1 in every layer (cos)",
        source="Section 5; rate derived here",
        within=0.02,
        against=(0, 2 * log(tanh(1))),
        uses=("dual-cos",),
    ),
)
