"""Training runs of Kawaguchi and Huang (2019): how many parameters train to zero on digits, and what generalises."""

from __future__ import annotations

import math
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.context import Context
from checks.readings import Reading, Scaled, Tried
from derivations.papers.kawaguchi2019 import headline as k
from numerics.models.kawaguchi2019 import jacobian, levenberg_marquardt

Array = NDArray[np.float64]
COMPONENTS, STEPS, RUNS, FEW = 8, 150, 50, 8
"""Principal components, steps, runs at the widths that statements speak of, and runs at others of the picture."""
DRAWS, STARTS, SHORT, FIRST, BEGIN = 24, 4, 70, 4, 0.9
"""For the least width: draws of digits, starts of each, their steps, components, and the share of n to begin below."""
SWEEP = (6, 8, 10, 11, 14)
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


def _generalises(context: Context) -> Tried:
    random, true = (_trained(k.ABOVE, k.DIGITS, kind, context.seed)[1] for kind in (False, True))
    about = f"pairs of runs; mean accuracies on other digits {true.mean():.3f} and {random.mean():.3f}"
    return Tried(int((true > random + 0.1).sum()), RUNS, about)


@lru_cache(2)
def _least(seed: int) -> NDArray[np.int64]:
    """For each draw and size the width from which one of several starts trains to zero; no narrower one does."""
    components, _ = _digits()
    found = np.empty((DRAWS, len(k.SIZES)), dtype=np.int64)
    for draw in range(DRAWS):
        for place, n in enumerate(k.SIZES):
            rng = Context(seed).rng(f"kawaguchi2019 least width {draw} {n}")
            X = components[rng.permutation(len(components))[:n], :FIRST]
            y = np.tile(rng.standard_normal(n), (STARTS, 1))
            width = int(BEGIN * n) // (FIRST + 2)
            while levenberg_marquardt(X, y, width, SHORT, rng, float(k.SOLVED)).loss.min() >= k.SOLVED:
                width += 1
            found[draw, place] = width
    return found


def _threshold(context: Context) -> Scaled:
    """The geometric mean of the least number of parameters that trains and of the one a width below."""
    widths = _least(context.seed)
    enough = (FIRST + 2) * widths + 1
    below = (FIRST + 2) * (widths - 1) + 1
    sizes = np.tile(np.array(k.SIZES, dtype=float), (DRAWS, 1))
    # the least number of parameters is known up to one width, half of which is either side of the mean
    n = k.SIZES
    drift = 0.5 * math.log(1 + (FIRST + 2) / n[0]) / math.log(n[-1] / n[0])
    trial = np.repeat(np.arange(DRAWS), len(n))
    data = {"n": sizes.ravel().tolist(), "least": enough.ravel().tolist()}
    about = f"{DRAWS} draws, the best of {STARTS} starts, d = {FIRST}: P = {FIRST + 2}k + 1; a width more or less"
    return Scaled(sizes.ravel(), np.sqrt(enough * below).ravel(), about, data, drift, trial)


def _near(context: Context) -> Tried:
    enough = (FIRST + 2) * _least(context.seed) + 1
    inside = (enough >= np.array(k.SIZES)) & (enough <= float(k.NEAR) * np.array(k.SIZES))
    return Tried(int(inside.sum()), inside.size, f"draws of n = {', '.join(map(str, k.SIZES))} digits")


READINGS: dict[str, tuple[Reading, ...]] = {
    "trains-above": (Reading("sampling", partial(_solves, k.ABOVE, True), run="kawaguchi2019 digits"),),
    "fails-below": (Reading("sampling", partial(_solves, k.BELOW, False)),),
    "generalises": (Reading("sampling", _generalises, run="kawaguchi2019 digits"),),
    "least-width": (Reading("scaling", _threshold, run="kawaguchi2019 least width"),),
    "least-width-near": (Reading("sampling", _near, run="kawaguchi2019 least width"),),
}
