"""Readings of MacDonald et al. (2023): composed networks, singular values and training runs."""

from __future__ import annotations

from functools import partial

from checks.papers.macdonald2023 import asked, infinity, layers, mechanism, parts, spectra, training
from checks.readings import Reading

THEOREMS = asked.THEOREMS

READINGS: dict[str, Reading | tuple[Reading, ...]] = {
    "wn-smooth": Reading("trajectory", partial(layers.second_derivative, "wn")),
    "bn-smooth": Reading("trajectory", partial(layers.second_derivative, "bn")),
    "chain-vectors": Reading("autograd", partial(parts.chain_rule, 1), both_sides=True),
    "chain-vectors-second": Reading("autograd", partial(parts.chain_rule, 2), both_sides=True),
    "lipschitz-holds": Reading("trajectory", partial(layers.bound_holds, "lipschitz")),
    "smoothness-holds": Reading("trajectory", partial(layers.bound_holds, "smoothness")),
    "pl-composition": Reading("trajectory", spectra.pl),
    "gram-sum": Reading("autograd", parts.gram_sum, both_sides=True),
    "gram-superadditive": Reading("trajectory", parts.superadditive),
    "skip-uniform": Reading("trajectory", spectra.skip_uniform),
    "convolution-fft": Reading("trajectory", spectra.circular),
    "convolution-lanczos": Reading("trajectory", spectra.lanczos),
    "mp-distance": Reading("scaling", spectra.random_layers),
    "square-layer": Reading("scaling", spectra.square),
    "shifted-layer": Reading("trajectory", spectra.shifted),
    "rate-known": Reading("trajectory", training.known),
    "rate-trajectory": Reading("trajectory", training.rate),
    "constants-along": Reading("trajectory", training.constants),
    "infinity-loss": Reading("scaling", infinity.loss_at_infinity, run="to infinity"),
    "infinity-weights": Reading("scaling", infinity.weights_at_infinity, run="to infinity"),
    "infinity-start": Reading("trajectory", infinity.starts),
    "mechanism-values": Reading("trajectory", mechanism.mechanism_values, run="mechanism"),
    "mechanism-loss": Reading("trajectory", mechanism.mechanism_loss, run="mechanism"),
}
