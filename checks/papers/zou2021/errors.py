"""Test errors on the data model of Zou et al. (2021), after torch's optimisers from the same starts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import torch

from checks.context import Context
from checks.readings import Reading, Tried
from numerics.models.zou2021 import Convolution, Patches, fresh, patches, start, test_error, train

N, FILTERS, ALPHA, SCALE = 20, 8, 0.2, 0.02
NETS, TESTED = 2, 300
MANY, SIZES = 64, (1, 4, 16)
"""Coordinates of the noise of one image, and fewer of them."""
DESCENT, ADAM = ("gd", 0.4, 800), ("adam", 0.004, 500)


@dataclass(frozen=True)
class Trained:
    """What training comes to.

    Args:
        wrong: How many new images are misclassified.
        count: How many there are.
        training: The largest training error.
        feature: The largest feature at the end, over all networks.
        curve: The largest feature of the first network at every tenth step.
    """

    wrong: int
    count: int
    training: float
    feature: float
    curve: tuple[float, ...]


def on_new(net: Convolution, data: Patches, s: int, length: float, count: int, rng: Any) -> float:
    """The error on images whose noise lies on coordinates that were not seen."""
    seen = data.noise.shape[1]
    w = net.w.detach()
    # filters are 0 there: weight decay and no gradient; what is left of the start is taken as 0
    wide = torch.cat([w, torch.zeros(2, w.shape[1], 4 * s, dtype=w.dtype)], dim=2)
    images = fresh(count, 4 * s + 1, s, length, ALPHA, rng)
    noise = torch.zeros(count, seen + 4 * s, dtype=w.dtype)
    noise[:, seen:] = images.noise[:, 1:]
    return test_error(Convolution(wide, net.q), Patches(images.y, noise, ALPHA))


@lru_cache(32)
def trained(name: str, eta: float, steps: int, s: int, length: float, decay: float, seed: int) -> Trained:
    """Train networks; starts and images are those of every other optimiser with the same sizes and seed."""
    wrong, training, feature = 0, 0.0, -math.inf
    curve: tuple[float, ...] = ()
    for net_number in range(NETS):
        rng = Context(seed, statement="zou2021.errors").rng(f"{net_number} {s} {length}")
        data = patches(N, s, length, ALPHA, rng)
        net = start(FILTERS, data.noise.shape[1], SCALE, rng)
        seen = train(net, data, name, eta, decay, steps)
        training = max(training, test_error(net, data))
        feature = max(feature, float(seen[-1].max()))
        wrong += round(TESTED * on_new(net, data, s, length, TESTED, rng))
        if not net_number:
            curve = tuple(float(one.max()) for one in seen[::10])
    return Trained(wrong, NETS * TESTED, training, feature, curve)


def _tried(done: Trained, wrong: bool, said: str, data: dict[str, Any] | None = None) -> Tried:
    events = done.wrong if wrong else done.count - done.wrong
    # a net that leaves more than one of its images has not been trained: none of its test images count
    events = events if done.training <= 1 / N else 0
    about = f"new images {'misclassified' if wrong else 'classified'}, {NETS} networks, {said}"
    about += f", largest feature {done.feature:.2f}"
    return Tried(events, done.count, f"{about}, training error {done.training:g}", data or {})


def _run(
    how: tuple[str, float, int], wrong: bool, s: int, length: float, decay: float, said: str, context: Context
) -> Tried:
    done = trained(*how, s, length, decay, context.seed)
    return _tried(done, wrong, said, {"curve": list(done.curve), "every": 10})


def _adam(context: Context) -> Tried:
    """Adam on noise of 64 coordinates; errors for fewer of them and of gradient descent are kept for the picture."""
    done = trained(*ADAM, MANY, 1.0, 1e-5, context.seed)
    sizes = (*SIZES, MANY)
    fewer = {s: trained(*ADAM, s, 1.0, 1e-5, context.seed) for s in sizes}
    data = {
        "curve": list(done.curve),
        "every": 10,
        "s": list(sizes),
        "error": [fewer[s].wrong / fewer[s].count for s in sizes],
    }
    said = ", ".join(f"{fewer[s].wrong / fewer[s].count:.2f}" for s in sizes)
    return _tried(done, True, f"errors {said} for {', '.join(map(str, sizes))} coordinates", data)


RUN = "zou2021 errors"


def _reading(*given: Any) -> tuple[Reading, ...]:
    return (Reading("sampling", partial(_run, *given), run=RUN),)


READINGS: dict[str, tuple[Reading, ...]] = {
    "descent-learns": _reading(DESCENT, False, MANY, 1.0, 1e-5, "SGD"),
    "adam-fails": (Reading("sampling", _adam, run=RUN),),
    "adam-sparse": _reading(ADAM, False, 1, 1.0, 1e-5, "Adam, s = 1"),
    "decay-saves": _reading(ADAM, False, MANY, 1.0, 1e-3, "Adam, λ = 0.001"),
    "descent-memorises": _reading(("gd", 0.3, 700), True, 16, 3.0, 1e-5, "SGD, ‖ζ‖₂ = 3"),
}
