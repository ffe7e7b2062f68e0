"""The letters of Kawaguchi and Sun (2021): the last features M, output weights, losses and the noise."""

from __future__ import annotations

from sympy import Function, MatrixSymbol, Symbol, Transpose

from derivations.vectors import vector

n = Symbol("n", integer=True, positive=True)
"""Number of inputs."""
m = Symbol("m", integer=True, positive=True)
"""m_H + 1, the number of columns of M."""
d = Symbol("d", integer=True, nonnegative=True)
"""Dimension of an input."""
k = Symbol("k", integer=True, nonnegative=True)
"""The order of derivatives, and the exponent of the noise."""

M = MatrixSymbol("M", n, m)
"""M(w) = [h^(H)_X(w), 𝟏], the last features with a column of ones."""
GRAM = Transpose(M) * M
v, u, v_star = vector("v", m), vector("u", m), vector("v*", m)
"""Output weights with the bias, any others, and those that interpolate."""
e = vector("e", m)
"""v − v*."""
row = vector("g", m)
"""A row of M as a column."""
h = vector("h", n)
"""A feature on the n inputs."""
f = Function("f", real=True)
"""The loss as a function of the output weights."""
eta, L = Symbol("eta", positive=True), Symbol("L", positive=True)
"""The step, and the Lipschitz constant of ∇f."""
