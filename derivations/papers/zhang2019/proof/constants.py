"""The constants in the proof of the convergence theorem, from the data to width, step size and number of steps.

The network is x_0 = φ(Ax), x_l = φ(x_{l−1} + τ/√m·W_l x_{l−1}) for L ≥ 8 blocks with τ ≤ 1/√L, and f = ⟨b, x_L⟩, where
A has N(0, 2/m) entries, W_l has N(0, 1) ones and b those of N(0, 1); W_1, …, W_L and b are trained, A is not, and there
is no last square matrix. The loss is ½‖r‖², r = f − y, and λ₀ is the least eigenvalue of the ⟨x_L, x_L′⟩ at the start.

The proof: at the start low ≤ ‖x_l‖ ≤ X₀, and products of blocks have norm ≤ C, also when in each block a share q of the
masks D_l is changed in any way. While W_l has moved by at most τρ and b by ρ, features move by ≤ CρX/√m, so that the
Gram matrix of the features keeps λ₀/2, and no more than a share q of the masks changes; then signals stay within
λ₀/(8nSX²) of those at the start, a step multiplies ‖r‖ by at most 1 − ηλ₀/4, and all steps together move W_l by ≤ τρ.
Nothing is a power of the depth but the width. Every one of seven chances is at most δ/7.
"""

from __future__ import annotations

from sympy import Expr, Integer, Max, Rational, Symbol, exp, log, pi, sqrt

from derivations.papers.zhang2019.concentration import delta, n
from derivations.papers.zhang2019.notation import L, tau
from derivations.theorems import Quantity, Theorem


def positive(name: str) -> Symbol:
    """A positive number of the proof."""
    return Symbol(name, positive=True)


lam, y_max, epsilon = map(positive, ("lambda_0", "y_max", "epsilon"))
"""The least eigenvalue of the features' Gram matrix at the start, the largest |y|, the loss as a share of the first."""
X_0, C, low, c_b, c_r = map(positive, ("X_0", "C", "low", "c_b", "c_r"))
"""‖x_l‖, norms of products, least ‖x_l‖, ‖b‖/√m and |r_i| at the start."""
X, A_b, S, rho, B_all = map(positive, ("X", "A_b", "S", "rho", "B_all"))
"""‖x_l‖, ‖b‖/√m, the norm of signals, how far weights move, and the gradient of an output while the weights move."""
v, q, theta, zeta = map(positive, ("v", "q", "theta", "zeta"))
"""The square of what changed masks may take off a signal over C, the share of masks that may change, how near to 0 an
entry can be said to be, and how far what ReLU is applied to moves."""
M_start, M_low, M_b, M_back, M_count, M_flip, M_move, M_gram, M_signal, M = map(
    positive,
    ("M_start", "M_low", "M_b", "M_back", "M_count", "M_flip", "M_move", "M_gram", "M_signal", "M_conv"),
)
FEWEST = Integer(8)
"""Blocks that the theorem asks for at least, so that τ² ≤ 1/8."""
eta, T = positive("eta_max"), positive("T")
KINDS = 7
"""Kinds of events that must not happen: x_0 or its growth, its least length, b, products, outputs, signals, masks."""
SHARE = delta / KINDS
"""The chance that each kind may have."""
ROOM = Rational(1, 8)
"""By what share features and signals may grow while the weights move."""


def _start() -> tuple[Quantity, ...]:
    return (
        Quantity(X_0, exp(1) * sqrt(2), "start-norm", "‖x_l(0)‖ ≤ X₀"),
        Quantity(C, 2 * exp(3), "product-exponent", "norms of products of blocks are at most C"),
        Quantity(low, Rational(1, 4), "start-low", "‖x_l(0)‖ ≥ low", True),
        Quantity(c_b, Rational(3, 2), "output-weights", "‖b(0)‖ ≤ c_b√m"),
        Quantity(c_r, y_max + X_0 * sqrt(2 * log(2 * KINDS * n / delta)), "start-outputs", "|f_i(0) − y_i| ≤ c_r"),
    )


def _training() -> tuple[Quantity, ...]:
    gram = n * S * X**2
    return (
        Quantity(X, (1 + ROOM) * X_0, "features-stay", "‖x_l(k)‖ ≤ X"),
        Quantity(A_b, c_b + Rational(1, 9), "features-stay", "‖b(k)‖ ≤ A_b√m"),
        Quantity(S, (1 + ROOM) * C * A_b, "signals-stay", "the signals at a block are at most S"),
        Quantity(rho, 4 * n * S * X * c_r / lam, "blocks-move", "‖W_l(k) − W_l(0)‖ ≤ τρ, ‖b(k) − b(0)‖ ≤ ρ"),
        Quantity(B_all, X * sqrt(S**2 + 1), "output-gradient", "‖∂f_i/∂θ‖ ≤ B_all"),
        Quantity(v, (lam / (16 * C * (L * C + 1) * gram)) ** 2, "signals-near", "what changed masks take off", True),
        Quantity(q, v / (10 + 8 * log(1 / v)), "share", "the share of masks that may change", True),
        Quantity(theta, q * tau * low * sqrt(2 * pi) / 8, "near-zero", "entries within θ of 0: a share q/4", True),
        Quantity(zeta, C * rho * X * L * tau**2, "features-move", "‖z_l(k) − z_l(0)‖ ≤ ζ before ReLU"),
    )


def _widths() -> tuple[Quantity, ...]:
    events = log(2 * KINDS * n / delta)
    return (
        Quantity(M_start, 16 * events, "start-width", "lengths at the start"),
        Quantity(M_low, 1024 * events, "low-width", "least lengths at the start"),
        Quantity(M_b, 8 * log(KINDS / delta), "output-width", "‖b‖"),
        Quantity(
            M_back, 8 * log(KINDS * n * L**2 / delta), "product-width", "products with any share q of changed masks"
        ),
        Quantity(
            M_count, 8 * log(KINDS * n * L / delta) / q**2, "count-width", "entries near 0, signals on any share q"
        ),
        Quantity(M_flip, 4 * zeta**2 / (q * theta**2), "masks-change", "no more than a share q of masks changes"),
        Quantity(M_move, (9 * C * rho) ** 2, "features-stay", "features and signals stay near"),
        Quantity(M_gram, (4 * n * C * rho * X**2 / lam) ** 2, "features-gram", "λ_min stays above λ₀/2"),
        Quantity(M_signal, (16 * n * C * rho * (1 + S) * S * X**2 / lam) ** 2, "signals-near", "signals stay near"),
        Quantity(
            M,
            Max(M_start, M_low, M_b, M_back, M_count, M_flip, M_move, M_gram, M_signal),
            "",
            "the width",
        ),
        Quantity(eta, 1 / (n * B_all**2), "relu-step", "the largest step", True),
        Quantity(
            T, 2 * log(1 / epsilon) / (eta * lam), "relu-iterations", "steps until the loss is a share ε of the first"
        ),
    )


def _theorem() -> Theorem:
    words: dict[Symbol, str] = {
        n: "inputs of norm one",
        L: "residual blocks, at least 8",
        tau: "the weight of the branch, at most 1/√L",
        delta: "the chance of failure",
        epsilon: "the loss that is asked for, as a share of the first",
        lam: "λ_min of the Gram matrix of the features x_L at the start",
        y_max: "the largest label",
    }
    data = tuple(Quantity(symbol, None, "", said) for symbol, said in words.items())
    asked = {"width": M, "step": eta, "iterations": T}
    return Theorem(
        "relu-convergence",
        (*data, *_start(), *_training(), *_widths()),
        asked,
        (L >= FEWEST, L * tau**2 <= 1, delta < 1),
    )


CONVERGENCE = _theorem()
"""Gradient descent on a ReLU network at τ ≤ 1/√L: a step and a number of steps that do not see the depth."""


def formula(name: str) -> Expr:
    """The formula of a constant of the proof."""
    found = CONVERGENCE.named(name).formula
    assert found is not None
    return found
