"""Readings of the neural tangent hierarchy: torch nets by forward over reverse mode, along gradient flow and by size.

Nets are those of du2018 with tanh and inputs of norm one, float64; many are run side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sympy import tanh
from torch import Tensor

from checks.context import Context
from checks.papers.li2020nth import training
from checks.papers.li2020nth.denied import DENIALS as DENIALS
from checks.papers.li2020nth.sizes import moved
from checks.readings import Compared, Followed, Means, Reading, Scaled
from derivations.activations import X
from derivations.papers.li2020nth import headline
from numerics.machine.arrays import as_numpy
from numerics.models.du2018 import FullyConnected, ResNet
from numerics.models.li2020nth import Nets, closed_k3, closed_k3_of_nets, layer_traces, start
from numerics.networks.tangent_hierarchy import tangent_kernels
from numerics.values.rounding import UNIT_ROUNDOFF

Array = NDArray[np.float64]
SIGMA = tanh(X)
NETS, WIDE_NETS, AT_ONCE = 384, {"resnet": 256, "fc": 512}, 64
"""Nets of each depth, and of each width: K³ of fully connected nets scatters more; how many are run at once."""
C_RES = 0.5
SHARES = 24
"""Nets of each depth whose layers are compared."""


def inputs(n: int, d: int, g: torch.Generator) -> Tensor:
    """n random inputs of norm one."""
    x = torch.randn(n, d, generator=g, dtype=torch.float64, device=g.device)
    found: Tensor = x / x.norm(dim=-1, keepdim=True)
    return found


def _closed(context: Context) -> Followed:
    """K³ of both kinds of nets by forward over reverse mode against the tangent pass, relative to its size."""
    g = context.generator("k3 closed")
    d, m, depth = 5, 12, 3
    left, right = [], []
    for kind in (FullyConnected, ResNet):
        net, x = kind(d, m, depth, SIGMA, g), inputs(3, d, g)
        ours, theirs = as_numpy(tangent_kernels(net, x, 3)[1]), as_numpy(closed_k3(net, x))
        size = float(np.abs(theirs).max())
        left.append(ours.ravel() / size)
        right.append(theirs.ravel() / size)
    about = f"fully connected and residual nets, L = {depth}, m = {m}, three inputs"
    return Followed(np.concatenate(left), np.concatenate(right), "=", 256 * m * depth * UNIT_ROUNDOFF, about)


def _nets(kind: str, depth: int, m: int, x: Tensor) -> Nets:
    first = (training.C_SIGMA / m) ** 0.5
    return Nets(x, first, C_RES / (depth * m**0.5) if kind == "resnet" else first, skip=kind == "resnet")


def rms_k3(kind: str, depth: int, m: int, label: str, context: Context, count: int = NETS) -> Array:
    """The root mean square of K³ on two inputs, for each net; nets of all depths share their first and last weights.

    K³ is that of the tangent pass, which k3-closed holds against forward over reverse mode.
    """
    # the same inputs for every size
    nets = _nets(kind, depth, m, inputs(2, 4, context.generator(label)))
    found = []
    for part in range(0, count, AT_ONCE):
        g = context.generator(f"{label} {kind} {m} {part}")
        k3 = closed_k3_of_nets(nets, start(min(AT_ONCE, count - part), 4, m, depth, g, signs=True))
        found.append(as_numpy((k3**2).mean((1, 2, 3)).sqrt()))
    return np.concatenate(found)


def _width(kind: str, context: Context) -> Scaled:
    small, sizes, count = (8, 16), (32, 64, 128, 256), WIDE_NETS[kind]
    table = np.array([rms_k3(kind, 3, m, "width", context, count) for m in (*small, *sizes)])
    far = moved((*small, *sizes), np.log(table).mean(1), sizes)
    table = table[len(small) :]
    at = np.repeat(np.array(sizes, dtype=float), count)
    data = {"m": list(sizes), "rms": np.sqrt((table**2).mean(1)).tolist()}
    about = f"{count} nets of each width, L = 3, output weights ±1, two inputs; 1/m may move it by {far:.2g}"
    return Scaled(at, table.ravel(), about, data, drift=far)


def _k4(context: Context) -> Scaled:
    """Means of K⁴(x, x, x, x) over groups of nets of two layers, as many neurons in each group."""
    sizes, groups, neurons = (2, 4, 8, 16), 6, 2**15
    found = []
    for m in sizes:
        g = context.generator(f"k4 {m}")
        nets = Nets(torch.eye(1, dtype=torch.float64, device=g.device), m**-0.5, 0.0)
        for _ in range(groups):
            k4 = nets.kernels(start(neurons // m, 1, m, 1, g), 4)[2]
            found.append(float(k4.mean()))
    values = np.array(found)
    data = {"m": list(sizes), "mean": values.reshape(len(sizes), groups).mean(1).tolist()}
    about = f"{groups} groups of nets with {neurons} neurons in all, the absolute value of each group's mean"
    return Scaled(np.repeat(np.array(sizes, dtype=float), groups), np.abs(values), about, data)


DEPTHS, TOGETHER = (2, 4, 8, 16), 4
"""Depths, and of how many residual nets the root mean square is one trial."""


@lru_cache(4)
def _deep(kind: str, depth: int, seed: int, device: str) -> Array:
    return rms_k3(kind, depth, 32, "depth", Context(seed, device))


def _depth(context: Context) -> Compared:
    table = np.array([_deep("resnet", depth, context.seed, context.device) for depth in DEPTHS])
    data = {"L": list(DEPTHS), "rms": np.sqrt((table**2).mean(1)).tolist()}
    # the logarithm of single nets' ratios has longer tails than a normal law
    shallow, *_, deep = np.sqrt((table**2).reshape(len(DEPTHS), -1, TOGETHER).mean(2))
    growth = Means(np.log(deep / shallow)[:, None], law="normal", separate=True)
    return Compared(
        growth, float(headline.FLAT), about=f"{NETS} residual nets of each depth, {TOGETHER} a trial, m = 32", data=data
    )


def _trials(sizes: Sequence[int], nets: int) -> NDArray[np.int64]:
    """Which net each entry comes from, nets of all sizes sharing what they can."""
    return np.tile(np.arange(nets), len(sizes))


def _depth_fc(context: Context) -> Compared:
    shallow, deep = (_deep("fc", depth, context.seed, context.device) for depth in (2, 8))
    middle = _deep("fc", 4, context.seed, context.device)
    data = {"L": [2, 4, 8], "rms": [float(np.sqrt((k**2).mean())) for k in (shallow, middle, deep)]}
    growth = Means(np.log(deep / shallow)[:, None], law="normal", separate=True)
    return Compared(float(headline.GROWTH), growth, about=f"{NETS} pairs of nets, m = 32", data=data)


def _share(wide: bool, context: Context) -> Scaled:
    """The share of layers 2..L in tr K² of residual nets; at depth L it is c/(L + c) to 1/L, up to what m adds."""
    small, depths, count, m = (4, 8), (16, 32, 64), SHARES, 64
    table = as_numpy(torch.stack([_later(wide, depth, m, count, context) for depth in (*small, *depths)]))
    far = moved((*small, *depths), np.log(table).mean(1), depths)
    table = table[len(small) :]
    data = {"L": list(depths), "share": table.mean(1).tolist()}
    at = np.repeat(np.array(depths, dtype=float), count)
    about = f"{count} residual nets of each depth, c_res = 0.7, m = {m}; 1/L may move it by {far:.2g}"
    return Scaled(at, table.ravel(), about, data, far, _trials(depths, count))


def _later(wide: bool, depth: int, m: int, count: int, context: Context) -> Tensor:
    """The share in each net; those of one number have the same inputs, first weights and output weights ±1."""
    g = context.generator(f"share {wide}")
    x = torch.stack([inputs(2, 4, g) for _ in range(count)])
    nets = Nets(x, (training.C_SIGMA / m) ** 0.5, 0.7 / (depth * m) ** 0.5 * (1.0 if wide else depth**-0.5))
    parts = layer_traces(nets, start(count, 4, m, depth, g, signs=True))
    found: Tensor = parts[:, 1:-1].sum(-1) / parts.sum(-1)
    return found


def _trajectory(measure: Any) -> tuple[Reading, ...]:
    return (Reading("trajectory", measure, by=("forward over reverse mode through the net", "the other route")),)


def _scaling(measure: Any) -> tuple[Reading, ...]:
    return (Reading("scaling", measure),)


READINGS: dict[str, tuple[Reading, ...]] = {
    "k3-closed": _trajectory(_closed),
    "k3-width-resnet": _scaling(partial(_width, "resnet")),
    "k3-width-fc": _scaling(partial(_width, "fc")),
    "k4-width": _scaling(_k4),
    "k3-depth-resnet": (Reading("trajectory", _depth),),
    "k3-depth-fc": (Reading("trajectory", _depth_fc),),
    "share-layers": _scaling(partial(_share, False)),
    "share-layers-wide": _scaling(partial(_share, True)),
    **training.READINGS,
}
