"""Networks of Kawaguchi and Huang (2019): random features, Levenberg–Marquardt on all parameters, gradient flow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.special import expit

from numerics.rigorous.features import Dense, Entrywise, Layer

Array = NDArray[np.float64]
DONE = 1e-20
"""Runs stop where the losses of all are below this."""
DAMPING = (1e-14, 1e10)
"""Between which the damping stays."""


def random_layers(widths: list[int], function: sp.Expr, rng: np.random.Generator) -> list[Layer]:
    """Draw hidden layers: weights N(0, 1/width of the layer before), biases N(0, 1).

    Args:
        widths: d, d_1, …, d_H.
        function: The activation, a SymPy expression in `derivations.activations.X`.
        rng: Where random numbers come from.

    Returns:
        Layers for `numerics.rigorous.full_rank`.

    Example:
        >>> import numpy as np
        >>> from sympy import tanh
        >>> from derivations.activations import X
        >>> from numerics.models.kawaguchi2019 import random_layers
        >>> len(random_layers([2, 1, 3], tanh(X), np.random.default_rng(0)))
        4
    """
    made: list[Layer] = []
    for before, after in pairwise(widths):
        weight = rng.standard_normal((after, before)) / before**0.5
        made += [Dense(weight, rng.standard_normal(after)), Entrywise(function)]
    return made


def parameter_count(widths: list[int]) -> int:
    """The number of weights and biases of a fully connected network.

    Args:
        widths: d, d_1, …, d_H, d_y.

    Returns:
        P.

    Example:
        >>> from numerics.models.kawaguchi2019 import parameter_count
        >>> parameter_count([5, 1, 1, 9, 1])
        37
    """
    return sum(after * (before + 1) for before, after in pairwise(widths))


def jacobian(theta: Array, X: Array, width: int) -> tuple[Array, Array]:
    """Outputs Σ_j a_j tanh(w_jᵀx + b_j) + c of several two-layer networks, and their Jacobians in all parameters.

    Args:
        theta: Parameters (W, b, a, c) in a row for each network, of shape (runs, k(d + 2) + 1).
        X: Inputs, of shape (n, d).
        width: k.

    Returns:
        Outputs, of shape (runs, n), and Jacobians, of shape (runs, n, P).
    """
    n, d = X.shape
    W = theta[:, : width * d].reshape(-1, width, d)
    b, a = theta[:, width * d : width * (d + 1)], theta[:, width * (d + 1) : -1]
    h = np.tanh(np.einsum("rkd,nd->rnk", W, X) + b[:, None])
    slope = a[:, None] * (1 - h**2)
    inner = (slope[..., None] * X[None, :, None]).reshape(len(theta), n, -1)
    one = np.ones((len(theta), n, 1))
    return np.einsum("rnk,rk->rn", h, a) + theta[:, -1:], np.concatenate([inner, slope, h, one], axis=2)


@dataclass(frozen=True)
class Trained:
    """What Levenberg–Marquardt arrived at: parameters, and losses (1/2n)‖r‖² of each run."""

    theta: Array
    loss: Array


def levenberg_marquardt(
    X: Array, y: Array, width: int, steps: int, rng: np.random.Generator, enough: float = 0.0
) -> Trained:
    """Train two-layer tanh networks on all parameters, one for each row of labels, from random starts.

    Args:
        X: Inputs, of shape (n, d).
        y: Labels, of shape (runs, n).
        width: k.
        steps: Steps; one that does not lower a run's loss is undone and damped more.
        rng: Where the starts come from.
        enough: All runs stop once the loss of one of them is below this; 0 to follow each to its end.

    Returns:
        Parameters and losses at the end.

    Source:
        Marquardt 1963, with the damping divided by 3 after a step that is taken and multiplied by 4 after another.

    Example:
        >>> import numpy as np
        >>> from numerics.models.kawaguchi2019 import levenberg_marquardt
        >>> X = np.array([[0.0], [1.0]])
        >>> bool(levenberg_marquardt(X, np.array([[1.0, -1.0]]), 2, 60, np.random.default_rng(0)).loss[0] < 1e-12)
        True
    """
    (n, d), runs = X.shape, len(y)
    theta = rng.standard_normal((runs, width * (d + 2) + 1))
    theta[:, : width * d] /= d**0.5
    theta[:, width * (d + 1) : -1] /= width**0.5
    theta[:, -1] = 0
    damping = np.full(runs, 1e-2)
    out, J = jacobian(theta, X, width)
    loss = ((out - y) ** 2).mean(1) / 2
    for _ in range(steps):
        if (loss < DONE).all() or (loss < enough).any():
            break
        r = out - y
        if J.shape[2] > n:
            G = J @ J.transpose(0, 2, 1) + damping[:, None, None] * np.eye(n)
            step = np.einsum("rnp,rn->rp", J, np.linalg.solve(G, r[..., None])[..., 0])
        else:
            G = J.transpose(0, 2, 1) @ J + damping[:, None, None] * np.eye(J.shape[2])
            step = np.linalg.solve(G, np.einsum("rnp,rn->rp", J, r)[..., None])[..., 0]
        tried = theta - step
        new_out, new_jacobian = jacobian(tried, X, width)
        new_loss = ((new_out - y) ** 2).mean(1) / 2
        better = new_loss < loss
        theta = np.where(better[:, None], tried, theta)
        out, J = np.where(better[:, None], new_out, out), np.where(better[:, None, None], new_jacobian, J)
        loss = np.where(better, new_loss, loss)
        damping = np.clip(np.where(better, damping / 3, damping * 4), *DAMPING)
    return Trained(theta, loss)


@dataclass(frozen=True)
class Flow:
    """Gradient flow on all layers at times t: losses, σ_min of the features, path length, and what the theorem needs.

    Args:
        time: t, of shape (k,).
        loss: L(t) = ‖r‖²/(2n).
        sigma_min: σ_min(Φ_t).
        path: ∫₀ᵗ ‖∇L‖.
        s_0: σ_min(Φ₀).
        B: The Lipschitz constant ‖[X, 𝟏]‖ of w ↦ Φ(w).
        start: ‖r₀‖.
    """

    time: Array
    loss: Array
    sigma_min: Array
    path: Array
    s_0: float
    B: float
    start: float


def gradient_flow(X: Array, width: int, share: float, times: Array, rng: np.random.Generator) -> Flow:
    """Follow gradient flow on all layers of a two-layer softplus network whose last layer was trained before.

    Args:
        X: Inputs, of shape (n, d).
        width: d_H, at least n − 1.
        share: 4B‖r₀‖/s₀², at most 1 where the theorem is to hold.
        times: When to look, increasing, the first one 0.
        rng: Where the start comes from.

    Returns:
        The flow, integrated with relative tolerance 1e-9.
    """
    n, d = X.shape
    one = np.ones((n, 1))
    B = float(np.linalg.norm(np.concatenate([X, one], 1), 2))
    w = rng.standard_normal(width * (d + 1))

    def features(w: Array) -> tuple[Array, Array]:
        z = X @ w[: width * d].reshape(width, d).T + w[width * d :]
        return np.concatenate([np.logaddexp(0, z), one], 1), z

    Phi, _ = features(w)
    left, singular, right = np.linalg.svd(Phi, full_matrices=False)
    s_0 = float(singular[-1])
    r = rng.standard_normal(n)
    r *= share * s_0**2 / (4 * B) / float(np.linalg.norm(r))
    y = rng.standard_normal(n)
    v = right.T @ ((left.T @ (y + r)) / singular)

    def change(_: float, state: Array) -> Array:
        v, w = state[: width + 1], state[width + 1 : -1]
        Phi, z = features(w)
        r = (Phi @ v - y) / n
        inner = r[:, None] * v[None, :-1] * expit(z)
        gradient = np.concatenate([Phi.T @ r, (inner.T @ X).ravel(), inner.sum(0)])
        return np.concatenate([-gradient, [np.linalg.norm(gradient)]])

    start = np.concatenate([v, w, [0.0]])
    found = solve_ivp(change, (times[0], times[-1]), start, "LSODA", times, rtol=1e-9, atol=1e-13).y.T
    losses, least = [], []
    for state in found:
        Phi, _ = features(state[width + 1 : -1])
        losses.append(((Phi @ state[: width + 1] - y) ** 2).sum() / (2 * n))
        least.append(np.linalg.svd(Phi, compute_uv=False)[-1])
    return Flow(times, np.array(losses), np.array(least), found[:, -1], s_0, B, float(np.linalg.norm(r)))


def descent_all(
    X: Array, y: Array, layers: list[tuple[Array, Array]], function: Callable[[Any], Any]
) -> tuple[Any, Any, Any]:
    """Loss (1/2n)‖r‖² of a network by torch, its gradients by autograd, and its last features with a column of ones.

    Args:
        X: Inputs, of shape (n, d).
        y: Labels, of shape (n,).
        layers: Weights and biases of all layers, the last of them linear.
        function: The activation, a torch function.

    Returns:
        The loss, a list of gradients in the order W₁, b₁, W₂, …, and Φ = [h, 𝟏].
    """
    import torch

    given = [torch.tensor(part, dtype=torch.float64, requires_grad=True) for pair in layers for part in pair]
    h = torch.as_tensor(X, dtype=torch.float64)
    for W, b in zip(given[:-2:2], given[1:-2:2], strict=True):
        h = function(h @ W.T + b)
    out = (h @ given[-2].T + given[-1])[:, 0]
    loss = ((out - torch.as_tensor(y, dtype=torch.float64)) ** 2).sum() / (2 * len(X))
    gradients = torch.autograd.grad(loss, given)
    Phi = torch.cat([h, torch.ones(len(X), 1, dtype=torch.float64)], dim=1)
    return float(loss.detach()), [g.numpy() for g in gradients], Phi.detach().numpy()
