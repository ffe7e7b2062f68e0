"""Infinite-width Gram matrices of du2018, Definitions 5.1 (fully connected) and 6.1 (residual)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from derivations.arguments import InputError, optional, real, taking, whole
from numerics.arguments import MOST_LAYERS, inputs
from numerics.infinite.angles import near_angles, unsure_angle
from numerics.infinite.dual import EPS
from numerics.infinite.equal_norms import equal_norm_map
from numerics.infinite.recursion import LayerMoments, Network, checked_inputs, network, through
from numerics.infinite.series.mehler import correlation, host
from numerics.machine.memory import require

EQUAL_NORMS = 1e-14
"""Relative spread of the squared norms below which they count as equal."""
FEW = 150
"""Up to this number of inputs, all pairs cost less than the map, if every value is a quadrature."""
VERY_FEW = 20
"""Up to this number of inputs, there are fewer pairs than the map has points."""


@dataclass(frozen=True)
class GramMatrix:
    """The infinite-width Gram matrices of the last two layers, with a bound of their error.

    Attributes:
        last: K^(H), the Gram matrix of the last hidden layer, of shape (n, n); NumPy or torch, as the inputs were.
        features: K^(H−1), the covariance of the features before it, of shape (n, n).
        means: b^(H−1), the means of these features, of shape (n,); zeros for a fully connected network.
        error: A bound on the absolute error of every entry of the three arrays. It covers the truncation of
            every layer and rounding, propagated through the layers that follow.
    """

    last: Any
    features: Any
    means: Any
    error: float


@taking(InputError, x=inputs, depth=whole(1, MOST_LAYERS), c_sigma=optional(real(above=0)))
def fully_connected(x: Any, activation: Any, depth: int, *, c_sigma: float | None = None) -> GramMatrix:
    """Compute the infinite-width Gram matrix K^(H) of a fully connected network.

    Args:
        x: Inputs of shape (n, d), n ≥ 1, NumPy or torch, of any norms. For a zero input, σ(0) decides the rows.
        activation: The name of an activation, a SymPy expression in one symbol, or a Python function of arrays.
        depth: The number of hidden layers H ≥ 1.
        c_sigma: The factor before each expectation, positive; by default 1 / E[σ(z)²] with z ~ N(0, 1).

    Returns:
        A `GramMatrix` with K^(H), K^(H−1) and a bound on their error.

    Raises:
        InputError: The inputs contain NaN, or there are none, or the depth is less than 1.
        ActivationError: The activation is unknown, or has no second moment.
        TooLarge: The matrix does not fit into memory.

    Source:
        Du, Lee, Li, Wang and Zhai 2019 (arXiv:1811.03804), Definition 5.1.

    Example:
        >>> import numpy as np
        >>> from numerics.kernels import fully_connected
        >>> K = fully_connected(np.eye(2), "relu", depth=1)
        >>> K.last.round(12).tolist()  # of orthogonal unit inputs
        [[1.0, 0.0], [0.0, 1.0]]
    """
    return _gram(x, network(activation, depth, None, c_sigma))


@taking(InputError, x=inputs, depth=whole(1, MOST_LAYERS), c_res=real(above=0), c_sigma=optional(real(above=0)))
def residual(x: Any, activation: Any, depth: int, *, c_res: float = 0.5, c_sigma: float | None = None) -> GramMatrix:
    """Compute the infinite-width Gram matrix K^(H) of a residual network.

    Args:
        x: Inputs of shape (n, d), n ≥ 1, NumPy or torch, of any norms.
        activation: The name of an activation, a SymPy expression in one symbol, or a Python function of arrays.
        depth: The number of hidden layers H ≥ 1; with H = 1 there is no residual layer.
        c_res: The scale of the residual branches, positive; each branch is multiplied by c_res / H.
        c_sigma: The factor before the first expectation, positive; by default 1 / E[σ(z)²] with z ~ N(0, 1).

    Returns:
        A `GramMatrix` with K^(H), K^(H−1), b^(H−1) and a bound on their error.

    Raises:
        InputError: The inputs contain NaN, or there are none, or the depth is less than 1.
        ActivationError: The activation is unknown, or has no second moment.
        TooLarge: The matrix does not fit into memory.

    Source:
        Du, Lee, Li, Wang and Zhai 2019 (arXiv:1811.03804), Definition 6.1.

    Example:
        >>> import numpy as np
        >>> from numerics.kernels import residual
        >>> K = residual(np.eye(3), "softplus", depth=5)
        >>> K.last.shape, K.error < 1e-12
        ((3, 3), True)
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
    rho[index, index] = 0.0  # so that the curve near 1 is evaluated only for nearly parallel inputs
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
