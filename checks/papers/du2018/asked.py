"""Theorems 5.1 and 6.1 on data: what these give, and the constants of the proof as real networks show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import torch
from torch import Tensor

from checks.measurable import Setting, TheoremReading
from checks.papers.du2018.common import C_RES, Array
from derivations.activations import ACTIVATIONS, LIPSCHITZ, SMOOTHNESS, X
from derivations.arguments import InputError
from numerics.gram import layer_grams, total_gram
from numerics.infinite.recursion import network
from numerics.kernels import GramMatrix, fully_connected, residual
from numerics.models.du2018 import FullyConnected, ResNet, as_tensor, torch_activation
from numerics.models.du2018_descent import descend
from numerics.values.rounding import UNIT_ROUNDOFF

MOST_STEPS = 3000
"""Steps of the run on which constants are measured."""
LOOKS = 60
"""How often on the way features, signals and gradients are looked at."""
FEW_INPUTS = 4
"""Inputs whose layers' Jacobians are decomposed."""
WIDTHS = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
RUNS, SHORT = 5, 100
"""Networks of each width, and their steps, on which the conclusion is looked at."""


@dataclass(frozen=True)
class Architecture:
    """A fully connected network, or a residual one with branches of scale c_res/H."""

    skip: bool

    def limit(self, x: Array, depth: int, setting: Setting) -> GramMatrix:
        """The Gram matrices of infinite width of a network of this depth, with the branches of the setting's depth."""
        if not self.skip:
            return fully_connected(x, setting.activation, depth)
        return residual(x, setting.activation, depth, c_res=_c_res(setting) * depth / setting.depth)

    def network(self, setting: Setting, width: int, g: torch.Generator) -> FullyConnected | ResNet:
        """A network at its start."""
        d, depth = setting.data.x.shape[1], setting.depth
        if not self.skip:
            return FullyConnected(d, width, depth, setting.activation, g)
        return ResNet(d, width, depth, setting.activation, g, _c_res(setting))


def _c_res(setting: Setting) -> float:
    return float(setting.given.get("c_res", C_RES))


def data(architecture: Architecture, setting: Setting) -> dict[str, Any]:
    """λ₀ enclosed from below, the constants of σ, the largest label and the kernel's diagonals.

    Raises InputError for an activation without constants, and where λ₀ may be 0: then it names two inputs.
    """
    name = setting.activation
    if name not in SMOOTHNESS or name not in LIPSCHITZ:
        known = ", ".join(sorted(set(SMOOTHNESS) & set(LIPSCHITZ)))
        raise InputError(f"σ = {name}: the theorem needs σ and σ′ to be Lipschitz, with constants known for {known}")
    if architecture.skip and setting.depth < 2:
        raise InputError("a residual network has at least two layers: give --depth 2 or more")
    found: dict[str, Any] = {
        "c_sigma": network(name, setting.depth).c_sigma,
        "L": _number(LIPSCHITZ[name]),
        "beta": _number(SMOOTHNESS[name]),
        "y_max": max(float(np.abs(setting.data.y).max()), UNIT_ROUNDOFF),
    }
    if architecture.skip:
        found["c_res"] = _c_res(setting)
    if "lambda_0" not in setting.given:
        found["lambda_0"] = _least(architecture, setting)
    diagonals = [float(k) for h in range(1, setting.depth + 1) for k in _diagonal(architecture, setting, h)]
    found["k_low"], found["k_high"] = min(diagonals), max(diagonals)
    return found


def _number(value: Any) -> float:
    """A constant, or the upper end of its digits."""
    return float(value) if not isinstance(value, str) else float(value) * (1 + 1e-12)


def _diagonal(architecture: Architecture, setting: Setting, h: int) -> Array:
    one = setting.data.x[:1]  # all inputs have norm one, and so have the same
    if not architecture.skip:
        return np.ones(1)
    found: Array = np.diag(architecture.limit(one, h + 1, setting).features)
    return found


def _least(architecture: Architecture, setting: Setting) -> float:
    """A lower bound of λ_min(K^(H)): the kernel's own error, and the eigenvalues' rounding, taken off."""
    x = setting.data.x
    gram = architecture.limit(x, setting.depth, setting)
    eigenvalues = np.linalg.eigvalsh(gram.last)
    least = float(eigenvalues[0]) - len(x) * (gram.error + 8 * UNIT_ROUNDOFF * float(eigenvalues[-1]))
    if least > 0:
        return least
    cosines = np.abs(x @ x.T) - 2 * np.eye(len(x))
    i, j = (int(k) for k in np.unravel_index(int(np.argmax(cosines)), cosines.shape))
    raise InputError(
        f"{setting.data.name}: λ_min(K^(H)) may be 0, and the theorem asks that it is not: of inputs {i} and {j} "
        f"1 − |cos| = {1 - float(np.abs(x[i] @ x[j])):.1g}; leave one of them out"
    )


class Observed:
    """A network at one time: features, the derivatives of its outputs by features and by weights, and G^(H)."""

    def __init__(self, net: FullyConnected | ResNet, x: Tensor, slope: Any) -> None:
        with torch.no_grad():
            self.features = net.features(x)
            weights: list[Any] = [layer.weight for layer in net.layers]
            output: Any = net.output.weight
            inputs = [z @ W.T for z, W in zip(self.features, weights, strict=False)]
            skip = isinstance(net, ResNet)
            scales = [net.step if isinstance(net, ResNet) and h else net.scale for h in range(net.depth)]
            signal = output.expand(len(x), -1)
            signals, blocks, local = [signal], [self.features[-1].norm(dim=1)], signal
            for h in range(net.depth - 1, -1, -1):
                local = scales[h] * signal * slope(inputs[h])
                blocks.append(local.norm(dim=1) * self.features[h].norm(dim=1))
                if h == net.depth - 1:
                    self.gram = (local @ local.T) * (self.features[h] @ self.features[h].T)
                if h:
                    signal = local @ weights[h] + (signal if skip else 0)
                    signals.append(signal)
            self.inputs, self.scales, self.skip, self.slope = inputs, scales, skip, slope
            root = sqrt(weights[0].shape[0])
            self.signal = max(float(s.norm(dim=1).max()) for s in signals) / root
            self.block = max(float(b.max()) for b in blocks)
            self.all_blocks = float(torch.stack(blocks).square().sum(0).sqrt().max())
            self.norm = max(float(f.norm(dim=1).max()) for f in self.features[1:])


def measured(architecture: Architecture, setting: Setting, named: Mapping[str, Any]) -> dict[str, Any]:
    """Constants of the proof on one network of the setting's width: at its start, and along gradient descent."""
    n, m = len(setting.data), setting.width
    g = torch.Generator(device=setting.device).manual_seed(setting.seed)
    net = architecture.network(setting, m, g)
    x, y = as_tensor(setting.data.x, setting.device), as_tensor(setting.data.y, setting.device)
    slope = torch_activation(ACTIVATIONS[setting.activation].of(X).diff(X))
    root = sqrt(m)
    weights: list[Any] = [layer.weight for layer in net.layers]
    start = [W.detach().clone() for W in weights]
    last: Any = net.output.weight
    output = last.detach().clone()
    first = Observed(net, x, slope)
    with torch.no_grad():
        residuals = float((net(x) - y).norm())
    found: dict[str, Any] = {
        "c_w": max(float(torch.linalg.matrix_norm(W, 2)) for W in start) / root,
        "c_a": float(output.norm()) / root,
        "c_4": float((output**2).norm()) / root,
        "c_x": first.norm,
        "c_r": residuals / sqrt(n),
        "alpha": _largest_factor(first, start),
    }
    found |= _near_the_limit(architecture, setting, named, first)
    eta = 1 / float(torch.linalg.eigvalsh(total_gram(layer_grams(net, x)))[-1])
    far = np.zeros(4)
    radius, steps = 0.0, None
    for state in descend(net, setting.activation, x, y, eta, MOST_STEPS):
        done = state.loss <= setting.epsilon * residuals**2 / 2
        if done or state.k % (MOST_STEPS // LOOKS) == 0:
            now = Observed(net, x, slope)
            moved = [float((W - V).norm()) for W, V in zip(weights, start, strict=True)]
            moved.append(float((last - output).norm()))
            radius = max(moved) / root
            far = np.maximum(far, [now.norm, now.signal, now.block, now.all_blocks])
            if radius > 0:
                pairs = zip(now.features[1:], first.features[1:], strict=True)
                step = max(float((a - b).norm(dim=1).max()) for a, b in pairs)
                found["D"] = max(found.get("D", 0.0), step / radius)
                entry = float((now.gram - first.gram).abs().max())
                found["C_G"] = max(found.get("C_G", 0.0), entry / radius)
            norm = max(float(torch.linalg.matrix_norm(W, 2)) for W in (weights if done else weights[-1:])) / root
            found["omega"] = max(found.get("omega", found["c_w"]), norm)
            found["A"] = max(found.get("A", found["c_a"]), float(last.norm()) / root)
        if done:
            steps = state.k
            break
    found |= dict(zip(("X", "b", "B", "B_all"), far.tolist(), strict=True))
    found["eta_max"] = eta
    if steps is not None:
        found["rho"] = radius * root
    return found


def _largest_factor(at: Observed, weights: list[Tensor]) -> float:
    """The largest norm of a layer's derivative in the features, beyond the first layer."""
    slopes = []
    for h in range(1, len(weights)):
        for z in at.inputs[h][:FEW_INPUTS]:
            local = at.scales[h] * at.slope(z)[:, None] * weights[h]
            slopes.append(float(torch.linalg.matrix_norm(local + (torch.eye(len(z)).to(local) if at.skip else 0), 2)))
    return max(slopes, default=1.0)


def _near_the_limit(
    architecture: Architecture, setting: Setting, named: Mapping[str, Any], first: Observed
) -> dict[str, float]:
    """How near features and Gram matrix lie to infinite width, over what the proof has beside Γ and C_0."""
    n, m, x = len(setting.data), setting.width, setting.data.x
    unit = sqrt(float(named["Lambda"]) / m)
    errors = []
    for h in range(1, setting.depth):
        feature = first.features[h].cpu().numpy()
        errors.append(float(np.abs(feature @ feature.T - architecture.limit(x, h + 1, setting).features).max()))
    found = {}
    if errors:
        found["Gamma"] = max(errors) / (6 * float(named["L"]) * float(named["c_x"]) ** 2 * unit)
    gain = (_c_res(setting) / setting.depth) ** 2 if architecture.skip else float(named["c_sigma"])
    apart = first.gram.cpu().numpy() - architecture.limit(x, setting.depth, setting).last
    found["C_0"] = float(np.abs(np.linalg.eigvalsh(apart)).max()) / (n * gain * unit)
    return found


def needed(architecture: Architecture, setting: Setting, named: Mapping[str, Any]) -> dict[str, Any]:
    """The least width from which on the conclusion holds on every run that is looked at, and what a run takes."""
    least = float(named["lambda_0"])
    width = None
    for m in reversed([w for w in WIDTHS if w <= max(setting.width, WIDTHS[0])]):
        if not all(_holds(architecture, setting, m, run, least) for run in range(RUNS)):
            break
        width = m
    eta, steps = _run(architecture, setting)
    found: dict[str, Any] = {"step": eta}
    found |= {} if width is None else {"width": width}
    return found | ({} if steps is None else {"iterations": steps})


def _run(architecture: Architecture, setting: Setting) -> tuple[float, int | None]:
    """The step 1/λ_max(G(0)), and how many such steps a network of the setting's width takes to the loss asked for."""
    g = torch.Generator(device=setting.device).manual_seed(setting.seed)
    net = architecture.network(setting, setting.width, g)
    x, y = as_tensor(setting.data.x, setting.device), as_tensor(setting.data.y, setting.device)
    eta = 1 / float(torch.linalg.eigvalsh(total_gram(layer_grams(net, x)))[-1])
    first = None
    for state in descend(net, setting.activation, x, y, eta, MOST_STEPS):
        first = state.loss if first is None else first
        if state.loss <= setting.epsilon * first:
            return eta, state.k
    return eta, None


def _holds(architecture: Architecture, setting: Setting, width: int, run: int, least: float) -> bool:
    g = torch.Generator(device=setting.device).manual_seed(setting.seed + 1000 * run + width)
    net = architecture.network(setting, width, g)
    x, y = as_tensor(setting.data.x, setting.device), as_tensor(setting.data.y, setting.device)
    eta = 1 / float(torch.linalg.eigvalsh(total_gram(layer_grams(net, x)))[-1])
    losses = np.array([s.loss for s in descend(net, setting.activation, x, y, eta, SHORT)])
    line = losses[0] * (1 - eta * least / 2) ** np.arange(len(losses))
    return bool((losses <= line * (1 + 64 * UNIT_ROUNDOFF)).all())


def reading(skip: bool) -> TheoremReading:
    """What is read off data and networks for a theorem."""
    made = Architecture(skip)
    return TheoremReading(
        lambda setting: data(made, setting),
        lambda setting, named: measured(made, setting, named),
        lambda setting, named: needed(made, setting, named),
    )


THEOREMS = {"theorem-5-1": reading(skip=False), "theorem-6-1": reading(skip=True)}
