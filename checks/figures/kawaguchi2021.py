"""Headline pictures of Kawaguchi and Sun (2021): what the noise costs, and the bound of the second phase."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.ticker import NullFormatter

from checks.figures.drawing import Maker, Picture, evidence_data
from checks.verdicts import Result
from derivations.papers.kawaguchi2021.headline import SLOPES

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
        sizes, sigma = np.array(d["delta"]), np.array(d["sigma"])
        at = np.unique(sizes)
        middle = np.array([np.exp(np.log(sigma[sizes == s]).mean()) for s in at])
        axes.loglog(sizes, sigma, "o", ms=3, alpha=0.25, color=colour)
        axes.loglog(at, middle, "o", ms=6, color=colour, label=f"n = {n}")
        axes.loglog(at, middle[0] * (at / at[0]) ** SLOPES[1, n], "--", lw=1, color=colour, label=f"δ^{SLOPES[1, n]}")
    axes.set_xlabel("noise δ on equal neurons")
    axes.set_ylabel("certified σ_min [h, 1], and geometric means")
    axes.set_title("Rank n for every δ > 0, at the price δ^k (inputs on a line)", fontsize=10)
    axes.legend(fontsize=8, ncols=3, loc="lower right")
    axes.set_ylim(bottom=1e-60)
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
    axes.set_ylabel("loss")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_title("Logistic loss, 24 digits with random signs", fontsize=10)
    axes.legend(fontsize=8)
    return figure


PICTURES: dict[str, Maker] = {"noise": _noise, "second-phase": _second_phase}
