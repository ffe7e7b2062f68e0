"""Models with several inputs or outputs, mappings, data classes, scripts and unused parts, as people write them."""

from __future__ import annotations

import random
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.written_models import N, Written, image, written


@written
def scripted(r: random.Random) -> Written:
    return torch.jit.script(nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))), image(3)


@written
def traced(r: random.Random) -> Written:
    net, x = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)), image(3)
    return torch.jit.trace(net, x), x


@written
def two_inputs(r: random.Random) -> Written:
    class Siamese(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.head = nn.Sequential(nn.Linear(3, 4), nn.ReLU()), nn.Bilinear(4, 4, 1)

        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            return self.head(self.embed(a), self.embed(b))

    return Siamese(), (image(3), image(3))


@written
def keyword_inputs(r: random.Random) -> Written:
    class Bert(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embeddings, self.attention = nn.Embedding(5, 4), nn.MultiheadAttention(4, 2, batch_first=True)
            self.classifier = nn.Linear(4, 2)

        def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
            x = self.embeddings(input_ids)
            x = self.attention(x, x, x, key_padding_mask=attention_mask == 0, need_weights=False)[0]
            kept = attention_mask[..., None].to(x.dtype)
            return {"logits": self.classifier((x * kept).sum(1) / kept.sum(1))}

    mask = torch.ones(N, 4).long()
    mask[1, 3] = mask[2, 2:] = 0
    return Bert(), {"input_ids": torch.randint(0, 5, (N, 4)), "attention_mask": mask}


@written
def dictionary_batch(r: random.Random) -> Written:
    class Batch(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = nn.Linear(3, 2)

        def forward(self, batch: dict[str, Tensor]) -> Tensor:
            return self.net(batch["x"]) * batch["weight"][:, None]

    return Batch(), {"x": image(3), "weight": torch.rand(N)}


@written
def two_heads(r: random.Random) -> Written:
    class Heads(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.mu, self.log_var = nn.Linear(3, 4), nn.Linear(4, 2), nn.Linear(4, 2)

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            h = torch.tanh(self.body(x))
            return self.mu(h), self.log_var(h)

    return Heads(), image(3)


@written
def graph_network(r: random.Random) -> Written:
    class GCN(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lin1, self.lin2 = nn.Linear(2, 4), nn.Linear(4, 2)

        def forward(self, x: Tensor, adjacency: Tensor) -> Tensor:
            degree = adjacency.sum(-1, keepdim=True).clamp(min=1)
            x = functional.relu(self.lin1(adjacency @ x / degree))
            return self.lin2(torch.bmm(adjacency, x) / degree).mean(1)

    return GCN(), (image(4, 2), torch.rand(N, 4, 4).round())


@written
def unused_parts(r: random.Random) -> Written:
    class Unused(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used, self.spare, self.auxiliary = nn.Linear(3, 2), nn.Linear(3, 2), nn.Parameter(torch.ones(2))

        def forward(self, x: Tensor) -> Any:
            return self.used(x)

    return Unused(), image(3)


@written
def structured_output(r: random.Random) -> Written:
    from collections import namedtuple

    Output = namedtuple("Output", ["logits", "hidden"])

    class Named(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(3, 4), nn.Linear(4, 2)

        def forward(self, x: Tensor) -> Any:
            h = self.a(x).relu()
            return Output(self.b(h), h)

    return Named(), image(3)


@written
def dataclass_output(r: random.Random) -> Written:
    from dataclasses import dataclass

    @dataclass
    class Output:
        logits: Tensor
        loss: Tensor | None = None

    class Data(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a = nn.Linear(3, 2)

        def forward(self, x: Tensor) -> Any:
            return Output(self.a(x))

    return Data(), image(3)
