"""The letters of Kawaguchi and Huang (2019): data, widths, the last features Φ, the residual and the step."""

from __future__ import annotations

from typing import Any

from sympy import Function, MatrixSymbol, Symbol, Transpose, exp, log

from derivations.spectra import lambda_max, lambda_min
from derivations.vectors import norm_squared, ones, vector

n = Symbol("n", integer=True, positive=True)
"""Number of inputs."""
d = Symbol("d", integer=True, positive=True)
"""Dimension of an input."""
d_y = Symbol("d_y", integer=True, positive=True)
"""Number of outputs."""
H = Symbol("H", integer=True, positive=True)
"""Number of hidden layers."""
p = Symbol("p", integer=True, positive=True)
"""p = d_H + 1, the number of columns of Φ."""
q = Symbol("q", integer=True, positive=True)
"""Number of hidden parameters."""

Phi = MatrixSymbol("Phi", n, p)
"""Φ(w) = [h^(H)(x_i), 1]_i, the last features with a column of ones."""
J = MatrixSymbol("J", n, q)
"""The Jacobian of the outputs in the hidden parameters w."""
v = vector("v", p)
"""Output weights and the output bias."""
v_end = vector("v_T", p)
"""The same after T steps."""
y, r = vector("y", n), vector("r", n)
"""Labels, and the residual r = Φv − y."""
eta = Symbol("eta", positive=True)
"""The step."""
varsigma = Symbol("varsigma", positive=True)
"""ς, the sharpness of the softplus σ_ς."""
z = Symbol("z", real=True)
"""A pre-activation."""
f = Function("f", real=True)
"""The loss as a function of the output weights."""
infimum = Symbol("f*", real=True)
"""Its infimum."""
L = Symbol("L", positive=True)
"""The Lipschitz constant of its gradient, σ_max(Φ)²/n for the square loss."""
mu = Symbol("mu", positive=True)
"""Its Polyak–Łojasiewicz constant, σ_min(Φ)²/n for the square loss."""
T = Symbol("T", integer=True, nonnegative=True)
"""A number of steps."""

GRAM = Phi * Transpose(Phi)
"""ΦΦᵀ, whose least eigenvalue is σ_min(Φ)²."""
LEAST, LARGEST = lambda_min(GRAM), lambda_max(GRAM)
one = ones(n)


def square_loss(residual: Any) -> Any:
    """(1/2n)‖r‖²."""
    return norm_squared(residual) / (2 * n)


def soft(x: Any) -> Any:
    """σ_ς(x) = ln(1 + e^{ςx})/ς."""
    return log(1 + exp(varsigma * x)) / varsigma
