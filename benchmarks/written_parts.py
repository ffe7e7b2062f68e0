"""More small models as people write them: normalisations, convolutions, sharing, functional style, containers."""

from __future__ import annotations

import math
import random

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.written_models import Written, activation, image, written


class LoRA(nn.Linear):
    """A frozen linear layer and a trained update of low rank."""

    def __init__(self, inputs: int, outputs: int, rank: int = 1, alpha: float = 2.0) -> None:
        super().__init__(inputs, outputs)
        self.weight.requires_grad = False
        self.lora_A = nn.Parameter(torch.randn(rank, inputs))
        self.lora_B = nn.Parameter(torch.randn(outputs, rank))
        self.scaling = alpha / rank

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + (x @ self.lora_A.T @ self.lora_B.T) * self.scaling


@written
def lora(r: random.Random) -> Written:
    return nn.Sequential(LoRA(4, 5), nn.ReLU(), LoRA(5, 2)), image(4)


@written
def normalisations(r: random.Random) -> Written:
    norms: list[nn.Module] = [
        nn.GroupNorm(2, 4), nn.BatchNorm1d(4), nn.LayerNorm(3), nn.InstanceNorm1d(4), nn.RMSNorm(3),
        nn.InstanceNorm1d(4, affine=True, track_running_stats=True), nn.LocalResponseNorm(2),
        nn.LayerNorm([4, 3], elementwise_affine=False),
    ]  # fmt: skip
    return nn.Sequential(nn.Conv1d(2, 4, 3, padding=1), r.choice(norms), activation(r), nn.Conv1d(4, 1, 1)).eval(), (
        image(2, 3)
    )


@written
def tabular(r: random.Random) -> Written:
    return nn.Sequential(
        nn.BatchNorm1d(4), nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Dropout(0.2), nn.Linear(5, 2)
    ).eval(), image(4)


@written
def mobile_block(r: random.Random) -> Written:
    class Inverted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Sequential(
                nn.Conv2d(2, 4, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU6(inplace=True),
                nn.Conv2d(4, 4, 3, 1, 1, groups=4, bias=False), nn.BatchNorm2d(4), nn.Hardswish(inplace=True),
                nn.Conv2d(4, 2, 1, bias=False), nn.BatchNorm2d(2),
            )  # fmt: skip

        def forward(self, x: Tensor) -> Tensor:
            return x + self.conv(x)

    return nn.Sequential(Inverted(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(8, 2)).eval(), image(2, 4, 4)


@written
def squeeze_and_excitation(r: random.Random) -> Written:
    class SE(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.pool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 3))

        def forward(self, x: Tensor) -> Tensor:
            b, c, _, _ = x.size()
            return x * torch.sigmoid(self.fc(self.pool(x).view(b, c))).view(b, c, 1, 1).expand_as(x)

    return nn.Sequential(nn.Conv2d(1, 3, 3), SE(), nn.Flatten(), nn.Linear(12, 2)), image(1, 4, 4)


@written
def convolutions(r: random.Random) -> Written:
    mode = r.choice(["zeros", "circular", "reflect", "replicate"])
    made = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=2, dilation=2, groups=2, padding_mode=mode), activation(r),
        nn.Conv2d(4, 2, (1, 2), padding="same"), nn.AvgPool2d(2), nn.Flatten(), nn.LazyLinear(2),
    )  # fmt: skip
    made(torch.randn(1, 2, 4, 4))
    return made, image(2, 4, 4)


@written
def sequence_of_convolutions(r: random.Random) -> Written:
    class Chomp(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x[:, :, :-2].contiguous()

    return nn.Sequential(
        nn.Conv1d(2, 3, 3, padding=2), Chomp(), nn.ReLU(), nn.AdaptiveMaxPool1d(2), nn.Flatten(), nn.Linear(6, 2)
    ), image(2, 6)


@written
def volumes(r: random.Random) -> Written:
    return nn.Sequential(
        nn.Conv3d(1, 2, 2), nn.BatchNorm3d(2), activation(r), nn.MaxPool3d(2), nn.Flatten(), nn.Linear(2, 2)
    ).eval(), image(1, 3, 3, 3)


@written
def super_resolution(r: random.Random) -> Written:
    return nn.Sequential(
        nn.ReflectionPad2d(1), nn.Conv2d(1, 4, 3), nn.PReLU(4), nn.PixelShuffle(2), nn.ZeroPad2d((1, 0, 0, 1)),
        nn.Upsample(scale_factor=2, mode=r.choice(["nearest", "bilinear", "bicubic"])), nn.Conv2d(1, 1, 3),
    ), image(1, 3, 3)  # fmt: skip


@written
def tied_autoencoder(r: random.Random) -> Written:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.enc, self.bias = nn.Linear(4, 3), nn.Parameter(torch.zeros(4))

        def forward(self, x: Tensor) -> Tensor:
            return functional.linear(torch.sigmoid(self.enc(x)), self.enc.weight.t(), self.bias)

    return Tied(), image(4)


@written
def functional_style(r: random.Random) -> Written:
    class Raw(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w1, self.b1 = nn.Parameter(torch.randn(4, 5) / 2), nn.Parameter(torch.zeros(5))
            self.ws = nn.ParameterList([nn.Parameter(torch.randn(5, 5) / 2) for _ in range(2)])
            self.by = nn.ParameterDict({"out": nn.Parameter(torch.randn(5, 2))})

        def forward(self, x: Tensor) -> Tensor:
            h = torch.addmm(self.b1, x, self.w1).tanh()
            for w in self.ws:
                h = torch.relu_(h.matmul(w)) + h
            return h @ self.by["out"]

    return Raw(), image(4)


@written
def experts(r: random.Random) -> Written:
    class MoE(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gate = nn.Linear(3, 3)
            self.experts = nn.ModuleList(nn.Sequential(nn.Linear(3, 4), nn.GELU(), nn.Linear(4, 2)) for _ in range(3))

        def forward(self, x: Tensor) -> Tensor:
            weights = functional.softmax(self.gate(x), dim=-1)
            best, chosen = weights.topk(2, dim=-1)
            out = torch.zeros(x.shape[0], 2, dtype=x.dtype)
            for k, expert in enumerate(self.experts):
                rows, slot = torch.where(chosen == k)
                if len(rows):
                    out[rows] += best[rows, slot, None] * expert(x[rows])
            return out

    return MoE(), image(3)


@written
def stacked_experts(r: random.Random) -> Written:
    class Soft(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gate = nn.Linear(3, 2)
            self.experts = nn.ModuleList([nn.Linear(3, 2), nn.Linear(3, 2)])

        def forward(self, x: Tensor) -> Tensor:
            outs = torch.stack([e(x) for e in self.experts], dim=1)
            return (self.gate(x).softmax(-1).unsqueeze(-1) * outs).sum(1)

    return Soft(), image(3)


@written
def frozen_backbone(r: random.Random) -> Written:
    body = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU()).eval().requires_grad_(False)
    return nn.Sequential(body, nn.Flatten(), nn.Linear(8, 2)), image(1, 4, 4)


@written
def backbone_without_gradients(r: random.Random) -> Written:
    class Probe(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.head = nn.Linear(3, 4).requires_grad_(False), nn.Linear(4, 2)

        def forward(self, x: Tensor) -> Tensor:
            with torch.no_grad():
                h = self.body(x).relu()
            return self.head(h)

    return Probe(), image(3)


@written
def implicit_network(r: random.Random) -> Written:
    class Sine(nn.Module):
        def __init__(self, inputs: int, outputs: int) -> None:
            super().__init__()
            self.linear = nn.Linear(inputs, outputs)
            nn.init.uniform_(self.linear.weight, -1 / inputs, 1 / inputs)

        def forward(self, x: Tensor) -> Tensor:
            return torch.sin(3.0 * self.linear(x))

    return nn.Sequential(Sine(2, 5), Sine(5, 5), nn.Linear(5, 1)), image(2)


@written
def fourier_features(r: random.Random) -> Written:
    class Fourier(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("B", torch.randn(3, 2))
            self.net = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 1))

        def forward(self, x: Tensor) -> Tensor:
            z = 2 * math.pi * x @ self.B.T
            return self.net(torch.cat([z.sin(), z.cos()], -1)).squeeze(-1)

    return Fourier(), image(2)


@written
def gated(r: random.Random) -> Written:
    class SwiGLU(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w1, self.w2, self.w3 = nn.Linear(3, 4, bias=False), nn.Linear(4, 3), nn.Linear(3, 4, bias=False)

        def forward(self, x: Tensor) -> Tensor:
            return self.w2(functional.silu(self.w1(x)) * self.w3(x))

    last: nn.Module = r.choice([nn.GLU(), nn.Softmax(-1), nn.LogSoftmax(-1), nn.Softmin(1)])
    return nn.Sequential(SwiGLU(), nn.RMSNorm(3), nn.Linear(3, 4), last), image(3)


@written
def layer_scale(r: random.Random) -> Written:
    class ConvNeXt(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.dwconv, self.norm = nn.Conv2d(3, 3, 3, padding=1, groups=3), nn.LayerNorm(3, eps=1e-6)
            self.pwconv1, self.act, self.pwconv2 = nn.Linear(3, 6), nn.GELU(), nn.Linear(6, 3)
            self.gamma = nn.Parameter(1e-1 * torch.ones(3))

        def forward(self, x: Tensor) -> Tensor:
            given = x
            x = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
            x = self.gamma * self.pwconv2(self.act(self.pwconv1(x)))
            return given + x.permute(0, 3, 1, 2)

    return nn.Sequential(ConvNeXt(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2)), image(3, 4, 4)


@written
def mixer(r: random.Random) -> Written:
    class Mixer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tokens = nn.Sequential(nn.LayerNorm(3), Transposed(), nn.Linear(4, 4), nn.GELU(), Transposed())
            self.channels = nn.Sequential(nn.LayerNorm(3), nn.Linear(3, 5), nn.GELU(), nn.Linear(5, 3))

        def forward(self, x: Tensor) -> Tensor:
            x = x + self.tokens(x)
            return (x + self.channels(x)).mean(dim=1)

    class Transposed(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.transpose(1, 2)

    return Mixer(), image(4, 3)


@written
def deep_sets(r: random.Random) -> Written:
    class DeepSets(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.phi, self.rho = nn.Sequential(nn.Linear(2, 4), nn.ELU()), nn.Linear(4, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.rho(self.phi(x.view(-1, 2)).view(x.shape[0], -1, 4).amax(1))

    return DeepSets(), image(3, 2)


@written
def hypernetwork(r: random.Random) -> Written:
    class Hyper(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.make = nn.Linear(2, 6)

        def forward(self, x: Tensor) -> Tensor:
            return torch.bmm(self.make(x[:, :2]).view(-1, 2, 3), x[:, 2:, None]).squeeze(-1)

    return Hyper(), image(5)


@written
def complex_inside(r: random.Random) -> Written:
    class Spectral(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gain, self.out = nn.Parameter(torch.randn(3, 2)), nn.Linear(4, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(torch.fft.irfft(torch.fft.rfft(x) * torch.view_as_complex(self.gain), n=x.shape[-1]))

    return Spectral(), image(4)
