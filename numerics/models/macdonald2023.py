"""The convolutional networks of MacDonald et al. (2023), Section 5: branch, skip, or skip and pooled identity.

A stem, residual blocks conv–BN–ReLU–conv–BN of which every second doubles the channels and halves the image, global
average pooling and a linear head. "branch" has no shortcut; "skip" adds the identity, or a 1×1 convolution where the
shape changes; in "pooled" that projection also carries the identity, as average-pooled channels repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from numerics.curvature import kept_statistics
from numerics.machine.nonfinite import NonFinite

Array = NDArray[np.float64]
Variant = Literal["branch", "skip", "pooled"]
VARIANTS: tuple[Variant, ...] = ("branch", "skip", "pooled")


def _he(conv: nn.Conv2d | nn.Linear, generator: torch.Generator) -> None:
    fan = conv.weight[0].numel()
    with torch.no_grad():
        drawn = torch.randn(conv.weight.shape, generator=generator, dtype=conv.weight.dtype, device=generator.device)
        conv.weight.copy_(drawn * (2 / fan) ** 0.5)


class Block(nn.Module):
    """conv–BN–ReLU–conv–BN with the variant's shortcut, ReLU after the sum; (n, c, h, w)."""

    def __init__(
        self, inputs: int, outputs: int, stride: int, variant: Variant, generator: torch.Generator, dtype: Any
    ) -> None:
        super().__init__()
        options: dict[str, Any] = {"bias": False, "dtype": dtype, "device": generator.device}
        norm: dict[str, Any] = {"track_running_stats": False, "dtype": dtype, "device": generator.device}
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, **options)
        self.norm1 = nn.BatchNorm2d(outputs, **norm)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, **options)
        self.norm2 = nn.BatchNorm2d(outputs, **norm)
        self.variant, self.stride, self.repeats = variant, stride, outputs // inputs
        changes = stride != 1 or inputs != outputs
        projection = nn.Conv2d(inputs, outputs, 1, stride, **options)
        self.projection = projection if changes and variant != "branch" else None
        # drawn in every variant, so that networks of one seed have the other weights in common
        for conv in (self.conv1, self.conv2, projection):
            _he(conv, generator)

    def forward(self, x: Tensor) -> Tensor:
        branch: Tensor = self.norm2(self.conv2(self.norm1(self.conv1(x)).relu()))
        if self.variant == "branch":
            return branch.relu()
        if self.projection is None:
            return (x + branch).relu()
        straight: Tensor = self.projection(x)
        if self.variant == "pooled":
            straight = straight + nn.functional.avg_pool2d(x, self.stride).repeat(1, self.repeats, 1, 1)
        return (straight + branch).relu()


class ConvNet(nn.Module):
    """Stem, blocks and head; `stages` are (channels, stride) of the blocks in order. Weights He normal."""

    def __init__(
        self,
        variant: Variant,
        generator: torch.Generator,
        *,
        channels: int = 1,
        stem: int = 8,
        stages: Sequence[tuple[int, int]] = ((8, 1), (16, 2)),
        classes: int = 10,
        dtype: Any = torch.float32,
    ) -> None:
        super().__init__()
        if variant not in VARIANTS:
            raise ValueError(f"the variant is one of {', '.join(VARIANTS)}, not {variant!r}")
        if classes < 2:
            raise ValueError(f"{classes} class: give at least two")
        options: dict[str, Any] = {"dtype": dtype, "device": generator.device}
        self.stem = nn.Conv2d(channels, stem, 3, 1, 1, bias=False, **options)
        self.norm = nn.BatchNorm2d(stem, track_running_stats=False, **options)
        sizes = [stem, *(c for c, _ in stages)]
        self.blocks = nn.ModuleList(
            Block(a, b, stride, variant, generator, dtype)
            for a, b, (_, stride) in zip(sizes[:-1], sizes[1:], stages, strict=True)
        )
        self.head = nn.Linear(sizes[-1], classes, **options)
        _he(self.stem, generator)
        _he(self.head, generator)
        nn.init.zeros_(self.head.bias)

    def embed(self, x: Tensor) -> Tensor:
        """What goes into the first block."""
        out: Tensor = self.norm(self.stem(x)).relu()
        return out

    def after(self, h: Tensor) -> Tensor:
        """The logits from the first block's input."""
        for block in self.blocks:
            h = block(h)
        out: Tensor = self.head(h.mean((2, 3)))
        return out

    def forward(self, x: Tensor) -> Tensor:
        return self.after(self.embed(x))


def resnet18(variant: Variant, generator: torch.Generator, *, channels: int = 3, classes: int = 10) -> ConvNet:
    """ResNet-18 for small images: 3×3 stem of 64, four stages of two blocks."""
    stages = [(c, s) for c, first in ((64, 1), (128, 2), (256, 2), (512, 2)) for s in (first, 1)]
    return ConvNet(variant, generator, channels=channels, stem=64, stages=stages, classes=classes)


class _After(nn.Module):
    """The part of a network behind its stem, with the network's own parameters."""

    def __init__(self, net: ConvNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, h: Tensor) -> Tensor:
        return self.net.after(h)


def block_singular_values(net: ConvNet, x: Tensor) -> Array:
    """Singular values of the Jacobian of all logits by the first block's input, in decreasing order.

    The batch's statistics are kept. x is (N, c, h, w); the N·K rows are backward passes at once.
    """
    with kept_statistics(net), torch.no_grad():
        h = net.embed(x)
    rows = _rows(_After(net), {k: v.detach() for k, v in _After(net).named_parameters()}, h)
    return np.asarray(torch.linalg.svdvals(rows.double()).cpu().numpy())


def _rows(after: nn.Module, parameters: dict[str, Tensor], h: Tensor) -> Tensor:
    def logits(given: Tensor) -> Tensor:
        return functional_call(after, parameters, (given,))  # type: ignore[no-any-return]

    out, pull = torch.func.vjp(logits, h)[:2]
    unit = torch.eye(out.numel(), dtype=out.dtype, device=out.device).reshape(-1, *out.shape)
    (rows,) = vmap(pull, chunk_size=64)(unit)
    return rows.flatten(1)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class TrainingRun:
    """Losses (trials, steps), accuracies at the end (trials), singular values (trials, checkpoints, values)."""

    losses: Array
    accuracy: Array
    checkpoints: tuple[int, ...]
    singular: Array


def train(
    build: Callable[[torch.Generator], ConvNet],
    images: Tensor,
    labels: Tensor,
    *,
    trials: int,
    steps: int,
    batch: int,
    eta: float,
    momentum: float = 0.9,
    seed: int = 0,
    checkpoints: Sequence[int] = (),
    probes: int = 8,
) -> TrainingRun:
    """SGD on cross-entropy for all trials at once, each with its own start and batches.

    Trial i of two variants has the same batches and, but for the projections, the same weights: they may be paired.
    At the checkpoints the Jacobian from first block to logits is decomposed on `probes` images.
    Raises NonFinite at the step where a loss is no longer finite.
    """
    generator = torch.Generator(device=images.device).manual_seed(seed)
    nets = [build(generator) for _ in range(trials)]
    generator.manual_seed(seed + 1)
    for net in nets:
        net.train()
    stacked, _ = stack_module_state(nets)
    weights = {name: w.detach().clone() for name, w in stacked.items()}
    speeds = {name: torch.zeros_like(w) for name, w in weights.items()}
    template = nets[0]
    afters = _After(template)

    def loss(w: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
        return nn.functional.cross_entropy(functional_call(template, w, (x,)), y)

    step = vmap(torch.func.grad_and_value(loss))
    losses, singular = [], []
    for k in range(steps + 1):
        if k in checkpoints:
            singular.append([_decomposed(template, afters, weights, r, images[:probes]) for r in range(trials)])
        if k == steps:
            break
        chosen = torch.randint(len(images), (trials, batch), generator=generator, device=images.device)
        gradients, value = step(weights, images[chosen], labels[chosen])
        if not torch.isfinite(value).all():
            raise NonFinite(k, float(value[~torch.isfinite(value)][0]))
        losses.append(value.double().cpu().numpy())
        for name, w in weights.items():
            speeds[name].mul_(momentum).add_(gradients[name])
            w.sub_(eta * speeds[name])
    with torch.no_grad():
        guessed = vmap(lambda w: functional_call(template, w, (images,)))(weights).argmax(-1)
    accuracy = (guessed == labels).double().mean(1).cpu().numpy()
    values = np.array(singular).swapaxes(0, 1) if singular else np.empty((trials, 0, 0))
    return TrainingRun(np.array(losses).T, accuracy, tuple(checkpoints), values)


def _decomposed(net: ConvNet, after: nn.Module, weights: dict[str, Tensor], trial: int, x: Tensor) -> Array:
    mine = {name: w[trial] for name, w in weights.items()}
    with torch.no_grad():
        stem = torch.nn.functional.conv2d(x, mine["stem.weight"], padding=1)
        h = torch.nn.functional.batch_norm(stem, None, None, mine["norm.weight"], mine["norm.bias"], True).relu()
    rows = _rows(after, {f"net.{name}": w for name, w in mine.items()}, h)
    return np.asarray(torch.linalg.svdvals(rows.double()).cpu().numpy())
