"""The headline pictures of the neural tangent hierarchy: predicted drift, truncations, sizes by width and depth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from checks.figures.drawing import Maker, Picture, evidence_data
from checks.verdicts import Result

RESNET, FC, THIRD = "#1b6ca8", "#c8553d", "#588157"


def _drift(results: Mapping[str, Result]) -> Picture | None:
    """Measured against predicted drift of K² over the whole training, for every pair of inputs and width."""
    d = evidence_data(results, "drift-by-both")
    if d is None:
        return None
    figure = Picture(figsize=(5.2, 4.4), layout="constrained")
    axes = figure.subplots()
    for m, colour, found, known in zip(d["m"], (FC, THIRD, RESNET), d["drift"], d["predicted"], strict=True):
        axes.plot(known, found, "o", ms=3, alpha=0.6, color=colour, label=f"m = {m}")
    ends = [float(min(map(min, d["predicted"]))), float(max(map(max, d["predicted"])))]
    axes.plot(ends, ends, color="0.5", lw=1)
    axes.set_xscale("symlog", linthresh=0.01)
    axes.set_yscale("symlog", linthresh=0.01)
    axes.set_xlabel("drift of K² predicted by K², K³, K⁴ at the start")
    axes.set_ylabel("drift measured over the whole training")
    axes.legend(fontsize=8)
    return figure


def _truncations(results: Mapping[str, Result]) -> Picture | None:
    """The error of K² at the end of the training against the width, for the hierarchy cut at K², K³, K⁴."""
    found = [evidence_data(results, f"run-truncated-{p}") for p in (2, 3, 4)]
    if any(d is None for d in found):
        return None
    figure = Picture(figsize=(5.6, 3.8), layout="constrained")
    axes = figure.subplots()
    for p, slope, colour, d in zip((2, 3, 4), (-1, -1, -2), (FC, THIRD, RESNET), found, strict=True):
        assert d is not None
        m, error = np.asarray(d["m"], dtype=float), np.asarray(d["error"])
        axes.loglog(m, error, "o", color=colour, label=f"K{'²³⁴'[p - 2]} frozen, m^({slope})")
        axes.loglog(m, error[-1] * (m / m[-1]) ** slope, "-", lw=1, color=colour)
    axes.set_xlabel("width m")
    axes.set_ylabel("error of K² at the end")
    axes.set_title("The truncated hierarchy beside gradient flow", fontsize=10)
    axes.legend(fontsize=8)
    return figure


def _sizes(results: Mapping[str, Result]) -> Picture | None:
    """rms K³ against the width and against the depth, residual and fully connected."""
    slugs = {
        "width": ("m", "k3-width-resnet", "k3-width-fc"),
        "depth": ("L", "k3-depth-resnet", "k3-depth-fc"),
    }
    if any(evidence_data(results, slug) is None for _, *both in slugs.values() for slug in both):
        return None
    figure = Picture(figsize=(8.4, 3.6), layout="constrained")
    for axes, (by, (letter, *both)) in zip(figure.subplots(1, 2), slugs.items(), strict=True):
        for slug, name, colour in zip(both, ("residual", "fully connected"), (RESNET, FC), strict=True):
            d = evidence_data(results, slug)
            assert d is not None
            axes.loglog(d[letter], d["rms"], "o-", color=colour, label=name)
            if by == "width":
                m = np.asarray(d[letter], dtype=float)
                axes.loglog(m, d["rms"][0] * m[0] / m, ":", color="0.4", lw=1)
        sizes = evidence_data(results, both[0])
        assert sizes is not None
        axes.set_xticks(sizes[letter], [str(size) for size in sizes[letter]])
        axes.set_xticks([], minor=True)
        axes.set_xlabel(f"{by} {letter}")
        axes.set_ylabel("rms K³")
        axes.legend(fontsize=8)
    figure.suptitle("K³ is of order 1/m (dotted), and depth is harmless only with shortcuts", fontsize=10)
    return figure


def _shares(results: Mapping[str, Result]) -> Picture | None:
    """The share of layers 2..L in tr K² against the depth, for both scalings."""
    found = {name: evidence_data(results, slug) for name, slug in (("L", "share-layers"), ("√L", "share-layers-wide"))}
    if any(d is None for d in found.values()):
        return None
    figure = Picture(figsize=(5.2, 3.6), layout="constrained")
    axes = figure.subplots()
    for (name, d), colour in zip(found.items(), (RESNET, FC), strict=True):
        assert d is not None
        axes.loglog(d["L"], d["share"], "o-", color=colour, label=f"c_res/{name}")
    axes.set_xlabel("depth L")
    axes.set_ylabel("share of layers 2..L in tr K²")
    axes.set_title("What 1/L tames does not take part", fontsize=10)
    axes.legend(fontsize=8)
    return figure


PICTURES: dict[str, Maker] = {"drift": _drift, "truncations": _truncations, "sizes": _sizes, "shares": _shares}
