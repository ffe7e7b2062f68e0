"""Images of a feature patch and a noise patch, a two-layer convolutional network, and torch's own optimisers on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

DECAYED = ("gd", "sign", "adam")
"""Optimisers with the weight decay in the loss."""


@dataclass(frozen=True, eq=False)
class Patches:
    """Images with two patches each: the feature yv, v the first unit vector, and ξ = −αyv + noise.

    Args:
        y: Labels ±1, of shape (n,), or (…, n) for several networks with images of their own.
        noise: The noise on the other coordinates, of shape (…, n, d), 0 in the first one.
        alpha: How much of the feature the noise patch has, with the other sign.
    """

    y: Tensor
    noise: Tensor
    alpha: float

    @property
    def first(self) -> Tensor:
        """The feature patches, of shape (…, n, d)."""
        made = torch.zeros_like(self.noise)
        made[..., 0] = self.y
        return made

    @property
    def second(self) -> Tensor:
        """The noise patches, of shape (…, n, d)."""
        return self.noise - self.alpha * self.first


class Convolution(nn.Module):
    """F_j(x) = Σ_r [⟨w_jr, first patch⟩]₊^q + [⟨w_jr, second patch⟩]₊^q, for the classes j = 1 and −1.

    Args:
        w: The filters, of shape (2, m, d): those of class 1 and of class −1; (…, 2, m, d) are several networks, which
            torch's optimisers train side by side, since each of their steps is entry by entry.
        q: The power of the activation.

    Source:
        Zou, Cao, Li and Gu 2021 (arXiv:2108.11371), the network of their theorems.

    Example:
        >>> import torch
        >>> from numerics.models.zou2021 import Convolution, Patches
        >>> data = Patches(torch.tensor([1.0]), torch.zeros(1, 2), 0.5)
        >>> net = Convolution(torch.tensor([[[2.0, 0.0]], [[0.0, 0.0]]]), 3)
        >>> net.margins(data).tolist()
        [8.0]
    """

    def __init__(self, w: Tensor, q: int = 3) -> None:
        super().__init__()
        self.w, self.q = nn.Parameter(w.clone()), q

    def forward(self, data: Patches) -> Tensor:
        """F_1(x) − F_{−1}(x), of shape (…, n)."""
        # only the first coordinate of a feature patch is not 0
        parts = (self.w[..., :1] * data.y[..., None, None, :], self.w @ data.second.mT.unsqueeze(-3))
        first, second = ((torch.relu(part) ** self.q).sum(-2) for part in parts)
        out = first + second
        return out[..., 0, :] - out[..., 1, :]

    def margins(self, data: Patches) -> Tensor:
        """y(F_1 − F_{−1}), of shape (…, n)."""
        out: Tensor = data.y * self(data)
        return out


def patches(
    n: int, s: int, length: float, alpha: float, rng: np.random.Generator, spread: int = 1, after: int = 0
) -> Patches:
    """Draw balanced images whose noise has s entries of ±length/√s each, on supports that are disjoint.

    Args:
        n: The number of images, even.
        s: The number of entries of the noise of one image.
        length: ‖ζ‖₂.
        alpha: α.
        rng: Where random numbers come from.
        spread: How many times as many coordinates there are as the supports need.
        after: Coordinates that are left free for images drawn before.

    Returns:
        The images.
    """
    d = 1 + after + spread * n * s
    noise = np.zeros((n, d))
    places = 1 + after + rng.permutation(spread * n * s)[: n * s].reshape(n, s)
    for row, chosen in zip(noise, places, strict=True):
        row[chosen] = rng.choice([-1.0, 1.0], size=s) * length / s**0.5
    y = np.where(np.arange(n) % 2 == 0, 1.0, -1.0)
    return Patches(torch.as_tensor(y), torch.as_tensor(noise), alpha)


def fresh(count: int, d: int, s: int, length: float, alpha: float, rng: np.random.Generator) -> Patches:
    """Draw images whose supports are any s of the coordinates 2, …, d, with uniform labels.

    Args:
        count: The number of images.
        d: The dimension of a patch.
        s: The number of entries of the noise.
        length: ‖ζ‖₂.
        alpha: α.
        rng: Where random numbers come from.

    Returns:
        The images.
    """
    noise = np.zeros((count, d))
    for row in noise:
        row[1 + rng.choice(d - 1, size=s, replace=False)] = rng.choice([-1.0, 1.0], size=s) * length / s**0.5
    y = np.where(rng.random(count) < 0.5, 1.0, -1.0)
    return Patches(torch.as_tensor(y), torch.as_tensor(noise), alpha)


def start(m: int, d: int, scale: float, rng: np.random.Generator, q: int = 3) -> Convolution:
    """A network with filters N(0, scale² I)."""
    return Convolution(torch.as_tensor(scale * rng.standard_normal((2, m, d))), q)


def optimiser_of(name: str, net: nn.Module, eta: float, decay: float) -> torch.optim.Optimizer:
    """Torch's own optimiser: "gd" SGD, "sign" Adam without memory, "adam" Adam, "adamw" with decoupled decay.

    Args:
        name: One of these names.
        net: The network.
        eta: The step.
        decay: λ; of "adamw" the decoupled one.

    Returns:
        The optimiser.
    """
    parts = list(net.parameters())
    if name == "gd":
        return torch.optim.SGD(parts, lr=eta, weight_decay=decay)
    if name == "adamw":
        return torch.optim.AdamW(parts, lr=eta, weight_decay=decay)
    # without memory a step is the sign of the gradient; 0 where it is 0
    betas, eps = ((0.0, 0.0), 1e-30) if name == "sign" else ((0.9, 0.999), 1e-12)
    return torch.optim.Adam(parts, lr=eta, weight_decay=decay, betas=betas, eps=eps)


def training_loss(net: Convolution, data: Patches) -> Tensor:
    """The mean of log(1 + e^(−margin)) of each network, without weight decay."""
    return nn.functional.softplus(-net.margins(data)).mean(-1)


def train(net: Convolution, data: Patches, name: str, eta: float, decay: float, steps: int) -> list[Tensor]:
    """Train by one of torch's optimisers.

    Args:
        net: The network, which is changed.
        data: The images.
        name: The optimiser, as in `optimiser_of`.
        eta: The step.
        decay: λ.
        steps: The number of steps.

    Returns:
        The filters' feature ⟨w_jr, jv⟩ before each step and at the end, of shape (…, 2, m) each.
    """
    optimiser = optimiser_of(name, net, eta, decay)
    sides = torch.tensor([[1.0], [-1.0]], dtype=net.w.dtype, device=net.w.device)
    seen = []
    for _ in range(steps):
        seen.append(net.w.detach()[..., 0] * sides)
        optimiser.zero_grad()
        training_loss(net, data).sum().backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    seen.append(net.w.detach()[..., 0] * sides)
    return seen


def test_error(net: Convolution, data: Patches) -> Tensor:
    """The share of images with a margin of at most 0, of each network."""
    with torch.no_grad():
        return (net.margins(data) <= 0).double().mean(-1)
