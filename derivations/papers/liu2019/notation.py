"""The letters of Liu et al. (2019): sizes, patches, teacher, student, angle, and the function g."""

from __future__ import annotations

from typing import Any

from sympy import Identity, MatrixSymbol, Range, S, Symbol, cos, oo, pi, sin

from derivations.domains import Angle, UnitVectors
from derivations.vectors import all_ones, inner, norm_squared, ones, vector

k = Symbol("k", integer=True, positive=True)
"""Number of patches, the length of a."""
p = Symbol("p", integer=True, positive=True)
"""Length of a patch and of v."""

Z = MatrixSymbol("Z", k, p)
"""The patches Z_j ~ N(0, I_p), j = 1..k, as rows."""
a, a_star = vector("a", k), vector("a*", k)
"""Output weights of student and teacher."""
v, v_star = vector("v", p), vector("v*", p)
"""Filters of student and teacher, both of norm one."""
w = vector("w", p)
"""The student's residual filter: v = (𝟏/√p + w)/‖𝟏/√p + w‖."""
phi = Symbol("phi", real=True)
"""The angle ∠(v, v*)."""
eta = Symbol("eta", positive=True)
"""The step size."""

one = ones(k)
J, eye = all_ones(k), Identity(k)
M = J + (pi - 1) * eye
"""2π times the Hessian of the loss in a."""

g = (pi - phi) * cos(phi) + sin(phi)
"""g(φ) = (π − φ) cos φ + sin φ, 2π times the kernel E σ(z·v)σ(z·v*)."""

s, s_star = inner(one, a), inner(one, a_star)
"""𝟏ᵀa and 𝟏ᵀa*."""
aligned = inner(a, a_star)
"""aᵀa*."""
n_star = norm_squared(a_star)
"""‖a*‖²."""
delta = a - a_star
distance = norm_squared(v - v_star)
"""‖v − v*‖², which is ‖w − w*‖² since v = 𝟏/√p + w on the sphere."""

filters = {v: UnitVectors(), v_star: UnitVectors(), phi: Angle(v, v_star)}
"""Both filters on the unit sphere, φ between them."""
half_turn = {phi: (S.Zero, pi)}
"""φ as a number in [0, π]."""
plane_or_more = {p: Range(2, oo)}
"""Patches of length two or more: on the line the angle is 0 or π and has no derivative."""


def at_angle(expr: Any, angle: Any) -> Any:
    """An expression in φ at another angle."""
    return expr.subs(phi, angle)
