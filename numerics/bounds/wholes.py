"""Models that take or return several tensors as functions of one vector."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from derivations.composition import CompositionError
from numerics.networks.structures import flatten, tensors_of
from numerics.networks.unchanged import arguments, unchanged


class Whole(nn.Module):
    """All floating inputs, one after the other in a vector ↦ all floating outputs, in another; integers stay."""

    def __init__(self, model: nn.Module, inputs: Any) -> None:
        super().__init__()
        self.model = model
        self.leaves, self.build = flatten(inputs)
        self.train(model.training)

    def forward(self, x: Tensor) -> Tensor:
        moving = [t for t in self.leaves if isinstance(t, Tensor) and t.is_floating_point()]
        parts = iter(torch.split(x, [t.numel() for t in moving])) if moving else iter([x])
        filled = [self._leaf(t, parts) for t in self.leaves]
        given, named = arguments(self.model, self.build(filled))
        out = self.model(*given, **named)
        return torch.cat([t.reshape(-1) for t in tensors_of(out) if t.is_floating_point()])

    def _leaf(self, t: Any, parts: Any) -> Any:
        if not isinstance(t, Tensor) or not t.is_floating_point():
            return t
        return next(parts).reshape(t.shape)


def as_one(model: nn.Module, x: Any) -> tuple[nn.Module, Tensor]:
    """The model and its data where both are single tensors, else a model of one vector that does the same.

    Raises CompositionError for data without a tensor.
    """
    if isinstance(x, Tensor):
        if x.numel() == 0 or x.is_meta:
            return model, x
        try:
            with unchanged(model), torch.no_grad():
                out = model(x.clone())
        except Exception:  # said in words where it is recorded
            return model, x
        if isinstance(out, Tensor):
            return model, x
    leaves = tensors_of(x)
    if not leaves or any(t.numel() == 0 for t in leaves):
        raise CompositionError("the data are empty or have no tensor")
    moving = [t for t in leaves if t.is_floating_point()]
    flat = torch.cat([t.detach().reshape(-1) for t in moving]) if moving else leaves[0]
    return Whole(model, x), flat
