"""Teacher and students of Liu et al. (2019): one filter on non-overlapping patches, two layers.

Parameters carry a leading axis of R runs, so that thousands of networks are trained as one tensor.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


def hidden(Z: Tensor, v: Tensor) -> Tensor:
    """σ(Zv) of shape (R, N, k), for patches Z (N, k, p) shared by the runs or (R, N, k, p) of their own."""
    pre: Tensor = torch.einsum("nkp,rp->rnk" if Z.ndim == 3 else "rnkp,rp->rnk", Z, v)
    return torch.relu(pre)


def normalised(v: Tensor) -> Tensor:
    """v/‖v‖ along the last axis."""
    unit: Tensor = v / v.norm(dim=-1, keepdim=True)
    return unit


def weighted(features: Tensor, a: Tensor) -> Tensor:
    """aᵀ(features) of shape (R, N), for features (R, N, k) and a (R, k)."""
    output: Tensor = torch.einsum("rnk,rk->rn", features, a)
    return output


class Teacher(nn.Module):
    """y = a*ᵀσ(Zv*) with ‖v*‖ = 1; a* of shape (R, k), v* of shape (R, p)."""

    def __init__(self, a_star: Tensor, v_star: Tensor) -> None:
        super().__init__()
        self.register_buffer("a_star", a_star)
        self.register_buffer("v_star", v_star)

    def forward(self, Z: Tensor) -> Tensor:
        return weighted(hidden(Z, self.get_buffer("v_star")), self.get_buffer("a_star"))


class StudentCNN(nn.Module):
    """f(v, a, Z) = aᵀσ(Zv/‖v‖); a of shape (R, k), v of shape (R, p)."""

    def __init__(self, a: Tensor, v: Tensor) -> None:
        super().__init__()
        self.a = nn.Parameter(a.clone())
        self.v = nn.Parameter(v.clone())

    @property
    def filter(self) -> Tensor:
        return normalised(self.v)

    def forward(self, Z: Tensor) -> Tensor:
        return weighted(hidden(Z, self.filter), self.a)


class StudentResNet(nn.Module):
    """f(w, a, Z) = aᵀσ(Zv), v = (𝟏/√p + w)/‖𝟏/√p + w‖: the shortcut is average pooling."""

    def __init__(self, a: Tensor, w: Tensor) -> None:
        super().__init__()
        self.a = nn.Parameter(a.clone())
        self.w = nn.Parameter(w.clone())

    @property
    def filter(self) -> Tensor:
        return normalised(self.w + self.w.shape[-1] ** -0.5)

    def forward(self, Z: Tensor) -> Tensor:
        return weighted(hidden(Z, self.filter), self.a)


def angle(v: Tensor, v_star: Tensor) -> Tensor:
    """∠(v, v*) of unit vectors, shape (R,); accurate at 0 and π, where arccos is not."""
    return 2 * torch.atan2((v - v_star).norm(dim=-1), (v + v_star).norm(dim=-1))


@dataclass(frozen=True)
class Teachers:
    """R teachers: a* (R, k) and v* (R, p) on the cap of the shortcut prior."""

    a_star: Tensor
    v_star: Tensor


def unit_vectors(runs: int, size: int, generator: torch.Generator) -> Tensor:
    """Uniform on the unit sphere, shape (runs, size)."""
    return normalised(torch.randn(runs, size, generator=generator, dtype=torch.float64, device=generator.device))


def shortcut_cap(runs: int, p: int, generator: torch.Generator) -> Tensor:
    """Uniform on the cap {v* : ‖v*‖ = 1, ‖v* − 𝟏/√p‖ ≤ 1}, by rejection, shape (runs, p)."""
    found: list[Tensor] = []
    count = 0
    while count < runs:
        x = unit_vectors(8 * runs, p, generator)
        kept = x[x.sum(dim=-1) * p**-0.5 >= 0.5]
        found.append(kept)
        count += len(kept)
    return torch.cat(found)[:runs]


def teachers(runs: int, k: int, p: int, ratio: float, generator: torch.Generator) -> Teachers:
    """Teachers with ‖a*‖ = 1 and (𝟏ᵀa*)² = `ratio`; raises ValueError if ratio exceeds k."""
    if not 0 <= ratio <= k:
        raise ValueError(f"(1ᵀa*)²/‖a*‖² lies in [0, {k}], not at {ratio}")
    across = torch.randn(runs, k, generator=generator, dtype=torch.float64, device=generator.device)
    across = across - across.mean(dim=-1, keepdim=True)
    across = across / across.norm(dim=-1, keepdim=True)
    a_star: Tensor = (ratio**0.5 / k) + across * (1 - ratio / k) ** 0.5
    return Teachers(a_star, shortcut_cap(runs, p, generator))


def initial_output(a_star: Tensor, generator: torch.Generator) -> Tensor:
    """a₀ uniform in the ball of radius |𝟏ᵀa*|/√k, shape (R, k)."""
    runs, k = a_star.shape
    radius = torch.rand(runs, 1, generator=generator, dtype=torch.float64, device=generator.device) ** (1 / k)
    found: Tensor = unit_vectors(runs, k, generator) * radius * a_star.sum(dim=-1, keepdim=True).abs() / k**0.5
    return found
