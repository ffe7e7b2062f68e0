"""Networks of zhang2019 that are trained side by side have the numbers that each has by itself."""

from __future__ import annotations

import numpy as np
import torch

from checks.context import Context
from checks.papers.zhang2019 import training
from checks.papers.zhang2019.common import targets
from numerics.models.zhang2019 import descend, gram, networks


def _times_one_by_one(blocks: int, residual: bool, seeds: int, width: int, most: int) -> list[float]:
    """T(ε) of each network: no network is left out, and none is looked at beside another."""
    context = Context(3, "cpu")
    x, y = targets(6, context)
    own = context.generator(f"iterations {blocks} {residual}")
    nets = networks([blocks**-0.5] * seeds, 16, width, blocks, own, residual)
    eta = 1 / torch.linalg.eigvalsh(gram(nets, x))[:, -1]
    losses = torch.stack(list(descend(nets, x, y, eta, most))).numpy()
    found = []
    for share in (losses / losses[0]).T:
        there = np.flatnonzero(share <= training.EPSILON)
        k = int(there[0]) if len(there) else None
        if k is None:
            found.append(float(most))
        else:
            found.append(k - 1 + np.log(share[k - 1] / training.EPSILON) / np.log(share[k - 1] / share[k]))
    return found


def test_times_with_networks_left_out_are_those_of_all() -> None:
    for blocks, residual in ((4, True), (16, True), (4, False)):
        found, curve = training._iterations(blocks, residual, Context(3, "cpu"), 10, 24, 150)
        assert np.allclose(found, _times_one_by_one(blocks, residual, 10, 24, 150), rtol=1e-9)
        assert len({round(t) for t in found}) > 2, "networks that are there at different times"
        assert curve[0] == 1
        assert len(curve) - 1 >= min(max(found), 150)


def test_networks_of_several_tau_at_once_are_those_of_each_alone() -> None:
    context = Context(1, "cpu")
    together, beyond = training._shares((1.0, 0.5), 8, 3, 10, context, (0.25,))
    for column, alpha in enumerate((1.0, 0.5)):
        alone, none = training._shares((alpha,), 8, 3, 10, context)
        assert np.allclose(together[:, column], alone[:, 0], rtol=1e-9)
        assert none.shape == (0,)
    first, _ = training._shares((0.25,), 8, 3, 10, context)
    assert np.allclose(beyond, first[:1, 0], rtol=1e-9)
    assert not np.allclose(together[:, 0], together[:, 1], rtol=0.01), "another τ gives another loss"
