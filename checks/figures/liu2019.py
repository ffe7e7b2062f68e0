"""The headline pictures of Liu et al. (2019): success table, trajectories, finite samples."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from checks.figures.drawing import Picture, evidence_data
from checks.verdicts import Result

SHORTCUT, RANDOM = "#1b6ca8", "#c8553d"
RATIOS = (0, 1, 4, 9)


def _success(results: Mapping[str, Result]) -> Picture | None:
    """Success rates with exact binomial intervals, shortcut start beside random start."""
    table = {
        (start, r): evidence_data(results, f"success-{start}-{r}") for start in ("shortcut", "random") for r in RATIOS
    }
    if any(d is None for d in table.values()):
        return None
    figure = Picture(figsize=(6.4, 3.8), layout="constrained")
    axes = figure.subplots()
    for offset, (start, colour) in zip((-0.2, 0.2), (("shortcut", SHORTCUT), ("random", RANDOM)), strict=True):
        for i, ratio in enumerate(RATIOS):
            d = table[start, ratio]
            assert d is not None
            rate = d["events"] / d["trials"]
            label = f"{'w₀ = 0 (shortcut)' if start == 'shortcut' else 'random v₀'}" if i == 0 else None
            axes.bar(i + offset, rate, 0.38, color=colour, label=label)
            axes.errorbar(i + offset, rate, [[rate - d["low"]], [d["high"] - rate]], color="black", capsize=3, lw=1)
            axes.text(i + offset, 1.02, f"{100 * rate:.1f} %", ha="center", fontsize=8)
    trials = table["random", 0]["trials"]  # type: ignore[index]
    axes.set_xticks(range(4), [str(r) for r in RATIOS])
    axes.set_xlabel("(𝟏ᵀa*)² / ‖a*‖²".replace("𝟏ᵀ", "1ᵀ"))
    axes.set_ylabel("share of runs at the global optimum")
    axes.set_ylim(0, 1.1)
    axes.set_title(f"{trials} runs a bar, k = 16, p = 8; exact intervals at 1 − 10⁻⁹", fontsize=10)
    axes.axvspan(2.5, 3.5, color="0.93", zorder=0)
    axes.text(3, 0.5, "no spurious\nminimum", ha="center", va="center", fontsize=8, color="0.35", zorder=5,
              bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85})  # fmt: skip
    figure.legend(loc="outside lower center", ncols=2, fontsize=8)
    return figure


def _trajectories(results: Mapping[str, Result]) -> Picture | None:
    """φ against aᵀa* over both stages, from both starts, with the two optima."""
    runs = {start: evidence_data(results, f"success-{start}-1") for start in ("random", "shortcut")}
    if any(d is None for d in runs.values()):
        return None
    figure = Picture(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    for start, colour in (("random", RANDOM), ("shortcut", SHORTCUT)):
        d = runs[start]
        assert d is not None
        for i, (phi, inner) in enumerate(zip(d["phi"], d["inner"], strict=True)):
            label = ("w₀ = 0 (shortcut)" if start == "shortcut" else "random v₀") if i == 0 else None
            axes.plot(phi, inner, color=colour, lw=1.1, alpha=0.8, label=label)
            axes.plot(phi[0], inner[0], "o", color=colour, ms=3)
    spurious = runs["random"]["spurious"]  # type: ignore[index]
    axes.plot(0, 1, "*", color="black", ms=14, label="global optimum (0, ‖a*‖²)")
    axes.plot(np.pi, spurious, "X", color="black", ms=10, label="spurious optimum (π, a_sᵀa*)")
    axes.axvline(np.pi / 3, color="0.6", ls=":", lw=1)
    axes.text(np.pi / 3, axes.get_ylim()[1], " φ₀ ≤ π/3", va="top", fontsize=8, color="0.4")
    axes.axhline(0, color="0.8", lw=0.8)
    axes.set_xlim(-0.1, np.pi + 0.1)
    axes.set_xticks([0, np.pi / 4, np.pi / 2, 3 * np.pi / 4, np.pi], ["0", "π/4", "π/2", "3π/4", "π"])
    axes.set_xlabel("φ = ∠(v, v*)")
    axes.set_ylabel("aᵀa*")
    axes.set_title("Normalised gradient descent in both stages, (1ᵀa*)²/‖a*‖² = 1", fontsize=10)
    axes.legend(fontsize=8, loc="upper right")
    return figure


def _finite_sample(results: Mapping[str, Result]) -> Picture | None:
    """Distance to the population run against the number of samples."""
    d = evidence_data(results, "finite-sample")
    if d is None:
        return None
    n, y = np.array(d["variable"]), np.array(d["quantity"])
    sizes = np.unique(n)
    figure = Picture(figsize=(6.0, 3.8), layout="constrained")
    axes = figure.subplots()
    axes.loglog(
        n * np.random.default_rng(0).uniform(0.93, 1.07, len(n)),
        y,
        ".",
        ms=3,
        color=SHORTCUT,
        alpha=0.35,
        label="one run",
    )
    centre = np.array([np.exp(np.mean(np.log(y[n == s]))) for s in sizes])
    axes.loglog(sizes, centre, "o-", color=SHORTCUT, label="geometric mean")
    axes.loglog(sizes, centre[0] * (sizes / sizes[0]) ** -0.5, "--", color="black", lw=1, label="N^(−1/2)")
    axes.set_xlabel("number of samples N")
    axes.set_ylabel("distance of (a, v) to the population run")
    axes.legend(fontsize=8)
    return figure


PICTURES = {"success": _success, "trajectories": _trajectories, "finite-sample": _finite_sample}
