"""What gradient descent rests on: eigenvalues of Gram matrices, the length of the gradient, and one step."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from checks.context import Context
from checks.papers.zhang2019.common import Array, centred, evaluated, targets
from checks.readings import Followed, Scaled
from derivations.papers.zhang2019.convergence import contraction, eta, lam
from numerics.models.zhang2019 import Networks, descend, forward, gram, networks, signals
from numerics.values.rounding import UNIT_ROUNDOFF


def kernel_on_half_circle(context: Context) -> Scaled:
    """λ_min of κ₀(θ)κ₁(θ) for n inputs at angles πi/n: the last layer's kernel at infinite width, τ → 0."""
    counts = np.array([48, 64, 80, 96, 112, 128, 160, 192, 256, 320, 384, 512])
    found = []
    for n in counts:
        theta = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) * np.pi / n
        k1 = (np.sin(theta) + (np.pi - theta) * np.cos(theta)) / np.pi
        k0 = 1 - np.arccos(np.clip(k1, -1, 1)) / np.pi
        found.append(float(np.linalg.eigvalsh(k0 * k1)[0]))
    return Scaled(counts.astype(float), np.array(found), f"δ = 2 sin(π/2n); λ_min·n = {found[-1] * counts[-1]:.4f}")


def _largest(residual: bool, depths: tuple[int, ...], seeds: int, width: int, context: Context) -> list[Tensor]:
    """λ_max of the Gram matrix at the start for networks that share A, b and W_L over depths, 6 inputs."""
    at_once = 4  # 512 blocks of 12 networks would be 450 MB
    x, _ = targets(6, context)
    found = []
    for blocks in depths:
        largest = []
        for part in range(seeds // at_once):
            g = context.generator(f"eigenvalue {part}")  # A, b, W_L come first: the same at every depth
            nets = networks([blocks**-0.5] * at_once, 16, width, blocks, g, residual)
            largest.append(torch.linalg.eigvalsh(gram(nets, x))[:, -1])
        found.append(torch.cat(largest).cpu())
    return found


def largest_eigenvalue(context: Context) -> Scaled:
    """λ_max(G(0)) at τ = 1/√L, L = 64 … 512."""
    depths, seeds, width = (64, 128, 256, 512), 12, 96
    found = torch.stack(_largest(True, depths, seeds, width, context)).numpy()
    variable = np.repeat(np.array(depths, dtype=float), seeds)
    return Scaled(variable, centred(found).ravel(), f"{seeds} networks of width {width}")


def largest_eigenvalue_vanilla(context: Context) -> Scaled:
    """λ_max(G(0)) of networks of L = 4 … 32 layers between A and W_L, against their number L + 2.

    While inputs become parallel, λ_max grows faster than the trace: how much faster is taken from infinite width.
    """
    depths, seeds, width = (4, 8, 16, 32), 32, 256
    found = torch.stack(_largest(False, depths, seeds, width, context)).numpy()
    layers = np.array(depths, dtype=float) + 2
    x = targets(6, context)[0].cpu().numpy()
    limits = [_infinite_width(x, blocks) for blocks in (depths[0], depths[-1])]
    exponent = float(np.log(limits[1] / limits[0]) / np.log(layers[-1] / layers[0]))
    about = f"{seeds} networks of width {width}; exponent at infinite width {exponent:.3f}"
    return Scaled(np.repeat(layers, seeds), centred(found).ravel(), about, drift=abs(exponent - 1))


def _infinite_width(x: Array, blocks: int) -> float:
    """λ_max of the vanilla Gram matrix over its factor m/2 as m → ∞, by the ReLU kernel's maps of the angles of x.

    W_k adds ⟨h_i, h_j⟩⟨s_i, s_j⟩, and every ReLU that a signal s passes multiplies ⟨s_i, s_j⟩ by 1 − θ/π; what b adds
    is of relative order 1/m.
    """
    cosine = np.clip(x @ x.T, -1, 1)
    total = np.zeros_like(cosine)
    for _ in range(blocks + 2):
        theta = np.arccos(cosine)
        total = (total + cosine) * (1 - theta / np.pi)
        cosine = np.clip((np.sin(theta) + (np.pi - theta) * np.cos(theta)) / np.pi, -1, 1)
    return float(np.linalg.eigvalsh(total)[-1])


def _gradient_squared(nets: Networks, x: Tensor, y: Tensor) -> Tensor:
    """‖∇ℓ‖² over all weights of each network, by autograd."""
    leaves = [w.detach().clone().requires_grad_(True) for w in nets.weights]
    A, blocks, last, b = leaves
    loss = (forward(Networks(A, blocks, last, b, nets.tau, nets.residual), x).f - y).square().sum() / 2
    A, blocks, last, b = torch.autograd.grad(loss, leaves)
    return A.square().sum((1, 2)) + blocks.square().sum((0, 2, 3)) + last.square().sum((1, 2)) + b.square().sum(1)


def _last_kernel(nets: Networks, x: Tensor) -> Tensor:
    """⟨s_i, s_j⟩⟨h_i, h_j⟩, the Gram matrix of the gradients of W_L alone, shape (R, n, n)."""
    seen = forward(nets, x)
    _, signal = next(signals(nets, seen, torch.ones_like(seen.f)))
    below = seen.hidden[-2]
    return (signal @ signal.mT) * (below @ below.mT)


def gradient_norm(lower: bool, context: Context) -> Followed:
    """‖∇ℓ‖² of the whole network by autograd along 20 steps: against 2λ_min(K)ℓ of W_L, or 2λ_max(G)ℓ of all."""
    x, y = targets(6, context)
    nets = networks([16**-0.5] * 4, 16, 96, 16, context.generator("gradient"))
    step = 0.5 / torch.linalg.eigvalsh(gram(nets, x))[:, -1]
    squares, bounds = [], []
    for loss in descend(nets, x, y, step, 20):
        squares.append(_gradient_squared(nets, x, y))
        values = torch.linalg.eigvalsh(_last_kernel(nets, x) if lower else gram(nets, x))
        bounds.append(2 * loss * values[:, 0 if lower else -1])
    square, bound = (torch.stack(v).cpu().numpy() for v in (squares, bounds))
    # sums of 10⁵ squares, and eigenvalues to a few roundings of the largest
    tolerance = 2**17 * UNIT_ROUNDOFF * float(np.abs(square).max())
    about = "‖∇ℓ‖² by autograd, 4 networks of 16 blocks, width 96"
    return Followed(*((bound, square) if lower else (square, bound)), "<=", tolerance, about)


def linear_rate(context: Context) -> Followed:
    """ℓ(k+1)/ℓ(k) against 1 − ηλ_min(G(k)) with η = 1/(2λ_max(G(0))), 60 steps of three networks."""
    x, y = targets(6, context)
    g = context.generator("rate")
    nets = networks([32**-0.5] * 3, 16, 256, 32, g)
    step = 0.5 / torch.linalg.eigvalsh(gram(nets, x))[:, -1]
    losses, least = [], []
    for loss in descend(nets, x, y, step, 60):
        losses.append(loss)
        least.append(torch.linalg.eigvalsh(gram(nets, x))[:, 0])
    ratio = torch.stack(losses)
    left, least_, steps = ((v).cpu().numpy() for v in (ratio[1:] / ratio[:-1], torch.stack(least)[:-1], step))
    right = evaluated(contraction, {eta: np.broadcast_to(steps, least_.shape), lam: least_})
    # a loss is the square of six outputs, each a sum in 34 layers of 256 products
    tolerance = 34 * 256 * UNIT_ROUNDOFF
    return Followed(left, right, "<=", tolerance, "ℓ(k+1)/ℓ(k), 3 networks of 32 blocks, width 256")
