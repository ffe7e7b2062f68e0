"""Gram matrices of very wide random networks, by conditional simulation: exact in law, no weight matrix is drawn.

W^(h) is fresh in every layer and met by n vectors alone, so that given X = x^(h−1) the rows of (W^(h)X)ᵀ are
independent N(0, XᵀX): an (n, m) Gaussian matrix a layer instead of an (m, m) one.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from derivations.activations import X
from numerics.infinite.recursion import network
from numerics.machine.draws import Draws, normals
from numerics.machine.precision import (
    FLOAT64,
    FUNCTION,
    Precision,
    Trace,
    noted,
    own_products,
    symmetric_root,
    tensor_cores,
)
from numerics.models.du2018 import torch_activation
from numerics.values.functions import scalar_function


def last_grams(
    x: Tensor,
    activation: Any,
    depth: int,
    width: int,
    networks: int,
    generator: Draws,
    c_res: float | None = None,
    precision: Precision = FLOAT64,
    trace: Trace | None = None,
) -> Tensor:
    """G^(H)(0) of independent networks at initialisation, shape (networks, n, n), for inputs x of shape (n, d).

    Fully connected networks of du2018 without `c_res`, its residual networks with it. Takes memory for three
    (networks, n, width) arrays, which are of the given precision; all that is (n, n) is float64. With a `trace` all
    is, from the draws of the given precision, and what would be rounded is noted. Raises ValueError for a depth, width
    or number of networks below 1 and for an activation without a SymPy expression.
    Source: Du et al. (2019), Section 3 and Appendix B.
    """
    if min(depth, width, networks) < 1:
        raise ValueError(f"depth, width and networks must be at least 1, not {depth}, {width}, {networks}")
    expr = scalar_function(activation).expr
    if expr is None:
        raise ValueError(f"{activation} has no SymPy expression, which its derivative is taken from")
    sigma, slope = torch_activation(expr), torch_activation(expr.diff(X))
    scale = (network(activation, depth).c_sigma / width) ** 0.5
    step = scale if c_res is None else c_res / (depth * width**0.5)
    inner = (x @ x.T).expand(networks, len(x), len(x))
    features: Tensor | None = None
    for _ in range(1, depth):
        made = sigma(_gaussians(inner, width, generator, precision, trace))
        made = noted(trace, made, made.abs, FUNCTION)
        factor = scale if c_res is None or features is None else step
        if trace is not None:  # the number itself is rounded too
            weight = torch.tensor(factor, dtype=x.dtype, device=x.device)
            added = noted(trace, weight, weight.abs, 1) * made
            made = added if c_res is None or features is None else features + added
            features = noted(trace, made, made.abs, 2)
        elif c_res is None or features is None:
            features = factor * made
        else:
            features = features.add_(made, alpha=factor)
        inner = own_products(features, precision, trace)
    signal = slope(_gaussians(inner, width, generator, precision, trace))
    signal = signal * normals((networks, 1, width), generator, precision.dtype).to(signal.dtype)
    signal = noted(trace, signal, signal.abs, FUNCTION + 1)
    # with one layer it is the first, whose scale is √(c_σ/m) in both architectures
    last = scale if depth == 1 else step
    grams: Tensor = last**2 * inner * own_products(signal, precision, trace)
    return grams


def _gaussians(covariance: Tensor, width: int, generator: Draws, precision: Precision, trace: Trace | None) -> Tensor:
    """Columns independent N(0, covariance), shape (networks, n, width); any semidefinite covariance."""
    networks, n, _ = covariance.shape
    dtype = precision.dtype if trace is None else covariance.dtype
    root = symmetric_root(covariance).to(dtype)
    root = noted(trace, root, root.abs, 1)
    draw = normals((networks, n, width), generator, precision.dtype).to(dtype)
    with tensor_cores(precision):
        drawn: Tensor = root @ draw
    return noted(trace, drawn, lambda: root.detach().abs() @ draw.abs(), 2, n)
