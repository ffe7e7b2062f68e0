"""Headline pictures of Kawaguchi and Sun (2021): what the noise costs, and the bound of the second phase."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from checks.figures.drawing import Maker, Picture, evidence_data
from checks.verdicts import Result

COLOURS = {(1, 4): "#1b6ca8", (1, 7): "#3a7d44", (1, 8): "#c8553d"}


def _noise(results: Mapping[str, Result]) -> Picture | None:
    """Certified σ_min against the size of the noise, for numbers of inputs with the exponents 1, 2 and 3."""
    found = [evidence_data(results, f"noise-{d}-{n}") for d, n in COLOURS]
    if any(d is None for d in found):
        return None
    figure = Picture(figsize=(5.8, 3.8), layout="constrained")
    axes = figure.subplots()
    for d, ((_, n), colour) in zip(found, COLOURS.items(), strict=True):
        assert d is not None
        axes.loglog(d["delta"], d["sigma"], "o", ms=3, alpha=0.5, color=colour, label=f"n = {n}")
    axes.set_xlabel("noise δ on equal neurons")
    axes.set_ylabel("certified σ_min [h, 1]")
    axes.set_title("Rank n for every δ > 0, at the price δ^k: k = 1, 2, 3", fontsize=10)
    axes.legend(fontsize=8)
    return figure


def _second_phase(results: Mapping[str, Result]) -> Picture | None:
    """The loss along the second phase with its bound."""
    d = evidence_data(results, "cross-entropy-run")
    if d is None:
        return None
    figure = Picture(figsize=(5.6, 3.8), layout="constrained")
    axes = figure.subplots()
    axes.loglog(d["T"], d["loss"], color="#1b6ca8", label="L_T")
    axes.loglog(d["T"], np.asarray(d["bound"]), "--", color="0.4", label="(1 + ln²q)/q")
    axes.set_xlabel("steps T on the last layer")
    axes.set_title("Logistic loss, 24 digits with random signs", fontsize=10)
    axes.legend(fontsize=8)
    return figure


PICTURES: dict[str, Maker] = {"noise": _noise, "second-phase": _second_phase}
