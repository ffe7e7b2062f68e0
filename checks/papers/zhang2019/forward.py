"""Forward stability: one block with its whole matrix, growth over blocks, failures, and the band of norms."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from checks.context import Context
from checks.papers.zhang2019.common import evaluated
from checks.readings import Compared, Means, Shares, Tried
from derivations.papers.zhang2019 import concentration
from derivations.papers.zhang2019 import forward as claims
from derivations.papers.zhang2019.headline import agreement
from derivations.papers.zhang2019.notation import L, m, tau
from numerics.models.zhang2019 import forward, networks
from numerics.stability import log_growth

WIDTH = 512
FAILURES = {8: 30, 16: 30, 32: 30}
"""Widths at which failures are counted, and the number of blocks."""


def layer(lower: bool, context: Context) -> Compared:
    """E‖φ(h + τWh)‖² over 2,048 pairs W, −W, for τ from 1/64 to 8 and two unit vectors h.

    One h is a vector after a ReLU. The other is far from where the bound is attained: with all entries equal for the
    lower bound, which is attained where most are 0; with one entry for the upper one, which is attained where all are
    large.
    """
    width, pairs = 24, 2048
    g = context.generator("layer")
    steps = 2.0 ** np.arange(-6, 4)
    after = torch.randn(width, generator=g, dtype=torch.float64, device=g.device).relu_()
    other = torch.ones_like(after) if lower else torch.eye(width, dtype=torch.float64, device=g.device)[0]
    grown = []
    for h in (after / after.norm(), other / other.norm()):
        W = torch.randn(pairs, width, width, generator=g, dtype=torch.float64, device=g.device) / width**0.5
        noise = W @ h
        grown += [_mirrored_square(h, step * noise) for step in steps]
    means = Means(torch.stack(grown, dim=1).cpu().numpy(), law="normal")
    bound = np.tile(evaluated(claims.least if lower else claims.most, {tau: steps}), 2)
    about = f"{pairs} pairs of matrices of size {width}; E‖h‖² = 1 before the block"
    return Compared(bound, means, about=about) if lower else Compared(means, bound, about=about)


def _mirrored_square(h: Tensor, noise: Tensor) -> Tensor:
    """The mean of ‖φ(h + n)‖² and ‖φ(h − n)‖², in which noise of first order cancels."""
    return ((h + noise).relu_().square().sum(-1) + (h - noise).relu_().square().sum(-1)) / 2


def growth(lower: bool, context: Context) -> Compared:
    """Mean of ‖h_L‖²/‖h_0‖² over mirrored pairs for L to 1000, at τ about the critical one.

    From above the bound is e at τ = 1/√L and the growth falls short of it by 1/√L of that, more for a larger τ: at
    L = 1000 it is looked at for 2/√L alone, where fewer networks show it.
    """
    pairs = 64
    g = context.generator("growth")
    means, bounds, seen = [], [], []
    for blocks in (1, 10, 100, 1000):
        factors = (0.5, 1.0, 2.0) if lower else (1.0, 2.0) if blocks < 1000 else (2.0,)
        steps = np.array(factors) * blocks**-0.5
        ratios = log_growth(steps.tolist(), blocks, WIDTH, 2 * pairs, g, mirrored=True).exp()
        mean = ratios.reshape(len(steps), 2, pairs).mean(1).cpu().numpy()
        means.append(mean.T)
        bounds.append(evaluated((claims.least if lower else claims.most) ** L, {tau: steps, L: float(blocks)}))
        seen.append(f"{blocks}: {', '.join(f'{v:.3f}' for v in mean.mean(1))}")
    side, bound = Means(np.concatenate(means, axis=1), law="normal"), np.concatenate(bounds)
    about = f"{pairs} pairs of networks of width {WIDTH}; E‖h_L‖²/‖h_0‖² by L {'; '.join(seen)}"
    return Compared(bound, side, about=about) if lower else Compared(side, bound, about=about)


def failures(context: Context) -> Compared:
    """How often max_l ‖h_l‖² ≥ e²‖h_0‖² against e^{mψ(L)}."""
    trials = 20000
    events, bounds, rows = [], [], []
    for width, blocks in FAILURES.items():
        g = context.generator(f"failures {width}")
        path = log_growth([blocks**-0.5], blocks, width, trials, g, path=True)[:, 0]
        events.append(int((path.max(0).values >= 2).sum()))
        bounds.append(float(evaluated(concentration.chernoff, {m: float(width), L: float(blocks)})))
        rows.append({"m": width, "L": blocks, "failures": events[-1], "bound": bounds[-1]})
    seen = ", ".join(f"m = {r['m']}: {r['failures']}/{trials} ≤ {r['bound']:.2g}" for r in rows)
    data = {"rows": rows, "trials": trials}
    return Compared(Shares(np.array(events), trials), np.array(bounds), about=seen, data=data)


def band(context: Context) -> Tried:
    """Trials of n = 20 inputs each, taken as independent networks: the chance of one leaving the band is no smaller."""
    trials, n, m, blocks = 500, 20, 256, 100
    g = context.generator("band")
    failed = 0
    for _ in range(10):
        path = log_growth([blocks**-0.5], blocks, m, trials * n // 10, g, path=True)[:, 0]
        outside = (path >= 2).any(0) | (path <= -np.log(2)).any(0)
        failed += int(outside.reshape(-1, n).any(1).sum())
    return Tried(failed, trials, f"m = {m}, L = {blocks}, n = {n}")


def full_network(context: Context) -> Compared:
    """Networks with all weights on a unit input, against the conditional simulation."""
    width, trials, at_once = 16, 5000, 500
    left, right = [], []
    for blocks in (4, 32):
        g = context.generator(f"full {blocks}")
        x = torch.nn.functional.normalize(torch.randn(1, 16, generator=g, dtype=torch.float64, device=g.device))
        logs = []
        for _ in range(trials // at_once):
            hidden = forward(networks([blocks**-0.5] * at_once, 16, width, blocks, g), x).hidden
            logs.append((hidden[blocks].square().sum((1, 2)) / hidden[0].square().sum((1, 2))).log())
        left.append(torch.cat(logs).cpu().numpy())
        right.append(log_growth([blocks**-0.5], blocks, width, trials, g)[0].cpu().numpy())
    about = f"networks of width {width} at L = 4, 32"
    return Compared(
        Means(np.array(left).T, law="normal"),
        Means(np.array(right).T, law="normal"),
        "=",
        about=about,
        margin=float(evaluated(agreement, {})),
    )
