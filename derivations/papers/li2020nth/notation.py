"""The letters of the neural tangent hierarchy: a two-layer net, a linear net, functions of θ, and the step from K^r."""

from __future__ import annotations

from typing import Any

from sympy import MatrixSymbol, Rational, Symbol, Trace, Transpose, ZeroMatrix, sqrt

from derivations.activations import sigma
from derivations.calculus.differentials import gradient, hessian
from derivations.calculus.substitution import at_point
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


def here(expr: Any) -> Any:
    """What a function of θ is at θ = 0, the point at which jets are taken."""
    return at_point(expr, {theta: ZeroMatrix(N, 1)}).doit()


class Jet:
    """f(θ) = bᵀθ + ½θᵀAθ: a function of θ as far as its gradient g and its Hessian H at one point, here θ = 0."""

    def __init__(self, name: str) -> None:
        self.b, self.A = vector(f"b_{name}", N), MatrixSymbol(f"A_{name}", N, N)
        self.f = inner(self.b, theta) + Rational(1, 2) * inner(theta, self.A * theta)
        self.g = here(gradient(self.f, theta))
        self.H = hessian(self.f, theta)


f_a, f_b, f_c, f_d = map(Jet, "abcd")


def field(*jets: Jet) -> Any:
    """K^r of functions of θ, by its definition, as a function of θ."""
    found = jets[0].f
    for jet in jets[1:]:
        found = along(found, jet.f, (theta,))
    return found


def kernel(*jets: Jet) -> Any:
    """K^r at the point of the jets."""
    return here(field(*jets))
