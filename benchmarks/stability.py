"""The phase diagram of zhang2019: conditional simulation, and the full network that it replaces."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from benchmarks.timing import Row, median_time
from numerics.stability import phase_diagram

WIDTH, TRIALS, ALPHAS = 512, 20, 20


def full_network(alphas: list[float], depth: int, width: int, trials: int, generator: torch.Generator) -> torch.Tensor:
    """log ‖h_L‖²/‖h_0‖² with matrices W_l drawn one by one, all α at once: the peer."""
    found = []
    for _ in range(trials):
        tau = torch.tensor([depth**-a for a in alphas], dtype=torch.float64)
        h = torch.randn(width, generator=generator, dtype=torch.float64).relu().expand(len(alphas), width)
        total = torch.zeros(len(alphas), dtype=torch.float64)
        for _ in range(depth):
            W = torch.randn(width, width, generator=generator, dtype=torch.float64) / width**0.5
            after = (h + tau[:, None] * (h @ W.T)).relu()
            total += (after.square().sum(1) / h.square().sum(1)).log()
            h = after / after.norm(dim=1, keepdim=True)
        found.append(total)
    return torch.stack(found)


def stability(quick: bool) -> Iterator[Row]:
    """20 α by 12 depths to 4096, width 512, 20 trials; the peer at one depth and trial, scaled to all layers."""
    torch.set_num_threads(1)
    alphas = list(np.linspace(0, 1, ALPHAS))
    depths = [2**k for k in range(1, 9 if quick else 13)]
    g = torch.Generator().manual_seed(0)
    ours = median_time(lambda: phase_diagram(alphas, depths, WIDTH, TRIALS, g), 1)
    layers, sample = sum(depths) * TRIALS, 64
    theirs = median_time(lambda: full_network(alphas, sample, WIDTH, 1, g), 3) * layers / sample
    job = f"phase diagram, {ALPHAS} x {len(depths)}, L to {depths[-1]}, m = {WIDTH}, {TRIALS} trials"
    yield Row(job, ours, "full network, a matrix a layer (scaled)", theirs)
