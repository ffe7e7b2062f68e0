"""Gradient descent: eigenvalues, iterations against depth, the range of τ, and digits to depth 1000."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from checks.context import Context
from checks.papers.zhang2019.common import centred
from checks.readings import Followed, Scaled
from numerics.data import digits, load, sphere
from numerics.models.zhang2019 import NormalisedNet, descend, gram, networks

Array = NDArray[np.float64]

EPSILON = 0.01
"""Iterations are counted until the loss has fallen to this share of its start."""
STEPS = 400
DEPTHS = (8, 16, 32, 64, 128, 256, 512, 1024)
OVERFLOW = 1e300
"""What a loss that is no longer finite counts as."""


def _targets(count: int, context: Context) -> tuple[Tensor, Tensor]:
    data = sphere(count, 16, context.seed)
    return tuple(torch.as_tensor(v, device=context.device) for v in (data.x, data.y))  # type: ignore[return-value]


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


def largest_eigenvalue(residual: bool, context: Context) -> Scaled:
    """λ_max of the Gram matrix at the start for networks that share A, b and W_L over depths, 6 inputs."""
    depths = (64, 128, 256, 512) if residual else (8, 16, 32)
    seeds, width = (12, 96) if residual else (16, 256)
    at_once = 4  # 512 blocks of 12 networks would be 450 MB
    x, _ = _targets(6, context)
    found = []
    for blocks in depths:
        largest = []
        for part in range(seeds // at_once):
            g = context.generator(f"eigenvalue {part}")  # A, b, W_L come first: the same at every depth
            nets = networks([blocks**-0.5] * at_once, 16, width, blocks, g, residual)
            largest.append(torch.linalg.eigvalsh(gram(nets, x))[:, -1])
        found.append(torch.cat(largest).cpu().numpy())
    variable = np.repeat(np.array(depths, dtype=float), seeds)
    return Scaled(variable, centred(np.array(found)).ravel(), f"{seeds} networks of width {width}")


def linear_rate(context: Context) -> Followed:
    """ℓ(k+1)/ℓ(k) against 1 − ηλ_min(G(k)) with η = 1/(2λ_max(G(0))), 60 steps of three networks."""
    x, y = _targets(6, context)
    g = context.generator("rate")
    nets = networks([32**-0.5] * 3, 16, 256, 32, g)
    eta = 0.5 / torch.linalg.eigvalsh(gram(nets, x))[:, -1]
    losses, least = [], []
    for loss in descend(nets, x, y, eta, 60):
        losses.append(loss)
        least.append(torch.linalg.eigvalsh(gram(nets, x))[:, 0])
    ratio = torch.stack(losses)
    bound = 1 - eta * torch.stack(least)[:-1]
    left, right = (ratio[1:] / ratio[:-1]).cpu().numpy(), bound.cpu().numpy()
    return Followed(left, right, "<=", 1e-9, "ℓ(k+1)/ℓ(k), 3 networks of 32 blocks, width 256")


def _iterations(
    blocks: int, residual: bool, context: Context, seeds: int, most: int = STEPS
) -> tuple[Array, list[float]]:
    """T(ε) of each network (`most` if not reached), η = 1/λ_max(G(0)), and the mean loss curve.

    Between the two steps about ε the logarithm of the loss is taken as linear.
    """
    x, y = _targets(6, context)
    nets = networks([blocks**-0.5] * seeds, 16, 48, blocks, context.generator("iterations"), residual)
    eta = 1 / torch.linalg.eigvalsh(gram(nets, x))[:, -1]
    reached = np.full(seeds, float(most))
    curve = []
    start, before = None, np.ones(seeds)
    for k, loss in enumerate(descend(nets, x, y, eta, most)):
        start = loss if start is None else start
        share = (loss / start).cpu().numpy()
        curve.append(float(np.exp(np.log(np.clip(np.nan_to_num(share, nan=OVERFLOW), 1e-300, OVERFLOW)).mean())))
        with np.errstate(all="ignore"):
            exact = k - 1 + np.log(before / EPSILON) / np.log(before / share)
        reached = np.where((share <= EPSILON) & (reached == most), exact, reached)
        before = share
        if (reached < most).all() or (k >= 100 and not np.isfinite(share).any()):
            break
    return reached, curve


def iterations(context: Context) -> Scaled:
    """T(ε) for L = 8 … 1024 at width 48, the same rule for the step everywhere."""
    seeds = 5
    found = [_iterations(blocks, True, context, seeds) for blocks in DEPTHS]
    table = np.array([reached for reached, _ in found], dtype=float)
    means = np.exp(np.log(table).mean(1))
    about = f"ε = {EPSILON}; geometric means of {seeds} networks by L: {', '.join(f'{t:.1f}' for t in means)}"
    curves = {str(blocks): curve for blocks, (_, curve) in zip(DEPTHS, found, strict=True)}
    data = {"curves": curves, "means": means.tolist(), "depths": list(DEPTHS)}
    # few blocks with large τ still differ from the limit by some percent
    return Scaled(np.repeat(np.array(DEPTHS, dtype=float), seeds), centred(table).ravel(), about, data, drift=0.05)


def iterations_vanilla(context: Context) -> Followed:
    """T(ε) with and without shortcuts at L = 128, geometric means of 4 networks."""
    resnet, _ = _iterations(128, True, context, 4)
    mean = float(np.exp(np.log(resnet).mean()))
    most = int(8 * mean)
    vanilla, curve = _iterations(128, False, context, 4, most)
    found = float(np.exp(np.log(vanilla).mean()))
    failed = int((vanilla == most).sum())
    about = f"{mean:.0f} against {found:.0f}; {failed} of 4 vanilla networks not there after {most} steps"
    return Followed(np.array([4 * mean]), np.array([found]), "<=", 0.0, about, {"curve": curve})


def _grid(alphas: tuple[float, ...], depths: tuple[int, ...], steps: int, context: Context) -> Array:
    """ℓ(T)/ℓ(0) after T steps for τ = L^{−α}, at the step size of α = ½, shape (depths, alphas)."""
    x, y = _targets(6, context)
    found = []
    for blocks in depths:
        nets = networks([blocks**-a for a in alphas], 16, 96, blocks, context.generator(f"grid {blocks}"))
        middle = float(torch.linalg.eigvalsh(gram(nets, x))[alphas.index(0.5), -1])
        losses = list(descend(nets, x, y, torch.full((len(alphas),), 1 / middle, device=x.device), steps))
        share = (losses[-1] / losses[0]).cpu().numpy()
        found.append(np.clip(np.nan_to_num(share, nan=OVERFLOW), 0, OVERFLOW))
    return np.array(found)


def range_of_tau(context: Context) -> Followed:
    """τ = L^{−α} for α from 1 to 0 at every depth; α ≥ ½ is claimed."""
    alphas, depths = (1.0, 0.75, 0.5, 0.25, 0.0), (8, 64, 128)
    grid = _grid(alphas, depths, 60, context)
    left = grid[:, :3].ravel()
    about = f"τ = 1/L, L^(−3/4), 1/√L at L = 8, 64, 128; largest ℓ(T)/ℓ(0) {left.max():.2g}"
    data = {"alphas": list(alphas), "depths": list(depths), "share": grid.tolist()}
    return Followed(left, np.full(len(left), 0.5), "<=", 0.0, about, data)


def tau_one(context: Context) -> Followed:
    """τ = 1 from 64 blocks on; a loss that overflows counts as 1e12."""
    right = _grid((0.5, 0.0), (64, 128), 20, context)[:, 1]
    about = f"ℓ(T)/ℓ(0) at τ = 1: {', '.join(f'{v:.2g}' for v in right)}"
    return Followed(np.ones(2), np.minimum(right, 1e12), "<=", 0.0, about)


def _digits(critical: bool, context: Context) -> dict[str, list[float]]:
    """Loss curves on 100 digits or the user's own data, by depth; an overflow is kept as it is.

    A run that has not halved its loss yet goes on, to four times its number of steps.
    """
    data = load(context.data, 100) if context.data else digits(100, context.seed)
    x, y = (torch.as_tensor(v, device=context.device) for v in (data.x, data.y))
    curves: dict[str, list[float]] = {}
    for blocks, steps in {8: 60, 64: 40, 256: 20, 1000: 20}.items():
        g = context.generator(f"digits {blocks}")
        nets = networks([blocks**-0.5], x.shape[1], 64, blocks, g)
        eta = 1 / torch.linalg.eigvalsh(gram(nets, x))[:, -1]
        if not critical:
            if blocks < 64:
                continue
            nets = networks([1.0], x.shape[1], 64, blocks, context.generator(f"digits {blocks}"))
        losses: list[float] = []
        for k, loss in enumerate(descend(nets, x, y, eta, 4 * steps)):
            losses.append(float(loss[0]) if torch.isfinite(loss[0]) else OVERFLOW)
            if losses[-1] >= OVERFLOW or (k >= steps and losses[-1] <= losses[0] / 2):
                break
        curves[str(blocks)] = [v / losses[0] for v in losses]
    return curves


def deep(context: Context) -> Followed:
    """Full-batch gradient descent with η = 1/λ_max(G(0)), width 64, no normalisation layers."""
    curves = _digits(True, context)
    left = np.array([c[-1] for c in curves.values()])
    about = "100 digits; ℓ(T)/ℓ(0) by L " + ", ".join(f"{d}: {c[-1]:.3f}" for d, c in curves.items())
    return Followed(left, np.full(len(left), 0.5), "<=", 0.0, about, {"curves": curves})


def deep_tau_one(context: Context) -> Followed:
    """The same networks and steps with τ = 1."""
    curves = _digits(False, context)
    right = np.array([min(c[-1], 1e12) for c in curves.values()])
    seen = ", ".join(
        f"{d}: {'not finite' if c[-1] * 1.0 >= 1e100 else f'{c[-1]:.3g}'} at step {len(c) - 1}"
        for d, c in curves.items()
    )
    return Followed(np.ones(len(right)), right, "<=", 0.0, f"ℓ(T)/ℓ(0) by L {seen}", {"curves": curves})


def normalised(context: Context) -> Followed:
    """Digits in ten classes, 300 to train and 500 to test: accuracy after 25 steps, best of two step sizes."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    order = context.rng("digits").permutation(len(pixels))[:800]
    x = torch.as_tensor((pixels[order] - pixels.mean(0)) / 16, device=context.device)
    y = torch.as_tensor(labels[order], dtype=torch.long, device=context.device)
    table: dict[str, list[float]] = {"1": [], "sqrt": []}
    depths = (64, 128)
    for blocks in depths:
        for name, tau in (("1", 1.0), ("sqrt", blocks**-0.5)):
            best = max(_accuracy(x, y, blocks, tau, rate, context) for rate in (0.02, 0.1))
            table[name].append(best)
    seen = ", ".join(f"{d}: {a:.3f} against {b:.3f}" for d, a, b in zip(depths, *table.values(), strict=True))
    return Followed(np.array(table["1"]), np.array(table["sqrt"]), "<=", 0.0, f"accuracy by L {seen}", table)


def _accuracy(x: Tensor, y: Tensor, blocks: int, tau: float, rate: float, context: Context) -> float:
    net = NormalisedNet(x.shape[1], 32, blocks, 10, tau, context.generator(f"normalised {blocks}"))
    optimiser = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9)
    for _ in range(25):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(net(x[:300]), y[:300]).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    with torch.no_grad():
        return float((net(x[300:]).argmax(1) == y[300:]).double().mean())
