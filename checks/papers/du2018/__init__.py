"""Readings of Du et al. (2019): gradients, Gram matrices and training runs of real networks, in float64."""

from __future__ import annotations

from functools import partial

from checks.papers.du2018 import asked, gradients, limits, proof, training, widths
from checks.readings import Reading
from derivations.activations import STAND_INS

MADE = "the statement's right side"

THEOREMS = asked.THEOREMS

READINGS: dict[str, Reading | tuple[Reading, ...]] = {
    **proof.READINGS,
    **{
        f"gradient-{k}-{h}": tuple(
            Reading("autograd", partial(gradients.gradient, k, h, form), by=("torch.autograd", MADE))
            for form in STAND_INS
        )
        for k in ("fc", "resnet")
        for h in (1, 2, 3)
    },
    **{
        f"{name}-conv": tuple(
            Reading("autograd", partial(gradients.convolution, by, form), by=("torch.autograd", MADE))
            for form in STAND_INS
        )
        for name, by in (("layer", "weights"), ("backprop", "input"))
    },
    "gram-layer-form": Reading(
        "autograd",
        gradients.grams_by_layers,
        both_sides=True,
        by=("numerics.gram.layer_grams", "torch.func's Jacobian"),
    ),
    "remainder-order": Reading("scaling", partial(gradients.remainder, False)),
    "remainder-constant": Reading("scaling", partial(gradients.remainder, True)),
    "growth-fc": Reading("scaling", limits.growth_fc),
    "growth-resnet": Reading("trajectory", limits.growth_resnet, by=("numerics.infinite.equal_norms", MADE)),
    "lambda-depth-resnet": Reading("scaling", limits.lambda_resnet),
    "lambda-depth-fc": Reading("scaling", limits.lambda_fc),
    "full-rank": (
        Reading("enclosure", limits.full_rank),
        Reading("trajectory", limits.full_rank_numbers, by=(MADE, "numerics.kernels")),
    ),
    "full-rank-angle": Reading("scaling", limits.vanishing),
    "finite-width": Reading("scaling", widths.distance_to_limit),
    "finite-width-quarter": Reading("sampling", widths.quarter),
    "least-eigenvalue-later": Reading("trajectory", widths.least_while_training, by=(MADE, "networks of torch")),
    "weight-movement": Reading("scaling", partial(widths.movement, 0), run="movement"),
    "gram-movement": Reading("scaling", partial(widths.movement, 1), run="movement"),
    "stability-fc": Reading(
        "trajectory", partial(widths.stability_along, "fc"), by=("features of torch networks", MADE)
    ),
    "stability-resnet": Reading(
        "trajectory", partial(widths.stability_along, "resnet"), by=("features of torch networks", MADE)
    ),
    "theorem-5-1": Reading("trajectory", partial(training.theorem, "fc"), by=("losses of torch networks", MADE)),
    "theorem-6-1": Reading("trajectory", partial(training.theorem, "resnet"), by=("losses of torch networks", MADE)),
    "theorem-7-1": Reading("trajectory", training.theorem_convolutional, by=("losses of torch networks", MADE)),
}
