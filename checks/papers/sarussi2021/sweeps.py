"""What may be swept of Sarussi et al. (2021): updates against the slope."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from checks.measurable.sweeps import Dimension, Sizes, Sweep
from checks.papers.sarussi2021.runs import three_points
from numerics.machine.precision import Precision, Trace


def _updates(point: Sizes, generators: Sequence[torch.Generator], precision: Precision, trace: Trace | None) -> Tensor:
    del precision, trace
    return torch.tensor([three_points(point["inverse"], g) for g in generators], dtype=torch.float64)


SWEEPS: dict[str, Sweep] = {
    "updates-order": Sweep(
        dimension=Dimension("inverse", "m", "128:16384:x2", "1/a, one over the slope of leaky ReLU"),
        each=_updates,
        bytes=lambda point, precision: 1e4,
        networks=1,
        drift=lambda m: 8 / m,
    ),
}
