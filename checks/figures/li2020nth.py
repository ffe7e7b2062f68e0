"""The headline pictures of the neural tangent hierarchy: predicted drift, truncations, sizes by width and depth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from checks.figures.drawing import Maker, Picture, evidence_data
from checks.verdicts import Result

RESNET, FC, THIRD = "#1b6ca8", "#c8553d", "#588157"


def _drift(results: Mapping[str, Result]) -> Picture | None:
    """Measured against predicted drift of K² over the whole training of residual nets, every entry and start."""
    d = evidence_data(results, "drift-residual")
    if d is None:
        return None
    figure = Picture(figsize=(5.4, 4.6), layout="constrained")
    axes = figure.subplots()
    for name, colour, label in (("by_k3", FC, "by K³ alone"), ("predicted", RESNET, "by K³ and K⁴")):
        axes.plot(d[name], d["drift"], "o", ms=3, alpha=0.5, color=colour, label=label)
    ends = [float(min(d["drift"])), float(max(d["drift"]))]
    axes.plot(ends, ends, color="0.5", lw=1, label="equal")
    axes.set_xlabel("drift of K² predicted at the start")
    axes.set_ylabel("drift measured over the whole training")
    axes.set_title(f"Residual nets, L = 3, m = {d['m']}", fontsize=10)
    axes.legend(fontsize=8)
    return figure


CUT = ((2, -1, FC), (3, -1, THIRD), (4, -2, RESNET))
"""At which kernel the hierarchy is cut, the power of m of the error, and a colour."""


def _truncations(results: Mapping[str, Result]) -> Picture | None:
    """K² of one net beside the hierarchy cut at K², K³, K⁴, and the error at the end against the width."""
    found = {p: evidence_data(results, f"run-truncated-{p}") for p, *_ in CUT}
    curves = (found[2] or {}).get("curves")
    if curves is None or any(d is None for d in found.values()):
        return None
    figure = Picture(figsize=(8.6, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(curves["t"], curves["net"], color="0.5", lw=3.5, alpha=0.6, label="the net itself")
    for p, slope, colour in CUT:
        d = found[p]
        assert d is not None
        name = f"K{'²³⁴'[p - 2]} frozen"
        left.plot(curves["t"], curves[str(p)], "--" if p < 4 else "-", lw=1.4, color=colour, label=name)
        m, error = np.asarray(d["m"], dtype=float), np.asarray(d["error"])
        right.loglog(m, error, "o", ms=4, color=colour, label=f"{name}, line m^({slope})".replace("-", "−"))
        right.loglog(m, error[-1] * (m / m[-1]) ** slope, "-", lw=1, color=colour)
    left.set_xlabel("time t")
    left.set_ylabel("K²(x₁, x₁)")
    left.set_title("One net of width 32", fontsize=10)
    left.legend(fontsize=8)
    right.set_xticks(m, [f"{size:g}" for size in m])
    right.set_xticks([], minor=True)
    right.set_xlabel("width m")
    right.set_ylabel("error of K² at the end")
    right.set_title("The truncated hierarchy beside gradient flow", fontsize=10)
    right.legend(fontsize=8)
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
    sizes = [int(size) for d in found.values() if d is not None for size in d["L"]]
    axes.set_xticks(sorted(set(sizes)), [str(size) for size in sorted(set(sizes))])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("depth L")
    axes.set_ylabel("share of layers 2..L in tr K²")
    axes.set_title("What 1/L tames does not take part", fontsize=10)
    axes.legend(fontsize=8)
    return figure


PICTURES: dict[str, Maker] = {"drift": _drift, "truncations": _truncations, "sizes": _sizes, "shares": _shares}
