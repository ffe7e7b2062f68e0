"""Readings of Kawaguchi and Sun (2021): ranks certified on digits, what the noise costs, equal neurons."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from scipy.special import expit
from sympy import tanh
from torch import nn

from checks.context import Context
from checks.readings import Enclosed, Followed, Reading, Scaled
from derivations.activations import X, softplus
from derivations.papers.kawaguchi2021 import headline as k
from numerics.models.kawaguchi2019 import random_layers
from numerics.rigorous import FullRank, full_rank
from numerics.rigorous.features import Dense, Entrywise, Layer
from numerics.rigorous.torch_layers import Residual, layers_of

DIGITS = 12
NOISES = tuple(10.0**-i for i in range(2, 7))
DRAWS, UNITS, STEPS, LONG = 12, 12, 200, 40_000


def _pixels(context: Context) -> Any:
    """Pixels of digits, in [0, 1]: multiples of 1/16, so that they are exact."""
    from sklearn.datasets import load_digits

    chosen = context.rng("digits").permutation(1797)[:DIGITS]
    return load_digits().images[chosen] / 16


def _said(found: FullRank, which: str) -> Enclosed:
    held = found.holds is True and float(found.low) > float(k.FLOOR)
    return Enclosed(True if held else None, f"{which}: {found.why}")


def _narrow(context: Context) -> Enclosed:
    x = _pixels(context).reshape(DIGITS, -1)
    layers = random_layers([x.shape[1], 1, DIGITS - 1], softplus(X), context.rng("narrow"))
    return _said(full_rank(x, layers), f"{DIGITS} digits, widths 64–1–11")


def _convolution(context: Context) -> Enclosed:
    """A strided convolution, a residual block with batch normalisation, a linear layer, normalisation at the end."""
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(context.seed)
        block = Residual(nn.Sequential(nn.Conv2d(2, 2, 3, padding=1), nn.BatchNorm2d(2), nn.Tanh()))
        start = nn.Sequential(nn.Conv2d(1, 2, 3, stride=2, padding=1), nn.Tanh(), block, nn.Flatten())
        end = nn.Sequential(nn.Linear(32, 16), nn.Tanh(), nn.BatchNorm1d(16))
        network = nn.Sequential(start, end).double()
    found = full_rank(_pixels(context)[:, None], layers_of(network))
    return _said(found, f"{DIGITS} digits, {found.columns - 1} features")


def _noise(n: int, context: Context) -> Scaled:
    """Certified σ_min after noise on equal tanh neurons, for several networks and sizes of the noise."""
    found, sizes, trial = [], [], []
    for draw in range(DRAWS):
        rng = context.rng(f"noise {n} {draw}")
        x = np.linspace(-1, 1, n)[:, None] + 0.1 * rng.standard_normal((n, 1))
        w, b = rng.standard_normal(2)
        moved = rng.standard_normal((2, UNITS))
        for delta in NOISES:
            layers: list[Layer] = [Dense((w + delta * moved[0])[:, None], b + delta * moved[1]), Entrywise(tanh(X))]
            found.append(float(full_rank(x, layers).low))
            sizes.append(delta)
            trial.append(draw)
    data = {"delta": sizes, "sigma": found, "n": n}
    about = f"{DRAWS} networks of {UNITS} tanh units, d = 1, n = {n}, δ = 1e-6 … 1e-2"
    return Scaled(np.array(sizes), np.array(found), about, data, 0.02, np.array(trial))


def _equal(context: Context) -> Followed:
    """Gradient descent on all layers from neurons that are equal, by autograd: how far apart any two become."""
    g = context.generator("equal")
    x = torch.randn(8, 3, generator=g, dtype=torch.float64, device=g.device)
    y = torch.randn(8, generator=g, dtype=torch.float64, device=g.device)
    W = torch.randn(1, 3, generator=g, dtype=torch.float64, device=g.device).repeat(UNITS, 1).requires_grad_(True)
    v = torch.full((UNITS,), 0.3, dtype=torch.float64, device=g.device, requires_grad=True)
    apart = []
    for _ in range(STEPS):
        h = torch.tanh(x @ W.T)
        apart.append(float((h - h[:, :1]).detach().abs().max()))
        gradients = torch.autograd.grad(((h @ v - y) ** 2).mean() / 2, (W, v))
        with torch.no_grad():
            for parameter, gradient in zip((W, v), gradients, strict=True):
                parameter -= 0.1 * gradient
    # each step rounds the weights of every neuron by itself, by a few units of 1
    tolerance = 64 * STEPS * 2.0**-53
    return Followed(np.array(apart), np.zeros(STEPS), "<=", tolerance, f"{STEPS} steps, {UNITS} equal neurons")


def _cross_entropy(context: Context) -> Followed:
    """L_T and the bound from q = 1 on, for tanh features of 24 digits with random signs, v₀ = 0, η = 4n/σ_max²."""
    from sklearn.datasets import load_digits

    rng = context.rng("cross entropy")
    n = 24
    x = load_digits().data[rng.permutation(1797)[:n]] / 16
    M = np.c_[np.tanh(x @ rng.standard_normal((x.shape[1], 200)) / 8 + rng.standard_normal(200)), np.ones(n)]
    y = np.where(rng.random(n) < 0.5, 1.0, -1.0)
    singular = np.linalg.svd(M, compute_uv=False)
    eta, gamma = 4 * n / singular[0] ** 2, singular[-1] / n**0.5
    v, left, right, times = np.zeros(201), [], [], []
    for step in range(1, LONG + 1):
        v = v + eta / n * M.T @ (y * expit(-y * (M @ v)))
        q = 2 * gamma**2 * eta * step
        if q >= 1 and step % 50 == 0:
            left.append(float(np.logaddexp(0, -y * (M @ v)).mean()))
            right.append((1 + np.log(q) ** 2) / q)
            times.append(step)
    data = {"T": times, "loss": left, "bound": right}
    # the loss is at most 1, and a step rounds it by a few units
    return Followed(np.array(left), np.array(right), "<=", 64 * LONG * 2.0**-53, f"{LONG} steps, n = {n}", data)


READINGS: dict[str, tuple[Reading, ...]] = {
    "digits-narrow": (Reading("enclosure", _narrow),),
    "digits-convolution": (Reading("enclosure", _convolution),),
    "equal-neurons": (Reading("trajectory", _equal, both_sides=True, by=("gradient descent", "zero")),),
    "cross-entropy-run": (Reading("trajectory", _cross_entropy, both_sides=True, by=("the run", "the bound")),),
    **{f"noise-{n}": (Reading("scaling", partial(_noise, n)),) for n in k.SLOPES},
}
