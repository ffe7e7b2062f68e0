"""Sections 3 and 5 of MacDonald et al. (2023): regularity of compositions, and what a skip connection does to it."""

from __future__ import annotations

from typing import Any

from sympy import Integral, MatrixSymbol, Rational, S, Symbol, Transpose, pi, sqrt

from derivations.gaussian import Expectation
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Constant, Identity, Rate, Statement
from derivations.steps import chain
from derivations.vectors import inner, norm_squared, vector

d = Symbol("d", integer=True, positive=True)
"""Number of outputs."""
n1, n2, n3 = (Symbol(f"n_{i}", integer=True, positive=True) for i in (1, 2, 3))
"""Numbers of parameters."""
v = vector("v", d)
"""∇c, or any vector of outputs."""
D1, D2, D3 = (MatrixSymbol(f"D_{i}", d, n) for i, n in ((1, n1), (2, n2), (3, n3)))
J2, J3 = MatrixSymbol("J_2", d, d), MatrixSymbol("J_3", d, d)

N, A = Symbol("N", nonnegative=True), Symbol("A", real=True)
"""‖v‖² and ⟨v, Jg v⟩."""
kappa = Symbol("kappa", nonnegative=True)
"""A bound on ‖Jg‖."""
g2, loss, grad, mu, lam = (Symbol(s, nonnegative=True) for s in ("G", "ell", "g", "mu", "lambda"))
lam1, lam2, j2, j3 = (Symbol(s, nonnegative=True) for s in ("lambda_1", "lambda_2", "rho_2", "rho_3"))
X1, X2, Y = (Symbol(s, nonnegative=True) for s in ("X_1", "X_2", "Y"))
m = Symbol("m", integer=True, positive=True)
W = MatrixSymbol("W", m, m)
u = vector("u", m)
t = Symbol("t", real=True)
quarter = Rational(1, 4)


def density(at: Any, share: Any) -> Any:
    """The Marchenko–Pastur density of W Wᵀ for a ratio ≤ 1 of rows to columns, entries of variance 1/columns."""
    a, b = (1 - sqrt(share)) ** 2, (1 + sqrt(share)) ** 2
    return sqrt((b - at) * (at - a)) / (2 * pi * share * at)


root_n, root_b = Symbol("nu", nonnegative=True), Symbol("beta", nonnegative=True)
"""‖v‖ and ‖Jg v‖."""
STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "gradient-gram",
        norm_squared(Transpose(D1) * v),
        inner(v, D1 * Transpose(D1) * v),
        title="‖∇ℓ‖² = ⟨DF DFᵀ∇c, ∇c⟩",
        source="Section 3",
    ),
    Bound(
        "pl-composition",
        lam * mu * loss,
        grad,
        title="‖∇ℓ‖² ≥ λ_min(DF DFᵀ)·μ·(c − inf c): regularity of the cost carries over",
        source="Section 3",
        where=(g2 >= mu * loss, grad >= lam * g2),
        uses=("gradient-gram",),
        derive=lambda: (
            chain(lam * mu * loss)
            .then(lam * g2, "the cost's inequality ‖∇c‖² ≥ μ(c − inf c)", relation="<=")
            .then(grad, "the smallest eigenvalue", relation="<=")
        ),
    ),
    Identity(
        "gram-sum",
        norm_squared(Transpose(J3 * J2 * D1) * v)
        + norm_squared(Transpose(J3 * D2) * v)
        + norm_squared(Transpose(D3) * v),
        inner(
            v,
            J3 * J2 * D1 * Transpose(D1) * Transpose(J2) * Transpose(J3) * v
            + J3 * D2 * Transpose(D2) * Transpose(J3) * v
            + D3 * Transpose(D3) * v,
        ),
        title="DF DFᵀ is the sum over layers of J_{>l}D_lD_lᵀJ_{>l}ᵀ, three layers",
        source="Section 3",
    ),
    Bound(
        "gram-superadditive",
        (lam1 * j2 + lam2) * j3 * N,
        X1 + X2,
        title="λ_min(DF DFᵀ) ≥ Σ_l λ_min(D_lD_lᵀ)·Π_{j>l} λ_min(J_jJ_jᵀ)",
        source="Section 3",
        where=(lam1 * j2 * Y <= X1, lam2 * Y <= X2, j3 * N <= Y),
        uses=("gram-sum",),
        derive=lambda: (
            chain((lam1 * j2 + lam2) * j3 * N)
            .then(lam1 * j2 * Y + lam2 * Y, "‖J_3ᵀv‖² ≥ λ_min(J_3J_3ᵀ)‖v‖²", relation="<=")
            .then(X1 + lam2 * Y, "the layer before", relation="<=")
            .then(X1 + X2, "the layer itself", relation="<=")
        ),
    ),
    Bound(
        "skip",
        (1 - kappa) ** 2 * root_n**2,
        root_n**2 + 2 * A + root_b**2,
        title="σ_min(I + Jg) ≥ 1 − ‖Jg‖: with a skip connection a small branch cannot lose rank",
        source="Section 3",
        on={kappa: (0, 1)},
        where=(-root_n * root_b <= A, root_b <= kappa * root_n),
        derive=lambda: (
            chain((1 - kappa) ** 2 * root_n**2)
            .then((root_n - root_b) ** 2, "‖Jg v‖ ≤ κ‖v‖ ≤ ‖v‖", relation="<=")
            .then(root_n**2 + 2 * A + root_b**2, "Cauchy and Schwarz", relation="<=")
        ),
    ),
    Bound(
        "skip-measured",
        MeasuredQuantity("1 − ‖Jg‖", r"1-\|Jg\|"),
        MeasuredQuantity("σ_min(I + Jg)", r"\sigma_{\min}(I+Jg)"),
        title="The same on residual blocks of networks, at starts and along an adversarial search",
        source="Section 3",
        uses=("skip",),
    ),
    Bound(
        "skip-uniform",
        MeasuredQuantity("1 − s·sup‖Jg‖ by the calculus", r"1-s\sup\|Jg\|"),
        MeasuredQuantity("least σ_min(I + sJg) found", r"\sigma_{\min}(I+sJg)"),
        title="Weight-normalised branches, scaled: one bound for all parameters, regularity is global",
        source="Section 3",
        uses=("skip", "wn-bounded"),
    ),
    Bound(
        "gram-measured",
        MeasuredQuantity("Σ_l λ_min(D_lD_lᵀ) Π_{j>l} λ_min(J_jJ_jᵀ)", r"\sum_l\lambda_{\min}(D_lD_l^\top)\prod"),
        MeasuredQuantity("λ_min(DF DFᵀ)", r"\lambda_{\min}(DF\,DF^\top)"),
        title="Superadditivity on networks",
        source="Section 3",
        uses=("gram-superadditive",),
    ),
    Identity(
        "convolution-fft",
        MeasuredQuantity("singular values of the circular convolution's matrix", r"\sigma(C)"),
        MeasuredQuantity("singular values of its Fourier blocks", r"\sigma(\hat K)"),
        title="A circular convolution is block diagonal in the Fourier basis",
        source="Section 5; Sedghi, Gupta, Long (2019)",
    ),
    Identity(
        "convolution-lanczos",
        MeasuredQuantity("extreme singular values of the zero-padded convolution's matrix", r"\sigma(C_0)"),
        MeasuredQuantity("the same without the matrix", r"\sigma"),
        title="Zero padding and strides: extreme singular values by Lanczos",
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
        title="A square Gaussian layer keeps E‖Wu‖²: its singular values lie about 1, on both sides",
        source="Section 5",
    ),
    Identity(
        "gaussian-shifted",
        Expectation(norm_squared(u + W * u / sqrt(m)), W),
        2 * norm_squared(u),
        title="With the identity added E‖(I + W)u‖² doubles",
        source="Section 5",
        uses=("gaussian-isotropic",),
    ),
    Bound(
        "mp-distance",
        MeasuredQuantity("Kolmogorov distance of 8 random layers' eigenvalues from the law", r"\sup|F_n-F|"),
        Rational(1, 50),
        title="Random affine layers follow the Marchenko–Pastur law",
        source="Section 5",
        uses=("mp-mean", "mp-second"),
    ),
    Rate(
        "square-layer",
        MeasuredQuantity("σ_min(W), square Gaussian", r"\sigma_{\min}(W)"),
        m,
        -1,
        title="The smallest singular value of a square Gaussian layer falls as 1/m",
        source="Section 5",
        within=0.12,
    ),
    Bound(
        "shifted-layer",
        MeasuredQuantity("lim σ_min(I + τW)", r"\lim\sigma_{\min}(I+\tau W)"),
        MeasuredQuantity("σ_min(I + τW), m = 16 … 128", r"\sigma_{\min}(I+\tau W)"),
        title="Adding I keeps σ_min above a limit that is positive for τ < 1, at every width",
        source="Section 5; limit after Dozier and Silverstein (2007)",
        uses=("skip",),
    ),
)
