"""What may be swept of Neyshabur et al. (2018): the rival's excess by width, and the start's share by dimension."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from checks.measurable.sweeps import Dimension, Sizes, Sweep
from checks.papers.neyshabur2018.digits import POINTS, drift, gaps, share
from numerics.machine.precision import Precision, Trace


def _gap(point: Sizes, generators: Sequence[torch.Generator], precision: Precision, trace: Trace | None) -> Tensor:
    del precision, trace
    seeds = [int(torch.randint(2**62, (), generator=g, device=g.device)) for g in generators]
    return torch.as_tensor(gaps(point["width"], seeds))


def _share(point: Sizes, generators: Sequence[torch.Generator], precision: Precision, trace: Trace | None) -> Tensor:
    del precision, trace
    return torch.tensor([share(point["dimension"], g) for g in generators], dtype=torch.float64)


SWEEPS: dict[str, Sweep] = {
    "rival-gap": Sweep(
        dimension=Dimension("width", "h", "32:4096:x2", "units of a network that is trained on digits", least=2),
        each=_gap,
        bytes=lambda point, precision: 8.0 * point["width"] * (8 * 74 + 6 * POINTS),
        networks=4,
        drift=drift,
    ),
    "start-share": Sweep(
        dimension=Dimension("dimension", "d", "16:65536:x4", "dimension of an input"),
        each=_share,
        bytes=lambda point, precision: 8.0 * point["dimension"] * 70,
        networks=4,
    ),
}
