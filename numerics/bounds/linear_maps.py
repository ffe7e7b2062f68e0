"""Norms of fixed linear maps of tensors, as of padding, pooling, resizing and slicing, without their matrices."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def norm_and_shift(function: Callable[[Tensor], Tensor], like: Tensor) -> tuple[float, float]:
    """Bounds on ‖A‖ and ‖c‖ for x ↦ Ax + c, where A has no negative entry: ‖A‖² ≤ largest row sum · largest column sum.

    Equality holds where all sums are the same.
    """
    with torch.enable_grad():
        ones = torch.ones(like.shape, dtype=torch.float64, device=like.device, requires_grad=True)
        shift = function(torch.zeros_like(ones)).detach()
        out = function(ones * 1)
        rows = (out - shift).detach()
        (columns,) = torch.autograd.grad(out.sum(), ones, allow_unused=True, materialize_grads=True)
    if rows.numel() == 0:
        return 0.0, 0.0
    norm = (float(rows.max()) * float(columns.max())) ** 0.5
    return norm * (1 + 1e-12), float(torch.linalg.vector_norm(shift))


def separable_norm(function: Callable[[Tensor], Tensor], like: Tensor) -> float:
    """A bound on the norm of a resizing of images (n, c, h, w), axis by axis, for any signs of its weights."""
    norm = 1.0
    for axis in (-2, -1):
        length = like.shape[axis]
        lines = torch.eye(length, dtype=torch.float64, device=like.device)
        shape = (length, 1, length, 1) if axis == -2 else (length, 1, 1, length)
        images = lines.reshape(shape).expand(length, 1, *like.shape[-2:])
        matrix = function(images).select(-1 if axis == -2 else -2, 0)[:, 0].abs()
        norm *= float(matrix.sum(0).max() * matrix.sum(1).max()) ** 0.5
    return norm * (1 + 1e-12)
