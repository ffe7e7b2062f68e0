"""Torch functions whose fused kernels have no second derivative, or a wrong one, as they are written on paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn._reduction import legacy_get_string
from torch.overrides import TorchFunctionMode


def _weight_norm(v: Tensor, g: Tensor, dim: int = 0) -> Tensor:
    """g·v/‖v‖; the fused kernel's second derivative is not symmetric."""
    return v * (g / torch.norm_except_dim(v, 2, dim))


def _reduced(loss: Tensor, reduction: str, size_average: bool | None, reduce: bool | None) -> Tensor:
    if size_average is not None or reduce is not None:
        reduction = legacy_get_string(size_average, reduce)
    return loss if reduction == "none" else loss.sum() if reduction == "sum" else loss.mean()


def _multi_margin(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Σ_{i≠y} max(0, margin − x_y + x_i)^p / C, weighted by class."""
    at = target[..., None]
    terms = (margin - input.gather(-1, at) + input).clamp(min=0) ** p
    if weight is not None:
        terms = terms * weight[at]
    return _reduced(terms.scatter(-1, at, 0.0).sum(-1) / input.shape[-1], reduction, size_average, reduce)


def _multilabel_margin(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Σ_j Σ_i max(0, 1 − x_j + x_i) / C over labels j, those before the first −1, and all other classes i."""
    listed = (target >= 0).long().cumprod(-1).bool()
    at = target.clamp(min=0)
    labels = (functional.one_hot(at, input.shape[-1]).bool() & listed[..., None]).any(-2)
    terms = (1 - input.gather(-1, at)[..., :, None] + input[..., None, :]).clamp(min=0)
    counted = terms * (listed[..., :, None] & ~labels[..., None, :])
    return _reduced(counted.sum((-1, -2)) / input.shape[-1], reduction, size_average, reduce)


def _hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """x/6 + ½, cut to [0, 1]."""
    found = (input / 6 + 0.5).clamp(0, 1)
    return input.copy_(found) if inplace else found


def _cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str | None = None) -> Tensor:
    """‖x_i − y_j‖_p."""
    found: Tensor = torch.linalg.vector_norm(x1.unsqueeze(-2) - x2.unsqueeze(-3), p, -1)
    return found


def _embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Rows of a table; sparse gradients cannot be differentiated again."""
    return functional.embedding(input, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse=False)


def _embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Sums, means or maxima of a table's rows, bag by bag."""
    if max_norm is not None or scale_grad_by_freq or (mode == "max" and input.ndim == 1):
        return functional.embedding_bag(
            input, weight, offsets, max_norm, norm_type, scale_grad_by_freq, mode, sparse,
            per_sample_weights, include_last_offset, padding_idx,
        )  # fmt: skip
    kept = torch.ones_like(input, dtype=torch.bool) if padding_idx is None else input != padding_idx % len(weight)
    rows = weight[input]
    if mode == "max":
        most = rows.masked_fill(~kept[..., None], -torch.inf).max(1).values
        return torch.where(kept.any(1)[:, None], most, 0.0)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights[..., None]
    rows = rows * kept[..., None]
    if input.ndim == 2:
        sums, counts = rows.sum(1), kept.sum(1)
    else:
        assert offsets is not None
        starts = offsets[:-1] if include_last_offset else offsets
        bag = torch.searchsorted(starts, torch.arange(len(input), device=input.device), right=True) - 1
        sums = rows.new_zeros((len(starts), rows.shape[-1])).index_add(0, bag, rows)
        counts = kept.new_zeros(len(starts), dtype=torch.long).index_add(0, bag, kept.long())
    return sums if mode == "sum" else sums / counts.clamp(min=1)[:, None]


FORMULAS: dict[Any, Callable[..., Tensor]] = {
    torch._weight_norm: _weight_norm,
    functional.multi_margin_loss: _multi_margin,
    functional.multilabel_margin_loss: _multilabel_margin,
    functional.hardsigmoid: _hardsigmoid,
    torch.cdist: _cdist,
    functional.embedding: _embedding,
    functional.embedding_bag: _embedding_bag,
}


class PlainFormulas(TorchFunctionMode):
    """While it is active, these functions are computed by their formulas."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return FORMULAS.get(func, func)(*args, **(kwargs or {}))
