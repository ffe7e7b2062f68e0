"""Forward stability of residual blocks h_l = φ(h_{l−1} + τ W_l h_{l−1}), by conditional simulation.

W_l is drawn independently in every block and multiplies only one vector, so that given h the vector W_l h is exactly
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
    """Draw h_0 = φ(Ax) for a unit input x and divide it by its root mean square.

    Args:
        trials: The number of independent networks, at least 1.
        width: The number of hidden units m, at least 1.
        generator: A torch generator, or one for each network.
        dtype: The floating-point type.

    Returns:
        A tensor of shape (trials, width); each row has mean square 1.

    Raises:
        ArgumentError: trials or width is less than 1.
        TooLarge: The tensor does not fit into memory.

    Example:
        >>> import torch
        >>> from numerics.stability import start
        >>> h = start(3, 100, torch.Generator().manual_seed(0))
        >>> h.square().mean(-1).round(decimals=9).tolist()
        [1.0, 1.0, 1.0]
    """
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
    """Simulate log(‖h_L‖²/‖h_0‖²) over L residual blocks for each scale τ.

    All τ share the same Gaussians, and trials are independent. With `mirrored`, the second half of the trials takes the
    starts of the first half and the negatives of its Gaussians: the mean of such a pair has no noise of first order in
    τ.

    Args:
        taus: The scales τ of the residual branches.
        blocks: The number of blocks L, from 1 to 10⁸.
        width: The number of hidden units m, at least 1.
        trials: The number of networks, at least 1, even if `mirrored`.
        generator: A torch generator, or one for each network.
        path: Whether to return the value after every block.
        mirrored: Whether the trials come in mirrored pairs.
        precision: The number format of the hidden vectors; sums and logarithms are float64.
        trace: Records what a lower precision would round; everything is then computed in float64.

    Returns:
        A float64 tensor of shape (len(taus), trials); with `path`, of shape (blocks, len(taus), trials). It is −∞ where
        all units of a narrow network died.

    Raises:
        ArgumentError: blocks, width or trials is less than 1, or the number of mirrored trials is odd.
        TooLarge: The simulation does not fit into memory.

    Source:
        Zhang, Yu, Yi, Chen and Liu 2019 (arXiv:1903.07120).

    Example:
        >>> import torch
        >>> from numerics.stability import log_growth
        >>> growth = log_growth([0.1, 1.0], 20, 64, 8, torch.Generator().manual_seed(0))
        >>> growth.shape, bool(growth[1].mean() > growth[0].mean())
        (torch.Size([2, 8]), True)
    """
    if mirrored and trials % 2:
        raise ArgumentError(f"mirrored trials come in pairs, but {trials} is odd")
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
    # as a separate array: h_0 is what was stored, with its rounding
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
    """The growth of hidden vectors over exponents α and depths L.

    Attributes:
        alphas: The exponents, of shape (a,).
        depths: The depths, of shape (l,).
        mean: The mean of log(‖h_L‖²/‖h_0‖²) over trials, of shape (a, l).
        error: Its standard error, of shape (a, l); NaN for a single trial.
    """

    alphas: Array
    depths: NDArray[np.int64]
    mean: Array
    error: Array


@taking(ArgumentError, alphas=reals, depths=wholes(1, MOST_LAYERS), width=whole(1), trials=whole(1), generator=draws)
def phase_diagram(
    alphas: Sequence[float], depths: Sequence[int], width: int, trials: int, generator: torch.Generator
) -> PhaseDiagram:
    """Measure the growth of hidden vectors for τ = L^(−α) over exponents α and depths L.

    Args:
        alphas: The exponents α.
        depths: The depths L, each from 1 to 100,000.
        width: The number of hidden units, at least 1.
        trials: The number of networks, at least 1.
        generator: A torch generator.

    Returns:
        A `PhaseDiagram` with arrays of shape (len(alphas), len(depths)).

    Raises:
        ArgumentError: A depth, width or number of trials is out of range.

    Source:
        Zhang, Yu, Yi, Chen and Liu 2019 (arXiv:1903.07120).

    Example:
        >>> import torch
        >>> from numerics.stability import phase_diagram
        >>> diagram = phase_diagram([0.25, 0.75], [4, 16], 32, 8, torch.Generator().manual_seed(0))
        >>> diagram.mean.shape, bool(diagram.mean[0, 1] > diagram.mean[1, 1])
        ((2, 2), True)
    """
    mean, error = np.empty((2, len(alphas), len(depths)))
    for j, depth in enumerate(depths):
        found = log_growth([float(depth) ** -a for a in alphas], depth, width, trials, generator).cpu().numpy()
        mean[:, j] = found.mean(1)
        error[:, j] = found.std(1, ddof=1) / np.sqrt(trials) if trials > 1 else np.nan
    return PhaseDiagram(np.asarray(alphas, dtype=float), np.asarray(depths, dtype=np.int64), mean, error)
