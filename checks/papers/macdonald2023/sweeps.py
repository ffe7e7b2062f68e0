"""What may be swept of MacDonald et al. (2023): the smallest singular value of square layers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor

from checks.measurable.sweeps import Dimension, Sizes, Sweep
from checks.papers.macdonald2023.spectra import square_correction
from numerics.machine.precision import Precision, Trace
from numerics.marchenko_pastur import least_singular_values


def least(point: Sizes, generators: Sequence[torch.Generator], precision: Precision, trace: Trace | None) -> Tensor:
    """σ_min of W/√m for a square Gaussian W, one for each generator."""
    return torch.stack([least_singular_values(point["width"], 1, g)[0] for g in generators])


def least_bytes(point: Sizes, precision: Precision) -> float:
    """The matrix, its copy and the work of a decomposition."""
    return 4.0 * point["width"] ** 2 * precision.bytes


@cache
def _correction() -> float:
    """c of the correction c/m to log σ_min, measured on sizes below those that are swept."""
    return square_correction(torch.Generator().manual_seed(0))


SWEEPS: dict[str, Sweep] = {
    "square-layer": Sweep(
        Dimension("width", "m", "12:192:x2", "rows and columns"),
        least,
        least_bytes,
        networks=64,
        drift=lambda m: abs(_correction()) / m,  # the slope of c/m on log m
    )
}
