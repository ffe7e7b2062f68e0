"""The constants in the proofs of Theorems 5.1 and 6.1, from the data to the width M and the largest step η*.

The proof: at the start every W^(h) has norm ≤ c_w√m, a has norm ≤ c_a√m and ‖a‖₄² ≤ c_4√m, features and the Gram
matrix G^(H) lie near their limits of infinite width. While no block of weights has moved by more than R√m (R ≤ 1),
features move by ≤ DR, the entries of G^(H) by ≤ C_G R, so that λ_min(G) ≥ λ₀/2 where R ≤ λ₀/(4nC_G); then a step
multiplies ‖y − u‖ by ≤ 1 − ¾ηλ₀/2, and all steps together move a block by ≤ (8/3)nBc_r/λ₀ ≤ R√m where m ≥ M.

A layer is x ↦ γ/√m·σ(Wx) with γ = √c_σ, or x ↦ x + γ/√m·σ(Wx) with γ = c_res/H. L and β are the Lipschitz
constants of σ and σ′. Every chance is at most δ/5.
"""

from __future__ import annotations

from sympy import Expr, Integer, Max, Min, Rational, Symbol, exp, log, sqrt

from derivations.papers.du2018.notation import H, c_res, c_sigma
from derivations.theorems import Quantity, Theorem


def positive(name: str) -> Symbol:
    """A positive number of the proof."""
    return Symbol(name, positive=True)


n, d = (Symbol(name, integer=True, positive=True) for name in ("n", "d"))
delta, lam, L, beta, y_max, k_low, k_high, epsilon = map(
    positive, ("delta", "lambda_0", "L", "beta", "y_max", "k_low", "k_high", "epsilon")
)
"""Chance of failure, λ₀, Lipschitz constants of σ and σ′, largest |y|, least and largest K^(h)_ii, and the loss that is
asked for, as a share of the first."""
c_w, c_a, c_4, c_x, c_r = map(positive, ("c_w", "c_a", "c_4", "c_x", "c_r"))
"""‖W‖/√m, ‖a‖/√m, ‖a‖₄²/√m, ‖x^(h)‖ and |y − u| at the start."""
omega, alpha, A = map(positive, ("omega", "alpha", "A"))
"""‖W‖/√m, the factor of a layer, and ‖a‖/√m while the weights move."""
Lam, S, kappa, Gamma, kappa_p, C_0 = map(positive, ("Lambda", "S", "kappa", "Gamma", "kappa_1", "C_0"))
"""log of the number of events, √E σ², by how much a layer multiplies an error of K, what all layers make of the errors
of each, the same factor of E σ′σ′, and the error of G^(H) at the start over γ²√(Λ/m)."""
D, X, b, B, B_all, C_G, R, rho = map(positive, ("D", "X", "b", "B", "B_all", "C_G", "R", "rho"))
"""How far features move over R, ‖x^(h)‖, ‖∂f/∂x^(h)‖/√m, the largest gradient of a block and of all blocks, how far an
entry of G^(H) moves over R, the radius that is allowed over √m, and how far a block of weights moves."""
D_x, Z, D_b, C_2 = map(positive, ("D_x", "Z", "D_b", "C_2"))
"""Derivatives along a unit step: of features over 1/√m, of Wx, of ∂f/∂x^(h) over √m, and of the gradient."""
M_norm, M_four, M_small, M_feat, M_gram, M_move, M, eta, T = map(
    positive, ("M_norm", "M_four", "M_small", "M_feat", "M_gram", "M_move", "M", "eta_max", "T")
)

s = sqrt(c_sigma)
MOVES = Rational(8, 3)
"""Σ_k (1 − ¾x)^k = (4/3)/x, and x = ηλ₀/2."""


def _start(skip: bool) -> tuple[Quantity, ...]:
    gain = (c_res / H) if skip else s
    if skip:
        factor = c_res * beta * sqrt(k_high) + c_res**2 * (L**2 + beta * S) / H + 2 * c_res * S
        grown = (s + c_res) * exp(kappa)
    else:
        factor = c_sigma * (L**2 + beta * S)
        grown = s * H * Max(1, kappa) ** (H - 1)
    low, high = k_low - Rational(1, 2), k_high + Rational(1, 2)
    spread = 6 * L * c_x**2 * Gamma * (L**2 + c_x**2 * kappa_p) + 6 * L**2 * c_x**2
    named = "resnet" if skip else "fc"
    return (
        Quantity(c_w, Integer(3), "start-weights", "‖W^(h)(0)‖ ≤ c_w√m"),
        Quantity(c_a, Integer(2), "start-output", "‖a(0)‖ ≤ c_a√m"),
        Quantity(c_4, (3 ** Rational(1, 4) + 1) ** 2, "start-fourth", "‖a(0)‖₄² ≤ c_4√m"),
        Quantity(c_x, sqrt(high), "", "‖x^(h)(0)‖ ≤ c_x"),
        Quantity(
            Lam, 2 * log(20 * H * n * (n + 1) / delta), "events", "twice the logarithm of the number of events over δ"
        ),
        Quantity(S, 1 / s + L * (c_x if skip else Rational(1, 3)), f"second-moment-{named}", "√E σ(√q g)² ≤ S"),
        Quantity(kappa, factor, f"kernel-error-{named}", "a layer multiplies an error of K"),
        Quantity(Gamma, grown, f"kernel-errors-{named}", "errors of all layers together"),
        Quantity(
            kappa_p,
            beta**2 * (1 + sqrt(high / low)) + beta * L / sqrt(low),
            "derivative-kernel-error",
            "E σ′σ′ moves by κ₁ times the error of K",
        ),
        Quantity(C_0, spread, f"gram-start-{named}", "‖G^(H)(0) − K^(H)‖ ≤ nγ²C_0√(Λ/m)"),
        Quantity(M_norm, 2 * log(5 * (H + 1) / delta), "norms-width", "norms of the weights"),
        Quantity(M_four, 4 * log(5 / delta) ** 2, "fourth-width", "the fourth power of a"),
        Quantity(
            M_small,
            Max(4 * gain**2 * L**2, 4 * c_sigma * L**2, 1) * Lam,
            f"fluctuation-{named}",
            "fluctuations below one",
        ),
        Quantity(M_feat, (12 * L * c_x**2 * Gamma) ** 2 * Lam, "features-start", "features near their limit"),
        Quantity(
            M_gram, (4 * n * gain**2 * C_0 / lam) ** 2 * Lam, f"gram-width-{named}", "the Gram matrix near its limit"
        ),
    )


def _training(skip: bool) -> tuple[Quantity, ...]:
    gain = (c_res / H) if skip else s
    factors: Expr = exp(c_res * L * omega) if skip else Max(1, alpha) ** (H - 1)
    if skip:
        moved = factors * (s * L + c_x / omega)
        total = b**2 * L**2 * (c_sigma + c_res**2 * X**2 / H) + X**2
        moved_by_one = factors * (s * L + X / omega)
        signal = factors * (1 + c_res * b * (L + omega * beta * Z))
        second = (c_res + s) * (beta * Z * b * X + L * D_b * X + L * b * D_x) + D_x
    else:
        moved = s * L * c_x * H * factors
        total = H * (s * L * b * X) ** 2 + X**2
        moved_by_one = s * L * X * H * factors
        signal = (s * b * (L + omega * beta * Z) + 1) * H * Max(1, alpha) ** H
        second = H * s * (beta * Z * b * X + L * D_b * X + L * b * D_x) + D_x
    entry = 2 * X * D * L**2 * A**2 + X**2 * (L**2 * (2 * c_a + 1) + 2 * c_4 * L * beta * (omega * D + c_x))
    named = "resnet" if skip else "fc"
    return (
        Quantity(omega, c_w + 1, "", "‖W^(h)(k)‖ ≤ ω√m"),
        Quantity(A, c_a + 1, "", "‖a(k)‖ ≤ A√m"),
        Quantity(
            alpha, 1 + gain * L * omega if skip else s * L * omega, f"layer-moves-{named}", "the factor of a layer"
        ),
        Quantity(D, moved, f"features-move-{named}", "‖x^(h)(k) − x^(h)(0)‖ ≤ DR"),
        Quantity(X, c_x + D, "", "‖x^(h)(k)‖ ≤ X"),
        Quantity(b, A * factors, f"signals-{named}", "‖∂f/∂x^(h)‖ ≤ b√m"),
        Quantity(B, Max(Max(s, gain) * L * b, 1) * X, f"block-gradient-{named}", "‖∂f/∂W^(h)‖, ‖∂f/∂a‖ ≤ B"),
        Quantity(B_all, sqrt(total), f"all-gradients-{named}", "the norm of all of ∂f/∂θ"),
        Quantity(C_G, gain**2 * entry, f"gram-entry-moves-{named}", "|G^(H)_ij(k) − G^(H)_ij(0)| ≤ C_G R"),
        Quantity(R, Min(1, lam / (4 * n * C_G)), "gram-moves", "the radius R√m in which λ_min(G^(H)) ≥ λ₀/2", True),
        Quantity(c_r, y_max + c_x * sqrt(2 * log(10 * n / delta)), "start-outputs", "|y_i − u_i(0)| ≤ c_r"),
        Quantity(rho, MOVES * n * B * c_r / lam, "weights-move", "‖W^(h)(k) − W^(h)(0)‖, ‖a(k) − a(0)‖ ≤ ρ"),
        Quantity(M_move, (rho / R) ** 2, "", "weights that stay within R√m"),
        Quantity(M, Max(d, M_norm, M_four, M_small, M_feat, M_gram, M_move), "", "the width"),
        Quantity(D_x, moved_by_one, f"features-derivative-{named}", "features along a unit step, over 1/√m"),
        Quantity(Z, X + omega * D_x, "preactivation-derivative", "Wx along a unit step"),
        Quantity(D_b, signal, f"signals-move-{named}", "signals along a unit step, over √m"),
        Quantity(C_2, second, f"second-derivative-{named}", "‖D²u_i‖"),
        Quantity(
            eta,
            Min(1 / (2 * n * B_all**2), lam / (4 * n**2 * B_all**2 * C_2 * c_r)),
            "one-step",
            "the largest step",
            True,
        ),
        Quantity(T, 2 * log(1 / epsilon) / (eta * lam), "iterations", "iterations until L(k) ≤ εL(0) with this step"),
    )


def _theorem(slug: str, skip: bool) -> Theorem:
    given = (n, d, H, delta, epsilon, lam, c_sigma, *((c_res,) if skip else ()), L, beta, y_max, k_low, k_high)
    words = {
        n: "inputs",
        d: "entries of an input",
        H: "hidden layers",
        delta: "the chance of failure",
        epsilon: "the loss that is asked for, as a share of the first",
        lam: "λ_min(K^(H)), enclosed from below",
        c_sigma: "1/E σ(g)²",
        c_res: "the scale of the branches",
        L: "the Lipschitz constant of σ",
        beta: "the Lipschitz constant of σ′",
        y_max: "the largest label",
        k_low: "the least K^(h)_ii",
        k_high: "the largest K^(h)_ii",
    }
    data = tuple(Quantity(symbol, None, "", words[symbol]) for symbol in given)
    asked = {"width": M, "step": eta, "iterations": T}
    where = (H >= 2, delta < 1, k_low > Rational(1, 2), k_high >= 1, k_low <= k_high)
    return Theorem(slug, (*data, *_start(skip), *_training(skip)), asked, where)


FULLY_CONNECTED = _theorem("theorem-5-1", False)
RESIDUAL = _theorem("theorem-6-1", True)
THEOREMS = (FULLY_CONNECTED, RESIDUAL)
