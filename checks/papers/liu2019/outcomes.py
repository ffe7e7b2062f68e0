"""Where runs of the residual network of Liu et al. (2019) end: the success table, and runs on samples."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from checks.context import Context
from checks.papers.liu2019.runs import K, P
from checks.readings import Reading, Scaled, Tried
from derivations.papers.liu2019 import notation as n
from derivations.papers.liu2019.headline import RATIOS, REACHED, STEPS
from derivations.papers.liu2019.landscape import SPURIOUS
from numerics.machine.arrays import as_numpy
from numerics.models.liu2019 import Teachers, angle, initial_output, teachers, unit_vectors
from numerics.models.liu2019_descent import Schedule, descend, final_loss, sampled_gradients
from numerics.models.liu2019_population import FEW_NODES, expected_loss, network_gradients
from numerics.values.evaluate import evaluate

RUNS = {"shortcut": 1500, "random": 2000}
"""If none of so many runs fails, a chance of at least 0.98 is seen; shares near a half are seen to ± 0.07."""
DRAWN = 1
"""The ratio of which some paths are kept for the picture."""


def _trajectories(teacher: Teachers, a: Tensor, v: Tensor, count: int = 16) -> dict[str, Any]:
    """φ and aᵀa* along some runs, thinned, and the spurious inner product: what the picture is drawn from."""
    few = Teachers(teacher.a_star[:count], teacher.v_star[:count])
    path = list(descend(a[:count], v[:count], network_gradients(few, FEW_NODES), Schedule(second=300)))[::5]
    phi = np.stack([as_numpy(angle(x, few.v_star)) for _, x in path], -1)
    inner = np.stack([as_numpy((x * few.a_star).sum(-1)) for x, _ in path], -1)
    spurious = evaluate(SPURIOUS, {n.a_star: as_numpy(few.a_star)})
    return {
        "phi": np.round(phi, 5).tolist(),
        "inner": np.round(inner, 5).tolist(),
        "spurious": float(np.mean(np.sum(spurious * as_numpy(few.a_star), -1))),
    }


def _success(ratio: float, start: str, context: Context) -> Tried:
    """How many runs of the network reach the global optimum, all in one tensor."""
    g = context.generator("runs")
    runs = RUNS[start]
    teacher = teachers(runs, K, P, ratio, g)
    a = initial_output(teacher.a_star, g)
    shortcut = torch.full((runs, P), P**-0.5, dtype=torch.float64, device=g.device)
    v = shortcut if start == "shortcut" else unit_vectors(runs, P, g)
    schedule = Schedule(second=STEPS - Schedule.first)
    reached, gradients = float(REACHED), partial(network_gradients, nodes=FEW_NODES)
    loss = final_loss((a, v), teacher, schedule, gradients, expected_loss, solved=reached, every=25)
    solved = int((loss < reached).sum())
    data = {"ratio": ratio, "start": start, **(_trajectories(teacher, a, v) if ratio == DRAWN else {})}
    return Tried(solved, runs, f"runs of the network reach a loss below {reached:g}", data)


def _finite_sample(context: Context) -> Scaled:
    """‖(a, v) − population (a, v)‖ after 30 steps, for 128 independent samples at each size N.

    No drift is granted: the interval of the exponent must hold −1/2 as it is.
    """
    runs, k, p, sizes = 128, 3, 3, [2**j for j in range(8, 14)]
    g = context.generator("finite sample")
    teacher = teachers(1, k, p, 1.0, g)
    a0 = initial_output(teacher.a_star, g)
    v0 = torch.full((1, p), p**-0.5, dtype=torch.float64, device=g.device)
    schedule = Schedule(eta_a=0.3, eta_w_first=0.3, eta_w=0.3, first=0, second=30)
    *_, (a_end, v_end) = descend(a0, v0, network_gradients(teacher), schedule)
    many = Teachers(teacher.a_star.expand(runs, -1), teacher.v_star.expand(runs, -1))
    x: list[float] = []
    y: list[float] = []
    for size in sizes:
        Z = torch.randn(runs, size, k, p, generator=g, dtype=torch.float64, device=g.device)
        gradients = sampled_gradients(many, Z)
        *_, (a, v) = descend(a0.expand(runs, -1), v0.expand(runs, -1), gradients, schedule)
        distance = torch.cat([a - a_end, v - v_end], dim=-1).norm(dim=-1)
        x += [float(size)] * runs
        y += as_numpy(distance).tolist()
    return Scaled(np.array(x), np.array(y), f"(30 steps, {runs} samples at each N from {sizes[0]} to {sizes[-1]})")


READINGS: dict[str, tuple[Reading, ...]] = {
    "finite-sample": (Reading("scaling", _finite_sample),),
    **{
        f"success-{start}-{ratio}": (Reading("sampling", partial(_success, float(ratio), start)),)
        for ratio in RATIOS
        for start in ("shortcut", "random")
    },
}
