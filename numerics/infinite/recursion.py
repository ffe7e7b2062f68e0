"""The recursions of du2018 layer by layer: covariances of pairs of inputs, their variances and means, and an error."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivations.arguments import InputError
from numerics.infinite.dual import TINY, Dual
from numerics.infinite.propagation import LayerMoments, Network, finite, grown, last_error

__all__ = ["InputError", "LayerMoments", "Network"]


def network(activation: Any, depth: int, c_res: float | None = None, c_sigma: float | None = None) -> Network:
    """A network of du2018; c_σ = 1/E σ(x)² unless given. Raises InputError for an invalid depth or c_res."""
    if depth < 1 or int(depth) != depth:
        raise InputError(f"the depth H = {depth} is not a positive integer")
    if c_res is not None and not 0 < c_res < np.inf:
        raise InputError(f"c_res = {c_res} is not positive")
    if c_sigma is not None and not 0 < c_sigma < np.inf:
        raise InputError(f"c_sigma = {c_sigma} is not positive")
    dual = Dual.of(activation)
    second = float(dual.second_moment(np.ones(1))[0])
    if second == 0:
        raise InputError(f"{dual.f.name} vanishes: c_σ = 1/E σ² does not exist")
    return Network(dual, int(depth), 1 / second if c_sigma is None else c_sigma, c_res)


LARGEST = 1e150
"""Inputs beyond this have no norm in float64."""


def checked_inputs(x: Any) -> Any:
    """A float64 matrix (n, d), NumPy or torch; raises InputError for anything else."""
    if hasattr(x, "new_tensor"):
        if x.is_complex():
            raise InputError(f"inputs are complex ({x.dtype}): real numbers are needed")
        x = x.detach().double()
    else:
        try:
            x = np.asarray(x)
            x = x.astype(float, casting="same_kind" if x.dtype.kind == "c" else "unsafe")
        except (TypeError, ValueError) as error:
            raise InputError(f"inputs are not a matrix of real numbers: {error}") from None
    if x.ndim != 2 or min(x.shape) < 1:
        raise InputError(f"inputs of shape {tuple(x.shape)}: a matrix (n, d) with n ≥ 1 and d ≥ 1 is needed")
    finite = (x * 0 == 0).all(1)
    if not bool(finite.all()):
        raise InputError(f"input {int((~finite).nonzero()[0][0])} has NaN or infinity in it")
    if float(abs(x).max()) > LARGEST:
        raise InputError(f"inputs as large as {float(abs(x).max()):.3g} have no norm in float64: scale them")
    return x


def through(start: LayerMoments, net: Network) -> tuple[LayerMoments, LayerMoments]:
    """The layer before the last, with its c = K^(H−1), and the last, with its c = K^(H)."""
    layer = start
    for h in range(1, net.depth):
        layer = first_layer(layer, net) if h == 1 or net.c_res is None else residual_layer(layer, net)
    return layer, last_layer(layer, net)


def layer_means(layer: LayerMoments, net: Network) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """E σ(u) and E σ(u)² for rows and columns."""
    found = []
    for q in dict.fromkeys(map(id, layer.q)):
        values = next(v for v in layer.q if id(v) == q)
        host = values if isinstance(values, np.ndarray) else values.cpu().numpy()
        # without shortcuts no mean is ever used
        mean = net.dual.mean(host) if net.c_res is not None else np.zeros(len(host))
        pair = mean, net.dual.second_moment(host)
        found.append(pair if isinstance(values, np.ndarray) else tuple(values.new_tensor(p) for p in pair))
    rows, cols = found[0], found[-1]
    return (rows[0], cols[0]), (rows[1], cols[1])


def _pair(rows: Any, cols: Any, same: bool) -> tuple[Any, Any]:
    """(rows, cols), one object if both sides are the same inputs."""
    return (rows, rows) if same else (rows, cols)


def first_layer(layer: LayerMoments, net: Network) -> LayerMoments:
    """K = c_σ E σσ, b = √c_σ E σ: a layer without shortcut."""
    same = layer.q[0] is layer.q[1]
    values, left = net.dual.relative(layer.c, *layer.q)
    (mean_rows, mean_cols), (second_rows, second_cols) = layer_means(layer, net)
    cs = net.c_sigma
    c = with_diagonal(cs * values, cs * second_rows) if same else cs * values
    q = _pair(flushed(cs * second_rows), flushed(cs * second_cols), same)
    b = _pair(cs**0.5 * mean_rows, cs**0.5 * mean_cols, same)
    return grown(layer, LayerMoments(c, q, b), net, left)


def flushed(q: Any) -> Any:
    """Variances so small that they are no longer right to all digits count as 0."""
    return q * (q > TINY)


def residual_layer(layer: LayerMoments, net: Network, patch: LayerMoments | None = None) -> LayerMoments:
    """K + κ(b_i E σ(v) + b_j E σ(u)) + κ² E σσ, b + κ E σ with κ = c_res/H; (u, v) ~ N(0, K), or that of a patch."""
    patch = patch or layer
    same = layer.q[0] is layer.q[1]
    kappa = net.step
    values, left = net.dual.relative(patch.c, *patch.q)
    (mean_rows, mean_cols), (second_rows, second_cols) = layer_means(patch, net)
    b_rows, b_cols = layer.b
    c = layer.c + kappa * (b_rows[:, None] * mean_cols[None, :] + mean_rows[:, None] * b_cols[None, :])
    c = c + kappa**2 * values
    q_rows = layer.q[0] + 2 * kappa * b_rows * mean_rows + kappa**2 * second_rows
    q_cols = layer.q[1] + 2 * kappa * b_cols * mean_cols + kappa**2 * second_cols
    b = _pair(b_rows + kappa * mean_rows, b_cols + kappa * mean_cols, same)
    c = with_diagonal(c, q_rows) if same else c
    return grown(patch, LayerMoments(c, _pair(q_rows, q_cols, same), b), net, left, layer)


def last_layer(layer: LayerMoments, net: Network) -> LayerMoments:
    """K^(H) = s·K^(H−1)·E σ′σ′ with s = c_σ or (c_res/H)²; a net of one layer has no shortcut.

    Its `error` is that of K^(H) itself, not relative to anything.
    """
    scale = net.c_sigma if net.c_res is None or net.depth == 1 else net.step**2
    values, left = net.dual.derivative.relative(layer.c, *layer.q)
    c = scale * layer.c * values
    # on the diagonal both angles are 0 exactly; their rounding would cost half the digits of a σ′ that jumps
    c = with_diagonal(c, own_last(layer.q[0], net)) if layer.q[0] is layer.q[1] else c
    finite(c, net)
    return LayerMoments(c, layer.q, layer.b, last_error(layer, net, left), layer.drift, layer.shift)


def own_last(q: Any, net: Network) -> Any:
    """K^(H)_ii = s·q·E σ′(√q x)²."""
    scale = net.c_sigma if net.c_res is None or net.depth == 1 else net.step**2
    second = net.dual.derivative.second_moment(q if isinstance(q, np.ndarray) else q.cpu().numpy())
    return scale * q * (second if isinstance(q, np.ndarray) else q.new_tensor(second))


def with_diagonal(c: Any, q: Any) -> Any:
    """The variances, known without a series, on the diagonal."""
    index = range(len(q))
    c[index, index] = q
    return c
