"""Gradient descent on the networks of du2018 with L = ½ Σ (f − y)², all layers trained, written out by layers.

One step costs the matrix products it consists of and no memory beyond weights and features: the gradient
of a layer, bᵀx of rank n, goes into the weights without being stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from derivations.activations import X
from numerics.models.du2018 import ConvResNet, FullyConnected, ResNet, torch_activation
from numerics.values.functions import scalar_function


@dataclass(frozen=True)
class State:
    """Step k, predictions u (n), loss, and the features x^(0) … x^(H) before the step."""

    k: int
    u: Tensor
    loss: float
    features: list[Tensor]


def descend(
    net: FullyConnected | ResNet, activation: object, x: Tensor, y: Tensor, eta: float, steps: int
) -> Iterator[State]:
    """The states k = 0 … steps of gradient descent with step size η; the network's weights are changed."""
    expr = scalar_function(activation).expr
    if expr is None:
        raise TypeError("the activation needs a SymPy expression: its derivative is taken")
    slope = torch_activation(expr.diff(X))
    weights: list[Any] = [layer.weight for layer in net.layers]
    output: Any = net.output.weight[0]
    scales: list[float] = [net.step if isinstance(net, ResNet) and h else net.scale for h in range(net.depth)]
    sigma: Callable[[Tensor], Tensor] = net.sigma
    residual = isinstance(net, ResNet)
    with torch.no_grad():
        for k in range(steps + 1):
            features, inputs = [x], []
            for h, W in enumerate(weights):
                inputs.append(features[-1] @ W.T)
                new = scales[h] * sigma(inputs[-1])
                features.append(features[-1] + new if residual and h else new)
            u = features[-1] @ output
            error = u - y
            yield State(k, u, float(error @ error) / 2, features)
            if k == steps:
                return
            signal = error[:, None] * output[None, :]
            output -= eta * (features[-1].T @ error)
            for h in range(len(weights) - 1, -1, -1):
                local = scales[h] * signal * slope(inputs[h])
                back = local @ weights[h] if h else None
                weights[h].addmm_(local.T, features[h], alpha=-eta)
                if back is not None:
                    signal = signal + back if residual else back


def descend_by_autograd(net: nn.Module, x: Tensor, y: Tensor, eta: float, steps: int) -> Iterator[float]:
    """The losses L(0) … L(steps) of gradient descent on any torch model, by autograd."""
    parameters = list(net.parameters())
    for k in range(steps + 1):
        loss = ((net(x) - y) ** 2).sum() / 2
        yield float(loss.detach())
        if k < steps:
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                for p, g in zip(parameters, gradients, strict=True):
                    p.sub_(eta * g)


def clone_weights(net: FullyConnected | ResNet | ConvResNet) -> list[Tensor]:
    """Copies of W^(1) … W^(H)."""
    return [layer.weight.detach().clone() for layer in net.layers]  # type: ignore[operator]
