"""Readings of Neyshabur et al. (2018): exact complexities beside bounds and ascent, and networks on digits."""

from __future__ import annotations

import numpy as np

from checks.context import Context
from checks.papers.denials import Case
from checks.papers.neyshabur2018 import digits, planes
from checks.readings import Reading
from numerics.models.neyshabur2018 import signs

READINGS: dict[str, tuple[Reading, ...]] = {**planes.READINGS, **digits.READINGS}


def _steep(context: Context) -> Case:
    """Two units at two points, by all signs: the activation [2x]₊ has slope 2, and ℓ = 1 is too small for it."""
    del context
    first, second = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    # with the common sign that `signs` leaves out
    sigma = np.concatenate([signs(2), -signs(2)])
    sides = [float(np.maximum(sigma @ (k * first), sigma @ (k * second)).mean()) for k in (2.0, 1.0)]
    words = "f(x) = 2x₊ and ℓ = 1, two units that are active at one point each"
    return Case(sides[0] > sides[1], words, f"left {sides[0]:g}, right {sides[1]:g}", ("two-units",))


DENIALS = {"lipschitz": _steep}
