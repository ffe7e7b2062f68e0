"""Sections 3 and 5 of MacDonald et al. (2023): regularity of compositions, and what a skip connection does to it."""

from __future__ import annotations

from typing import Any

from sympy import Integral, Interval, MatrixSymbol, Rational, S, Symbol, Transpose, cos, pi, sqrt

from derivations.gaussian import Expectation
from derivations.papers.macdonald2023.composition import D1, D2, D3, J2, J3, v
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Constant, Identity, Rate, Statement
from derivations.steps import chain
from derivations.vectors import inner, norm_squared, vector

n = Symbol("N", integer=True, positive=True)
"""Number of samples."""
nu, rho = Symbol("nu", nonnegative=True), Symbol("rho", nonnegative=True)
"""‖v‖ and ‖Jg v‖."""
phi = Symbol("phi", real=True)
"""The angle between v and Jg v."""
kappa = Symbol("kappa", nonnegative=True)
"""A bound on ‖Jg‖."""
loss, lam = Symbol("ell", nonnegative=True), Symbol("lambda", nonnegative=True)
"""c − inf c and λ_min(DF DFᵀ)."""
lam1, lam2, lam3 = (Symbol(f"lambda_{i}", nonnegative=True) for i in (1, 2, 3))
"""λ_min(D_lD_lᵀ)."""
rho2, rho3 = (Symbol(f"rho_{i}", nonnegative=True) for i in (2, 3))
"""λ_min(J_lJ_lᵀ)."""
scale, J = Symbol("s", nonnegative=True), Symbol("J", nonnegative=True)
"""A branch's factor, and a bound on ‖Jg‖ for all parameters."""
m = Symbol("m", integer=True, positive=True)
W = MatrixSymbol("W", m, m)
u = vector("u", m)
t = Symbol("t", real=True)
quarter = Rational(1, 4)


def density(at: Any, share: Any) -> Any:
    """The Marchenko–Pastur density of W Wᵀ for a ratio ≤ 1 of rows to columns, entries of variance 1/columns."""
    a, b = (1 - sqrt(share)) ** 2, (1 + sqrt(share)) ** 2
    return sqrt((b - at) * (at - a)) / (2 * pi * share * at)


tau, z = Symbol("tau", positive=True), Symbol("z", positive=True)
resolvent = z * (1 + tau**2 / (z - 1)) ** 2
"""Its critical values are the edges of the squared singular values of I + τW (Dozier and Silverstein 2007, A = I)."""
critical = 1 + (tau**2 - tau * sqrt(tau**2 + 8)) / 2
edge = sqrt(critical) * (1 + tau**2 / (critical - 1))
"""lim σ_min(I + τW), entries of W of variance 1/m, for τ < 1: the square root of the value at the critical point."""

pl_bound = lam * 2 / n * loss
"""λ·μ·(c − inf c) for the square cost, μ = 2/N."""
superadditive = lam1 * rho2 * rho3 + lam2 * rho3 + lam3
uniform = 1 - scale * J
with_skip = nu**2 + 2 * nu * rho * cos(phi) + rho**2
"""‖v + Jg v‖²."""
gram_form = inner(
    v,
    J3 * J2 * D1 * Transpose(D1) * Transpose(J2) * Transpose(J3) * v
    + J3 * D2 * Transpose(D2) * Transpose(J3) * v
    + D3 * Transpose(D3) * v,
)
STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "pl-composition",
        pl_bound,
        MeasuredQuantity("‖∇ℓ‖² by autograd", r"\|\nabla\ell\|^2"),
        title="‖∇ℓ‖² ≥ λ_min(DF DFᵀ)·(2/N)·ℓ for the square cost, on networks; equal where F − Y is the eigenvector",
        source="Section 3",
        uses=("square-pl",),
    ),
    Identity(
        "gram-sum",
        MeasuredQuantity("‖DFᵀv‖² by autograd of the network", r"\|DF^\top v\|^2"),
        gram_form,
        title="DF DFᵀ is the sum over layers of J_{>l}D_lD_lᵀJ_{>l}ᵀ, on networks cut into three",
        source="Section 3",
        uses=("chain-vectors",),
    ),
    Bound(
        "gram-superadditive",
        superadditive,
        MeasuredQuantity("λ_min(DF DFᵀ) by autograd of the network", r"\lambda_{\min}(DF\,DF^\top)"),
        title="λ_min(DF DFᵀ) ≥ λ_1ρ_2ρ_3 + λ_2ρ_3 + λ_3, λ_l = λ_min(D_lD_lᵀ), ρ_l = λ_min(J_lJ_lᵀ), on networks",
        source="Section 3",
        uses=("gram-sum",),
    ),
    Bound(
        "skip",
        (1 - kappa) ** 2 * nu**2,
        with_skip,
        title="‖v + Jg v‖ ≥ (1 − κ)‖v‖ for ‖v‖ = ν, ‖Jg v‖ = ρ ≤ κν and any angle φ between them",
        source="Section 3",
        on={kappa: (0, 1), phi: (0, pi)},
        where=(rho <= kappa * nu,),
        sharp_at={rho: kappa * nu, phi: pi},
        derive=lambda: (
            chain((1 - kappa) ** 2 * nu**2)
            .then((nu - rho) ** 2, "ρ ≤ κν ≤ ν", relation="<=")
            .then(with_skip, "cos φ ≥ −1", relation="<=")
        ),
    ),
    Bound(
        "skip-uniform",
        uniform,
        MeasuredQuantity("least σ_min(I + sJg) found", r"\sigma_{\min}(I+sJg)"),
        title="σ_min(I + sJg) ≥ 1 − sJ for weight-normalised g of any weights, ‖Jg‖ ≤ J by the calculus",
        source="Section 3",
        uses=("skip", "wn-bounded"),
    ),
    Identity(
        "convolution-fft",
        MeasuredQuantity("singular values of the circular convolution's matrix", r"\sigma(C)"),
        MeasuredQuantity("singular values of its Fourier blocks", r"\sigma(\hat K)"),
        title="A circular convolution has the singular values of its Fourier blocks",
        source="Section 5; Sedghi, Gupta, Long (2019)",
    ),
    Identity(
        "convolution-lanczos",
        MeasuredQuantity("extreme singular values of the zero-padded convolution's matrix", r"\sigma(C_0)"),
        MeasuredQuantity("the same without the matrix", r"\sigma"),
        title="Zero padding and strides: the two largest and smallest singular values by Lanczos",
        source="Section 5",
    ),
    Constant(
        "mp-mean",
        Integral(t * density(t, quarter), (t, quarter, Rational(9, 4))),
        S.One,
        title="The Marchenko–Pastur law at ratio r = 1/4 has mean 1 between its edges (1 ± √r)²",
        source="Marchenko and Pastur; used in Section 5",
    ),
    Constant(
        "mp-second",
        Integral(t**2 * density(t, quarter), (t, quarter, Rational(9, 4))),
        1 + quarter,
        title="Its second moment is 1 + r",
        source="Marchenko and Pastur; used in Section 5",
    ),
    Identity(
        "gaussian-isotropic",
        Expectation(norm_squared(W * u / sqrt(m)), W),
        norm_squared(u),
        title="E‖Wu‖²/m = ‖u‖² for a square Gaussian layer of width m",
        source="Section 5",
    ),
    Identity(
        "gaussian-shifted",
        Expectation(norm_squared(u + W * u / sqrt(m)), W),
        2 * norm_squared(u),
        title="E‖(I + W/√m)u‖² = 2‖u‖²",
        source="Section 5",
        uses=("gaussian-isotropic",),
    ),
    Rate(
        "mp-distance",
        MeasuredQuantity("mean Kolmogorov distance of the eigenvalues of WWᵀ from the law", r"E\sup|F_m-F|"),
        m,
        -1,
        title="Eigenvalues of m×4m Gaussian layers come to the law as 1/m, not as m^{−1/2} like independent draws",
        source="Section 5; rate after Götze and Tikhomirov (2016)",
        within=0.4,
        against=(-S.Half,),
        uses=("mp-mean", "mp-second"),
    ),
    Rate(
        "square-layer",
        MeasuredQuantity("median σ_min(W), square Gaussian", r"\sigma_{\min}(W)"),
        m,
        -1,
        title="The smallest singular value of a square Gaussian layer falls as 1/m, not as m^{−1/2} or m^{−2/3}",
        source="Section 5; Edelman (1988)",
        within=0.12,
        against=(-S.Half, -Rational(2, 3)),
    ),
    Identity(
        "shifted-edge",
        resolvent.diff(z).xreplace({z: critical}),
        S.Zero,
        on={tau: Interval.open(0, 1)},
        title="z(1 + τ²/(z − 1))² has a critical point at z = 1 + (τ² − τ√(τ² + 8))/2",
        source="derived here, for the edge of Dozier and Silverstein (2007)",
    ),
    Bound(
        "shifted-positive",
        S.Zero,
        edge,
        title="The limit of σ_min(I + τW) is not negative for τ < 1",
        source="derived here",
        on={tau: Interval.open(0, 1)},
        uses=("shifted-edge",),
    ),
    Bound(
        "shifted-layer",
        edge,
        MeasuredQuantity("E σ_min(I + τW), m = 16 … 128", r"E\,\sigma_{\min}(I+\tau W)"),
        title="Mean σ_min(I + τW) of widths 16 … 128 lies above its limit, the root of the value at the critical point",
        source="Section 5; limit after Dozier and Silverstein (2007)",
        on={tau: Interval.open(0, 1)},
        uses=("shifted-edge", "shifted-positive"),
    ),
)
