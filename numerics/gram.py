"""Empirical Gram matrices by layers: G^(h)_ij = ⟨∂f(x_i)/∂W^(h), ∂f(x_j)/∂W^(h)⟩ without a Jacobian.

Linear and convolution layers go by the layer-wise identity of `numerics.networks.gram_layers`, which is compared with
autograd on every model; all other layers with parameters, and those that the identity does not describe, by one
backward pass a sample.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from derivations.arguments import function, optional, table, taking, whole
from numerics.arguments import module, tensor
from numerics.machine.memory import SHARE, available, require
from numerics.networks.gram_layers import contract, has_identity, passed
from numerics.networks.gram_model import ModelError, Samples, in_words, owners, refuse_mixing
from numerics.networks.gram_probe import differing, refuse_other_values
from numerics.networks.unchanged import differentiable, unchanged

__all__ = ["ModelError", "jacobian_gram", "layer_grams", "total_gram"]

Owned = Mapping[str, Sequence[nn.Parameter]]


@taking(ModelError, model=module, function=optional(function), chunk=optional(whole(1)))
def layer_grams(
    model: nn.Module,
    inputs: Any,
    *,
    function: Callable[[Any], Tensor] | None = None,
    chunk: int | None = None,
) -> dict[str, Tensor]:
    """The Gram matrix (n, n) of every module with parameters of its own, by its name, "" for the model itself.

    `inputs` is a tensor, or a tuple or mapping of tensors that the model takes, each with the n samples first.
    `function` maps the model's output (n, …) to one number a sample; without it the output must be
    (n,) or (n, 1). Rows are processed in chunks that fit into memory, or of the given size.

    Weight, bias and whatever else a module owns are taken together, frozen ones too; a parametrized weight by the
    parameters behind it. A parameter that several modules share counts once, under the first of them, its gradient
    summed over all its uses. Spectral norms stay as they stand: no power iteration in training mode.
    The model is left as it was found.

    Raises ModelError for models that mix samples, draw random numbers, have no gradients or return anything but one
    real number a sample; TooLarge where nothing would fit.
    """
    owned = owners(model)
    refuse_mixing(model)
    with in_words(), unchanged(model), differentiable(model):
        samples = Samples.of(model, inputs, function)
        for own in owned.values():
            for p in own:
                p.requires_grad_(True)
        modules = dict(model.named_modules())
        plain = {name: own for name, own in owned.items() if has_identity(modules[name], own)}
        chunk = min(len(samples), chunk or _fitting(samples, owned, plain))
        values, grams = _layer_wise(samples, plain, chunk)
        grams.update(_by_autograd(samples, {name: own for name, own in owned.items() if name not in grams}, values))
    return {name: grams[name] for name in owned}


def _layer_wise(samples: Samples, layers: Owned, chunk: int) -> tuple[Tensor, dict[str, Tensor]]:
    """All values f (n,), and the Gram matrices of those layers that the identity describes."""
    n, model = len(samples), samples.model
    blocks = _blocks(n, chunk)
    grams = {name: own[0].detach().new_zeros((n, n)) for name, own in layers.items()}
    values, wrong = [], set()
    for k, rows in enumerate(blocks):
        mine = passed(samples, rows, layers)
        values.append(mine.values)
        wrong |= mine.elsewhere
        for cols in blocks[k:] if layers else []:
            theirs = mine if cols == rows else passed(samples, cols, layers)
            wrong |= theirs.elsewhere
            for name in layers.keys() - wrong:
                block = contract(mine.calls[name], theirs.calls[name], model.get_submodule(name))
                grams[name][rows, cols] = block
                if cols != rows:
                    grams[name][cols, rows] = block.T
    found = torch.cat(values)
    left = {name: gram for name, gram in grams.items() if name not in wrong}
    wrong = differing(samples, found, left, layers, chunk)
    return found, {name: gram for name, gram in left.items() if name not in wrong}


def _blocks(n: int, chunk: int) -> list[slice]:
    """Rows in blocks of this size, none of a single row beside others: models may squeeze that axis away."""
    ends = [*range(max(chunk, 2), n - 1, max(chunk, 2)), n]
    return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]


def _by_autograd(samples: Samples, owned: Owned, values: Tensor) -> dict[str, Tensor]:
    """One backward pass a sample, each beside a copy of itself: for layers that the identity does not describe."""
    numbers = sum(p.numel() for own in owned.values() for p in own)
    needed = 16.0 * len(samples) * numbers
    require(needed, f"gradients of {', '.join(map(repr, owned))}", "take fewer inputs", _free(samples))
    found: dict[str, list[Tensor]] = {name: [] for name in owned}
    for i in range(len(samples) if owned else 0):
        with torch.enable_grad():
            out, _ = samples.at([i, i])  # a model may squeeze an axis of length one away
            refuse_other_values(out.detach(), values[[i, i]], values)
            if not out.requires_grad:
                raise ModelError("the model's output has no gradient (no_grad or detach inside?)")
            by = [p for own in owned.values() for p in own]
            slopes = iter(torch.autograd.grad(out[0], by, retain_graph=True, allow_unused=True))
        for name, own in owned.items():
            found[name].append(torch.cat([_flat(p, next(slopes)) for p in own]))
    return {name: j @ j.T for name, j in ((name, torch.stack(rows)) for name, rows in found.items())}


def _flat(p: Tensor, slope: Tensor | None) -> Tensor:
    """A gradient as a vector; None where the value does not depend on p, sparse for embeddings that ask for it."""
    return (torch.zeros_like(p) if slope is None else slope.to_dense()).detach().reshape(-1)


@taking(ModelError, grams=table)
def total_gram(grams: dict[str, Tensor]) -> Tensor:
    """G = Σ_h G^(h)."""
    each = [g for g in grams.values() if isinstance(g, Tensor)]
    if not each or len(each) < len(grams) or len({g.shape for g in each}) > 1:
        raise ModelError("grams must be tensors of one shape by name, at least one")
    return torch.stack(each).sum(0)


def _free(samples: Samples) -> float:
    return SHARE * (torch.cuda.mem_get_info(samples.device)[0] if samples.device.type == "cuda" else available())


def _fitting(samples: Samples, owned: Owned, layers: Owned) -> int:
    """How many rows fit: what one row needs, and about as much again for autograd."""
    modules = [samples.model.get_submodule(name) for name in layers]
    (x, *more) = samples.tensors
    linear = [m for m in modules if isinstance(m, nn.Linear)]
    if len(linear) == len(owned) and not more and x.ndim == 2:
        each = 32.0 * sum(m.in_features + m.out_features for m in linear)
    else:  # positions and pixels are only known by looking
        each = _kept_by_one(samples, layers)
    n = len(samples)
    outputs = 8.0 * n * n * (len(owned) + 1) + 16.0 * sum(p.numel() for own in layers.values() for p in own)
    free = _free(samples)
    require(outputs + 2 * each, f"{len(owned)} Gram matrices of {n} inputs", "take fewer inputs", free)
    return max(1, int((free - outputs) / (2 * each)))


def _kept_by_one(samples: Samples, layers: Owned) -> float:
    """Bytes of one sample's pass: the uses of layers, and what autograd keeps beside the parameters."""
    parameters = {p.untyped_storage().data_ptr() for p in samples.model.parameters()}
    kept: dict[int, int] = {}

    def pack(t: Tensor) -> Tensor:
        storage = t.untyped_storage()
        if storage.data_ptr() not in parameters:
            kept[storage.data_ptr()] = storage.nbytes()
        return t

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        two = passed(samples, [0, 0], layers)
    numbers = sum(call.x.numel() + call.b.numel() for calls in two.calls.values() for call in calls)
    return 16.0 * numbers + sum(kept.values()) + 8.0


@taking(ModelError, model=module, inputs=tensor)
def jacobian_gram(model: nn.Module, inputs: Tensor) -> dict[str, Tensor]:
    """The same by torch.func's Jacobian, one block a parameter: slow and large, the definition itself."""
    from torch.func import functional_call, jacrev, vmap

    if inputs.ndim == 0 or inputs.numel() == 0:
        raise ModelError("no inputs: n ≥ 1 is needed")

    parameters = {k: v.detach() for k, v in model.named_parameters()}

    def one(p: dict[str, Tensor], x: Tensor) -> Tensor:
        found: Tensor = functional_call(model, p, (x[None],))
        return found.reshape(())

    jacobian = vmap(jacrev(one), (None, 0))(parameters, inputs)
    flat = {k: j.reshape(len(inputs), prod(j.shape[1:])) for k, j in jacobian.items()}
    return {k: j @ j.T for k, j in flat.items()}
