"""Gradient flow of residual nets to its end: what the hierarchy, its truncations and the kernels at the start say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from checks.context import Context
from checks.readings import Followed, Reading, Scaled
from numerics.machine.arrays import as_numpy
from numerics.models.li2020nth import Nets, flow, predicted_drift, speeds, start, time_steps, truncated
from numerics.values.rounding import UNIT_ROUNDOFF

Array = NDArray[np.float64]
C_SIGMA = 2.536175433217453754
"""c_σ of tanh, du2018.c-tanh."""
SIZES, RUNS, D, N = (16, 32, 64), 36, 4, 2
"""Widths, nets of each, length and number of inputs, which are orthonormal: K² is then far from singular."""
TIME = 30.0
"""Length of the flow: λ/n is about 1, so that what is left of the residual is 10^(−6) or less at most starts."""


@dataclass(frozen=True)
class Ends:
    """What every run of one width found: the drift of K², its predictions, and errors by name, of shape (RUNS,)."""

    drift: Array
    predicted: Array
    errors: dict[str, Array]


@lru_cache(8)
def ends(m: int, seed: int, device: str) -> Ends:
    """Train nets of width m along gradient flow; five statements read one set of runs."""
    g = Context(seed, device).generator(f"hierarchy {m}")
    # the same inputs for every width
    of_all = Context(seed, device).generator("hierarchy")
    x = torch.linalg.qr(torch.randn(D, N, generator=of_all, dtype=torch.float64, device=g.device))[0].T
    nets = Nets(x, (C_SIGMA / m) ** 0.5, 0.5 / (2 * m**0.5))
    at = start(RUNS, D, m, 2, g)
    # labels at the distance 1 from the outputs at the start: drifts are quadratic in it
    y = nets(at) + torch.sign(torch.randn(RUNS, N, generator=g, dtype=torch.float64, device=g.device))
    kernels = [as_numpy(k) for k in nets.kernels(at, 4)]
    first, labels = as_numpy(nets(at)), as_numpy(y)
    steps = time_steps(TIME, 0.2, 0.8)
    *_, end = flow(nets, at, y, steps)
    last = as_numpy(nets.kernels(end, 2)[0])

    def error(other: Array) -> Array:
        found: Array = np.sqrt(((other - last) ** 2).mean((1, 2)))
        return found

    errors = {}
    for p in (2, 3, 4):
        *_, (_, frozen) = truncated(first, kernels[: p - 1], labels, steps)
        errors[f"run-truncated-{p}"] = error(frozen)
    terms = [predicted_drift(kernels[0][i], kernels[1][i], kernels[2][i], (first - labels)[i]) for i in range(RUNS)]
    by_k3 = np.array([one for one, _ in terms])
    both = by_k3 + np.array([two for _, two in terms])
    errors |= {"drift-by-k3": error(kernels[0] + by_k3), "drift-by-both": error(kernels[0] + both)}
    return Ends(last - kernels[0], both, errors)


def _error(slug: str, context: Context) -> Scaled:
    found = {m: ends(m, context.seed, context.device) for m in SIZES}
    table = np.array([found[m].errors[slug] for m in SIZES])
    data: dict[str, Any] = {"m": list(SIZES), "error": np.exp(np.log(table).mean(1)).tolist()}
    if slug == "drift-by-both":
        data |= {"drift": [found[m].drift.ravel().tolist() for m in SIZES]}
        data |= {"predicted": [found[m].predicted.ravel().tolist() for m in SIZES]}
    about = f"{RUNS} residual nets of each width, L = 2, {N} orthonormal inputs, labels 1 off, flow to t = {TIME:g}"
    return Scaled(np.repeat(np.array(SIZES, dtype=float), RUNS), table.ravel(), about, data, drift=0.1)


def _flow(context: Context) -> Followed:
    """K² and K³ of one net along the flow against Simpson's integral of what the hierarchy says.

    Steps h and 2h differ by 15 times the error of the finer ones for methods of order 4: the tolerance is twice the
    difference of the flows, and once that of the integrals.
    """
    g = context.generator("flow")
    m, count, time = 8, 32, 1.0
    x = torch.randn(2, 3, generator=g, dtype=torch.float64, device=g.device)
    nets = Nets(x / x.norm(dim=-1, keepdim=True), (C_SIGMA / m) ** 0.5, 0.5 / (2 * m**0.5))
    at = start(1, 3, m, 2, g)
    y = torch.tensor([1.0, -1.0], dtype=torch.float64, device=g.device)
    h = time / count
    fine = list(flow(nets, at, y, [h] * count))
    *_, coarse = flow(nets, at, y, [2 * h] * (count // 2))
    before, after, rough = (_flat(nets.kernels(p, 3)) for p in (at, fine[-1], coarse))
    moving = np.array([_flat(speeds(nets, p, y, 3)) for p in fine])
    integral, rougher = _simpson(moving, h), _simpson(moving[::2], 2 * h)
    tolerance = 2 * float(np.abs(after - rough).max()) + float(np.abs(integral - rougher).max())
    tolerance += 4096 * m * UNIT_ROUNDOFF * float(np.abs(after).max())
    times = [h * i for i in range(count + 1)]
    data = {"t": times, "speed": moving[:, 0].tolist()}
    about = f"K² and K³ of a residual net, L = 2, m = {m}, to t = {time:g} in {count} steps"
    return Followed(after - before, integral, "=", tolerance, about, data)


def _flat(kernels: list[torch.Tensor]) -> Array:
    return np.concatenate([as_numpy(k).ravel() for k in kernels])


def _simpson(values: Array, h: float) -> Array:
    """The integral over an even number of intervals of length h."""
    weights = np.array([1.0, *([4.0, 2.0] * (len(values) // 2))])
    weights[-1] = 1.0
    found: Array = h / 3 * np.tensordot(weights, values, 1)
    return found


READINGS: dict[str, tuple[Reading, ...]] = {
    "flow-deep": (
        Reading("trajectory", _flow, by=("the net along its gradient flow", "the integral of the next kernel")),
    ),
    **{
        slug: (Reading("scaling", partial(_error, slug)),)
        for slug in ("drift-by-both", "drift-by-k3", "run-truncated-2", "run-truncated-3", "run-truncated-4")
    },
}
