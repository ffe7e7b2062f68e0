"""The optimum at infinity on data: how long the proof lets gradient descent take, beside a network of its class.

The class: residual nets of the inputs' width, x ↦ x + c·tanh(Wx) with weight-normalised W, and a last layer that starts
at 0. Branches so small beside the inputs cannot make their features dependent, whatever the weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, sqrt
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from checks.measurable import Setting, TheoremReading
from derivations.arguments import InputError

BLOCKS = 2
SHARE = 0.5
"""Of σ_min(X) that the branches may take, where no scale is given."""
MOST_STEPS = 20_000
LOOKS = 50


def data(setting: Setting) -> dict[str, Any]:
    """Classes, σ_min of the inputs, and the scale of the branches; raises InputError where the inputs are dependent."""
    x, y = setting.data.x, setting.data.y
    n, d = x.shape
    classes = len(np.unique(y))
    if classes < 2:
        raise InputError(f"{setting.data.name}: one class only; the cross-entropy needs at least two")
    least = float(np.linalg.svd(x, compute_uv=False)[-1]) if n <= d else 0.0
    if least < 1e-9:
        raise InputError(f"{setting.data.name}: {n} inputs of length {d} are dependent, σ_min is 0: take fewer")
    blocks = float(setting.given.get("B", BLOCKS))
    found = {"K": classes, "N": n, "d": d, "B": blocks, "sigma_x": least, "ell_0": log(classes)}
    return found | {"c": SHARE * least / (blocks * sqrt(n * d))}


@dataclass(frozen=True)
class Seen:
    """What a run did: the least singular value of the features, the least ‖∇ℓ‖²/2ℓ², and Σ η_k until ℓ ≤ ε."""

    least: float
    gain: float
    time: float | None


def _features(weights: list[Tensor], x: Tensor, c: float) -> Tensor:
    for W in weights:
        rows = W / W.norm(dim=1, keepdim=True)
        x = x + c * torch.tanh(x @ rows.T)
    return x


def _run(setting: Setting, named: Mapping[str, Any]) -> Seen:
    g = torch.Generator(device=setting.device).manual_seed(setting.seed)
    x = torch.as_tensor(setting.data.x, device=setting.device)
    labels = torch.as_tensor(np.unique(setting.data.y, return_inverse=True)[1], device=setting.device)
    d, c, epsilon = x.shape[1], float(named["c"]), float(named["epsilon"])
    weights = [
        torch.randn(d, d, generator=g, dtype=x.dtype, device=x.device).requires_grad_() for _ in range(int(named["B"]))
    ]
    last = torch.zeros(int(named["K"]), d, dtype=x.dtype, device=x.device, requires_grad=True)
    parameters = [*weights, last]

    def loss() -> Tensor:
        return nn.functional.cross_entropy(_features(weights, x, c) @ last.T, labels)

    least, gain, time, eta = np.inf, np.inf, 0.0, 1.0
    value = loss()
    for k in range(MOST_STEPS):
        if value.item() <= epsilon:
            return Seen(least, gain, time)
        gradients = torch.autograd.grad(value, parameters)
        squared = float(sum((v * v).sum() for v in gradients))
        gain = min(gain, squared / (2 * value.item() ** 2))
        if k % (MOST_STEPS // LOOKS) == 0:
            with torch.no_grad():
                least = min(least, float(torch.linalg.svdvals(_features(weights, x, c))[-1]))
        while True:
            with torch.no_grad():
                for p, v in zip(parameters, gradients, strict=True):
                    p -= eta * v
            new = loss()
            if new.item() <= value.item() - eta / 2 * squared:
                break
            with torch.no_grad():
                for p, v in zip(parameters, gradients, strict=True):
                    p += eta * v
            eta /= 2
        time, value, eta = time + eta, new, min(1.1 * eta, 64.0)
    return Seen(least, gain, None)


def measured(setting: Setting, named: Mapping[str, Any]) -> dict[str, Any]:
    """The constants along a run."""
    seen = _run(setting, named)
    return {"sigma_low": seen.least, "a_0": seen.gain}


def needed(setting: Setting, named: Mapping[str, Any]) -> dict[str, Any]:
    """Σ η_k of a run."""
    time = _run(setting, named).time
    return {} if time is None else {"time": time}


THEOREMS = {"infinity-time": TheoremReading(data, measured, needed)}
