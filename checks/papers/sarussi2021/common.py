"""What the readings of Sarussi et al. (2021) share: random networks and the slopes of their units."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from numerics.models.sarussi2021 import TwoClusters

AUTOGRAD = "autograd through the network"
FORMULA = "the statement's formula"


def zeros(k: int, d: int, slope: float, v: float = 1.0) -> TwoClusters:
    """A network of 2k units that are 0."""
    nothing = torch.zeros(k, d, dtype=torch.float64)
    return TwoClusters(nothing, nothing, slope, v)


def normal_net(k: int, d: int, slope: float, v: float, scale: float, rng: np.random.Generator) -> TwoClusters:
    """A network whose units are normal vectors with a mean square length of scale²."""
    w, u = (torch.as_tensor(scale / d**0.5 * rng.standard_normal((k, d))) for _ in range(2))
    return TwoClusters(w, u, slope, v)


def random_net(k: int, d: int, rng: np.random.Generator) -> TwoClusters:
    """A network with random weights, slope and output weight."""
    return normal_net(k, d, rng.uniform(0.05, 1), rng.uniform(0.5, 2), d**0.5, rng)


def slopes_of(net: TwoClusters, x: Tensor) -> Tensor:
    """σ′ of all 2k units at an input."""
    z = torch.cat([net.w, net.u]).detach() @ x
    return torch.where(z > 0, torch.ones_like(z), net.slope)


def agreement(net: TwoClusters, x: Tensor, y: Tensor) -> Tensor:
    """y⟨w_i, x⟩ and −y⟨u_i, x⟩ of all points and units: perfect agreement is that all are positive."""
    w, u = net.w.detach(), net.u.detach()
    return y[:, None] * torch.cat([x @ w.T, -x @ u.T], dim=1)
