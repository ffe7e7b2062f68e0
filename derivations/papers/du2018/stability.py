"""Appendices B and C of Du et al. (2019): how far features move while the weights move by R√m, with explicit constants.

With ‖W^(h)(0)‖ ≤ c_w√m, ‖x^(h)(0)‖ ≤ c_x, ‖W^(h)(k) − W^(h)(0)‖ ≤ R√m and a Lipschitz constant L of σ, the
distance Δ_h = ‖x^(h)(k) − x^(h)(0)‖ obeys Δ_h ≤ αΔ_{h−1} + β: fully connected with α = √c_σ L(c_w + R),
β = √c_σ L R c_x, residual with α = 1 + c_res L(c_w + R)/H, β = c_res L R c_x/H.
"""

from __future__ import annotations

from sympy import Interval, Range, Rational, Sum, Symbol, asin, exp, log, oo, sqrt, tanh

from derivations.papers.du2018.duals import CLOSED, dual, q1, q2, rho, slope
from derivations.papers.du2018.notation import H, c_res
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Identity, Rate, Statement
from derivations.steps import chain

alpha = Symbol("alpha", positive=True)
h = Symbol("h", integer=True, positive=True)
i = Symbol("i", integer=True, nonnegative=True)
g = Symbol("g", nonnegative=True)
"""c_res L(c_w + R)."""


def bound_fc(c_sigma: float, lipschitz: float, c_w: float, c_x: float, radius: float, depth: int) -> list[float]:
    """The bounds on Δ_1 … Δ_depth of the fully connected net, unrolled."""
    a, b = c_sigma**0.5 * lipschitz * (c_w + radius), c_sigma**0.5 * lipschitz * radius * c_x
    found = [c_sigma**0.5 * lipschitz * radius]
    for _ in range(depth - 1):
        found.append(a * found[-1] + b)
    return found


def bound_res(
    c_sigma: float, lipschitz: float, c_w: float, c_x: float, radius: float, depth: int, c_res: float
) -> list[float]:
    """The bound on every Δ_h of the ResNet: e^{c_res L(c_w+R)}·(√c_σ L R + c_x R/(c_w + R)), whatever the depth."""
    factor = float(exp(c_res * lipschitz * (c_w + radius)))
    return [factor * (c_sigma**0.5 * lipschitz * radius + c_x * radius / (c_w + radius))] * depth


ERF_SLOPE = log(2 / (sqrt(5) * asin(Rational(2, 3))))
"""log of c_σ E σ′(x)² for erf: 4/(π√5) over (2/π)arcsin(2/3)."""

STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "unrolled",
        Sum(alpha**i, (i, 0, h - 1)),
        (alpha**h - 1) / (alpha - 1),
        title="Δ_h ≤ αΔ_{h−1} + β adds up to a geometric sum: g_c(h) of the fully connected net",
        source="Appendix B",
        on={alpha: Interval(Rational(11, 10), 4), h: Range(1, 13)},
    ),
    Bound(
        "resnet-factor",
        h * log(1 + g / H),
        g,
        title="(1 + g/H)^h ≤ e^g for h ≤ H: the ResNet's constants stay bounded",
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
        MeasuredQuantity("max ‖x^(h)(k) − x^(h)(0)‖ (FC)", r"\max_{i,k}\|x_i^{(h)}(k)-x_i^{(h)}(0)\|"),
        MeasuredQuantity(
            "√c_σ L R (1 + c_x(α^(h−1) + … )) (FC)",
            r"\sqrt{c_\sigma}LR\,\Big(\alpha^{h-1}+c_x\frac{\alpha^{h-1}-1}{\alpha-1}\Big)",
        ),
        title="Fully connected: features stay within geometrically growing constants",
        source="Appendix B; constants derived here",
        uses=("unrolled",),
    ),
    Bound(
        "stability-resnet",
        MeasuredQuantity("max ‖x^(h)(k) − x^(h)(0)‖ (ResNet)", r"\max_{i,k}\|x_i^{(h)}(k)-x_i^{(h)}(0)\|"),
        MeasuredQuantity(
            "e^{c_res L(c_w + R)}(√c_σ L R + c_x R/(c_w + R))",
            r"e^{c_{res}L(c_w+R)}\Big(\sqrt{c_\sigma}LR+\frac{c_xR}{c_w+R}\Big)",
        ),
        title="ResNet: features stay within one constant for every layer and depth",
        source="Appendix C; constants derived here",
        uses=("unrolled", "resnet-factor"),
    ),
    Identity(
        "growth-layer",
        (rho * sqrt(q1) * sqrt(q2) + c_res**2 / H**2 * CLOSED["erf"][1]).diff(rho) / (sqrt(q1) * sqrt(q2)),
        1 + c_res**2 / H**2 * dual(slope(CLOSED["erf"][0])),
        title="An error of K passes a residual layer with the factor 1 + (c_res/H)² E σ′σ′ (erf)",
        source="Section 4.1; derived here",
        on={
            rho: Interval.open(-1, 1),
            q1: Interval(Rational(1, 10), 6),
            q2: Interval(Rational(1, 10), 6),
            H: Range(1, 51),
        },
        uses=("price-erf", "resnet-recursion"),
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
        uses=("dual-slope-erf", "c-erf"),
    ),
    Bound(
        "growth-resnet",
        MeasuredQuantity("the error of K^(H−1) over that of K^(1)", r"\frac{\partial K^{(H-1)}}{\partial K^{(1)}}"),
        MeasuredQuantity("exp(c_res² L²/H)", r"e^{c_{res}^2L^2/H}"),
        title="ResNet: an error in layer 1 grows by no more than e^{c_res² L²/H}, to depth 200",
        source="Section 4.1; constant derived here",
        uses=("growth-layer",),
    ),
    Bound(
        "lambda-depth-resnet",
        MeasuredQuantity("half of λ_min(K^(2))·4/c_res²", r"\tfrac12\lambda_{\min}(K^{(2)})\cdot 4/c_{res}^2"),
        MeasuredQuantity("λ_min(K^(H))·H²/c_res²", r"\lambda_{\min}(K^{(H)})\cdot H^2/c_{res}^2"),
        title="ResNet: λ_min(K^(H))·H²/c_res² does not decay with depth, to H = 200",
        source="Section 6",
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
        uses=("dual-cos",),
    ),
)
