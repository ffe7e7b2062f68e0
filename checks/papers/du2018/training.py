"""Along gradient descent: stability of the features and the three theorems."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from checks.context import Context
from checks.papers.du2018.common import C_RES, DEPTH, INPUTS, SIGMA, Array, evaluated, net_of
from checks.papers.du2018.limits import least_eigenvalue_of
from checks.readings import Followed
from derivations.papers.du2018 import dynamics, headline
from numerics.data import Dataset, digits, equal_angles, load, sphere
from numerics.gram import layer_grams, total_gram
from numerics.infinite.convolution import convolutional
from numerics.models.du2018 import ConvResNet, as_tensor
from numerics.models.du2018_descent import descend, descend_by_autograd
from numerics.values.rounding import UNIT_ROUNDOFF

# The theorems

WIDTHS = {16: 40, 64: 40, 256: 30, 512: 20, 1024: 12, 2048: 6, 4096: 3}
"""Width and number of steps of a run; on a GPU every width runs for 40 steps."""
WIDEST_ON_GPU = 8192
"""Run on a GPU alone: its weights are 1.1 GB."""
FEW = {64: 1500, 256: 500}
"""The same for four inputs far from each other, whose λ₀ is large: there the line falls well below 1."""
SMALL_WIDTHS = (4, 8, 16, 32, 64)
"""Where the least width is looked for at which the theorem's conclusion holds."""


PIXELS = 4
"""Sides of the images that convolutional networks are trained on."""
CHANNELS = {8: 20, 16: 20, 32: 12, 64: 8, 128: 4}
"""Their widths, and numbers of steps."""


def main_data(context: Context) -> Dataset:
    """100 digits, or the first 100 inputs of the user's own data."""
    return _main_data(context.data, context.seed)


@lru_cache(2)
def _main_data(path: str, seed: int) -> Dataset:
    if not path:
        return digits(INPUTS, seed)
    found = load(path, INPUTS)
    return replace(found, name=f"{len(found)} inputs of {found.name}")


def small_images(data: Dataset) -> Array:
    """Images as means over 4×4 parts of them, of norm one; raises DataError for inputs that are vectors."""
    found = torch.nn.functional.adaptive_avg_pool2d(torch.as_tensor(data.images), PIXELS).numpy()
    norms: Array = np.linalg.norm(found.reshape(len(found), -1), axis=1)
    return found / norms[:, None, None, None]


def _along(kind: str, data: Dataset, m: int, steps: int, context: Context, least: float) -> tuple[Array, Array]:
    """L(k)/L(0) of one run with η = 1/λ_max(G(0)), and the theorem's line."""
    g = context.generator(f"{kind} {data.name} {m}")
    x, y = as_tensor(data.x, context.device), as_tensor(data.y, context.device)
    net = net_of(kind, data.x.shape[1], m, DEPTH, g)
    eta = 1 / float(torch.linalg.eigvalsh(total_gram(layer_grams(net, x)))[-1])
    losses = np.array([s.loss for s in descend(net, SIGMA, x, y, eta, steps)])
    return losses / losses[0], _line(eta, least, len(losses))


def _line(eta: float, least: float, steps: int) -> Array:
    """The theorems' line at steps 0 … steps − 1."""
    return evaluated(headline.line, {dynamics.eta: eta, headline.LEAST: least, headline.k: np.arange(float(steps))})


def theorem(kind: str, context: Context) -> Followed:
    """Digits at every width, the sphere and four inputs far from each other at some; each run against its own line."""
    c_res = None if kind == "fc" else C_RES
    cuda = context.device == "cuda"
    widths = dict.fromkeys((*WIDTHS, WIDEST_ON_GPU), 40) if cuda else WIDTHS
    curves: dict[str, Any] = {}
    left, right, sups = [], [], []
    lowest = 1.0
    own = main_data(context)
    for data, chosen in (
        (own, widths),
        (sphere(INPUTS, 20, context.seed), {256: 30, 1024: 12}),
        (equal_angles(4, -0.2, 4, context.seed), FEW),
    ):
        least = least_eigenvalue_of(data.x, DEPTH, c_res)
        for m, steps in chosen.items():
            ratio, line = _along(kind, data, m, steps, context, least)
            left.append(ratio)
            right.append(line)
            sups.append(f"{m}: {float(np.max(ratio[1:] / line[1:])):.4f}")
            lowest = min(lowest, float(line[-1]))
            curves[f"{data.name}, m = {m}"] = {"loss": ratio.tolist(), "line": line.tolist()}
    least = least_eigenvalue_of(own.x, DEPTH, c_res)
    holding = [m for m in SMALL_WIDTHS if _holds(kind, m, context, least)]
    about = f"{own.name} first; sup of loss/line by width {', '.join(sups)}; lines fall to {lowest:.2g}; "
    about += "the conclusion holds on the first from m = "
    about += str(min(holding, default="none tried"))
    seen = {"curves": curves, "least": least, "data": own.name}
    return Followed(np.concatenate(left), np.concatenate(right), "<=", 64 * UNIT_ROUNDOFF, about, seen)


def _holds(kind: str, m: int, context: Context, least: float) -> bool:
    ratio, line = _along(kind, main_data(context), m, 40, context, least)
    return bool((ratio <= line * (1 + 64 * UNIT_ROUNDOFF)).all())


def theorem_convolutional(context: Context) -> Followed:
    """Digits or images of the user's data averaged to 4×4 pixels, patches 3×3, widths 8 … 128, by autograd."""
    data = main_data(context)
    images = small_images(data)
    channels = images.shape[1]
    K = convolutional(images, SIGMA, DEPTH, (3, 3), c_res=C_RES).last
    least = float(np.linalg.eigvalsh(K)[0])
    x, y = as_tensor(images, context.device), as_tensor(data.y, context.device)
    left, right, sups = [], [], []
    curves: dict[str, Any] = {}
    for m, steps in CHANNELS.items():
        net = ConvResNet(channels, (PIXELS, PIXELS), m, DEPTH, SIGMA, context.generator(f"conv {m}"), 3, C_RES)
        eta = 1 / float(torch.linalg.eigvalsh(total_gram(layer_grams(net, x)))[-1])
        losses = np.array(list(descend_by_autograd(net, x, y, eta, steps)))
        line = _line(eta, least, len(losses))
        left.append(losses / losses[0])
        right.append(line)
        sups.append(f"{m}: {float(np.max(left[-1][1:] / line[1:])):.4f}")
        curves[f"m = {m}"] = {"loss": left[-1].tolist(), "line": line.tolist()}
    about = f"{data.name} as images of 4×4 pixels; sup of loss/line by width {', '.join(sups)}; "
    about += f"λ_min(K^(H)) = {least:.3g}"
    seen = {"curves": curves, "least": least, "data": data.name}
    return Followed(np.concatenate(left), np.concatenate(right), "<=", 64 * UNIT_ROUNDOFF, about, seen)
