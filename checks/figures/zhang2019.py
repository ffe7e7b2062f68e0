"""The headline pictures of Zhang et al. (2019): phase diagram, training without normalisation, depth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.colors import TwoSlopeNorm

from checks.figures.drawing import Picture, evidence_data
from checks.verdicts import Result

RESNET, PLAIN = "#1b6ca8", "#c8553d"
SHOWN = 3.0
"""log₁₀ of the growth at which the colours of the phase diagram end."""


def _phase(results: Mapping[str, Result]) -> Picture | None:
    """The growth of ‖h_L‖² over (α, L) for τ = L^{−α}, with the line α = ½."""
    d = evidence_data(results, "phase-critical")
    if d is None or "alphas" not in d:
        return None
    alphas, depths = np.array(d["alphas"]), np.array(d["depths"])
    growth = np.array(d["log_growth"]) / np.log(10)
    figure = Picture(figsize=(6.6, 4.2), layout="constrained")
    axes = figure.subplots()
    shown = np.clip(growth, -0.5, SHOWN)
    norm = TwoSlopeNorm(vcenter=0.0, vmin=-0.5, vmax=SHOWN)
    mesh = axes.pcolormesh(alphas, depths, shown.T, norm=norm, cmap="RdBu_r", shading="nearest")
    levels = [lv for lv in (0.1, 1.0, 3.0, 10.0, 100.0) if growth.min() < lv < growth.max()]
    lines = axes.contour(alphas, depths, growth.T, levels=levels, colors="black", linewidths=0.8)
    axes.clabel(lines, fmt=lambda v: f"10^{v:g}", fontsize=7)
    axes.axvline(0.5, color="black", ls="--", lw=1.2)
    axes.text(0.51, depths.max() * 0.75, "α = ½", fontsize=9)
    axes.set_yscale("log", base=2)
    axes.set_xlabel("α, τ = L^(−α)")
    axes.set_ylabel("number of blocks L")
    axes.set_title("‖h_L‖²/‖h_0‖², geometric mean of 4 networks, width 512", fontsize=10)
    bar = figure.colorbar(mesh, ax=axes, extend="max")
    bar.set_label("log₁₀ of the growth")
    return figure


def _training(results: Mapping[str, Result]) -> Picture | None:
    """Loss curves on digits without normalisation layers, τ = 1/√L beside τ = 1."""
    critical, one = evidence_data(results, "train-deep"), evidence_data(results, "train-tau-one")
    if critical is None:
        return None
    figure = Picture(figsize=(6.4, 4.0), layout="constrained")
    axes = figure.subplots()
    for i, (blocks, curve) in enumerate(critical["curves"].items()):
        shade = 0.35 + 0.65 * i / max(len(critical["curves"]) - 1, 1)
        axes.plot(curve, color=RESNET, alpha=shade, lw=1.5, label=f"τ = 1/√L, L = {blocks}")
    for blocks, curve in (one["curves"] if one is not None else {}).items():
        # one step is enough to leave the picture
        axes.plot(np.minimum(curve, 1e6), color=PLAIN, lw=1.2, ls="--")
        axes.text(
            min(len(curve) - 1, 1) + 0.3, 3e3 * (1 + int(blocks) / 100), f"τ = 1, L = {blocks}", color=PLAIN, fontsize=7
        )
    axes.set_yscale("log")
    axes.set_ylim(0.02, 1e5)
    axes.set_xlabel("step, η = 1/λ_max(G(0)) at τ = 1/√L")
    axes.set_ylabel("ℓ(k)/ℓ(0)")
    axes.set_title(f"{critical['data']}, width 32, no normalisation layers", fontsize=10)
    axes.legend(fontsize=8)
    return figure


def _depth(results: Mapping[str, Result]) -> Picture | None:
    """Loss curves and iterations to ε against depth, with and without shortcuts."""
    d, vanilla = evidence_data(results, "iterations-resnet"), evidence_data(results, "iterations-vanilla")
    if d is None or "curves" not in d:
        return None
    grid = evidence_data(results, "tau-range")
    panels = 2 if grid is None else 3
    figure = Picture(figsize=(4.6 * panels, 3.8), layout="constrained")
    left, right, *further = figure.subplots(1, panels)
    for i, (blocks, curve) in enumerate(d["curves"].items()):
        left.semilogy(curve, color=RESNET, alpha=0.25 + 0.75 * i / len(d["curves"]), lw=1.2, label=f"L = {blocks}")
    if vanilla is not None:
        plain = np.minimum(vanilla["curve"][:80], 1e6)
        left.semilogy(plain, color=PLAIN, lw=1.5, ls="--", label="no shortcuts, L = 128")
    left.set_xlabel("step, η = 1/λ_max(G(0))")
    left.set_ylabel("ℓ(k)/ℓ(0), geometric mean")
    left.set_ylim(1e-5, 1e3)
    left.legend(fontsize=7, ncols=2)
    right.semilogx(d["depths"], d["means"], "o-", color=RESNET, base=2)
    right.set_ylim(0, 2 * max(d["means"]))
    right.set_xlabel("number of blocks L")
    right.set_ylabel("steps until ℓ(k) = ℓ(0)/100")
    right.set_title("τ = 1/√L: the same number of steps at every depth", fontsize=10)
    if grid is not None:
        (axes,) = further
        for i, (blocks, shares) in enumerate(zip(grid["depths"], grid["share"], strict=True)):
            shade = 0.3 + 0.7 * i / len(grid["depths"])
            axes.semilogy(
                grid["alphas"], np.clip(shares, 1e-12, 1e6), "o-", color=RESNET, alpha=shade, label=f"L = {blocks}"
            )
        axes.axhline(1.0, color="0.6", lw=0.8)
        axes.axvline(0.5, color="black", ls="--", lw=1.0)
        axes.set_xlabel("α, τ = L^(−α)")
        axes.set_ylabel("ℓ(60)/ℓ(0), cut at 10⁶")
        axes.set_title("the step of α = ½ for every τ", fontsize=10)
        axes.legend(fontsize=8)
    return figure


PICTURES = {"phase": _phase, "training": _training, "depth": _depth}
