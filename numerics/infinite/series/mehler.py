"""Mehler's series on whole matrices, block by block, and the correlations that go into it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BEYOND = 1e-8
"""How far a correlation may lie outside [−1, 1] by rounding of its inner products."""


class CorrelationError(ValueError):
    """Not a covariance: a correlation outside [−1, 1] or a negative variance."""


def correlation(c: Any, s1: Any, s2: Any) -> Any:
    """c/(s₁s₂) in [−1, 1], 0 where a variance is 0; raises CorrelationError beyond rounding."""
    for s in (s1, s2):
        if not bool((s >= 0).all()):
            raise CorrelationError("a variance is negative or NaN: the matrix is not positive semidefinite")
    scale = s1[:, None] * s2[None, :]
    rho = c * (scale > 0) / (scale + (scale == 0))
    worst = float(abs(rho).max()) if len(rho) else 0.0
    if not worst <= 1 + BEYOND:
        raise CorrelationError(f"a correlation of {worst:.10g} lies outside [−1, 1]: no covariance, or NaN in the data")
    return rho.clip(-1.0, 1.0)


def mehler(a: Array, b: Array, rho: Any) -> Any:
    """Σ_k a_ik·b_jk·ρ_ijᵏ by Horner's rule, in blocks of rows that stay in the cache; shape of ρ."""
    if not isinstance(rho, np.ndarray):
        ta, tb = (rho.new_tensor(x.T.copy()) for x in (a, b))
        total = ta[-1][:, None] * tb[-1][None, :]
        for k in range(len(ta) - 2, -1, -1):
            total.mul_(rho).addr_(ta[k], tb[k])
        return total
    rows, cols = rho.shape
    result = np.empty_like(rho)
    step = max(1, 32768 // max(cols, 1))
    mirrored = rows == cols and (a is b or np.shares_memory(a, b)) and np.array_equal(rho, rho.T)

    def block(start: int) -> None:
        stop, first = min(start + step, rows), start if mirrored else 0
        mine, other, r = a[start:stop], b[first:], rho[start:stop, first:]
        total = np.multiply.outer(mine[:, -1], other[:, -1])
        outer = np.empty_like(total)
        for k in range(a.shape[1] - 2, -1, -1):
            np.multiply(total, r, out=total)
            np.multiply(mine[:, k, None], other[None, :, k], out=outer)
            np.add(total, outer, out=total)
        result[start:stop, first:] = total
        if mirrored:
            result[first:, start:stop] = total.T

    in_threads(block, range(0, rows, step))
    return result


def in_threads(job: Callable[[int], None], items: range) -> None:
    if len(items) < 4:
        for item in items:
            job(item)
        return
    with ThreadPoolExecutor(min(8, cpu_count() or 1)) as pool:
        list(pool.map(job, items))


def host(x: Any) -> Any:
    """An array on this machine's NumPy."""
    return x if isinstance(x, np.ndarray) else x.detach().cpu().numpy()
