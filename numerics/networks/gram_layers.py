"""Gram matrices of linear and convolution layers by the layer-wise identity G = (X Xᵀ) ∘ (B Bᵀ).

A linear layer's gradient is b·xᵀ with its input x and the back-propagated signal b: two matrix products a layer
instead of one gradient a sample. One forward and one backward pass give all X and B.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import GradientEdge, get_gradient_edge
from torch.nn.functional import pad, unfold

from numerics.networks.gram_model import ModelError, Rows, Samples

LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d)


@dataclass(frozen=True)
class Call:
    """One use of a layer: inputs (n, positions, inputs) and signals (n, positions, outputs)."""

    x: Tensor
    b: Tensor


@dataclass(frozen=True)
class Pass:
    """One pass over some samples: values f, every layer's uses, and the layers whose parameters are used elsewhere."""

    values: Tensor
    calls: dict[str, list[Call]]
    elsewhere: set[str]


@dataclass(frozen=True)
class _Use:
    """A layer's input as it is handed over, and the place of its output in the graph, even if it is changed in place.

    Inputs need no copies: where one changes after its use, torch itself refuses to differentiate by the weight.
    """

    name: str
    x: Tensor
    edge: GradientEdge


def has_identity(module: nn.Module, own: Sequence[nn.Parameter]) -> bool:
    """Whether calls of a layer with these parameters of its own go by the identity: torch's forward, nothing beside.

    Weight norm's g and v are not weights: at g = ‖v‖ their Gram matrix equals that by W, and no probe tells them apart.
    """
    kind = next((kind for kind in LAYERS if isinstance(module, kind)), None)
    if kind is None or type(module).forward is not kind.forward or "forward" in module.__dict__:
        return False
    if getattr(type(module), "_conv_forward", None) is not getattr(kind, "_conv_forward", None):
        return False
    if module._forward_hooks or module._forward_pre_hooks or "parametrizations" in module._modules:
        return False
    direct = dict(module.named_parameters(recurse=False))
    if not {"weight"} <= set(direct) <= {"weight", "bias"} or [id(p) for p in direct.values()] != [id(p) for p in own]:
        return False
    return not isinstance(module, nn.Conv1d | nn.Conv2d) or (module.groups == 1 and module.padding_mode == "zeros")


def passed(samples: Samples, rows: Rows, layers: Mapping[str, Sequence[nn.Parameter]]) -> Pass:
    """A forward pass over these samples and a backward pass from Σᵢ f_i."""
    uses: list[_Use] = []
    with torch.enable_grad(), _hooks(samples.model, layers, uses):
        out, _ = samples.at(rows)
        if not out.requires_grad:
            raise ModelError("the model's output has no gradient (no_grad or detach inside?)")
        seen = tuple(uses)  # checkpoints call layers once more on the way back
        # a weight that an earlier call computed may lie below: its graph is kept
        found = (
            torch.autograd.grad(out.sum(), [u.edge for u in seen], retain_graph=True, allow_unused=True) if seen else ()
        )
    calls: dict[str, list[Call]] = {name: [] for name in layers}
    elsewhere = set()
    for use, b in zip(seen, found, strict=True):
        if b is not None and len(use.x) == len(b) == len(out) and use.x.ndim == b.ndim == _axes(samples.model, use):
            calls[use.name].append(_call(samples.model.get_submodule(use.name), use.x, b))
        elif b is not None:
            elsewhere.add(use.name)  # called without the samples along the first axis
    edges = _edges(out)
    for name, own in layers.items():
        if any(edges[p] != len(calls[name]) for p in own):
            elsewhere.add(name)
    return Pass(out.detach(), calls, elsewhere)


def _axes(model: nn.Module, use: _Use) -> int:
    """How many axes a layer's input needs to have samples along the first."""
    layer = model.get_submodule(use.name)
    return max(2, use.x.ndim) if isinstance(layer, nn.Linear) else 3 if isinstance(layer, nn.Conv1d) else 4


def _edges(out: Tensor) -> Counter[Tensor]:
    """How often each parameter enters the graph of a value."""
    found: Counter[Tensor] = Counter()
    seen, ahead = set(), [out.grad_fn]
    while ahead:
        node = ahead.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        for below, _ in node.next_functions:
            if below is not None and hasattr(below, "variable"):
                found[below.variable] += 1
            ahead.append(below)
    return found


@contextmanager
def _hooks(model: nn.Module, layers: Mapping[str, object], uses: list[_Use]) -> Iterator[None]:
    """Record these layers' uses while the body runs."""
    handles = []
    try:
        for name in layers:

            def record(_m: nn.Module, args: Any, named: Any, out: Tensor, name: str = name) -> None:
                if not torch.is_grad_enabled():
                    return  # its parameters are constants here, as for autograd
                x = args[0] if args else named["input"]
                uses.append(_Use(name, x.detach(), get_gradient_edge(out)))

            handles.append(model.get_submodule(name).register_forward_hook(record, with_kwargs=True))
        yield
    finally:
        for handle in handles:
            handle.remove()


def _call(module: nn.Module, x: Tensor, b: Tensor) -> Call:
    """Inputs and signals by position: a linear layer's middle axes, a convolution's pixels."""
    n = len(x)
    if isinstance(module, nn.Linear):
        return Call(x.reshape(n, -1, x.shape[-1]), b.reshape(n, -1, b.shape[-1]))
    assert isinstance(module, nn.Conv1d | nn.Conv2d)
    flat = isinstance(module, nn.Conv1d)
    size, stride, dilation = (((1, *v) if flat else v) for v in (module.kernel_size, module.stride, module.dilation))
    image = x[:, :, None, :] if flat else x
    if module.padding == "same":  # torch puts the odd one of an even kernel's to the right
        sums = [d * (k - 1) for d, k in zip(dilation, size, strict=True)]
        image = pad(image, [side for total in reversed(sums) for side in (total // 2, total - total // 2)])
        padding: tuple[int, ...] = (0, 0)
    else:
        given: Any = (0, 0) if module.padding == "valid" else module.padding
        padding = (0, *given) if flat and len(given) == 1 else tuple(given)
    patches = unfold(image, size, dilation, padding, stride)
    return Call(patches.transpose(1, 2), b.flatten(2).transpose(1, 2))


def contract(mine: list[Call], theirs: list[Call], module: nn.Module) -> Tensor:
    """Σ over positions and uses of ⟨x, x′⟩⟨b, b′⟩, with ⟨b, b′⟩ alone for a bias."""
    bias = getattr(module, "bias", None) is not None
    if not mine or not theirs:
        return next(module.parameters()).new_zeros(())  # a layer that is not used
    if len(mine) == len(theirs) == 1 and mine[0].x.shape[1] == 1:
        (a,), (c,) = mine, theirs
        inner = a.x[:, 0] @ c.x[:, 0].T
        return (inner + 1 if bias else inner).mul_(a.b[:, 0] @ c.b[:, 0].T)
    return _by_gradients(mine, theirs, bias)


def _by_gradients(mine: list[Call], theirs: list[Call], bias: bool) -> Tensor:
    """Where many positions share the weights: gradients of a few output channels at a time."""
    outputs, inputs = mine[0].b.shape[2], mine[0].x.shape[2]
    rows = max(len(mine[0].x), len(theirs[0].x))
    step = max(1, min(outputs, int(2e7 // max(rows * inputs, 1))))
    total = mine[0].x.new_zeros((len(mine[0].x), len(theirs[0].x)))
    for start in range(0, outputs, step):
        part = slice(start, start + step)
        left = sum(c.b[..., part].transpose(1, 2) @ c.x for c in mine)
        right = left if theirs is mine else sum(c.b[..., part].transpose(1, 2) @ c.x for c in theirs)
        assert isinstance(left, Tensor)
        assert isinstance(right, Tensor)
        total += left.flatten(1) @ right.flatten(1).T
        if bias:
            sums = [sum(c.b[..., part].sum(1) for c in side) for side in (mine, theirs)]
            total += sums[0] @ sums[1].T  # type: ignore[operator, union-attr]
    return total
