"""Weights that are functions of other parameters: weight and spectral normalisation, with their derivatives' norms."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from derivations.composition import CompositionError

_KINDS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


def normalised_weight(module: nn.Module, radius: float, label: str) -> tuple[float, float, float] | None:
    """Bounds on ‖W‖, ‖DW‖ and ‖D²W‖ over the parameters behind a weight within `radius`; None for plain weights.

    Raises CompositionError where the ball reaches a weight without direction.
    """
    if not isinstance(module, _KINDS):
        return None
    given: Any = module
    table = getattr(module, "parametrizations", None)
    if table:
        found = list(table["weight"]) if list(table) == ["weight"] else []
        if len(found) == 1 and isinstance(found[0], parametrizations._WeightNorm):
            return _weight_norm(table["weight"].original0, table["weight"].original1, found[0].dim, radius, label)
        if len(found) == 1 and isinstance(found[0], parametrizations._SpectralNorm) and found[0].dim == 0:
            behind = table["weight"].original
            return _spectral_norm(behind, found[0]._u, found[0]._v, radius, label)
        return None
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, WeightNorm) and hook.name == "weight":
            return _weight_norm(given.weight_g, given.weight_v, hook.dim, radius, label)
        if isinstance(hook, SpectralNorm) and hook.name == "weight" and hook.dim == 0:
            return _spectral_norm(given.weight_orig, given.weight_u, given.weight_v, radius, label)
    return None


def is_norm_hook(hook: Any) -> bool:
    """Whether a hook of a module is its weight or spectral norm, of torch's older kind."""
    return isinstance(hook, WeightNorm | SpectralNorm)


def _weight_norm(g: Tensor, v: Tensor, dim: int | None, radius: float, label: str) -> tuple[float, float, float]:
    """W = g·v/‖v‖, row by row: n(v) = v/‖v‖ has ‖Dn‖ = 1/‖v‖ and ‖D²n‖ = 2/(√3‖v‖²)."""
    lengths = torch.norm_except_dim(v.detach(), 2, -1 if dim is None else dim).double()
    least = float(lengths.min()) - radius
    if least <= 0:
        raise CompositionError(
            f"{label}: weights without direction lie within the radius {radius:g}: give a smaller one"
        )
    most = float(g.detach().abs().max()) + radius
    first = max(1.0, most / least)
    weight = v.detach().double() * (g.detach().double() / lengths)
    # groups' blocks are no larger than the whole
    norm = float(torch.linalg.matrix_norm(weight.flatten(1), 2))
    # of 2δg·Dn[δv] + g·D²n[δv, δv]
    bent = 2 * most / (3**0.5 * least**2)
    second = (bent + (bent**2 + 4 / least**2) ** 0.5) / 2
    return norm + radius * first, first, second


def _spectral_norm(w: Tensor, u: Tensor, v: Tensor, radius: float, label: str) -> tuple[float, float, float]:
    """W/σ with σ = uᵀWv for fixed u and v: D = δ/σ − Wσ(δ)/σ², D² = −2δσ(δ)/σ² + 2Wσ(δ)²/σ³."""
    matrix = w.detach().double().flatten(1)
    sigma = abs(float(u.double() @ matrix @ v.double()))
    least, most = sigma - radius, float(matrix.norm()) + radius
    if least <= 0:
        raise CompositionError(f"{label}: σ = uᵀWv may be zero within the radius {radius:g}: give a smaller one")
    first = 1 / least + most / least**2
    norm = float(torch.linalg.matrix_norm(matrix, 2)) / sigma
    return norm + radius * first, first, 2 / least**2 + 2 * most / least**3
