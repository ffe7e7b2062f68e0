"""Convolution as a linear map: exact singular values by Fourier transform, extreme ones without the matrix."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from numerics.spectra_of_products import NotConverged, extreme_singular_values_of

Array = NDArray[np.float64]
Convolution = nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d


def circular_singular_values(kernel: Any, shape: tuple[int, ...]) -> Array:
    """All singular values of the circularly padded convolution with kernel (out, in, k…) on images of `shape`.

    In decreasing order, min(out, in) of them for every frequency (Sedghi, Gupta and Long 2019); a kernel larger
    than the image wraps around it. Raises ValueError where kernel and shape have different dimensions.
    """
    k = np.asarray(kernel.detach().cpu() if isinstance(kernel, Tensor) else kernel, dtype=float)
    if k.ndim != 2 + len(shape):
        raise ValueError(f"a kernel of shape {k.shape} does not act on images of shape {shape}")
    if not np.isfinite(k).all():
        raise ValueError("the kernel contains NaN or infinity")
    if any(n < 1 for n in (*k.shape, *shape)):
        raise ValueError(f"a kernel of shape {k.shape} or images of shape {shape} are empty")
    wrapped = np.zeros((*k.shape[:2], *shape))
    for at in np.ndindex(*k.shape[2:]):
        wrapped[(..., *(i % n for i, n in zip(at, shape, strict=True)))] += k[(..., *at)]
    axes = tuple(range(2, k.ndim))
    blocks = np.moveaxis(np.fft.fftn(wrapped, axes=axes), (0, 1), (-2, -1))
    values = np.linalg.svd(blocks.reshape(-1, *k.shape[:2]), compute_uv=False)
    return np.sort(values.ravel())[::-1]


def dense(convolution: Convolution, shape: tuple[int, ...]) -> Array:
    """The matrix of a convolution without its bias on images of `shape`: outputs by inputs."""
    inputs = convolution.in_channels * int(np.prod(shape))
    weight = convolution.weight
    unit = torch.eye(inputs, dtype=weight.dtype, device=weight.device).reshape(inputs, convolution.in_channels, *shape)
    with torch.no_grad():
        return np.asarray(_apply(convolution, unit).flatten(1).T.cpu().numpy(), dtype=float)


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
    if not isinstance(convolution, Convolution):
        raise ValueError(f"a {type(convolution).__name__} is no convolution of torch's")
    if not isinstance(shape, tuple | list) or len(shape) != len(convolution.kernel_size) or any(n < 1 for n in shape):
        raise ValueError(
            f"the convolution does not act on images of shape {shape}: give {len(convolution.kernel_size)} sizes"
        )
    weight = convolution.weight.detach()
    if not torch.isfinite(weight).all():
        raise ValueError("the kernel contains NaN or infinity")
    inputs = convolution.in_channels * int(np.prod(shape))
    example = torch.zeros(1, convolution.in_channels, *shape, dtype=weight.dtype, device=weight.device)
    with torch.enable_grad():
        try:
            out, pull = torch.func.vjp(lambda image: _apply(convolution, image), example)[:2]
        except (RuntimeError, ValueError) as error:
            line = str(error).splitlines()[0]
            raise ValueError(f"the convolution does not act on images of shape {shape}: {line}") from None
    rows = out.numel()
    if not 1 <= count <= min(rows, inputs):
        raise ValueError(f"{count} singular values of a map with {min(rows, inputs)}: give 1 … {min(rows, inputs)}")

    def forward(v: Any) -> Any:
        image = torch.as_tensor(np.ravel(v), dtype=weight.dtype, device=weight.device).reshape(example.shape)
        with torch.no_grad():
            return _apply(convolution, image).reshape(-1).cpu().double().numpy()

    def backward(u: Any) -> Any:
        given = torch.as_tensor(np.ravel(u), dtype=weight.dtype, device=weight.device).reshape(out.shape)
        return pull(given)[0].detach().reshape(-1).cpu().double().numpy()

    try:
        return extreme_singular_values_of(forward, backward, (rows, inputs), count, which, seed)
    except NotConverged as error:
        raise ValueError(str(error)) from None


def _apply(convolution: Convolution, image: Tensor) -> Tensor:
    # the map itself: subtracting the bias afterwards would leave its rounding
    weight = convolution.weight.detach()
    if isinstance(convolution, nn.Conv1d | nn.Conv2d | nn.Conv3d):
        out: Tensor = convolution._conv_forward(image, weight, None)
        return out
    act: Any = (nn.functional.conv_transpose1d, nn.functional.conv_transpose2d, nn.functional.conv_transpose3d)
    given = (convolution.stride, convolution.padding, convolution.output_padding, convolution.groups)
    return act[image.ndim - 3](image, weight, None, *given, convolution.dilation)  # type: ignore[no-any-return]
