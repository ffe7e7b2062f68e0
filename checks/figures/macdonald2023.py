"""The headline pictures of MacDonald et al. (2023): the mechanism, constants along a run, the optimum at infinity."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from checks.figures.drawing import Picture, evidence_data
from checks.verdicts import Result

COLOURS = {"branch": "#c8553d", "skip": "#1b6ca8", "pooled": "#2a9d6f"}
NAMES = {"branch": "branch only", "skip": "skip", "pooled": "skip, projection carries pooled identity"}


def _mechanism(results: Mapping[str, Result]) -> Picture | None:
    """Singular values of the Jacobian through training, and the loss, for the three variants."""
    d = evidence_data(results, "mechanism-values")
    if d is None:
        return None
    figure = Picture(figsize=(12.0, 3.8), layout="constrained")
    spectrum, middle, loss = figure.subplots(1, 3)
    for variant, colour in COLOURS.items():
        first, last = (np.sort(np.array(d["singular"][variant][i]))[::-1] for i in (0, -1))
        spectrum.semilogy(first, color=colour, lw=1.0, ls=":")
        spectrum.semilogy(last, color=colour, lw=1.6, label=NAMES[variant])
        mean, spread = np.array(d["mean_log"][variant]), np.array(d["spread"][variant])
        middle.errorbar(d["checkpoints"], mean, spread, color=colour, marker="o", ms=4, capsize=3, lw=1.4)
        curve = np.array(d["losses"][variant])
        smooth = np.convolve(curve, np.ones(5) / 5, mode="valid")
        loss.plot(np.arange(len(smooth)) + 2, smooth, color=colour, lw=1.6)
    spectrum.set_xlabel("index")
    spectrum.set_ylabel("singular values, means of all trials")
    spectrum.set_title("Jacobian from first block to logits (dotted: at the start)", fontsize=10)
    spectrum.legend(fontsize=8)
    middle.set_xlabel("SGD step")
    middle.set_ylabel("mean log σ ± its spread over trials")
    middle.set_title("more skip, larger singular values", fontsize=10)
    loss.set_yscale("log")
    loss.set_xlabel("SGD step")
    loss.set_ylabel("cross-entropy, mean of all trials, five steps")
    loss.set_title("more skip, faster loss", fontsize=10)
    return figure


def _constants(results: Mapping[str, Result]) -> Picture | None:
    """μ_k and β_k along a run, the calculus' bound above them."""
    d = evidence_data(results, "constants-along")
    if d is None:
        return None
    figure = Picture(figsize=(6.4, 3.9), layout="constrained")
    axes = figure.subplots()
    axes.semilogy(d["smoothness"], color="#1b6ca8", lw=1.4, label="β_k, smoothness along the step")
    axes.semilogy(d["lojasiewicz"], color="#2a9d6f", lw=1.4, label="μ_k = ‖∇ℓ‖²/ℓ, Łojasiewicz constant")
    axes.axhline(d["bound"], color="#c8553d", ls="--", lw=1.4, label=f"bound of the calculus: {d['bound']:.3g}")
    axes.set_xlabel("step k")
    axes.set_title("weight-normalised residual net, square cost", fontsize=10)
    axes.legend(fontsize=8)
    return figure


def _infinity(results: Mapping[str, Result]) -> Picture | None:
    """Cross-entropy and the norm of the last layer from twelve starts."""
    d = evidence_data(results, "infinity-loss")
    if d is None or "loss" not in d:
        return None
    figure = Picture(figsize=(9.2, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    t = np.array(d["t"], dtype=float)
    for loss, norm in zip(d["loss"], d["norm"], strict=True):
        left.loglog(t, loss, color="#1b6ca8", lw=1.0, alpha=0.6)
        right.semilogx(t, norm, color="#1b6ca8", lw=1.0, alpha=0.6)
    left.loglog(
        t[20:], 2 * np.max(np.array(d["loss"])[:, -1]) * t[-1] / t[20:], color="black", ls="--", lw=1.2, label="1/t"
    )
    left.legend(fontsize=8)
    left.set_xlabel("step t")
    left.set_ylabel("cross-entropy")
    left.set_title("the loss falls to 0 as 1/t, no minimum is attained", fontsize=10)
    right.set_xlabel("step t")
    right.set_ylabel("norm of the last layer")
    right.set_title("the weights grow as log t", fontsize=10)
    return figure


def _bounds(results: Mapping[str, Result]) -> Picture | None:
    """Largest Hessian norm an adversary found, beside the bound, for each kind of network."""
    d = evidence_data(results, "smoothness-holds")
    if d is None:
        return None
    figure = Picture(figsize=(7.4, 4.2), layout="constrained")
    axes = figure.subplots()
    names = [text.split(":")[0] for text in d["names"]]
    rows = np.arange(len(names))[::-1]
    for y, found, bound in zip(rows, d["found"], d["bound"], strict=True):
        axes.plot([found, bound], [y, y], color="0.8", lw=2, zorder=1)
    axes.scatter(d["found"], rows, color="#1b6ca8", zorder=2, label="largest ‖∇²ℓ‖ found by ascent")
    axes.scatter(d["bound"], rows, color="#c8553d", marker="|", s=160, zorder=2, label="bound of the calculus")
    axes.set_xscale("log")
    axes.set_yticks(rows, names, fontsize=8)
    axes.set_title("within distance 1 of the weights, every input of the same norm", fontsize=10)
    axes.legend(fontsize=8)
    return figure


PICTURES = {"mechanism": _mechanism, "constants": _constants, "infinity": _infinity, "bounds": _bounds}
