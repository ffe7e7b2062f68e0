"""How near features and the Gram matrix are to their limits of infinite width at the start."""

from __future__ import annotations

from sympy import Abs, Expr, Rational, Symbol, exp, log, oo, sqrt

from derivations.papers.du2018.notation import H, c_res, c_sigma, m
from derivations.papers.du2018.proof.constants import (
    C_0,
    RESIDUAL,
    Gamma,
    L,
    Lam,
    beta,
    c_x,
    k_high,
    k_low,
    kappa,
    kappa_p,
    lam,
    n,
    s,
)
from derivations.papers.du2018.proof.letters import at_depth, formula, gain, k
from derivations.statements import Bound, Statement
from derivations.steps import Derivation, chain

SOURCE = "Lemmas B.1, B.2, form; constants derived here"
root_mean_square = RESIDUAL.named("S").symbol
noise = sqrt(Lam / m)
e, mu, q, p = (Symbol(name, nonnegative=True) for name in ("e", "mu", "q", "p"))
"""The error of an entry of K, that of b, and two diagonal entries."""
price, half, mean = (Symbol(name, nonnegative=True) for name in ("p_12", "p_11", "p_b"))
"""|∂E σσ/∂A_12| = |E σ′σ′|, |∂E σσ/∂A_11| = ½|E σ″σ|, and |E σ|."""
X_0, K_0, S_0, D_0 = (Symbol(name, real=True) for name in ("P", "K", "S_0", "D_0"))
"""⟨x_i, x_j⟩ and its limit, (1/m)Σ a_r²σ′σ′ and its limit."""


def named(skip: bool) -> str:
    """fc or resnet."""
    return "resnet" if skip else "fc"


def _second_moment(skip: bool) -> Statement:
    lhs = 1 / s + L * Abs(sqrt(q) - 1)
    return Bound(
        f"second-moment-{named(skip)}",
        lhs,
        formula("S", skip),
        title="The root mean square of σ(√q g) is at most S, by Minkowski's inequality"
        + ("" if skip else "; K_ii = 1 in every layer, and q is within ½ of it"),
        source=SOURCE,
        on={c_x: (1, oo)} if skip else {q: (Rational(1, 2), Rational(3, 2))},
        where=(q <= c_x**2,) if skip else (),
    )


def _fluctuation(skip: bool) -> Statement:
    t = 2 * gain(skip) * L * c_x * noise

    def derive() -> Derivation:
        return (
            chain(2 * c_x * t + t**2)
            .then(3 * c_x * t, "t ≤ c_x", relation="<=")
            .then(6 * gain(skip) * L * c_x**2 * noise, "t = ℓ√Λ, ℓ = 2γLc_x/√m")
        )

    return Bound(
        f"fluctuation-{named(skip)}",
        2 * c_x * t + t**2,
        6 * gain(skip) * L * c_x**2 * noise,
        title="⟨x_i, x_j⟩ = (‖x_i + x_j‖² − ‖x_i − x_j‖²)/4 is off its mean by 2c_xt + t² ≤ 3c_xt, t = ℓ√Λ",
        source=SOURCE,
        where=tuple(part * Lam <= m for part in (formula("M_small", skip) / Lam).args),
        uses=("facts.gaussian-lipschitz", "facts.gaussian-poincare-lipschitz", "events"),
        derive=derive,
    )


def _kernel_error(skip: bool) -> Statement:
    """By how much a layer multiplies an error of K, from the derivatives that Price's theorem gives."""
    known = (price <= L**2, half <= beta * root_mean_square / 2, mu <= e)
    layer = price * e + 2 * half * e
    if skip:
        c = c_res / H
        cross = 2 * c * (mu * root_mean_square + sqrt(k_high) * beta / 2 * e)
        lhs, rhs = e + cross + c**2 * layer, (1 + formula("kappa", True) / H) * e
    else:
        lhs, rhs = c_sigma * layer, formula("kappa") * e
    return Bound(
        f"kernel-error-{named(skip)}",
        lhs,
        rhs,
        mark="bookkeeping",
        title="A layer multiplies an error of K, and of b, by at most "
        + ("1 + κ/H" if skip else "κ = c_σ(L² + βS)")
        + ": Price's ∂E σσ/∂A_12 = E σ′σ′, ∂E σσ/∂A_11 = ½E σ″σ",
        source=SOURCE,
        on={mu: (0, oo)},
        where=known if skip else known[:2],
        uses=("facts.price", f"second-moment-{named(skip)}"),
    )


def _kernel_errors_fc() -> Statement:
    before, after = (6 * L * c_x**2 * noise * at_depth("Gamma", j) for j in (k, k + 1))

    def derive() -> Derivation:
        return (
            chain(kappa * e + 6 * s * L * c_x**2 * noise)
            .then(kappa * before + 6 * s * L * c_x**2 * noise, "the layers before", relation="<=")
            .then(after, "κ·max(1, κ)^(k−1) ≤ max(1, κ)^k, and 1 is no more", relation="<=")
        )

    return Bound(
        "kernel-errors-fc",
        kappa * e + 6 * s * L * c_x**2 * noise,
        after,
        title="By induction over layers, fully connected: features are within 6Lc_x²Γ√(Λ/m) of their limit",
        source=SOURCE,
        where=(e <= before,),
        uses=("kernel-error-fc", "fluctuation-fc"),
        derive=derive,
    )


def _kernel_layer_resnet() -> Statement:
    rate = 1 + kappa / H
    unit = 6 * L * c_x**2 * noise
    before, after = (unit * rate**j * (s + c_res * j / H) for j in (k - 1, k))

    def derive() -> Derivation:
        return (
            chain(rate * e + unit * c_res / H)
            .then(rate * before + unit * c_res / H, "the layers before", relation="<=")
            .then(after, "(1 + κ/H)^k ≥ 1", relation="<=")
        )

    return Bound(
        "kernel-layer-resnet",
        rate * e + unit * c_res / H,
        after,
        title="One residual layer: errors are ≤ 6Lc_x²√(Λ/m)·(1 + κ/H)^k(√c_σ + c_resk/H), from the same before",
        source=SOURCE,
        where=(e <= before,),
        uses=("kernel-error-resnet", "fluctuation-resnet"),
        derive=derive,
    )


def _kernel_errors_resnet() -> Statement:
    rate = 1 + kappa / H

    def derive() -> Derivation:
        return (
            chain(rate**k * (s + c_res * k / H))
            .then(rate**k * (s + c_res), "k ≤ H", relation="<=")
            .then(exp(k * log(rate)) * (s + c_res), "a power as an exponential")
            .then(formula("Gamma", True), "k·log(1 + κ/H) ≤ κ", relation="<=")
            .by("resnet-factor", h=k, H=H, g=kappa)
        )

    return Bound(
        "kernel-errors-resnet",
        rate**k * (s + c_res * k / H),
        formula("Gamma", True),
        title="ResNet: errors of all layers together grow by at most Γ = (√c_σ + c_res)e^κ, whatever the depth",
        source=SOURCE,
        where=(k <= H,),
        uses=("kernel-layer-resnet",),
        derive=derive,
    )


def _features_start() -> Statement:
    lhs = 6 * L * c_x**2 * Gamma * noise
    return Bound(
        "features-start",
        lhs,
        Rational(1, 2),
        mark="bookkeeping",
        title="Where m ≥ M features are within ½ of their limit, so that ‖x^(h)(0)‖² ≤ k_high + ½ = c_x²",
        source=SOURCE,
        where=(formula("M_feat") <= m,),
        uses=("kernel-errors-fc", "kernel-errors-resnet"),
        derive=lambda: (
            chain(lhs)
            .then(6 * L * c_x**2 * Gamma * sqrt(Lam / formula("M_feat")), "m ≥ M", relation="<=")
            .then(Rational(1, 2), "M = (12Lc_x²Γ)²Λ")
        ),
    )


def _derivative_error() -> Statement:
    low, high = k_low - Rational(1, 2), k_high + Rational(1, 2)
    one, two = (beta * L / sqrt(u) + beta**2 * sqrt(v / u) for u, v in ((p, q), (q, p)))
    lhs = beta**2 + (one + two) / 2

    def derive() -> Derivation:
        worst = beta * L / sqrt(low) + beta**2 * sqrt(high / low)
        return (
            chain(lhs)
            .then(beta**2 + (worst + two) / 2, "A_11 ≥ k_low − ½, A_22 ≤ k_high + ½", relation="<=")
            .then(beta**2 + worst, "A_22 ≥ k_low − ½, A_11 ≤ k_high + ½", relation="<=")
            .then(formula("kappa_1"), "collecting")
        )

    return Bound(
        "derivative-kernel-error",
        lhs,
        formula("kappa_1"),
        title="Bounds of |∂E σ′σ′/∂A_ij|, β² and by Stein ½(βL/√A_11 + β²√(A_22/A_11)), together are at most κ₁",
        source=SOURCE,
        on={p: (0, oo), q: (0, oo)},
        where=(k_low > Rational(1, 2), low <= p, p <= high, low <= q, q <= high, p > 0, q > 0),
        sample_on={k_low: (Rational(3, 5), 1), k_high: (1, 3)},
        uses=("facts.stein", "facts.price"),
        derive=derive,
    )


def _sum_start() -> Statement:
    t = Lam / 2
    lhs = L**2 * (2 * sqrt(2) * sqrt(t / m) + 2 * t / m + sqrt(2 * t / m))

    def derive() -> Derivation:
        return (
            chain(lhs)
            .then(L**2 * (2 * noise + noise + noise), "Λ/m ≤ √(Λ/m)", relation="<=")
            .then(6 * L**2 * noise, "4 ≤ 6", relation="<=")
        )

    return Bound(
        "sum-start",
        lhs,
        6 * L**2 * noise,
        title="(1/m)Σ a_r²σ′σ′ is within 6L²√(Λ/m) of its mean: Laurent and Massart given W, Hoeffding for the mean",
        source=SOURCE,
        where=(Lam <= m,),
        uses=("facts.chi-square-weighted-upper", "facts.chi-square-weighted-lower", "facts.hoeffding", "events-last"),
        derive=derive,
    )


def _gram_start(skip: bool) -> Statement:
    error = 6 * L * c_x**2 * Gamma * noise
    lhs = gain(skip) ** 2 * Abs(X_0 * S_0 - K_0 * D_0)
    most: Expr = gain(skip) ** 2 * formula("C_0") * noise

    def derive() -> Derivation:
        return (
            chain(lhs)
            .then(
                gain(skip) ** 2 * (Abs(X_0 - K_0) * Abs(D_0) + Abs(X_0) * Abs(S_0 - D_0)),
                "one factor after the other",
                relation="<=",
            )
            .then(
                gain(skip) ** 2 * (error * L**2 + c_x**2 * (6 * L**2 * noise + kappa_p * error)),
                "each part",
                relation="<=",
            )
            .then(most, "collecting")
        )

    return Bound(
        f"gram-start-{named(skip)}",
        lhs,
        most,
        mark="bookkeeping",
        title="An entry γ²PS of G^(H)(0) is within γ²C_0√(Λ/m) of its limit γ²KD",
        source=SOURCE,
        where=(
            Abs(X_0 - K_0) <= error,
            Abs(D_0) <= L**2,
            Abs(X_0) <= c_x**2,
            Abs(S_0 - D_0) <= 6 * L**2 * noise + kappa_p * error,
        ),
        uses=("sum-start", "derivative-kernel-error", "features-start"),
        derive=derive,
    )


def _gram_width(skip: bool) -> Statement:
    lhs = n * gain(skip) ** 2 * C_0 * noise
    least = formula("M_gram", skip)
    return Bound(
        f"gram-width-{named(skip)}",
        lhs,
        lam / 4,
        mark="bookkeeping",
        title="n times an entry of G^(H)(0) − K^(H), at most γ²C_0√(Λ/m), is at most λ₀/4 where m ≥ M",
        source=SOURCE,
        where=(least <= m,),
        uses=("facts.entry-operator", f"gram-start-{named(skip)}"),
        derive=lambda: (
            chain(lhs)
            .then(n * gain(skip) ** 2 * C_0 * sqrt(Lam / least), "m ≥ M", relation="<=")
            .then(lam / 4, "M = (4nγ²C_0/λ₀)²Λ")
        ),
    )


STATEMENTS: tuple[Statement, ...] = (
    _second_moment(False),
    _second_moment(True),
    _fluctuation(False),
    _fluctuation(True),
    _kernel_error(False),
    _kernel_error(True),
    _kernel_errors_fc(),
    _kernel_layer_resnet(),
    _kernel_errors_resnet(),
    _features_start(),
    _derivative_error(),
    _sum_start(),
    _gram_start(False),
    _gram_start(True),
    _gram_width(False),
    _gram_width(True),
)
