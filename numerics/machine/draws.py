"""Gaussian draws for networks side by side: from one stream, or from one stream per network."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

Draws = torch.Generator | Sequence[torch.Generator]
"""One generator for all, or one for each network: then a network's draws do not depend on those beside it."""


def device_of(draws: Draws) -> torch.device:
    """Where the generators draw."""
    return (draws if isinstance(draws, torch.Generator) else draws[0]).device


def standard_normal(generator: torch.Generator, *shape: int) -> Tensor:
    """Independent N(0, 1) of that shape in float64, on the generator's device.

    >>> standard_normal(torch.Generator().manual_seed(0), 2, 3).shape
    torch.Size([2, 3])
    """
    return torch.randn(*shape, generator=generator, dtype=torch.float64, device=generator.device)


AHEAD = 2**19
"""Numbers that a network draws at once on a GPU, where a kernel's launch costs more than what it computes."""


def ahead(networks: int, width: int, draws: Draws) -> int:
    """How many vectors of each network to draw at once: one on a CPU, where it would leave the caches.

    It depends on the width alone where each network has its own stream.
    """
    if device_of(draws).type != "cuda":
        return 1
    return max(1, AHEAD // width if not isinstance(draws, torch.Generator) else 8 * AHEAD // (networks * width))


def fill(out: Tensor, draws: Draws) -> Tensor:
    """Overwrite with N(0, 1); the first axis counts networks. Raises ValueError for another number of generators."""
    if isinstance(draws, torch.Generator):
        return out.normal_(generator=draws)
    if len(draws) != len(out):
        raise ValueError(f"{len(out)} networks and {len(draws)} generators")
    for row, generator in zip(out, draws, strict=True):
        row.normal_(generator=generator)
    return out


def normals(shape: tuple[int, ...], draws: Draws, dtype: torch.dtype = torch.float64) -> Tensor:
    """N(0, 1) of a shape whose first axis counts networks, on the generators' device."""
    return fill(torch.empty(shape, dtype=dtype, device=device_of(draws)), draws)
