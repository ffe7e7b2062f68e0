"""What the readings of Du et al. (2019) share: σ, sizes, networks."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from numerics.models.du2018 import FullyConnected, ResNet

Array = NDArray[np.float64]

SIGMA = "softplus"
"""The guiding example."""
C_RES = 0.5
DEPTH = 3
INPUTS = 100


def net_of(kind: str, d: int, m: int, depth: int, g: torch.Generator) -> FullyConnected | ResNet:
    return FullyConnected(d, m, depth, SIGMA, g) if kind == "fc" else ResNet(d, m, depth, SIGMA, g, C_RES)
