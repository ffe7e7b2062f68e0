"""Regions of Sarussi et al. (2021): one step into agreement, points that leave it, and the direction that is left."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from checks.context import Context
from checks.papers.sarussi2021.common import agreement, normal_net
from checks.readings import Followed, Reading, Tried
from derivations.papers.sarussi2021.notation import a
from derivations.papers.sarussi2021.regions import EXAMPLE, A, B, cosine
from numerics.models.sarussi2021 import TwoClusters, descend

Array = NDArray[np.float64]
TRIALS, POINTS, D = 600, 4, 3
STEPS, STEP = 300, 1.0
LEAVING = np.array([[0.318, -0.493], [1.868, 0.462], [0.013, 4.001]])
"""y_tx_t of three points that enter perfect agreement and leave it, of the classes +, + and −, at a = 1/2."""


def parts(z: Array) -> tuple[Array, Array]:
    """P_k and M_k: the sums over t of the positive and of the negative parts of z_k·z_t."""
    K = z @ z.T
    return np.maximum(K, 0).sum(1), np.maximum(-K, 0).sum(1)


def _one_step(context: Context) -> Tried:
    """One step by torch from weights that are small enough, for random points that meet the condition."""
    rng, events, trials = context.rng("one step"), 0, 0
    while trials < TRIALS:
        z = rng.standard_normal((POINTS, D)) + np.array([1.0, 0, 0])
        slope = rng.uniform(0.1, 1)
        P, M = parts(z)
        room = (0.499 * slope * P - 0.501 * M).min()
        if room <= 0:
            continue
        trials += 1
        y = np.where(rng.random(POINTS) < 0.5, 1.0, -1.0)
        net = normal_net(2, D, slope, 1.0, 1.0, rng)
        with torch.no_grad():
            # no unit may give more than eta·v·room/n, and no output move 1/(1 + e^N) from 1/2 by more than 1/1000
            longest = max(float(p.norm(dim=1).max()) for p in (net.w, net.u)) * np.linalg.norm(z, axis=1).max()
            for p in (net.w, net.u):
                p.mul_(min(0.9 * room / POINTS, 0.0005) / longest)
        x, labels = torch.as_tensor(z * y[:, None]), torch.as_tensor(y)
        descend(net, x, labels, 1.0, 1)
        events += bool((agreement(net, x, labels) > 0).all())
    return Tried(events, trials, f"sets of {POINTS} points in R^{D} with aP_k > M_k agree after one step")


def _leaves(context: Context) -> Followed:
    """The least agreement of the three points from the step on at which it was perfect first, over six starts."""
    rng, lowest = context.rng("leaves"), []
    y = torch.tensor([1.0, 1.0, -1.0], dtype=torch.float64)
    x = torch.as_tensor(LEAVING) * y[:, None]
    for _ in range(6):
        net = normal_net(1, 2, 0.5, 1.0, 1e-3, rng)
        seen = []
        for _ in range(120):
            descend(net, x, y, 0.5, 1)
            seen.append(float(agreement(net, x, y).min()))
        inside = np.flatnonzero(np.array(seen) > 0)
        # a run that never is inside shows nothing: it counts against the statement
        lowest.append(min(seen[int(inside[0]) :]) if len(inside) else 1.0)
    return Followed(np.array(lowest), np.zeros(6), "<=", 0.0, "six runs of 120 steps, a = 1/2")


def _points() -> tuple[Tensor, Tensor, Tensor]:
    long, other, c = (float(EXAMPLE[s]) for s in (B, A, cosine))
    z = torch.tensor([[other, 0.0], [long * c, long * (1 - c**2) ** 0.5]], dtype=torch.float64)
    y = torch.tensor([1.0, -1.0], dtype=torch.float64)
    return z, z * y[:, None], y


@lru_cache(2)
def _ends(seed: int) -> list[Tensor]:
    """w̄ − ū of three networks after gradient descent on the two points, each from its own start."""
    rng, found = Context(seed, statement="sarussi2021.direction").rng("starts"), []
    _, x, y = _points()
    for k in (1, 2, 4):
        net: TwoClusters = normal_net(k, 2, float(EXAMPLE[a]), k**-0.5, 1e-3, rng)
        descend(net, x, y, STEP, STEPS, relative=True)
        found.append((net.w - net.u).detach().mean(0))
    return found


def _angle(one: Tensor, other: Tensor) -> float:
    """The angle of two directions of the plane, by its tangent: exact also where it is small."""
    return float(torch.atan2((one[0] * other[1] - one[1] * other[0]).abs(), one @ other))


def _direction(context: Context) -> Followed:
    """Angles with the direction whose coefficients are solved from the Gram matrix of the features."""
    z, _, _ = _points()
    slope = float(EXAMPLE[a])
    weights = torch.tensor([[1 + slope**2, 2 * slope], [2 * slope, 1 + slope**2]], dtype=torch.float64)
    wanted = torch.linalg.solve(weights * (z @ z.T), torch.ones(2, dtype=torch.float64)) @ z
    left = [_angle(end, wanted) for end in _ends(context.seed)]
    about = f"{STEPS} steps of 1/loss, k = 1, 2, 4"
    return Followed(np.array(left), np.full(len(left), 0.005), "<=", 0.0, about)


def _far(context: Context) -> Followed:
    """Angles with the maximum-margin direction, which is that of equal margins z₁ and z₂."""
    z, _, _ = _points()
    widest = torch.linalg.solve(z @ z.T, torch.ones(2, dtype=torch.float64)) @ z
    right = [_angle(end, widest) for end in _ends(context.seed)]
    return Followed(np.full(len(right), 0.18), np.array(right), "<=", 0.0, f"{STEPS} steps of 1/loss, k = 1, 2, 4")


RUN = "sarussi2021 direction"
READINGS: dict[str, tuple[Reading, ...]] = {
    "one-step-run": (Reading("sampling", _one_step),),
    "leaves-agreement": (Reading("trajectory", _leaves, both_sides=True, by=("the runs", "zero")),),
    "direction-run": (Reading("trajectory", _direction, both_sides=True, by=("the runs", "the number"), run=RUN),),
    "direction-far": (Reading("trajectory", _far, both_sides=True, by=("the number", "the runs"), run=RUN),),
}
