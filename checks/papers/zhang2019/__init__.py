"""Readings of Zhang et al. (2019): growth, gradients and training of real networks, in float64."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from checks.context import Context
from checks.papers.zhang2019 import backward, depth, descent, forward, phases, training
from checks.readings import Reading


def _reading(method: str, measure: Callable[[Context], Any], both_sides: bool = False) -> tuple[Reading, ...]:
    return (Reading(method, measure, both_sides),)


READINGS: dict[str, tuple[Reading, ...]] = {
    "layer-lower": _reading("trajectory", partial(forward.layer, True)),
    "layer-upper": _reading("trajectory", partial(forward.layer, False)),
    "growth-lower": _reading("trajectory", partial(forward.growth, True)),
    "growth-upper": _reading("trajectory", partial(forward.growth, False)),
    "failures": _reading("trajectory", forward.failures),
    "band": _reading("sampling", forward.band),
    "phase-critical": _reading("scaling", phases.critical),
    "phase-075": _reading("scaling", partial(phases.vanishing, 0.75)),
    "phase-1": _reading("scaling", partial(phases.vanishing, 1.0)),
    "phase-025": _reading("trajectory", partial(phases.unbounded, "025")),
    "phase-040": _reading("trajectory", partial(phases.unbounded, "040")),
    "phase-045": _reading("trajectory", partial(phases.unbounded, "045")),
    "full-network": _reading("trajectory", forward.full_network),
    "gradient-block-1": _reading("autograd", partial(backward.gradient, 2, 1)),
    "gradient-block-2": _reading("autograd", partial(backward.gradient, 2, 2)),
    "gradient-input": _reading("autograd", partial(backward.gradient, 1, 0)),
    "gradient-last": _reading("autograd", partial(backward.gradient, 1, 2)),
    "layer-block": _reading("autograd", partial(backward.block, "weights")),
    "backprop-block": _reading("autograd", partial(backward.block, "input")),
    "backward-growth": _reading("trajectory", backward.growth),
    "spectral-critical": _reading("scaling", backward.spectral),
    "spectral-explodes": _reading("trajectory", backward.explodes),
    "block-gradient-depth": _reading("scaling", backward.gradient_depth),
    "block-gradient-even": _reading("trajectory", backward.gradient_even),
    "vanilla-correlation": _reading("scaling", depth.correlation),
    "conditioning": _reading("trajectory", depth.conditioning),
    "pl-lower": _reading("trajectory", partial(descent.gradient_norm, True)),
    "pl-upper": _reading("trajectory", partial(descent.gradient_norm, False)),
    "pl-data": _reading("scaling", descent.kernel_on_half_circle),
    "smoothness-depth": _reading("scaling", descent.largest_eigenvalue),
    "smoothness-vanilla": _reading("scaling", descent.largest_eigenvalue_vanilla),
    "linear-rate": _reading("trajectory", descent.linear_rate),
    "iterations-resnet": _reading("scaling", training.iterations),
    "iterations-vanilla": _reading("trajectory", training.iterations_vanilla),
    "tau-range": _reading("trajectory", training.range_of_tau),
    "tau-one": _reading("trajectory", training.tau_one),
    "train-deep": _reading("trajectory", training.deep),
    "train-tau-one": _reading("trajectory", training.deep_tau_one),
    "normalised": _reading("trajectory", training.normalised),
}
