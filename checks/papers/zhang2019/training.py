"""Training: iterations against depth, the range of τ, digits to depth 1000, and batch normalisation."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from checks.context import Context
from checks.papers.zhang2019.common import Array, evaluated, targets
from checks.readings import Compared, Means, Scaled, Shares
from derivations.papers.zhang2019.convergence import halved, more_slower, most_diverge, slower
from derivations.papers.zhang2019.headline import half_diverge
from numerics.data import Dataset, digits, load
from numerics.models.zhang2019 import Networks, NormalisedNets, descend, gram, networks

EPSILON = 0.01
"""Iterations are counted until the loss has fallen to this share of its start."""
STEPS = 400
LOOK = 8
"""Steps after which networks that are there are left out."""
NETWORKS = {8: 32, 16: 32, 32: 24, 64: 20, 128: 12, 256: 8, 512: 6, 1024: 4}
"""Networks by depth: the slope has the least error for the time where shallow ones, which cost little, are many."""
OVERFLOW = 1e300
"""What a loss that is no longer finite counts as."""


def _iterations(
    blocks: int, residual: bool, context: Context, seeds: int, width: int = 48, most: int = STEPS
) -> tuple[Array, list[float]]:
    """T(ε) of each network (`most` if not reached), η = 1/λ_max(G(0)), and the mean loss curve.

    Between the two steps about ε the logarithm of the loss is taken as linear. A network that is there rests in the
    curve a few steps later.
    """
    x, y = targets(6, context)
    # networks of their own for each depth and kind: those that share their first draws move together
    own = context.generator(f"iterations {blocks} {residual}")
    nets = networks([blocks**-0.5] * seeds, 16, width, blocks, own, residual)
    eta = 1 / torch.linalg.eigvalsh(gram(nets, x))[:, -1]
    reached, share = np.full(seeds, float(most)), np.ones(seeds)
    start = next(descend(nets, x, y, eta, 0)).cpu().numpy()
    curve = [1.0]
    left, k = np.arange(seeds), 0
    while len(left) and k < most and (k < 100 or np.isfinite(share[left]).any()):
        # networks that are there are left out from here on: the slowest takes many times the steps of most
        for loss in islice(descend(nets, x, y, eta, min(LOOK, most - k)), 1, None):
            k += 1
            before, now = share[left], loss.cpu().numpy() / start[left]
            with np.errstate(all="ignore"):
                exact = k - 1 + np.log(before / EPSILON) / np.log(before / now)
            reached[left] = np.where((now <= EPSILON) & (reached[left] == most), exact, reached[left])
            share[left] = now
            curve.append(float(np.exp(np.log(np.clip(np.nan_to_num(share, nan=OVERFLOW), 1e-300, OVERFLOW)).mean())))
        going = np.flatnonzero(reached[left] == most)
        if len(going) < len(left):
            A, W, last, b = nets.weights
            nets = Networks(A[going], W[:, going], last[going], b[going], nets.tau[going], residual)
            left, eta = left[going], eta[going]
    return reached, curve


def iterations(context: Context) -> Scaled:
    """T(ε) for L = 8 … 1024 at width 48, the same rule for the step everywhere."""
    found = {blocks: _iterations(blocks, True, context, seeds) for blocks, seeds in NETWORKS.items()}
    means = [float(np.exp(np.log(reached).mean())) for reached, _ in found.values()]
    shown = ", ".join(f"{mean:.1f}" for mean in means)
    about = (
        f"ε = {EPSILON}; geometric means of {max(NETWORKS.values())} to {min(NETWORKS.values())} networks by L: {shown}"
    )
    curves = {str(blocks): curve for blocks, (_, curve) in found.items()}
    data = {"curves": curves, "means": means, "depths": list(NETWORKS)}
    depths = np.repeat(np.array(list(NETWORKS), dtype=float), list(NETWORKS.values()))
    return Scaled(depths, np.concatenate([reached for reached, _ in found.values()]), about, data)


def iterations_vanilla(context: Context) -> Compared:
    """In how many of 24 pairs of networks the one without shortcuts takes over four times the steps, at L = 128."""
    pairs, width = 24, 32
    resnet, _ = _iterations(128, True, context, pairs, width)
    limits = slower * resnet
    most = int(np.ceil(limits.max())) + 1
    vanilla, curve = _iterations(128, False, context, pairs, width, most)
    events = np.array([(vanilla > limits).sum()])
    mean, found = (float(np.exp(np.log(v).mean())) for v in (resnet, vanilla))
    failed = int((vanilla == most).sum())
    about = f"geometric means {mean:.0f} against {found:.0f} or more; {failed} of {pairs} vanilla networks not there"
    about += f" after {most} steps"
    return Compared(float(evaluated(more_slower, {})), Shares(events, pairs), about=about, data={"curve": curve})


def _shares(
    alphas: tuple[float, ...], blocks: int, seeds: int, steps: int, context: Context, beyond: tuple[float, ...] = ()
) -> tuple[Array, Array]:
    """ℓ(T)/ℓ(0) after T steps for τ = L^{−α}, shape (seeds, alphas): the same weights, and the step of α = ½.

    Beside them that of one network for each α of `beyond`. All are trained at once.
    """
    x, y = targets(6, context)
    nets = networks([blocks**-0.5] * seeds, 16, 48, blocks, context.generator(f"τ {blocks}"))
    step = 1 / torch.linalg.eigvalsh(gram(nets, x))[:, -1]
    own = [*range(seeds)] * len(alphas) + [0] * len(beyond)
    exponents = torch.tensor([*np.repeat(alphas, seeds), *beyond], dtype=x.dtype, device=x.device)
    A, W, last, b = nets.weights
    copies = Networks(A[own], W[:, own], last[own], b[own], blocks**-exponents)
    losses = list(descend(copies, x, y, step[own], steps))
    share = _finite(losses[-1] / losses[0]).cpu().numpy()
    claimed = seeds * len(alphas)
    return share[:claimed].reshape(len(alphas), seeds).T, share[claimed:]


def _finite(share: Tensor) -> Tensor:
    """Shares ℓ(T)/ℓ(0), OVERFLOW where they are not finite."""
    return torch.nan_to_num(share, nan=OVERFLOW).clamp_max(OVERFLOW)


def range_of_tau(context: Context) -> Compared:
    """τ = L^{−α} for α from 1 to ½ at every depth; one network with larger τ beside them for the picture."""
    claimed, beyond, depths = (1.0, 0.75, 0.5), (0.25, 0.0), (8, 64, 128)
    seeds, steps = 20, 60
    shares, larger = zip(*(_shares(claimed, blocks, seeds, steps, context, beyond) for blocks in depths), strict=True)
    means = [np.exp(np.log(share).mean(0)) for share in shares]
    about = f"networks of width 48; largest mean ℓ(T)/ℓ(0) {np.max(means):.2g}"
    grid = [[*mean.tolist(), *large.tolist()] for mean, large in zip(means, larger, strict=True)]
    data = {"alphas": [*claimed, *beyond], "depths": list(depths), "share": grid}
    logs = Means(np.log(np.concatenate(shares, axis=1)), law="normal", separate=True)
    return Compared(logs, float(np.log(evaluated(halved, {}))), about=about, data=data)


def tau_one(context: Context) -> Compared:
    """How many networks of 64 and of 128 blocks have a larger loss than at the start after 5 steps at τ = 1."""
    seeds, depths = 64, (64, 128)
    events = np.array([int((_shares((0.0,), blocks, seeds, 5, context)[0] > 1).sum()) for blocks in depths])
    about = f"diverged: {', '.join(f'{k} of {seeds} at L = {d}' for d, k in zip(depths, events, strict=True))}"
    return Compared(float(evaluated(most_diverge, {})), Shares(events, seeds), about=about)


def _inputs(context: Context) -> Dataset:
    """20 digits, or the first 20 inputs of the user's own data."""
    if not context.data:
        return digits(20, context.seed)
    found = load(context.data, 20)
    return replace(found, name=f"{len(found)} inputs of {found.name}")


def _digits(
    critical: bool, sizes: dict[int, tuple[int, int]], width: int, steps: int, context: Context
) -> dict[str, list[list[float]]]:
    """Loss curves, over their starts, on 20 digits or the user's own data: each of some networks, by depth.

    `sizes` says how many networks there are of a depth, and how many at once.
    """
    data = _inputs(context)
    # in single precision, whose rounding moves a loss by far less than one network differs from the next
    x, y = (torch.as_tensor(v, dtype=torch.float32, device=context.device) for v in (data.x, data.y))
    curves: dict[str, list[list[float]]] = {}
    for blocks, (seeds, at_once) in sizes.items():
        found: list[list[float]] = []
        for part in range(seeds // at_once):
            g = context.generator(f"digits {blocks} {part}")
            nets = networks([blocks**-0.5] * at_once, x.shape[1], width, blocks, g, dtype=x.dtype)
            step = 1 / torch.linalg.eigvalsh(gram(nets, x))[:, -1]
            if not critical:
                nets = replace(nets, tau=torch.ones_like(nets.tau))
            losses = torch.stack(list(descend(nets, x, y, step, steps)))
            found += _finite(losses.double() / losses[0].double()).T.tolist()
        curves[str(blocks)] = found
    return curves


def deep(context: Context) -> Compared:
    """ℓ(T)/ℓ(0) by full-batch gradient descent with η = 1/λ_max(G(0)), width 32, no normalisation layers."""
    found = _digits(True, {8: (24, 24), 64: (24, 24), 256: (24, 24), 1000: (24, 24)}, 32, 24, context)
    shares = np.array([[curve[-1] for curve in curves] for curves in found.values()])
    logs = np.log(shares)
    means = np.exp(logs.mean(1))
    about = "ℓ(T)/ℓ(0) by L " + ", ".join(f"{d}: {v:.3f}" for d, v in zip(found, means, strict=True))
    curves = {d: np.exp(np.log(v).mean(0)).tolist() for d, v in found.items()}
    half = float(np.log(evaluated(halved, {})))
    seen = {"curves": curves, "data": _inputs(context).name}
    return Compared(Means(logs.T, law="normal", separate=True), half, about=about, data=seen)


def deep_tau_one(context: Context) -> Compared:
    """The same networks and steps with τ = 1: how many have a larger loss than at the start after 5 steps."""
    seeds = 28
    found = _digits(False, {64: (seeds, 14), 256: (seeds, 7)}, 32, 5, context)
    events = np.array([sum(curve[-1] > 1 for curve in curves) for curves in found.values()])
    about = "diverged: " + ", ".join(f"{k} of {seeds} at L = {d}" for d, k in zip(found, events, strict=True))
    curves = {d: np.median(v, axis=0).tolist() for d, v in found.items()}
    return Compared(float(evaluated(half_diverge, {})), Shares(events, seeds), about=about, data={"curves": curves})


def normalised(context: Context) -> Compared:
    """Digits in ten classes: accuracy on 500 after 25 steps on 100, at the step size that is better on 200 others."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    order = context.rng("digits").permutation(len(pixels))[:800]
    x = torch.as_tensor((pixels[order] - pixels.mean(0)) / 16, dtype=torch.float32, device=context.device)
    y = torch.as_tensor(labels[order], dtype=torch.long, device=context.device)
    blocks, seeds, rates = 64, 36, (0.02, 0.1)
    sides, chosen = [], []
    for tau in (1.0, blocks**-0.5):
        found = [_accuracies(x, y, blocks, tau, rate, seeds, context) for rate in rates]
        best = int(np.argmax([validation.mean() for validation, _ in found]))
        sides.append(found[best][1])
        chosen.append(f"{sides[-1].mean():.3f} at the step size {rates[best]}")
    one, root = (Means(side, law="normal", separate=True) for side in sides)
    about = f"networks of {blocks} blocks; accuracy {chosen[0]} against {chosen[1]}"
    return Compared(one, root, about=about, paired=True)


def _accuracies(
    x: Tensor, y: Tensor, blocks: int, tau: float, rate: float, seeds: int, context: Context
) -> tuple[Array, Array]:
    """Accuracies (seeds,) on 200 samples and on the rest, of networks that start alike for every τ and step size."""
    net = NormalisedNets(seeds, x.shape[1], 16, blocks, 10, tau, context.generator("normalised"), x.dtype)
    optimiser = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9)
    for _ in range(25):
        optimiser.zero_grad()
        # the networks are apart: the sum of their losses gives each its own gradient
        logits = net(x[:100]).flatten(0, 1)
        loss = torch.nn.functional.cross_entropy(logits, y[:100].repeat(seeds), reduction="sum") / 100
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    with torch.no_grad():
        validation, test = (
            (net(x[part]).argmax(-1) == y[part]).double().mean(-1).cpu().numpy()
            for part in (slice(100, 300), slice(300, None))
        )
    return validation, test
