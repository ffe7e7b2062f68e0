"""The phase diagram of τ = L^(−α), and how far finite depths move its exponents.

At infinite width an entry of h is a walk x ← max(x + τ s g, 0) with s² the mean of x². In the limit τ → 0 it is
Brownian motion reflected at 0, for which a block adds τ²s² to E x², so that s² grows by e^T, T = Lτ². A walk in steps
of size δ = τs stays below its limit by βδ wherever it has been reflected, β = −ζ(½)/√(2π) (Siegmund): it is the motion
that is reflected at −βδ, for which a block adds τ²s²(1 − βτ s q) to E x², with the density q of x at 0. From
h_0 = φ(g), scaled to E x² = 1, half of which is 0, it is, when s² = e^t and A = e^t − 1,
q = (A^{−1/2} + (A + 2)^{−1/2})/√(2π). With z = e^{t/2}

    log E‖h_L‖²/‖h_0‖² = T − τ F(T),  F(T) = 2β/√(2π)·(arcosh e^{T/2} + arsinh e^{T/2} − arsinh 1),

up to terms of relative order 1/L.
"""

from __future__ import annotations

import numpy as np
from scipy.special import zeta

from checks.context import Context
from checks.papers.zhang2019.common import evaluated
from checks.papers.zhang2019.forward import WIDTH
from checks.readings import Compared, Means, Scaled
from derivations.papers.zhang2019.headline import UNBOUNDED, least_logarithm
from derivations.papers.zhang2019.notation import L
from numerics.stability import log_growth, phase_diagram

ALPHAS = tuple(i / 20 for i in range(1, 21))
DEPTHS = tuple(2**k for k in range(1, 13))
TRIALS = 4
"""Networks of each point of the picture."""
SHIFT = float(-zeta(0.5) / np.sqrt(2 * np.pi))
"""β, the mean distance by which a Gaussian walk of steps of size one overshoots a far barrier."""


def overshoot(time: float) -> float:
    """F(T): the logarithm of the growth is T − τF(T), T = Lτ², to first order."""
    z = np.exp(time / 2)
    return float(2 * SHIFT / np.sqrt(2 * np.pi) * (np.arccosh(z) + np.arcsinh(z) - np.arcsinh(1)))


def drift(alpha: float, depth: int) -> float:
    """How far the exponent of depths from this one on may be from that of L → ∞, by the first order and 1/L.

    At α = ½ it is that of the growth, for α > ½ that of its logarithm. Both approach their limits more slowly the
    smaller the depth, so that the exponent between this depth and its double is the farthest.
    """

    def correction(size: float) -> float:
        time, step = size ** (1 - 2 * alpha), size**-alpha
        short = step * overshoot(time)
        return -short if alpha == 0.5 else float(np.log1p(-short / time))

    return abs(correction(2.0 * depth) - correction(depth)) / float(np.log(2)) + 1 / depth


def critical(context: Context) -> Scaled:
    """E‖h_L‖²/‖h_0‖² at τ = 1/√L for L = 64 … 4096, from mirrored pairs; the whole diagram for the picture."""
    g = context.generator("critical")
    depths = [64, 128, 256, 512, 1024, 2048, 4096]
    variable = np.repeat(np.array(depths, dtype=float), 8)
    found = []
    for d in depths:
        grown = log_growth([d**-0.5], d, WIDTH, 64, g, mirrored=True).exp()
        found.append(grown.reshape(2, 8, 4).mean((0, 2)).cpu().numpy())
    diagram = phase_diagram(ALPHAS, DEPTHS, WIDTH, TRIALS, context.generator("diagram"))
    data = {"alphas": list(ALPHAS), "depths": list(DEPTHS), "log_growth": diagram.mean.tolist()}
    about = f"width {WIDTH}, means of 4 pairs of networks; steps that overshoot 0 move the exponent"
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
    about = f"width 1024, means of {trials // 4} networks; steps that overshoot 0 move the exponent"
    return Scaled(variable, np.concatenate(found), about, drift=drift(alpha, depths[0]))


def unbounded(name: str, context: Context) -> Compared:
    """The mean logarithm of the growth at τ = L^{−α}, α < ½, against the Bernoulli bound, for L to 4096."""
    alpha = UNBOUNDED[name]
    g = context.generator(f"unbounded {name}")
    trials = 24
    depths = np.array([2**k for k in range(1, 13)])
    logs = [log_growth([d ** -float(alpha)], int(d), WIDTH, trials, g)[0].cpu().numpy() for d in depths.tolist()]
    bound = evaluated(least_logarithm(alpha), {L: depths.astype(float)})
    seen = f"mean {np.mean(logs[-1]):.4g}, bound {bound[-1]:.4g} at L = {depths[-1]}"
    data = {"depths": depths.tolist(), "bound": bound.tolist()}
    about = f"{trials} networks of width {WIDTH}; {seen}"
    return Compared(bound, Means(np.array(logs).T, law="normal", separate=True), about=about, data=data)
