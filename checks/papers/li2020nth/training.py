"""Gradient flow to its end: what the hierarchy, its truncations and the kernels at the start say of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import product
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from checks.context import Context
from checks.papers.li2020nth.sizes import WINDOW, moved
from checks.readings import Compared, Followed, Means, Reading, Scaled
from derivations.papers.li2020nth import headline
from numerics.machine.arrays import as_numpy
from numerics.models.li2020nth import Nets, flow, predicted_drift, speeds, start, time_steps, truncated
from numerics.values.rounding import UNIT_ROUNDOFF

Array = NDArray[np.float64]
C_SIGMA = 2.536175433217453754
"""c_σ of tanh, du2018.c-tanh."""
SMALL, SIZES = (16,), (32, 64, 128, 256, 512, 1024)
"""Widths that only say how fast the exponents settle, and those at which they are judged."""
RUNS, D, N = 44, 4, 2
"""Nets of each width, length and number of inputs, which are orthonormal: K² is then far from singular."""
SIGNS = tuple(product((1.0, -1.0), repeat=N))
"""Residuals at the start, all of size one; every net is trained from each."""
TIME, STEPS = 24.0, (0.25, 1.2, 1.12)
"""Length of the flow; its first and longest step, and by what steps grow. λ/n is about 1: what is left of the residual
is 10^(−6) or less, and halved steps change no error by a thousandth of itself."""
SHOWN = 32
"""The width of the net whose curve is drawn."""
DEEP, DEEP_WIDTH, DEEP_RUNS = 3, 64, 24
"""Depth, width and number of the residual nets."""


@dataclass(frozen=True)
class Ends:
    """What runs of one width found: drifts of K² and their predictions, and errors by name, of shape (nets,)."""

    drift: Array
    by_k3: Array
    predicted: Array
    errors: dict[str, Array]
    curves: dict[str, list[float]]


@lru_cache(32)
def ends(m: int, layers: int, runs: int, seed: int, device: str) -> Ends:
    """Train nets of width m along gradient flow; five statements read those of two-layer nets, one those of deep ones.

    An error is the root mean square over the entries of K² and all signs of the residual at the start: r and −r
    exchange the signs of what odd kernels add, so that no net has a small error since two terms happen to cancel.
    Output weights are ±1 at the start: powers of Gaussian ones in K⁴ have tails that settle only far beyond m = 1000.
    """
    g = Context(seed, device).generator(f"hierarchy {m} {layers}")
    # the same inputs for every width
    of_all = Context(seed, device).generator("hierarchy")
    x = torch.linalg.qr(torch.randn(D, N, generator=of_all, dtype=torch.float64, device=g.device))[0].T
    nets = Nets(x, (C_SIGMA / m) ** 0.5, 0.5 / (layers * m**0.5))
    at = start(runs, D, m, layers, g, signs=True)
    several = len(SIGNS)
    kernels = [np.repeat(as_numpy(k), several, 0) for k in nets.kernels(at, 4)]
    at = {name: p.repeat_interleave(several, 0) for name, p in at.items()}
    residual = torch.tensor(SIGNS, dtype=torch.float64, device=g.device).repeat(runs, 1)
    y = nets(at) - residual
    first, labels = as_numpy(nets(at)), as_numpy(y)
    steps = time_steps(TIME, *STEPS)
    *_, end = flow(nets, at, y, steps)
    last = as_numpy(nets.kernels(end, 2)[0])

    def error(other: Array) -> Array:
        found: Array = np.sqrt(((other - last) ** 2).reshape(runs, -1).mean(1))
        return found

    errors, curves = {}, {}
    for p in (2, 3, 4):
        *_, (_, frozen) = truncated(first, kernels[: p - 1], labels, steps)
        errors[f"run-truncated-{p}"] = error(frozen)
    K2, K3, K4 = kernels
    start_at = as_numpy(residual)
    terms = [predicted_drift(K2[i], K3[i], K4[i], start_at[i]) for i in range(len(start_at))]
    by_k3 = np.array([one for one, _ in terms])
    both = by_k3 + np.array([two for _, two in terms])
    errors |= {"drift-by-k3": error(kernels[0] + by_k3), "drift-by-both": error(kernels[0] + both)}
    if m == SHOWN:
        curves = _curves(nets, {name: p[:1] for name, p in at.items()}, y[:1], [k[:1] for k in kernels])
    return Ends(last - kernels[0], by_k3, both, errors, curves)


def _curves(nets: Nets, at: dict[str, torch.Tensor], y: torch.Tensor, kernels: list[Array]) -> dict[str, list[float]]:
    """K²(x_1, x_1) of one net against time: along its flow, and by the hierarchy cut at K², K³ and K⁴."""
    steps = [TIME / 96] * 32
    curves = {"t": [float(t) for t in np.cumsum([0.0, *steps])]}
    curves["net"] = [float(nets.kernels(p, 2)[0][0, 0, 0]) for p in flow(nets, at, y, steps)]
    first, labels = as_numpy(nets(at)), as_numpy(y)
    for p in (2, 3, 4):
        curves[str(p)] = [float(K[0, 0, 0]) for _, K in truncated(first, kernels[: p - 1], labels, steps)]
    return curves


def _error(slug: str, context: Context) -> Scaled:
    every = (*SMALL, *SIZES)
    found = {m: ends(m, 1, RUNS, context.seed, context.device) for m in every}
    table = np.array([found[m].errors[slug] for m in every])
    logs = np.log(table).mean(1)
    far = moved(every, logs, SIZES)
    judged = table[len(SMALL) :]
    data: dict[str, Any] = {"m": list(SIZES), "error": np.exp(logs[len(SMALL) :]).tolist()}
    if slug == "run-truncated-2":
        data |= {"curves": found[SHOWN].curves}
    about = (
        f"{RUNS} two-layer nets of each width, output weights ±1, {N} orthonormal inputs, residuals ±1, flow to "
        f"t = {TIME:g}; what is of relative order 1/m, by the widths {every[0]} to {every[WINDOW]}, may move the "
        f"exponent by {far:.2g}"
    )
    return Scaled(np.repeat(np.array(SIZES, dtype=float), RUNS), judged.ravel(), about, data, drift=far)


def _residual(context: Context) -> Compared:
    """By how much K⁴ lessens the error of the drift that K³ predicts, in residual nets."""
    found = ends(DEEP_WIDTH, DEEP, DEEP_RUNS, context.seed, context.device)
    better = np.log(found.errors["drift-by-k3"] / found.errors["drift-by-both"])
    data: dict[str, Any] = {"m": DEEP_WIDTH, "drift": found.drift.ravel().tolist()}
    data |= {"by_k3": found.by_k3.ravel().tolist(), "predicted": found.predicted.ravel().tolist()}
    about = f"{DEEP_RUNS} residual nets, L = {DEEP}, m = {DEEP_WIDTH}, c_res = 1/2"
    return Compared(float(headline.GAIN), Means(better[:, None], law="normal", separate=True), about=about, data=data)


def _flow(context: Context) -> Followed:
    """K² and K³ of one net along the flow against Simpson's integral of what the hierarchy says.

    Steps h and 2h differ by 15 times the error of the finer ones for methods of order 4: the tolerance is twice the
    difference of the flows, and once that of the integrals.
    """
    g = context.generator("flow")
    m, count, time = 8, 16, 0.5
    x = torch.randn(2, 3, generator=g, dtype=torch.float64, device=g.device)
    nets = Nets(x / x.norm(dim=-1, keepdim=True), (C_SIGMA / m) ** 0.5, 0.5 / (2 * m**0.5))
    at = start(1, 3, m, 2, g)
    y = torch.tensor([1.0, -1.0], dtype=torch.float64, device=g.device)
    h = time / count
    fine = list(flow(nets, at, y, [h] * count))
    *_, coarse = flow(nets, at, y, [2 * h] * (count // 2))
    before, after, rough = (_flat(nets.kernels(p, 3)) for p in (at, fine[-1], coarse))
    together = {name: torch.cat([p[name] for p in fine]) for name in at}
    moving = np.concatenate([as_numpy(s).reshape(count + 1, -1) for s in speeds(nets, together, y, 3)], 1)
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
    "drift-residual": (Reading("trajectory", _residual),),
    **{
        slug: (Reading("scaling", partial(_error, slug), run="li2020nth ends of flows"),)
        for slug in ("drift-by-both", "drift-by-k3", "run-truncated-2", "run-truncated-3", "run-truncated-4")
    },
}
