"""The convex case of Zou et al. (2021): margins linear in W, logistic loss with weight decay, torch's optimisers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from checks.context import Context
from checks.readings import Followed, Reading
from numerics.models.zou2021 import optimiser_of

N, D, DECAY, STEPS = 20, 6, 0.05, 700
RUNS = 2


@dataclass(frozen=True, eq=False)
class Found:
    """Where the optimisers end, and the gradients of the regularised loss there.

    Args:
        ends: Weights by optimiser.
        slopes: ‖∇L‖ there.
    """

    ends: dict[str, Tensor]
    slopes: dict[str, float]


def found_by(x: Tensor, y: Tensor) -> Found:
    """Train by SGD, Adam, sign descent and Adam with decoupled decay, with steps that fall to 0."""
    ends, slopes = {}, {}
    for name, eta in (("gd", 0.5), ("adam", 0.05), ("sign", 0.01), ("adamw", 0.05)):
        w = torch.nn.Parameter(torch.zeros(x.shape[1], dtype=x.dtype))
        holder = torch.nn.ParameterList([w])
        optimiser = optimiser_of(name, holder, eta, DECAY)
        falls = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda t: 0.97 ** max(0, t - STEPS // 2))
        for _ in range(STEPS):
            optimiser.zero_grad()
            torch.nn.functional.softplus(-y * (x @ w)).mean().backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            falls.step()
        (slope,) = torch.autograd.grad(torch.nn.functional.softplus(-y * (x @ w)).mean() + DECAY / 2 * (w**2).sum(), w)
        ends[name], slopes[name] = w.detach(), float(slope.norm())
    return Found(ends, slopes)


@lru_cache(4)
def _runs(seed: int) -> list[Found]:
    rng, made = Context(seed, statement="zou2021.convex").rng("images"), []
    for _ in range(RUNS):
        x = torch.as_tensor(rng.standard_normal((N, D)) * np.geomspace(1, 2, D))
        made.append(found_by(x, torch.as_tensor(np.where(rng.random(N) < 0.5, 1.0, -1.0))))
    return made


def _within(context: Context) -> Followed:
    left, right = [], []
    for one in _runs(context.seed):
        for name, other in (("gd", "adam"), ("gd", "sign"), ("adam", "sign")):
            left.append(float((one.ends[name] - one.ends[other]).norm()))
            right.append((one.slopes[name] + one.slopes[other]) / DECAY)
    about = f"{RUNS} sets of {N} images, distances of {min(left):.1e} to {max(left):.1e}"
    # weights of a size of 1 are rounded
    return Followed(np.array(left), np.array(right), "<=", 1e-12, about)


def _shares(name: str, seed: int) -> np.ndarray:
    return np.array([float((one.ends[name] - one.ends["gd"]).norm() / one.ends["gd"].norm()) for one in _runs(seed)])


def _near(context: Context) -> Followed:
    left = _shares("adam", context.seed)
    return Followed(left, np.full(RUNS, 1e-3), "<=", 0.0, f"{RUNS} sets of {N} images")


def _decoupled(context: Context) -> Followed:
    right = _shares("adamw", context.seed)
    return Followed(np.full(RUNS, 0.02), right, "<=", 0.0, f"{RUNS} sets of {N} images")


RUN = "zou2021 convex"
READINGS: dict[str, tuple[Reading, ...]] = {
    "convex-run": (Reading("trajectory", _within, both_sides=True, by=("the optimisers", "gradients"), run=RUN),),
    "convex-near": (Reading("trajectory", _near, both_sides=True, by=("the optimisers", "the number"), run=RUN),),
    "decoupled-run": (Reading("trajectory", _decoupled, both_sides=True, by=("the number", "optimisers"), run=RUN),),
}
