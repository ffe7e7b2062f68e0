"""Empirical Gram matrices by layers: G^(h)_ij = ⟨∂f(x_i)/∂W^(h), ∂f(x_j)/∂W^(h)⟩ without a Jacobian.

A linear layer's gradient is b·xᵀ with its input x and the back-propagated signal b, so that
G^(h) = (X Xᵀ) ∘ (B Bᵀ) on rows: two matrix products a layer instead of one gradient a sample. One
forward and one backward pass give all X and B; weights are never differentiated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, unfold

from numerics.gram_probe import ModelError, gradients, outputs, probe, untouched
from numerics.memory import SHARE, available, require

LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d)


@dataclass(frozen=True)
class _Call:
    """One use of a layer: inputs (n, positions, inputs) and signals (n, positions, outputs)."""

    x: Tensor
    b: Tensor


def layer_grams(
    model: nn.Module,
    inputs: Tensor,
    *,
    function: Callable[[Tensor], Tensor] | None = None,
    chunk: int | None = None,
) -> dict[str, Tensor]:
    """The Gram matrix (n, n) of every linear and convolution layer of a torch model, by the layer's name.

    `function` maps the model's output (n, …) to one number a sample; without it the output must be
    (n,) or (n, 1). Rows are processed in chunks that fit into memory, or of the given size. A layer with
    bias contributes that too. Raises ModelError for parameters outside such layers, for layers that mix samples and
    for outputs that are not one number, TooLarge where nothing would fit.
    """
    _look(model)
    n = len(inputs)
    if n < 1:
        raise ModelError("no inputs: n ≥ 1 is needed")
    if not torch.isfinite(inputs).all():
        raise ModelError("the inputs contain NaN or infinity")
    with untouched(model):
        try:
            grams = _layer_wise(model, inputs, function, chunk)
            differ = probe(model, inputs, function, grams)
            wrong = [name for name in grams if name in differ or not _plain(_module(model, name))]
            if wrong:
                grams.update(_by_autograd(model, inputs, function, wrong))
        except RuntimeError as error:
            raise ModelError(
                f"the model cannot be differentiated on these inputs: {str(error).splitlines()[0]}"
            ) from error
    return grams


def _plain(layer: nn.Module) -> bool:
    """Whether a layer's parameters are the weight and bias that the identity speaks of: weight norm's are not.

    At g = ‖v‖ the Gram matrix by g and v equals the one by W, so that no probe tells them apart there.
    """
    return {name for name, _ in layer.named_parameters(recurse=False)} <= {"weight", "bias"}


def _by_autograd(
    model: nn.Module, inputs: Tensor, function: Callable[[Tensor], Tensor] | None, names: list[str]
) -> dict[str, Tensor]:
    """One backward pass a sample through the whole batch: for layers that the identity does not describe."""
    numbers = sum(p.numel() for name in names for p in _module(model, name).parameters(recurse=False))
    free = SHARE * (torch.cuda.mem_get_info()[0] if inputs.is_cuda else available())
    require(16.0 * len(inputs) * numbers, f"gradients of {', '.join(names)}", "take fewer inputs", free)
    found = gradients(model, inputs, function, list(range(len(inputs))), names)
    return {name: j @ j.T for name, j in found.items()}


def _layer_wise(
    model: nn.Module, inputs: Tensor, function: Callable[[Tensor], Tensor] | None, chunk: int | None
) -> dict[str, Tensor]:
    """The Gram matrices by the layer-wise identity, block by block."""
    n = len(inputs)
    chunk = min(n, chunk or _fitting(model, inputs, function))
    starts = range(0, n, chunk)
    names = [name for name, module in model.named_modules() if isinstance(module, LAYERS)]
    grams = {name: inputs.new_zeros((n, n), dtype=_dtype(model)) for name in names}
    for start in starts:
        rows = slice(start, min(start + chunk, n))
        mine = _calls(model, inputs[rows], function)
        for other in [s for s in starts if s >= start]:
            cols = slice(other, min(other + chunk, n))
            theirs = mine if other == start else _calls(model, inputs[cols], function)
            for name in names:
                block = _contract(mine[name], theirs[name], _module(model, name))
                grams[name][rows, cols] = block
                if other != start:
                    grams[name][cols, rows] = block.T
    return grams


def total_gram(grams: dict[str, Tensor]) -> Tensor:
    """G = Σ_h G^(h)."""
    return torch.stack(list(grams.values())).sum(0)


def _dtype(model: nn.Module) -> torch.dtype:
    return next(p.dtype for p in model.parameters())


def _module(model: nn.Module, name: str) -> nn.Module:
    return model.get_submodule(name)


def _look(model: nn.Module) -> None:
    owners: dict[int, str] = {}
    for name, module in model.named_modules():
        for _, p in module.named_parameters(recurse=False):
            if owners.setdefault(id(p), name) != name:
                raise ModelError(
                    f"{name} shares a parameter with {owners[id(p)]}: neither has a Gram matrix of its own"
                )
    for name, module in model.named_modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.training:
            raise ModelError(f"{name} mixes the samples of a batch: call model.eval() first")
        own = [p for p, _ in module.named_parameters(recurse=False)]
        if own and not isinstance(module, LAYERS):
            kind = type(module).__name__
            raise ModelError(
                f"{name or 'the model'} ({kind}) has parameters ({', '.join(own)}); only Linear, Conv1d, Conv2d may"
            )
        if isinstance(module, nn.Conv1d | nn.Conv2d) and (module.groups != 1 or module.padding_mode != "zeros"):
            raise ModelError(f"{name}: convolutions with groups or other than zero padding are not supported")
    if not any(isinstance(m, LAYERS) for m in model.modules()):
        raise ModelError("the model has no linear or convolution layer")


def _fitting(model: nn.Module, inputs: Tensor, function: Callable[[Tensor], Tensor] | None) -> int:
    """How many rows fit: what one row needs, and about as much again for autograd."""
    layers = [m for m in model.modules() if isinstance(m, LAYERS)]
    if inputs.ndim == 2 and all(isinstance(m, nn.Linear) for m in layers):
        numbers = sum(m.in_features + m.out_features for m in layers if isinstance(m, nn.Linear))
    else:  # positions and pixels are only known by looking
        one = _calls(model, inputs[:1], function)
        numbers = sum(c.x.numel() + c.b.numel() for calls in one.values() for c in calls)
    each, n = 32 * numbers, len(inputs)
    outputs = 8.0 * n * n * (len(layers) + 1)
    free = SHARE * (torch.cuda.mem_get_info()[0] if inputs.is_cuda else available())
    require(outputs + 2 * each, f"{len(layers)} Gram matrices of {n} inputs", "take fewer inputs", free)
    return max(1, int((free - outputs) / (2 * each)))


@contextmanager
def _hooks(model: nn.Module, seen: list[tuple[str, Tensor, Tensor]]) -> Iterator[None]:
    """Record input and output of every layer while the body runs; parameters need no gradient there."""
    handles = []
    flags = [(p, p.requires_grad) for p in model.parameters()]
    for name, module in model.named_modules():
        if isinstance(module, LAYERS):

            def record(_m: nn.Module, args: Any, out: Tensor, name: str = name) -> Tensor:
                if not args or not out.requires_grad:
                    raise ModelError(f"{name}: called without gradients (no_grad or detach inside?) or by keyword")
                seen.append((name, args[0].detach().clone(), out))
                return out.clone()  # what the model does in place happens to the copy

            handles.append(module.register_forward_hook(record))
    try:
        for p, _ in flags:
            p.requires_grad_(False)
        yield
    finally:
        for handle in handles:
            handle.remove()
        for p, flag in flags:
            p.requires_grad_(flag)


def _calls(model: nn.Module, inputs: Tensor, function: Callable[[Tensor], Tensor] | None) -> dict[str, list[_Call]]:
    """Every layer's inputs and back-propagated signals on a batch."""
    seen: list[tuple[str, Tensor, Tensor]] = []
    with torch.enable_grad(), _hooks(model, seen):
        out = outputs(model, inputs.detach().requires_grad_(True) * 1, function)
        if not seen or not out.requires_grad:
            raise ModelError("no layer of the model is called with gradients (no_grad or detach inside?)")
        signals = torch.autograd.grad(out.sum(), [o for _, _, o in seen], allow_unused=True)
    calls: dict[str, list[_Call]] = {name: [] for name, m in model.named_modules() if isinstance(m, LAYERS)}
    for (name, x, out_), b in zip(seen, signals, strict=True):
        b = torch.zeros_like(out_) if b is None else b
        calls[name].append(_call(_module(model, name), x, b))
    return calls


def _call(module: nn.Module, x: Tensor, b: Tensor) -> _Call:
    """Inputs and signals by position: a linear layer's middle axes, a convolution's pixels."""
    n = len(x)
    if isinstance(module, nn.Linear):
        return _Call(x.reshape(n, -1, x.shape[-1]), b.reshape(n, -1, b.shape[-1]))
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
    return _Call(patches.transpose(1, 2), b.flatten(2).transpose(1, 2))


def _contract(mine: list[_Call], theirs: list[_Call], module: nn.Module) -> Tensor:
    """Σ over positions and uses of ⟨x, x′⟩⟨b, b′⟩, with ⟨b, b′⟩ alone for a bias."""
    bias = getattr(module, "bias", None) is not None
    if not mine or not theirs:
        return next(module.parameters()).new_zeros(())  # a layer that is not used
    if len(mine) == len(theirs) == 1 and mine[0].x.shape[1] == 1:
        (a,), (c,) = mine, theirs
        inner = a.x[:, 0] @ c.x[:, 0].T
        return (inner + 1 if bias else inner).mul_(a.b[:, 0] @ c.b[:, 0].T)
    return _by_gradients(mine, theirs, bias)


def _by_gradients(mine: list[_Call], theirs: list[_Call], bias: bool) -> Tensor:
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


def jacobian_gram(model: nn.Module, inputs: Tensor) -> dict[str, Tensor]:
    """The same by torch.func's Jacobian, one block a parameter: slow and large, the definition itself."""
    from torch.func import functional_call, jacrev, vmap

    parameters = {k: v.detach() for k, v in model.named_parameters()}

    def one(p: dict[str, Tensor], x: Tensor) -> Tensor:
        found: Tensor = functional_call(model, p, (x[None],))
        return found.reshape(())

    jacobian = vmap(jacrev(one), (None, 0))(parameters, inputs)
    flat = {k: j.reshape(len(inputs), prod(j.shape[1:])) for k, j in jacobian.items()}
    return {k: j @ j.T for k, j in flat.items()}
