"""Readings of Kawaguchi and Sun (2021): equal neurons, the cross entropy, ranks on digits, and the two phases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from scipy.special import expit

from checks.context import Context
from checks.papers.denials import Case
from checks.papers.kawaguchi2019 import denied
from checks.papers.kawaguchi2021 import expressivity, recipe
from checks.readings import Followed, Reading

UNITS, STEPS, LONG = 12, 200, 40_000


def _equal(context: Context, unlike: float = 0.0) -> Followed:
    """Gradient descent on all layers from neurons that are equal, by autograd: how far apart any two become.

    With `unlike` the first neuron's weights are larger by this share.
    """
    g = context.generator("equal")
    x = torch.randn(8, 3, generator=g, dtype=torch.float64, device=g.device)
    y = torch.randn(8, generator=g, dtype=torch.float64, device=g.device)
    W = torch.randn(1, 3, generator=g, dtype=torch.float64, device=g.device).repeat(UNITS, 1)
    W[0] *= 1 + unlike
    W.requires_grad_(True)
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


def _renamed(case: Case, slug: str) -> Case:
    return replace(case, contradicts=(f"kawaguchi2021.{slug}",))


def not_smooth(context: Context) -> Case:
    """f = x⁴ with L = 1: the second phase goes from 2 to −30 in a step."""
    return _renamed(denied.not_smooth(context), "phase-two")


def not_convex(context: Context) -> Case:
    """f = 1 + cos x rests at its maximum: T·(f − f(π)) grows beyond π²/2."""
    return _renamed(denied.not_convex(context), "phase-two")


DENIALS = {"smooth": not_smooth, "convex": not_convex}

READINGS: dict[str, tuple[Reading, ...]] = {
    "equal-neurons": (Reading("trajectory", _equal, both_sides=True, by=("gradient descent", "zero")),),
    "cross-entropy-run": (Reading("trajectory", _cross_entropy, both_sides=True, by=("the run", "the bound")),),
    **expressivity.READINGS,
    **recipe.READINGS,
}
