"""The data model and the two-layer convolutional network of Zou, Cao, Li and Gu (2021)."""

from numerics.models.zou2021.network import (
    Convolution,
    Patches,
    fresh,
    optimiser_of,
    patches,
    start,
    test_error,
    train,
    training_loss,
)

__all__ = [
    "Convolution",
    "Patches",
    "fresh",
    "optimiser_of",
    "patches",
    "start",
    "test_error",
    "train",
    "training_loss",
]
