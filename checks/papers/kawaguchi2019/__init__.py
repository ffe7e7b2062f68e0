"""Readings of Kawaguchi and Huang (2019): ranks certified on data, gradients by autograd, flows and training runs."""

from __future__ import annotations

from functools import lru_cache, partial
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from checks.context import Context
from checks.papers.kawaguchi2019 import denied, ranks, runs
from checks.readings import Followed, Reading
from numerics.models.kawaguchi2019 import Flow, descent_all, gradient_flow
from numerics.values.rounding import UNIT_ROUNDOFF

Array = NDArray[np.float64]
AUTOGRAD = "autograd through the network"
FLOWS, N, D, WIDTH = 4, 6, 3, 64
TIMES = np.linspace(0, 200, 41)
INTEGRATED = 1e-6
"""Relative error of a flow: a thousand times its tolerance of 1e-9, for what steps add up to."""


def _network(rng: np.random.Generator, widths: tuple[int, ...]) -> list[tuple[Array, Array]]:
    return [(rng.standard_normal((b, a)) / a**0.5, rng.standard_normal(b)) for a, b in pairwise(widths)]


def _steps(context: Context) -> Followed:
    """Residuals along 40 steps of gradient descent on the last layer by autograd, against (I − (η/n)ΦΦᵀ)^T r₀."""
    rng = context.rng("steps")
    layers, X, y = _network(rng, (D, 4, 8, 1)), rng.standard_normal((N, D)), rng.standard_normal(N)
    _, _, Phi = descent_all(X, y, layers, torch.tanh)
    eta = N / np.linalg.norm(Phi, 2) ** 2
    step = np.eye(N) - eta / N * Phi @ Phi.T
    W, b = layers[-1]
    expected, left, right = Phi @ np.append(W.ravel(), b) - y, [], []
    for _ in range(40):
        _, gradients, _ = descent_all(X, y, [*layers[:-1], (W, b)], torch.tanh)
        W, b = W - eta * gradients[-2], b - eta * gradients[-1]
        expected = step @ expected
        left.append(Phi @ np.append(W.ravel(), b) - y)
        right.append(expected)
    size = float(np.abs(y).max() + np.abs(right).max())
    return Followed(np.array(left), np.array(right), "=", 64 * 40 * N * UNIT_ROUNDOFF * size, "40 steps, η = n/σ_max²")


def _attained(context: Context) -> Followed:
    """‖∇L‖² in all parameters by autograd at v = 0, y along the last left singular vector; 2σ_min²/n·L there."""
    left, right, largest = [], [], 0.0
    for i in range(16):
        rng = context.rng(f"attained {i}")
        layers, X = _network(rng, (D, 5, 9, 1)), rng.standard_normal((N, D))
        layers[-1] = (0 * layers[-1][0], 0 * layers[-1][1])
        _, _, Phi = descent_all(X, np.zeros(N), layers, torch.tanh)
        vectors, singular, _ = np.linalg.svd(Phi, full_matrices=False)
        loss, gradients, _ = descent_all(X, vectors[:, -1], layers, torch.tanh)
        left.append(sum(float((g**2).sum()) for g in gradients))
        right.append(2 * singular[-1] ** 2 / N * loss)
        largest = max(largest, float(singular[0]))
    # a singular value is off by a few roundings of the largest, which counts twice where it is squared
    return Followed(np.array(left), np.array(right), "=", 64 * N * UNIT_ROUNDOFF * largest**2 / N, "16 tanh networks")


@lru_cache(4)
def _flows(seed: int) -> tuple[Flow, ...]:
    """Flows from starts at which s₀² = 4B‖r₀‖ exactly; the three statements on them share them."""
    context = Context(seed)
    rngs = [context.rng(f"kawaguchi2019 flow {i}") for i in range(FLOWS)]
    return tuple(gradient_flow(rng.standard_normal((N, D)), WIDTH, 1.0, TIMES, rng) for rng in rngs)


def _flow(what: str, context: Context) -> Followed:
    flows = _flows(context.seed)
    match what:
        case "rank":
            sides = [(np.full(len(TIMES), f.s_0 / 2), f.sigma_min) for f in flows]
        case "rate":
            sides = [(f.loss, f.loss[0] * np.exp(-(f.s_0**2) * f.time / (2 * N))) for f in flows]
        case _:
            sides = [(f.path, np.full(len(TIMES), 2 * f.start / f.s_0)) for f in flows]
    left, right = (np.array(side) for side in zip(*sides, strict=True))
    data = {"time": TIMES.tolist(), "left": left.tolist(), "right": right.tolist()}
    about = f"{FLOWS} two-layer softplus networks, n = {N}, d = {D}, width {WIDTH}, 4B‖r₀‖ = s₀²"
    return Followed(left, right, "<=", INTEGRATED * float(np.abs(right).max()), about, data)


DENIALS = {"distinct-inputs": ranks.equal_inputs, "analytic": ranks.polynomial, **denied.DENIALS}

_SHARED = "kawaguchi2019 flows"

READINGS: dict[str, tuple[Reading, ...]] = {
    "recursion-last": (Reading("trajectory", _steps, by=(AUTOGRAD, "the recursion")),),
    "domination-attained": (Reading("trajectory", _attained, both_sides=True, by=(AUTOGRAD, "NumPy's SVD")),),
    **{
        f"flow-{what}": (
            Reading("trajectory", partial(_flow, what), both_sides=True, by=("the flow", "its start"), run=_SHARED),
        )
        for what in ("rank", "rate", "path")
    },
    **ranks.READINGS,
    **runs.READINGS,
}
