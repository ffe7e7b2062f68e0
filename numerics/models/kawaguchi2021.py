"""The recipe of Kawaguchi and Sun (2021): all layers by a base method, noise, then gradient descent on the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class TwoPhase:
    """What the two phases arrive at, for several networks of the same widths at once.

    Args:
        hidden: Weights and biases (W_1, b_1, …) of the hidden layers in phase 2, shapes (runs, out, in), (runs, out).
        start: v_τ, the last layer with its biases where phase 2 begins, of shape (runs, d_H + 1, classes).
        last: The same at the end.
        eta: The step of phase 2, of shape (runs,): 1 over the Lipschitz constant σ_max(M)²/(2n) of the gradient.
        losses: The mean cross entropy before each step of phase 2 and after the last one, of shape (runs, steps + 1).
        base: What the base method alone arrives at with the steps of both phases, as `hidden` and `last`.
    """

    hidden: tuple[Tensor, ...]
    start: Tensor
    last: Tensor
    eta: Tensor
    losses: Tensor
    base: tuple[tuple[Tensor, ...], Tensor]


def features(hidden: Sequence[Tensor], x: Tensor) -> Tensor:
    """M = [h, 𝟏]: softplus features of the last hidden layer with a column of ones.

    Args:
        hidden: Weights and biases of the hidden layers, as in `TwoPhase`.
        x: Inputs, of shape (n, d).

    Returns:
        M, of shape (runs, n, d_H + 1).
    """
    h = x.expand(len(hidden[0]), *x.shape)
    for W, b in zip(hidden[::2], hidden[1::2], strict=True):
        h = torch.nn.functional.softplus(h @ W.mT + b[:, None], threshold=float("inf"))
    return torch.cat([h, torch.ones_like(h[..., :1])], dim=2)


def cross_entropy(M: Tensor, v: Tensor, classes: Tensor) -> Tensor:
    """The mean cross entropy of the outputs Mv of each run, of shape (runs,).

    Args:
        M: Features, of shape (runs, n, d_H + 1).
        v: The last layer, of shape (runs, d_H + 1, classes).
        classes: Class numbers, of shape (n,).
    """
    out = torch.log_softmax(M @ v, dim=2)
    return -out[:, torch.arange(len(classes)), classes].mean(1)


def accuracy(hidden: Sequence[Tensor], last: Tensor, x: Tensor, classes: Tensor) -> Tensor:
    """The share of inputs whose class is the largest output, of shape (runs,).

    Args:
        hidden: Weights and biases of the hidden layers.
        last: The last layer, of shape (runs, d_H + 1, classes).
        x: Inputs, of shape (n, d).
        classes: Class numbers, of shape (n,).
    """
    return ((features(hidden, x) @ last).argmax(2) == classes).double().mean(1)


def _momentum(
    hidden: Sequence[Tensor], last: Tensor, x: Tensor, classes: Tensor, steps: int, speed: list[Tensor]
) -> tuple[tuple[Tensor, ...], Tensor]:
    """Gradient descent with momentum 0.9 and step 0.05 on all layers; `speed` is kept from call to call."""
    parts = [p.clone().requires_grad_(True) for p in (*hidden, last)]
    for _ in range(steps):
        loss = cross_entropy(features(parts[:-1], x), parts[-1], classes).sum()
        for i, (p, g) in enumerate(zip(parts, torch.autograd.grad(loss, parts), strict=True)):
            speed[i] = 0.9 * speed[i] - 0.05 * g
            with torch.no_grad():
                p += speed[i]
    done = [p.detach() for p in parts]
    return tuple(done[:-1]), done[-1]


def two_phase(
    x: Tensor,
    classes: Tensor,
    widths: Sequence[int],
    runs: int,
    steps: tuple[int, int],
    noise: float,
    g: torch.Generator,
) -> TwoPhase:
    """Train softplus networks for the cross entropy by the recipe, and by its base method alone from the same starts.

    Args:
        x: Inputs, of shape (n, d), float64.
        classes: Class numbers 0, 1, …, of shape (n,).
        widths: d, d_1, …, d_H and the number of classes.
        runs: The number of networks.
        steps: τ, the steps of phase 1 on all layers, and the steps of phase 2 on the last one.
        noise: δ, the standard deviation of the noise on the hidden parameters at τ.
        g: Where random numbers come from.

    Returns:
        The networks at the end, the losses along phase 2, and those that the base method alone arrives at.

    Source:
        Kawaguchi and Sun 2021 (arXiv:2104.05785), the two-phase modification of a base algorithm.

    Example:
        >>> import torch
        >>> from numerics.models.kawaguchi2021 import two_phase
        >>> x, classes = torch.eye(3, dtype=torch.float64), torch.tensor([0, 1, 0])
        >>> found = two_phase(x, classes, (3, 4, 2), 5, (10, 20), 1e-3, torch.Generator().manual_seed(0))
        >>> found.losses.shape, bool((found.losses.diff(dim=1) <= 0).all())
        (torch.Size([5, 21]), True)
    """
    options: dict[str, Any] = {"dtype": torch.float64, "device": x.device, "generator": g}
    hidden: list[Tensor] = []
    for before, after in pairwise(widths[:-1]):
        hidden.append(torch.randn(runs, after, before, **options) / before**0.5)
        hidden.append(torch.randn(runs, after, **options))
    last = torch.randn(runs, widths[-2] + 1, widths[-1], **options) / widths[-2]
    speed = [torch.zeros_like(p) for p in (*hidden, last)]
    first, v = _momentum(hidden, last, x, classes, steps[0], speed)
    base = _momentum(first, v, x, classes, steps[1], list(speed))
    moved = tuple(p + noise * torch.randn(p.shape, **options) for p in first)
    M, start = features(moved, x), v
    eta = 2 * len(x) / torch.linalg.matrix_norm(M, 2) ** 2
    target = torch.nn.functional.one_hot(classes, widths[-1]).to(x.dtype)
    losses = []
    for _ in range(steps[1]):
        losses.append(cross_entropy(M, v, classes))
        v = v - eta[:, None, None] / len(x) * M.mT @ (torch.softmax(M @ v, dim=2) - target)
    losses.append(cross_entropy(M, v, classes))
    return TwoPhase(moved, start, v, eta, torch.stack(losses, dim=1), base)
