"""N(x) = v Σσ(⟨w_i, x⟩) − v Σσ(⟨u_i, x⟩) as a torch module, its training, and where its clusters are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Array = NDArray[np.float64]


class TwoClusters(nn.Module):
    """A two-layer network of leaky ReLU units, k with the output weight v and k with −v, which stay as they are.

    Args:
        w: The units with the weight v, of shape (k, d).
        u: The units with the weight −v, of shape (k, d).
        slope: The slope of leaky ReLU for negative arguments.
        v: The output weight.

    Source:
        Sarussi, Brutzkus and Globerson 2021 (arXiv:2101.02533), the network of the theorems.

    Example:
        >>> import torch
        >>> from numerics.models.sarussi2021 import TwoClusters
        >>> net = TwoClusters(torch.ones(1, 2), torch.zeros(1, 2), 0.5, 1.0)
        >>> net(torch.tensor([[1.0, 2.0], [-1.0, -2.0]])).tolist()
        [3.0, -1.5]
    """

    def __init__(self, w: Tensor, u: Tensor, slope: float, v: float) -> None:
        super().__init__()
        self.w, self.u = nn.Parameter(w.clone()), nn.Parameter(u.clone())
        self.slope, self.v = slope, v

    def forward(self, x: Tensor) -> Tensor:
        """N(x) for inputs of shape (n, d)."""
        first = nn.functional.leaky_relu(x @ self.w.T, self.slope).sum(-1)
        second = nn.functional.leaky_relu(x @ self.u.T, self.slope).sum(-1)
        return self.v * (first - second)


@dataclass(frozen=True)
class Clusters:
    """Where the units of a network are.

    Args:
        rule: w̄ − ū, the linear rule, of shape (d,).
        radius: r, the largest distance of a unit from the mean of its cluster.
        sine: ((1 − a)/(1 + a))·r/‖w̄ − ū‖, the sine of the half-angle of the wedge, 1 at most.
        cosine: The least cosine of a unit with the mean of its cluster.
    """

    rule: Tensor
    radius: float
    sine: float
    cosine: float


def clusters(net: TwoClusters) -> Clusters:
    """Measure the two clusters of a network.

    Args:
        net: The network.

    Returns:
        The linear rule, the radius, and the sine of the wedge.
    """
    w, u = net.w.detach(), net.u.detach()
    rule = w.mean(0) - u.mean(0)
    radius = max(float((part - part.mean(0)).norm(dim=1).max()) for part in (w, u))
    cosine = min(float(nn.functional.cosine_similarity(part, part.mean(0)[None]).min()) for part in (w, u))
    sine = (1 - net.slope) / (1 + net.slope) * radius / float(rule.norm())
    return Clusters(rule, radius, min(1.0, sine), cosine)


def mean_loss(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """The mean of log(1 + e^(−yN(x))).

    Args:
        net: The network.
        x: Inputs, of shape (n, d).
        y: Labels ±1, of shape (n,).
    """
    return nn.functional.softplus(-y * net(x)).mean()


def descend(
    net: nn.Module, x: Tensor, y: Tensor, eta: float, steps: int, batches: Array | None = None, relative: bool = False
) -> list[float]:
    """Train by `torch.optim.SGD` on the logistic loss.

    Args:
        net: The network, which is changed.
        x: Inputs, of shape (n, d).
        y: Labels ±1, of shape (n,).
        eta: The step.
        steps: The number of steps.
        batches: The point of each step, of shape (steps,); None for all points in every step.
        relative: Whether a step is eta divided by the loss of its batch: directions then settle in few steps.

    Returns:
        The loss of the batch before each step.
    """
    optimiser = torch.optim.SGD(net.parameters(), lr=eta)
    losses = []
    for step in range(steps):
        chosen: Any = slice(None) if batches is None else slice(int(batches[step]), int(batches[step]) + 1)
        optimiser.zero_grad()
        loss = mean_loss(net, x[chosen], y[chosen])
        loss.backward()  # type: ignore[no-untyped-call]
        losses.append(float(loss.detach()))
        if relative:
            optimiser.param_groups[0]["lr"] = eta / losses[-1]
        optimiser.step()
    return losses


def updates_until_correct(net: nn.Module, x: Tensor, y: Tensor, eta: float, most: int) -> int:
    """Perceptron updates in cyclic order: a step along y∇N at each point with yN ≤ 0, until there is none.

    Args:
        net: The network, which is changed.
        x: Inputs, of shape (n, d).
        y: Labels ±1, of shape (n,).
        eta: The step.
        most: After how many updates to stop.

    Returns:
        The number of updates, `most` if there are still mistakes.
    """
    optimiser = torch.optim.SGD(net.parameters(), lr=eta)
    count, at = 0, 0
    while count < most:
        with torch.no_grad():
            wrong = torch.roll(y * net(x) <= 0, -at)
        if not bool(wrong.any()):
            return count
        at = (at + int(wrong.double().argmax())) % len(x)
        optimiser.zero_grad()
        (-y[at] * net(x[at : at + 1]).sum()).backward()
        optimiser.step()
        count, at = count + 1, (at + 1) % len(x)
    return count


def separable(n: int, d: int, margin: float, rng: np.random.Generator) -> tuple[Tensor, Tensor, float, float]:
    """Points that a linear teacher separates.

    Args:
        n: Their number.
        d: Their dimension.
        margin: The least |⟨w*, x⟩| of points of length about 1.
        rng: Where random numbers come from.

    Returns:
        Inputs of shape (n, d), labels ±1, the largest length R, and γ, the least margin for the teacher.
    """
    teacher = np.eye(d)[0]
    x = rng.standard_normal((n, d)) / d**0.5
    y = np.where(rng.random(n) < 0.5, 1.0, -1.0)
    x[:, 0] = y * (margin + np.abs(x[:, 0]))
    R, gamma = float(np.linalg.norm(x, axis=1).max()), float((y * (x @ teacher)).min())
    return torch.as_tensor(x), torch.as_tensor(y), R, gamma
