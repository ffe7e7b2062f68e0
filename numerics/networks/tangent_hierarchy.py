"""The neural tangent hierarchy of torch models: K², K³, K⁴, … by forward over reverse mode, without a Jacobian.

K²(x, z) = ⟨∇f(x), ∇f(z)⟩ and K^{r+1}(x_1, …, x_r, z) = ⟨∇K^r(x_1, …, x_r), ∇f(z)⟩: each order is the derivative of the
one before along the gradients ∇f(z), which are found one after another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from derivations.arguments import function, optional, taking, whole
from numerics.arguments import module
from numerics.networks.gram_model import ModelError, Samples, in_words, owners, refuse_mixing
from numerics.networks.unchanged import evaluated, unchanged

Parameters = Mapping[str, Tensor]
State = dict[str, Tensor]
Field = Callable[[Parameters], Tensor]
"""A tensor that depends on the parameters, such as the outputs f(x_1), …, f(x_n) or K^r."""


@taking(ModelError, model=module, order=whole(2), function=optional(function))
def tangent_kernels(
    model: nn.Module, inputs: Any, order: int = 3, *, function: Callable[[Any], Tensor] | None = None
) -> tuple[Tensor, ...]:
    """Compute the kernels K², …, K^order of the neural tangent hierarchy on n inputs.

    All trainable parameters count, and all of them if every one is frozen. The memory is that of a few gradients: no
    Jacobian is formed. The time grows as n^(order − 1). Activations without an (order − 1)-th derivative, such as ReLU
    for order 3, get the derivatives that torch has, which leave out what happens at kinks.

    Args:
        model: A torch module that treats its samples independently and draws no random numbers.
        inputs: A tensor, or a tuple or mapping of tensors that the model takes, with the n samples first.
        order: The last order r, at least 2.
        function: Maps the model's output (n, …) to one number for each sample; without it the output must have
            shape (n,) or (n, 1).

    Returns:
        K^r for r = 2, …, order, each of shape (n, …, n) with r axes; the last axis is that of the last derivative.

    Raises:
        ModelError: The model mixes samples, does not return one real number for each, or torch has no forward-mode
            derivative of one of its layers.

    Source:
        Huang and Yau 2019 (arXiv:1909.08156), the hierarchy of ordinary differential equations.

    Example:
        >>> import torch
        >>> from numerics.networks.tangent_hierarchy import tangent_kernels
        >>> model = torch.nn.Linear(2, 1)
        >>> K2, K3 = tangent_kernels(model, torch.eye(2))
        >>> K2.tolist(), float(K3.abs().max())
        ([[2.0, 1.0], [1.0, 2.0]], 0.0)
    """
    owners(model)
    refuse_mixing(model)
    with in_words(), unchanged(model):
        samples = Samples.of(model, inputs, function)
        named = dict(model.named_parameters())
        chosen = {k: p for k, p in named.items() if p.requires_grad} or named
        at = {k: p.detach().clone() for k, p in chosen.items()}
        fixed = {k: p.detach().clone() for k, p in named.items() if k not in at}

        def outputs(parameters: Parameters) -> Tensor:
            found = evaluated(model, {**fixed, **parameters}, samples.inputs)
            found = found if function is None else function(found)
            if not isinstance(found, Tensor) or found.shape not in ((len(samples),), (len(samples), 1)):
                shape = tuple(getattr(found, "shape", ()))
                raise ModelError(f"outputs of shape {shape} for {len(samples)} inputs: give `function`")
            return found.reshape(len(samples))

        found = []
        field: Field = outputs
        for _ in range(2, order + 1):
            lower, field = field, along_gradients(field, outputs)
            found.append(field(at).detach())
            _compare(found[-1], lower, outputs, at)
    return tuple(found)


def _compare(kernel: Tensor, lower: Field, outputs: Field, at: State) -> None:
    """ModelError unless the kernel is, along a random mixture of gradients, a difference of the one before.

    Torch's forward mode has layers whose second derivative is wrong, without a word.
    """
    g = torch.Generator().manual_seed(29)
    values, pull = torch.func.vjp(outputs, at)[:2]
    weights = torch.randn(len(values), generator=g, dtype=torch.float64).to(values)
    (direction,) = pull(weights)
    length = float(torch.cat([d.reshape(-1) for d in direction.values()]).norm())
    if length == 0:
        return
    eps = torch.finfo(values.dtype).eps
    h = eps ** (1 / 3) / length
    after, before = (lower({k: p + s * h * direction[k] for k, p in at.items()}).detach() for s in (1, -1))
    known, difference = kernel @ weights, (after - before) / (2 * h)
    rounding = 64 * eps * float(after.abs().max()) / h
    if float((known - difference).abs().max()) > eps**0.25 * float(known.abs().max()) + rounding:
        raise ModelError(
            f"torch's derivative of order {kernel.ndim - 1} is not that of the model's values (differences): write "
            "normalisations and other fused layers in elementary operations"
        )


def along_gradients(field: Field, outputs: Field) -> Field:
    """Make the field p ↦ ⟨∇field, ∇f(z)⟩ for every input z: the step from K^r to K^{r+1}.

    Args:
        field: Any tensor as a function of the parameters, by name, of shape S.
        outputs: The outputs f(x_1), …, f(x_n) as a function of the parameters, of shape (n,).

    Returns:
        A function of the parameters that returns a tensor of shape S + (n,), which can be differentiated again.

    Example:
        >>> import torch
        >>> from numerics.networks.tangent_hierarchy import along_gradients
        >>> f = lambda p: p["w"] ** 2
        >>> K2 = along_gradients(f, f)
        >>> w = {"w": torch.tensor([3.0])}
        >>> K2(w).tolist(), along_gradients(K2, f)(w).tolist()
        ([[36.0]], [[[144.0]]])
    """
    from torch.func import jvp, vjp

    def derived(parameters: Parameters) -> Tensor:
        values, pull = vjp(outputs, parameters)[:2]
        columns = []
        for unit in torch.eye(len(values), dtype=values.dtype, device=values.device):
            (direction,) = pull(unit)
            columns.append(jvp(field, (parameters,), (direction,))[1])
        return torch.stack(columns, -1)

    return derived


def along_gradient(field: Field, outputs: Field, weights: Tensor) -> Field:
    """Make the field p ↦ ⟨∇field, Σ_z weights(z)∇f(z)⟩, in one pass: K^{r+1} summed over its last input.

    Args:
        field: Any tensor as a function of the parameters, of shape S.
        outputs: The outputs as a function of the parameters, of any shape.
        weights: Numbers of that shape, which are not differentiated.

    Returns:
        A function of the parameters that returns a tensor of shape S.

    Example:
        >>> import torch
        >>> from numerics.networks.tangent_hierarchy import along_gradient
        >>> f = lambda p: p["w"] ** 2
        >>> along_gradient(f, f, torch.tensor([2.0]))({"w": torch.tensor([3.0])}).tolist()
        [72.0]
    """
    from torch.func import jvp, vjp

    def derived(parameters: Parameters) -> Tensor:
        (direction,) = vjp(outputs, parameters)[1](weights)
        found: Tensor = jvp(field, (parameters,), (direction,))[1]
        return found

    return derived
