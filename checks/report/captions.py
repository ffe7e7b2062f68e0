"""Captions of the headline pictures, shown below them and read to people who do not see them."""

from __future__ import annotations

CAPTIONS = {
    "liu2019-success": "Share of runs that reach the global optimum, from the shortcut's start and from random starts, "
    "for four teachers, with exact binomial intervals.",
    "liu2019-trajectories": "Runs of normalised gradient descent: the inner product of a and a* against the angle φ, "
    "from both starts, with the global and the spurious optimum.",
    "liu2019-finite-sample": "Distance between a run on N samples and the run on the population, against N, with the "
    "slope −1/2.",
    "du2018-loss": "Training loss of each width below the line of the theorem, for three architectures.",
    "du2018-depth": "The least eigenvalue of the last layer's Gram matrix, scaled, against depth: ResNet beside fully "
    "connected.",
    "du2018-growth": "How much of an error in the first layer arrives at the last, against depth.",
    "du2018-width": "Distance of the Gram matrix to its limit, and how far weights move in training, against width, "
    "with the stated slopes.",
    "zhang2019-phase": "Growth of the squared norm of the last layer over depth L and exponent α of τ = L^(−α), with "
    "the line α = 1/2.",
    "zhang2019-training": "Loss curves on digits without normalisation layers: τ = 1/√L beside τ = 1.",
    "zhang2019-depth": "Loss curves and iterations against depth, with and without shortcuts.",
    "macdonald2023-mechanism": "Singular values of the Jacobian during training, and the loss, for three variants.",
    "macdonald2023-constants": "The Łojasiewicz and smoothness constants along a run, with the bound of the calculus "
    "above them.",
    "macdonald2023-infinity": "Cross-entropy and norm of the last layer, from twelve starts.",
    "macdonald2023-bounds": "The largest norm of a Hessian that was found, beside the bound, for each kind of network.",
}


def caption(stem: str) -> str:
    """The caption of a picture by its file's name without ending; its name in words if it has no caption."""
    key, _, name = stem.partition("-")
    return CAPTIONS.get(stem, f"{name.replace('-', ' ')}, {key}" if name else stem)
