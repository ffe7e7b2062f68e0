"""The convergence theorem on data: λ₀ of real networks, the constants of the proof along a run, and what runs need."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Any

import numpy as np
import torch
from torch import Tensor

from checks.measurable import Setting, TheoremReading
from derivations.arguments import InputError
from derivations.papers.zhang2019.proof.constants import FEWEST
from numerics.models.zhang2019_descent import Network, descend, features_gram, kernel, network, passes, product_norms
from numerics.values.rounding import UNIT_ROUNDOFF

WIDE, DRAWN = 1024, 3
"""Width and number of networks at whose start λ₀ is the least eigenvalue."""
MOST_STEPS = 3000
LOOKS = 30
WIDTHS = (4, 8, 16, 32, 64, 128)
RUNS, SHORT = 3, 60
"""Networks of each width, and their steps, on which the conclusion is looked at."""


def _tau(setting: Setting) -> float:
    return float(setting.given.get("tau", _blocks(setting) ** -0.5))


def _blocks(setting: Setting) -> int:
    return int(float(setting.given.get("L", setting.depth)))


def _inputs(setting: Setting) -> Tensor:
    return torch.as_tensor(setting.data.x, dtype=torch.float64, device=setting.device)


def data(setting: Setting) -> dict[str, Any]:
    """Blocks, τ, the largest label and λ₀; raises InputError for τ > 1/√L, too few blocks, and where λ₀ is 0."""
    blocks, tau = _blocks(setting), _tau(setting)
    if blocks < FEWEST:
        raise InputError(f"L = {blocks}: the theorem needs at least {FEWEST} residual blocks; give --depth")
    if blocks * tau**2 > 1 + 8 * UNIT_ROUNDOFF:
        raise InputError(f"tau = {tau:g}: the theorem needs τ ≤ 1/√L = {blocks**-0.5:g}")
    found: dict[str, Any] = {"L": blocks, "tau": tau}
    found["y_max"] = max(float(np.abs(setting.data.y).max()), UNIT_ROUNDOFF)
    if "lambda_0" not in setting.given:
        found["lambda_0"] = _least(setting, blocks, tau)
    return found


def _least(setting: Setting, blocks: int, tau: float) -> float:
    """The least λ_min of the features' Gram matrix at the start of wide networks, its rounding taken off."""
    x, found = _inputs(setting), []
    for run in range(DRAWN):
        g = torch.Generator(device=setting.device).manual_seed(setting.seed + run)
        values = torch.linalg.eigvalsh(features_gram(x, WIDE, blocks, tau, g))
        found.append(float(values[0]) - 8 * len(x) * UNIT_ROUNDOFF * float(values[-1]))
    if min(found) > 0:
        return min(found)
    cosines = setting.data.x @ setting.data.x.T - 2 * np.eye(len(x))
    i, j = (int(k) for k in np.unravel_index(int(np.argmax(cosines)), cosines.shape))
    raise InputError(
        f"{setting.data.name}: λ_min of the features' Gram matrix is 0, and the theorem asks that it is not: "
        f"of inputs {i} and {j} 1 − cos = {-1 - cosines[i, j] + 2:.1g}; leave one of them out"
    )


def _drawn(setting: Setting, width: int, run: int = 0) -> Network:
    g = torch.Generator(device=setting.device).manual_seed(setting.seed + 1000 * run + width)
    return network(setting.data.x.shape[1], width, _blocks(setting), _tau(setting), g)


def _step(net: Network, x: Tensor) -> float:
    """1/λ_max of the Gram matrix of all gradients."""
    return 1 / float(torch.linalg.eigvalsh(kernel(net, passes(net, x)))[-1])


def measured(setting: Setting, named: Mapping[str, Any]) -> dict[str, Any]:
    """Constants of the proof on one network of the setting's width: at its start, and along gradient descent."""
    net, x, y = _drawn(setting, setting.width), _inputs(setting), torch.as_tensor(setting.data.y, device=setting.device)
    root, eta = sqrt(setting.width), _step(net, x)
    start, output, first = net.blocks.clone(), net.b.clone(), passes(net, x)
    lengths = first.features.norm(dim=2)
    found = {
        "X_0": float(lengths.max()),
        "low": float(lengths.min()),
        "C": float(product_norms(net, first).max()),
        "c_b": float(output.norm()) / root,
        "c_r": float((first.f - y).abs().max()),
        "eta_max": eta,
    }
    most = np.zeros(6)
    for k, seen in descend(net, x, y, eta, MOST_STEPS):
        done = _loss(seen.f, y) <= setting.epsilon * _loss(first.f, y)
        if done or k % (MOST_STEPS // LOOKS) == 0:
            moved = (net.blocks - start).flatten(1).norm(dim=1).max() / net.tau
            numbers = (
                seen.features.norm(dim=2).max(),
                net.b.norm() / root,
                seen.signals.norm(dim=2).max(),
                torch.diagonal(kernel(net, seen)).max().sqrt(),
                torch.maximum(moved, (net.b - output).norm()),
                root * (seen.inputs - first.inputs).norm(dim=2).max(),
            )
            most = np.maximum(most, [float(v) for v in numbers])
        if done:
            break
    found |= dict(zip(("X", "A_b", "S", "B_all", "rho", "zeta"), most.tolist(), strict=True))
    return found


def _loss(f: Tensor, y: Tensor) -> float:
    return float((f - y).square().sum()) / 2


def needed(setting: Setting, named: Mapping[str, Any]) -> dict[str, Any]:
    """The least width from which on the conclusion holds on all runs, and the steps that one of the setting's takes."""
    least, width = float(named["lambda_0"]), None
    for m in reversed([w for w in WIDTHS if w <= max(setting.width, WIDTHS[0])]):
        if not all(_holds(setting, m, run, least) for run in range(RUNS)):
            break
        width = m
    net, x, y = _drawn(setting, setting.width), _inputs(setting), torch.as_tensor(setting.data.y, device=setting.device)
    eta = _step(net, x)
    first, steps = _loss(passes(net, x).f, y), None
    for k, seen in descend(net, x, y, eta, MOST_STEPS):
        if _loss(seen.f, y) <= setting.epsilon * first:
            steps = k
            break
    found: dict[str, Any] = {"step": eta}
    found |= {} if width is None else {"width": width}
    return found | ({} if steps is None else {"iterations": steps})


def _holds(setting: Setting, width: int, run: int, least: float) -> bool:
    net, x, y = _drawn(setting, width, run), _inputs(setting), torch.as_tensor(setting.data.y, device=setting.device)
    eta = _step(net, x)
    losses = np.array([_loss(seen.f, y) for _, seen in descend(net, x, y, eta, SHORT)])
    line = losses[0] * (1 - eta * least / 4) ** (2 * np.arange(len(losses)))
    return bool((losses <= line * (1 + 64 * UNIT_ROUNDOFF)).all())


THEOREMS = {"relu-convergence": TheoremReading(data, measured, needed, depth=int(FEWEST))}
