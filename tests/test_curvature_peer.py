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
from numerics.networks.operators import ProductOperator, SymmetricOperator
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
        H, G = ((operator @ vectors.T).numpy().T for operator in (hessian, gauss))
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


class Wrapped(nn.Module):
    """A layer whose parameters are those of `layer`, called in another way."""

    def __init__(self, layer: nn.Module, call: Callable[[Any, Any], Tensor]) -> None:
        super().__init__()
        self.layer, self.call = layer, call

    def forward(self, *x: Any) -> Tensor:
        return self.call(self.layer, *x)


def with_unused() -> nn.Module:
    layers = nn.ModuleList([nn.Linear(4, 3), nn.Linear(2, 2)])
    return Wrapped(layers, lambda layers, x: layers[0](x).tanh())


def fourth(out: Tensor, y: Tensor) -> Tensor:
    return ((out - y) ** 4).mean()


INSTANCE_NORM = nn.InstanceNorm1d(3, affine=True)
WEIGHT_NORM, SPECTRAL_NORM = nn.utils.parametrizations.weight_norm, nn.utils.parametrizations.spectral_norm
DENIED: dict[str, tuple[Callable[[], nn.Module], Any, tuple[int, ...]]] = {
    "layer norm": (lambda: nn.Sequential(nn.Linear(4, 3), nn.LayerNorm(3), nn.Tanh()), MSE(), (6, 4)),
    "instance norm": (
        lambda: nn.Sequential(nn.Conv1d(2, 3, 2), INSTANCE_NORM, nn.Tanh()),
        MSE(),
        (2, 2, 5),
    ),
    "group norm": (lambda: nn.Sequential(nn.Linear(4, 6), nn.GroupNorm(2, 6), nn.Tanh()), MSE(), (6, 4)),
    "batch norm": (lambda: nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Tanh()), MSE(), (6, 4)),
    "weight norm": (lambda: nn.Sequential(WEIGHT_NORM(nn.Linear(4, 3)), nn.Tanh()), MSE(), (6, 4)),
    "spectral norm": (lambda: nn.Sequential(SPECTRAL_NORM(nn.Linear(4, 3)), nn.Tanh()), MSE(), (6, 4)),
    "fused attention": (lambda: nn.TransformerEncoderLayer(4, 2, 4, 0.0, batch_first=True), MSE(), (2, 3, 4)),
    "bag": (lambda: nn.Sequential(nn.EmbeddingBag(5, 3), nn.Tanh()), MSE(), (4, 2)),
    "two inputs": (lambda: Wrapped(nn.Linear(4, 3), lambda layer, a, b: layer(a) * layer(b)), MSE(), (6, 4)),
    "unused": (with_unused, MSE(), (6, 4)),
    "function": (lambda: nn.Linear(4, 3), fourth, (6, 4)),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", DENIED)
def test_hessians_that_curvlinops_does_not_give(name: str) -> None:
    """Ours against differences of gradients; theirs raises or is another matrix, which is why ours is not theirs."""
    torch.manual_seed(1)
    make, loss, given = DENIED[name]
    model = make().double()
    x: Any = torch.randint(0, 5, given) if name == "bag" else torch.randn(given, dtype=F64)
    x = (x, x.flip(0)) if name == "two inputs" else x
    with measuring(model):
        out = model(*x) if isinstance(x, tuple) else model(x)
        y = torch.randn(out.shape, dtype=F64)
        at = BatchLoss(model, loss, x, y)
        size, h = at.size, 1e-5
        H = at.hessian() @ torch.eye(size, dtype=F64)
        theta, gradient = at.at(), lambda t: at.gradient(t.requires_grad_(True)).detach()
        rows = [(gradient(theta + h * e) - gradient(theta - h * e)) / (2 * h) for e in torch.eye(size, dtype=F64)]
    # h²/6 of a third derivative, and rounding of 1e-16/h
    assert torch.allclose(H, torch.stack(rows), rtol=0, atol=1e-6 * max(1.0, float(H.abs().max())))

    parameters = [p for p in model.parameters() if p.requires_grad]
    try:
        made = HessianLinearOperator(
            model, loss, parameters, [(x, y)], check_deterministic=False, batch_size_fn=lambda data: 2
        )
        theirs = made @ torch.eye(size, dtype=F64)
    except (RuntimeError, NotImplementedError, AttributeError, TypeError):
        return
    assert float((theirs - H).detach().abs().max()) > 0.01 * float(H.abs().max())


@pytest.mark.parametrize("dtype", [torch.float32, F64])
def test_an_operator_is_its_matrix(dtype: torch.dtype) -> None:
    torch.manual_seed(2)
    matrix, symmetric = torch.randn(6, 8, dtype=dtype), torch.randn(8, 8, dtype=dtype)
    symmetric = symmetric + symmetric.T
    near = {"rtol": 1e-5, "atol": 1e-5} if dtype is torch.float32 else {"rtol": 1e-13, "atol": 1e-13}
    A = ProductOperator(
        lambda v: (matrix @ v.reshape(8)).reshape(2, 3),
        lambda u: (u.reshape(6) @ matrix).reshape(4, 2),
        (4, 2),
        (2, 3),
        matrix,
    )
    S = SymmetricOperator(lambda v: symmetric @ v, symmetric[0])
    for operator, dense in ((A, matrix), (S, symmetric), (A.adjoint(), matrix.T), (A.adjoint() @ A, matrix.T @ matrix)):
        assert operator.shape == tuple(dense.shape)
        columns = torch.randn(dense.shape[1], 3, dtype=dtype)
        assert torch.allclose(operator @ columns, dense @ columns, **near)
        assert torch.allclose(operator @ columns[:, 0], dense @ columns[:, 0], **near)
    for operator, dense in ((A, matrix), (S, symmetric)):
        scipy, exact = operator.to_scipy(), dense.double().numpy()
        v, u = np.random.default_rng(3).normal(size=(2, 8))
        assert scipy.matvec(v).dtype == np.float64
        assert np.allclose(scipy @ v, exact @ v, **near)
        assert np.allclose(scipy.rmatvec(u[: len(exact)]), exact.T @ u[: len(exact)], **near)
    with pytest.raises(NotImplementedError, match="transposed"):
        ProductOperator(A.forward, None, (4, 2), (2, 3), matrix).adjoint()
