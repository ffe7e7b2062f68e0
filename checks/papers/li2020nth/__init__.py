"""Readings of the neural tangent hierarchy: torch nets by forward over reverse mode, along gradient flow and by size.

Nets are those of du2018 with tanh and inputs of norm one, float64; many are run side by side.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sympy import tanh
from torch import Tensor

from checks.context import Context
from checks.papers.li2020nth import training
from checks.readings import Compared, Followed, Means, Reading, Scaled
from derivations.activations import X
from numerics.gram import layer_grams
from numerics.machine.arrays import as_numpy
from numerics.models.du2018 import FullyConnected, ResNet
from numerics.models.li2020nth import Nets, closed_k3, start
from numerics.networks.tangent_hierarchy import tangent_kernels
from numerics.values.rounding import UNIT_ROUNDOFF

Array = NDArray[np.float64]
SIGMA = tanh(X)
NETS = 48
"""Nets of each size, each drawn anew."""
C_RES = 0.5


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


def rms_k3(kind: str, depth: int, m: int, label: str, context: Context) -> Array:
    """The root mean square of K³ on two inputs, for each net."""
    g = context.generator(f"{label} {kind} {depth} {m}")
    # the same inputs for every size
    nets = _nets(kind, depth, m, inputs(2, 4, context.generator(label)))
    k3 = nets.kernels(start(NETS, 4, m, depth, g), 3)[1]
    return as_numpy((k3**2).mean((1, 2, 3)).sqrt())


def _width(kind: str, context: Context) -> Scaled:
    sizes = (16, 32, 64, 128)
    table = np.array([rms_k3(kind, 3, m, "width", context) for m in sizes])
    at = np.repeat(np.array(sizes, dtype=float), NETS)
    data = {"m": list(sizes), "rms": np.sqrt((table**2).mean(1)).tolist()}
    return Scaled(at, table.ravel(), f"{NETS} nets of each width, L = 3, two inputs", data, drift=1 / sizes[0])


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


DEPTHS = (2, 4, 8, 16)


@lru_cache(4)
def _deep(kind: str, depth: int, seed: int, device: str) -> Array:
    return rms_k3(kind, depth, 32, "depth", Context(seed, device))


def _depth(context: Context) -> Scaled:
    table = np.array([_deep("resnet", depth, context.seed, context.device) for depth in DEPTHS])
    data = {"L": list(DEPTHS), "rms": np.sqrt((table**2).mean(1)).tolist()}
    at = np.repeat(np.array(DEPTHS, dtype=float), NETS)
    return Scaled(at, table.ravel(), f"{NETS} residual nets of each depth, m = 32", data, drift=0.1)


def _depth_fc(context: Context) -> Compared:
    shallow, deep = (_deep("fc", depth, context.seed, context.device) for depth in (2, 8))
    middle = _deep("fc", 4, context.seed, context.device)
    data = {"L": [2, 4, 8], "rms": [float(np.sqrt((k**2).mean())) for k in (shallow, middle, deep)]}
    growth = Means(np.log(deep / shallow)[:, None], law="normal")
    return Compared(2.0, growth, about=f"{NETS} pairs of nets, m = 32", data=data)


def _share(wide: bool, context: Context) -> Scaled:
    """The share of layers 2..L in tr K² of residual nets; at depth L it is c/(L + c) to 1/L, up to what m adds."""
    depths, nets, m = (8, 16, 32), 6, 64
    shares = []
    for depth in depths:
        for i in range(nets):
            g = context.generator(f"share {wide} {depth} {i}")
            net = ResNet(4, m, depth, SIGMA, g, 0.7 * depth**0.5 if wide else 0.7)
            traces = {k: float(G.trace()) for k, G in layer_grams(net, inputs(2, 4, g)).items()}
            later = sum(t for k, t in traces.items() if k not in ("layers.0", "output"))
            shares.append(later / sum(traces.values()))
    table = np.array(shares)
    data = {"L": list(depths), "share": table.reshape(len(depths), nets).mean(1).tolist()}
    at = np.repeat(np.array(depths, dtype=float), nets)
    return Scaled(at, table, f"{nets} residual nets of each depth, c_res = 0.7, m = {m}", data, drift=1 / depths[0])


def _trajectory(measure: Any) -> tuple[Reading, ...]:
    return (Reading("trajectory", measure, by=("forward over reverse mode through the net", "the other route")),)


def _scaling(measure: Any) -> tuple[Reading, ...]:
    return (Reading("scaling", measure),)


READINGS: dict[str, tuple[Reading, ...]] = {
    "k3-closed": _trajectory(_closed),
    "k3-width-resnet": _scaling(partial(_width, "resnet")),
    "k3-width-fc": _scaling(partial(_width, "fc")),
    "k4-width": _scaling(_k4),
    "k3-depth-resnet": _scaling(_depth),
    "k3-depth-fc": (Reading("trajectory", _depth_fc),),
    "share-layers": _scaling(partial(_share, False)),
    "share-layers-wide": _scaling(partial(_share, True)),
    **training.READINGS,
}
