"""Headline pictures of Kawaguchi and Huang (2019): P ≈ n trains to zero, rank is generic, all layers at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.ticker import NullFormatter

from checks.figures.drawing import Maker, Picture, evidence_data
from checks.verdicts import Result

RANDOM, TRUE = "#c8553d", "#1b6ca8"


def _threshold(results: Mapping[str, Result]) -> Picture | None:
    """The loss at the end and the test accuracy against P/n, for random signs and for true labels."""
    d = evidence_data(results, "trains-above")
    if d is None:
        return None
    figure = Picture(figsize=(8.2, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for kind, colour in (("random", RANDOM), ("true", TRUE)):
        left.semilogy(d["ratio"], np.maximum(d[kind], 1e-32), "o-", color=colour, label=f"{kind} labels")
        right.plot(d["ratio"], d[f"accuracy-{kind}"], "o-", color=colour, label=f"{kind} labels")
    for axes in (left, right):
        axes.axvline(1, color="0.5", ls=":", lw=1.2)
        axes.set_xlabel("parameters / digits, P/n")
    left.set_ylabel("median loss after Levenberg–Marquardt")
    right.set_ylabel("accuracy on other digits")
    left.legend(fontsize=8)
    figure.suptitle("Two-layer tanh nets on 100 digits: random and true labels are fitted from P ≈ n on", fontsize=10)
    return figure


def _conditioning(results: Mapping[str, Result]) -> Picture | None:
    """Certified σ_min of networks whose first layers have width 1 and width 64, in order."""
    narrow, wide = evidence_data(results, "narrow-lost"), evidence_data(results, "wide-resolved")
    if narrow is None or wide is None:
        return None
    figure = Picture(figsize=(5.8, 3.8), layout="constrained")
    axes = figure.subplots()
    for d, colour in ((narrow, RANDOM), (wide, TRUE)):
        values = np.sort(d["sigma"])
        axes.semilogx(values, np.arange(1, len(values) + 1) / len(values), color=colour, label=f"width {d['first']}")
    axes.axvline(2.2e-16, color="0.5", ls=":", lw=1.2)
    axes.text(2.2e-16, 0.9, " float64", fontsize=8, color="0.35")
    axes.set_xlabel("certified lower bound of σ_min [h, 1]")
    axes.set_ylabel("share of networks")
    axes.set_title("Rank n = 6 in every case: first widths 1 and 64, tanh", fontsize=10)
    axes.legend(fontsize=8)
    return figure


def _flow(results: Mapping[str, Result]) -> Picture | None:
    """The loss along gradient flow on all layers, over its bound's start, with the bound."""
    d = evidence_data(results, "flow-rate")
    if d is None:
        return None
    figure = Picture(figsize=(5.6, 3.8), layout="constrained")
    axes = figure.subplots()
    for i, (loss, bound) in enumerate(zip(np.asarray(d["left"]), np.asarray(d["right"]), strict=True)):
        axes.semilogy(d["time"], loss / loss[0], color=TRUE, lw=1.2, label="L(t)/L(0)" if i == 0 else None)
        axes.semilogy(d["time"], bound / bound[0], color="0.4", ls="--", lw=1, label="bound" if i == 0 else None)
    axes.set_ylabel("loss over its start")
    # below that a loss is rounding
    axes.set_ylim(bottom=max(1e-24, 0.1 * min(min(loss) / loss[0] for loss in d["left"])))
    axes.set_xlabel("time of gradient flow on all layers")
    axes.set_title("Last layer first, then everything: 4B‖r₀‖ = s₀²", fontsize=10)
    axes.legend(fontsize=8)
    return figure


def _least_width(results: Mapping[str, Result]) -> Picture | None:
    """The least number of parameters that trains to zero against the number of digits, with the line P = n."""
    d = evidence_data(results, "least-width")
    if d is None:
        return None
    figure = Picture(figsize=(5.6, 3.8), layout="constrained")
    axes = figure.subplots()
    n, least = np.array(d["n"]), np.array(d["least"])
    # draws of one size side by side
    axes.loglog(
        n * np.linspace(0.96, 1.04, len(n)),
        least,
        "o",
        ms=3,
        alpha=0.4,
        color=TRUE,
        label="one draw of digits and labels",
    )
    at = np.unique(n)
    axes.loglog(at, [np.median(least[n == m]) for m in at], "o-", color=TRUE, label="median")
    axes.loglog(at, at, ":", color="0.4", label="P = n")
    axes.loglog(at, at[0] * (at / at[0]) ** 2, "--", lw=1, color=RANDOM, label="∝ n²")
    axes.loglog(at, at[0] * (at / at[0]) ** 0.5, "-.", lw=1, color=RANDOM, label="∝ √n")
    axes.set_xticks(at, [f"{m:g}" for m in at])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("digits n with normal labels")
    axes.set_ylabel("least number of parameters P*")
    axes.set_title("Two-layer tanh nets train to zero from P* ≈ n on", fontsize=10)
    axes.legend(fontsize=8)
    return figure


PICTURES: dict[str, Maker] = {
    "least-width": _least_width,
    "threshold": _threshold,
    "conditioning": _conditioning,
    "flow": _flow,
}
