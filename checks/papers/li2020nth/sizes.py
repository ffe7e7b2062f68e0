"""How far corrections of order 1/m or 1/L move an exponent at the sizes where it is judged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from numerics.statistics import drift, slope

Array = NDArray[np.float64]
WINDOW = 3
"""Sizes in each of the two windows, of the smallest sizes and of those from the second on."""


def moved(sizes: Sequence[int], logs: Array, judged: Sequence[int]) -> float:
    """Compute how far a relative correction c/size moves the exponent at the judged sizes, c taken from smaller ones.

    Args:
        sizes: Sizes in ascending order, four or more, of which the first four give c.
        logs: The mean logarithm of the quantity at each of them.
        judged: The sizes at which the exponent is judged.

    Returns:
        |c·s| with s the slope of 1/size on log size at the judged sizes.

    Example:
        >>> import numpy as np
        >>> sizes = [8, 16, 32, 64]
        >>> logs = -np.log(sizes) + 0.5 / np.array(sizes)
        >>> round(moved(sizes, logs, [32, 64]), 4)
        0.0113
    """
    at = np.asarray(sizes, dtype=float)
    windows = (slice(0, WINDOW), slice(1, WINDOW + 1))
    exponents = [float(slope(np.log(at[w]), logs[w])) for w in windows]
    corrections = [float(slope(np.log(at[w]), 1 / at[w])) for w in windows]
    end = np.asarray(judged, dtype=float)
    return drift(exponents, corrections, float(slope(np.log(end), 1 / end)))
