"""Headline pictures of Kawaguchi and Huang (2019): P ≈ n trains to zero, rank is generic, all layers at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

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
    figure.suptitle("Two-layer tanh nets on 100 digits: from P ≈ n on every labelling is fitted", fontsize=10)
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
    axes.set_xlabel("time of gradient flow on all layers")
    axes.set_title("Last layer first, then everything: 4B‖r₀‖ = s₀²", fontsize=10)
    axes.legend(fontsize=8)
    return figure


PICTURES: dict[str, Maker] = {"threshold": _threshold, "conditioning": _conditioning, "flow": _flow}
