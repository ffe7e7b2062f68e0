"""Minimising from many starts at once on the unit cube, without derivatives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ROUNDS = 45
"""Steps of each start at most."""


def compass(objective: Callable[[Array], Array], start: Array) -> tuple[Array, Array]:
    """Minimise from all starts at once: step along each axis, halve a start's step where nothing improves.

    Args:
        objective: values (N,) of points (N, d) of the unit cube; ∞ where there is none.
        start: the points (k, d) to start from.

    Returns:
        The points (k, d) that were reached, and their values (k,).

    >>> at, least = compass(lambda t: ((t - 0.3) ** 2).sum(1), np.array([[0.9, 0.1]]))
    >>> bool(np.allclose(at, 0.3)), bool(least[0] < 1e-12)
    (True, True)
    """
    t, d = start.copy(), start.shape[1]
    value = objective(t)
    step = np.full(len(t), 0.25)
    moves = np.concatenate([np.eye(d), -np.eye(d)])
    for _ in range(ROUNDS):
        trial = np.clip(t[:, None, :] + step[:, None, None] * moves, 0.0, 1.0)
        found = objective(trial.reshape(-1, d)).reshape(len(t), -1)
        choice = np.argmin(found, axis=1)
        rows = np.arange(len(t))
        better = found[rows, choice] < value
        t[better] = trial[rows, choice][better]
        value = np.where(better, found[rows, choice], value)
        step = np.where(better, step * 1.3, step * 0.5)
        if step.max() < 1e-12:
            break
    return t, value
