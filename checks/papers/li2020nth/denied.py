"""Hypotheses of the neural tangent hierarchy denied: kinks, long steps, another loss, a frozen layer, equal inputs.

Small nets of two layers with tanh run beside one that keeps the hypothesis, so that the case and not the code fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from checks.context import Context
from checks.papers.denials import Case
from numerics.machine.arrays import as_numpy
from numerics.models.du2018 import FullyConnected
from numerics.models.li2020nth import Nets, State, closed_k3, predicted_drift, speeds, start
from numerics.networks.tangent_hierarchy import tangent_kernels

STEPS, TIME, M = 400, 4.0, 4
"""Steps and time of a run, and the width."""
Loss = Callable[[Tensor, Tensor], Tensor]


def square(f: Tensor, y: Tensor) -> Tensor:
    """(1/2n)Σ(f − y)²."""
    return ((f - y) ** 2).mean() / 2


def logistic(f: Tensor, y: Tensor) -> Tensor:
    """(1/n)Σ ln(1 + e^{−yf})."""
    return torch.nn.functional.softplus(-y * f).mean()


def missed(nets: Nets, at: State, y: Tensor, steps: int = STEPS, loss: Loss = square) -> float:
    """How far K²(x_1, x_1) moves from where the hierarchy says, over all that this says it moves, without signs.

    Descent with steps h, and the sum of −(h/n)Σ_β K³(x_1, x_1, x_β) r_β over them, r = f − y.

    Args:
        nets: One net.
        at: Its parameters.
        y: Labels, of shape (1, n).
        steps: In how many steps the time is divided.
        loss: What is descended on.
    """
    h, points = TIME / steps, [at]
    for _ in range(steps):
        leaves = {k: p.detach().requires_grad_(True) for k, p in points[-1].items()}
        slopes = torch.autograd.grad(loss(nets(leaves), y), list(leaves.values()))
        points.append({k: (p - h * g).detach() for (k, p), g in zip(leaves.items(), slopes, strict=True)})
    # the points of the run are as many nets side by side
    together = {k: torch.cat([p[k] for p in points[:-1]]) for k in at}
    moves = h * as_numpy(speeds(nets, together, y, 2)[0])[:, 0, 0]
    first, last = (float(nets.kernels(p, 2)[0][0, 0, 0]) for p in (points[0], points[-1]))
    return float(abs(last - first - moves.sum()) / np.abs(moves).sum())


def _run(context: Context, **changed: Any) -> float:
    def here(rows: list[list[float]]) -> Tensor:
        return torch.tensor(rows, dtype=torch.float64, device=context.device)

    at = {"a": here([[1.0, -0.5, 0.8, 1.2]]), "W000": here([[1.0, 0.5], [-0.3, 1.0], [0.6, -0.8], [-1.0, 0.4]])[None]}
    return missed(Nets(torch.eye(2, dtype=torch.float64, device=context.device), M**-0.5, 0.0), at,
                  here([[2.0, -2.0]]), **changed)  # fmt: skip


def _case(words: str, other: float, kept: float, what: str) -> Case:
    said = f"K² is off by {other:.2g} of what it moves; {what} by {kept:.1g}"
    return Case(kept < 0.03 < 0.1 < other, words, said, ("li2020nth.flow-deep",))


def longer_steps(context: Context) -> Case:
    """Descent in two steps of 2 in the place of the flow."""
    words = f"gradient descent in 2 steps of {TIME / 2:g}, tanh, m = {M}"
    return _case(words, _run(context, steps=2), _run(context), f"in {STEPS} steps")


def other_loss(context: Context) -> Case:
    """The logistic loss, whose derivative is not f − y."""
    words = f"gradient flow of the logistic loss, tanh, m = {M}"
    return _case(words, _run(context, loss=logistic), _run(context), "with the square loss")


def kinks(context: Context) -> Case:
    """One ReLU unit f(x) = relu(w·x)·a on two inputs: one of them leaves the side where the unit is active.

    K² loses a²‖x‖² at once, and K³ beside the kink knows nothing of it.
    """
    device = context.device
    x = torch.tensor([[1.0, 0.0], [0.6, 0.8]], dtype=torch.float64, device=device)
    at = {
        "a": torch.ones(1, 1, dtype=torch.float64, device=device),
        "W000": torch.tensor([[[0.3, 1.0]]], dtype=torch.float64, device=device),
    }
    y = torch.tensor([[-2.0, -2.0]], dtype=torch.float64, device=device)
    relu, smooth = (missed(Nets(x, 1.0, 0.0, sigma), at, y) for sigma in (torch.relu, _soft))
    return _case("f = a·relu(w·x), labels −2", relu, smooth, "for softplus 8z/8")


def _soft(z: Tensor) -> Tensor:
    return torch.nn.functional.softplus(8 * z) / 8


def frozen_layer(context: Context) -> Case:
    """With output weights that do not move K³ loses what came from them."""
    from sympy import tanh

    from derivations.activations import X

    g = context.generator("frozen")
    net, x = FullyConnected(2, M, 2, tanh(X), g), torch.eye(2, dtype=torch.float64, device=g.device)
    whole = closed_k3(net, x)
    off = float((tangent_kernels(net, x, 3)[1] - whole).abs().max() / whole.abs().max())
    net.output.weight.requires_grad_(False)
    frozen = float((tangent_kernels(net, x, 3)[1] - whole).abs().max() / whole.abs().max())
    return Case(
        off < 1e-12 < 0.01 < frozen,
        f"output weights frozen, tanh, two layers of width {M}",
        f"K³ differs by {frozen:.2g} of its size; with all layers by {off:.1g}",
        ("li2020nth.k3-closed",),
    )


def equal_inputs(context: Context) -> Case:
    """Two equal inputs with residuals 1 and −1: K² is singular, and the drift by K³ and K⁴ is endless."""
    sizes = {}
    for name, second in (("equal", [1.0, 0.0]), ("apart", [0.0, 1.0])):
        g = context.generator("equal")
        x = torch.tensor([[1.0, 0.0], second], dtype=torch.float64, device=g.device)
        nets, at = Nets(x, M**-0.5, 0.0), start(1, 2, M, 1, g)
        K2, K3, K4 = (as_numpy(k)[0] for k in nets.kernels(at, 4))
        # equal inputs make equal rows; with rounding the least eigenvalue is about 1e-16, of either sign
        with np.errstate(all="ignore"):
            drift = predicted_drift(K2, K3, K4, np.array([1.0, -1.0]))
            sizes[name] = float(np.abs(np.array(drift)).max())
    endless = not np.isfinite(sizes["equal"]) or sizes["equal"] > 1e6
    seen = f"is {sizes['equal']:.1e}" if np.isfinite(sizes["equal"]) else "has no value"
    return Case(
        endless and sizes["apart"] < 100,
        f"x_1 = x_2 = (1, 0), residuals 1 and −1, tanh, m = {M}",
        f"the drift by K³ and K⁴ {seen}; for x_2 = (0, 1) it is {sizes['apart']:.2g}",
        ("li2020nth.drift-by-k3", "li2020nth.drift-by-both"),
    )


def one_sign(context: Context) -> Case:
    """Output weights 1 and pre-activations N(1, 1): a neuron's part of K³ has a mean, and E K³ is of order m^(−1/2)."""
    z, weight = np.polynomial.hermite_e.hermegauss(80)
    weight = weight / weight.sum()

    def mean(outputs: tuple[float, ...], shift: float) -> float:
        t = np.tanh(z + shift)
        slope = 1 - t**2
        parts = [2 * a**3 * (-2 * t * slope) * slope**2 + 4 * a * slope**2 * t for a in outputs]
        return float(np.mean([weight @ part for part in parts]))

    other, signs = mean((1.0,), 1.0), mean((1.0, -1.0), 1.0)
    return Case(
        abs(signs) < 1e-12 < 0.05 < abs(other),
        "a = 1, w·x of the law N(1, 1), tanh",
        f"m^(3/2) E K³ of a neuron is {other:.3g}; with a = ±1 it is {signs:.1g}",
        ("li2020nth.neuron-mean",),
    )


DENIALS: dict[str, Callable[[Context], Case]] = {
    "smooth-activation": kinks,
    "gradient-flow": longer_steps,
    "square-loss": other_loss,
    "all-layers": frozen_layer,
    "positive-kernel": equal_inputs,
    "symmetric-start": one_sign,
}
