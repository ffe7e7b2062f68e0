"""Gradient descent on any torch model, with the Łojasiewicz constant and the local smoothness of every step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from derivations.arguments import function, real, taking, whole
from numerics.arguments import module
from numerics.networks.batch_loss import BatchLoss, CurvatureError, Loss, derivative, measuring
from numerics.networks.unchanged import unchanged


@dataclass(frozen=True)
class Iterate:
    """One step of gradient descent.

    Attributes:
        k: The number of the step, from 0.
        loss: The loss ℓ before the step.
        gradient_squared: ‖∇ℓ‖².
        lojasiewicz: μ_k = ‖∇ℓ‖² / (ℓ − inf ℓ); infinity where ℓ is at the infimum.
        local_smoothness: ‖∇ℓ(θ_{k+1}) − ∇ℓ(θ_k)‖ / ‖θ_{k+1} − θ_k‖.
    """

    k: int
    loss: float
    gradient_squared: float
    lojasiewicz: float
    local_smoothness: float


@taking(CurvatureError, model=module, loss=function, eta=real(above=0), steps=whole(0), infimum=real())
def along(
    model: nn.Module, loss: Loss, x: Any, y: Any, eta: float, steps: int, *, infimum: float = 0.0
) -> Iterator[Iterate]:
    """Run full-batch gradient descent, with the Łojasiewicz constant and the local smoothness of every step.

    The model's weights are changed; everything else of the model stays.

    Args:
        model: A torch module.
        loss: A function of (model(x), y) that returns one number.
        x: One batch of inputs: a tensor, or a tuple or mapping of tensors.
        y: The targets, as `loss` takes them.
        eta: The step size η > 0.
        steps: The number of steps, ≥ 0.
        infimum: The infimum of the loss.

    Returns:
        An iterator over the steps, one `Point` each.

    Raises:
        NonFinite: The loss is no longer finite at a step, which is named.
        CurvatureError: As for `hessian_extremes`.

    Example:
        >>> import torch
        >>> from numerics.curvature import along
        >>> model = torch.nn.Linear(1, 1, bias=False, dtype=torch.float64)
        >>> x, y = torch.ones(1, 1, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
        >>> [round(point.lojasiewicz, 9) for point in along(model, torch.nn.MSELoss(), x, y, 0.1, 2)]  # of w²
        [4.0, 4.0]
    """
    return _along(model, loss, x, y, eta, steps, infimum)


def _along(model: nn.Module, loss: Loss, x: Any, y: Any, eta: float, steps: int, infimum: float) -> Iterator[Iterate]:
    with measuring(model):
        at = BatchLoss(model, loss, x, y)
    value, gradient = _loss_and_gradient(at, 0)
    for k in range(steps):
        with torch.no_grad():
            for p, g in zip(at.given.values(), torch.split(gradient, at.sizes), strict=True):
                p.sub_(eta * g.reshape(p.shape))
        later, new = _loss_and_gradient(at, k + 1)
        squared = float(gradient @ gradient)
        change = float(((new - gradient) ** 2).sum())
        gap = value - infimum
        smoothness = (change / squared) ** 0.5 / eta if squared > 0 else 0.0
        yield Iterate(k, value, squared, squared / gap if gap > 0 else float("inf"), smoothness)
        value, gradient = later, new


def _loss_and_gradient(at: BatchLoss, step: int) -> tuple[float, Tensor]:
    with unchanged(at.model), torch.enable_grad():
        theta = at.at().requires_grad_(True)
        value = at.value(theta, step)
        return float(value.detach()), derivative(value, theta).detach()
