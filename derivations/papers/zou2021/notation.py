"""The letters of Zou, Cao, Li and Gu (2021): features and noise, one filter, optimisers."""

from __future__ import annotations

from typing import Any

from sympy import Interval, Symbol, oo

from derivations.domains import UnitVectors
from derivations.gaussian import relu, step
from derivations.vectors import inner, vector

d = Symbol("d", integer=True, positive=True)
"""Dimension of a patch."""
n = Symbol("n", integer=True, positive=True)
"""Number of images."""
q = Symbol("q", integer=True, positive=True)
"""The power of the activation [t]₊^q, 3 or more in the theorems."""
w = vector("w", d)
"""A filter of class j = 1; those of class −1 are its mirror."""
v = vector("v", d)
"""The feature, a unit vector."""
e, e_other = vector("e", d), vector("e'", d)
"""Noise of two images, before its part along the feature is taken off."""
unit = {v: UnitVectors()}
alpha = Symbol("alpha", nonnegative=True)
"""The noise patch is ξ = −αyv + ζ."""
y = Symbol("y", real=True)
"""The label, 1 or −1; derivatives hold for any number."""
g = Symbol("g", positive=True)
"""The loss slope 1/(1 + e^margin)."""
eta, lam = Symbol("eta", positive=True), Symbol("lambda", positive=True)
"""The step, and the weight decay."""
a = Symbol("a", real=True)
"""⟨w, jv⟩, what the filter has of the feature."""
memory, square_memory = Symbol("beta_1", nonnegative=True), Symbol("beta_2", positive=True)
"""β₁ and β₂ of Adam."""
above_two = {q: Interval(3, oo)}


def across(x: Any) -> Any:
    """ζ: a vector without its part along the feature."""
    return x - inner(x, v) * v


def noise_patch(x: Any, label: Any) -> Any:
    """ξ = −αyv + ζ."""
    return across(x) - alpha * label * v


def slope(t: Any, power: Any = q) -> Any:
    """σ′(t) = q[t]₊^(q−1)."""
    return power * relu(t) ** (power - 1) * step(t)
