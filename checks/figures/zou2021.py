"""Headline pictures of Zou et al. (2021): what features do under both optimisers, and errors by coordinates."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from checks.figures.drawing import Maker, Picture, evidence_data
from checks.verdicts import Result

CURVES = {
    "gradient descent": ("descent-learns", "#1b6ca8", "-"),
    "Adam, λ = 10⁻⁵": ("adam-fails", "#c8553d", "-"),
    "Adam, λ = 3·10⁻³": ("decay-saves", "#c8553d", "--"),
    "Adam, noise in one coordinate": ("adam-sparse", "#3a7d44", "-"),
}


def _features(results: Mapping[str, Result]) -> Picture | None:
    """The largest feature of a network against steps."""
    known = {name: evidence_data(results, slug) for name, (slug, _, _) in CURVES.items()}
    found = {name: d for name, d in known.items() if d is not None}
    if len(found) < len(known):
        return None
    figure = Picture(figsize=(5.8, 3.8), layout="constrained")
    axes = figure.subplots()
    for name, d in found.items():
        _, colour, style = CURVES[name]
        axes.plot(d["every"] * np.arange(len(d["curve"])), d["curve"], style, color=colour, label=name)
    axes.axhline(0, color="0.6", lw=0.8)
    axes.set_xlabel("steps")
    axes.set_ylabel("largest feature ⟨w, jv⟩")
    s = found["gradient descent"]["s"]
    axes.set_title(f"n = 20 images, ‖ζ‖₂ = 1 on {s} coordinates, training error 0 in the end", fontsize=10)
    axes.legend(fontsize=8)
    return figure


def _errors(results: Mapping[str, Result]) -> Picture | None:
    """The test error of Adam against the number of coordinates of the noise."""
    d = evidence_data(results, "adam-fails")
    if d is None:
        return None
    figure = Picture(figsize=(5.2, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.semilogx(d["sizes"], d["error"], "o-", color="#c8553d")
    axes.set_xticks(d["sizes"], [str(s) for s in d["sizes"]])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("coordinates s of noise of length 1: ‖ζ‖₁ = √s")
    axes.set_ylabel("test error of Adam")
    axes.set_ylim(-0.05, 1.05)
    axes.set_title("The same length, more coordinates", fontsize=10)
    return figure


PICTURES: dict[str, Maker] = {"features": _features, "errors": _errors}
