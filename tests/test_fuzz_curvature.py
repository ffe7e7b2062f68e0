"""Curvature of random models and losses against the Hessian that autograd forms: right, or refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from numerics.curvature import (
    CurvatureError,
    gauss_newton_extremes,
    hessian_extremes,
    hessian_trace,
    kept_statistics,
)
from numerics.networks.unchanged import arguments, fixed_power_iterations, twice_differentiable

F64 = torch.float64


class Attention(nn.Module):
    def __init__(self, d: int) -> None:
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(d, d) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (f(x)[None, None] for f in (self.q, self.k, self.v))
        return nn.functional.scaled_dot_product_attention(q, k, v)[0, 0]


class SelfAttention(nn.Module):
    def __init__(self, d: int) -> None:
        super().__init__()
        self.inner = nn.MultiheadAttention(d, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x[None], x[None], x[None])[0][0]


class Recurrent(nn.Module):
    def __init__(self, d: int, kind: type[nn.RNNBase] = nn.LSTM) -> None:
        super().__init__()
        self.inner = kind(d, d, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x[:, None])[0][:, 0]


class Unused(nn.Linear):
    def __init__(self, d: int) -> None:
        super().__init__(d, d)
        self.spare = nn.Parameter(torch.ones(3))


class Tied(nn.Module):
    def __init__(self, d: int) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(d, d), nn.Linear(d, d)
        self.b.weight = self.a.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.b(torch.tanh(self.a(x)))


class Distances(nn.Module):
    def __init__(self, d: int) -> None:
        super().__init__()
        self.points = nn.Parameter(torch.ones(d, d))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cdist(x, self.points)


class Bags(nn.Module):
    def __init__(self, d: int) -> None:
        super().__init__()
        self.table = nn.EmbeddingBag(2, d, mode="sum")

    def forward(self, x: Tensor) -> Tensor:
        return x * self.table((x.detach() > 0).long())


class Image(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x[:, None]).flatten(1)[:, : x.shape[1]]


def frozen(layer: nn.Module) -> nn.Module:
    next(layer.parameters()).requires_grad_(False)
    return layer


LAYERS: dict[str, Callable[[int], nn.Module]] = {
    "linear": lambda d: nn.Linear(d, d),
    "tanh": lambda d: nn.Tanh(),
    "silu": lambda d: nn.SiLU(),
    "silu in place": lambda d: nn.SiLU(inplace=True),
    "gelu": lambda d: nn.GELU(),
    "relu": lambda d: nn.ReLU(),
    "softplus": lambda d: nn.Softplus(beta=2),
    "group": lambda d: nn.GroupNorm(1, d),
    "layer": lambda d: nn.LayerNorm(d),
    "batch": lambda d: nn.BatchNorm1d(d),
    "batch, evaluated": lambda d: nn.BatchNorm1d(d).eval(),
    "instance": lambda d: Image(nn.InstanceNorm1d(1, affine=True, track_running_stats=True)),
    "convolution": lambda d: Image(nn.Conv1d(1, 1, 3, padding=1)),
    "attention": Attention,
    "multihead": SelfAttention,
    "lstm": Recurrent,
    "gru": lambda d: Recurrent(d, nn.GRU),
    "unused": Unused,
    "tied": Tied,
    "frozen": lambda d: frozen(nn.Linear(d, d)),
    "weight norm": lambda d: nn.utils.parametrizations.weight_norm(nn.Linear(d, d)),
    "spectral norm, old": lambda d: nn.utils.spectral_norm(nn.Linear(d, d)),
    "weight norm, old": lambda d: nn.utils.weight_norm(nn.Linear(d, d)),
    "hardsigmoid": lambda d: nn.Hardsigmoid(),
    "hardswish": lambda d: nn.Hardswish(),
    "prelu": lambda d: nn.PReLU(d),
    "orthogonal": lambda d: nn.utils.parametrizations.orthogonal(nn.Linear(d, d)),
    "transposed": lambda d: Image(nn.ConvTranspose1d(1, 1, 3, padding=1)),
    "distances": lambda d: Distances(d),
    "bags": lambda d: Bags(d),
    "transformer": lambda d: Image(nn.TransformerEncoderLayer(d, 2, 3, 0.0, batch_first=True)),
    "spectral norm": lambda d: nn.utils.parametrizations.spectral_norm(nn.Linear(d, d)),
    "dropout": lambda d: nn.Dropout(0.5),
    "dropout, evaluated": lambda d: nn.Dropout(0.5).eval(),
}

LOSSES: dict[str, tuple[str, Callable[[], Any]]] = {
    "mse": ("real", nn.MSELoss),
    "mse sum": ("real", lambda: nn.MSELoss(reduction="sum")),
    "l1": ("real", nn.L1Loss),
    "huber": ("real", nn.HuberLoss),
    "smooth l1": ("real", nn.SmoothL1Loss),
    "cross-entropy": ("label", nn.CrossEntropyLoss),
    "smoothed": ("label", lambda: nn.CrossEntropyLoss(label_smoothing=0.1, reduction="sum")),
    "nll": ("label", nn.NLLLoss),
    "multi margin": ("label", nn.MultiMarginLoss),
    "multi margin, squared": ("label", lambda: nn.MultiMarginLoss(p=2, margin=0.5)),
    "multilabel margin": ("labels", nn.MultiLabelMarginLoss),
    "hinge": ("sign", nn.HingeEmbeddingLoss),
    "multilabel": ("unit", nn.MultiLabelSoftMarginLoss),
    "bce": ("unit", nn.BCEWithLogitsLoss),
    "poisson": ("unit", nn.PoissonNLLLoss),
    "kl": ("unit", lambda: nn.KLDivLoss(reduction="batchmean")),
    "soft margin": ("sign", nn.SoftMarginLoss),
    "lambda": ("real", lambda: lambda out, y: ((out - y) ** 2).sum(1).log1p().mean()),
    "none": ("real", lambda: nn.MSELoss(reduction="none")),
}


def drawn(seed: int) -> tuple[list[str], str, nn.Module, Any, Tensor, Tensor]:
    rng = np.random.default_rng(seed)
    d, n = int(rng.choice([2, 4])), int(rng.integers(3, 6))
    names = [str(v) for v in rng.choice(sorted(LAYERS), size=rng.integers(1, 5))]
    g = torch.Generator().manual_seed(seed)
    model = nn.Sequential(*(LAYERS[name](d) for name in names), nn.Linear(d, d)).double()
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(0.7 * torch.randn(p.shape, generator=g, dtype=F64))
    name = str(rng.choice(sorted(LOSSES)))
    kind, make = LOSSES[name]
    x = torch.randn(n, d, generator=g, dtype=F64)
    y = torch.randn(n, d, generator=g, dtype=F64)
    targets = {
        "real": y,
        "unit": y.sigmoid(),
        "sign": y.sign(),
        "labels": torch.randint(-1, d, (n, d), generator=g),
        "label": torch.randint(0, d, (n,), generator=g),
    }
    return names, name, model, make(), x, targets[kind]


def formed(model: nn.Module, loss: Any, x: Any, y: Any) -> Tensor:
    """The Hessian from its definition, by autograd row by row in reverse mode."""
    given = {k: v.detach() for k, v in model.named_parameters() if v.requires_grad}
    kept = {k: v.clone() for k, v in model.named_buffers()}
    sizes = [v.numel() for v in given.values()]

    def value(flat: Tensor) -> Tensor:
        parts = zip(given.items(), flat.split(sizes), strict=True)
        buffers = {k: v.clone() for k, v in kept.items()}
        call, named = arguments(model, x)
        at = {k: part.reshape(v.shape) for (k, v), part in parts}
        return loss(torch.func.functional_call(model, {**buffers, **at}, call, named), y)

    with kept_statistics(model), fixed_power_iterations(model), twice_differentiable():
        at = torch.cat([v.reshape(-1) for v in given.values()])
        return torch.autograd.functional.hessian(value, at)


def state(model: nn.Module) -> list[Any]:
    tensors = [*model.named_parameters(), *model.named_buffers()]
    return [
        *((n, t.detach().clone().numpy().tobytes(), t.requires_grad, t.grad is None) for n, t in tensors),
        *((n, m.training, sorted(k for k in m.__dict__)) for n, m in model.named_modules()),
        torch.get_rng_state().numpy().tobytes(),
    ]


def tried(seed: int) -> str:
    """'right', or 'refused: …'; an AssertionError where it is wrong or the model was changed."""
    names, name, model, loss, x, y = drawn(seed)
    before = state(model)
    try:
        found = hessian_extremes(model, loss, x, y, tol=1e-9)
        trace = hessian_trace(model, loss, x, y, probes=10**4)
    except CurvatureError as error:
        assert state(model) == before, (seed, names)
        assert "\n" not in str(error)  # noqa: PT017
        assert "dropout" in names or "random" not in str(error), (seed, names)  # noqa: PT017
        return f"refused: {error}"
    assert state(model) == before, (seed, names)
    assert "dropout" not in names, (seed, names, "random")
    matrix = formed(model, loss, x, y)
    values = torch.linalg.eigvalsh((matrix + matrix.T) / 2).numpy()
    scale = max(float(np.abs(values).max()), 1e-9)
    assert abs(found.least[0] - values[0]) <= 1e-6 * scale, (seed, names, name)
    assert abs(found.largest[0] - values[-1]) <= 1e-6 * scale, (seed, names, name)
    assert abs(trace.value - float(matrix.trace())) <= 1e-8 * scale * len(values), (seed, names, name)
    try:
        gauss = gauss_newton_extremes(model, loss, x, y, tol=1e-9)
    except CurvatureError as error:
        assert "not convex" in str(error), (seed, names, name, error)  # noqa: PT017
        return "right"
    assert gauss.least[0] >= -1e-7 * max(gauss.largest[0], 1e-9), (seed, names, name)
    return "right"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("first", range(0, 30, 10))
def test_each_is_right_or_refused(first: int) -> None:
    seen = [tried(seed) for seed in range(first, first + 10)]
    refused = [s for s in seen if s != "right"]
    known = ("the model is random", "one number, not shape")
    unforeseen = [s for s in refused if not any(words in s for words in known)]
    assert not unforeseen


if __name__ == "__main__":
    import sys
    import warnings
    from collections import Counter

    warnings.simplefilter("ignore")
    counts: Counter[str] = Counter()
    for k in range(int(sys.argv[1]), int(sys.argv[2])):
        try:
            counts[tried(k)[:90]] += 1
        except Exception as problem:
            counts[f"WRONG {type(problem).__name__}"] += 1
            print(k, type(problem).__name__, str(problem)[:300], flush=True)
    print(counts)
