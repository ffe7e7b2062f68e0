"""What may be swept of Zhang et al. (2019): growth over any depth at τ = L^(−α), the phase diagram's columns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from checks.measurable.sweeps import EVERY, Dimension, Sizes, Sweep
from checks.papers.zhang2019.forward import WIDTH
from checks.papers.zhang2019.phases import drift
from numerics.machine.draws import AHEAD
from numerics.machine.precision import Precision, Trace
from numerics.stability import log_growth

ARRAYS = 6
"""Hidden vectors that a network takes."""
TRACED = 16
"""The same for each block where roundings are noted."""


def growth(
    alpha: float,
    mirrored: bool,
    point: Sizes,
    generators: Sequence[torch.Generator],
    precision: Precision,
    trace: Trace | None,
) -> Tensor:
    """‖h_L‖²/‖h_0‖² of networks, or with `mirrored` the mean over a pair whose noise of first order cancels."""
    count, depth = len(generators), point["depth"]
    trials = 2 * count if mirrored else count
    logs = log_growth(
        [depth**-alpha],
        depth,
        point["width"],
        trials,
        generators,
        mirrored=mirrored,
        precision=precision,
        trace=trace,
    )
    return logs[0].exp().reshape(-1, count).mean(0)


def growth_bytes(point: Sizes, precision: Precision) -> float:
    """Hidden vectors of a pair, what it draws ahead, and where it is rounded the vectors of all blocks."""
    traced = 0 if precision.exact else TRACED * point["depth"] * 8
    return 2.0 * (point["width"] * (ARRAYS * precision.bytes + traced) + AHEAD * precision.bytes)


def _sweep(alpha: float, depths: str, width: int, mirrored: bool = False) -> Sweep:
    return Sweep(
        dimension=Dimension("depth", "L", depths, "residual blocks"),
        others=(Dimension("width", "m", str(width), "neurons in each block"),),
        each=partial(growth, alpha, mirrored),
        bytes=growth_bytes,
        networks=16 if mirrored else 8,
        log=mirrored,
        precisions=EVERY,
        drift=partial(drift, alpha),
    )


SWEEPS: dict[str, Sweep] = {
    "phase-critical": _sweep(0.5, "64:4096:x2", WIDTH),
    "phase-075": _sweep(0.75, "32:256:x2", 1024, mirrored=True),
    "phase-1": _sweep(1.0, "32:256:x2", 1024, mirrored=True),
}
