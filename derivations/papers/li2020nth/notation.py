"""The letters of the neural tangent hierarchy: a two-layer net, a linear net, functions of θ, and the step from K^r."""

from __future__ import annotations

from typing import Any

from sympy import MatrixSymbol, Rational, Symbol, Trace, Transpose, sqrt

from derivations.activations import sigma
from derivations.calculus.differentials import gradient, hessian
from derivations.vectors import elementwise, inner, vector

n = Symbol("n", integer=True, positive=True)
"""Number of inputs."""
m = Symbol("m", integer=True, positive=True)
"""Width."""
d = Symbol("d", integer=True, positive=True)
"""Length of an input."""
N = Symbol("N", integer=True, positive=True)
"""Number of parameters."""
L = Symbol("L", integer=True, positive=True)
"""Depth."""
eta = Symbol("eta", positive=True)
"""The step size."""

a = vector("a", m)
"""Output weights."""
w = vector("w", m)
"""Weights of the linear net with one input x = 1."""
W = MatrixSymbol("W", m, d)
"""Weights of the first of two layers."""
x_a, x_b, x_c = (vector(f"x_{i}", d) for i in "abc")
"""Three inputs."""
X = MatrixSymbol("X", d, n)
"""All inputs, as columns."""
y = vector("y", n)
"""Labels."""

LINEAR = inner(a, w) / sqrt(m)
"""f = m^(−1/2) aᵀw."""
k = (inner(a, a) + inner(w, w)) / m
"""K² of the linear net."""


def two_layers(x: Any) -> Any:
    """f(x) = m^(−1/2) aᵀσ(Wx)."""
    return inner(a, elementwise(sigma, W * x)) / sqrt(m)


def along(field: Any, f: Any, parameters: tuple[Any, ...]) -> Any:
    """⟨∇field, ∇f⟩ in all parameters: the step from K^r to K^{r+1} of the hierarchy."""
    total: Any = 0
    for p in parameters:
        left, right = gradient(field, p), gradient(f, p)
        total += inner(left, right) if p.shape[1] == 1 else Trace(Transpose(left) * right)
    return total


theta = vector("theta", N)
"""All parameters."""


class Jet:
    """f(θ) = bᵀθ + ½θᵀAθ: a function of θ as far as its gradient g and its Hessian H."""

    def __init__(self, name: str) -> None:
        self.b = vector(f"b_{name}", N)
        self.f = inner(self.b, theta) + Rational(1, 2) * inner(theta, MatrixSymbol(f"A_{name}", N, N) * theta)
        self.g = gradient(self.f, theta)
        self.H = hessian(self.f, theta)


f_a, f_b, f_c, f_d = map(Jet, "abcd")


def kernel(*jets: Jet) -> Any:
    """K^r of functions of θ, by its definition."""
    field = jets[0].f
    for jet in jets[1:]:
        field = along(field, jet.f, (theta,))
    return field
