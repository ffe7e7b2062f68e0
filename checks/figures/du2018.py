"""The headline pictures of Du et al. (2019): loss under the theorem's line, depth, error growth, width."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from checks.figures.drawing import Picture, evidence_data
from checks.verdicts import Result

RESNET, PLAIN = "#1b6ca8", "#c8553d"


def _panels(count: int, width: float = 4.4) -> tuple[Picture, list[Axes]]:
    figure = Picture(figsize=(width * count, 3.7), layout="constrained")
    axes = figure.subplots(1, count, squeeze=False)[0]
    return figure, list(axes)


def _loss(results: Mapping[str, Result]) -> Picture | None:
    """L(k)/L(0) of each width under the theorem's line, for the three architectures."""
    names = {"theorem-5-1": "fully connected", "theorem-6-1": "ResNet", "theorem-7-1": "convolutional ResNet"}
    tables = {name: evidence_data(results, slug) for slug, name in names.items()}
    shown = {name: d for name, d in tables.items() if d is not None}
    if not shown:
        return None
    figure, panels = _panels(len(shown))
    for axes, (name, d) in zip(panels, shown.items(), strict=True):
        curves = {k: v for k, v in d["curves"].items() if k.startswith((f"{d['data']}, ", "m = "))}
        shades = np.linspace(0.25, 1.0, len(curves))
        for shade, (label, curve) in zip(shades, curves.items(), strict=True):
            colour = (0.1, 0.42 * shade + 0.2 * (1 - shade), 0.66, shade)
            axes.plot(curve["loss"], color=colour, lw=1.3, label=label.split(", ")[-1])
        longest = max(curves.values(), key=lambda c: len(c["line"]))["line"]
        axes.plot(longest, color=PLAIN, lw=1.6, ls="--", label="theorem's line")
        axes.set_yscale("log")
        axes.set_xlabel("step k")
        axes.set_title(f"{name}; λ_min(K^(H)) = {d['least']:.2g}", fontsize=10)
        axes.legend(fontsize=7, ncols=2)
    names_of_data = ", ".join(dict.fromkeys(d["data"] for d in shown.values()))
    panels[0].set_ylabel(f"L(k)/L(0), {names_of_data}, η = 1/λ_max(G(0))")
    return figure


def _depth(results: Mapping[str, Result]) -> Picture | None:
    """λ_min of K^(H), scaled, against depth, ResNet beside fully connected."""
    d = evidence_data(results, "lambda-depth-resnet")
    if d is None:
        return None
    figure, panels = _panels(2)
    for axes, name in zip(panels, d["resnet"], strict=True):
        axes.loglog(d["depth"], d["resnet"][name], "o-", color=RESNET, ms=4, label="ResNet, λ_min·H²/c_res²")
        plain = np.array(d["fc"][name])
        kept = plain > 1e-13  # below, float64 has nothing to say
        axes.loglog(np.array(d["depth"])[kept], plain[kept], "s-", color=PLAIN, ms=4, label="fully connected, λ_min")
        axes.set_title(f"100 inputs, {name}, softplus", fontsize=10)
        axes.set_xlabel("depth H")
        axes.legend(fontsize=8)
    return figure


def _growth(results: Mapping[str, Result]) -> Picture | None:
    """How an error in layer 1 arrives at layer H − 1."""
    d = evidence_data(results, "growth-fc")
    if d is None or "variable" not in d:
        return None
    figure, panels = _panels(2)
    left, right = panels
    left.semilogy(d["variable"], d["quantity"], "s-", color=PLAIN, ms=4, label="fully connected, at ρ = 1")
    left.set_title("erf: error at layer H − 1 over error of the input", fontsize=10)
    right.semilogy(d["depth"], d["fc"], "s-", color=PLAIN, ms=4, label="fully connected, at ρ = 0.3")
    right.semilogy(d["depth"], d["resnet"], "o-", color=RESNET, ms=4, label="ResNet, at ρ = 0.3")
    right.set_title("erf: ∂K^(H−1)/∂ρ", fontsize=10)
    for axes in panels:
        axes.set_xlabel("depth H")
        axes.legend(fontsize=8)
    return figure


def _width(results: Mapping[str, Result]) -> Picture | None:
    """‖G(0) − K‖ and what moves while training against width, with the stated slopes."""
    parts = (
        ("finite-width", "‖G^(H)(0) − K^(H)‖", -0.5),
        ("weight-movement", "‖W(k) − W(0)‖_F/√m", -0.5),
        ("gram-movement", "‖G^(H)(k) − G^(H)(0)‖", -1.0),
    )
    shown = [(title, slope, d) for slug, title, slope in parts if (d := evidence_data(results, slug)) is not None]
    if not shown:
        return None
    figure, panels = _panels(len(shown), 3.8)
    for axes, (title, slope, d) in zip(panels, shown, strict=True):
        x, y = np.array(d["variable"]), np.array(d["quantity"])
        axes.loglog(x, y, "o", color=RESNET, ms=3, alpha=0.6)
        middle = np.exp(np.mean(np.log(y)) + slope * (np.log(x) - np.mean(np.log(x))))
        axes.loglog(x, middle, color="black", lw=1, label=f"slope {slope:g}")
        axes.set_title(title, fontsize=10)
        widths = np.unique(x).astype(int)
        axes.set_xticks(widths, [str(w) for w in widths])
        axes.minorticks_off()
        axes.set_xlabel("width m")
        axes.legend(fontsize=8)
    return figure


PICTURES = {"loss": _loss, "depth": _depth, "growth": _growth, "width": _width}
