"""Forward stability of residual blocks h_l = φ(h_{l−1} + τ W_l h_{l−1}), by conditional simulation.

W_l is drawn afresh in every block and met by one vector alone, so that given h the vector W_l h is exactly
N(0, ‖h‖²I/m): one Gaussian vector a layer instead of a matrix. Norms are divided out and kept as logarithms,
so that no depth and no τ overflows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from derivations.arguments import ArgumentError, flag, taking, whole
from numerics.arguments import MOST_LAYERS, draws, reals, wholes
from numerics.machine.draws import Draws, ahead, device_of, fill, normals
from numerics.machine.launches import recorded
from numerics.machine.memory import require
from numerics.machine.precision import FLOAT64, Precision, Trace, noted

Array = NDArray[np.float64]

MOST_BLOCKS = 10**8
"""Blocks that are simulated one after another."""


@taking(ArgumentError, trials=whole(1), width=whole(1), generator=draws)
def start(trials: int, width: int, generator: Draws, dtype: torch.dtype = torch.float64) -> Tensor:
    """h_0 = φ(Ax) of a unit input, divided by its root mean square; shape (trials, width)."""
    require(32.0 * trials * width, f"{trials} networks of width {width}", "take fewer")
    first = normals((trials, width), generator, dtype).relu_()
    return first / first.square().mean(-1, keepdim=True).sqrt()


@taking(
    ArgumentError,
    taus=reals,
    blocks=whole(1),
    width=whole(1),
    trials=whole(1),
    generator=draws,
    path=flag,
    mirrored=flag,
)
def log_growth(
    taus: Sequence[float],
    blocks: int,
    width: int,
    trials: int,
    generator: Draws,
    *,
    path: bool = False,
    mirrored: bool = False,
    precision: Precision = FLOAT64,
    trace: Trace | None = None,
) -> Tensor:
    """log ‖h_L‖²/‖h_0‖² for each τ and trial, shape (len(taus), trials); with `path` after every block, in front.

    The τs share their Gaussians; trials are independent, unless `mirrored`: then the second half of the trials takes
    the first half's starts and the negatives of its Gaussians, so that the mean of a pair is free of the noise of
    first order in τ. −∞ where every entry of a narrow network died. Hidden vectors are of the given precision, sums
    and logarithms float64; with a `trace` all is, and what would be rounded is noted.
    Raises ValueError for no block, width or trial, and for an odd number of mirrored trials.
    """
    if mirrored and trials % 2:
        raise ArgumentError(f"mirrored trials come in pairs, {trials} is odd")
    drawn = trials // 2 if mirrored else trials
    if min(blocks, width, trials) < 1:
        raise ArgumentError(f"blocks, width and trials must be at least 1, not {blocks}, {width}, {trials}")
    if blocks > MOST_BLOCKS:
        raise ArgumentError(f"log_growth: blocks = {blocks}: at most {MOST_BLOCKS}")
    kept = len(taus) * trials * (blocks if path else width)
    require(40.0 * kept, f"{trials} networks of width {width}", "take fewer")
    if not precision.exact:
        if path:
            raise ArgumentError("paths are kept in float64 only")
        return _rounded_growth(taus, blocks, width, drawn, generator, mirrored, precision, trace)
    tau = torch.tensor(list(taus), dtype=torch.float64, device=device_of(generator))[:, None, None]
    first = start(drawn, width, generator)
    h = (torch.cat([first, first]) if mirrored else first).expand(len(tau), trials, width).contiguous()
    total = h.new_zeros(len(tau), trials)
    square = torch.empty_like(total)
    at_once = 1 if path else min(blocks, ahead(drawn, width, generator))
    noise = h.new_empty(trials, at_once, width)

    def advance(count: int) -> None:
        for k in range(count):
            torch.linalg.vector_norm(h.addcmul_(tau, noise[:, k]).relu_(), dim=-1, out=square)
            square.square_().div_(width)
            total.add_(square.log())
            h.div_(square.sqrt_().clamp_min_(torch.finfo(h.dtype).tiny)[..., None])

    together = recorded(partial(advance, at_once), h.device)
    seen = []
    for done in range(0, blocks, at_once):
        count = min(at_once, blocks - done)
        fill(noise[:drawn, :count], generator)
        if mirrored:
            torch.neg(noise[:drawn, :count], out=noise[drawn:, :count])
        together() if count == at_once else advance(count)
        if path:
            seen.append(total.clone())
    return torch.stack(seen) if path else total


def _rounded_growth(
    taus: Sequence[float],
    blocks: int,
    width: int,
    drawn: int,
    generator: Draws,
    mirrored: bool,
    precision: Precision,
    trace: Trace | None,
) -> Tensor:
    """The same with hidden vectors of lower precision, or with their roundings noted."""
    dtype = precision.dtype if trace is None else torch.float64
    tau = torch.tensor(list(taus), dtype=torch.float64, device=device_of(generator)).to(dtype)[:, None, None]
    tau = noted(trace, tau, tau.abs, 1)
    first = normals((drawn, width), generator, precision.dtype).to(dtype).relu_()
    # as an array of its own: h_0 is what was stored, whatever its rounding
    first = first / first.double().square().mean(-1, keepdim=True).sqrt().to(dtype)
    first = noted(trace, first, first.abs, 3)
    h = (torch.cat([first, first]) if mirrored else first)[None]
    total = torch.zeros((), dtype=torch.float64, device=h.device)
    at_once = ahead(drawn, width, generator)
    for k in range(blocks):
        if k % at_once == 0:
            vectors = normals((drawn, min(at_once, blocks - k), width), generator, precision.dtype)
        noise = vectors[:, k % at_once].to(dtype)
        if mirrored:
            noise = torch.cat([noise, -noise])
        before, pushed = h, torch.addcmul(h, tau, noise)
        h = noted(trace, pushed, lambda b=before, n=noise: b.detach().abs() + (tau * n).detach().abs(), 2).relu()
        entries = h * h
        square = noted(trace, entries, entries.abs, 1).sum(-1, dtype=torch.float64) / width
        total = total + square.log()
        norm = square.sqrt().clamp_min(torch.finfo(torch.float32).tiny).to(dtype)[..., None]
        h = h / noted(trace, norm, norm.abs, 1)
        h = noted(trace, h, h.abs, 1)
    return total


@dataclass(frozen=True)
class PhaseDiagram:
    """Mean of log ‖h_L‖²/‖h_0‖² and its standard error over trials, shape (len(alphas), len(depths))."""

    alphas: Array
    depths: NDArray[np.int64]
    mean: Array
    error: Array


@taking(ArgumentError, alphas=reals, depths=wholes(1, MOST_LAYERS), width=whole(1), trials=whole(1), generator=draws)
def phase_diagram(
    alphas: Sequence[float], depths: Sequence[int], width: int, trials: int, generator: torch.Generator
) -> PhaseDiagram:
    """Growth over (α, L) for τ = L^{−α}."""
    mean, error = np.empty((2, len(alphas), len(depths)))
    for j, depth in enumerate(depths):
        found = log_growth([float(depth) ** -a for a in alphas], depth, width, trials, generator).cpu().numpy()
        mean[:, j] = found.mean(1)
        error[:, j] = found.std(1, ddof=1) / np.sqrt(trials) if trials > 1 else np.nan
    return PhaseDiagram(np.asarray(alphas, dtype=float), np.asarray(depths, dtype=np.int64), mean, error)
