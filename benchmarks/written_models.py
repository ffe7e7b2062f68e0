"""Small models as people write them in torch, with data: what measurements of a model meet in practice.

Each takes a tensor, a tuple or a mapping with the samples first, and does not mix them in the mode that it is given in.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations

Written = tuple[nn.Module, Any]
"""A model and what it is called on."""
MODELS: dict[str, Callable[[random.Random], Written]] = {}
N = 4


def written(make: Callable[[random.Random], Written]) -> Callable[[random.Random], Written]:
    """Into the table, under its name in words."""
    MODELS[make.__name__.strip("_").replace("_", " ")] = make
    return make


def activation(r: random.Random) -> nn.Module:
    kinds = [
        nn.ReLU(), nn.ReLU(inplace=True), nn.LeakyReLU(0.2), nn.ELU(), nn.SELU(), nn.CELU(), nn.GELU(), nn.SiLU(),
        nn.GELU(approximate="tanh"), nn.Mish(), nn.Hardswish(), nn.Hardtanh(), nn.Softplus(), nn.Softsign(), nn.Tanh(),
        nn.Sigmoid(), nn.PReLU(), nn.ReLU6(), nn.LogSigmoid(), nn.Tanhshrink(), nn.Softplus(beta=2.0),
        nn.RReLU().eval(),
    ]  # fmt: skip
    return r.choice(kinds)


def image(*shape: int) -> Tensor:
    return torch.randn(N, *shape)


@written
def mlp(r: random.Random) -> Written:
    return nn.Sequential(nn.Linear(5, 6), activation(r), nn.Linear(6, 6), activation(r), nn.Linear(6, 3)), image(5)


@written
def mlp_of_images(r: random.Random) -> Written:
    return nn.Sequential(nn.Flatten(), nn.Linear(16, 5), activation(r), nn.Linear(5, 3)), image(1, 4, 4)


class LeNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 2, 3)
        self.conv2 = nn.Conv2d(2, 3, 3, padding=1)
        self.fc1 = nn.Linear(3 * 2 * 2, 6)
        self.fc2 = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.max_pool2d(functional.relu(self.conv1(x)), 2)
        x = functional.max_pool2d(functional.relu(self.conv2(x)), (2, 2))
        x = x.view(x.size(0), -1)
        x = functional.relu(self.fc1(x))
        return self.fc2(x)


@written
def lenet(r: random.Random) -> Written:
    return LeNet(), image(1, 10, 10)


class BasicBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int = 1, inplace: bool = True) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=inplace)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample: nn.Module | None = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 2, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(2)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(BasicBlock(2, 2))
        self.layer2 = nn.Sequential(BasicBlock(2, 3, 2))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(3, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer2(self.layer1(x))
        return self.fc(torch.flatten(self.avgpool(x), 1))


@written
def resnet(r: random.Random) -> Written:
    return ResNet().eval(), image(1, 8, 8)


class PreActivation(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm, self.conv = nn.BatchNorm2d(channels), nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(functional.silu(self.norm(x)))


@written
def preactivation(r: random.Random) -> Written:
    blocks = [PreActivation(2) for _ in range(2)]
    return nn.Sequential(nn.Conv2d(1, 2, 1), *blocks, nn.Flatten(), nn.Linear(32, 3)).eval(), image(1, 4, 4)


@written
def vgg(r: random.Random) -> Written:
    features = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2),
    )  # fmt: skip
    head = nn.Sequential(nn.Dropout(), nn.Linear(3, 5), nn.ReLU(True), nn.Dropout(0.3), nn.Linear(5, 3))
    return nn.Sequential(features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head).eval(), image(1, 4, 4)


class DenseBlock(nn.Module):
    def __init__(self, channels: int, growth: int, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.GroupNorm(1, size), nn.ReLU(), nn.Conv2d(size, growth, 1))
            for size in range(channels, channels + layers * growth, growth)
        )

    def forward(self, x: Tensor) -> Tensor:
        features = [x]
        for layer in self.layers:
            features.append(layer(torch.cat(features, 1)))
        return torch.cat(features, 1)


@written
def densenet(r: random.Random) -> Written:
    return nn.Sequential(DenseBlock(1, 2, 3), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(28, 3)), image(1, 4, 4)


class UNet(nn.Module):
    def __init__(self, bilinear: bool) -> None:
        super().__init__()
        self.inc = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.InstanceNorm2d(2, affine=True), nn.LeakyReLU(0.1))
        self.down = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(2, 3, 3, padding=1), nn.SiLU())
        self.up: nn.Module = nn.ConvTranspose2d(3, 2, 2, stride=2)
        if bilinear:
            up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
            self.up = nn.Sequential(up, nn.Conv2d(3, 2, 1))
        self.out = nn.Conv2d(4, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        a = self.inc(x)
        b = self.up(self.down(a))
        return self.out(torch.cat([a, b], dim=1))


@written
def unet(r: random.Random) -> Written:
    return UNet(r.random() < 0.5), image(1, 4, 4)


@written
def autoencoder(r: random.Random) -> Written:
    return nn.Sequential(
        nn.Conv2d(1, 2, 3, stride=2, padding=1), activation(r), nn.ConvTranspose2d(2, 1, 3, 2, 1, output_padding=1),
        nn.Sigmoid(),
    ), image(1, 4, 4)  # fmt: skip


@written
def transformer(r: random.Random) -> Written:
    layer = nn.TransformerEncoderLayer(
        4, 2, 5, r.choice([0.0, 0.1]), r.choice(["relu", "gelu"]), batch_first=True, norm_first=r.random() < 0.5
    )
    encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
    return nn.Sequential(nn.Linear(3, 4), encoder, nn.Linear(4, 2)).eval(), image(3, 3)


class Attention(nn.Module):
    """Heads by view and transpose, causal or not."""

    def __init__(self, causal: bool, by_hand: bool) -> None:
        super().__init__()
        self.qkv, self.proj = nn.Linear(4, 12), nn.Linear(4, 4)
        self.causal, self.by_hand = causal, by_hand
        self.register_buffer("mask", torch.tril(torch.ones(8, 8)).bool())

    def forward(self, x: Tensor) -> Tensor:
        b, t, c = x.shape
        q, k, v = (a.view(b, t, 2, c // 2).transpose(1, 2) for a in self.qkv(x).chunk(3, dim=-1))
        if self.by_hand:
            scores = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))
            if self.causal:
                scores = scores.masked_fill(~self.mask[:t, :t], float("-inf"))
            out = scores.softmax(-1) @ v
        else:
            out = functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.proj(out.transpose(1, 2).contiguous().view(b, t, c))


class Block(nn.Module):
    def __init__(self, causal: bool, by_hand: bool) -> None:
        super().__init__()
        self.ln_1, self.attn, self.ln_2 = nn.LayerNorm(4), Attention(causal, by_hand), nn.LayerNorm(4)
        self.mlp = nn.Sequential(nn.Linear(4, 6), nn.GELU(), nn.Linear(6, 4))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    def __init__(self, by_hand: bool) -> None:
        super().__init__()
        self.transformer = nn.ModuleDict(
            {"wte": nn.Embedding(5, 4), "wpe": nn.Embedding(6, 4), "h": nn.ModuleList([Block(True, by_hand)])}
        )
        self.lm_head = nn.Linear(4, 5, bias=False)
        self.lm_head.weight = self.transformer["wte"].weight

    def forward(self, idx: Tensor) -> Tensor:
        pos = torch.arange(idx.size(1), device=idx.device)
        x = self.transformer["wte"](idx) + self.transformer["wpe"](pos)
        for block in self.transformer["h"]:
            x = block(x)
        return self.lm_head(x)


@written
def gpt(r: random.Random) -> Written:
    return GPT(r.random() < 0.5), torch.randint(0, 5, (N, 4))


@written
def vision_transformer(r: random.Random) -> Written:
    class Patches(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.proj, self.cls = nn.Conv2d(1, 4, 2, 2), nn.Parameter(torch.zeros(1, 1, 4))
            self.pos, self.block = nn.Parameter(torch.randn(1, 5, 4) * 0.02), Block(False, r.random() < 0.5)
            self.head = nn.Linear(4, 3)

        def forward(self, x: Tensor) -> Tensor:
            x = self.proj(x).flatten(2).transpose(1, 2)
            x = torch.cat((self.cls.expand(x.shape[0], -1, -1), x), dim=1) + self.pos
            return self.head(self.block(x)[:, 0])

    return Patches(), image(1, 4, 4)


@written
def attention_by_einsum(r: random.Random) -> Written:
    class Einsum(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.q, self.k, self.v = (nn.Parameter(torch.randn(3, 2, 2)) for _ in range(3))

        def forward(self, x: Tensor) -> Tensor:
            q, k, v = (torch.einsum("btd,dhe->bhte", x, w) for w in (self.q, self.k, self.v))
            weights = torch.softmax(torch.einsum("bhte,bhse->bhts", q, k) / 2**0.5, -1)
            return torch.einsum("bhts,bhse->bthe", weights, v).flatten(1)

    return Einsum(), image(3, 3)


class LastOf(nn.Module):
    """Recurrent layers: the last output, through a linear head."""

    def __init__(self, cell: nn.RNNBase, outputs: int) -> None:
        super().__init__()
        self.cell, self.fc = cell, nn.Linear(outputs, 2)

    def forward(self, x: Tensor) -> Tensor:
        out, _ = self.cell(x)
        return self.fc(out[:, -1, :])


@written
def recurrent(r: random.Random) -> Written:
    kind, both = r.choice([nn.RNN, nn.LSTM, nn.GRU]), r.random() < 0.5
    return LastOf(kind(2, 3, r.choice([1, 2]), batch_first=True, bidirectional=both), 6 if both else 3), image(3, 2)


@written
def cells_over_time(r: random.Random) -> Written:
    class Unrolled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell, self.out = nn.LSTMCell(2, 3), nn.Linear(3, 1)

        def forward(self, x: Tensor) -> Tensor:
            h, c = x.new_zeros(len(x), 3), x.new_zeros(len(x), 3)
            for t in range(x.size(1)):
                h, c = self.cell(x[:, t], (h, c))
            return self.out(h)

    return Unrolled(), image(4, 2)


@written
def shared_over_time(r: random.Random) -> Written:
    class Rollout(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.step = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3))

        def forward(self, x: Tensor) -> Tensor:
            for _ in range(3):
                x = x + 0.1 * self.step(x)
            return x

    return Rollout(), image(3)


@written
def text_classifier(r: random.Random) -> Written:
    class Text(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(6, 3, padding_idx=0, sparse=r.random() < 0.3)
            self.conv, self.fc = nn.Conv1d(3, 4, 2), nn.Linear(4, 2)

        def forward(self, tokens: Tensor) -> Tensor:
            x = self.embedding(tokens).permute(0, 2, 1)
            return self.fc(functional.relu(self.conv(x)).max(dim=2)[0])

    return Text(), torch.randint(0, 6, (N, 5))


@written
def bag_of_words(r: random.Random) -> Written:
    bag = nn.EmbeddingBag(6, 3, mode=r.choice(["sum", "mean", "max"]))
    return nn.Sequential(bag, nn.Linear(3, 2)), torch.randint(0, 6, (N, 4))


@written
def normalised_weights(r: random.Random) -> Written:
    old = nn.utils.weight_norm if r.random() < 0.5 else nn.utils.spectral_norm
    new = r.choice([parametrizations.weight_norm, parametrizations.spectral_norm, parametrizations.orthogonal])
    layers = old(nn.Linear(4, 5)), activation(r), new(nn.Linear(5, 5)), nn.Tanh(), nn.Linear(5, 2)
    return nn.Sequential(*layers).eval(), image(4)
