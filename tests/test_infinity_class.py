"""Which networks gradient descent takes to the optimum at infinity: who is in the class, and which layer is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from checks.api import infinity_class
from checks.errors import InputError
from numerics.networks.branches import branched

D, N = 6, 4
X = torch.linalg.qr(torch.randn(D, D, generator=torch.Generator().manual_seed(0), dtype=torch.float64))[0][:N]
LABELS = torch.tensor([0, 1, 2, 1])


class Block(nn.Module):
    """x + c·act(Wx)."""

    def __init__(self, act: nn.Module, c: Any = 0.01) -> None:
        super().__init__()
        self.inner, self.act, self.c = nn.Linear(D, D), act, c

    def forward(self, x: Tensor) -> Tensor:
        moved: Tensor = x + self.c * self.act(self.inner(x))
        return moved


class After(Block):
    """φ(x + c·act(Wx)): the skip connection passes an activation."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(super().forward(x))


class Gated(Block):
    """x + c·σ(Wx)·tanh(Vx), in functions and methods instead of modules, and by a step in place."""

    def __init__(self) -> None:
        super().__init__(nn.Identity())
        self.gate = nn.Linear(D, D)

    def forward(self, x: Tensor) -> Tensor:
        z = 2 * x
        z += torch.sigmoid(self.gate(x)) * self.inner(x).tanh() / 100
        return z - x


class InPlace(Block):
    """z = x, and x changes in place: z + tanh(Wx) is twice the sum."""

    def forward(self, x: Tensor) -> Tensor:
        z = x.detach()
        x += self.c * self.act(self.inner(x))
        return z - x + z


class Adds(Block):
    """The same by a method."""

    def forward(self, x: Tensor) -> Tensor:
        return x.add_(self.act(self.inner(x))) - x


class Doubled(Block):
    def forward(self, x: Tensor) -> Tensor:
        moved: Tensor = x * self.act(self.inner(x))
        return moved


def model(*blocks: nn.Module, head: bool = True) -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(*blocks, *([nn.Linear(D, 3)] if head else [])).double()


def frozen(layer: nn.Linear) -> nn.Linear:
    for p in layer.parameters():
        p.requires_grad_(False)
    return layer


INSIDE: dict[str, Callable[[], nn.Module]] = {
    "tanh": lambda: model(Block(nn.Tanh()), Block(nn.Tanh())),
    "sigmoid": lambda: model(Block(nn.Sigmoid())),
    "gated": lambda: model(Gated()),
    "no branch": lambda: model(),
    "normalised": lambda: model(Block(nn.LayerNorm(D, elementwise_affine=False))),
    "frozen": lambda: model(Block(nn.Sequential(nn.Tanh(), frozen(nn.Linear(D, D))), 0.005)),
    "clipped": lambda: model(Block(nn.Hardtanh(-3.0, 2.0))),
}
OUTSIDE: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "relu branch": (
        lambda: model(Block(nn.Tanh()), Block(nn.ReLU())),
        r"1\.act \(ReLU\): it is not known to be bounded",
    ),
    "weights after": (
        lambda: model(Block(nn.Sequential(nn.Tanh(), nn.Linear(D, D)))),
        r"0\.act\.1 \(Linear\): its weights",
    ),
    "trained scale": (lambda: model(Block(nn.Tanh(), nn.Parameter(torch.tensor(0.01)))), r"0\.c: it is trained"),
    "relu after": (lambda: model(After(nn.Tanh())), "relu.*not known to be bounded"),
    "no skip": (lambda: model(nn.Linear(D, D), nn.Tanh()), "there is no skip connection"),
    "a product": (lambda: model(Doubled(nn.Tanh())), "the input is multiplied by itself or by a branch"),
    "too large": (lambda: model(Block(nn.Tanh(), 0.21)), r"too large: b√\(dN\) = 1\.029, \|α\|σ_min\(X\) = 1$"),
    "in place": (lambda: model(Adds(nn.Tanh())), "changes in place what"),
    "clipped in place": (lambda: model(nn.Hardtanh(inplace=True)), "no part of the input"),
    "affine norm": (lambda: model(Block(nn.LayerNorm(D))), r"0\.act \(LayerNorm\): its weights"),
}


@pytest.mark.parametrize("name", INSIDE)
def test_inside_the_features_are_apart_for_weights_of_all_scales(name: str) -> None:
    """The least singular value of the features, from svd, at random weights from 10⁻³ to 10³."""
    net: Any = INSIDE[name]()
    found = infinity_class(net, X, LABELS)
    assert found.inside, found
    assert found.reason == ""
    assert found.time is not None
    assert found.time > 0
    features = nn.Sequential(*list(net.children())[:-1])
    bounded = branched(net).features
    g = torch.Generator().manual_seed(3)
    for scale in (1e-3, 1.0, 30.0, 1e3):
        with torch.no_grad():
            for p in features.parameters():
                if p.requires_grad:
                    p.copy_(scale * torch.randn(p.shape, generator=g, dtype=p.dtype))
            seen = features(X)
        assert float(torch.linalg.svdvals(seen)[-1]) >= found.sigma_low * (1 - 1e-12)
        assert float((seen - bounded.alpha * X).abs().max()) <= bounded.b * (1 + 1e-12) + 1e-15


@pytest.mark.parametrize("name", OUTSIDE)
def test_outside_the_layer_is_named(name: str) -> None:
    make, said = OUTSIDE[name]
    found = infinity_class(make(), X, LABELS)
    assert not found.inside
    assert found.time is None
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(found.reason)


def test_the_edge_of_the_class() -> None:
    """One block of scale c is inside for c√(dN) < 1, here to one part in a thousand, where σ_min(X) = 1."""
    edge = (D * N) ** -0.5
    assert infinity_class(model(Block(nn.Tanh(), 0.999 * edge)), X, LABELS).inside
    assert not infinity_class(model(Block(nn.Tanh(), 1.001 * edge)), X, LABELS).inside
    two = model(Block(nn.Tanh(), 0.501 * edge), Block(nn.Tanh(), 0.501 * edge))
    assert not infinity_class(two, X, LABELS).inside


def test_the_time_is_the_theorems_by_hand_and_gradient_descent_keeps_it() -> None:
    from math import exp, log, sqrt

    net: Any = INSIDE["tanh"]()
    with torch.no_grad():
        net[-1].weight.zero_()
        net[-1].bias.zero_()
    epsilon = 0.2
    found = infinity_class(net, X, LABELS, epsilon)
    low, first = 1 - 0.02 * sqrt(D * N), log(3)
    gain = 0.5 * 3 / 2 * ((1 - exp(-N * first)) / (N * first)) ** 2 * low**2 / N
    assert found.loss == pytest.approx(first, rel=1e-12)
    assert found.time is not None
    assert found.time == pytest.approx((1 / epsilon - 1 / first) / gain, rel=1e-9)
    time, eta = 0.0, 0.5
    while (loss := nn.functional.cross_entropy(net(X), LABELS)).item() > epsilon:
        weights = list(net.parameters())
        gradients = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for p, g in zip(weights, gradients, strict=True):
                p -= eta * g
        time += eta
        assert time <= found.time


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: infinity_class(model(), torch.randn(9, D).double(), torch.zeros(9)), None),
        (lambda: infinity_class(model(head=False), X, LABELS), "does not end with a linear layer"),
        (lambda: infinity_class(model(), X, LABELS[:2]), r"\(N, d\) and \(N\) are needed"),
        (lambda: infinity_class(model(), X[:, :3], LABELS), "cannot be run on x and labels"),
        (lambda: infinity_class(model(), X, LABELS + 7), "cannot be run on x and labels"),
        (lambda: infinity_class(model(), "no", LABELS), "x is not an array of numbers"),
        (lambda: infinity_class(nn.Bilinear(2, 2, 2), X, LABELS), "2 inputs"),
        (lambda: infinity_class(model(InPlace(nn.Tanh())), X, LABELS), "differs from its trace"),
        (lambda: infinity_class(3, X, LABELS), "model is not a torch module"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_asked(call: Any, said: str | None) -> None:
    if said is None:
        assert "dependent" in call().reason
        return
    with pytest.raises(InputError, match=said):
        call()
