"""The headline pictures of Yin et al. (2019): who reaches the teacher, who stays, and how slow the true gradient is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from checks.figures.drawing import Maker, Picture, evidence_data
from checks.verdicts import Result

RELU, IDENTITY = "#1b6ca8", "#c8553d"
TAUS = ("010", "030", "045")


def _basins(results: Mapping[str, Result]) -> Picture | None:
    """The angle at the end against the angle at the start, with the saddle's angle, for three teachers."""
    found = [evidence_data(results, f"reaches-{name}") for name in TAUS]
    if any(d is None for d in found):
        return None
    figure = Picture(figsize=(8.4, 3.3), layout="constrained")
    for axes, d in zip(figure.subplots(1, 3, sharey=True), found, strict=True):
        assert d is not None
        share = d["events"] / d["trials"]
        saddle = np.pi / 2 / (1 - d["tau"])
        axes.plot(d["start"], d["end"], "o", ms=2, alpha=0.35, color=RELU)
        axes.axvline(saddle, color="0.5", ls=":", lw=1.2)
        axes.text(saddle, 1.6, "θ_s ", fontsize=9, color="0.35", ha="right")
        axes.set_title(f"τ = {d['tau']:g}: {100 * share:.1f} % at the teacher", fontsize=10)
        axes.set_xticks([0, np.pi / 2, np.pi], ["0", "π/2", "π"])
        axes.set_yticks([0, np.pi / 2, np.pi], ["0", "π/2", "π"])
        axes.set_xlabel("θ at the start")
    figure.axes[0].set_ylabel("θ at the end")
    figure.suptitle("Coarse descent with the ReLU estimator, random starts, m = 8, n = 6", fontsize=10)
    return figure


def _spurious(results: Mapping[str, Result]) -> Picture | None:
    """The loss over that of the spurious minimum, along runs that start beside it."""
    runs = {"ReLU": ("relu-stays", RELU), "identity": ("identity-leaves", IDENTITY)}
    if any(evidence_data(results, slug) is None for slug, _ in runs.values()):
        return None
    figure = Picture(figsize=(6.4, 3.8), layout="constrained")
    axes = figure.subplots()
    for name, (slug, colour) in runs.items():
        d = evidence_data(results, slug)
        assert d is not None
        for i, curve in enumerate(np.asarray(d["ratio"]).T):
            axes.plot(curve, color=colour, lw=1.2, alpha=0.8, label=f"{name} estimator" if i == 0 else None)
    axes.set_xlabel("steps of size 0.4")
    axes.set_ylabel("loss / loss of the spurious minimum")
    axes.set_title("Started 1/1000 beside the spurious minimum, τ = 0.3", fontsize=10)
    axes.legend(fontsize=8)
    return figure


def _rates(results: Mapping[str, Result]) -> Picture | None:
    """The angle along the true gradient against the number of steps, with k^(−1/2) and the exact envelope."""
    d = evidence_data(results, "true-gradient-jumps")
    if d is None:
        return None
    figure = Picture(figsize=(5.6, 3.8), layout="constrained")
    axes = figure.subplots()
    k = np.asarray(d["k"], dtype=float)
    a = d["eta"] / (2 * np.pi)
    axes.loglog(k, d["theta"], "o", color=RELU, label="measured, mean of two steps")
    axes.loglog(k, a / (2 * np.sqrt(1 + 2 * a**2 * k)), "-", color="0.4", lw=1, label="a/(2√(1 + 2a²k)), a = η/(2π)")
    axes.set_xlabel("steps k along the true gradient")
    axes.set_ylabel("θ")
    axes.set_title("The true gradient with a fixed step jumps across the teacher", fontsize=10)
    axes.legend(fontsize=8)
    return figure


PICTURES: dict[str, Maker] = {"basins": _basins, "spurious": _spurious, "rates": _rates}
