"""The network of the convergence theorem of Zhang et al. (2019): L residual blocks, and an output without last matrix.

x_0 = φ(Ax), x_l = φ(x_{l−1} + τ/√m·W_l x_{l−1}), f = ⟨b, x_L⟩ with A ~ N(0, 2/m), W_l and b ~ N(0, 1). W_l and b are
trained; gradients are written out, so that what the proof bounds can be looked at: features, signals, products, masks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import torch
from torch import Tensor


@dataclass
class Network:
    """A (m, p), blocks (L, m, m) of N(0, 1), b (m), and τ."""

    A: Tensor
    blocks: Tensor
    b: Tensor
    tau: float

    @property
    def step(self) -> float:
        """τ/√m, before a block's weights."""
        return self.tau / sqrt(len(self.b))


@dataclass(frozen=True)
class Passes:
    """Both passes: what ReLU is applied to (L, n, m), features (L + 1, n, m), signals s_l (L, n, m), outputs (n)."""

    inputs: Tensor
    features: Tensor
    signals: Tensor
    f: Tensor

    @property
    def gram(self) -> Tensor:
        """The Gram matrix of the features x_L, (n, n)."""
        return self.features[-1] @ self.features[-1].T


def network(inputs: int, width: int, blocks: int, tau: float, generator: torch.Generator) -> Network:
    """A network at its start."""

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64, device=generator.device)

    A = normal(width, inputs) * sqrt(2 / width)
    return Network(A, normal(blocks, width, width), normal(width), tau)


def features_gram(x: Tensor, width: int, blocks: int, tau: float, generator: torch.Generator) -> Tensor:
    """⟨x_L, x_L′⟩ of a network at its start for inputs x (n, p), with memory for one block alone."""
    here = torch.randn(width, x.shape[1], generator=generator, dtype=x.dtype, device=x.device)
    now = (sqrt(2 / width) * x @ here.T).relu()
    for _ in range(blocks):
        W = torch.randn(width, width, generator=generator, dtype=x.dtype, device=x.device)
        now = (now + tau / sqrt(width) * now @ W.T).relu()
    return now @ now.T


def passes(net: Network, x: Tensor) -> Passes:
    """Forward and backward for inputs x (n, p)."""
    features, inputs = [(x @ net.A.T).relu()], []
    for W in net.blocks:
        inputs.append(features[-1] + net.step * features[-1] @ W.T)
        features.append(inputs[-1].relu())
    arriving = net.b.expand(len(x), -1) / sqrt(len(net.b))
    signals = []
    for W, z in zip(reversed(net.blocks), reversed(inputs), strict=True):
        signals.append(arriving * (z > 0))
        arriving = signals[-1] + net.step * signals[-1] @ W
    f = features[-1] @ net.b
    return Passes(torch.stack(inputs), torch.stack(features), torch.stack(signals[::-1]), f)


def kernel(net: Network, seen: Passes) -> Tensor:
    """The Gram matrix of all gradients ∂f_i/∂θ, (n, n)."""
    products = (seen.signals @ seen.signals.mT) * (seen.features[:-1] @ seen.features[:-1].mT)
    total: Tensor = net.tau**2 * products.sum(0) + seen.gram
    return total


def product_norms(net: Network, seen: Passes) -> Tensor:
    """‖(I + τW_L)D_{L−1}⋯D_{l+1}(I + τW_{l+1})‖ of the first input, for every l < L, W over √m."""
    eye = torch.eye(len(net.b), dtype=net.b.dtype, device=net.b.device)
    product, found = eye, []
    for l in range(len(net.blocks) - 1, -1, -1):  # noqa: E741
        product = product + net.step * product @ net.blocks[l]
        found.append(torch.linalg.matrix_norm(product, 2))
        if l:
            product = product * (seen.inputs[l - 1, 0] > 0)
    return torch.stack(found)


def descend(net: Network, x: Tensor, y: Tensor, eta: float, steps: int) -> Iterator[tuple[int, Passes]]:
    """Gradient descent on ½‖f − y‖² in place: before each step, and after the last, its number and both passes."""
    for k in range(steps + 1):
        seen = passes(net, x)
        yield k, seen
        if k < steps:
            r = seen.f - y
            net.blocks -= eta * net.tau * (r[:, None] * seen.signals).mT @ seen.features[:-1]
            net.b -= eta * r @ seen.features[-1]
