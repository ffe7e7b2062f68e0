"""The three networks of Du et al. (2019) as torch modules, in float64: Section 3.

All weights are N(0, 1); the outputs are fₙ = aᵀx^(H), shape (n,). The weights are float64.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod, sqrt
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from derivations.activations import X
from derivations.arguments import InputError
from numerics.infinite.recursion import network
from numerics.values.evaluate import evaluate
from numerics.values.functions import scalar_function


def torch_activation(activation: Any) -> Callable[[Tensor], Tensor]:
    """σ as a torch function, from anything with a SymPy expression; a torch function is returned as it is."""
    if callable(activation) and getattr(activation, "__module__", "").startswith("torch"):
        return activation  # type: ignore[no-any-return]
    expr = scalar_function(activation).expr
    if expr is None:
        raise TypeError(f"{activation} has no SymPy expression: give one, or a torch function")
    return lambda x: evaluate(expr, {X: x}, "torch", x.device.type)


class _Network(nn.Module):
    """Layers W^(1), …, W^(H) and the output a, all N(0, 1) from one generator."""

    def __init__(self, layers: list[nn.Module], outputs: int, activation: Any, generator: torch.Generator) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.output = _linear(outputs, 1)
        self.sigma = torch_activation(activation)
        self.to(generator.device)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.normal_(generator=generator)

    @property
    def depth(self) -> int:
        return len(self.layers)


def _positive(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise InputError(f"{name} = {size} is not a positive integer")


def _linear(inputs: int, outputs: int) -> nn.Linear:
    # without torch's own start, which would be overwritten
    made: nn.Linear = nn.utils.skip_init(  # type: ignore[no-untyped-call]
        nn.Linear, inputs, outputs, bias=False, dtype=torch.float64
    )
    return made


class FullyConnected(_Network):
    """x^(h) = √(c_σ/m)·σ(W^(h)x^(h−1)), h = 1..H; f = aᵀx^(H)."""

    def __init__(self, d: int, m: int, depth: int, activation: Any, generator: torch.Generator) -> None:
        _positive(d=d, m=m, H=depth)
        super().__init__([_linear(d, m), *(_linear(m, m) for _ in range(depth - 1))], m, activation, generator)
        self.scale = sqrt(network(activation, depth).c_sigma / m)

    def features(self, x: Tensor) -> list[Tensor]:
        """x^(0), …, x^(H), each (n, width)."""
        found = [x]
        for layer in self.layers:
            found.append(self.scale * self.sigma(layer(found[-1])))
        return found

    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.features(x)[-1])[:, 0]  # type: ignore[no-any-return]


class ResNet(_Network):
    """x^(1) = √(c_σ/m)·σ(W^(1)x), x^(h) = x^(h−1) + c_res/(H√m)·σ(W^(h)x^(h−1)), h = 2..H; f = aᵀx^(H)."""

    def __init__(
        self, d: int, m: int, depth: int, activation: Any, generator: torch.Generator, c_res: float = 0.5
    ) -> None:
        _positive(d=d, m=m, H=depth)
        super().__init__([_linear(d, m), *(_linear(m, m) for _ in range(depth - 1))], m, activation, generator)
        self.scale = sqrt(network(activation, depth).c_sigma / m)
        self.step = c_res / (depth * sqrt(m))

    def features(self, x: Tensor) -> list[Tensor]:
        """x^(0), …, x^(H), each (n, width)."""
        first, *others = self.layers
        found = [x, self.scale * self.sigma(first(x))]
        for layer in others:
            found.append(found[-1] + self.step * self.sigma(layer(found[-1])))
        return found

    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.features(x)[-1])[:, 0]  # type: ignore[no-any-return]


class ConvResNet(_Network):
    """The residual network on patches: W^(h)φ_h(x) is a convolution with zero padding; f = ⟨a, x^(H)⟩, a ∈ R^{m×p}."""

    def __init__(
        self,
        channels: int,
        shape: tuple[int, ...],
        m: int,
        depth: int,
        activation: Any,
        generator: torch.Generator,
        size: int = 3,
        c_res: float = 0.5,
    ) -> None:
        _positive(d=channels, m=m, H=depth, **{"image side": min(shape)})
        convolution = {1: nn.Conv1d, 2: nn.Conv2d}[len(shape)]

        def layer(inputs: int) -> nn.Module:
            made: nn.Module = convolution(inputs, m, size, padding=size // 2, bias=False, dtype=torch.float64)
            return made

        layers = [layer(channels), *(layer(m) for _ in range(depth - 1))]
        super().__init__(layers, m * prod(shape), activation, generator)
        self.scale = sqrt(network(activation, depth).c_sigma / m)
        self.step = c_res / (depth * sqrt(m))

    def forward(self, x: Tensor) -> Tensor:
        first, *others = self.layers
        x = self.scale * self.sigma(first(x))
        for layer in others:
            x = x + self.step * self.sigma(layer(x))
        return self.output(x.flatten(1))[:, 0]  # type: ignore[no-any-return]


def generator(seed: int, device: str = "cpu") -> torch.Generator:
    """A torch generator with its own seed."""
    return torch.Generator(device=device).manual_seed(seed)


def as_tensor(x: Any, device: str = "cpu") -> Tensor:
    """Data as a float64 tensor on a device."""
    return torch.as_tensor(np.asarray(x, dtype=float), device=device)
