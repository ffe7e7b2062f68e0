"""f(x) = V[Ux]₊ as a torch module that keeps its start, its training, and the capacity and impact of its units.

Several networks are trained at once: their weights, points and classes have a first axis for the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


class TwoLayer(nn.Module):
    """Two-layer ReLU networks without biases that remember where their first layers started.

    Args:
        U: The first layer at the start, of shape (…, h, d): a row is a unit.
        V: The output weights at the start, of shape (…, c, h): a column belongs to a unit.

    Source:
        Neyshabur, Li, Bhojanapalli, LeCun and Srebro 2018 (arXiv:1805.12076), the class of the theorems.

    Example:
        >>> import torch
        >>> from numerics.models.neyshabur2018 import TwoLayer
        >>> net = TwoLayer(torch.eye(2), torch.ones(1, 2))
        >>> net(torch.tensor([[1.0, -2.0]])).tolist()
        [[1.0]]
    """

    start: Tensor

    def __init__(self, U: Tensor, V: Tensor) -> None:
        super().__init__()
        self.U, self.V = nn.Parameter(U.clone()), nn.Parameter(V.clone())
        self.register_buffer("start", U.clone())

    def forward(self, x: Tensor) -> Tensor:
        """The outputs for inputs of shape (…, n, d), of shape (…, n, c)."""
        return torch.relu(x @ self.U.mT) @ self.V.mT


def drawn(h: int, d: int, c: int, generators: torch.Generator | Sequence[torch.Generator]) -> TwoLayer:
    """Draw networks with normal weights of variance 1/d in the first layer and 1/h in the second.

    Args:
        h: The number of units.
        d: The dimension of an input.
        c: The number of outputs.
        generators: Where random numbers come from: one generator for one network, or one for each of several.

    Returns:
        The network or networks, in double precision.
    """
    if not isinstance(generators, torch.Generator):
        each = [drawn(h, d, c, one) for one in generators]
        return TwoLayer(torch.stack([net.start for net in each]), torch.stack([net.V.detach() for net in each]))
    kind: dict[str, Any] = {"generator": generators, "dtype": torch.float64, "device": generators.device}
    return TwoLayer(torch.randn(h, d, **kind) / d**0.5, torch.randn(c, h, **kind) / h**0.5)


def trained(
    net: TwoLayer,
    x: Tensor,
    y: Tensor,
    generator: torch.Generator,
    stop: float = 0.01,
    most: int = 400,
    rate: float = 0.1,
    batch: int = 50,
) -> Tensor:
    """Train by `torch.optim.SGD` with momentum 0.9 until the mean cross-entropy of an epoch is small.

    Args:
        net: The network or networks, which are changed; each stays as it was when its own loss was small enough.
        x: Inputs, of shape (…, n, d).
        y: Classes, of shape (…, n).
        generator: Where the order of the points comes from, another one for each network.
        stop: The mean loss of an epoch at which to stop.
        most: After how many epochs to stop.
        rate: The step.
        batch: The number of points of a step.

    Returns:
        The mean loss of the last epoch of each network.
    """
    optimiser = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9)
    kept = [p.detach().clone() for p in net.parameters()]
    last = torch.full(y.shape[:-1], torch.inf, dtype=x.dtype, device=x.device)
    for _ in range(most):
        order = torch.rand(y.shape, generator=generator, device=x.device).argsort(-1)
        total = torch.zeros_like(last)
        for chosen in order.split(batch, dim=-1):  # type: ignore[no-untyped-call]
            points = x.gather(-2, chosen[..., None].expand(*chosen.shape, x.shape[-1]))
            optimiser.zero_grad()
            out, classes = net(points), y.gather(-1, chosen)
            each = nn.functional.cross_entropy(out.flatten(0, -2), classes.flatten(), reduction="none")
            loss = each.view(classes.shape).mean(-1)
            loss.sum().backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            total += loss.detach() * chosen.shape[-1]
        going = last >= stop
        last = torch.where(going, total / y.shape[-1], last)
        for saved, now in zip(kept, net.parameters(), strict=True):
            saved.copy_(torch.where(going[..., None, None], now.detach(), saved))
        if bool((last < stop).all()):
            break
    with torch.no_grad():
        for saved, now in zip(kept, net.parameters(), strict=True):
            now.copy_(saved)
    return last


@dataclass(frozen=True, eq=False)
class Measures:
    """What is measured of networks beside its rivals; each entry is a number for each network.

    Args:
        sums: Σα_jβ_j, impact times capacity of the units.
        frobenius: ‖V‖_F‖U − U⁰‖_F.
        spectral: ‖V‖₂Σβ_j, the leading term of the spectral bound.
        path: Σ‖v_j‖‖u_j‖, the group path norm.
        lengths: ‖U‖_F‖V‖_F.
        largest: max_k Σ_j|V_kj|‖u_j‖₁, the (1, ∞) norm.
        active: Σα_j‖[u_j⁰X]₊‖, what the start costs on the points.
    """

    sums: Tensor
    frobenius: Tensor
    spectral: Tensor
    path: Tensor
    lengths: Tensor
    largest: Tensor
    active: Tensor


def measures(net: TwoLayer, x: Tensor) -> Measures:
    """Measure networks.

    Args:
        net: The network or networks.
        x: The points that the bounds speak of, of shape (…, n, d).

    Returns:
        The measures of its units and those of its rivals.
    """
    U, V, U0 = net.U.detach(), net.V.detach(), net.start
    alpha, beta = V.norm(dim=-2), (U - U0).norm(dim=-1)
    whole = (-2, -1)
    return Measures(
        (alpha * beta).sum(-1),
        V.norm(dim=whole) * (U - U0).norm(dim=whole),
        torch.linalg.matrix_norm(V, 2) * beta.sum(-1),
        (alpha * U.norm(dim=-1)).sum(-1),
        U.norm(dim=whole) * V.norm(dim=whole),
        (V.abs() @ U.abs().sum(-1, keepdim=True)).amax(whole),
        (alpha * torch.relu(x @ U0.mT).norm(dim=-2)).sum(-1),
    )


def margins(net: TwoLayer, x: Tensor, y: Tensor) -> Tensor:
    """The output of each point's class less the largest of the others.

    Args:
        net: The network or networks.
        x: Inputs, of shape (…, n, d).
        y: Classes, of shape (…, n).

    Returns:
        The margins, of shape (…, n).
    """
    with torch.no_grad():
        out = net(x)
    at = y[..., None]
    found: Tensor = out.gather(-1, at)[..., 0] - out.scatter(-1, at, float("-inf")).amax(-1)
    return found
