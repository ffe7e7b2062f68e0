"""NumPy with constants of the platform's long double."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from numerics.values.backend import Backend
from numerics.values.backends.numpy import NumpyBackend


class LongDoubleBackend(NumpyBackend):
    """Arrays of NumPy whose numbers keep the digits that a long double has."""

    name = "longdouble"

    def number(self, e: sp.Expr) -> Any:
        return np.longdouble(str(sp.N(e, 25)))


def backend(device: str) -> Backend:
    """Arrays on the CPU, whatever the device."""
    return LongDoubleBackend()
