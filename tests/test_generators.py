"""Generators that trials get: NumPy's, and a torch one made of it."""

import numpy as np
import torch

from checks.context import torch_generator


def test_a_torch_generator_follows_the_numpy_one():
    first, again, other = (torch_generator(np.random.default_rng(s)) for s in (1, 1, 2))
    draws = [torch.randn(4, generator=g) for g in (first, again, other)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


def test_two_from_one_numpy_generator_differ():
    rng = np.random.default_rng(3)
    assert torch_generator(rng).initial_seed() != torch_generator(rng).initial_seed()
