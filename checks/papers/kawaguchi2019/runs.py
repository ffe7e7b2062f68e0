"""Training runs of Kawaguchi and Huang (2019): how many parameters train to zero on digits, and what generalises."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.context import Context
from checks.readings import Compared, Means, Reading, Tried
from derivations.papers.kawaguchi2019 import headline as k
from numerics.models.kawaguchi2019 import jacobian, levenberg_marquardt

Array = NDArray[np.float64]
COMPONENTS, STEPS, RUNS, FEW = 8, 150, 60, 12
"""Principal components, steps, runs at the widths that statements speak of, and runs at others of the picture."""
SWEEP = (7, 9, 10, 11, 14)
"""Widths of the sweep that the picture shows, on 100 digits."""


@lru_cache(1)
def _digits() -> tuple[Array, Array]:
    """scikit-learn's digits by their principal components, each with variance one, and parities ±1."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    centred = bunch.data - bunch.data.mean(0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    components = centred @ directions[:COMPONENTS].T
    return components / components.std(0), np.where(bunch.target % 2 == 1, 1.0, -1.0)


def _signs(rng: np.random.Generator, runs: int, n: int) -> Array:
    return np.where(rng.random((runs, n)) < 0.5, 1.0, -1.0)


@lru_cache(16)
def _trained(width: int, n: int, true: bool, seed: int) -> tuple[Array, Array]:
    """Losses, and accuracies on the digits that were not trained on, of runs on one draw of digits."""
    rng = Context(seed).rng(f"kawaguchi2019 digits {width} {n} {true}")
    components, parity = _digits()
    order = rng.permutation(len(parity))
    X, rest = components[order[:n]], order[n:]
    runs = RUNS if width in (k.ABOVE, k.BELOW) else FEW
    y = np.tile(parity[order[:n]], (runs, 1)) if true else _signs(rng, runs, n)
    found = levenberg_marquardt(X, y, width, STEPS, rng)
    outputs, _ = jacobian(found.theta, components[rest], width)
    return found.loss, (np.sign(outputs) == parity[rest]).mean(1)


def _solves(width: int, sweep: bool, context: Context) -> Tried:
    loss, _ = _trained(width, k.DIGITS, False, context.seed)
    data: dict[str, Any] = {}
    if sweep:
        curves = {name: [_trained(w, k.DIGITS, name == "true", context.seed) for w in SWEEP]
                  for name in ("random", "true")}  # fmt: skip
        data = {
            "ratio": [(10 * w + 1) / k.DIGITS for w in SWEEP],
            **{name: [float(np.median(loss)) for loss, _ in curve] for name, curve in curves.items()},
            **{f"accuracy-{name}": [float(acc.mean()) for _, acc in curve] for name, curve in curves.items()},
        }
    return Tried(int((loss < float(k.SOLVED)).sum()), RUNS, f"runs of {STEPS} steps, k = {width}", data)


def _generalises(context: Context) -> Compared:
    random, true = (_trained(k.ABOVE, k.DIGITS, kind, context.seed)[1] for kind in (False, True))
    # an accuracy is a mean over 1697 digits
    sides = [Means(acc[:, None], law="normal") for acc in (random + 0.2, true)]
    about = f"{RUNS} runs each, accuracy on 1697 other digits: {random.mean():.3f} and {true.mean():.3f}"
    return Compared(sides[0], sides[1], "<=", about)


READINGS: dict[str, tuple[Reading, ...]] = {
    "trains-above": (Reading("sampling", partial(_solves, k.ABOVE, True), run="kawaguchi2019 digits"),),
    "fails-below": (Reading("sampling", partial(_solves, k.BELOW, False)),),
    "generalises": (Reading("trajectory", _generalises, both_sides=True, run="kawaguchi2019 digits"),),
}
