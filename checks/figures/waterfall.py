"""How much of the width that a proof asks for each of its constants wastes."""

from __future__ import annotations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from mpmath import mp, mpf

from checks.figures.drawing import DPI, Picture
from checks.studies.theorems.evaluation import Evaluation

ASKED, SAVED, SEEN = "#1b6ca8", "#c8553d", "#3a7d44"
MOST = 10


def waterfall(found: Evaluation, demand: str = "") -> Picture | None:
    """What is asked for, how far each constant alone would lower it, and what is left with all of them measured.

    Args:
        found: An evaluated theorem.
        demand: The name of what is asked for; by default the first.

    Returns:
        A figure; None where nothing was measured.
    """
    demand = demand or found.main
    rows = found.wasteful(demand)[:MOST]
    if not rows:
        return None
    top = _log(found.demands[demand])
    bars = [("asked for", 0.0, top, ASKED)]
    for row in rows:
        lemma = f"  ({row.quantity.lemma})" if row.quantity.lemma else ""
        bars.append((f"{row.quantity.symbol}{lemma}", top - found.saved(row, demand), top, SAVED))
    if demand in found.sharp:
        bars.append(("all as measured", 0.0, _log(found.sharp[demand]), ASKED))
    if demand in found.needed:
        bars.append(("seen to be enough", 0.0, _log(found.needed[demand]), SEEN))
    figure = Picture(figsize=(7.6, 0.34 * len(bars) + 1.1), layout="constrained")
    axes = figure.subplots()
    for place, (_, left, right, colour) in enumerate(bars):
        axes.barh(place, max(right - left, 0.02), left=left, color=colour, height=0.62)
        said = f"10^{right:.1f}" if colour != SAVED else f"−{right - left:.1f}"
        axes.text(right + 0.01 * top, place, said, va="center", fontsize=8)
    axes.set_yticks(range(len(bars)), [name for name, *_ in bars], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, top * 1.12)
    axes.set_xlabel(f"log₁₀ of the {demand}", fontsize=9)
    axes.set_title(
        f"{found.id} on {found.setting.data.name}, H = {found.setting.depth}: what one sharp constant saves", fontsize=9
    )
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _log(value: object) -> float:
    return float(mp.log10(mpf(value)))


def save(figure: Picture, path: str) -> None:
    """Write a figure as PNG."""
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=DPI)
