"""Headline pictures of Neyshabur et al. (2018): exact complexities between bounds, and measures over widths."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from checks.figures.drawing import Maker, Picture, evidence_data
from checks.verdicts import Result

BLUE, RED, GREY = "#1b6ca8", "#c8553d", "0.45"
MEASURES = {
    "sums": "Σα_jβ_j",
    "frobenius": "‖V‖_F‖U − U⁰‖_F",
    "path": "group path norm",
    "lengths": "‖U‖_F‖V‖_F",
    "largest": "(1, ∞) norm",
    "spectral": "‖V‖₂Σβ_j",
}


def _bracket(results: Mapping[str, Result]) -> Picture | None:
    """Exact complexities of planar sets in units of their bounds, and suprema of a trained class by ascent."""
    planes, digits = evidence_data(results, "upper-run"), evidence_data(results, "digits-lower")
    if planes is None or digits is None:
        return None
    figure = Picture(figsize=(8.2, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    value, upper, lower = (np.asarray(planes[name]) for name in ("value", "upper", "lower"))
    order = np.argsort(value / upper)
    left.plot((value / upper)[order], "o", ms=4, color=BLUE, label="Q, exactly")
    left.plot((lower / upper)[order], "_", ms=7, color=GREY, label="½βE‖s‖, for starts about 0")
    left.axhline(1, color=RED, lw=1, label="(3/2)β‖X‖_F + ‖[u⁰X]₊‖")
    left.set_xlabel("sets of 2 to 6 points of the plane")
    left.set_ylabel("in units of the upper bound")
    left.legend(fontsize=7)
    lower, found = np.asarray(digits["lower"]), np.asarray(digits["ascent"])
    order = np.argsort(found)
    right.plot(found[order], "o", ms=3, color=BLUE, label="supremum by ascent")
    right.plot(lower[order], "_", ms=6, color=GREY, label="lower bound of the same signs")
    right.axhline(found.mean(), ls="--", lw=1, color=BLUE, label="mean")
    right.axhline(digits["upper"], color=RED, lw=1, label="upper bound of the mean")
    right.set_xlabel("random signs, network trained on digits")
    right.set_ylabel("sup over the class of Σσf")
    right.set_ylim(bottom=0)
    right.legend(fontsize=7)
    return figure


def _widths(results: Mapping[str, Result]) -> Picture | None:
    """Measures and test errors of networks at two widths, in units of the narrow ones' mean."""
    d = evidence_data(results, "capacity-falls")
    if d is None:
        return None
    figure = Picture(figsize=(8.2, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 1))
    for at, (name, words) in enumerate(MEASURES.items()):
        narrow, wide = (np.asarray(part) for part in d[name])
        colour = BLUE if name == "sums" else RED if name == "spectral" else GREY
        left.plot(at + np.linspace(-0.25, 0.25, len(wide)), wide / narrow, "o", ms=3, color=colour, label=words)
    left.axhline(1, color="0.7", lw=0.8)
    left.set_yscale("log")
    left.set_xticks(range(len(MEASURES)), list(MEASURES.values()), fontsize=7, rotation=15)
    left.set_ylabel(f"{d['widths'][1]} units over {d['widths'][0]}, pairs")
    right.boxplot(d["error"], tick_labels=[str(h) for h in d["widths"]], widths=0.5)
    right.set_xlabel("units")
    right.set_ylabel("test error")
    right.set_ylim(bottom=0)
    figure.suptitle("Digits, trained to the same loss", fontsize=10)
    return figure


def _labels(results: Mapping[str, Result]) -> Picture | None:
    """What random labels cost beside true ones, and how the rival's excess grows with the width."""
    labels, law = evidence_data(results, "random-labels"), evidence_data(results, "rival-gap")
    if labels is None or law is None:
        return None
    figure = Picture(figsize=(7.6, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for at, colour in enumerate((RED, BLUE)):
        left.plot(at + np.linspace(-0.15, 0.15, len(labels["sums"][at])), labels["sums"][at], "o", ms=4, color=colour)
    left.set_xticks((0, 1), ("random labels", "true labels"))
    left.set_xlim(-0.6, 1.6)
    left.set_ylim(bottom=0)
    left.set_ylabel("Σα_jβ_j")
    h, ratio = np.asarray(law["variable"]), np.asarray(law["quantity"])
    right.loglog(h, ratio, "o", ms=4, color=BLUE)
    right.loglog(
        h, np.exp(np.log(ratio).mean()) * (h / np.exp(np.log(h).mean())) ** 0.5, "--", lw=1, color=GREY, label="√h"
    )
    widths = sorted(set(h))
    right.set_xticks(widths, [f"{w:g}" for w in widths])
    right.set_xticks([], minor=True)
    right.set_xlabel("units h")
    right.set_ylabel("‖V‖₂Σβ_j/Σα_jβ_j")
    right.legend(fontsize=8)
    return figure


PICTURES: dict[str, Maker] = {"bracket": _bracket, "widths": _widths, "labels": _labels}
