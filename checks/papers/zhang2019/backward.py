"""Backward stability: gradients by autograd, products of blocks, and what the vanilla network does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from checks.context import Context
from checks.papers.zhang2019.common import FALSE_ALARM, centred
from checks.readings import Differentiated, Followed, Scaled
from derivations.papers.zhang2019 import notation as n
from numerics.curvature import spectral_norm
from numerics.data import sphere
from numerics.machine.arrays import as_numpy
from numerics.models.zhang2019 import Networks, block_gradient_norms, forward, gram, networks
from numerics.statistics import mean_interval


def gradient(blocks: int, which: int, context: Context) -> Differentiated:
    """∂f/∂W of one network of width 40 at one input: weight 0 is A, then the blocks, then W_L."""
    p, m = 9, 40
    g = context.generator(f"gradient {blocks} {which}")
    nets = networks([0.7], p, m, blocks, g)
    x = torch.randn(1, p, generator=g, dtype=torch.float64, device=g.device)
    leaf = nets.A if which == 0 else nets.last if which == blocks + 1 else nets.blocks
    leaf.requires_grad_(True)
    (measured,) = torch.autograd.grad(forward(nets, x).f.sum(), leaf)
    chosen = measured[which - 1, 0] if leaf is nets.blocks else measured[0]
    values: dict[Any, Any] = {n.A: as_numpy(nets.A[0]), n.x: as_numpy(x[0]), n.last: as_numpy(nets.last[0])}
    values |= {n.b: as_numpy(nets.b[0]), n.tau: 0.7, n.m: float(m)}
    values |= {n.block_weights(l + 1): as_numpy(W[0]) for l, W in enumerate(nets.blocks)}  # noqa: E741
    return Differentiated(values, as_numpy(chosen), m * (blocks + 2), f"one network, p = {p}, m = {m}, {blocks} blocks")


def block(by: str, context: Context) -> Differentiated:
    """One residual block of width 40 by its weights or its input."""
    m, tau = 40, 0.3
    g = context.generator(f"block {by}")
    W, h, b = (torch.randn(*s, generator=g, dtype=torch.float64, device=g.device) for s in ((m, m), (m,), (m,)))
    leaf = (W if by == "weights" else h).requires_grad_(True)
    (measured,) = torch.autograd.grad(b @ (h + tau * W @ h).relu(), leaf)
    values = {n.W: as_numpy(W), n.h: as_numpy(h), n.b: as_numpy(b), n.tau: tau, n.m: float(m)}
    return Differentiated(values, as_numpy(measured), 4 * m, f"one block, m = {m}")


def _products(nets: Networks, x: Tensor, v: Tensor) -> list[Tensor]:
    """‖D_l(I + τW_l)⋯v‖² after every block, for one input x and a fixed v (R, m)."""
    hidden = forward(nets, x).hidden
    found = []
    for l, W in enumerate(nets.blocks, start=1):  # noqa: E741
        v = (v + nets.tau[:, None] * (W @ v[..., None])[..., 0]) * (hidden[l][:, 0] > 0)
        found.append(v.square().sum(-1))
    return found


def growth(context: Context) -> Followed:
    """E‖(∂h_b/∂h_a)v‖²/‖v‖² over 100 networks, at τ = 1/√L and half and twice that."""
    m, trials, at_once = 48, 100, 10  # 512 blocks of 100 networks would be 940 MB
    factors = (0.5, 1.0, 2.0)
    left, right = [], []
    for blocks in (8, 64, 512):
        g = context.generator(f"product {blocks}")
        x = torch.nn.functional.normalize(torch.randn(1, 8, generator=g, dtype=torch.float64, device=g.device))
        grown: list[list[Tensor]] = [[] for _ in factors]
        for _ in range(trials // at_once):
            drawn = networks([1.0] * at_once, 8, m, blocks, g)
            v = torch.nn.functional.normalize(
                torch.randn(at_once, m, generator=g, dtype=torch.float64, device=g.device)
            )
            for found, factor in zip(grown, factors, strict=True):
                after = _products(replace(drawn, tau=factor * blocks**-0.5 * drawn.tau), x, v)
                found.append(torch.stack([after[blocks // 2 - 1], after[blocks - 1]]))
        for found, factor in zip(grown, factors, strict=True):
            mean, half = mean_interval(torch.cat(found, dim=1).cpu().numpy(), FALSE_ALARM / 18)
            left += (mean - half).tolist()
            growing = 1 + factor**2 / blocks
            right += [growing ** (blocks // 2), growing**blocks]
    about = f"{trials} networks of width {m}, L = 8, 64, 512"
    return Followed(np.array(left), np.array(right), "<=", 0.0, about)


def product_norm(nets: Networks, x: Tensor, run: int, seed: int) -> float:
    """‖∂h_L/∂h_0‖ of one network at one input, from products with vectors alone, to a relative 1e-6."""
    masks = [(h[run, 0] > 0).cpu().numpy() for h in forward(nets, x).hidden[1:-1]]
    weights, tau = nets.blocks[:, run].cpu().numpy(), float(nets.tau[run])
    m = weights.shape[-1]

    def onward(v: Any) -> Any:
        v = v.ravel()
        for W, mask in zip(weights, masks, strict=True):
            v = (v + tau * (W @ v)) * mask
        return v

    def back(v: Any) -> Any:
        v = v.ravel()
        for W, mask in zip(weights[::-1], masks[::-1], strict=True):
            v = v * mask
            v = v + tau * (v @ W)
        return v

    return spectral_norm(onward, back, (m, m), tol=1e-6, seed=seed)


def _spectral(alpha: float, depths: tuple[int, ...], seeds: int, context: Context) -> tuple[list[float], list[float]]:
    norms, forwards = [], []
    for blocks in depths:
        g = context.generator(f"spectral {alpha} {blocks}")
        x = torch.nn.functional.normalize(torch.randn(1, 8, generator=g, dtype=torch.float64, device=g.device))
        for r in range(seeds):
            nets = networks([blocks**-alpha], 8, 128, blocks, g)
            hidden = forward(nets, x).hidden
            norms.append(product_norm(nets, x, 0, context.seed + r))
            forwards += (hidden[blocks].norm(dim=-1) / hidden[0].norm(dim=-1)).flatten().tolist()
    return norms, forwards


def spectral(context: Context) -> Scaled:
    """The spectral norm of the whole product at τ = 1/√L, L = 32 … 256, width 128."""
    depths, seeds = (32, 64, 128, 256), 8
    norms, _ = _spectral(0.5, depths, seeds, context)
    about = f"width 128; mean {np.mean(norms):.3f}"
    return Scaled(np.repeat(np.array(depths, dtype=float), seeds), np.array(norms), about)


def explodes(context: Context) -> Followed:
    """The product and the forward growth at τ = L^{−1/4}."""
    depths = (16, 64, 256)
    norms, forwards = _spectral(0.25, depths, 3, context)
    about = f"spectral norms {', '.join(f'{v:.3g}' for v in norms[::3])} at L = {', '.join(map(str, depths))}"
    return Followed(np.array(forwards), np.array(norms), "<=", 1e-6 * max(norms), about)


def gradient_depth(context: Context) -> Scaled:
    """Root mean square of ‖∂f/∂W_l‖_F over all blocks and 10 inputs, at τ = 1/√L, L = 32 … 512."""
    depths, seeds, at_once = (32, 64, 128, 256, 512), 8, 2
    x = torch.as_tensor(sphere(10, 16, context.seed).x, device=context.device)
    found = []
    curves: dict[str, list[float]] = {}
    for blocks in depths:
        parts = []
        for part in range(seeds // at_once):
            g = context.generator(f"blocks {part}")  # A, b, W_L come first: the same at every depth
            parts.append(block_gradient_norms(networks([blocks**-0.5] * at_once, 16, 96, blocks, g), x))
        squares = torch.cat(parts, dim=1).square()
        found.append(squares.mean((0, 2)).sqrt().cpu().numpy())
        curves[str(blocks)] = squares.mean((1, 2)).sqrt().tolist()
    variable = np.repeat(np.array(depths, dtype=float), seeds)
    return Scaled(variable, centred(np.array(found)).ravel(), "width 96", data={"curves": curves})


def gradient_even(context: Context) -> Followed:
    """E‖∂f/∂W_l‖² over 60 networks, largest block against smallest; each mean within its confidence interval."""
    left, right, seen = [], [], []
    for blocks in (16, 64, 256):
        g = context.generator(f"even {blocks}")
        x = torch.as_tensor(sphere(1, 16, context.seed).x, device=context.device)
        parts = [block_gradient_norms(networks([blocks**-0.5] * 12, 16, 48, blocks, g), x) for _ in range(5)]
        squares = torch.cat(parts, dim=1)[..., 0].square().cpu().numpy()
        mean, half = mean_interval(squares, FALSE_ALARM / (3 * blocks))
        left.append(float((mean - half).max()))
        right.append(float(np.exp(2) * (mean + half).min()))
        seen.append(f"{blocks}: {mean.max() / mean.min():.2f}")
    return Followed(
        np.array(left), np.array(right), "<=", 0.0, f"60 networks; largest over smallest by L {', '.join(seen)}"
    )


def correlation(context: Context) -> Scaled:
    """1 − cos of the angle between two inputs after L vanilla layers of infinite width, by the ReLU kernel's map."""
    depths = 2 ** np.arange(13, 18)
    angle = np.arccos(np.array([0.0, 0.5, -0.5]))
    found = []
    for layer in range(1, int(depths[-1]) + 1):
        # 1 − κ(θ) without cancellation, then the angle again
        gap = (np.pi - angle) * (1 - np.cos(angle)) / np.pi - (np.sin(angle) - angle) / np.pi
        angle = 2 * np.arcsin(np.sqrt(gap / 2))
        if layer in depths:
            found.append(gap)
    limit = found[-1][0] * float(depths[-1]) ** 2
    about = f"L²(1 − ρ_L) = {limit:.4f} at L = {depths[-1]}, limit 9π²/2 = {4.5 * np.pi**2:.4f}, reached as log L/L"
    return Scaled(np.repeat(depths.astype(float), 3), np.concatenate(found), about, drift=0.005)


def conditioning(context: Context) -> Followed:
    """λ_max/λ_min of the Gram matrix of gradients, 8 inputs, width 128, means of 4 networks."""
    x = torch.as_tensor(sphere(8, 16, context.seed).x, device=context.device)
    table: dict[str, list[float]] = {"resnet": [], "vanilla": []}
    depths = (128, 256, 512)
    for blocks in depths:
        for name, residual in (("resnet", True), ("vanilla", False)):
            g = context.generator(f"conditioning {name} {blocks}")
            # one at a time: four networks of 512 blocks would be 270 MB, beside the four before them
            drawn = (networks([blocks**-0.5], 16, 128, blocks, g, residual) for _ in range(4))
            values = torch.cat([torch.linalg.eigvalsh(gram(nets, x)) for nets in drawn])
            table[name].append(float((values[:, -1] / values[:, 0]).log().mean().exp()))
    seen = ", ".join(f"{d}: {a:.3g} against {b:.3g}" for d, a, b in zip(depths, *table.values(), strict=True))
    data = {"depths": list(depths), **table}
    return Followed(np.array(table["resnet"]), np.array(table["vanilla"]), "<=", 0.0, f"cond G by L {seen}", data)
