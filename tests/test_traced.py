"""Functions of tensors as lists of operations: the same numbers in every bit, and no function that looks at values."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from numerics.machine.traced import traced


def _nets(seed: int, runs: int) -> tuple[dict[str, Tensor], nn.Module]:
    torch.manual_seed(seed)
    nets = [
        nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5, track_running_stats=False), nn.Tanh(), nn.Linear(5, 2))
        for _ in range(runs)
    ]
    stacked, _ = stack_module_state([net.double() for net in nets])
    return {name: w.detach().clone() for name, w in stacked.items()}, nets[0]


@pytest.mark.parametrize("seed", range(3))
def test_a_traced_step_is_the_step_in_every_bit_along_a_run(seed: int) -> None:
    weights, net = _nets(seed, 4)
    x, y = torch.randn(6, 3, dtype=torch.float64), torch.randn(6, 2, dtype=torch.float64)

    def loss(w: dict[str, Tensor]) -> Tensor:
        return ((functional_call(net, w, (x,)) - y) ** 2).sum()

    slow = vmap(torch.func.grad_and_value(loss))
    fast = traced(slow)
    for _ in range(5):
        expected, value = slow(weights)
        found, again = fast(weights)
        assert torch.equal(value, again)
        assert all(torch.equal(found[name], expected[name]) for name in weights)
        for name, w in weights.items():
            w.sub_(0.05 * found[name])


def test_other_shapes_and_formats_are_traced_anew() -> None:
    square = traced(lambda x: x @ x / len(x))
    for x in (torch.ones(2), torch.ones(5), torch.ones(5, dtype=torch.float64), torch.ones(2)):
        assert square(x).dtype == x.dtype
        assert float(square(x)) == 1.0


def test_other_plain_arguments_are_traced_anew() -> None:
    power = traced(lambda x, k: x**k)
    assert [float(power(torch.tensor(3.0), k)) for k in (1, 2, 1)] == [3.0, 9.0, 3.0]


def test_a_function_that_looks_at_values_is_refused() -> None:
    # repeated operation by operation it would go the way of its first call for ever
    halved = traced(lambda x: x / 2 if x.sum() > 1 else x)
    with pytest.raises(RuntimeError):
        halved(torch.ones(3))


def test_second_derivatives_of_shorter_vectors_are_those_of_longer_ones_with_entries_left_out() -> None:
    import numpy as np

    from checks.papers.macdonald2023.layers import _ascent

    for kind in ("wn", "bn"):
        together = _ascent(kind, np.array([2, 5]), np.array([0.3, 0.3]), torch.Generator().manual_seed(1))
        # alone, from other starts: the same supremum, which both ascents reach to a thousandth
        apart = [_ascent(kind, np.array([n]), np.array([0.3]), torch.Generator().manual_seed(2))[0] for n in (2, 5)]
        assert np.allclose(together, apart, rtol=2e-3)
