"""Infinite-width Gram matrices of du2018, Definitions 5.1 (fully connected) and 6.1 (residual)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from derivations.arguments import optional, real, taking, whole
from numerics.arguments import MOST_LAYERS, inputs
from numerics.infinite.angles import near_angles, unsure_angle
from numerics.infinite.dual import EPS
from numerics.infinite.equal_norms import equal_norm_map
from numerics.infinite.recursion import InputError, LayerMoments, Network, checked_inputs, network, through
from numerics.infinite.series.mehler import correlation, host
from numerics.machine.memory import require

EQUAL_NORMS = 1e-14
"""Relative spread of the squared norms below which they count as equal."""
FEW = 150
"""So many inputs cost less by themselves than the map, where every value is a quadrature."""
VERY_FEW = 20
"""So few have fewer pairs than the map has points."""


@dataclass(frozen=True)
class GramMatrix:
    """K^(H) as `last` and K^(H−1) as `features` (n, n), both NumPy or torch; b^(H−1) as `means` (n).

    A fully connected network uses no means: there they are 0.

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

    A zero input is the constant 0: its rows are what σ(0) makes of it.

    Raises InputError for NaN, n < 1 or H < 1, ActivationError, TooLarge.
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
    closed = net.dual.closed and net.dual.derivative.closed
    few = not closed and n <= (FEW if net.dual.f.kinks else VERY_FEW)
    # an inner product of d numbers is right to (d + 2)/2 roundings of ‖x‖·‖x′‖
    start = (x.shape[1] + 8) / 2 * EPS
    same = smallest > 0 and largest - smallest <= EQUAL_NORMS * largest
    if same and not few:
        mean = float(q.mean())
        norm = 1.0 if abs(mean - 1) <= EQUAL_NORMS else mean  # so that the map is found again
        return _equal_norms(x, q, norm, net, start + largest / norm - smallest / norm)
    if net.dual.homogeneous and largest > 0:
        return _equal_norms(x, q, 1.0, net, start, q**0.5)
    c = x @ x.T
    c = (c + c.T) / 2
    before, after = through(LayerMoments(c, (q, q), (q * 0, q * 0), start, start), net)
    top = float(before.q[0].max())
    features = max(float(np.max(before.error)), before.drift) * top
    means = 0.0 if net.c_res is None else before.shift * top**0.5
    return GramMatrix(after.c, before.c, before.b[0], max(float(np.max(after.error)), features, means))


def _equal_norms(x: Any, q: Any, q0: float, net: Network, start: float, norms: Any = None) -> GramMatrix:
    """All pairs through one function of their cosine; the diagonal is its value at 1. `q` are the squared norms.

    With `norms` the kernel of the directions is multiplied by them, which is right for σ with σ(λx) = λσ(x).
    """
    unit = x / (q + (q == 0))[:, None] ** 0.5
    rho = unit @ unit.T
    rho = (rho + rho.T) / 2
    one = unit[:, 0] * 0 + 1
    rho = correlation(rho, one, one)
    index = range(len(unit))
    rho[index, index] = 0.0  # so that the curve near 1 is asked for only where inputs are nearly parallel
    curve = equal_norm_map(net, q0, start)
    last, features = curve(rho)
    last[index, index], features[index, index] = curve.at_one
    unsure = start
    if curve.angular:
        rows, cols, theta = near_angles(unit, rho)
        if len(rows):
            for matrix, values in zip((last, features), curve.at_angles(theta), strict=True):
                matrix[rows, cols] = matrix[cols, rows] = values
        unsure = unsure_angle(unit.shape[1], rho, rows, cols)
    own_error, error = curve.own_error, curve.error_at(rho, unsure)
    if norms is None:
        return GramMatrix(last, features, one * curve.mean, max(own_error, error))
    both = norms[:, None] * norms[None, :]
    last, features = last * both, features * both
    # each norm is rounded, and so is each product
    rounding = 8 * EPS * max(float(abs(last).max()), float(abs(features).max()))
    largest = np.sort(host(norms))[::-1]
    pair = float(largest[0] * largest[min(1, len(largest) - 1)])
    means = 0.0 if net.c_res is None else own_error * float(largest[0])
    total = max(own_error * float(largest[0]) ** 2, error * pair, means) + rounding
    return GramMatrix(last, features, norms * curve.mean, total)
