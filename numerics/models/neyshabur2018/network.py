"""f(x) = V[Ux]₊ as a torch module that keeps its start, its training, and the capacity and impact of its units."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


class TwoLayer(nn.Module):
    """A two-layer ReLU network without biases that remembers where its first layer started.

    Args:
        U: The first layer at the start, of shape (h, d): a row is a unit.
        V: The output weights at the start, of shape (c, h): a column belongs to a unit.

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
        """The outputs for inputs of shape (n, d), of shape (n, c)."""
        return torch.relu(x @ self.U.T) @ self.V.T


def drawn(h: int, d: int, c: int, generator: torch.Generator) -> TwoLayer:
    """Draw a network with normal weights of variance 1/d in the first layer and 1/h in the second.

    Args:
        h: The number of units.
        d: The dimension of an input.
        c: The number of outputs.
        generator: Where random numbers come from.

    Returns:
        The network, in double precision.
    """
    kind = {"generator": generator, "dtype": torch.float64, "device": generator.device}
    return TwoLayer(torch.randn(h, d, **kind) / d**0.5, torch.randn(c, h, **kind) / h**0.5)


def trained(
    net: TwoLayer,
    x: Tensor,
    y: Tensor,
    generator: torch.Generator,
    stop: float = 0.01,
    most: int = 400,
    rate: float = 0.1,
) -> float:
    """Train by `torch.optim.SGD` with momentum 0.9 and batches of 100 until the mean cross-entropy is small.

    Args:
        net: The network, which is changed.
        x: Inputs, of shape (n, d).
        y: Classes, of shape (n,).
        generator: Where the order of the points comes from.
        stop: The mean loss of an epoch at which to stop.
        most: After how many epochs to stop.
        rate: The step.

    Returns:
        The mean loss of the last epoch.
    """
    optimiser = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9)
    mean = float("inf")
    for _ in range(most):
        order, total = torch.randperm(len(x), generator=generator, device=x.device), 0.0
        for chosen in order.split(100):
            optimiser.zero_grad()
            loss = nn.functional.cross_entropy(net(x[chosen]), y[chosen])
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            total += float(loss.detach()) * len(chosen)
        mean = total / len(x)
        if mean < stop:
            break
    return mean


@dataclass(frozen=True)
class Measures:
    """What is measured of a network beside its rivals.

    Args:
        sums: Σα_jβ_j, impact times capacity of the units.
        frobenius: ‖V‖_F‖U − U⁰‖_F.
        spectral: ‖V‖₂Σβ_j, the leading term of the spectral bound.
        path: Σ‖v_j‖‖u_j‖, the group path norm.
        lengths: ‖U‖_F‖V‖_F.
        corner: The (1, ∞) norm, Σ_k of |V_kj|‖u_j‖₁ at the largest output times the outputs' number one.
        start: Σα_j‖u_j⁰X‖, with the start on the points in place of the distance from it.
        active: Σα_j‖[u_j⁰X]₊‖, the same where the units are active.
    """

    sums: float
    frobenius: float
    spectral: float
    path: float
    lengths: float
    corner: float
    start: float
    active: float


def measures(net: TwoLayer, x: Tensor) -> Measures:
    """Measure a network.

    Args:
        net: The network.
        x: The points that the bounds speak of, of shape (n, d).

    Returns:
        The measures of its units and those of its rivals.
    """
    U, V, U0 = net.U.detach(), net.V.detach(), net.start
    alpha, beta = V.norm(dim=0), (U - U0).norm(dim=1)
    before = x @ U0.T
    return Measures(
        float(alpha @ beta),
        float(V.norm() * (U - U0).norm()),
        float(torch.linalg.matrix_norm(V, 2) * beta.sum()),
        float(alpha @ U.norm(dim=1)),
        float(U.norm() * V.norm()),
        float((V.abs() @ U.abs().sum(1)).max()),
        float(alpha @ before.norm(dim=0)),
        float(alpha @ torch.relu(before).norm(dim=0)),
    )


def margins(net: TwoLayer, x: Tensor, y: Tensor) -> Tensor:
    """The output of each point's class less the largest of the others.

    Args:
        net: The network.
        x: Inputs, of shape (n, d).
        y: Classes, of shape (n,).

    Returns:
        The margins, of shape (n,).
    """
    with torch.no_grad():
        out = net(x)
    own = out.gather(1, y[:, None])[:, 0]
    others = out.scatter(1, y[:, None], float("-inf")).max(1).values
    return own - others
