"""The networks of Zhang et al. (2019), many at once: residual blocks with weight τ, or the vanilla network.

h_0 = φ(Ax), h_l = φ(h_{l−1} + τ W_l h_{l−1}) for L blocks, f = bᵀφ(W_L h); without shortcuts h_l = φ(W_l h_{l−1}).
All weights are trained; gradients are written out by layers, so that depth costs memory for weights and features alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Networks:
    """R networks: A (R, m, p), blocks (L, R, m, m), last (R, m, m), b (R, m), τ (R), with or without shortcuts."""

    A: Tensor
    blocks: Tensor
    last: Tensor
    b: Tensor
    tau: Tensor
    residual: bool = True

    @property
    def weights(self) -> tuple[Tensor, ...]:
        return (self.A, self.blocks, self.last, self.b)


@dataclass(frozen=True)
class ForwardPass:
    """A forward pass: hidden (L + 2, R, n, m) after each ReLU, and outputs f (R, n)."""

    hidden: list[Tensor]
    f: Tensor


def networks(
    taus: Sequence[float],
    inputs: int,
    width: int,
    blocks: int,
    generator: torch.Generator,
    residual: bool = True,
    dtype: torch.dtype = torch.float64,
) -> Networks:
    """One network for each τ: A, W_L ~ N(0, 2/m), W_l ~ N(0, 1/m) as in the paper, N(0, 2/m) without shortcuts."""
    runs = len(taus)

    def normal(variance: float, *shape: int) -> Tensor:
        made = torch.randn(*shape, generator=generator, dtype=dtype, device=generator.device)
        return made.mul_(variance**0.5)

    # what does not depend on the depth is drawn first: networks of other depths from the same seed share it
    A, last, b = normal(2 / width, runs, width, inputs), normal(2 / width, runs, width, width), normal(1.0, runs, width)
    each = (1 if residual else 2) / width
    tau = torch.tensor(list(taus), dtype=dtype, device=generator.device)
    return Networks(A, normal(each, blocks, runs, width, width), last, b, tau, residual)


def forward(nets: Networks, x: Tensor) -> ForwardPass:
    """Hidden vectors after every ReLU, and outputs, for inputs x (n, p)."""
    hidden = [(x @ nets.A.mT).relu()]
    tau = nets.tau[:, None, None]
    for W in nets.blocks:
        before = hidden[-1]
        hidden.append((torch.baddbmm(before, tau * before, W.mT) if nets.residual else before @ W.mT).relu_())
    hidden.append((hidden[-1] @ nets.last.mT).relu())
    return ForwardPass(hidden, (hidden[-1] @ nets.b[..., None])[..., 0])


def signals(nets: Networks, seen: ForwardPass, weight: Tensor) -> Iterator[tuple[int, Tensor]]:
    """Σ over samples of weight·∂f/∂(input of ReLU number l), for l = L + 1 … 0; weight is (R, n)."""
    mask = [h > 0 for h in seen.hidden]
    depth = len(nets.blocks)
    tau = nets.tau[:, None, None]
    signal = weight[..., None] * nets.b[:, None, :] * mask[-1]
    yield depth + 1, signal
    back = signal @ nets.last
    for l in range(depth, 0, -1):  # noqa: E741
        signal = back * mask[l]
        yield l, signal
        W = nets.blocks[l - 1]
        back = torch.baddbmm(signal, tau * signal, W) if nets.residual else signal @ W
    yield 0, back * mask[0]


def gram(nets: Networks, x: Tensor) -> Tensor:
    """The Gram matrix of gradients over all weights, shape (R, n, n)."""
    seen = forward(nets, x)
    top = seen.hidden[-1]
    total = top @ top.mT
    tau = nets.tau[:, None, None] if nets.residual else 1.0
    depth = len(nets.blocks)
    for l, signal in signals(nets, seen, torch.ones_like(seen.f)):  # noqa: E741
        below = seen.hidden[l - 1] if l else x.expand(len(nets.b), *x.shape)
        scale = tau if 1 <= l <= depth else 1.0
        total = total + scale**2 * (below @ below.mT) * (signal @ signal.mT)
    return total


def block_gradient_norms(nets: Networks, x: Tensor) -> Tensor:
    """‖∂f/∂W_l‖_F of every block and sample, shape (L, R, n)."""
    seen = forward(nets, x)
    depth = len(nets.blocks)
    tau = nets.tau[:, None] if nets.residual else 1.0
    found = {
        l: tau * signal.norm(dim=-1) * seen.hidden[l - 1].norm(dim=-1)
        for l, signal in signals(nets, seen, torch.ones_like(seen.f))  # noqa: E741
        if 1 <= l <= depth
    }
    return torch.stack([found[l] for l in range(1, depth + 1)])  # noqa: E741


def descend(nets: Networks, x: Tensor, y: Tensor, eta: Tensor, steps: int) -> Iterator[Tensor]:
    """The losses ½Σ(f − y)² (R,) before each of `steps` steps of gradient descent and after; weights are changed.

    eta is (R,); a run whose loss is no longer finite goes on as NaN or infinity.
    """
    depth = len(nets.blocks)
    tau = nets.tau[:, None, None] if nets.residual else 1.0
    rate = eta[:, None, None]
    for k in range(steps + 1):
        seen = forward(nets, x)
        error = seen.f - y
        yield error.square().sum(-1) / 2
        if k == steps:
            return
        updates: list[tuple[Tensor, Tensor, Tensor]] = []
        for l, signal in signals(nets, seen, error):  # noqa: E741
            if l == depth + 1:
                updates.append((nets.last, signal, seen.hidden[depth]))
            elif l:
                updates.append((nets.blocks[l - 1], signal * tau, seen.hidden[l - 1]))
            else:
                updates.append((nets.A, signal, x.expand(len(nets.b), *x.shape)))
        nets.b.sub_(eta[:, None] * (error[..., None] * seen.hidden[-1]).sum(1))
        for weight, signal, below in updates:
            weight.baddbmm_((rate * signal).mT, below, alpha=-1)


class NormalisedNets(nn.Module):
    """R networks of residual blocks with batch normalisation, h ← φ(h + τ·bn(W h)), for classes.

    Takes samples (n, p) to logits (R, n, classes); each batch is normalised by its own mean and variance.
    """

    def __init__(
        self,
        runs: int,
        inputs: int,
        width: int,
        blocks: int,
        classes: int,
        tau: float,
        generator: torch.Generator,
        dtype: torch.dtype = torch.float64,
    ):
        super().__init__()
        self.tau = tau

        def weights(*shape: int) -> nn.Parameter:
            made = torch.randn(*shape, generator=generator, dtype=dtype, device=generator.device)
            return nn.Parameter(made.mul_(shape[-1] ** -0.5))

        self.first, self.head = weights(runs, width, inputs), weights(runs, classes, width)
        self.blocks = weights(blocks, runs, width, width)
        self.scale = nn.Parameter(torch.ones_like(self.blocks[..., :1, :]))
        self.shift = nn.Parameter(torch.zeros_like(self.blocks[..., :1, :]))

    def forward(self, x: Tensor) -> Tensor:
        h = (x @ self.first.mT).relu()
        for W, scale, shift in zip(self.blocks, self.scale, self.shift, strict=True):
            before = h @ W.mT
            variance, mean = torch.var_mean(before, dim=1, keepdim=True, correction=0)
            h = (h + self.tau * ((before - mean) * (variance + 1e-5).rsqrt() * scale + shift)).relu()
        return h @ self.head.mT
