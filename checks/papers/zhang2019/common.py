"""What the readings of Zhang et al. (2019) share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FALSE_ALARM = 1e-9


def centred(table: Array) -> Array:
    """Values (depths, seeds) over each seed's geometric mean: what A, b and W_L have in common for all depths."""
    logs = np.log(table)
    return np.asarray(np.exp(logs - logs.mean(0)))
