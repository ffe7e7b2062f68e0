"""Backward stability: gradients by autograd, products of blocks, and the gradients of all blocks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from checks.context import Context
from checks.papers.zhang2019.common import centred, evaluated
from checks.readings import Compared, Differentiated, Means, Scaled
from derivations.papers.zhang2019 import gradients as claims
from derivations.papers.zhang2019 import notation as n
from derivations.papers.zhang2019.forward import most
from numerics.curvature import spectral_norm
from numerics.data import sphere
from numerics.machine.arrays import as_numpy
from numerics.models.zhang2019 import Networks, block_gradient_norms, forward, networks


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
    """The mean of ‖D_l(I + τW_l)⋯v‖² over k vectors v after every block, for one input x and v of shape (R, m, k)."""
    hidden = forward(nets, x).hidden
    found = []
    for l, W in enumerate(nets.blocks, start=1):  # noqa: E741
        v = (v + nets.tau[:, None, None] * (W @ v)) * (hidden[l][:, 0] > 0)[..., None]
        found.append(v.square().sum(1).mean(-1))
    return found


def growth(context: Context) -> Compared:
    """E‖(∂h_b/∂h_a)v‖²/‖v‖² over 100 networks, at τ = 1/√L and half and twice that.

    A trial is the mean over 16 random directions v of one network: for a single v the logarithm is skewed by the
    masks, so that no law of the trials could be stated.
    """
    m, trials, at_once, directions = 48, 100, 10, 16  # 512 blocks of 100 networks would be 940 MB
    factors = (0.5, 1.0, 2.0)
    left, right = [], []
    for blocks in (8, 64, 512):
        g = context.generator(f"product {blocks}")
        x = torch.nn.functional.normalize(torch.randn(1, 8, generator=g, dtype=torch.float64, device=g.device))
        grown: list[list[Tensor]] = [[] for _ in factors]
        for _ in range(trials // at_once):
            drawn = networks([1.0] * at_once, 8, m, blocks, g)
            v = torch.randn(at_once, m, directions, generator=g, dtype=torch.float64, device=g.device)
            v = torch.nn.functional.normalize(v, dim=1)
            for found, factor in zip(grown, factors, strict=True):
                after = _products(replace(drawn, tau=factor * blocks**-0.5 * drawn.tau), x, v)
                found.append(torch.stack([after[blocks // 2 - 1], after[blocks - 1]]))
        for found, factor in zip(grown, factors, strict=True):
            left.append(torch.cat(found, dim=1).cpu().numpy())
            passed = np.array([blocks // 2, blocks], dtype=float)
            right.append(evaluated(most**claims.passed, {n.tau: factor * blocks**-0.5, claims.passed: passed}))
    about = f"networks of width {m}, L = 8, 64, 512"
    return Compared(Means(np.concatenate(left).T, law="lognormal"), np.concatenate(right), about=about)


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


def _spectral(alpha: float, blocks: int, width: int, seeds: int, context: Context) -> list[float]:
    """‖∂h_L/∂h_0‖ of networks at one input, τ = L^{−α}."""
    g = context.generator(f"spectral {alpha} {blocks}")
    x = torch.nn.functional.normalize(torch.randn(1, 8, generator=g, dtype=torch.float64, device=g.device))
    drawn = (networks([blocks**-alpha], 8, width, blocks, g) for _ in range(seeds))
    return [product_norm(nets, x, 0, context.seed + r) for r, nets in enumerate(drawn)]


def spectral(context: Context) -> Scaled:
    """The spectral norm of the whole product at τ = 1/√L, L = 32 … 256, width 128."""
    depths, seeds = (32, 64, 128, 256), 8
    norms = [_spectral(0.5, blocks, 128, seeds, context) for blocks in depths]
    about = f"width 128; mean {np.mean(norms):.3f}"
    return Scaled(np.repeat(np.array(depths, dtype=float), seeds), np.concatenate(norms), about)


def explodes(context: Context) -> Compared:
    """Logarithms of the spectral norm at τ = L^{−1/4}, against half the exponent of the forward growth."""
    depths, seeds = np.array([16, 64, 256]), 12
    logs = np.log([_spectral(0.25, int(blocks), 64, seeds, context) for blocks in depths])
    bound = evaluated(claims.exploding, {n.L: depths.astype(float)})
    seen = ", ".join(f"{d}: {a:.2f} above {b:.2f}" for d, a, b in zip(depths, logs.mean(1), bound, strict=True))
    return Compared(bound, Means(logs.T, law="normal", separate=True), about=f"width 64; means by L {seen}")


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


def gradient_even(context: Context) -> Compared:
    """log ‖∂f/∂W_l‖² of every block beside its mean over the blocks of the same network, τ = 1/√L."""
    trials, at_once = 192, 16
    left, right, seen = [], [], []
    for blocks in (16, 64, 128):
        g = context.generator(f"even {blocks}")
        x = torch.as_tensor(sphere(1, 16, context.seed).x, device=context.device)
        drawn = (networks([blocks**-0.5] * at_once, 16, 48, blocks, g) for _ in range(trials // at_once))
        logs = torch.cat([block_gradient_norms(nets, x)[..., 0] for nets in drawn], dim=1).square().log().cpu().numpy()
        left.append(logs)
        right.append(np.broadcast_to(logs.mean(0), logs.shape))
        seen.append(f"{blocks}: {np.ptp(logs.mean(1)):.2f}")
    each, whole = (Means(np.concatenate(side).T, law="normal") for side in (left, right))
    about = f"networks of width 48; largest less smallest mean logarithm by L {', '.join(seen)}"
    return Compared(each, whole, "=", about=about, margin=float(evaluated(claims.even, {})), paired=True)
