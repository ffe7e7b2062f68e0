"""What may be swept of Zou et al. (2021): how fast sign descent takes in noise, by its number of coordinates."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from checks.measurable.sweeps import Dimension, Sizes, Sweep
from checks.papers.zou2021.steps import ALPHA, FILTERS, speed
from numerics.machine.precision import Precision, Trace


def _speed(point: Sizes, generators: Sequence[torch.Generator], precision: Precision, trace: Trace | None) -> Tensor:
    del precision, trace
    return torch.tensor([speed(point["s"], point["images"], g) for g in generators], dtype=torch.float64)


def _bytes(point: Sizes, precision: Precision) -> float:
    """Images, filters, their gradients and what the optimiser keeps."""
    del precision
    return 8.0 * point["s"] * point["images"] * (4 * point["images"] + 12 * FILTERS)


SWEEPS: dict[str, Sweep] = {
    "noise-speed": Sweep(
        dimension=Dimension("s", "s", "32:32768:x4", "coordinates of the noise of one image", least=2),
        each=_speed,
        bytes=_bytes,
        others=(Dimension("images", "n", "8", "images, an even number", least=2),),
        networks=4,
        drift=lambda s: ALPHA / (2 * s**0.5),
    )
}
