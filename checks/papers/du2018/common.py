"""What the readings of Du et al. (2019) share: σ, sizes, networks."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from numerics.models.du2018 import FullyConnected, ResNet

Array = NDArray[np.float64]

SIGMA = "softplus"
"""The guiding example."""
C_RES = 0.5
DEPTH = 3
UNIT_ROUNDOFF = 2.0**-53
INPUTS = 100


def numpy_(x: Tensor) -> Array:
    return np.asarray(x.detach().cpu().numpy(), dtype=float)


def net_of(kind: str, d: int, m: int, depth: int, g: torch.Generator) -> FullyConnected | ResNet:
    return FullyConnected(d, m, depth, SIGMA, g) if kind == "fc" else ResNet(d, m, depth, SIGMA, g, C_RES)
