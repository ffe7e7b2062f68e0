"""Torch layers of macdonald2023: affine maps with normalised weights, and residual blocks with a scale."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from derivations.arguments import ArgumentError, flag, one_of, optional, real, taking, whole
from numerics.arguments import generator, module

Normalised = Literal["entry", "row", "whole"]


class NormalisedLinear(nn.Module):
    """A linear layer x ↦ P(V)x + b on the last axis, with normalised weights P(V) = V/√(ε + ‖·‖²).

    The norm is that of each entry, of each row, or of the whole matrix. Weights are drawn from N(0, std²).

    Args:
        inputs: The length of the last axis of x, at least 1.
        outputs: The length of the last axis of the output, at least 1.
        eps: ε > 0.
        by: "entry", "row" or "whole".
        bias: Whether there is a bias b; it starts at 0.
        generator: The torch generator of the weights; the layer is on its device.
        std: The standard deviation of the weights, ≥ 0.

    Raises:
        ArgumentError: ε ≤ 0, or `by` is another word.

    Source:
        MacDonald, Valmadre, Saratchandran and Lucey 2023 (arXiv:2210.05371), Section 4.

    Example:
        >>> import torch
        >>> from numerics.layers import NormalisedLinear
        >>> layer = NormalisedLinear(3, 2, eps=0.1, generator=torch.Generator().manual_seed(0))
        >>> layer(torch.ones(5, 3, dtype=torch.float64)).shape
        torch.Size([5, 2])
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
        """The normalised weights P(V), of shape (outputs, inputs)."""
        square = self.V**2
        if self.by == "row":
            square = square.sum(1, keepdim=True)
        elif self.by == "whole":
            square = square.sum()
        return self.V / (self.eps + square).sqrt()

    def forward(self, x: Tensor) -> Tensor:
        """P(V)x + b for x of shape (…, inputs)."""
        return nn.functional.linear(x, self.matrix(), self.bias)


class Residual(nn.Module):
    """A residual block x ↦ shortcut(x) + scale·body(x).

    Args:
        body: A torch module.
        scale: The factor before the body.
        shortcut: A torch module with outputs of the same shape; by default the identity.

    Raises:
        ArgumentError: The body or the shortcut is not a torch module, or the scale is not a real number.

    Example:
        >>> import torch
        >>> from numerics.layers import Residual
        >>> Residual(torch.nn.ReLU(), 0.5)(torch.tensor([-1.0, 2.0])).tolist()
        [-1.0, 3.0]
    """

    @taking(ArgumentError, body=module, scale=real(), shortcut=optional(module))
    def __init__(self, body: nn.Module, scale: float = 1.0, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.body, self.scale, self.shortcut = body, scale, shortcut

    def forward(self, x: Tensor) -> Tensor:
        """shortcut(x) + scale·body(x)."""
        straight = x if self.shortcut is None else self.shortcut(x)
        out: Tensor = straight + self.scale * self.body(x)
        return out
