"""Networks cut into three parts: the derivatives of each part by itself beside those of the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from checks.context import Context
from checks.papers.macdonald2023.layers import ROUNDING, along_line, drawn, flat, weight
from checks.readings import Followed
from derivations.papers.macdonald2023 import composition, regularity
from numerics.curvature import kept_statistics
from numerics.layers import Residual
from numerics.values.evaluate import evaluate

J = (None, composition.J2, composition.J3)
D = (composition.D1, composition.D2, composition.D3)
DELTA = (composition.delta1, composition.delta2, composition.delta3)
BEND = (composition.bend1, composition.bend2, composition.bend3)


@dataclass(frozen=True)
class Cut:
    """A network of three parts, and its data (N, …)."""

    parts: tuple[nn.Module, nn.Module, nn.Module]
    x: Tensor

    @property
    def net(self) -> nn.Sequential:
        return nn.Sequential(*self.parts)


def _networks(g: torch.Generator) -> Iterator[Cut]:
    """Every kind of layer, with parameters in each part."""

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=g, dtype=torch.float64, device=g.device)

    def cut(*parts: nn.Module, x: Tensor) -> Cut:
        first, second, third = (drawn(g, part) for part in parts)
        return Cut((first, second, third), x)

    def rows(a: int, b: int, by: Any = "row") -> nn.Module:
        return weight(g, a, b, by)

    seq = nn.Sequential
    yield cut(seq(nn.Linear(3, 3), nn.Tanh()), seq(nn.Linear(3, 4), nn.Softplus()), nn.Linear(4, 2), x=normal(5, 3))
    yield cut(
        seq(rows(3, 3), nn.Softplus()), Residual(seq(rows(3, 3, "whole"), nn.Tanh()), 0.5), rows(3, 2), x=normal(5, 3)
    )
    yield cut(seq(rows(3, 3, "entry"), nn.SiLU()), Residual(rows(3, 3, "entry"), 0.5), rows(3, 2), x=normal(4, 3))
    yield cut(
        seq(nn.Linear(3, 3, bias=False), nn.BatchNorm1d(3, eps=0.3)),
        seq(nn.Tanh(), rows(3, 3)),
        rows(3, 2),
        x=normal(5, 3),
    )
    yield cut(
        seq(nn.Linear(3, 4), nn.LayerNorm(4, eps=0.2)),
        seq(nn.GELU(), nn.GroupNorm(2, 4, eps=0.4)),
        rows(4, 2),
        x=normal(4, 3),
    )
    yield cut(
        seq(nn.Conv2d(1, 2, 3, padding=1, bias=False), nn.BatchNorm2d(2, eps=0.3)),
        seq(nn.Sigmoid(), Residual(seq(nn.Conv2d(2, 2, 1), nn.Tanh()), 0.5)),
        seq(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 2)),
        x=normal(3, 1, 4, 4),
    )


def _outputs(module: nn.Module, unflat: Callable[[Tensor], dict[str, Tensor]]) -> Callable[[Tensor, Tensor], Tensor]:
    """The module as a function of its parameters in one vector and of its data, all outputs in one vector."""

    def call(w: Tensor, h: Tensor) -> Tensor:
        return torch.func.functional_call(module, unflat(w), (h,)).reshape(-1)  # type: ignore[no-any-return]

    return call


def _at(call: Callable[[Tensor, Tensor], Tensor], x: Tensor, w: Tensor) -> Tensor:
    """The function of data and parameters at these data."""
    return call(w, x)


def by_parts(cut: Cut, delta: Tensor | None = None) -> dict[Any, Any]:
    """What each part alone gives to the symbols J_l, D_l and, along a step δ of all parameters, δ_l and s_l."""
    found: dict[Any, Any] = {}
    h, along, used = cut.x, torch.zeros_like(cut.x), 0
    for k, part in enumerate(cut.parts):
        w, unflat = flat(part)
        call = _outputs(part, unflat)
        shape = part(h).shape
        by_data = torch.func.jacrev(call, argnums=1)(w, h).reshape(shape.numel(), -1)
        by_weights = torch.func.jacrev(call, argnums=0)(w, h)
        found[D[k]] = by_weights
        if k:
            found[J[k]] = by_data
        if delta is not None:
            step = delta[used : used + len(w)]

            def line(
                t: Tensor, call: Any = call, w: Any = w, h: Any = h, step: Any = step, along: Any = along
            ) -> Tensor:
                out: Tensor = call(w + t * step, h + t * along)
                return out

            _, first, found[BEND[k]] = along_line(line, w.new_zeros(()), w.new_ones(()))
            found[DELTA[k]] = step
            along, used = first.reshape(shape), used + len(w)
        h = part(h)
    return {symbol: value.detach().cpu().numpy() for symbol, value in found.items()}


def _direction(context: Context, name: str, size: int) -> Tensor:
    g = context.generator(name)
    return torch.randn(size, generator=g, dtype=torch.float64, device=g.device)


def chain_rule(order: int, context: Context) -> Followed:
    """⟨v, DF[δ]⟩ or ⟨v, D²F[δ, δ]⟩ of whole networks by autograd, against the formula with each part's derivatives."""
    formula = composition.first_along if order == 1 else composition.second_along
    left, right = [], []
    for cut in _networks(context.generator("chains")):
        with kept_statistics(cut.net):
            w, unflat = flat(cut.net)
            call = _outputs(cut.net, unflat)
            delta = _direction(context, "direction", len(w))
            whole = along_line(partial(_at, call, cut.x), w, delta)[order].detach().cpu().numpy()
            each = evaluate(formula, by_parts(cut, delta))
        left.append(whole)
        right.append(each)
    a, b = np.concatenate(left), np.concatenate(right)
    scale = float(np.abs(a).max())
    about = f"{len(left)} networks, every output in turn for v, scale {scale:.3g}"
    return Followed(a, b, "=", 4096 * 2.0**-53 * scale, about)


def gram_sum(context: Context) -> Followed:
    """‖DFᵀv‖² of whole networks, one backward pass, against the sum over parts."""
    left, right = [], []
    for k, cut in enumerate(_networks(context.generator("gram sum"))):
        with kept_statistics(cut.net):
            w, unflat = flat(cut.net)
            call = _outputs(cut.net, unflat)
            v = _direction(context, f"v {k}", call(w, cut.x).numel())
            (pulled,) = torch.func.vjp(partial(_at, call, cut.x), w)[1](v)
            left.append(float(pulled @ pulled))
            right.append(float(evaluate(regularity.gram_form, {**by_parts(cut), composition.v: v.cpu().numpy()})))
    a, b = np.array(left), np.array(right)
    return Followed(a / b, np.ones_like(a), "=", 4096 * 2.0**-53, f"{len(a)} networks, one side over the other")


def superadditive(context: Context) -> Followed:
    """λ_min(DF DFᵀ) of networks with one sample against λ_1ρ_2ρ_3 + λ_2ρ_3 + λ_3, both over λ_min.

    Residual blocks with tanh, and linear layers with orthogonal weights, where the two are equal.
    """
    left = []
    for trial in range(30):
        g = context.generator(f"gram {trial}")
        size, orthogonal = 2 + trial % 4, trial % 3 == 0
        x = torch.randn(1, size, generator=g, dtype=torch.float64, device=g.device)
        first, second, third = (_square(g, size, orthogonal) for _ in range(3))
        cut = Cut((first, second, third), x)
        w, unflat = flat(cut.net)
        jacobian = torch.func.jacrev(_outputs(cut.net, unflat))(w, x).detach()
        least = float(torch.linalg.eigvalsh(jacobian @ jacobian.T)[0])
        found = by_parts(cut)
        lowest = {s: float(np.linalg.eigvalsh(found[s] @ found[s].T)[0]) for s in (*D, *J[1:])}
        names = (regularity.lam1, regularity.lam2, regularity.lam3, regularity.rho2, regularity.rho3)
        values = dict(zip(names, (lowest[s] for s in (*D, *J[1:])), strict=True))
        left.append(float(evaluate(regularity.superadditive, values)) / least)
    about = f"30 networks, 10 of them orthogonal; the sum is from {min(left):.3f} to {max(left):.12g} of λ_min"
    return Followed(np.array(left), np.ones(len(left)), "<=", ROUNDING, about)


def _square(g: torch.Generator, size: int, orthogonal: bool) -> nn.Module:
    """A layer from R^size to itself without bias: orthogonal weights of any scale, or a residual block."""
    layer = nn.Linear(size, size, bias=False, dtype=torch.float64, device=g.device)
    raw = torch.randn(size, size, generator=g, dtype=torch.float64, device=g.device)
    with torch.no_grad():
        layer.weight.copy_(raw[0].norm() * torch.linalg.qr(raw)[0] if orthogonal else raw / size**0.5)
    return layer if orthogonal else Residual(nn.Sequential(layer, nn.Tanh()), 0.5)
