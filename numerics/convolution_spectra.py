"""Convolution as a linear map: exact singular values by Fourier transform, extreme ones without the matrix."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from derivations.arguments import ArgumentError, first_line, one_of, seed, taking, whole
from numerics.arguments import array, convolution, shape
from numerics.machine.memory import require
from numerics.networks.operators import ProductOperator
from numerics.networks.spectra_of_products import NotConverged, extreme_singular_values_of
from numerics.networks.unchanged import unchanged

Array = NDArray[np.float64]
Convolution = nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d


@taking(ArgumentError, kernel=array(), shape=shape)
def circular_singular_values(kernel: Any, shape: tuple[int, ...]) -> Array:
    """All singular values of the circularly padded convolution with kernel (out, in, k…) on images of `shape`.

    In decreasing order, min(out, in) of them for every frequency (Sedghi, Gupta and Long 2019); a kernel larger
    than the image wraps around it. Raises ValueError where kernel and shape have different dimensions.
    """
    k = kernel
    if k.ndim != 2 + len(shape):
        raise ArgumentError(f"a kernel of shape {k.shape} does not act on images of shape {shape}")
    if not np.isfinite(k).all():
        raise ArgumentError("the kernel contains NaN or infinity")
    if any(n < 1 for n in (*k.shape, *shape)):
        raise ArgumentError(f"a kernel of shape {k.shape} or images of shape {shape} are empty")
    require(48.0 * prod(k.shape[:2]) * prod(shape), f"the spectrum on images of shape {shape}", "take smaller images")
    wrapped = np.zeros((*k.shape[:2], *shape))
    for at in np.ndindex(*k.shape[2:]):
        wrapped[(..., *(i % n for i, n in zip(at, shape, strict=True)))] += k[(..., *at)]
    axes = tuple(range(2, k.ndim))
    blocks = np.moveaxis(np.fft.fftn(wrapped, axes=axes), (0, 1), (-2, -1))
    values = np.linalg.svd(blocks.reshape(-1, *k.shape[:2]), compute_uv=False)
    return np.sort(values.ravel())[::-1]


@taking(ArgumentError, convolution=convolution, shape=shape)
def dense(convolution: Convolution, shape: tuple[int, ...]) -> Array:
    """The matrix of a convolution without its bias on images of `shape`: outputs by inputs."""
    inputs = convolution.in_channels * int(np.prod(shape))
    weight = convolution.weight
    require(32.0 * inputs**2, f"the matrix on images of shape {shape}", "take extreme_singular_values")
    unit = torch.eye(inputs, dtype=weight.dtype, device=weight.device).reshape(inputs, convolution.in_channels, *shape)
    with torch.no_grad(), _acting(shape):
        return np.asarray(_apply(convolution, unit).flatten(1).T.cpu().numpy(), dtype=float)


@taking(
    ArgumentError, convolution=convolution, shape=shape, count=whole(1), which=one_of("largest", "smallest"), seed=seed
)
def extreme_singular_values(
    convolution: Convolution,
    shape: tuple[int, ...],
    count: int,
    which: Literal["largest", "smallest"] = "largest",
    seed: int = 0,
) -> Array:
    """The `count` extreme singular values, in decreasing order, from products with vectors alone.

    Any padding, stride, dilation and groups, transposed ones too, a normalised weight as it stands; the smallest come
    through the Gram matrix and so to half the digits. Raises ValueError for anything but a convolution, a count out of
    range, a kernel that is not finite, images that it does not act on.
    """
    if len(shape) != len(convolution.kernel_size):
        raise ArgumentError(
            f"the convolution does not act on images of shape {shape}: give {len(convolution.kernel_size)} sizes"
        )
    with unchanged(convolution):
        return _extremes(convolution, shape, count, which, seed)


def _extremes(convolution: Convolution, shape: tuple[int, ...], count: int, which: Any, seed: int) -> Array:
    weight = convolution.weight.detach()
    if not torch.isfinite(weight).all():
        raise ArgumentError("the kernel contains NaN or infinity")
    inputs = convolution.in_channels * int(np.prod(shape))
    require(64.0 * inputs, f"images of shape {shape}", "take smaller images")
    example = torch.zeros(1, convolution.in_channels, *shape, dtype=weight.dtype, device=weight.device)
    with torch.enable_grad(), _acting(shape):
        out, pull = torch.func.vjp(lambda image: _apply(convolution, image), example)[:2]
    rows = out.numel()

    def forward(image: Tensor) -> Tensor:
        with torch.no_grad():
            return _apply(convolution, image)

    if not 1 <= count <= min(rows, inputs):
        raise ArgumentError(f"{count} singular values of a map with {min(rows, inputs)}: give 1 … {min(rows, inputs)}")
    A = ProductOperator(forward, lambda u: pull(u)[0], example.shape, out.shape, weight)
    try:
        return extreme_singular_values_of(A.to_scipy(), count, which, seed)
    except NotConverged as error:
        raise ArgumentError(str(error)) from None


@contextmanager
def _acting(shape: tuple[int, ...]) -> Iterator[None]:
    """Torch's words where a convolution does not act on images of a shape."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise ArgumentError(f"the convolution does not act on images of shape {shape}: {first_line(error)}") from None


def _apply(convolution: Convolution, image: Tensor) -> Tensor:
    # the map itself: subtracting the bias afterwards would leave its rounding
    weight = convolution.weight.detach()
    if isinstance(convolution, nn.Conv1d | nn.Conv2d | nn.Conv3d):
        out: Tensor = convolution._conv_forward(image, weight, None)
        return out
    act: Any = (nn.functional.conv_transpose1d, nn.functional.conv_transpose2d, nn.functional.conv_transpose3d)
    given = (convolution.stride, convolution.padding, convolution.output_padding, convolution.groups)
    return act[image.ndim - 3](image, weight, None, *given, convolution.dilation)  # type: ignore[no-any-return]
