"""The letters of the facts."""

from __future__ import annotations

from sympy import Function, MatrixSymbol, Symbol, symbols

from derivations.vectors import vector

k, m, n, r = symbols("k m n r", integer=True, positive=True)
"""Sizes."""
d = Symbol("d", integer=True, nonnegative=True)
"""A number of steps."""
A, B = (MatrixSymbol(name, n, n) for name in "AB")
"""Symmetric matrices."""
P, Q = (MatrixSymbol(name, n, n) for name in "PQ")
"""Positive semidefinite ones."""
M, N, E = (MatrixSymbol(name, m, n) for name in "MNE")
K = MatrixSymbol("K", n, k)
square, other = (MatrixSymbol(name, n, n) for name in "RS")
"""Square matrices of any kind."""
U, V = MatrixSymbol("U", m, r), MatrixSymbol("V", r, n)
W = MatrixSymbol("W", m, n)
"""A random matrix."""
x, y, z, u, v = (vector(name, n) for name in "xyzuv")
w = vector("w", n)
"""A random vector."""
e = vector("e", n)
"""Random signs."""
g, h = Symbol("g", real=True), Symbol("h", real=True)
"""Random numbers."""
X = Symbol("X", real=True)
s = Symbol("s", real=True)
t = Symbol("t", positive=True)
c = Symbol("c", positive=True)
f = Function("f", real=True)
L, mu, eta, ell = (Symbol(name, positive=True) for name in ("L", "mu", "eta", "ell"))
least = Symbol("f*", real=True)
"""The infimum of f."""
