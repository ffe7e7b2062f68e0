"""What the readings of Du et al. (2019) share: σ, sizes, networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sympy import Dummy

from derivations.quantities import MeasuredQuantity
from numerics.models.du2018 import FullyConnected, ResNet
from numerics.values.evaluate import evaluate

Array = NDArray[np.float64]

SIGMA = "softplus"
"""The guiding example."""
C_RES = 0.5
DEPTH = 3
INPUTS = 100


def net_of(
    kind: str, d: int, m: int, depth: int, g: torch.Generator, activation: Any = SIGMA
) -> FullyConnected | ResNet:
    """A fully connected network ("fc") or a residual one with c_res = 1/2."""
    return FullyConnected(d, m, depth, activation, g) if kind == "fc" else ResNet(d, m, depth, activation, g, C_RES)


def evaluated(expr: Any, values: Mapping[Any, Any]) -> Array:
    """A formula of the paper at given values of its symbols and measured quantities, which may be arrays."""
    names = {s: Dummy(real=True) if isinstance(s, MeasuredQuantity) else s for s in values}
    return np.asarray(evaluate(expr.xreplace(names), {names[s]: v for s, v in values.items()}), dtype=float)
