"""The letters of Du et al. (2019), Section 3: sizes, weights, layers of the three architectures."""

from __future__ import annotations

from typing import Any

from sympy import DiagMatrix, Identity, MatAdd, MatMul, MatrixSymbol, Symbol, Transpose, sqrt

from derivations.activations import dsigma, sigma
from derivations.vectors import elementwise, inner, vector

n = Symbol("n", integer=True, positive=True)
"""Number of inputs."""
m = Symbol("m", integer=True, positive=True)
"""Width."""
d = Symbol("d", integer=True, positive=True)
"""Length of an input."""
H = Symbol("H", integer=True, positive=True)
"""Depth."""
c_sigma = Symbol("c_sigma", positive=True)
"""c_σ = 1/E σ(x)²."""
c_res = Symbol("c_res", positive=True)
"""The weight of the residual branch, 0 < c_res < 1 in the paper."""

x, y = vector("x", d), vector("y", d)
"""Two inputs."""
a = vector("a", m)
"""Output weights."""
first = MatrixSymbol("W^(1)", m, d)
"""The first layer's weights."""


def weights(h: int) -> MatrixSymbol:
    """W^(h), h ≥ 2, an m×m matrix; W^(1) is m×d."""
    return first if h == 1 else MatrixSymbol(f"W^({h})", m, m)


scale = sqrt(c_sigma / m)
"""√(c_σ/m), before σ in a layer without shortcut."""
kappa = c_res / (H * sqrt(m))
"""c_res/(H√m), before σ in a layer with shortcut."""


def act(v: Any) -> Any:
    """σ(v), entry by entry."""
    return elementwise(sigma, v)


def J(v: Any) -> Any:
    """J = diag σ′(v)."""
    return DiagMatrix(elementwise(dsigma, v))


def layers_fc(depth: int, start: Any = x) -> list[Any]:
    """x^(0), …, x^(depth) of the fully connected net: x^(h) = √(c_σ/m)·σ(W^(h)x^(h−1))."""
    found = [start]
    for h in range(1, depth + 1):
        found.append(scale * act(weights(h) * found[-1]))
    return found


def layers_res(depth: int, start: Any = x) -> list[Any]:
    """x^(0), …, x^(depth) of the ResNet: x^(h) = x^(h−1) + c_res/(H√m)·σ(W^(h)x^(h−1)) for h ≥ 2."""
    found = [start, scale * act(first * start)]
    for h in range(2, depth + 1):
        found.append(found[-1] + kappa * act(weights(h) * found[-1]))
    return found


def output(layers: list[Any]) -> Any:
    """f = aᵀx^(H)."""
    return inner(a, layers[-1])


def gradient_fc(depth: int, h: int, layers: list[Any] | None = None) -> Any:
    """(c_σ/m)^{(H−h+1)/2} J^(h)W^(h+1)ᵀJ^(h+1)…J^(H)a·x^(h−1)ᵀ for layer h of H = depth."""
    layers = layers or layers_fc(depth)
    factors = [J(weights(h) * layers[h - 1])]
    for later in range(h + 1, depth + 1):
        factors += [Transpose(weights(later)), J(weights(later) * layers[later - 1])]
    return MatMul(scale ** (depth - h + 1), *factors, a, Transpose(layers[h - 1]))


def gradient_res(depth: int, h: int, layers: list[Any] | None = None) -> Any:
    """κJ^(h)·∏_{l>h}(I + κW^(l)ᵀJ^(l))·a·x^(h−1)ᵀ, κ = c_res/(H√m); for h = 1 with √(c_σ/m) in front."""
    layers = layers or layers_res(depth)
    factors = [J(weights(h) * layers[h - 1])]
    for later in range(h + 1, depth + 1):
        branch = MatMul(kappa, Transpose(weights(later)), J(weights(later) * layers[later - 1]))
        factors.append(MatAdd(Identity(m), branch))
    return MatMul(scale if h == 1 else kappa, *factors, a, Transpose(layers[h - 1]))
