"""Gram matrices of very wide random networks, by conditional simulation: exact in law, no weight matrix is drawn.

W^(h) is fresh in every layer and met by n vectors alone, so that given X = x^(h−1) the rows of (W^(h)X)ᵀ are
independent N(0, XᵀX): an (n, m) Gaussian matrix a layer instead of an (m, m) one.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from derivations.activations import X
from numerics.functions import scalar_function
from numerics.models.du2018 import torch_activation
from numerics.recursion import network


def last_grams(
    x: Tensor,
    activation: Any,
    depth: int,
    width: int,
    networks: int,
    generator: torch.Generator,
    c_res: float | None = None,
) -> Tensor:
    """G^(H)(0) of independent networks at initialisation, shape (networks, n, n), for inputs x of shape (n, d).

    Fully connected networks of du2018 without `c_res`, its residual networks with it. Takes memory for three
    (networks, n, width) arrays. Raises ValueError for a depth, width or number of networks below 1 and for an
    activation without a SymPy expression. Source: Du et al. (2019), Section 3 and Appendix B.
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
        made = sigma(_gaussians(inner, width, generator))
        features = scale * made if c_res is None or features is None else features.add_(made, alpha=step)
        inner = features @ features.mT
    signal = slope(_gaussians(inner, width, generator))
    signal *= torch.randn(networks, 1, width, generator=generator, dtype=x.dtype, device=x.device)
    # with one layer it is the first, whose scale is √(c_σ/m) in both architectures
    last = scale if depth == 1 else step
    grams: Tensor = last**2 * inner * (signal @ signal.mT)
    return grams


def _gaussians(covariance: Tensor, width: int, generator: torch.Generator) -> Tensor:
    """Columns independent N(0, covariance), shape (networks, n, width); any semidefinite covariance."""
    values, vectors = torch.linalg.eigh(covariance)
    root = vectors * values.clamp_min(0).sqrt()[:, None, :]
    networks, n, _ = covariance.shape
    draw = torch.randn(networks, n, width, generator=generator, dtype=covariance.dtype, device=covariance.device)
    drawn: Tensor = root @ draw
    return drawn
