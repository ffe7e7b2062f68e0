"""Which parameters belong to which layer of a model, and one number for each sample of a batch."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree

from numerics.networks.unchanged import CODE, arguments, not_a_model

Rows = slice | list[int]


class ModelError(ValueError):
    """A model without Gram matrices, or inputs that do not fit it; the message says why."""


@contextmanager
def in_words() -> Iterator[None]:
    """Errors of torch and of the model's own code as a ModelError of one line."""
    try:
        yield
    except ModelError:
        raise
    except CODE as error:
        line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(f"the model cannot be differentiated on these inputs: {line}") from error


def owners(model: nn.Module) -> dict[str, list[nn.Parameter]]:
    """Every parameter once, under the first module that has it; those of a parametrization under the layer it is of.

    Raises ModelError for parameters that are complex or not initialised, and where there are none.
    """
    refused = not_a_model(model)
    if refused:
        raise ModelError(refused)
    found: dict[str, list[nn.Parameter]] = {}
    seen: set[int] = set()
    for path, module in model.named_modules():
        parts = path.split(".")
        name = ".".join(parts[: parts.index("parametrizations")]) if "parametrizations" in parts else path
        mine = found.setdefault(name, [])
        for key, p in module.named_parameters(recurse=False):
            if p.is_complex():
                raise ModelError(f"{path}.{key} is complex: give real and imaginary parts as parameters of their own")
            if p.is_floating_point() and id(p) not in seen:
                seen.add(id(p))
                mine.append(p)
    found = {name: own for name, own in found.items() if own}
    if not found:
        raise ModelError("the model has no linear or other layer with parameters")
    return found


def refuse_mixing(model: nn.Module) -> None:
    """ModelError for layers that are known to normalise, or to scale gradients, over the samples of a batch."""
    for name, module in model.named_modules():
        if getattr(module, "scale_grad_by_freq", False):
            raise ModelError(f"{name} mixes the samples of a batch: scale_grad_by_freq divides gradients by its counts")
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            if module.training:
                raise ModelError(f"{name} mixes the samples of a batch: call model.eval() first")
            if module.running_mean is None:
                raise ModelError(f"{name} mixes the samples of a batch: it has no running statistics")


@dataclass(frozen=True)
class Samples:
    """A model on n inputs: a tensor, or a tuple or mapping of tensors, with the samples along the first axis of each.

    `function` maps the model's output to one number per sample.
    """

    model: nn.Module
    inputs: Any
    function: Callable[[Any], Tensor] | None
    tensors: list[Tensor]

    @classmethod
    def of(cls, model: nn.Module, inputs: Any, function: Callable[[Any], Tensor] | None) -> Samples:
        """Raises ModelError for inputs that are empty, of several lengths, complex or not finite."""
        inputs = dict(inputs) if isinstance(inputs, UserDict) else inputs
        tensors = [t for t in _pytree.tree_leaves(inputs) if isinstance(t, Tensor)]
        if not tensors and any(hasattr(leaf, "dtype") for leaf in _pytree.tree_leaves(inputs)):
            raise ModelError("the inputs are arrays, and models take tensors: give torch.as_tensor(x)")
        if not tensors or any(t.ndim == 0 or len(t) < 1 for t in tensors):
            raise ModelError("no inputs: n ≥ 1 is needed, as a tensor or a tuple or mapping of tensors")
        if len({len(t) for t in tensors}) > 1:
            lengths = [tuple(t.shape) for t in tensors]
            raise ModelError(f"inputs of shapes {lengths}: each needs the n samples along its first axis")
        for t in tensors:
            if t.is_complex() or t.is_meta:
                raise ModelError("the inputs are complex, or on the meta device: real numbers are needed")
            if not torch.isfinite(t).all():
                raise ModelError("the inputs contain NaN or infinity")
        for name, p in model.named_parameters():
            if p.device != tensors[0].device:
                raise ModelError(f"{name} is on {p.device}, the inputs on {tensors[0].device}: move one with .to()")
        return cls(model, inputs, function, tensors)

    def __len__(self) -> int:
        return len(self.tensors[0])

    @property
    def device(self) -> torch.device:
        return self.tensors[0].device

    def at(self, rows: Rows) -> tuple[Tensor, list[Tensor]]:
        """f of these samples, (rows,), and copies of the inputs to differentiate by.

        Raises ModelError for other shapes and for a model that draws random numbers.
        """
        leaves: list[Tensor] = []

        def copied(t: Any) -> Any:
            if not isinstance(t, Tensor):
                return t
            mine = t[rows].detach().clone()
            if mine.is_floating_point():
                leaves.append(mine.requires_grad_(True))
                return mine * 1  # a first layer may work in place
            return mine

        given, named = arguments(self.model, _pytree.tree_map(copied, self.inputs))
        states = _random_states(self.device)
        out: Any = self.model(*given, **named)
        out = self.function(out) if self.function else out
        if not all(map(torch.equal, states, _random_states(self.device))):
            raise ModelError("the model draws random numbers (dropout in train mode?): call model.eval() first")
        return self._numbers(out, len(range(*rows.indices(len(self))) if isinstance(rows, slice) else rows)), leaves

    def _numbers(self, out: Any, n: int) -> Tensor:
        what = "the function" if self.function else "the model"
        if not isinstance(out, Tensor):
            raise ModelError(f"{what} returns {type(out).__name__}, not one number for each sample: give `function=`")
        if out.shape not in ((n,), (n, 1)) and not (n == 1 and out.numel() == 1):
            raise ModelError(f"{what} returns shape {tuple(out.shape)} for {n} inputs: give `function=`")
        if not out.is_floating_point():
            raise ModelError(f"{what} returns {out.dtype}, which has no real gradient: give `function=`")
        if not torch.isfinite(out).all():
            raise ModelError(f"{what} returns NaN or infinity at the present parameters")
        return out.reshape(-1)


def _random_states(device: torch.device) -> list[Tensor]:
    return [torch.get_rng_state(), *([torch.cuda.get_rng_state(device)] if device.type == "cuda" else [])]
