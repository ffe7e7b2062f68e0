"""Readings of Du et al. (2019): gradients, Gram matrices and training runs of real networks, in float64."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from checks.context import Context
from checks.papers.du2018 import gradients, limits, training
from checks.readings import Reading


def _reading(method: str, measure: Callable[[Context], Any], both_sides: bool = False) -> tuple[Reading, ...]:
    return (Reading(method, measure, both_sides),)


READINGS: dict[str, tuple[Reading, ...]] = {
    **{
        f"gradient-{k}-{h}": _reading("autograd", partial(gradients.gradient, k, h))
        for k in ("fc", "resnet")
        for h in (1, 2, 3)
    },
    "layer-conv": _reading("autograd", partial(gradients.convolution, "weights")),
    "backprop-conv": _reading("autograd", partial(gradients.convolution, "input")),
    "gram-layer-form": _reading("autograd", gradients.grams_by_layers, both_sides=True),
    "remainder-order": _reading("scaling", partial(gradients.remainder, False)),
    "remainder-constant": _reading("scaling", partial(gradients.remainder, True)),
    "growth-fc": _reading("scaling", limits.growth_fc),
    "growth-resnet": _reading("trajectory", limits.growth_resnet),
    "lambda-depth-resnet": _reading("trajectory", limits.lambda_resnet),
    "lambda-depth-fc": _reading("scaling", limits.lambda_fc),
    "full-rank": (*_reading("enclosure", limits.full_rank), *_reading("trajectory", limits.full_rank_numbers)),
    "full-rank-equal": _reading("trajectory", limits.equal_inputs),
    "finite-width": _reading("scaling", limits.distance_to_limit),
    "finite-width-quarter": _reading("trajectory", limits.quarter),
    "weight-movement": _reading("scaling", limits.weight_movement),
    "gram-movement": _reading("scaling", limits.gram_movement),
    "stability-fc": _reading("trajectory", partial(limits.stability, "fc")),
    "stability-resnet": _reading("trajectory", partial(limits.stability, "resnet")),
    "theorem-5-1": _reading("trajectory", partial(training.theorem, "fc")),
    "theorem-6-1": _reading("trajectory", partial(training.theorem, "resnet")),
    "theorem-7-1": _reading("trajectory", training.theorem_convolutional),
}
