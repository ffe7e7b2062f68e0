"""What may be swept of Du et al. (2019): how networks come to the limit of infinite width, and what training moves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial

import torch
from torch import Tensor

from checks.context import Context
from checks.measurable.sweeps import EVERY, Dimension, Sizes, Sweep
from checks.papers.du2018.common import C_RES, DEPTH, SIGMA, Array
from checks.papers.du2018.widths import trained
from numerics.data import sphere
from numerics.kernels import residual
from numerics.machine.precision import Precision, Trace
from numerics.models.du2018 import as_tensor
from numerics.models.du2018_wide import last_grams

INPUT_SIZE = 10
ARRAYS = 4
"""(n, width) arrays that a network takes, the blocks of a product included."""
TRACED = 24
"""The same in float64 where roundings are noted: the arrays, their sizes and their adjoints, layer by layer."""


@cache
def _limit(inputs: int, depth: int) -> tuple[Array, Array]:
    """The inputs of the reading, and K^(H)."""
    x = sphere(inputs, INPUT_SIZE).x
    return x, residual(x, SIGMA, depth, c_res=C_RES).last


def distance(point: Sizes, generators: Sequence[torch.Generator], precision: Precision, trace: Trace | None) -> Tensor:
    """‖G^(H)(0) − K^(H)‖ of residual networks, by conditional simulation: the law of the reading's full networks."""
    device = generators[0].device.type
    data, limit = _limit(point["inputs"], point["depth"])
    x, K = as_tensor(data, device), as_tensor(limit, device)
    count = len(generators)
    grams = last_grams(x, SIGMA, point["depth"], point["width"], count, generators, C_RES, precision, trace)
    found: Tensor = torch.linalg.matrix_norm(grams - K, 2)
    return found


def distance_bytes(point: Sizes, precision: Precision) -> float:
    """What one network takes: wide arrays, and where it is rounded those of the trace."""
    entries = point["inputs"] * point["width"]
    traced = 0 if precision.exact else TRACED * point["depth"] * 8
    return entries * (ARRAYS * precision.bytes + traced)


def movement(
    which: int, point: Sizes, generators: Sequence[torch.Generator], precision: Precision, trace: Trace | None
) -> Tensor:
    """After 20 steps: how far weights (0) or the Gram matrix (1) have moved."""
    context = Context(0, generators[0].device.type)
    return torch.tensor([trained(point["width"], context, g)[which] for g in generators], dtype=torch.float64)


def movement_bytes(point: Sizes, precision: Precision) -> float:
    """Weights, their gradients, copies and steps."""
    return 6.0 * DEPTH * point["width"] ** 2 * precision.bytes


def _width(default: str) -> Dimension:
    return Dimension("width", "m", default, "neurons in each layer")


_DISTANCE = Sweep(
    dimension=_width("256:65536:x2"),
    others=(
        Dimension("depth", "H", str(DEPTH), "layers"),
        Dimension("inputs", "n", "20", "inputs on the unit sphere of R^10", least=2),
    ),
    each=distance,
    bytes=distance_bytes,
    precisions=EVERY,
    drift=lambda m: 1 / m,  # fluctuations of order 1/√m, a bias of order 1/m: relative corrections of order 1/m
)

SWEEPS: dict[str, Sweep] = {
    "finite-width": _DISTANCE,
    "weight-movement": Sweep(_width("64:1024:x2"), partial(movement, 0), movement_bytes, networks=1),
    "gram-movement": Sweep(_width("64:512:x2"), partial(movement, 1), movement_bytes),
}
ALIASES = {"gram-concentration": "finite-width"}
"""Other names of a sweep's statement."""
