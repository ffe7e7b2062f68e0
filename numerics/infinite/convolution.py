"""The convolutional residual network of Definition 7.1 at infinite width, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derivations.arguments import InputError
from numerics.infinite.dual import EPS
from numerics.infinite.patches import Patches
from numerics.infinite.recursion import (
    LayerMoments,
    Network,
    checked_inputs,
    first_layer,
    last_layer,
    network,
    residual_layer,
)
from numerics.machine.memory import require


@dataclass(frozen=True)
class PixelGram:
    """K^(H) of Definition 7.1 as `last` (n, n), and the pixel covariances ⟨x_l, x′_l⟩ of layer H−1 (p, n, n)."""

    last: Any
    features: Any
    error: float


def convolutional(
    images: Any,
    activation: Any,
    depth: int,
    size: tuple[int, ...] = (3,),
    *,
    c_res: float = 0.5,
    c_sigma: float | None = None,
) -> PixelGram:
    """K^(H) of Definition 7.1 on images (n, channels, *shape) with patches of the given size, zero padding.

    The output f = ⟨a, x^(H)⟩ has independent weights for each pixel, so that only pairs of equal pixels
    enter; their patches are cut alike by the padding, and the trace pairs pixels of equal offset.
    Raises as `fully_connected` does, and ValueError for patches that do not fit.
    """
    net = network(activation, depth, c_res, c_sigma)
    images = images if hasattr(images, "new_tensor") else np.asarray(images, dtype=float)
    if images.ndim != 2 + len(size):
        raise InputError(f"images of shape {tuple(images.shape)} for patches {size}: (n, channels, *pixels) is needed")
    n = len(images)
    patches = Patches(tuple(images.shape[2:]), size)
    require(8.0 * n * n * patches.pixels * 4, f"{patches.pixels} pixels of {n} images", "take fewer or smaller images")
    flat = checked_inputs(images.reshape(n, -1)).reshape(n, images.shape[1], -1)
    table = patches.neighbours
    pixels = [flat[:, :, pixel] for pixel in range(patches.pixels)]
    start = (images.shape[1] + 8) / 2 * EPS
    layers = [LayerMoments(x @ x.T, (q, q), (q * 0, q * 0), start, start) for x in pixels for q in [(x * x).sum(-1)]]
    for h in range(1, depth):
        layers = [_convolve(layers, table, pixel, net, first=h == 1) for pixel in range(patches.pixels)]
    ends = [last_layer(_patch(layers, table, pixel), net) for pixel in range(patches.pixels)]
    total = sum((e.c for e in ends[1:]), ends[0].c)
    stack = np.stack if isinstance(total, np.ndarray) else _torch_stack
    features = max(max(float(np.max(x.error)), x.drift) * float(x.q[0].max()) for x in layers)
    return PixelGram(total, stack([x.c for x in layers]), max(sum(float(np.max(e.error)) for e in ends), features))


def _torch_stack(parts: list[Any]) -> Any:
    import torch

    return torch.stack(parts)


def _patch(layers: list[LayerMoments], table: NDArray[np.int64], pixel: int) -> LayerMoments:
    """Covariances of the patches about a pixel: the sum over equal offsets of those of their pixels."""
    inside = [layers[s] for s in table[pixel] if s >= 0]
    c = sum((x.c for x in inside[1:]), inside[0].c)
    q = sum((x.q[0] for x in inside[1:]), inside[0].q[0])
    # relative to √(Σq·Σq′) the errors of a sum are at most the largest of them, by Cauchy–Schwarz
    error, drift = (max(float(np.max(getattr(x, name))) for x in inside) for name in ("error", "drift"))
    return LayerMoments(c, (q, q), layers[pixel].b, error, drift)


def _convolve(
    layers: list[LayerMoments], table: NDArray[np.int64], pixel: int, net: Network, first: bool
) -> LayerMoments:
    """One layer at a pixel: σ of the patch, with the shortcut of the pixel itself unless it is the first."""
    patch = _patch(layers, table, pixel)
    if first:
        return first_layer(patch, net)
    return residual_layer(layers[pixel], net, patch)
