"""Conditional simulation of wide networks has the law of the networks with their weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import ks_2samp

from numerics.data import sphere
from numerics.gram import layer_grams
from numerics.kernels import fully_connected, residual
from numerics.models.du2018 import FullyConnected, ResNet, as_tensor, generator
from numerics.models.du2018_wide import last_grams

FALSE_ALARM = 1e-6


@pytest.mark.parametrize("c_res", [None, 0.5])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_law_is_that_of_networks_with_weights(c_res: float | None, depth: int) -> None:
    x = as_tensor(sphere(3, 4, 0).x)
    m, runs = 16, 1500
    g = generator(1)

    def drawn() -> np.ndarray:
        kind = FullyConnected(4, m, depth, "tanh", g) if c_res is None else ResNet(4, m, depth, "tanh", g, c_res)
        return layer_grams(kind, x)[f"layers.{depth - 1}"].numpy()

    theirs = np.array([drawn() for _ in range(runs)])
    ours = last_grams(x, "tanh", depth, m, runs, g, c_res).numpy()
    for i, j in ((0, 0), (0, 1), (1, 2)):
        assert ks_2samp(ours[:, i, j], theirs[:, i, j]).pvalue > FALSE_ALARM / 18


@pytest.mark.parametrize("c_res", [None, 0.5])
def test_wide_networks_come_to_the_limit(c_res: float | None) -> None:
    data = sphere(6, 5, 0).x
    limit = fully_connected(data, "softplus", 3) if c_res is None else residual(data, "softplus", 3, c_res=c_res)
    found = last_grams(as_tensor(data), "softplus", 3, 2**14, 20, generator(0), c_res)
    mean, spread = found.mean(0).numpy(), found.std(0).numpy()
    # the bias of order 1/m is far below the standard error of 20 networks
    assert np.all(np.abs(mean - limit.last) < 6 * spread / np.sqrt(20))


def test_equal_inputs_have_equal_rows() -> None:
    x = as_tensor(sphere(3, 4, 0).x)
    found = last_grams(torch.cat([x, x[:1]]), "tanh", 3, 64, 2, generator(0), 0.5)
    assert torch.allclose(found[:, 0], found[:, 3], rtol=1e-6, atol=1e-9)


def test_sizes_below_one_are_named() -> None:
    with pytest.raises(ValueError, match="at least 1, not 0, 8, 1"):
        last_grams(as_tensor(sphere(2, 2, 0).x), "tanh", 0, 8, 1, generator(0))
