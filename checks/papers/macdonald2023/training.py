"""Along training runs with the square cost: rates with known and trajectory-wise constants, and smoothness."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from checks.context import Context
from checks.papers.macdonald2023.layers import ROUNDING, flat, smoothness_of
from checks.readings import Followed
from derivations.papers.macdonald2023 import convergence
from numerics.chains import bounds_of
from numerics.curvature import along
from numerics.layers import NormalisedLinear, Residual
from numerics.values.evaluate import evaluate


def normal(g: torch.Generator, *shape: int) -> Tensor:
    """Independent N(0, 1) numbers in float64."""
    return torch.randn(*shape, generator=g, dtype=torch.float64, device=g.device)


def residual_net(
    g: torch.Generator, inputs: int, width: int, outputs: int, blocks: int = 2, std: float = 1.0
) -> nn.Sequential:
    """A normalised first layer, weight-normalised residual blocks with tanh, and a raw affine layer."""
    parts: list[nn.Module] = [NormalisedLinear(inputs, width, 0.1, generator=g, std=std)]
    for _ in range(blocks):
        inner = NormalisedLinear(width, width, 0.1, "whole", generator=g, std=std)
        parts.append(Residual(nn.Sequential(inner, nn.Tanh()), 0.5))
    last = nn.Linear(width, outputs, bias=False, dtype=torch.float64, device=g.device)
    with torch.no_grad():
        last.weight.copy_(std * normal(g, outputs, width) / width**0.5)
    return nn.Sequential(*parts, last)


def half_mean(out: Tensor, y: Tensor) -> Tensor:
    """The square cost (1/2N)‖out − y‖²."""
    return ((out - y) ** 2).sum() / (2 * len(y))


def _ratio_bound(eta: float, mu: float, beta: float) -> float:
    """The bound on ℓ(k + 1)/ℓ(k)."""
    values = {convergence.eta: eta, convergence.mu: mu, convergence.beta: beta, convergence.loss: 1.0}
    return float(evaluate(convergence.step_bound, values))


KAPPAS = (0.5, 1.0, 1.5)


def known(context: Context) -> Followed:
    """ℓ(k + 1)/ℓ(k) against the bound with constants known beforehand, steps η = κ/β, κ = 1/2, 1 and 3/2."""
    left, right = zip(*(*_last_layer(context.generator("last layer")), *_wave()), strict=True)
    about = f"{len(left)} steps; nearest {min(b - a for a, b in zip(left, right, strict=True)):.1g} apart"
    return Followed(np.array(left), np.array(right), "<=", ROUNDING, about)


def _last_layer(g: torch.Generator) -> Iterator[tuple[float, float]]:
    """Steps on (1/2N)‖WH − Y‖², β = λ_max(HᵀH)/N and μ = 2λ_min(HᵀH)/N: random and orthonormal features H."""
    count, width = 6, 12
    for orthonormal in (False, True):
        H = torch.linalg.qr(normal(g, width, count))[0] if orthonormal else torch.tanh(normal(g, width, count))
        values = torch.linalg.eigvalsh(H.T @ H)
        beta, mu = float(values[-1]) / count, 2 * float(values[0]) / count
        for kappa in KAPPAS:
            for _ in range(6):
                W, Y = normal(g, 2, width), normal(g, 2, count)

                def loss(W: Tensor, H: Tensor = H, Y: Tensor = Y) -> Tensor:
                    return half_mean((W @ H).T, Y.T)

                gradient, value = torch.func.grad_and_value(loss)(W)
                later = loss(W - kappa / beta * gradient)
                yield float(later / value), _ratio_bound(kappa / beta, mu, beta)


def _wave() -> Iterator[tuple[float, float]]:
    """Steps on x² + 3sin²x, which is not convex: β = 8 and μ = 1/16."""
    x = torch.linspace(0.05, 6, 60, dtype=torch.float64)

    def loss(x: Tensor) -> Tensor:
        return x**2 + 3 * torch.sin(x) ** 2

    slope = torch.func.grad(lambda x: loss(x).sum())(x)
    for kappa in KAPPAS:
        ratios = loss(x - kappa / 8 * slope) / loss(x)
        bound = _ratio_bound(kappa / 8, 1 / 16, 8.0)
        yield from ((float(r), bound) for r in ratios)


STEPS = 150
ETA = 0.2


def rate(context: Context) -> Followed:
    """ℓ(k + 1)/ℓ(k) along 40 steps, μ_k = (2/N)λ_min(DF DFᵀ), β_k the largest ‖∇²ℓ‖ at nine points of the step.

    Between two points ‖∇²ℓ‖ may be larger, by as much as it changes from one to the next: that much is added to β_k.
    """
    g = context.generator("rate")
    net = residual_net(g, 3, 8, 1, blocks=1)
    x, y = nn.functional.normalize(normal(g, 3, 3)), normal(g, 3, 1)
    left, right, losses = [], [], []
    for _ in range(40):
        value, gradient = _value(net, x, y)
        mu = 2 / len(x) * _least_gram(net, x)
        beta = _largest_hessian(net, x, y, -ETA * gradient)
        _move(net, -ETA * gradient)
        later, _ = _value(net, x, y)
        left.append(later / value)
        right.append(_ratio_bound(ETA, mu, beta))
        losses.append(later)
    about = f"40 steps, η = {ETA}, loss {losses[0]:.3g} to {losses[-1]:.3g}; a step takes {1 - max(left):.2g} to "
    about += f"{1 - min(left):.2g} of it, claimed are {1 - max(right):.2g} to {1 - min(right):.2g}"
    return Followed(np.array(left), np.array(right), "<=", ROUNDING, about)


def _largest_hessian(net: nn.Module, x: Tensor, y: Tensor, step: Tensor, pieces: int = 8) -> float:
    w, unflat = flat(net)

    def loss(at: Tensor) -> Tensor:
        return half_mean(torch.func.functional_call(net, unflat(at), (x,)), y)

    shares = torch.linspace(0, 1, pieces + 1, dtype=w.dtype, device=w.device)
    hessians = torch.func.vmap(torch.func.hessian(loss))(w + shares[:, None] * step)
    norms = torch.linalg.eigvalsh(hessians).abs().amax(1)
    return float(norms.max() + norms.diff().abs().max())


def _value(net: nn.Module, x: Tensor, y: Tensor) -> tuple[float, Tensor]:
    """The loss and its gradient in one vector."""
    loss = half_mean(net(x), y)
    gradient = torch.autograd.grad(loss, list(net.parameters()))
    return float(loss.detach()), torch.cat([g.reshape(-1) for g in gradient])


def _move(net: nn.Module, step: Tensor) -> None:
    sizes = [p.numel() for p in net.parameters()]
    with torch.no_grad():
        for p, part in zip(net.parameters(), torch.split(step, sizes), strict=True):
            p.add_(part.reshape(p.shape))


def _least_gram(net: nn.Module, x: Tensor) -> float:
    """λ_min(DF DFᵀ) by autograd's Jacobian."""
    w, unflat = flat(net)
    jacobian = torch.func.jacrev(lambda at: torch.func.functional_call(net, unflat(at), (x,)).reshape(-1))(w)
    return float(torch.linalg.eigvalsh(jacobian @ jacobian.T)[0])


def constants(context: Context) -> Followed:
    """β_k along the run against the calculus' bound for the ball that the run stays in."""
    g = context.generator("run")
    net, x, y = residual_net(g, 4, 12, 2), nn.functional.normalize(normal(g, 8, 4)), normal(g, 8, 2)
    start = copy.deepcopy(net)
    points, travelled = [], 0.0
    for point in along(net, half_mean, x, y, ETA, STEPS):
        points.append(point)
        # the weights are at step k + 1 here, and balls are convex: the whole path is inside
        moved = zip(net.parameters(), start.parameters(), strict=True)
        travelled = max(travelled, float(sum(((a - b).detach() ** 2).sum() for a, b in moved)) ** 0.5)
    bound = smoothness_of(bounds_of(start, x, cost="square", targets=y, radius=travelled))
    left = np.array([p.local_smoothness for p in points])
    data = {
        "smoothness": left.tolist(),
        "lojasiewicz": [p.lojasiewicz for p in points],
        "loss": [p.loss for p in points],
        "bound": bound,
    }
    about = f"150 steps; β_k from {left.min():.3g} to {left.max():.3g}, bound {bound:.4g}"
    return Followed(left, np.full(len(left), bound), "<=", 0.0, about, data)
