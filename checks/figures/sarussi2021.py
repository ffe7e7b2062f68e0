"""Headline pictures of Sarussi et al. (2021): two bundles of units, the wedge against the start, updates and bounds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from checks.figures.drawing import Maker, Picture, evidence_data
from checks.verdicts import Result

FIRST, SECOND, GREY = "#1b6ca8", "#c8553d", "0.45"
DATA = {"digits 3 and 8": "digits-boundary", "all digits, a linear teacher": "teacher-boundary"}


def _bundles(results: Mapping[str, Result]) -> Picture | None:
    """The units of two networks in the plane of their largest singular directions."""
    if any(evidence_data(results, slug) is None for slug in DATA.values()):
        return None
    figure = Picture(figsize=(7.2, 3.6), layout="constrained")
    for axes, (name, slug) in zip(figure.subplots(1, 2), DATA.items(), strict=True):
        d = evidence_data(results, slug)
        assert d is not None
        for part, colour in (("w", FIRST), ("u", SECOND)):
            units = np.asarray(d[part])
            for x, y in units:
                axes.plot([0, x], [0, y], color=colour, lw=0.8, alpha=0.6)
            axes.plot(*units.T, "o", ms=3, color=colour, label=f"{part}_i")
        axes.set_aspect("equal", adjustable="datalim")
        axes.set_title(name, fontsize=10)
        axes.legend(fontsize=8)
    figure.suptitle("The units after training from a start of size 0.3: two bundles", fontsize=10)
    return figure


def _wedge(results: Mapping[str, Result]) -> Picture | None:
    """The sine of the wedge, the share of test points in it, and on which network and rule differ, by start."""
    if any(evidence_data(results, slug) is None for slug in DATA.values()):
        return None
    figure = Picture(figsize=(7.2, 3.4), layout="constrained")
    for axes, (name, slug) in zip(figure.subplots(1, 2, sharey=True), DATA.items(), strict=True):
        d = evidence_data(results, slug)
        assert d is not None
        axes.semilogx(d["scales"], d["sine"], "o-", color=FIRST, label="sine of the wedge")
        axes.semilogx(d["scales"], d["inside"], "s--", color=GREY, label="test points in the wedge")
        axes.semilogx(d["scales"], d["differ"], "^-", color=SECOND, label="network and rule differ")
        axes.set_title(name, fontsize=10)
        axes.set_xlabel("size of the units at the start")
    figure.axes[0].legend(fontsize=8)
    figure.axes[0].set_ylabel("share, sine")
    return figure


def _updates(results: Mapping[str, Result]) -> Picture | None:
    """Updates against 1/a: random sets with their bounds, and the three points that need m/4."""
    runs, order = evidence_data(results, "updates-run"), evidence_data(results, "updates-order")
    if runs is None or order is None:
        return None
    figure = Picture(figsize=(5.8, 3.8), layout="constrained")
    axes = figure.subplots()
    inverse = 1 / np.asarray(runs["slope"])
    axes.loglog(inverse, runs["bound"], "_", ms=9, color=GREY, label="bound (1 + a)²/(4a)·R²/γ², random sets")
    axes.loglog(inverse, np.maximum(runs["updates"], 0.5), "o", ms=4, color=FIRST, label="updates, random sets")
    m = np.asarray(order["m"], dtype=float)
    axes.loglog(m, order["updates"], "s", ms=5, color=SECOND, label="updates, three points")
    axes.loglog(m, m / 4, "--", lw=1, color=SECOND, label="m/4")
    axes.set_xlabel("m = 1/a")
    axes.set_ylabel("updates until no mistake is left")
    axes.legend(fontsize=8)
    return figure


PICTURES: dict[str, Maker] = {"bundles": _bundles, "wedge": _wedge, "updates": _updates}
