"""How far finite sizes move the exponent of a law, measured on sizes smaller than those that are judged."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def slope(x: Any, y: Any) -> Array:
    """The slope of y (…, points) on x (points,) by least squares, shape (…)."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    centred = x - x.mean()
    return np.asarray((y * centred).sum(-1) / (centred @ centred))


def drift(exponents: Any, corrections: Any, judged: float) -> float:
    """How far a correction c·g may move the exponent of a law where it is judged.

    If log q = k + e·log x + c·g(x), a fit in a window of x finds e + c·s with s the slope of g on log x there. Two
    windows of smaller sizes give c whatever e is, so that the answer favours no exponent. `exponents` (2,) or (2, runs)
    are those found in the two windows, `corrections` (2,) their s, `judged` the s of the window that is judged.
    The largest |c·s| of the runs is returned.

    >>> round(drift([-0.9, -0.95], [0.2, 0.1], 0.05), 10)
    0.025
    """
    first, second = np.asarray(exponents, dtype=float)
    c = (second - first) / (corrections[1] - corrections[0])
    return float(np.max(np.abs(c * judged)))
