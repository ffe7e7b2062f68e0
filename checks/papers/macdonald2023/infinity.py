"""Optima at infinity: residual networks trained on separable data with the cross-entropy, which has no minimum."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from checks.context import Context
from checks.papers.macdonald2023.training import normal, residual_net
from checks.readings import Followed, Scaled
from derivations.papers.macdonald2023 import convergence
from numerics.machine.traced import traced
from numerics.statistics import drift, slope
from numerics.values.evaluate import evaluate
from numerics.values.rounding import UNIT_ROUNDOFF

Array = NDArray[np.float64]


def _clouds(g: torch.Generator, count: int) -> tuple[Tensor, Tensor]:
    """Unit vectors in R³ about one axis for each of three classes, and their classes."""
    labels = torch.arange(count, device=g.device) % 3
    axes = torch.eye(3, dtype=torch.float64, device=g.device)
    return nn.functional.normalize(axes[labels] + 0.2 * normal(g, count, 3)), labels


def _cross_entropies(
    nets: list[nn.Sequential], x: Tensor, labels: Tensor
) -> tuple[dict[str, Tensor], Callable[[dict[str, Tensor]], tuple[dict[str, Tensor], Tensor]]]:
    """The weights of all nets stacked, and the map to their gradients and losses."""
    stacked, _ = stack_module_state(nets)
    weights = {name: w.detach().clone() for name, w in stacked.items()}

    def loss(w: dict[str, Tensor]) -> Tensor:
        return nn.functional.cross_entropy(functional_call(nets[0], w, (x,)), labels)

    return weights, traced(vmap(torch.func.grad_and_value(loss)))


STARTS = (0.5, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0)
"""Standard deviations of the weights of twelve independent starts."""
TIMES = (250, 700, 2000)


@lru_cache(2)
def _to_infinity(seed: int, device: str) -> tuple[Array, Array]:
    """Losses and norms of the last layer (runs, steps) under GD on cross-entropy with η = 1, all starts at once.

    Loss and weights are two readings of one run.
    """
    g = Context(seed, device).generator("infinity")
    nets = [residual_net(g, 3, 16, 3, std=std) for std in STARTS]
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


EARLIER = ((4, 11, 32), (32, 88, 250))
"""Windows of the same shape before the times that are judged: what bends the law is measured there."""


def loss_at_infinity(context: Context) -> Scaled:
    """log ℓ against log t at t = 250, 700, 2000, each of twelve starts over its own mean."""
    losses, norms = _to_infinity(context.seed, context.device)
    chosen = losses[:, TIMES]
    centred = chosen / np.exp(np.log(chosen).mean(1, keepdims=True))
    seen = np.unique(np.geomspace(1, TIMES[-1], 60).astype(int))
    data = {"t": seen.tolist(), "loss": losses[:, seen].tolist(), "norm": norms[:, seen].tolist()}
    # features go on growing while the last layer does: log log t beside log t
    windows = [np.log(w) for w in (*EARLIER, TIMES)]
    exponents = [slope(logs, np.log(losses[:, w])) for logs, w in zip(windows[:2], EARLIER, strict=True)]
    bent = [float(slope(logs, np.log(logs))) for logs in windows]
    moved = drift(exponents, bent[:2], bent[2])
    about = f"{len(STARTS)} starts, ℓ(2000) from {losses[:, -1].min():.2g} to {losses[:, -1].max():.2g}"
    about += f"; times before 250 let log log t move it by {moved:.3f}"
    return Scaled(
        np.tile(np.array(TIMES, dtype=float), len(STARTS)), centred.ravel(), about, data, moved, _starts(len(TIMES))
    )


def weights_at_infinity(context: Context) -> Scaled:
    """‖W(t)‖ − ‖W(250)‖ against log(t/250) at t = 500, 1000, 2000, each start over its own mean."""
    _, norms = _to_infinity(context.seed, context.device)
    grown = _grown(norms, 250)
    centred = grown / np.exp(np.log(grown).mean(1, keepdims=True))
    # the rate of growth settles as 1/log t_0: seen from t_0 = 4 and 31, whose windows end before 250
    logs = np.log(DOUBLINGS)
    exponents = [slope(np.log(logs), np.log(_grown(norms, t0))) for t0 in (4, 31)]
    moved = drift(exponents, [1 / np.log(4), 1 / np.log(31)], float(1 / np.log(250)))
    about = f"{len(STARTS)} starts; times before 250 let 1/log t_0 move it by {moved:.3f}"
    return Scaled(np.tile(logs, len(STARTS)), centred.ravel(), about, drift=moved, trial=_starts(len(logs)))


def _starts(times: int) -> NDArray[np.int64]:
    """The start of each value in rows of `times`."""
    return np.repeat(np.arange(len(STARTS)), times)


DOUBLINGS = np.array([2, 4, 8])


def _grown(norms: Array, since: int) -> Array:
    return np.asarray(norms[:, since * DOUBLINGS] - norms[:, [since]])


def starts(context: Context) -> Followed:
    """1/ℓ(T) ≥ 1/ℓ(0) + Σ a_k, a_k = (η_k/2)(K/(K−1))((1−e^{−M})/M)²σ_min(H_k)²/N, M = Nℓ_k.

    H_k are the features before the last layer, M is what one sample can lose at most, and η_k is halved until ℓ
    falls by (η_k/2)‖∇ℓ‖². Weights of eight scales, three networks of each, three inputs.
    """
    g = context.generator("starts")
    scales, alike = (0.01, 0.1, 0.5, 1.0, 3.0, 10.0, 30.0, 100.0), 3
    nets = [residual_net(g, 3, 16, 3, std=std) for std in scales for _ in range(alike)]
    x, labels = _clouds(g, 3)
    n, steps = len(x), 1500
    weights, step = _cross_entropies(nets, x, labels)
    body = traced(vmap(lambda w: functional_call(nets[0][:-1], w, (x,))))
    inner = {name: w for name, w in weights.items() if name != list(weights)[-1]}
    eta = torch.ones(len(nets), dtype=x.dtype, device=x.device)
    gradients, value = step(weights)
    seen = []
    for _ in range(steps):
        least = torch.linalg.svdvals(body(inner))[:, -1]
        squared = sum(((v * v).flatten(1).sum(1) for v in gradients.values()), torch.zeros_like(value))
        moved = {k: w - eta.view(-1, *[1] * (w.ndim - 1)) * gradients[k] for k, w in weights.items()}
        new_gradients, new_value = step(moved)
        good = new_value <= value - eta / 2 * squared
        seen.append((value, least, eta, good))
        for k, w in weights.items():
            keep = good.view(-1, *[1] * (w.ndim - 1))
            w.copy_(torch.where(keep, moved[k], w))
            gradients[k] = torch.where(keep, new_gradients[k], gradients[k])
        value = torch.where(good, new_value, value)
        eta = torch.where(good, torch.clamp(1.1 * eta, max=1.0), eta / 2)
    along, sigma, rates, kept = (torch.stack(each) for each in zip(*seen, strict=True))
    known = {
        convergence.K: 3,
        convergence.N: n,
        # large weights may start at a loss of exactly 0; a larger M only lessens what is claimed
        convergence.M: torch.clamp(n * along, min=1e-8),
        convergence.sigma: sigma,
        convergence.eta: rates,
    }
    gained = torch.where(kept, evaluate(convergence.gain, known, "torch", str(x.device)), 0.0).sum(0)
    first = along[0]
    sides = {convergence.L: first, convergence.gained: gained}
    bound = evaluate(convergence.infinity_bound, sides, "torch", str(x.device))
    # the network of each scale that comes nearest to its bound
    nearest = [int(i) for i in (value / bound).cpu().view(-1, alike).argmax(1) + alike * torch.arange(len(scales))]
    shown = ", ".join(
        f"{s:g}: {first[i]:.2g} → {value[i]:.2g} ≤ {bound[i]:.2g}" for s, i in zip(scales, nearest, strict=True)
    )
    # losses are 1.1 at most where the bound is near: a sum over 1500 steps, each off by a few roundings
    tolerance = 4 * steps * UNIT_ROUNDOFF
    return Followed(
        value.cpu().numpy(), bound.cpu().numpy(), "<=", tolerance, f"1500 steps from weights of scale {shown}"
    )
