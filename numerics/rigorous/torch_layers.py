"""A torch network as layers for exact and for ball arithmetic: its float weights are the rational numbers they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import sympy as sp
from torch import Tensor, nn

from derivations.activations import X, sigmoid, softplus
from derivations.arguments import taking
from numerics.arguments import module as module_kind
from numerics.rigorous.features import Convolution, Dense, Entrywise, Flatten, Layer, Normalisation, Skip
from numerics.values.ball_integrals.strips import NoBall


class Residual(nn.Module):
    """z ↦ z + g(z).

    Args:
        branch: The branch g, whose output has the shape of its input.

    Example:
        >>> import torch
        >>> from numerics.rigorous.torch_layers import Residual
        >>> Residual(torch.nn.Identity())(torch.ones(1)).item()
        2.0
    """

    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, z: Tensor) -> Tensor:
        """The sum of the input and the branch."""
        out: Tensor = z + self.branch(z)
        return out


def _dense(layer: Any) -> list[Layer]:
    return [Dense(layer.weight, layer.bias)]


def _convolution(layer: Any) -> list[Layer]:
    square = layer.stride[0] == layer.stride[1] and len({layer.padding} if isinstance(layer.padding, str) else
                                                        set(layer.padding)) == 1  # fmt: skip
    if not square or isinstance(layer.padding, str) or layer.groups != 1 or set(layer.dilation) != {1}:
        raise NoBall("a convolution of one group, without dilation, with equal steps and padding by a number is needed")
    if layer.padding_mode != "zeros":
        raise NoBall(f"padding by {layer.padding_mode}: padding by zeros is needed")
    return [Convolution(layer.weight, layer.bias, layer.stride[0], layer.padding[0])]


def _normalisation(layer: Any) -> list[Layer]:
    if not layer.training and layer.running_mean is not None:
        raise NoBall("batch normalisation by running statistics: fold it into the layer before, or use train()")
    return [Normalisation(layer.eps, layer.weight, layer.bias)]


def _softplus(layer: Any) -> list[Layer]:
    if not math.isinf(layer.threshold):
        # torch is linear from the threshold on, where softplus differs by e^(−threshold)/β
        raise NoBall("softplus with a threshold is not analytic: write torch.nn.Softplus(threshold=float('inf'))")
    if not 0 < layer.beta < math.inf:
        raise NoBall(f"softplus with beta = {layer.beta}: a positive number is needed")
    beta = sp.Rational(*float(layer.beta).as_integer_ratio())
    return [Entrywise(softplus(beta * X) / beta)]


def _flatten(layer: Any) -> list[Layer]:
    if (layer.start_dim, layer.end_dim) != (1, -1):
        raise NoBall(f"{layer}: all dimensions but the first are flattened, as by torch.nn.Flatten()")
    return [Flatten()]


READ: dict[type, Callable[[Any], list[Layer]]] = {
    nn.Linear: _dense,
    nn.Conv2d: _convolution,
    nn.BatchNorm1d: _normalisation,
    nn.BatchNorm2d: _normalisation,
    nn.Softplus: _softplus,
    nn.Tanh: lambda layer: [Entrywise(sp.tanh(X))],
    nn.Sigmoid: lambda layer: [Entrywise(sigmoid(X))],
    nn.ReLU: lambda layer: [Entrywise(sp.Max(0, X))],
    nn.Flatten: _flatten,
    nn.Identity: lambda layer: [],
    Residual: lambda layer: [Skip(tuple(_read(layer.branch)))],
    nn.Sequential: lambda layer: [one for part in layer for one in _read(part)],
}
"""How each type of module is read."""


def _read(network: nn.Module) -> list[Layer]:
    read = READ.get(type(network))
    if read is None:
        known = ", ".join(t.__name__ for t in READ)
        raise NoBall(f"layers_of: {type(network).__name__} is not read; known are {known}")
    if network._forward_hooks or network._forward_pre_hooks:
        raise NoBall(f"layers_of: a hook changes what {type(network).__name__} computes")
    return read(network)


@taking(NoBall, network=module_kind)
def layers_of(network: nn.Module) -> tuple[Layer, ...]:
    """Read a torch network as layers of `numerics.rigorous.features`.

    Args:
        network: A module, or an `nn.Sequential` of them: Linear, Conv2d, BatchNorm in training mode, Tanh, Sigmoid,
            ReLU, Softplus without a threshold, Flatten, `Residual`. Give it without the last, linear layer.

    Returns:
        The layers, with the network's own weights.

    Raises:
        NoBall: A module is of another type, or uses an option that has no exact counterpart.

    Example:
        >>> from torch import nn
        >>> from numerics.rigorous.torch_layers import layers_of
        >>> len(layers_of(nn.Sequential(nn.Linear(2, 3), nn.Tanh())))
        2
    """
    return tuple(_read(network))
