"""The picture of a sweep: every seed, the means with their errors, the claimed law and the fitted one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from checks.figures.drawing import DPI, Picture
from checks.studies.sweeps.fit import Fit, Row
from derivations.statements import Rate
from derivations.writing.text import text

MEASURED, FITTED = "#1b6ca8", "#c8553d"
FEW_SIZES = 14
"""Up to this number of sizes, all are written on the axis."""


def picture(statement: Rate, rows: Sequence[Row], found: Fit | None, letter: str, about: str) -> Picture:
    """Quantity against size, both logarithmic for a power law."""
    figure = Picture(figsize=(6.2, 4.2), layout="constrained")
    axes = figure.subplots()
    power = statement.law == "power"
    sizes, means = np.array([r.size for r in rows]), np.array([r.mean for r in rows])
    points = np.array([(r.size, v) for r in rows for v in r.values])
    axes.plot(points[:, 0], points[:, 1], "o", color=MEASURED, ms=3, alpha=0.25, mew=0, label="seeds")
    errors = [r.error + r.rounding for r in rows]
    axes.errorbar(sizes, means, errors, fmt="o", color=MEASURED, ms=5, capsize=2, label="mean ± error")
    if power:
        axes.set_xscale("log")
    if (points[:, 1] > 0).all():
        axes.set_yscale("log")
    if found is not None:
        across = np.log(sizes) if power else sizes
        ends = np.array([across.min(), across.max()])
        height, middle = np.log(means).mean(), across.mean()
        at = np.exp(ends) if power else ends
        law = np.exp(height + found.claimed * (ends - middle))
        fitted = np.exp(height + found.exponent * (ends - middle))
        axes.plot(at, law, color="black", lw=1, label=f"claimed {found.claimed:.4g}")
        measured = f"measured {found.exponent:.4f} ± {found.half_width:.4f}"
        axes.plot(at, fitted, color=FITTED, lw=1.4, ls="--", label=measured)
    if len(sizes) <= FEW_SIZES:
        axes.set_xticks(sizes, [f"{s:g}" for s in sizes], rotation=30 if sizes.max() >= 1e4 else 0)
        axes.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
    axes.set_xlabel(letter)
    axes.set_ylabel(text(statement.quantity))
    axes.set_title(f"{statement.id}: {about}", fontsize=10)
    axes.legend(fontsize=8)
    return figure


def save_picture(figure: Picture, folder: Path) -> list[Path]:
    """sweep.png and sweep.svg in the folder."""
    FigureCanvasAgg(figure)
    paths = [folder / "sweep.png", folder / "sweep.svg"]
    for path in paths:
        figure.savefig(path, dpi=DPI)
    return paths
