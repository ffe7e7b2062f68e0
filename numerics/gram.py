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
    """Compute the Gram matrix of every layer that has parameters of its own.

    Weight, bias and all other parameters of a module are taken together, frozen ones too; for a parametrized weight,
    the parameters behind it are taken. A parameter that several modules share counts once, for the first of them, with
    its gradient summed over all uses. Spectral norms are not updated: no power iteration runs in training mode. The
    model is left as it was found.

    Args:
        model: A torch module that treats its samples independently and draws no random numbers.
        inputs: A tensor, or a tuple or mapping of tensors that the model takes; the n samples are the first axis of
            each.
        function: Maps the model's output (n, …) to one number for each sample; without it the output must have
            shape (n,) or (n, 1).
        chunk: The number of rows processed at once, at least 1; by default as many as fit into memory.

    Returns:
        The Gram matrices G^(h), of shape (n, n), by the module's name; the name of the model itself is "".

    Raises:
        ModelError: The model mixes samples, draws random numbers, has no gradients, or does not return one real number
            for each sample.
        TooLarge: Not even one row fits into memory.

    Source:
        Du, Lee, Li, Wang and Zhai 2019 (arXiv:1811.03804), Section 3.

    Example:
        >>> import torch
        >>> from numerics.gram import layer_grams
        >>> model = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
        >>> {name: tuple(G.shape) for name, G in layer_grams(model, torch.ones(3, 2)).items()}
        {'0': (3, 3), '2': (3, 3)}
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
    """Add the Gram matrices of all layers: G = Σ_h G^(h).

    Args:
        grams: Tensors of shape (n, n) by name, at least one, as `layer_grams` returns them.

    Returns:
        Their sum, a tensor of shape (n, n).

    Raises:
        ModelError: There is no matrix, or their shapes differ.

    Example:
        >>> import torch
        >>> from numerics.gram import total_gram
        >>> total_gram({"first": torch.eye(2), "second": torch.ones(2, 2)}).tolist()
        [[2.0, 1.0], [1.0, 2.0]]
    """
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
    """Compute the Gram matrix of every parameter from its Jacobian, by definition.

    This is slow and needs much memory: use it to test `layer_grams`.

    Args:
        model: A torch module that returns one number for each sample.
        inputs: A floating-point tensor with the n ≥ 1 samples first.

    Returns:
        The Gram matrices, of shape (n, n), by the parameter's name.

    Raises:
        ModelError: There are no inputs, or torch cannot differentiate the model.

    Example:
        >>> import torch
        >>> from numerics.gram import jacobian_gram
        >>> model = torch.nn.Linear(2, 1)
        >>> jacobian_gram(model, torch.eye(2))["weight"].tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
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
