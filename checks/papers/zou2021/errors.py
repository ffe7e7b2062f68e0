"""Test errors on the data model of Zou et al. (2021), after torch's optimisers from the same starts.

A trial is a network with a start and training images of its own. Its error on new images is near 0, 1/2 or 1: a class
has learned the feature or has not, so that many images of few networks would say little.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import torch
from torch import Tensor

from checks.context import Context
from checks.readings import Reading, Tried
from derivations.papers.zou2021.headline import FAILED, LEARNED
from numerics.models.zou2021 import Convolution, Patches, fresh, patches, start, test_error, train

N, FILTERS, ALPHA, SCALE = 20, 12, 0.2, 0.02
NETS, TESTED = 64, 100
MANY, SIZES = 9, (1, 4)
"""Coordinates of the noise of one image, and fewer of them."""
DESCENT, ADAM, LONG = ("gd", 0.8, 300), ("adam", 0.004, 300), ("gd", 0.4, 300)


@dataclass(frozen=True, eq=False)
class Trained:
    """What training comes to.

    Args:
        errors: The share of new images that each network misclassifies, of shape (nets,).
        training: The training error of each network, of shape (nets,).
        feature: The largest feature of each network at every tenth step, of shape (nets, steps/10 + 1).
    """

    errors: Tensor
    training: Tensor
    feature: Tensor


def together(images: list[Patches]) -> Patches:
    """The images of several networks."""
    return Patches(torch.stack([one.y for one in images]), torch.stack([one.noise for one in images]), ALPHA)


@lru_cache(32)
def trained(name: str, eta: float, steps: int, s: int, length: float, decay: float, seed: int) -> Trained:
    """Train networks; starts and images are those of every other optimiser with the same sizes and seed.

    New images have their noise on coordinates on which no training image has any.
    """
    seen, new, starts = [], [], []
    for number in range(NETS):
        rng = Context(seed, statement="zou2021.errors").rng(f"{number} {s} {length}")
        seen.append(patches(N, s, length, ALPHA, rng, after=s))
        starts.append(start(FILTERS, seen[-1].noise.shape[1], SCALE, rng).w.detach())
        new.append(fresh(TESTED, 1 + s, s, length, ALPHA, rng))
    net, data = Convolution(torch.stack(starts)), together(seen)
    features = torch.stack(train(net, data, name, eta, decay, steps)[::10])
    of_new = Convolution(net.w.detach()[..., : 1 + s])
    return Trained(test_error(of_new, together(new)), test_error(net, data), features.amax((2, 3)).T)


def _tried(done: Trained, came: Tensor, said: str, data: dict[str, Any]) -> Tried:
    # a net that leaves more than one of its images has not been trained, and does not count for the statement
    came = came & (done.training <= 1 / N + 1e-9)
    about = f"networks, {said}, mean error {float(done.errors.mean()):.2f} on {TESTED} new images each"
    about += f" and {float(done.training.mean()):.2g} on their own, largest features {done.feature[:, -1].mean():.2f}"
    return Tried(int(came.sum()), NETS, about, {"curve": done.feature[0].tolist(), "every": 10, "s": MANY, **data})


def _learns(how: tuple[str, float, int], s: int, length: float, decay: float, said: str, context: Context) -> Tried:
    """Networks with a small error on new images."""
    done = trained(*how, s, length, decay, context.seed)
    return _tried(done, done.errors <= float(LEARNED), said, {})


def _fails(context: Context) -> Tried:
    """Adam on noise of many coordinates; mean errors for fewer of them are kept for the picture."""
    sizes = (*SIZES, MANY)
    runs = {s: trained(*ADAM, s, 1.0, 1e-5, context.seed) for s in sizes}
    error = [float(runs[s].errors.mean()) for s in sizes]
    said = ", ".join(f"{e:.2f}" for e in error)
    done = runs[MANY]
    about = f"Adam, mean errors {said} for {', '.join(map(str, sizes))} coordinates"
    return _tried(done, done.errors >= float(FAILED), about, {"sizes": list(sizes), "error": error})


def _memorises(context: Context) -> Tried:
    """Gradient descent on long noise."""
    done = trained(*LONG, MANY, 3.0, 1e-5, context.seed)
    return _tried(done, done.errors >= float(FAILED), "SGD, ‖ζ‖₂ = 3", {})


RUN = "zou2021 errors"


def _reading(*given: Any) -> tuple[Reading, ...]:
    return (Reading("sampling", partial(_learns, *given), run=RUN),)


READINGS: dict[str, tuple[Reading, ...]] = {
    "descent-learns": _reading(DESCENT, MANY, 1.0, 1e-5, "SGD"),
    "adam-fails": (Reading("sampling", _fails, run=RUN),),
    "adam-sparse": _reading(ADAM, 1, 1.0, 1e-5, "Adam, s = 1"),
    "decay-saves": _reading(ADAM, MANY, 1.0, 3e-3, "Adam, λ = 0.003"),
    "descent-memorises": (Reading("sampling", _memorises, run=RUN),),
}
