"""First and second derivatives of torch functions by autograd, in float64, batched where possible."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor


def gradient_of(function: Callable[..., Tensor], arguments: Mapping[str, Tensor], by: str) -> Tensor:
    """∂function/∂arguments[by], of the shape of that argument.

    The function takes `arguments` by name and returns one number. Raises ValueError if it returns
    anything else or does not depend on the argument through torch operations.
    """
    given = {n: t.detach().clone().requires_grad_(n == by) for n, t in arguments.items()}
    value = function(**given)
    if not isinstance(value, Tensor) or value.numel() != 1:
        shape = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
        raise ValueError(f"the model must return one number, not {shape}")
    if not value.requires_grad:
        raise ValueError(f"the model's value does not depend on {by} through torch operations")
    (found,) = torch.autograd.grad(value.reshape(()), given[by], allow_unused=True)
    return torch.zeros_like(given[by]) if found is None else found


def batched_gradient(function: Callable[[Tensor], Tensor], at: Tensor) -> Tensor:
    """The gradient of each row's value by that row; `function` maps (R, d) to (R,), rows independent."""
    at = at.detach().clone().requires_grad_(True)
    (found,) = torch.autograd.grad(function(at).sum(), at)
    return found


def hessian(function: Callable[[Tensor], Tensor], at: Tensor) -> Tensor:
    """The Hessian (d, d) of a scalar function of one vector (d,), by autograd twice."""
    found: Tensor = torch.func.jacrev(torch.func.grad(function))(at.detach())
    return found
