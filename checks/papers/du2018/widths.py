"""Finite width: how networks approach the limit, what training moves, and that features stay where they were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from checks.context import Context
from checks.papers.du2018.common import C_RES, DEPTH, SIGMA, Array, evaluated, net_of
from checks.readings import Compared, Followed, Means, Scaled, Tried
from derivations.activations import ACTIVATIONS, LIPSCHITZ, X
from derivations.papers.du2018 import headline, stability
from derivations.papers.du2018.notation import c_res, c_sigma
from numerics.data import Dataset, equal_angles, sphere
from numerics.gram import layer_grams, total_gram
from numerics.infinite.recursion import network
from numerics.kernels import residual
from numerics.machine.arrays import as_numpy
from numerics.models.du2018 import FullyConnected, ResNet, as_tensor, torch_activation
from numerics.models.du2018_descent import clone_weights, descend
from numerics.models.du2018_wide import last_grams
from numerics.statistics import drift, slope

SMALLER, SMALL = (4, 8), (8, 16)
"""Widths at which it is measured how far finite sizes move an exponent: below all that are judged."""
NARROW = 400
"""Networks at each of them."""
WIDTHS, MOVED = (32, 64, 128, 256, 512), 48
"""Widths of the networks whose movement is measured, and how many there are of each."""


def in_windows(logs: Callable[[int], Array]) -> Array:
    """Means over independent networks of logarithms at each width of the two windows, shape (2, 2, …)."""
    return np.array([[logs(m).mean(0) for m in w] for w in (SMALLER, SMALL)])


def moved_exponent(logs: Callable[[int], Array], judged: Sequence[int]) -> float:
    """How far relative corrections of order 1/m move the exponent where it is judged.

    `logs` gives logarithms of independent networks at one width.
    """
    return moved_by(in_windows(logs), judged)


def moved_by(means: Array, judged: Sequence[int]) -> float:
    """The same by the means `in_windows`, of shape (2, 2)."""
    windows = [np.array(w, dtype=float) for w in (SMALLER, SMALL)]
    exponents = [float(slope(np.log(w), found)) for w, found in zip(windows, means, strict=True)]
    first, second = (float(slope(np.log(w), 1 / w)) for w in windows)
    sizes = np.asarray(judged, dtype=float)
    return drift(exponents, (first, second), float(slope(np.log(sizes), 1 / sizes)))


# Initialisation


def distance_to_limit(context: Context) -> Scaled:
    """‖G^(H)(0) − K^(H)‖ of residual networks: eight means of 24 networks at each width.

    Its fluctuations are of order 1/√m and its bias of order 1/m, so that relative corrections are of order 1/m.
    """
    x = sphere(20, 10, context.seed).x
    K = residual(x, SIGMA, DEPTH, c_res=C_RES).last
    g = context.generator("finite width")
    inputs = as_tensor(x, context.device)
    widths, distances = [], []
    judged = (32, 64, 128, 256, 512)
    for m in judged:
        for _ in range(8):
            drawn = [np.linalg.norm(_last_gram(net_of("resnet", 10, m, DEPTH, g), inputs) - K, 2) for _ in range(24)]
            widths.append(float(m))
            distances.append(float(np.mean(drawn)))

    def narrow(m: int) -> Array:
        grams = as_numpy(last_grams(inputs, SIGMA, DEPTH, m, NARROW, g, C_RES))
        # the law is about means, not about means of logarithms
        return np.asarray(np.log(np.linalg.norm(grams - K, 2, axis=(1, 2)).mean(keepdims=True)))

    about = "(20 inputs, 192 networks at each width)"
    data = {"size": float(np.linalg.norm(K, 2))}
    return Scaled(np.array(widths), np.array(distances), about, data, moved_exponent(narrow, judged))


def _last_gram(net: FullyConnected | ResNet, x: Tensor, activation: str = SIGMA) -> Array:
    """G^(H) from one forward pass: the signal at the last layer is a ∘ σ′."""
    derivative = torch_activation(ACTIVATIONS[activation].expr.diff(X))
    with torch.no_grad():
        before = net.features(x)[-2]
        slopes = derivative(net.layers[-1](before)) * net.output.weight[0]
        scale = net.step if isinstance(net, ResNet) else net.scale
        return as_numpy(scale**2 * (before @ before.T) * (slopes @ slopes.T))


def _four(context: Context) -> tuple[Dataset, Array, float]:
    """Four inputs of cosine −1/5, their K^(H) with tanh, and λ₀."""
    data = equal_angles(4, -0.2, 4, context.seed)
    K = residual(data.x, "tanh", DEPTH, c_res=C_RES).last
    return data, K, float(np.linalg.eigvalsh(K)[0])


def quarter(context: Context, width: int = headline.QUARTER) -> Tried:
    """How many of 1000 networks have ‖G^(H)(0) − K^(H)‖ > λ₀/4, and how many at smaller widths."""
    data, K, least = _four(context)
    inputs = as_tensor(data.x, context.device)
    g = context.generator("quarter")

    def above(m: int, networks: int) -> int:
        grams = as_numpy(last_grams(inputs, "tanh", DEPTH, m, networks, g, C_RES))
        return int((np.linalg.norm(grams - K, 2, axis=(1, 2)) > least / 4).sum())

    batches, trials = 10, 1000
    events = sum(above(width, trials // batches) for _ in range(batches))
    smaller = {m: above(m, 200) / 200 for m in (width // 16, width // 4)}
    about = f"λ₀ = {least:.3g}; " + ", ".join(f"m = {m}: a share {share:.2f}" for m, share in smaller.items())
    return Tried(events, trials, about, {"shares": {str(m): share for m, share in smaller.items()}})


# Training


def trained(m: int, context: Context, g: torch.Generator) -> tuple[float, float]:
    """After 20 steps of one network: max_h ‖W^(h)(k) − W^(h)(0)‖_F/√m and ‖G^(H)(k) − G^(H)(0)‖."""
    data = sphere(10, 10, context.seed)
    x, y = as_tensor(data.x, context.device), as_tensor(data.y, context.device)
    net = net_of("resnet", 10, m, DEPTH, g)
    eta = 1 / float(torch.linalg.eigvalsh(total_gram(layer_grams(net, x)))[-1])
    before, start = clone_weights(net), _last_gram(net, x)
    for _state in descend(net, SIGMA, x, y, eta, 20):
        pass
    moved = max(float((a - b).norm()) for a, b in zip(clone_weights(net), before, strict=True))
    return moved / m**0.5, float(np.linalg.norm(_last_gram(net, x) - start, 2))


@lru_cache(2)
def _movements(seed: int, device: str) -> tuple[Array, tuple[float, float]]:
    """Both movements of each network of WIDTHS, shape (2, networks), and how far finite sizes move the two exponents.

    Weights and Gram matrix are two readings of one run.
    """
    context = Context(seed, device)
    g = context.generator("movement")

    def logs(m: int) -> Array:
        return np.log([trained(m, context, g) for _ in range(MOVED)])

    moved = np.exp(np.concatenate([logs(m) for m in WIDTHS]))
    small = in_windows(logs)
    return moved.T, (moved_by(small[..., 0], WIDTHS), moved_by(small[..., 1], WIDTHS))


def movement(which: int, context: Context) -> Scaled:
    """How far 20 steps move the weights (0) or the Gram matrix (1) of networks of widths 32 … 512, one point each.

    The logarithms of networks are averaged by the fit: the typical movement, whose tails are heavy, as it is a product
    of Gaussian weights.
    """
    moved, by = _movements(context.seed, context.device)
    about = f"(10 inputs, 20 steps, {MOVED} networks at each width)"
    return Scaled(np.repeat(np.array(WIDTHS, dtype=float), MOVED), moved[which], about, drift=by[which])


def least_while_training(context: Context) -> Compared:
    """min_k λ_min(G^(H)(k)) over 20 steps of 16 networks of width 512, against ½λ₀."""
    data, _, least = _four(context)
    x, y = as_tensor(data.x, context.device), as_tensor(data.y, context.device)
    g = context.generator("least")
    found = []
    for _ in range(16):
        net = ResNet(4, 512, DEPTH, "tanh", g, C_RES)
        eta = 1 / float(torch.linalg.eigvalsh(total_gram(layer_grams(net, x)))[-1])
        along = [np.linalg.eigvalsh(_last_gram(net, x, "tanh"))[0] for _state in descend(net, "tanh", x, y, eta, 20)]
        found.append(min(along))
    about = f"m = 512, 4 inputs of cosine −1/5, 20 steps; λ₀ = {least:.3g}, mean {np.mean(found) / least:.3f}·λ₀"
    return Compared(
        float(evaluated(headline.half, {headline.LEAST: least})),
        Means(np.array(found)[:, None], law="normal", separate=True),
        about=about,
    )


def stability_along(kind: str, context: Context) -> Followed:
    """‖x^(h)(k) − x^(h)(0)‖ along 40 steps, against the explicit constants with this network's own c_w, c_x and R."""
    depth, m = 6, 256
    data = sphere(20, 10, context.seed)
    x, y = as_tensor(data.x, context.device), as_tensor(data.y, context.device)
    g = context.generator(f"stability {kind}")
    net = net_of(kind, 10, m, depth, g)
    eta = 1 / float(torch.linalg.eigvalsh(total_gram(layer_grams(net, x)))[-1])
    start = clone_weights(net)
    c_w = max(float(torch.linalg.matrix_norm(w, 2)) for w in start) / m**0.5
    states = descend(net, SIGMA, x, y, eta, 40)
    first = next(states).features
    c_x = max(float(f.norm(dim=1).max()) for f in first)
    bound = stability.bound_fc if kind == "fc" else stability.bound_res
    known = {
        c_sigma: network(SIGMA, 1).c_sigma,
        stability.L: float(LIPSCHITZ[SIGMA]),
        stability.c_w: c_w,
        stability.c_x: c_x,
        c_res: C_RES,
    }
    left, right = [], []
    for state in states:
        # the features are those before the step, and the last step changes nothing
        now = [layer.weight for layer in net.layers]
        radius = max(float((a - b).norm()) for a, b in zip(now, start, strict=True)) / m**0.5  # type: ignore[operator]
        left.append([float((f - f0).norm(dim=1).max()) for f, f0 in zip(state.features[1:], first[1:], strict=True)])
        layers = np.arange(1.0, depth + 1)
        used = {s: v for s, v in known.items() if bound.has(s)} | {stability.R: radius}
        used |= {stability.h: layers} if bound.has(stability.h) else {}
        right.append(np.broadcast_to(evaluated(bound, used), layers.shape))
    ratio = np.array(left) / np.array(right)
    about = (
        f"c_w = {c_w:.2f}, c_x = {c_x:.2f}, m = {m}; measured/bound at most {ratio.max():.3f}, by layer "
        + ", ".join(f"{r:.2g}" for r in ratio.max(0))
    )
    return Followed(np.array(left), np.array(right), "<=", 0.0, about)
