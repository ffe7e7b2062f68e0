"""The letters of Yin et al. (2019): patches, teacher, student, the angle θ, and the matrix A."""

from __future__ import annotations

from typing import Any

from sympy import Identity, Interval, MatrixSymbol, Range, Rational, S, Symbol, erf, exp, oo, pi, sqrt

from derivations.domains import Angle, UnitVectors
from derivations.gaussian import step
from derivations.vectors import all_ones, elementwise, inner, norm_squared, ones, vector

m = Symbol("m", integer=True, positive=True)
"""Number of patches, the length of v."""
n = Symbol("n", integer=True, positive=True)
"""Length of a patch and of w."""

Z = MatrixSymbol("Z", m, n)
"""The patches Z_j ~ N(0, I_n), j = 1..m, as rows."""
v, v_star = vector("v", m), vector("v*", m)
"""Output weights of student and teacher."""
w, w_star = vector("w", n), vector("w*", n)
"""Directions of the filters of student and teacher, both of norm one: the student's filter is ρw."""
b = vector("b", n)
"""Any direction, along which gradients in the filter are read."""
rho = Symbol("rho", positive=True)
"""ρ, the norm of the student's filter."""
theta = Symbol("theta", real=True)
"""The angle θ = ∠(w, w*)."""
eta = Symbol("eta", positive=True)
"""The step size."""

one = ones(m)
A = Identity(m) + all_ones(m)
"""A = I + 𝟏𝟏ᵀ, four times the Hessian of the loss in v."""
c = 1 - 2 * theta / pi
"""c = 1 − 2θ/π, in [−1, 1]."""

s, s_student = inner(one, v_star), inner(one, v)
"""𝟏ᵀv* and 𝟏ᵀv."""
q = norm_squared(v_star)
"""‖v*‖²."""
D = inner(v, v_star)
"""vᵀv*."""

output = inner(v, elementwise(step, Z * w))
"""y = vᵀσ(Zw) with σ = 1{x > 0}, which the norm ρ of the filter does not change."""
target = inner(v_star, elementwise(step, Z * w_star))
"""y* = v*ᵀσ(Zw*)."""

filters = {w: UnitVectors(), w_star: UnitVectors(), theta: Angle(w, w_star)}
"""Both directions on the unit sphere, θ between them."""
half_turn = {theta: (S.Zero, pi)}
"""θ as a number in [0, π]."""
inside = {theta: Interval.open(0, pi)}
"""θ in (0, π), where the loss is differentiable in the filter."""
plane_or_more = {n: Range(2, oo)}
"""Patches of length two or more: on the line the angle is 0 or π and has no derivative."""


def density(x: Any) -> Any:
    """φ(x), the standard normal density."""
    return exp(-(x**2) / 2) / sqrt(2 * pi)


def distribution(x: Any) -> Any:
    """Φ(x), the standard normal distribution function."""
    return (1 + erf(x / sqrt(2))) * Rational(1, 2)
