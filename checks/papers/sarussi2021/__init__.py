"""Readings of Sarussi et al. (2021): gradients, updates beside their bounds, the wedge, regions and digits."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from checks.context import Context
from checks.papers.sarussi2021 import images, regions, runs
from checks.papers.sarussi2021.common import AUTOGRAD, FORMULA, random_net, slopes_of
from checks.readings import Differentiated, Followed, Reading
from derivations.papers.sarussi2021 import notation as s
from derivations.papers.sarussi2021.updates import unit
from numerics.values.rounding import UNIT_ROUNDOFF

Array = NDArray[np.float64]
NETS, UNITS, D = 40, 6, 5


def _gradient(context: Context) -> Differentiated:
    """Autograd's gradient of a whole network in its first unit, for networks of several slopes and weights."""
    rng = context.rng("gradient")
    values: dict[Any, list[Any]] = {unit: [], s.x: [], s.a: [], s.v: []}
    measured = []
    for _ in range(NETS):
        net = random_net(UNITS, D, rng)
        x = torch.as_tensor(rng.standard_normal((1, D)))
        (grad,) = torch.autograd.grad(net(x).sum(), net.w)
        measured.append(grad[0].numpy())
        for symbol, value in ((unit, net.w[0].detach().numpy()), (s.x, x[0].numpy()), (s.a, net.slope), (s.v, net.v)):
            values[symbol].append(value)
    return Differentiated({k: np.array(v) for k, v in values.items()}, np.array(measured), 8 * D, f"{NETS} networks")


def _length(context: Context) -> Followed:
    """‖∇N‖² over all weights by autograd, and by the mean of the slopes that pre-activations have."""
    rng, left, right = context.rng("length"), [], []
    for _ in range(NETS):
        net = random_net(UNITS, D, rng)
        x = torch.as_tensor(rng.standard_normal((1, D)))
        parts = torch.autograd.grad(net(x).sum(), (net.w, net.u))
        left.append(float(sum((p**2).sum() for p in parts)))
        mean = float(slopes_of(net, x[0]).mean())
        right.append(2 * UNITS * net.v**2 * float((x**2).sum()) * ((1 + net.slope) * mean - net.slope))
    tolerance = 64 * UNITS * D * UNIT_ROUNDOFF * max(right)
    return Followed(np.array(left), np.array(right), "=", tolerance, f"{NETS} networks of {2 * UNITS} units")


READINGS: dict[str, tuple[Reading, ...]] = {
    "gradient-unit": (Reading("autograd", _gradient, by=(AUTOGRAD, FORMULA)),),
    "gradient-length": (Reading("trajectory", _length, both_sides=True, by=(AUTOGRAD, "the mean slope")),),
    **runs.READINGS,
    **regions.READINGS,
    **images.READINGS,
}
