"""Infinite-width Gram matrices of du2018, Definitions 5.1 (fully connected) and 6.1 (residual)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from derivations.arguments import optional, real, taking, whole
from numerics.arguments import MOST_LAYERS, inputs
from numerics.dual import EPS, correlation
from numerics.equal_norms import equal_norm_map
from numerics.memory import require
from numerics.recursion import InputError, Layer, Network, checked_inputs, network, through

EQUAL_NORMS = 1e-14
"""Relative spread of the squared norms below which they count as equal."""
FEW = 150
"""So many inputs cost less by themselves than the map, where every value is a quadrature."""
VERY_FEW = 20
"""So few have fewer pairs than the map has points."""


@dataclass(frozen=True)
class GramMatrix:
    """K^(H) as `last` and K^(H−1) as `features` (n, n), both NumPy or torch; b^(H−1) as `means` (n).

    `error` bounds the error of an entry of any of them: truncation of every layer and rounding, carried on by what
    each layer can make of an error at the correlations that there are.
    """

    last: Any
    features: Any
    means: Any
    error: float


@taking(InputError, x=inputs, depth=whole(1, MOST_LAYERS), c_sigma=optional(real(above=0)))
def fully_connected(x: Any, activation: Any, depth: int, *, c_sigma: float | None = None) -> GramMatrix:
    """K^(H) of Definition 5.1 on inputs x (n, d), NumPy or torch, of any norms.

    Raises InputError for NaN, zero inputs, n < 1 or H < 1, ActivationError, TooLarge.
    """
    return _gram(x, network(activation, depth, None, c_sigma))


@taking(InputError, x=inputs, depth=whole(1, MOST_LAYERS), c_res=real(above=0), c_sigma=optional(real(above=0)))
def residual(x: Any, activation: Any, depth: int, *, c_res: float = 0.5, c_sigma: float | None = None) -> GramMatrix:
    """K^(H) of Definition 6.1 on inputs x (n, d), NumPy or torch, of any norms; H = 1 has no residual layer.

    Raises as `fully_connected` does.
    """
    return _gram(x, network(activation, depth, c_res, c_sigma))


def _gram(x: Any, net: Network) -> GramMatrix:
    x = checked_inputs(x)
    n = len(x)
    require(8.0 * n * n * 5, f"a Gram matrix of {n} inputs", "take fewer inputs, or float64 on a larger machine")
    q = (x * x).sum(-1)
    smallest, largest = float(q.min()), float(q.max())
    if smallest == 0:
        raise InputError(f"input {int(q.argmin())} is zero: it has no angle with the others; leave it out")
    few = not net.dual.closed and n <= (FEW if net.dual.f.kinks else VERY_FEW)
    # an inner product of d numbers is right to (d + 2)/2 roundings of ‖x‖·‖x′‖
    start = (x.shape[1] + 8) / 2 * EPS
    if largest - smallest <= EQUAL_NORMS * largest and not few:
        mean = float(q.mean())
        norm = 1.0 if abs(mean - 1) <= EQUAL_NORMS else mean  # so that the map is found again
        return _equal_norms(x / q[:, None] ** 0.5, norm, net, start + largest / norm - smallest / norm)
    c = x @ x.T
    c = (c + c.T) / 2
    before, after = through(Layer(c, (q, q), (q * 0, q * 0), start, start), net)
    features = max(float(np.max(before.error)), before.drift) * float(before.q[0].max())
    means = before.shift * float(before.q[0].max()) ** 0.5
    return GramMatrix(after.c, before.c, before.b[0], max(float(np.max(after.error)), features, means))


def _equal_norms(unit: Any, q0: float, net: Network, start: float) -> GramMatrix:
    """All pairs through one function of their cosine; the diagonal is its value at 1."""
    rho = unit @ unit.T
    rho = (rho + rho.T) / 2
    one = unit[:, 0] * 0 + 1
    rho = correlation(rho, one, one)
    index = range(len(unit))
    rho[index, index] = 0.0  # so that the curve near 1 is asked for only where inputs are nearly parallel
    curve = equal_norm_map(net, q0, start)
    last, features = curve(rho)
    last[index, index], features[index, index] = curve.at_one
    return GramMatrix(last, features, one * curve.mean, max(curve.own_error, curve.error_at(rho)))
