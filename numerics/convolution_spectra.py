"""Convolution as a linear map: exact singular values by Fourier transform, extreme ones without the matrix."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, eigsh, svds
from torch import Tensor, nn

Array = NDArray[np.float64]
Convolution = nn.Conv1d | nn.Conv2d


def circular_singular_values(kernel: Any, shape: tuple[int, ...]) -> Array:
    """All singular values of the circularly padded convolution with kernel (out, in, k…) on images of `shape`.

    In decreasing order, min(out, in) of them for every frequency (Sedghi, Gupta and Long 2019); a kernel larger
    than the image wraps around it. Raises ValueError where kernel and shape have different dimensions.
    """
    k = np.asarray(kernel.detach().cpu() if isinstance(kernel, Tensor) else kernel, dtype=float)
    if k.ndim != 2 + len(shape):
        raise ValueError(f"a kernel of shape {k.shape} does not act on images of shape {shape}")
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

    Any padding, stride, dilation and groups; the smallest come through the Gram matrix and so to half the digits.
    Raises ValueError for a count out of range.
    """
    weight = convolution.weight.detach()
    inputs = convolution.in_channels * int(np.prod(shape))
    example = torch.zeros(1, convolution.in_channels, *shape, dtype=weight.dtype, device=weight.device)
    out, pull = torch.func.vjp(lambda image: _apply(convolution, image), example)[:2]
    rows = out.numel()
    if not 1 <= count < min(rows, inputs):
        raise ValueError(f"{count} singular values of a map with {min(rows, inputs)}: give 1 … {min(rows, inputs) - 1}")

    def forward(v: Any) -> Any:
        image = torch.as_tensor(np.ravel(v), dtype=weight.dtype, device=weight.device).reshape(example.shape)
        with torch.no_grad():
            return _apply(convolution, image).reshape(-1).cpu().double().numpy()

    def backward(u: Any) -> Any:
        given = torch.as_tensor(np.ravel(u), dtype=weight.dtype, device=weight.device).reshape(out.shape)
        return pull(given)[0].detach().reshape(-1).cpu().double().numpy()

    operator = LinearOperator((rows, inputs), matvec=forward, rmatvec=backward, dtype=np.float64)
    start = np.random.default_rng(seed).normal(size=min(rows, inputs))
    if which == "largest":
        return np.sort(svds(operator, count, v0=start, return_singular_vectors=False))[::-1]
    gram = operator @ operator.H if rows <= inputs else operator.H @ operator
    values = eigsh(gram, count, which="SA", v0=start, return_eigenvectors=False)
    return np.asarray(np.sqrt(np.maximum(np.sort(values)[::-1], 0)))


def _apply(convolution: Convolution, image: Tensor) -> Tensor:
    out = convolution(image)
    if convolution.bias is None:
        return out  # type: ignore[no-any-return]
    return out - convolution.bias.reshape(1, -1, *(1,) * (out.ndim - 2))  # type: ignore[no-any-return]
