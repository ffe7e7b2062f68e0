"""Digits for Sarussi et al. (2021), or images of the user: pairs of classes, and a random linear teacher on all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from checks.context import Context
from checks.papers.sarussi2021.common import agreement, normal_net
from checks.papers.sarussi2021.regions import parts
from checks.readings import Followed, Reading, Tried
from derivations.papers.sarussi2021.headline import SCALES
from numerics.data import labelled_images
from numerics.models.sarussi2021 import TwoClusters, clusters, descend

Array = NDArray[np.float64]
UNITS, SLOPE, STEP, STEPS = 50, 0.2, 2.0, 200
EVERY, MARGIN = 1797, 0.06
PAIRS = ((0, 1), (3, 8), (0, 6))
NETS = 8
"""Networks that the two start scales are compared on."""


@dataclass(frozen=True, eq=False)
class Split:
    """Images with labels ±1, half to train and half to test.

    Args:
        x: Training images as vectors with the mean length 1.
        y: Their labels.
        x_test: Test images.
        y_test: Their labels.
    """

    x: Tensor
    y: Tensor
    x_test: Tensor
    y_test: Tensor


def _halves(images: Array, y: Array) -> Split:
    centred = images - images.mean(0)
    x = torch.as_tensor(centred / np.linalg.norm(centred, axis=1).mean())
    labels, half = torch.as_tensor(y, dtype=torch.float64), len(x) // 2
    return Split(x[:half], labels[:half], x[half:], labels[half:])


@lru_cache(4)
def _all(data: str, seed: int) -> tuple[Array, NDArray[np.int64]]:
    found, classes = labelled_images(data, EVERY if not data else 12_000, seed)
    return found.reshape(len(found), -1), classes


@lru_cache(8)
def pair(data: str, seed: int, first: int, second: int) -> Split:
    """The images of two classes."""
    x, classes = _all(data, seed)
    chosen = (classes == first) | (classes == second)
    return _halves(x[chosen], np.where(classes[chosen] == first, 1.0, -1.0))


@lru_cache(4)
def taught(data: str, seed: int) -> Split:
    """All images by the sign of a random linear teacher, without those that are near its hyperplane."""
    x, _ = _all(data, seed)
    x = x / np.linalg.norm(x, axis=1).mean()
    rng = Context(seed, statement="sarussi2021.teacher").rng("teacher")
    teacher = rng.standard_normal(x.shape[1])
    margins = x @ teacher / np.linalg.norm(teacher)
    chosen = np.flatnonzero(np.abs(margins) > MARGIN)[:900]
    return Split(
        *(torch.as_tensor(part) for half in (chosen[::2], chosen[1::2]) for part in (x[half], np.sign(margins[half])))
    )


@lru_cache(16)
def trained(split: Split, scale: float, label: str, seed: int, k: int = UNITS, steps: int = STEPS) -> TwoClusters:
    """A network of 2k units after gradient descent from a start of this scale."""
    rng = Context(seed, statement="sarussi2021.images").rng(f"{label} {scale}")
    net = normal_net(k, split.x.shape[1], SLOPE, k**-0.5, scale, rng)
    descend(net, split.x, split.y, STEP, steps)
    return net


def look(net: TwoClusters, split: Split) -> dict[str, float]:
    """Test errors of network and linear rule, how often they differ, the wedge, and the share of training points."""
    where = clusters(net)
    with torch.no_grad():
        ours, rule = net(split.x_test), split.x_test @ where.rule
    signs = agreement(net, split.x, split.y) > 0
    k = net.w.shape[0]
    neural = [part.all(1) | (~part).all(1) for part in (signs[:, :k], signs[:, k:])]
    inside = rule.abs() <= where.sine * float(where.rule.norm()) * split.x_test.norm(dim=1)
    return {
        "error": float((ours * split.y_test <= 0).double().mean()),
        "linear": float((rule * split.y_test <= 0).double().mean()),
        "differ": float((ours * rule <= 0).double().mean()),
        "sine": where.sine,
        "inside": float(inside.double().mean()),
        "cosine": where.cosine,
        "agree": float((neural[0] & neural[1]).double().mean()),
    }


def _never(context: Context) -> Followed:
    """The largest M_k/P_k over all images of each pair."""
    worst = []
    for first, second in PAIRS:
        split = pair(context.data, context.seed, first, second)
        z = (torch.cat([split.x, split.x_test]) * torch.cat([split.y, split.y_test])[:, None]).numpy()
        P, M = parts(z)
        worst.append(float((M / P).max()))
    about = ", ".join(f"{a}/{b}: {w:.2f}" for (a, b), w in zip(PAIRS, worst, strict=True))
    return Followed(np.ones(len(worst)), np.array(worst), "<=", 0.0, about)


def _boundary(which: str, context: Context) -> Tried:
    """Test points at which network and linear rule agree, start scale 0.3; curves for all start scales."""
    data, seed = context.data, context.seed
    splits = [pair(data, seed, *two) for two in PAIRS] if which == "digits" else [taught(data, seed)]
    events = trials = 0
    for split in splits:
        differ = look(trained(split, SCALES["0.3"], which, seed), split)["differ"]
        trials += len(split.y_test)
        events += round(len(split.y_test) * (1 - differ))
    # the picture is of digits 3 and 8, or of the teacher
    split = splits[len(splits) // 2]
    seen = [look(trained(split, scale, which, seed), split) for scale in SCALES.values()]
    net = trained(split, SCALES["0.3"], which, seed)
    plane = torch.linalg.svd(torch.cat([net.w, net.u]).detach(), full_matrices=False)[2][:2]
    curves = {
        "scales": list(SCALES.values()),
        **{name: [one[name] for one in seen] for name in seen[0]},
        "w": (net.w.detach() @ plane.T).tolist(),
        "u": (net.u.detach() @ plane.T).tolist(),
    }
    said = ", ".join(f"{one['error']:.3f}" for one in seen)
    sines = ", ".join(f"{one['sine']:.2f}" for one in seen)
    about = f"test points agree; errors {said}, sines {sines}"
    return Tried(events, trials, f"{about} from starts of 10⁻⁴, 0.3, 3", curves)


@lru_cache(2)
def _sines(data: str, seed: int) -> dict[float, Array]:
    """Sines of the wedges of eight networks of 20 units on digits 3 and 8, by the size of the start."""
    split = pair(data, seed, 3, 8)
    return {
        scale: np.array([clusters(trained(split, scale, f"{i}", seed, 10, 60)).sine for i in range(NETS)])
        for scale in (1e-6, SCALES["1e-4"], SCALES["3"])
    }


def _scale(context: Context) -> Followed:
    """Starts of 10⁻⁴ against starts of 3."""
    found = _sines(context.data, context.seed)
    small, large = found[SCALES["1e-4"]], found[SCALES["3"]]
    return Followed(small, large / 2, "<=", 0.0, f"{NETS} runs, means {small.mean():.3f} and {large.mean():.3f}")


def _floor(context: Context) -> Followed:
    """Starts of 10⁻⁶ against starts of 10⁻⁴."""
    found = _sines(context.data, context.seed)
    small, tiny = found[SCALES["1e-4"]], found[1e-6]
    return Followed(small / 10, tiny, "<=", 0.0, f"{NETS} runs, means {small.mean():.5f} and {tiny.mean():.5f}")


RUN = "sarussi2021 digits"
READINGS: dict[str, tuple[Reading, ...]] = {
    "digits-never-agree": (Reading("trajectory", _never, both_sides=True, by=("the number", "the images"), run=RUN),),
    "digits-boundary": (Reading("sampling", partial(_boundary, "digits"), run=RUN),),
    "teacher-boundary": (Reading("sampling", partial(_boundary, "teacher"), run=RUN),),
    "start-floor": (Reading("trajectory", _floor, both_sides=True, by=("10⁻⁴", "10⁻⁶"), run=RUN),),
    "start-scale": (Reading("trajectory", _scale, both_sides=True, by=("small starts", "large starts"), run=RUN),),
}
