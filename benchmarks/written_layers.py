"""Random chains of torch's layers, functions and blocks, as people put them one after the other."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from benchmarks.written_models import Written, activation, image, written


class Code(nn.Module):
    """A piece of a model's own code around one module."""

    def __init__(self, run: Callable[[nn.Module, Tensor], Tensor], inner: nn.Module) -> None:
        super().__init__()
        self.run, self.inner = run, inner

    def forward(self, x: Tensor) -> Tensor:
        return self.run(self.inner, x)


CODE: list[Callable[[Any, Tensor], Tensor]] = [
    lambda m, x: m(x) + x,
    lambda m, x: x + 0.3 * m(x),
    lambda m, x: functional.relu(m(x).add_(x)),
    lambda m, x: (m(x) + x) / 2,
    lambda m, x: x - m(x).tanh(),
    lambda m, x: m(x) * torch.sigmoid(x),
    lambda m, x: torch.cat([m(x), x], 1)[:, ::2],
    lambda m, x: m(m(x).tanh()),
    lambda m, x: functional.gelu(m(x), approximate="tanh"),
    lambda m, x: torch.maximum(m(x), x),
    lambda m, x: functional.hardswish(m(x), inplace=True) + 1,
    lambda m, x: torch.where(torch.arange(x.shape[-1]) > 0, m(x), x),
    lambda m, x: torch.stack([m(x), x]).mean(0),
    lambda m, x: m(x).clamp(-0.5, 2) - 3 * x.abs(),
    lambda m, x: functional.leaky_relu(m(x), 0.1) + x.mean(1, keepdim=True),
    lambda m, x: m(x).square() - x,
    lambda m, x: sum(m(x).unbind(-1))[..., None] + x,
    lambda m, x: m(x.flip(-1)).softmax(-1) @ torch.ones(x.shape[-1], x.shape[-1], dtype=x.dtype),
    lambda m, x: functional.dropout(m(x), 0.5, False).masked_fill(torch.arange(x.shape[-1]) > 1, 0.5),
    lambda m, x: m(x) * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 0.1),
    lambda m, x: (m(x) - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True, unbiased=False) + 0.1).sqrt(),
    lambda m, x: m(x) / (1 + x.abs().mean(1, keepdim=True).clamp(min=0.5)),
    lambda m, x: 1 / (1 + m(x) ** 2) + x,
    lambda m, x: torch.einsum("b...t,b...t->b...", m(x), x)[..., None] + x if x.ndim == 2 else m(x),
]


def around(r: random.Random, inner: nn.Module) -> nn.Module:
    return Code(r.choice(CODE), inner) if r.random() < 0.6 else inner


@written
def chain_of_vectors(r: random.Random) -> Written:
    def layer() -> nn.Module:
        made: nn.Module = nn.Linear(4, 4, bias=r.random() < 0.7)
        if r.random() < 0.3:
            norms = (nn.utils.weight_norm, nn.utils.spectral_norm, parametrizations.weight_norm)
            made = r.choice([*norms, parametrizations.spectral_norm])(made)
        return made

    others: list[Callable[[], nn.Module]] = [
        lambda: nn.LayerNorm(4), lambda: nn.BatchNorm1d(4), lambda: nn.RMSNorm(4, eps=1e-2), lambda: nn.GroupNorm(2, 4),
        lambda: activation(r), lambda: nn.Dropout(0.2), lambda: nn.Softmax(-1), lambda: nn.LogSoftmax(1),
        lambda: nn.Sequential(layer(), nn.Unflatten(1, (2, 2)), nn.Flatten()), layer,
    ]  # fmt: skip
    parts = [around(r, layer()) if r.random() < 0.5 else r.choice(others)() for _ in range(r.choice([1, 2, 3]))]
    return nn.Sequential(layer(), *parts, layer()).eval(), image(4)


@written
def chain_of_images(r: random.Random) -> Written:
    def same() -> nn.Module:
        kernel, dilation = r.choice([1, 3]), r.choice([1, 2])
        mode = r.choice(["zeros", "circular", "reflect", "replicate"])
        bias, groups = r.random() < 0.5, r.choice([1, 2])
        if r.random() < 0.2:
            return nn.ConvTranspose2d(2, 2, 3, 1, 1, bias=bias, groups=groups)
        return nn.Conv2d(2, 2, kernel, padding="same", dilation=dilation, groups=groups, bias=bias, padding_mode=mode)

    others: list[Callable[[], nn.Module]] = [
        lambda: nn.MaxPool2d(r.choice([2, 3]), r.choice([1, 2]), 1), lambda: nn.AvgPool2d(2, 1, 1, r.random() < 0.5),
        lambda: nn.AdaptiveAvgPool2d((3, 2)), lambda: nn.AdaptiveMaxPool2d(3), lambda: nn.BatchNorm2d(2),
        lambda: nn.InstanceNorm2d(2, eps=0.1, affine=True, track_running_stats=r.random() < 0.5),
        lambda: nn.GroupNorm(1, 2, eps=0.1), lambda: nn.ConvTranspose2d(2, 2, 3, 2, 1, r.choice([0, 1]), groups=2),
        lambda: nn.ConvTranspose2d(2, 2, 2, 2, dilation=2), lambda: nn.Upsample(scale_factor=2, mode="nearest"),
        lambda: nn.Upsample(size=(5, 3), mode="bilinear", align_corners=r.random() < 0.5), lambda: nn.PReLU(2),
        lambda: nn.ReflectionPad2d(1), lambda: nn.ReplicationPad2d((1, 0, 2, 0)), lambda: nn.CircularPad2d(1),
        lambda: nn.ConstantPad2d(1, 0.5), lambda: nn.Sequential(nn.PixelUnshuffle(2), nn.PixelShuffle(2)),
        lambda: nn.ChannelShuffle(2), lambda: nn.Dropout2d(0.3), lambda: activation(r), lambda: nn.Softmax2d(),
        lambda: nn.Upsample(scale_factor=1.5, mode="bicubic"), same,
    ]  # fmt: skip
    parts = [around(r, same()), r.choice(others)(), around(r, same())]
    r.shuffle(parts)
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(8, 2)).eval(), image(2, 4, 4)


@written
def chain_of_sequences(r: random.Random) -> Written:
    others: list[Callable[[], nn.Module]] = [
        lambda: nn.LayerNorm(3), lambda: nn.Linear(3, 3), lambda: nn.Conv1d(2, 2, 1), lambda: activation(r),
        lambda: nn.MaxPool1d(2, 1), lambda: nn.AvgPool1d(2, 1, 1), lambda: nn.ConstantPad1d((1, 0), 0.0),
        lambda: nn.Upsample(scale_factor=2), lambda: nn.BatchNorm1d(2), lambda: nn.InstanceNorm1d(2, eps=0.1),
        lambda: nn.Softmax(-1), lambda: nn.ConvTranspose1d(2, 2, 3, 2), lambda: nn.AdaptiveAvgPool1d(2),
        lambda: nn.Upsample(scale_factor=2, mode="linear"),
    ]  # fmt: skip
    made = nn.Sequential(around(r, nn.Linear(3, 3)), r.choice(others)(), nn.Flatten(), nn.LazyLinear(2)).eval()
    made(torch.zeros(1, 2, 3))
    return made, image(2, 3)
