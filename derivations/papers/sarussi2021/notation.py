"""The letters of Sarussi, Brutzkus and Globerson (2021): two clusters of units, leaky ReLU, margins and steps."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Function, Interval, MatrixSymbol, Symbol

from derivations.quantities.families import Family
from derivations.vectors import elementwise, inner, ones, vector

k = Symbol("k", integer=True, positive=True)
"""Units of each sign."""
d = Symbol("d", integer=True, positive=True)
"""Dimension of an input."""
n = Symbol("n", integer=True, positive=True)
"""Number of points."""
a = Symbol("a", positive=True)
"""The slope of leaky ReLU for negative arguments."""
leaky = {a: Interval.Lopen(0, 1)}
"""Slopes in (0, 1]."""
v, eta = Symbol("v", positive=True), Symbol("eta", positive=True)
"""Output weight of the first cluster, −v that of the second; the step."""
R, gamma = Symbol("R", positive=True), Symbol("gamma", positive=True)
"""No input is longer than R, and y⟨w*, x⟩ ≥ γ for a unit vector w*."""
r = Symbol("r", positive=True)
"""The largest distance of a unit from the mean of its cluster."""
s = Symbol("s", real=True)
"""The mean of the 2k slopes at one input."""
slopes = (a <= s, s <= 1)
"""Slopes are a or 1, their means between."""

W, U = MatrixSymbol("W", k, d), MatrixSymbol("U", k, d)
"""The units w_1, …, w_k and u_1, …, u_k as rows."""
x = vector("x", d)
"""An input."""
one = ones(k)


def act(z: Any) -> Any:
    """σ(z) = max(z, az), written as (1 + a)/2·z + (1 − a)/2·|z|."""
    return (1 + a) / 2 * z + (1 - a) / 2 * Abs(z)


def total(z: Any) -> Any:
    """Σ_i σ(z_i) of a column."""
    return inner(one, elementwise(act, z))


NETWORK = v * (total(W * x) - total(U * x))
"""N(x) = v Σ_i σ(⟨w_i, x⟩) − v Σ_i σ(⟨u_i, x⟩)."""

p = Symbol("p", integer=True, positive=True)
"""Number of weights, 2kd."""
t, T = Symbol("t", integer=True, nonnegative=True), Symbol("T", integer=True, positive=True)
"""A number of steps."""
V, g, teacher = Family("V", p), Family("g", p), vector("V*", p)
"""All weights after t steps, y∇N of the point of step t, and (w*, …, w*, −w*, …, −w*), of length √(2k)."""
mean = Function("s", real=True)
"""s(t), the mean slope at the point of step t."""
A, G = Function("A", real=True), Function("G", real=True)
"""Sums over the steps."""


def first(sums: Any, count: Any) -> Any:
    """A sum over the first steps or units, where sums(i + 1) − sums(i) is what the next one adds."""
    return sums(count) - sums(0)
