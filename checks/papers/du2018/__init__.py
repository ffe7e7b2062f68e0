"""Readings of Du et al. (2019): gradients, Gram matrices and training runs of real networks, in float64."""

from __future__ import annotations

from functools import partial

from checks.papers.du2018 import gradients, limits, training
from checks.readings import Reading

READINGS: dict[str, Reading | tuple[Reading, ...]] = {
    **{
        f"gradient-{k}-{h}": Reading("autograd", partial(gradients.gradient, k, h))
        for k in ("fc", "resnet")
        for h in (1, 2, 3)
    },
    "layer-conv": Reading("autograd", partial(gradients.convolution, "weights")),
    "backprop-conv": Reading("autograd", partial(gradients.convolution, "input")),
    "gram-layer-form": Reading("autograd", gradients.grams_by_layers, both_sides=True),
    "remainder-order": Reading("scaling", partial(gradients.remainder, False)),
    "remainder-constant": Reading("scaling", partial(gradients.remainder, True)),
    "growth-fc": Reading("scaling", limits.growth_fc),
    "growth-resnet": Reading("trajectory", limits.growth_resnet),
    "lambda-depth-resnet": Reading("trajectory", limits.lambda_resnet),
    "lambda-depth-fc": Reading("scaling", limits.lambda_fc),
    "full-rank": (Reading("enclosure", limits.full_rank), Reading("trajectory", limits.full_rank_numbers)),
    "full-rank-equal": Reading("trajectory", limits.equal_inputs),
    "finite-width": Reading("scaling", limits.distance_to_limit),
    "finite-width-quarter": Reading("trajectory", limits.quarter),
    "weight-movement": Reading("scaling", limits.weight_movement),
    "gram-movement": Reading("scaling", limits.gram_movement),
    "stability-fc": Reading("trajectory", partial(limits.stability, "fc")),
    "stability-resnet": Reading("trajectory", partial(limits.stability, "resnet")),
    "theorem-5-1": Reading("trajectory", partial(training.theorem, "fc")),
    "theorem-6-1": Reading("trajectory", partial(training.theorem, "resnet")),
    "theorem-7-1": Reading("trajectory", training.theorem_convolutional),
}
