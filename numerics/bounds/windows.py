"""How often an entry of the data meets a kernel: windows, strides, dilation and padding counted one by one."""

from __future__ import annotations

from math import ceil, gcd, prod
from typing import Any

import numpy as np

_PADS: dict[str, Any] = {"circular": "wrap", "reflect": "reflect", "replicate": "edge"}


def most_uses(length: int, kernel: int, stride: int, dilation: int, before: int, after: int, mode: str) -> int:
    """The largest number of times that windows along one axis see one entry, copies in the padding included."""
    at = np.arange(length)
    if mode == "zeros":
        padded = np.pad(at, (before, after), constant_values=-1)
    else:
        padded = np.pad(at, (before, after), mode=_PADS[mode])
    first = np.arange(0, len(padded) - dilation * (kernel - 1), stride)
    seen = padded[first[:, None] + dilation * np.arange(kernel)].ravel()
    return int(np.bincount(seen[seen >= 0], minlength=1).max())


def convolution_taps(module: Any, given: tuple[int, ...]) -> int:
    """The square of the norm of x ↦ all patches that a convolution sees: patches copy entries, so it is a count.

    Padding and windows are products over the axes, and so are the counts.
    """
    spatial = given[-len(module.kernel_size) :]
    # torch keeps the padding of the last axis first, in pairs
    pairs = module._reversed_padding_repeated_twice
    padding = [(pairs[2 * k], pairs[2 * k + 1]) for k in range(len(spatial))][::-1]
    axes = zip(spatial, module.kernel_size, module.stride, module.dilation, padding, strict=True)
    return prod(most_uses(n, k, s, d, *p, module.padding_mode) for n, k, s, d, p in axes)


def overlap(kernel: int, stride: int, dilation: int) -> int:
    """How many windows one pixel can be in, along one axis."""
    return ceil(kernel * gcd(stride, dilation) / stride)
