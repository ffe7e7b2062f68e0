"""How cost grows with the inputs, the width and the depth of networks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch

from benchmarks.kernels import unit_inputs
from benchmarks.timing import Slope, median_time
from numerics.gram import layer_grams
from numerics.kernels import residual
from numerics.models.du2018 import ResNet, generator
from numerics.stability import phase_diagram


def growth(quick: bool) -> Iterator[Slope]:
    """Exponents in n, m, H and L."""
    torch.set_num_threads(os.cpu_count() or 1)
    gen = generator(0)

    def grams(n: int, m: int, depth: int) -> Callable[[], object]:
        net, x = ResNet(32, m, depth, "softplus", gen), torch.as_tensor(unit_inputs(n))
        return lambda: layer_grams(net, x)

    def kernel(n: int, depth: int) -> Callable[[], object]:
        x = unit_inputs(n) * np.random.default_rng(1).uniform(0.5, 2, (n, 1))
        return lambda: residual(x, "softplus", depth)

    def phases(depth: int) -> Callable[[], object]:
        return lambda: phase_diagram(list(np.linspace(0, 1, 10)), [depth], 256, 5, gen)

    def slope(cost: str, job: Callable[[int], Callable[[], object]], sizes: Sequence[int], expected: float) -> Slope:
        sizes = [s // 4 for s in sizes] if quick else sizes
        return Slope(cost, tuple(sizes), tuple(median_time(job(s), 1 if quick else 3) for s in sizes), expected)

    yield slope("kernel, any norms, in n (n²KH)", lambda n: kernel(n, 10), (500, 1000, 2000), 2)
    yield slope("kernel, any norms, in H at n = 800", lambda h: kernel(800, h), (12, 24, 48), 1)
    # with n²mH beside n·m²H, the exponent in n lies between 1 and 2
    yield slope("Gram matrices, in n at m = 1024", lambda n: grams(n, 1024, 4), (128, 256, 512, 1024), 2)
    yield slope("Gram matrices, in m at n = 256", lambda m: grams(256, m, 4), (512, 1024, 2048), 2)
    yield slope("Gram matrices, in H at n = 256, m = 512", lambda h: grams(256, 512, h), (8, 16, 32), 1)
    yield slope("phase diagram, in L at m = 256", phases, (256, 1024, 4096), 1)
