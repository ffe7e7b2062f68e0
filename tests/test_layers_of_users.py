"""Layers whose numbers would be wrong without a word: complex, with a power iteration, scaled by counts of a batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from numerics.convolution_spectra import dense, extreme_singular_values
from numerics.curvature import hessian_extremes
from numerics.gram import layer_grams


def test_complex_convolutions_are_refused() -> None:
    complex_ = nn.Conv1d(2, 2, 3, dtype=torch.complex128)
    with pytest.raises(ValueError, match="complex weights"):
        extreme_singular_values(complex_, (5,), 1)
    with pytest.raises(ValueError, match="complex weights"):
        dense(complex_, (5,))


def test_spectral_norms_stand_still() -> None:
    torch.manual_seed(0)
    layer = nn.utils.parametrizations.spectral_norm(nn.Conv1d(2, 2, 3, dtype=torch.float64)).train()
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    first, second = (extreme_singular_values(layer, (6,), 1) for _ in range(2))
    assert first == second
    assert all(torch.equal(value, before[name]) for name, value in layer.state_dict().items())


def test_gradients_scaled_by_counts_of_a_batch_are_refused() -> None:
    model = nn.Sequential(nn.Embedding(5, 3, scale_grad_by_freq=True), nn.Flatten(), nn.Linear(6, 1)).double()
    with pytest.raises(ValueError, match="scale_grad_by_freq"):
        layer_grams(model, torch.tensor([[0, 1], [2, 3]]))


def test_arrays_in_place_of_tensors_are_called_so() -> None:
    model, x = nn.Linear(3, 1).double(), np.zeros((5, 3))
    with pytest.raises(ValueError, match=r"models take tensors: give torch\.as_tensor"):
        layer_grams(model, x)
    with pytest.raises(ValueError, match=r"models take tensors: give torch\.as_tensor"):
        hessian_extremes(model, nn.MSELoss(), x, x[:, :1])
