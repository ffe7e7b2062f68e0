"""Random models as people write them: every Gram matrix equals a plain loop of autograd, or is refused."""

import random

import pytest
import torch
from torch import nn
from torch.nn import functional

from numerics.gram import ModelError, layer_grams


class _Scaled(nn.Linear):
    def forward(self, x):
        return 3 * super().forward(x) + x @ self.weight


PIECES = {
    "in-place relu": lambda net, i, h: functional.relu_(net.layers[i](h)),
    "skip": lambda net, i, h: net.layers[i](h.tanh()).add_(h),
    "functional": lambda net, i, h: functional.linear(h, net.layers[i].weight).sin() + net.layers[i](h),
    "twice": lambda net, i, h: net.layers[i](net.layers[i](h).tanh()),
    "product": lambda net, i, h: h @ net.layers[i].weight,
    "plain": lambda net, i, h: net.layers[i](h).sigmoid(),
    "unused": lambda net, i, h: h,
    "mean": lambda net, i, h: net.layers[i](h) - h.mean(0),
    "dropout": lambda net, i, h: functional.dropout(net.layers[i](h), 0.3, True),
}


class Model(nn.Module):
    """A chain of random pieces, one layer each, and a linear output."""

    def __init__(self, seed):
        super().__init__()
        torch.manual_seed(seed)
        choose = random.Random(seed)
        self.pieces = choose.choices(list(PIECES), [6] * 7 + [1] * 2, k=4)
        layers = []
        for _ in self.pieces:
            layer = choose.choice([nn.Linear, nn.Linear, _Scaled])(
                4, 4, bias=choose.random() < 0.7, dtype=torch.float64
            )
            layers.append(nn.utils.weight_norm(layer) if choose.random() < 0.15 else layer)
        self.layers, self.last = nn.ModuleList(layers), nn.Linear(4, 1, dtype=torch.float64)

    def forward(self, x):
        for i, piece in enumerate(self.pieces):
            x = PIECES[piece](self, i, x)
        return self.last(x)


@pytest.mark.filterwarnings("ignore")
def test_models_as_written_are_right_or_refused():
    refused = 0
    for seed in range(120):
        net, x = Model(seed), torch.randn(5, 4, dtype=torch.float64)
        mixed = {"mean", "dropout"} & set(net.pieces)
        try:
            found = layer_grams(net, x)
        except ModelError:
            refused += not mixed
            continue
        assert not mixed, net.pieces
        for name, gram in found.items():
            own = list(net.get_submodule(name).parameters())
            loop = []
            for i in range(5):
                g = torch.autograd.grad(net(x)[i, 0], own, allow_unused=True, retain_graph=True)
                loop.append(
                    torch.cat(
                        [(torch.zeros_like(p) if d is None else d).flatten() for p, d in zip(own, g, strict=True)]
                    )
                )
            J = torch.stack(loop)
            assert torch.allclose(gram, J @ J.T, rtol=0, atol=1e-7 * float((J @ J.T).abs().max())), (
                seed,
                name,
                net.pieces,
            )
    assert refused <= 3
