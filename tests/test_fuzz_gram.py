"""Random models as people write them: every Gram matrix equals a plain loop of autograd, or is refused."""

from __future__ import annotations

import random
from collections import UserDict
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations, parametrize

from numerics.gram import ModelError, layer_grams

D = 4


class Call(nn.Module):
    """A piece of code around modules."""

    def __init__(self, run: Callable[[Any, Tensor], Tensor], **parts: nn.Module | nn.Parameter) -> None:
        super().__init__()
        self.run = run
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x: Tensor) -> Tensor:
        return self.run(self, x)


class Scaled(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return 3 * super().forward(x) + x @ self.weight


class LowRank(nn.Module):
    """A parametrization with parameters of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Parameter(torch.randn(D, 1)), nn.Parameter(torch.randn(1, D))

    def forward(self, w: Tensor) -> Tensor:
        return w + self.a @ self.b


def linear(choose: random.Random) -> nn.Module:
    kind = choose.choice([nn.Linear, nn.Linear, Scaled])
    layer = kind(D, D, bias=choose.random() < 0.7)
    chance = choose.random()
    if chance < 0.15:
        return nn.utils.weight_norm(layer)
    return nn.utils.spectral_norm(layer) if chance < 0.2 else layer


def tied(r: random.Random) -> nn.Module:
    a, b = nn.Linear(D, D), nn.Linear(D, D)
    b.weight = a.weight
    return Call(lambda m, h: m.b(m.a(h).tanh()), a=a, b=b)


def reparametrised(r: random.Random) -> nn.Module:
    layer = nn.Linear(D, D)
    parametrize.register_parametrization(layer, "weight", LowRank())
    return layer


def convolution(r: random.Random) -> nn.Module:
    groups, mode = r.choice([1, 2]), r.choice(["zeros", "circular", "reflect", "replicate"])
    return nn.Conv1d(2, 2, r.choice([2, 3]), padding=1, groups=groups, padding_mode=mode, bias=r.random() < 0.5)


def on(shape: tuple[int, ...], inner: nn.Module) -> nn.Module:
    """A module on data of another shape."""
    return Call(lambda m, h: m.inner(h.reshape(len(h), *shape)).flatten(1)[:, :D], inner=inner)


def hooked(r: random.Random) -> nn.Module:
    layer = nn.Linear(D, D)
    layer.register_forward_hook(lambda m, x, out: 2 * out + x[0])
    return layer


def some_rows(m: Any, h: Tensor) -> Tensor:
    out = m.layer(h)
    most = (h.sum(1) < 2.5)[:, None]
    return torch.where(most, out, functional.linear(h, m.layer.weight))


def rows_apart(m: Any, h: Tensor) -> Tensor:
    parts = [m.layer(row[None]) if float(row.sum().detach()) > 0 else row[None] for row in h]
    return torch.cat(parts)


PIECES: dict[str, Callable[[random.Random], nn.Module]] = {
    "in-place relu": lambda r: Call(lambda m, h: functional.relu_(m.layer(h)), layer=linear(r)),
    "skip": lambda r: Call(lambda m, h: m.layer(h.tanh()).add_(h), layer=linear(r)),
    "functional": lambda r: Call(lambda m, h: functional.linear(h, m.layer.weight).sin() + m.layer(h), layer=linear(r)),
    "twice": lambda r: Call(lambda m, h: m.layer(m.layer(h).tanh()), layer=linear(r)),
    "product": lambda r: Call(lambda m, h: h @ m.layer.weight, layer=nn.Linear(D, D)),
    "plain": lambda r: Call(lambda m, h: m.layer(h).sigmoid(), layer=linear(r)),
    "keyword": lambda r: Call(lambda m, h: m.layer(input=h), layer=nn.Linear(D, D)),
    "some rows": lambda r: Call(some_rows, layer=nn.Linear(D, D)),
    "rows apart": lambda r: Call(rows_apart, layer=nn.Linear(D, D)),
    "positions": lambda r: on((2, 2), nn.Linear(2, 3)),
    "sequence first": lambda r: Call(
        lambda m, h: m.layer(h.reshape(len(h), 2, 2).transpose(0, 1)).transpose(0, 1).flatten(1), layer=nn.Linear(2, 2)
    ),
    "flattened": lambda r: Call(lambda m, h: m.layer(h.reshape(-1, 2)).reshape(len(h), D), layer=nn.Linear(2, 2)),
    "chunked in place": lambda r: Call(lambda m, h: doubled(m.layer(h)), layer=nn.Linear(D, D)),
    "detached": lambda r: Call(lambda m, h: m.layer(h).detach() + h, layer=nn.Linear(D, D)),
    "checkpoint": lambda r: Call(
        lambda m, h: torch.utils.checkpoint.checkpoint(m.layer, h, use_reentrant=False), layer=nn.Linear(D, D)
    ),
    "unused": lambda r: Call(lambda m, h: h, layer=nn.Linear(D, D)),
    "hooked": hooked,
    "frozen": lambda r: nn.Linear(D, D).requires_grad_(False),
    "parameter": lambda r: Call(lambda m, h: h * m.gain + m.gain.sin(), gain=nn.Parameter(torch.randn(D))),
    "layer norm": lambda r: nn.LayerNorm(D),
    "group norm": lambda r: nn.GroupNorm(2, D),
    "batch norm": lambda r: nn.BatchNorm1d(D).eval(),
    "instance norm": lambda r: on((2, 2), nn.InstanceNorm1d(2, affine=True, track_running_stats=r.random() < 0.5)),
    "prelu": lambda r: nn.PReLU(D),
    "bilinear": lambda r: Call(lambda m, h: m.layer(h, h.tanh()), layer=nn.Bilinear(D, D, D)),
    "embedding": lambda r: Call(
        lambda m, h: h + m.layer((h.detach()[:, 0] > 0).long()), layer=nn.Embedding(2, D, sparse=r.random() < 0.3)
    ),
    "attention": lambda r: Call(
        lambda m, h: h + m.layer(*[h.reshape(len(h), 2, 2)] * 3)[0].flatten(1),
        layer=nn.MultiheadAttention(2, 1, batch_first=True),
    ),
    "transformer": lambda r: Call(
        lambda m, h: m.layer(torch.stack([h, h.tanh()], 1))[:, 0],
        layer=nn.TransformerEncoderLayer(D, 2, 3, 0.0, batch_first=True).train(r.random() < 0.5),
    ),
    "lstm": lambda r: Call(
        lambda m, h: m.layer(h.reshape(len(h), 2, 2))[0].flatten(1), layer=nn.LSTM(2, 2, batch_first=True)
    ),
    "gru": lambda r: Call(lambda m, h: m.layer(h[:, None])[0][:, 0], layer=nn.GRU(D, D, 2, batch_first=True)),
    "cell": lambda r: Call(lambda m, h: m.layer(h, h), layer=nn.GRUCell(D, D)),
    "convolution": lambda r: on((2, 2), nn.Sequential(convolution(r), nn.Flatten(), nn.LazyLinear(D))),
    "transposed": lambda r: on((2, 2), nn.ConvTranspose1d(2, 2, 2)),
    "volume": lambda r: on((1, 1, 2, 2), nn.Conv3d(1, 1, (1, 2, 1), padding=1)),
    "tied": tied,
    "reparametrised": reparametrised,
    "weight norm": lambda r: parametrizations.weight_norm(nn.Linear(D, D)),
    "spectral norm": lambda r: parametrizations.spectral_norm(nn.Linear(D, D)),
    "orthogonal": lambda r: parametrizations.orthogonal(nn.Linear(D, D)),
    "dropout, evaluated": lambda r: nn.Dropout(0.5).eval(),
    "dictionary": lambda r: Call(
        lambda m, h: m.layer({"h": h}), layer=Call(lambda m, d: m.layer(d["h"]), layer=nn.Linear(D, D))
    ),
    "squeezed": lambda r: Call(lambda m, h: m.layer(h[:, :, None]).squeeze(), layer=nn.Linear(1, 1)),
    "mean": lambda r: Call(lambda m, h: m.layer(h) - h.mean(0), layer=nn.Linear(D, D)),
    "detached mean": lambda r: Call(lambda m, h: m.layer(h) - h.mean(0).detach(), layer=nn.Linear(D, D)),
    "batch statistics": lambda r: nn.BatchNorm1d(D),
    "no statistics": lambda r: nn.BatchNorm1d(D, track_running_stats=False).eval(),
    "dropout": lambda r: Call(lambda m, h: functional.dropout(m.layer(h), 0.3, True), layer=nn.Linear(D, D)),
    "noise": lambda r: Call(lambda m, h: m.layer(h) + torch.randn(D), layer=nn.Linear(D, D)),
}
MIXED = ("mean", "detached mean", "batch statistics", "no statistics", "dropout", "noise")


def doubled(h: Tensor) -> Tensor:
    h[:, :2] *= 2
    return h


class Model(nn.Module):
    """A chain of random pieces and a linear output, of a tensor, a tuple or a dict."""

    def __init__(self, names: list[str], r: random.Random) -> None:
        super().__init__()
        self.layers, self.last = nn.Sequential(*(PIECES[name](r) for name in names)), nn.Linear(D, 1)

    def forward(self, x: Tensor, more: Tensor | None = None) -> Tensor:
        return self.last(self.layers(x if more is None else x + more))


def drawn(seed: int) -> tuple[list[str], nn.Module, Any, int, int | None]:
    torch.manual_seed(seed)
    r = random.Random(seed)
    names = r.choices(list(PIECES), [0.3 if name in MIXED else 2 for name in PIECES], k=r.choice([1, 2, 3]))
    dtype = r.choice([torch.float64, torch.float64, torch.float32])
    torch.set_default_dtype(dtype)
    net, n = Model(names, r), r.choice([2, 5, 20])
    net(torch.randn(3, D))  # lazy layers
    torch.set_default_dtype(torch.float32)
    x, more = torch.randn(n, D, dtype=dtype), torch.randn(n, 1, dtype=dtype)
    inputs = r.choice([x, x, x, (x, more), [x, more], {"x": x, "more": more}, UserDict(x=x)])
    return names, net, inputs, n, r.choice([None, 1, 3])


def by_loops(net: nn.Module, inputs: Any, n: int) -> dict[str, Tensor]:
    """The definition, sample by sample from one graph of the whole batch."""
    owned: dict[str, list[nn.Parameter]] = {}
    for path, p in net.named_parameters():
        p.requires_grad_(True)
        owned.setdefault(path.rpartition(".")[0].partition(".parametrizations")[0], []).append(p)
    given = inputs.data if isinstance(inputs, UserDict) else inputs
    values = net(**given) if isinstance(given, dict) else net(*given) if isinstance(given, list | tuple) else net(given)
    found = {}
    for name, own in owned.items():
        rows = [
            torch.autograd.grad(v, own, allow_unused=True, retain_graph=True, materialize_grads=True)
            for v in values.reshape(-1)
        ]
        J = torch.stack([torch.cat([g.to_dense().reshape(-1) for g in row]) for row in rows])
        found[name] = J @ J.T
    return found


def state(net: nn.Module) -> list[Any]:
    tensors = [*net.named_parameters(), *net.named_buffers()]
    return [
        *((n, t.detach().clone().numpy().tobytes(), t.requires_grad, t.grad is None) for n, t in tensors),
        *((n, m.training, sorted(m.__dict__), len(m._forward_hooks)) for n, m in net.named_modules()),
        torch.get_rng_state().numpy().tobytes(),
    ]


def tried(seed: int) -> str:
    """'right', 'rightly refused' or 'refused: …'; an AssertionError where it is wrong or the model was changed."""
    names, net, inputs, n, chunk = drawn(seed)
    before = state(net)
    try:
        found = layer_grams(net, inputs, chunk=chunk)
    except ModelError as error:
        assert "\n" not in str(error)  # noqa: PT017
        return "rightly refused" if set(MIXED) & set(names) else f"refused: {names} {error}"
    finally:
        assert state(net) == before, (seed, names)
    assert not set(MIXED) & set(names), (seed, names)
    for m in net.modules():  # power iterations stand still
        if isinstance(m, parametrizations._SpectralNorm) or (isinstance(m, nn.Linear) and hasattr(m, "weight_orig")):
            m.eval()
    exact = by_loops(net, inputs, n)
    assert list(found) == list(exact), (seed, names)
    largest = max(float(G.abs().max()) for G in exact.values())
    for name, G in exact.items():
        # a normalisation of two numbers leaves gradients that are rounding of larger ones
        eps = torch.finfo(G.dtype).eps
        close = eps**0.5 * float(G.abs().max()) + 1e2 * eps * largest
        assert torch.allclose(found[name], G, rtol=0, atol=close), (seed, name, names)
    return "right"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("first", range(0, 120, 40))
def test_models_as_written_are_right_or_refused(first: int) -> None:
    seen = [tried(seed) for seed in range(first, first + 40)]
    assert not [s for s in seen if s.startswith("refused")]
    assert seen.count("right") > 20


if __name__ == "__main__":
    import sys
    import warnings
    from collections import Counter

    warnings.simplefilter("ignore")
    counts: Counter[str] = Counter()
    for k in range(int(sys.argv[1]), int(sys.argv[2])):
        try:
            outcome = tried(k)
        except Exception as problem:
            outcome = f"WRONG {k} {type(problem).__name__} {str(problem)[:300]}"
        counts[outcome if outcome in ("right", "rightly refused") else outcome[:5]] += 1
        if outcome not in ("right", "rightly refused"):
            print(k, outcome[:300], flush=True)
    print(counts)
