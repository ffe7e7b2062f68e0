"""The models, losses and data of curvlinops' own tests: products against curvlinops' operators and dense matrices."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from curvlinops import GGNLinearOperator, HessianLinearOperator
from torch import Tensor, nn

from numerics.curvature import CurvatureError, gauss_newton_extremes, hessian_extremes
from numerics.networks.batch_loss import BatchLoss, measuring
from numerics.networks.unchanged import arguments

F64 = torch.float64


class DictInput(nn.Module):
    def __init__(self, classes: int, middle: Callable[[], nn.Module] = nn.ReLU) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(10, 5), middle(), nn.Linear(5, classes))

    def forward(self, data: Any) -> Tensor:
        return self.net(data["x"])


class Moved(nn.Module):
    """Channels from the second to the last axis, or averaged positions."""

    def __init__(self, average: bool = False) -> None:
        super().__init__()
        self.average = average

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1, -2).mean(1) if self.average else x.movedim(1, -1)


def mlp(inputs: int, outputs: int, inplace: bool = False) -> nn.Module:
    return nn.Sequential(nn.Linear(inputs, 5), nn.ReLU(inplace), nn.Linear(5, outputs))


def deep(*sizes: int) -> nn.Module:
    return nn.Sequential(*(nn.Linear(a, b) for a, b in pairwise(sizes)))


def convolution(reduced: bool) -> nn.Module:
    after = [nn.AdaptiveAvgPool2d(1), nn.Flatten(1)] if reduced else [Moved()]
    return nn.Sequential(nn.Conv2d(3, 2, 4, padding=2), *after)


def unet(last: nn.Module) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 2, 3, padding=1, stride=2), nn.Conv2d(2, 2, 3, padding=1), nn.Upsample(scale_factor=2),
        nn.Conv2d(2, 3, 3, padding=1), last,
    )  # fmt: skip


def cnn() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(256, 10),
    )  # fmt: skip


def normalised() -> nn.Module:
    norm = nn.BatchNorm1d(5)
    for p in norm.parameters():
        nn.init.uniform_(p)
    return nn.Sequential(nn.Linear(10, 5), norm, nn.ReLU(), nn.Linear(5, 2))


CE, BCE, MSE = nn.CrossEntropyLoss, nn.BCEWithLogitsLoss, nn.MSELoss
CASES: dict[str, tuple[Callable[[], nn.Module], Any, tuple[int, ...], tuple[int, ...]]] = {
    "classes": (lambda: mlp(10, 3), CE, (7, 10), (7,)),
    "one binary": (lambda: mlp(10, 1), BCE, (7, 10), (7, 1)),
    "two binary": (lambda: mlp(10, 2), BCE, (7, 10), (7, 2)),
    "regression": (lambda: mlp(8, 3), MSE, (8, 8), (8, 3)),
    "dict, classes": (lambda: DictInput(3), CE, (7, 10), (7,)),
    "dict, binary": (lambda: DictInput(1), BCE, (7, 10), (7, 1)),
    "dict, regression": (lambda: DictInput(2, nn.Identity), MSE, (7, 10), (7, 2)),
    "positions, classes": (lambda: nn.Sequential(mlp(10, 3), Moved()), CE, (4, 5, 10), (4, 5)),
    "positions, binary": (lambda: mlp(10, 2), BCE, (4, 5, 10), (4, 5, 2)),
    "positions, regression": (lambda: mlp(8, 3), MSE, (6, 5, 8), (6, 5, 3)),
    "scalar": (lambda: deep(6, 3, 1), MSE, (5, 6), (5, 1)),
    "linear": (lambda: deep(5, 4, 3), MSE, (7, 5), (7, 3)),
    "one datum, classes": (lambda: deep(5, 4, 3), CE, (1, 5), (1,)),
    "one datum, binary": (lambda: deep(4, 3, 2), BCE, (1, 4), (1, 2)),
    "single layer": (lambda: nn.Linear(5, 3), MSE, (7, 5), (7, 3)),
    "shared, averaged": (lambda: nn.Sequential(nn.Linear(5, 3), Moved(True)), MSE, (4, 4, 8, 5), (4, 3)),
    "shared": (lambda: deep(5, 4, 3), MSE, (2, 4, 8, 5), (2, 4, 8, 3)),
    "convolution": (lambda: convolution(False), MSE, (2, 3, 8, 8), (2, 9, 9, 2)),
    "convolution, averaged": (lambda: convolution(True), MSE, (2, 3, 8, 8), (2, 2)),
    "unet, regression": (lambda: unet(Moved()), MSE, (2, 3, 8, 8), (2, 8, 8, 3)),
    "unet, classes": (lambda: unet(nn.Identity()), CE, (2, 3, 8, 8), (2, 8, 8)),
    "in place": (lambda: mlp(6, 2, inplace=True), MSE, (3, 6), (3, 2)),
    "images": (cnn, CE, (5, 1, 28, 28), (5,)),
    "batch norm": (normalised, CE, (12, 10), (12,)),
}


def drawn(name: str, reduction: str) -> tuple[nn.Module, nn.Module, Any, Tensor]:
    torch.manual_seed(0)
    make, loss, given, wanted = CASES[name]
    model = make().double()
    x: Any = torch.rand(given, dtype=F64)
    y = torch.rand(wanted, dtype=F64)
    if loss is CE:
        y = torch.randint(0, 2, wanted)
    elif loss is BCE:
        y = y.round()
    if "dict" in name:
        x = {"x": x} if "classes" in name else UserDict(x=x)
    return model, loss(reduction=reduction), x, y


def jacobian_products(model: nn.Module, x: Any, vectors: Tensor) -> tuple[Tensor, Tensor]:
    """The model's output and (∂out/∂θ)v for each v, by forward mode."""
    given = {k: p.detach() for k, p in model.named_parameters()}
    sizes = [p.numel() for p in given.values()]
    buffers = {k: b.clone() for k, b in model.named_buffers()}
    taken, named = arguments(model, x)

    def out(parameters: dict[str, Tensor]) -> Tensor:
        copies = {k: b.clone() for k, b in buffers.items()}
        clean = tuple(t.clone() if isinstance(t, Tensor) else t for t in taken)
        return torch.func.functional_call(model, {**parameters, **copies}, clean, named)

    rows = []
    for v in vectors:
        parts = zip(given.items(), v.split(sizes), strict=True)
        tangent = {k: part.reshape(p.shape) for (k, p), part in parts}
        rows.append(torch.func.jvp(out, (given,), (tangent,))[1].reshape(-1))
    return out(given), torch.stack(rows)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("name", CASES)
def test_products(name: str, reduction: str) -> None:
    model, loss, x, y = drawn(name, reduction)
    before = [t.clone() for t in (*model.parameters(), *model.buffers())]
    size = sum(p.numel() for p in model.parameters())
    few = size > 200
    vectors = torch.randn(3, size, dtype=F64) if few else torch.eye(size, dtype=F64)
    with measuring(model):
        at = BatchLoss(model, loss, x, y)
        hessian, gauss = at.hessian(), at.gauss_newton()
        H, G = (np.stack([product(v.numpy()) for v in vectors]) for product in (hessian, gauss))
    assert all(map(torch.equal, before, [*model.parameters(), *model.buffers()]))

    # the Gauss–Newton matrix by forward mode, with the loss's Hessian in the outputs
    out, pushed = jacobian_products(model, x, vectors)
    curvature = torch.autograd.functional.hvp
    inner = [curvature(lambda z: loss(z.reshape(out.shape), y), out.detach().reshape(-1), v)[1] for v in pushed]
    expected = pushed @ torch.stack(inner).T
    assert np.allclose(vectors.numpy() @ G.T, expected.numpy(), rtol=1e-9, atol=1e-10 * float(expected.abs().max()))

    if name == "batch norm":  # curvlinops changes running statistics and takes Hessians of torch's fused kernel
        return
    parameters = list(model.parameters())
    for ours, kind in ((H, HessianLinearOperator), (G, GGNLinearOperator)):
        size_of = (lambda data: len(data["x"])) if "dict" in name else None
        theirs = kind(model, loss, parameters, [(x, y)], check_deterministic=False, batch_size_fn=size_of) @ vectors.T
        scale = float(theirs.abs().max())
        assert np.allclose(ours, theirs.T.detach().numpy(), rtol=1e-8, atol=1e-9 * scale), kind.__name__


@pytest.mark.parametrize("name", ["classes", "dict, binary", "positions, regression", "in place"])
def test_extremes_are_those_of_curvlinops_matrices(name: str) -> None:
    model, loss, x, y = drawn(name, "mean")
    size_of = (lambda data: len(data["x"])) if "dict" in name else None
    for kind, extremes in ((HessianLinearOperator, hessian_extremes), (GGNLinearOperator, gauss_newton_extremes)):
        made = kind(model, loss, list(model.parameters()), [(x, y)], batch_size_fn=size_of)
        matrix = (made @ torch.eye(made.shape[1], dtype=F64)).detach()
        values = torch.linalg.eigvalsh((matrix + matrix.T) / 2).numpy()
        found = extremes(model, loss, x, y, tol=1e-9)
        close = 1e-7 * np.abs(values).max()
        assert found.least[0] == pytest.approx(values[0], abs=close)
        assert found.largest[-1] == pytest.approx(values[-1], abs=close)


def test_dropout_is_refused_as_there() -> None:
    model = nn.Sequential(nn.Linear(10, 5), nn.Dropout(), nn.ReLU(), nn.Linear(5, 2))
    with pytest.raises(CurvatureError, match="random"):
        hessian_extremes(model, CE(), torch.rand(3, 10), torch.tensor([0, 1, 1]))
