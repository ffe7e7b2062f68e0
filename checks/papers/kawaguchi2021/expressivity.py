"""The expressivity condition, certified on digits or on the user's images, and what the noise costs."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sympy import tanh
from torch import nn

from checks.context import Context
from checks.papers.kawaguchi2019.ranks import above
from checks.readings import Enclosed, Reading, Scaled, Tried
from derivations.activations import X, softplus
from derivations.papers.kawaguchi2021 import headline as k
from numerics.data import labelled_images
from numerics.models.kawaguchi2019 import random_layers
from numerics.rigorous import full_rank
from numerics.rigorous.features import Dense, Entrywise, Layer
from numerics.rigorous.torch_layers import Residual, layers_of

NOISES = tuple(10.0**-i for i in (4, 6, 8, 10, 12))
DRAWS, TRIED = 30, 300
BELOW = 0.1
"""By how much, relatively, a certified lower end may be below σ_min, and a size of the noise of 10⁻⁴ move it."""


def images(context: Context, n: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Digits with their classes, or images of the user's data."""
    return labelled_images(context.data, n, context.seed)


def _named(context: Context) -> str:
    return "images of the data" if context.data else "digits"


def _narrow(context: Context) -> Enclosed:
    x = images(context, k.IMAGES)[0].reshape(k.IMAGES, -1)
    layers = random_layers([x.shape[1], 1, len(x) - 1], softplus(X), context.rng("narrow"))
    return above([full_rank(x, layers)], k.FLOOR, f"{len(x)} {_named(context)}, widths {x.shape[1]}–1–{len(x) - 1}")


def network(channels: int, side: int, seed: int) -> nn.Module:
    """A convolutional ResNet up to its last features: two residual blocks with batch normalisation, which is also last.

    Args:
        channels: Channels of the images.
        side: Their height and width.
        seed: The seed of the weights.
    """

    def block() -> Residual:
        return Residual(nn.Sequential(nn.Conv2d(2, 2, 3, padding=1), nn.BatchNorm2d(2), nn.Tanh()))

    small = (side + 1) // 2
    smaller = (small + 1) // 2
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        return nn.Sequential(
            *(nn.Conv2d(channels, 2, 3, stride=2, padding=1), nn.Tanh(), block()),
            *(nn.Conv2d(2, 2, 3, stride=2, padding=1), nn.BatchNorm2d(2), nn.Tanh(), block(), nn.Flatten()),
            *(nn.Linear(2 * smaller**2, 16), nn.Tanh(), nn.BatchNorm1d(16)),
        ).double()


def _convolution(context: Context) -> Enclosed:
    x, _ = images(context, k.IMAGES)
    found = full_rank(x, layers_of(network(x.shape[1], x.shape[-1], context.seed)))
    said = f"{len(x)} {_named(context)} of {x.shape[-1]}×{x.shape[-1]}, {found.columns - 1} features"
    return above([found], k.FLOOR, said)


def equal_and_noise(x: Any, delta: float, units: int, rng: np.random.Generator) -> list[Layer]:
    """tanh units that are equal, but for noise of size δ on their weights and biases."""
    d = x.shape[1]
    w, b = rng.standard_normal(d), rng.standard_normal()
    weights, biases = rng.standard_normal((units, d)), rng.standard_normal(units)
    return [Dense(w + delta * weights, b + delta * biases), Entrywise(tanh(X))]


def _inputs(d: int, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Points on a line, a little moved, or anywhere in a plane."""
    if d == 1:
        return np.linspace(-1, 1, n)[:, None] + 0.1 * rng.standard_normal((n, 1))
    return rng.standard_normal((n, d))


def _noise(d: int, n: int, context: Context) -> Scaled:
    """Certified σ_min after noise on n − 1 equal neurons, for several networks and sizes of the noise."""
    found, sizes, trial = [], [], []
    for draw in range(DRAWS):
        for delta in NOISES:
            rng = context.rng(f"noise {d} {n} {draw}")
            x = _inputs(d, n, rng)
            found.append(float(full_rank(x, equal_and_noise(x, delta, n - 1, rng)).low))
            sizes.append(delta)
            trial.append(draw)
    data = {"delta": sizes, "sigma": found, "n": n, "d": d}
    about = f"{DRAWS} networks of {n - 1} tanh units, d = {d}, n = {n}, δ = 1e-12 … 1e-4"
    # each logarithm is off by log(1 + BELOW) at most: so much for the slope if all are off in the worst way
    logs = np.log(NOISES) - np.mean(np.log(NOISES))
    drift = float(np.log1p(BELOW) * np.abs(logs).sum() / np.square(logs).sum())
    return Scaled(np.array(sizes), np.array(found), about, data, drift, np.array(trial))


def _noisy(context: Context) -> Tried:
    """How many networks of n − 1 equal neurons have a certified rank n after noise of 10⁻⁶."""
    events = 0
    for draw in range(TRIED):
        rng = context.rng(f"noisy {draw}")
        x = _inputs(1, k.NOISY, rng)
        events += full_rank(x, equal_and_noise(x, 1e-6, k.NOISY - 1, rng)).holds is True
    return Tried(events, TRIED, f"networks of {k.NOISY - 1} units have rank {k.NOISY}, certified")


READINGS: dict[str, tuple[Reading, ...]] = {
    "digits-narrow": (Reading("enclosure", _narrow),),
    "digits-convolution": (Reading("enclosure", _convolution),),
    "noise-rank": (Reading("sampling", _noisy),),
    **{f"noise-{d}-{n}": (Reading("scaling", partial(_noise, d, n)),) for d, n in k.SLOPES},
}
