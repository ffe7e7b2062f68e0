"""Along training runs: rates with trajectory-wise constants, optima at infinity, and the mechanism of Section 5."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from checks.context import Context
from checks.readings import Followed, Scaled
from numerics.chains import bounds_of
from numerics.curvature import along
from numerics.data import labelled_images
from numerics.layers import NormalisedLinear, Residual
from numerics.machine.draws import standard_normal
from numerics.models.macdonald2023 import VARIANTS, ConvNet, TrainingRun, resnet18, train
from numerics.statistics import mean_interval

Array = NDArray[np.float64]


def _net(g: torch.Generator, inputs: int, width: int, outputs: int, blocks: int = 2, std: float = 1.0) -> nn.Sequential:
    """A normalised first layer, weight-normalised residual blocks with tanh, and a raw affine layer."""
    parts: list[nn.Module] = [NormalisedLinear(inputs, width, 0.1, generator=g, std=std)]
    for _ in range(blocks):
        inner = NormalisedLinear(width, width, 0.1, "whole", generator=g, std=std)
        parts.append(Residual(nn.Sequential(inner, nn.Tanh()), 0.5))
    last = nn.Linear(width, outputs, bias=False, dtype=torch.float64, device=g.device)
    with torch.no_grad():
        last.weight.copy_(std * standard_normal(g, outputs, width) / width**0.5)
    return nn.Sequential(*parts, last)


def _half_mean(out: Tensor, y: Tensor) -> Tensor:
    return ((out - y) ** 2).sum() / (2 * len(y))


ETA = 0.2


def _regression(context: Context) -> tuple[nn.Sequential, Tensor, Tensor]:
    g = context.generator("run")
    return _net(g, 4, 12, 2), nn.functional.normalize(standard_normal(g, 8, 4)), standard_normal(g, 8, 2)


def rate(context: Context) -> Followed:
    """ℓ(k + 1) against (1 − ημ_k(1 − ηβ_k/2))ℓ(k), β_k the largest smoothness met on eight pieces of the step."""
    net, x, y = _regression(context)
    left, right = zip(*(_step(net, x, y) for _ in range(150)), strict=True)
    about = f"150 steps, η = {ETA}, loss {right[0]:.3f} to {left[-1]:.3g}"
    return Followed(np.array(left), np.array(right), "<=", 1e-12, about)


def _step(net: nn.Module, x: Tensor, y: Tensor, pieces: int = 8) -> tuple[float, float]:
    """One GD step: the loss after it, and its bound by μ_k and β_k; the weights are moved."""
    parameters = list(net.parameters())

    def gradient() -> tuple[float, list[Tensor]]:
        loss = _half_mean(net(x), y)
        return float(loss.detach()), list(torch.autograd.grad(loss, parameters))

    before, first = gradient()
    squared = float(sum((g * g).sum() for g in first))
    later = before
    ratios: list[float] = []
    for part in range(1, pieces + 1):
        with torch.no_grad():
            for p, g in zip(parameters, first, strict=True):
                p.sub_(ETA / pieces * g)
        later, now = gradient()
        # the descent lemma needs ⟨∇ℓ(θ) − ∇ℓ(θ − tη∇ℓ), ∇ℓ(θ)⟩ ≤ β·tη‖∇ℓ(θ)‖² on the way
        change = float(sum(((a - b) * a).sum() for a, b in zip(first, now, strict=True)))
        ratios.append(change / (squared * ETA * part / pieces))
    # between two pieces β may be larger, by as much as it changes from one to the next
    mu, beta = squared / before, max(ratios) + float(np.max(np.abs(np.diff(ratios))))
    return later, (1 - ETA * mu * (1 - ETA * beta / 2)) * before


def constants(context: Context) -> Followed:
    """β_k along the run against the calculus' bound for the ball that the run stays in."""
    net, x, y = _regression(context)
    start = copy.deepcopy(net)
    points, travelled = [], 0.0
    for point in along(net, _half_mean, x, y, ETA, 150):
        points.append(point)
        # the weights are at step k + 1 here, and balls are convex: the whole path is inside
        moved = zip(net.parameters(), start.parameters(), strict=True)
        travelled = max(travelled, float(sum(((a - b).detach() ** 2).sum() for a, b in moved)) ** 0.5)
    bound = bounds_of(start, x, cost="square", targets=y, radius=travelled).smoothness
    assert bound is not None
    left = np.array([p.local_smoothness for p in points])
    data = {
        "smoothness": left.tolist(),
        "lojasiewicz": [p.lojasiewicz for p in points],
        "loss": [p.loss for p in points],
        "bound": bound,
    }
    about = f"150 steps; β_k from {left.min():.3g} to {left.max():.3g}, bound {bound:.4g}"
    return Followed(left, np.full(len(left), bound), "<=", 0.0, about, data)


def _clouds(g: torch.Generator, count: int) -> tuple[Tensor, Tensor]:
    """Unit vectors in R³ about one axis for each of three classes, and their classes."""
    labels = torch.arange(count, device=g.device) % 3
    axes = torch.eye(3, dtype=torch.float64, device=g.device)
    return nn.functional.normalize(axes[labels] + 0.2 * standard_normal(g, count, 3)), labels


def _cross_entropies(
    nets: list[nn.Sequential], x: Tensor, labels: Tensor
) -> tuple[dict[str, Tensor], Callable[[dict[str, Tensor]], tuple[dict[str, Tensor], Tensor]]]:
    """The weights of all nets stacked, and the map to their gradients and losses."""
    stacked, _ = stack_module_state(nets)
    weights = {name: w.detach().clone() for name, w in stacked.items()}

    def loss(w: dict[str, Tensor]) -> Tensor:
        return nn.functional.cross_entropy(functional_call(nets[0], w, (x,)), labels)

    return weights, vmap(torch.func.grad_and_value(loss))


STARTS = (0.5, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0)
"""Standard deviations of the weights of twelve independent starts."""
TIMES = (250, 700, 2000)


def _to_infinity(context: Context) -> tuple[Array, Array]:
    """Losses and norms of the last layer (runs, steps) under GD on cross-entropy with η = 1, all starts at once."""
    g = context.generator("infinity")
    nets = [_net(g, 3, 16, 3, std=std) for std in STARTS]
    weights, step = _cross_entropies(nets, *_clouds(g, 6))
    last = list(weights)[-1]
    losses, norms = [], []
    for _ in range(TIMES[-1] + 1):
        gradients, value = step(weights)
        losses.append(value)
        norms.append(weights[last].flatten(1).norm(dim=1))
        for name, w in weights.items():
            w.sub_(gradients[name])
    return torch.stack(losses, 1).cpu().numpy(), torch.stack(norms, 1).cpu().numpy()


def loss_at_infinity(context: Context) -> Scaled:
    """log ℓ against log t at t = 250, 700, 2000, each of twelve starts over its own mean."""
    losses, norms = _to_infinity(context)
    chosen = losses[:, TIMES]
    centred = chosen / np.exp(np.log(chosen).mean(1, keepdims=True))
    seen = np.unique(np.geomspace(1, TIMES[-1], 60).astype(int))
    data = {"t": seen.tolist(), "loss": losses[:, seen].tolist(), "norm": norms[:, seen].tolist()}
    about = f"{len(STARTS)} starts, ℓ(2000) from {losses[:, -1].min():.2g} to {losses[:, -1].max():.2g}"
    # features go on growing while the last layer does: log log t beside log t
    return Scaled(np.tile(np.array(TIMES, dtype=float), len(STARTS)), centred.ravel(), about, data, drift=0.06)


def weights_at_infinity(context: Context) -> Scaled:
    """‖W(t)‖ − ‖W(250)‖ against log(t/250) at t = 500, 1000, 2000, each start over its own mean."""
    _, norms = _to_infinity(context)
    times = np.array([500, 1000, 2000])
    grown = norms[:, times] - norms[:, [250]]
    centred = grown / np.exp(np.log(grown).mean(1, keepdims=True))
    about = f"{len(STARTS)} starts; a power of log t would bend the line"
    return Scaled(np.tile(np.log(times / 250), len(STARTS)), centred.ravel(), about, drift=0.03)


def starts(context: Context) -> Followed:
    """1/ℓ(T) ≥ 1/ℓ(0) + Σ a_k, a_k = (η_k/2)(K/(K−1))((1−e^{−M})/M)²σ_min(H_k)²/N, M = Nℓ_k.

    H_k are the features before the last layer, M is what one sample can lose at most, and η_k is halved until ℓ
    falls by (η_k/2)‖∇ℓ‖². Weights of eight scales, three inputs.
    """
    g = context.generator("starts")
    stds = (0.01, 0.1, 0.5, 1.0, 3.0, 10.0, 30.0, 100.0)
    nets = [_net(g, 3, 16, 3, std=std) for std in stds]
    x, labels = _clouds(g, 3)
    n, classes, steps = len(x), 3, 1500
    weights, step = _cross_entropies(nets, x, labels)
    body = vmap(lambda w: functional_call(nets[0][:-1], w, (x,)))
    inner = {name: w for name, w in weights.items() if name != list(weights)[-1]}
    eta = torch.ones(len(stds), dtype=x.dtype, device=x.device)
    gradients, value = step(weights)
    first, gained = value, torch.zeros_like(value)
    for _ in range(steps):
        least = torch.linalg.svdvals(body(inner))[:, -1]
        most = n * value
        # large weights may start at a loss of exactly 0, where the slope of 1 − e^{−M} is 1
        slope = torch.where(most > 0, -torch.expm1(-most) / most, 1.0)
        share = classes / (classes - 1) * slope**2 / n
        squared = sum(((v * v).flatten(1).sum(1) for v in gradients.values()), torch.zeros_like(value))
        moved = {k: w - eta.view(-1, *[1] * (w.ndim - 1)) * gradients[k] for k, w in weights.items()}
        new_gradients, new_value = step(moved)
        good = new_value <= value - eta / 2 * squared
        gained += torch.where(good, eta / 2 * share * least**2, 0.0)
        for k, w in weights.items():
            keep = good.view(-1, *[1] * (w.ndim - 1))
            w.copy_(torch.where(keep, moved[k], w))
            gradients[k] = torch.where(keep, new_gradients[k], gradients[k])
        value = torch.where(good, new_value, value)
        eta = torch.where(good, torch.clamp(1.1 * eta, max=1.0), eta / 2)
    bound = first / (1 + first * gained)
    seen = ", ".join(
        f"{s:g}: {a:.2g} → {b:.2g} ≤ {c:.2g}" for s, a, b, c in zip(stds, first, value, bound, strict=True)
    )
    return Followed(value.cpu().numpy(), bound.cpu().numpy(), "<=", 1e-12, f"1500 steps from weights of scale {seen}")


def _mechanism(context: Context, jacobians: bool) -> dict[str, TrainingRun]:
    """10 trials of each variant: four blocks on digits or the user's own images; ResNet-18 for those on a GPU.

    On digits every device has the four blocks: three halvings leave one pixel of an 8×8 image, and there ResNet-18 has
    another order (after 240 steps 0.94 with skip, 0.43 pooled, −0.90 branch; at the start branch is first).
    """
    large = context.device != "cpu" and bool(context.data)
    count, steps, batch = (4000, 240, 128) if large else (500, 60, 32)
    pixels, classes = labelled_images(context.data, count, context.seed)
    images = torch.as_tensor(pixels, dtype=torch.float32, device=context.device)
    labels = torch.as_tensor(classes, device=context.device)
    options: dict[str, Any] = {"channels": images.shape[1], "classes": int(labels.max()) + 1}
    found: dict[str, TrainingRun] = {}
    for variant in VARIANTS:

        def build(g: torch.Generator, variant: Any = variant) -> ConvNet:
            if large:
                return resnet18(variant, g, **options)
            return ConvNet(variant, g, stages=((8, 1), (16, 2), (16, 1), (32, 2)), **options)

        found[variant] = train(
            build,
            images,
            labels,
            trials=10,
            steps=steps,
            batch=batch,
            eta=0.02,
            seed=context.seed,
            checkpoints=range(0, steps + 1, steps // 3) if jacobians else (),
        )
    return found


MORE_SKIP = (("branch", "skip"), ("skip", "pooled"))
FALSE_ALARM = 1e-6


def _compared(less: Array, more: Array) -> tuple[Array, Array]:
    """Means over trials (trials, …), the larger with what its difference to the smaller may be off by chance."""
    _, half = mean_interval((more - less).T, FALSE_ALARM)
    return less.mean(0), more.mean(0) + half


def mechanism_values(context: Context) -> Followed:
    """Mean log singular value at four checkpoints, means of ten trials; branch ≤ skip and skip ≤ pooled."""
    runs = _mechanism(context, True)
    logs = {v: np.log(np.maximum(r.singular, 1e-12)).mean(2) for v, r in runs.items()}
    means = {v: t.mean(0) for v, t in logs.items()}
    wins = [int((logs[a] <= logs[b]).all(1).sum()) for a, b in MORE_SKIP]
    sides = [_compared(logs[a], logs[b]) for a, b in MORE_SKIP]
    left, right = (np.concatenate(side) for side in zip(*sides, strict=True))
    last = ", ".join(f"{v} {t[-1]:.3f}" for v, t in means.items())
    about = f"10 trials; after training {last}; at every checkpoint in {wins[0]} and {wins[1]} of 10 trials"
    data = {
        "checkpoints": list(runs["skip"].checkpoints),
        "singular": {v: r.singular.mean(0).tolist() for v, r in runs.items()},
        "losses": {v: r.losses.mean(0).tolist() for v, r in runs.items()},
        "spread": {v: t.std(0, ddof=1).tolist() for v, t in logs.items()},
        "mean_log": {v: t.tolist() for v, t in means.items()},
    }
    return Followed(left, right, "<=", 0.0, about, data)


def mechanism_loss(context: Context) -> Followed:
    """Training loss, mean over steps 10 … 60 and ten trials; pooled ≤ skip and skip ≤ branch."""
    runs = _mechanism(context, False)
    means = {v: r.losses[:, 10:].mean(1) for v, r in runs.items()}
    errors = {v: m.std(ddof=1) / len(m) ** 0.5 for v, m in means.items()}
    seen = ", ".join(f"{v} {m.mean():.3f} ± {errors[v]:.3f}" for v, m in means.items())
    sides = [_compared(means[b], means[a]) for a, b in MORE_SKIP]
    left, right = (np.array(side) for side in zip(*sides, strict=True))
    return Followed(left, right, "<=", 0.0, f"10 trials, standard errors: {seen}")
