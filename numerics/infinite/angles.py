"""Angles of nearly parallel and nearly opposite vectors, which their inner product knows to half its digits only."""

from __future__ import annotations

from typing import Any

import numpy as np

EPS = float(np.finfo(float).eps)
NEAR = 0.99
"""Beyond this cosine an angle comes from the difference of the vectors."""
WORK, BLOCK = 40_000_000, 2_000_000
"""The number of entries of differences that are computed in all, and at once."""


def near_angles(unit: Any, rho: Any) -> tuple[Any, Any, Any]:
    """Rows, columns and angles of the pairs i < j of unit vectors (n, d) with |ρ_ij| > NEAR; all, if they are few.

    NumPy or torch. θ = 2·arcsin(‖x − x′‖/2), or π less the same for x + x′.
    """
    large = abs(rho) > NEAR
    if isinstance(rho, np.ndarray):
        rows, cols = np.nonzero(np.triu(large, 1))
    else:
        rows, cols = large.triu(1).nonzero().T
    most = WORK // max(unit.shape[1], 1)
    if len(rows) > most:
        rows, cols = rows[:0], cols[:0]
    theta = rho[rows, cols] * 0.0
    step = max(1, BLOCK // max(unit.shape[1], 1))
    arcsin = np.arcsin if isinstance(rho, np.ndarray) else rho.__class__.arcsin
    for start in range(0, len(rows), step):
        i, j = rows[start : start + step], cols[start : start + step]
        sign = (rho[i, j] > 0) * 2.0 - 1.0
        apart = unit[i] - sign[:, None] * unit[j]
        half = 2 * arcsin(((apart * apart).sum(1) ** 0.5 / 2).clip(0.0, 1.0))
        theta[start : start + step] = half * (sign > 0) + (np.pi - half) * (sign < 0)
    return rows, cols, theta


def unsure_angle(d: int, rho: Any, rows: Any, cols: Any) -> float:
    """A bound of the error of all angles: of those from differences of vectors in d dimensions, and of the others."""
    dot = (d + 8) / 2 * EPS
    rest = abs(rho)
    rest = rest.copy() if isinstance(rest, np.ndarray) else rest.clone()
    rest[rows, cols] = rest[cols, rows] = 0.0
    largest = min(float(rest.max()), 1.0)
    # δρ/sin θ, and never more than √(2δρ)
    others: float = min(dot / max(1 - largest**2, EPS) ** 0.5, (2 * dot) ** 0.5)
    # each unit vector is rounded, and so is their distance, relative to itself
    near = 4 * EPS + dot * float(np.arccos(NEAR)) if len(rows) else 0.0
    return 2 * max(others, near)
