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
    """Compute all singular values of a convolution with circular padding.

    A kernel that is larger than the image wraps around it.

    Args:
        kernel: The kernel, of shape (out, in, k…), with one length k for each axis of the image.
        shape: The lengths of the axes of the image, without channels.

    Returns:
        The singular values in decreasing order: min(out, in) of them for every frequency.

    Raises:
        ArgumentError: Kernel and image have different dimensions, or the kernel is not finite.
        TooLarge: The spectrum does not fit into memory.

    Source:
        Sedghi, Gupta and Long 2019, "The singular values of convolutional layers".

    Example:
        >>> import numpy as np
        >>> from numerics.convolution_spectra import circular_singular_values
        >>> kernel = np.array([[[1.0, 1.0]]])  # x_i + x_{i+1}
        >>> circular_singular_values(kernel, (4,)).round(6).tolist()
        [2.0, 1.414214, 1.414214, 0.0]
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
    """Compute the matrix of a convolution, without its bias.

    Args:
        convolution: A convolution layer of torch, transposed or not.
        shape: The lengths of the axes of the image, without channels.

    Returns:
        The matrix, of shape (outputs, inputs), for flattened images.

    Raises:
        ArgumentError: The convolution does not act on images of this shape.
        TooLarge: The matrix does not fit into memory; `extreme_singular_values` does not need it.

    Example:
        >>> import torch
        >>> from numerics.convolution_spectra import dense
        >>> layer = torch.nn.Conv1d(1, 1, 2)
        >>> _ = torch.nn.init.ones_(layer.weight)
        >>> dense(layer, (3,)).tolist()
        [[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]
    """
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
    """Compute the largest or smallest singular values of a convolution from products with vectors.

    Any padding, stride, dilation and number of groups is allowed, and transposed convolutions too. A normalised weight
    is taken as it is. The smallest singular values come from the Gram matrix and have half the digits.

    Args:
        convolution: A convolution layer of torch, transposed or not.
        shape: The lengths of the axes of the image, without channels.
        count: The number of singular values, at least 1.
        which: "largest" or "smallest".
        seed: The seed of the starting vector.

    Returns:
        The singular values in decreasing order.

    Raises:
        ArgumentError: The layer is not a convolution, the count is out of range, the kernel is not finite, or the
            convolution does not act on images of this shape.

    Example:
        >>> import torch
        >>> from numerics.convolution_spectra import extreme_singular_values
        >>> layer = torch.nn.Conv1d(1, 1, 2, bias=False, dtype=torch.float64)
        >>> _ = torch.nn.init.ones_(layer.weight)
        >>> extreme_singular_values(layer, (3,), 1).round(6).tolist()  # √3
        [1.732051]
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
        least = min(rows, inputs)
        raise ArgumentError(f"the map has {least} singular values, not {count}: ask for 1 … {least}")
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
