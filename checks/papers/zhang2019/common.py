"""What the readings of Zhang et al. (2019) share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from checks.context import Context
from numerics.data import sphere
from numerics.values.evaluate import evaluate

Array = NDArray[np.float64]


def evaluated(expr: Any, values: Mapping[Any, Any]) -> Array:
    """A formula of the paper at given values of its symbols, which may be arrays of one shape."""
    return np.asarray(evaluate(expr, values), dtype=float)


def centred(table: Array) -> Array:
    """Values (depths, seeds) over each seed's geometric mean: what A, b and W_L have in common for all depths."""
    logs = np.log(table)
    return np.asarray(np.exp(logs - logs.mean(0)))


def targets(count: int, context: Context) -> tuple[Tensor, Tensor]:
    """Inputs (count, 16) on the sphere and their targets (count,)."""
    data = sphere(count, 16, context.seed)
    x, y = (torch.as_tensor(v, device=context.device) for v in (data.x, data.y))
    return x, y
