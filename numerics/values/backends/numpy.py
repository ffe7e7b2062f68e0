"""float64 NumPy, batched over leading axes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy import special

from derivations.activations import sigmoid, softplus
from derivations.gaussian import relu, step
from numerics.values.backend import Backend, as_float, elementary
from numerics.values.linear.arrays import ArrayBackend
from numerics.values.special import numpy_functions


class NumpyBackend(ArrayBackend):
    """Arrays of NumPy, with constants in float64."""

    name = "numpy"
    linalg = np.linalg

    def __init__(self) -> None:
        renamed = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "ceiling": "ceil"}
        functions = elementary(lambda name: getattr(np, name), **renamed)
        functions |= {
            **numpy_functions(),
            sp.erf: special.erf,
            sp.erfc: special.erfc,
            sp.gamma: special.gamma,
            relu: lambda x: np.maximum(x, 0.0),
            step: lambda x: np.where(np.isnan(x), np.nan, (np.asarray(x) > 0).astype(float)),
            sp.Heaviside: lambda x, half=0.5: np.heaviside(x, half),
            softplus: lambda x: np.logaddexp(0.0, x),
            sigmoid: special.expit,
        }
        self.functions = functions

    def quiet(self) -> AbstractContextManager[Any]:
        return np.errstate(divide="ignore", invalid="ignore", over="ignore")

    def number(self, e: sp.Expr) -> Any:
        return np.float64(as_float(e))

    def maximum(self, a: Any, b: Any) -> Any:
        return np.maximum(a, b)

    def minimum(self, a: Any, b: Any) -> Any:
        return np.minimum(a, b)

    def sqrt(self, a: Any) -> Any:
        return a**0.5

    def choose(self, truth: tuple[Any, Any], a: Any, b: Any) -> Any:
        return np.where(truth[0], a, np.where(truth[1], b, np.nan))

    def host(self, a: Any) -> NDArray[Any]:
        return np.asarray(a)

    def own(self, a: Any, like: Any) -> Any:
        return np.asarray(a, dtype=np.promote_types(like.dtype, float))

    def together(self, parts: Sequence[Any]) -> Any:
        return np.stack(np.broadcast_arrays(*parts), -1)

    def above_zero(self, a: Any) -> Any:
        return a.clip(0.0, None)

    def ones(self, rows: int, cols: int) -> Any:
        return np.ones((rows, cols))

    def eye(self, n: int) -> Any:
        return np.eye(n)

    def singular_values(self, a: Any) -> Any:
        return np.linalg.svd(a, compute_uv=False)[..., None]

    def matmul(self, a: Any, b: Any) -> Any:
        """The product; of many small matrices with one, or with a column each, not one by one as NumPy's own."""
        if np.ndim(a) > 2 and np.ndim(b) == 2:
            return (a.reshape(-1, a.shape[-1]) @ b).reshape(*a.shape[:-1], b.shape[-1])
        if np.ndim(b) > 2 and b.shape[-1] == 1:
            return np.einsum("...ij,...jk->...ik", a, b)
        return np.matmul(a, b)


def backend(device: str) -> Backend:
    """Arrays on the CPU, whatever the device."""
    return NumpyBackend()
