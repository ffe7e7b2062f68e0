"""Forward stability: one block with its whole matrix, growth over blocks, failures, and the phase diagram.

Means are compared at a false-alarm rate of 1e-9 over all comparisons of a statement: the half-width of their
confidence intervals is on the side of the statement.
"""

from __future__ import annotations

import numpy as np
import torch

from checks.context import Context
from checks.papers.zhang2019.common import FALSE_ALARM
from checks.readings import Followed, Scaled, Tried
from derivations.papers.zhang2019.concentration import psi
from numerics.models.zhang2019 import forward, networks
from numerics.stability import log_growth, phase_diagram
from numerics.statistics import binomial_interval, mean_interval

WIDTH = 512
ALPHAS = tuple(i / 20 for i in range(1, 21))
DEPTHS = tuple(2**k for k in range(1, 13))
TRIALS = 20
OVERSHOOT = 0.63
"""By simulation of one coordinate at infinite width: 0.634, 0.629, 0.589 ± 0.04 at L = 64, 256, 1024."""
FAILURES = {8: 30, 16: 30, 32: 30}
"""Widths at which failures are counted, and the number of blocks."""


def layer(lower: bool, context: Context) -> Followed:
    """E‖φ(h + τWh)‖² over 4,096 matrices, for τ from 1/64 to 8 and hidden vectors from even to concentrated."""
    m, draws = 24, 4096
    g = context.generator("layer")
    taus = 2.0 ** np.arange(-6, 4)
    left, right = [], []
    for power in (0.0, 1.0, 4.0, 16.0):
        h = torch.rand(m, generator=g, dtype=torch.float64, device=g.device) ** power
        h /= h.norm()
        W = torch.randn(draws, m, m, generator=g, dtype=torch.float64, device=g.device) / m**0.5
        noise = W @ h
        for tau in taus:
            grown = (h + tau * noise).relu_().square().sum(-1).cpu().numpy()
            mean, half = mean_interval(grown, FALSE_ALARM / 40)
            left.append(1 + tau**2 / 2 if lower else float(mean - half))
            right.append(float(mean + half) if lower else 1 + tau**2)
    about = f"{draws} matrices of size {m} each; E‖h‖² = 1 before the block"
    return Followed(np.array(left), np.array(right), "<=", 0.0, about)


def growth(lower: bool, context: Context) -> Followed:
    """Mean of ‖h_L‖²/‖h_0‖² for L to 1000 and τ about the critical one."""
    trials = 100
    g = context.generator("growth")
    left, right, seen = [], [], []
    for blocks in (1, 10, 100, 1000):
        taus = [blocks**-0.5, 0.5 * blocks**-0.5, 1.5 * blocks**-0.5, blocks**-0.75]
        ratios = log_growth(taus, blocks, WIDTH, trials, g).exp().cpu().numpy()
        mean, half = mean_interval(ratios, FALSE_ALARM / 16)
        for tau, value, width in zip(taus, mean, half, strict=True):
            left.append((1 + tau**2 / 2) ** blocks if lower else value - width)
            right.append(value + width if lower else (1 + tau**2) ** blocks)
        seen.append(f"{blocks}: {mean[0]:.3f}")
    about = f"{trials} networks of width {WIDTH}; E‖h_L‖²/‖h_0‖² at τ = 1/√L by L {', '.join(seen)}"
    return Followed(np.array(left), np.array(right), "<=", 0.0, about)


def failures(context: Context) -> Followed:
    """How often max_l ‖h_l‖² ≥ e²‖h_0‖², with exact binomial limits, against e^{mψ(L)}."""
    trials = 20000
    left, right, rows = [], [], []
    for m, blocks in FAILURES.items():
        g = context.generator(f"failures {m}")
        path = log_growth([blocks**-0.5], blocks, m, trials, g, path=True)[:, 0]
        failed = int((path.max(0).values >= 2).sum())
        found = binomial_interval(failed, trials, FALSE_ALARM / len(FAILURES))
        bound = float(np.exp(m * psi(blocks)))
        left.append(found.low)
        right.append(bound)
        rows.append({"m": m, "L": blocks, "failures": failed, "low": found.low, "high": found.high, "bound": bound})
    seen = ", ".join(f"m = {r['m']}: {r['failures']}/{trials} ≤ {r['bound']:.2g}" for r in rows)
    return Followed(np.array(left), np.array(right), "<=", 0.0, seen, {"rows": rows, "trials": trials})


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


def drift(alpha: float, depth: int) -> float:
    """Of the exponent from this depth on: relative corrections of order 1/√L at α = ½, of √(Lτ²) above.

    At α = ½ a coordinate is a walk reflected at 0, which in steps stays below its limit by a share of a step: the
    growth is e(1 − OVERSHOOT/√L), and its logarithm has the slope OVERSHOOT/(2(√L − OVERSHOOT)) in log L.
    """
    if alpha == 0.5:
        return float(OVERSHOOT / 2 / (depth**0.5 - OVERSHOOT))
    return float(0.06 * (depth / 32) ** (0.5 - alpha))


def critical(context: Context) -> Scaled:
    """E‖h_L‖²/‖h_0‖² at τ = 1/√L for L = 64 … 4096; the whole diagram for the picture."""
    g = context.generator("critical")
    depths = [64, 128, 256, 512, 1024, 2048, 4096]
    variable = np.repeat(np.array(depths, dtype=float), 4)
    found = [log_growth([d**-0.5], d, WIDTH, 32, g).exp().reshape(4, 8).mean(1).cpu().numpy() for d in depths]
    diagram = phase_diagram(ALPHAS, DEPTHS, WIDTH, TRIALS, context.generator("diagram"))
    data = {"alphas": list(ALPHAS), "depths": list(DEPTHS), "log_growth": diagram.mean.tolist()}
    about = f"width {WIDTH}, means of 8 networks; steps that overshoot 0 move the exponent"
    return Scaled(variable, np.concatenate(found), about, data=data, drift=drift(0.5, depths[0]))


def vanishing(alpha: float, context: Context) -> Scaled:
    """log E‖h_L‖²/‖h_0‖² at τ = L^{−α}, α > ½, from mirrored pairs, in which the noise 2τξ/√m cancels."""
    g = context.generator(f"vanishing {alpha}")
    depths = [32, 48, 64, 96, 128, 192]
    trials = 64
    variable = np.repeat(np.array(depths, dtype=float), 4)
    found = []
    for d in depths:
        sums = log_growth([d**-alpha], d, 1024, trials, g, mirrored=True)
        found.append(sums.exp().reshape(2, 4, trials // 8).mean((0, 2)).log().cpu().numpy())
    about = f"width 1024, means of {trials // 4} networks; corrections of relative order √(Lτ²) move the exponent"
    return Scaled(variable, np.concatenate(found), about, drift=0.06)


def unbounded(alpha: float, context: Context) -> Followed:
    """Growth at τ = L^{−α}, α < ½, against the Bernoulli bound, for L to 4096."""
    g = context.generator(f"unbounded {alpha}")
    depths = [2**k for k in range(1, 13)]
    left, right = [], []
    for d in depths:
        logs = log_growth([d**-alpha], d, WIDTH, TRIALS, g)[0].cpu().numpy()
        mean, half = mean_interval(logs, FALSE_ALARM / len(depths))
        left.append(1 + d ** (1 - 2 * alpha) / 2)
        right.append(float(np.exp(mean + half)))
    top = f"E‖h_L‖² ≥ exp E log‖h_L‖² = {np.exp(mean):.4g} at L = {depths[-1]}"
    data = {"depths": depths, "bound": left}
    return Followed(np.log(left), np.log(right), "<=", 0.0, f"{TRIALS} networks of width {WIDTH}; {top}", data)


def full_network(context: Context) -> Followed:
    """Networks with all weights on a unit input, against the conditional simulation."""
    m, trials = 64, 200
    left, right = [], []
    for blocks in (4, 16, 64):
        g = context.generator(f"full {blocks}")
        taus = [blocks**-0.5] * trials
        nets = networks(taus, 16, m, blocks, g)
        x = torch.nn.functional.normalize(torch.randn(1, 16, generator=g, dtype=torch.float64, device=g.device))
        hidden = forward(nets, x).hidden
        full = (hidden[blocks].square().sum((1, 2)) / hidden[0].square().sum((1, 2))).log().cpu().numpy()
        drawn = log_growth([blocks**-0.5], blocks, m, trials, g)[0].cpu().numpy()
        (a, da), (b, db) = (mean_interval(logs, FALSE_ALARM / 6) for logs in (full, drawn))
        left.append(abs(float(a - b)))
        right.append(float(da + db))
    about = f"{trials} networks of width {m}; differences {', '.join(f'{d:.3f}' for d in left)}"
    return Followed(np.array(left), np.array(right), "<=", 0.0, about)
