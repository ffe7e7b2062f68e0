"""Torch layers of macdonald2023: affine maps with normalised weights, and residual blocks with a scale."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from derivations.arguments import ArgumentError, flag, one_of, optional, real, taking, whole
from numerics.arguments import generator, module

Normalised = Literal["entry", "row", "whole"]


class NormalisedLinear(nn.Module):
    """x ↦ P(V)x + b on the last axis, with V/√(ε + ·²) taken entry by entry, row by row or for the whole matrix.

    Weights start as N(0, std²). Raises ValueError for ε ≤ 0 or another way to normalise.
    """

    @taking(
        ArgumentError,
        inputs=whole(1, 2**24),
        outputs=whole(1, 2**24),
        by=one_of("entry", "row", "whole"),
        bias=flag,
        generator=optional(generator),
        eps=real(),
        std=real(0),
    )
    def __init__(
        self,
        inputs: int,
        outputs: int,
        eps: float = 1e-3,
        by: Normalised = "row",
        bias: bool = False,
        generator: torch.Generator | None = None,
        std: float = 1.0,
    ) -> None:
        super().__init__()
        if eps <= 0:
            raise ArgumentError(f"ε = {eps}: normalisation needs ε > 0, or its derivative is unbounded at 0")
        device = generator.device if generator is not None else None
        drawn = torch.randn(outputs, inputs, generator=generator, dtype=torch.float64, device=device)
        self.V = nn.Parameter(std * drawn)
        self.bias = nn.Parameter(torch.zeros(outputs, dtype=torch.float64, device=device)) if bias else None
        self.eps, self.by = eps, by

    def matrix(self) -> Tensor:
        """P(V)."""
        square = self.V**2
        if self.by == "row":
            square = square.sum(1, keepdim=True)
        elif self.by == "whole":
            square = square.sum()
        return self.V / (self.eps + square).sqrt()

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.linear(x, self.matrix(), self.bias)


class Residual(nn.Module):
    """x ↦ shortcut(x) + scale·body(x); the shortcut is the identity if none is given."""

    @taking(ArgumentError, body=module, scale=real(), shortcut=optional(module))
    def __init__(self, body: nn.Module, scale: float = 1.0, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.body, self.scale, self.shortcut = body, scale, shortcut

    def forward(self, x: Tensor) -> Tensor:
        straight = x if self.shortcut is None else self.shortcut(x)
        out: Tensor = straight + self.scale * self.body(x)
        return out
