"""Readings of MacDonald et al. (2023): composed networks, singular values and training runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from checks.context import Context
from checks.papers.macdonald2023 import infinity, layers, mechanism, parts, spectra, training
from checks.readings import Reading


def _reading(method: str, measure: Callable[[Context], Any], both_sides: bool = False) -> tuple[Reading, ...]:
    return (Reading(method, measure, both_sides),)


READINGS: dict[str, tuple[Reading, ...]] = {
    "wn-smooth": _reading("trajectory", partial(layers.second_derivative, "wn")),
    "bn-smooth": _reading("trajectory", partial(layers.second_derivative, "bn")),
    "chain-vectors": _reading("autograd", partial(parts.chain_rule, 1), both_sides=True),
    "chain-vectors-second": _reading("autograd", partial(parts.chain_rule, 2), both_sides=True),
    "lipschitz-holds": _reading("trajectory", partial(layers.bound_holds, "lipschitz")),
    "smoothness-holds": _reading("trajectory", partial(layers.bound_holds, "smoothness")),
    "pl-composition": _reading("trajectory", spectra.pl),
    "gram-sum": _reading("autograd", parts.gram_sum, both_sides=True),
    "gram-superadditive": _reading("trajectory", parts.superadditive),
    "skip-uniform": _reading("trajectory", spectra.skip_uniform),
    "convolution-fft": _reading("trajectory", spectra.circular),
    "convolution-lanczos": _reading("trajectory", spectra.lanczos),
    "mp-distance": _reading("scaling", spectra.random_layers),
    "square-layer": _reading("scaling", spectra.square),
    "shifted-layer": _reading("trajectory", spectra.shifted),
    "rate-known": _reading("trajectory", training.known),
    "rate-trajectory": _reading("trajectory", training.rate),
    "constants-along": _reading("trajectory", training.constants),
    "infinity-loss": _reading("scaling", infinity.loss_at_infinity),
    "infinity-weights": _reading("scaling", infinity.weights_at_infinity),
    "infinity-start": _reading("trajectory", infinity.starts),
    "mechanism-values": _reading("trajectory", mechanism.mechanism_values),
    "mechanism-loss": _reading("trajectory", mechanism.mechanism_loss),
}
