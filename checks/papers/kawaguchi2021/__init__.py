"""Readings of Kawaguchi and Sun (2021): equal neurons, the cross entropy, ranks on digits, and the two phases."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit

from checks.context import Context
from checks.papers.denials import Case
from checks.papers.kawaguchi2019 import denied
from checks.papers.kawaguchi2021 import expressivity, recipe
from checks.readings import Followed, Reading
from numerics.values.rounding import UNIT_ROUNDOFF

Array = NDArray[np.float64]
UNITS, STEPS, LONG, SIGNS = 12, 200, 40_000, 24
"""Equal neurons and steps with them; steps on the cross entropy, and its images."""


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


def _features(context: Context) -> tuple[Array, Array]:
    """tanh features of 24 digits with a column of ones, and random signs."""
    from sklearn.datasets import load_digits

    rng = context.rng("cross entropy")
    x = load_digits().data[rng.permutation(1797)[:SIGNS]] / 16
    M = np.c_[np.tanh(x @ rng.standard_normal((x.shape[1], 200)) / 8 + rng.standard_normal(200)), np.ones(SIGNS)]
    return M, np.where(rng.random(SIGNS) < 0.5, 1.0, -1.0)


@lru_cache(2)
def _by_weights(context: Context) -> tuple[Array, Array, Array]:
    """Steps T from q = 1 on, L_T and the bound: descent on output weights from 0, η = 4n/σ_max² by singular values."""
    M, y = _features(context)
    singular = np.linalg.svd(M, compute_uv=False)
    eta, gamma = 4 * SIGNS / singular[0] ** 2, singular[-1] / SIGNS**0.5
    v, left, right, times = np.zeros(M.shape[1]), [], [], []
    for step in range(1, LONG + 1):
        v = v + eta / SIGNS * M.T @ (y * expit(-y * (M @ v)))
        q = 2 * gamma**2 * eta * step
        if q >= 1 and step % 50 == 0:
            left.append(float(np.logaddexp(0, -y * (M @ v)).mean()))
            right.append((1 + np.log(q) ** 2) / q)
            times.append(step)
    return np.array(times), np.array(left), np.array(right)


def _cross_entropy(context: Context) -> Followed:
    """L_T and the bound from q = 1 on, for tanh features of 24 digits with random signs, v₀ = 0, η = 4n/σ_max²."""
    times, left, right = _by_weights(context)
    data = {"T": times.tolist(), "loss": left.tolist(), "bound": right.tolist()}
    # the loss is at most 1, and a step rounds it by a few units
    return Followed(left, right, "<=", 64 * LONG * UNIT_ROUNDOFF, f"{LONG} steps, n = {SIGNS}", data)


def _by_outputs(context: Context) -> Followed:
    """L_T and the bound again, from margins alone: y⊙Mv moves by (η/n) diag(y)MMᵀdiag(y) p, p = 1/(1 + e^margin).

    The step and γ are by the eigenvalues of MMᵀ, which are known to a unit of the largest a column: γ² to `near`, and
    (1 + ln²q)/q, whose slope in ln q is at most 1 where q ≥ 1, as well. Steps of at most 1/Lip do not lengthen
    distances of weights, and the loss has slopes of at most σ_max/√n in them: rounding is added once a step.
    """
    times, left, right = _by_weights(context)
    M, y = _features(context)
    signed = y[:, None] * M
    K = signed @ signed.T
    values = np.linalg.eigvalsh(K)
    eta = 4 * SIGNS / values[-1]
    margins, seen, wanted = np.zeros(SIGNS), [], set(times.tolist())
    for step in range(1, LONG + 1):
        margins = margins + eta / SIGNS * (K @ (1 / (1 + np.exp(margins))))
        if step in wanted:
            seen.append(float(np.log1p(np.exp(-margins)).mean()))
    q = 2 * values[0] / SIGNS * eta * times
    near = 64 * M.shape[1] * UNIT_ROUNDOFF * values[-1] / values[0]
    tolerance = near + 64 * LONG * UNIT_ROUNDOFF * max(1.0, (values[-1] / SIGNS) ** 0.5)
    about = f"loss and bound at {len(times)} steps, by margins and eigenvalues; rounding explains {tolerance:.1e}"
    found = np.concatenate([seen, (1 + np.log(q) ** 2) / q])
    return Followed(np.concatenate([left, right]), found, "=", tolerance, about)


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
    "cross-entropy-run": (
        Reading("trajectory", _cross_entropy, both_sides=True, by=("the run", "the bound")),
        Reading("trajectory", _by_outputs, both_sides=True, by=("output weights", "margins")),
    ),
    **expressivity.READINGS,
    **recipe.READINGS,
}
