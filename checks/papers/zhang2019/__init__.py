"""Readings of Zhang et al. (2019): growth, gradients and training of real networks, in float64."""

from __future__ import annotations

from functools import partial

from checks.papers.zhang2019 import asked, backward, convergence, depth, descent, forward, phases, proof, training
from checks.readings import Reading

THEOREMS = asked.THEOREMS | convergence.THEOREMS

READINGS: dict[str, Reading | tuple[Reading, ...]] = {
    **proof.READINGS,
    "layer-lower": Reading("trajectory", partial(forward.layer, True)),
    "layer-upper": Reading("trajectory", partial(forward.layer, False)),
    "growth-lower": Reading("trajectory", partial(forward.growth, True)),
    "growth-upper": Reading("trajectory", partial(forward.growth, False)),
    "failures": Reading("trajectory", forward.failures),
    "band": Reading("sampling", forward.band),
    "phase-critical": Reading("scaling", phases.critical),
    "phase-075": Reading("scaling", partial(phases.vanishing, 0.75)),
    "phase-1": Reading("scaling", partial(phases.vanishing, 1.0)),
    "phase-025": Reading("trajectory", partial(phases.unbounded, "025")),
    "phase-040": Reading("trajectory", partial(phases.unbounded, "040")),
    "phase-045": Reading("trajectory", partial(phases.unbounded, "045")),
    "full-network": Reading("trajectory", forward.full_network),
    "gradient-block-1": Reading("autograd", partial(backward.gradient, 2, 1)),
    "gradient-block-2": Reading("autograd", partial(backward.gradient, 2, 2)),
    "gradient-input": Reading("autograd", partial(backward.gradient, 1, 0)),
    "gradient-last": Reading("autograd", partial(backward.gradient, 1, 2)),
    "layer-block": Reading("autograd", partial(backward.block, "weights")),
    "backprop-block": Reading("autograd", partial(backward.block, "input")),
    "backward-growth": Reading("trajectory", backward.growth),
    "spectral-critical": Reading("scaling", backward.spectral),
    "spectral-explodes": Reading("trajectory", backward.explodes),
    "block-gradient-depth": Reading("scaling", backward.gradient_depth),
    "block-gradient-even": Reading("trajectory", backward.gradient_even),
    "vanilla-correlation": Reading("scaling", depth.correlation),
    "conditioning": Reading("trajectory", depth.conditioning),
    "pl-lower": Reading("trajectory", partial(descent.gradient_norm, True)),
    "pl-upper": Reading("trajectory", partial(descent.gradient_norm, False)),
    "pl-data": Reading("scaling", descent.kernel_on_half_circle),
    "smoothness-depth": Reading("scaling", descent.largest_eigenvalue),
    "smoothness-vanilla": Reading("scaling", descent.largest_eigenvalue_vanilla),
    "linear-rate": Reading("trajectory", descent.linear_rate),
    "iterations-resnet": Reading("scaling", training.iterations),
    "iterations-vanilla": Reading("trajectory", training.iterations_vanilla),
    "tau-range": Reading("trajectory", training.range_of_tau),
    "tau-one": Reading("trajectory", training.tau_one),
    "train-deep": Reading("trajectory", training.deep),
    "train-tau-one": Reading("trajectory", training.deep_tau_one),
    "normalised": Reading("trajectory", training.normalised),
}
