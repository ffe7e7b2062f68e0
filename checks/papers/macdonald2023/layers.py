"""Normalisations and composed networks by autograd: chain rules, and an adversary against the bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import sympy as sp
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from checks.context import Context
from checks.readings import Followed
from derivations.composition import SECOND
from derivations.papers.macdonald2023 import composition
from numerics.chains import ChainBounds, bounds_of
from numerics.curvature import kept_statistics
from numerics.layers import NormalisedLinear, Residual
from numerics.machine.draws import standard_normal
from numerics.machine.traced import traced
from numerics.values.evaluate import evaluate
from numerics.values.rounding import UNIT_ROUNDOFF

Array = NDArray[np.float64]

OPERATIONS = 2**14
"""Roundings in the longest chain of these small networks, their derivatives and decompositions, at most."""
ROUNDING = OPERATIONS * UNIT_ROUNDOFF
"""Beyond this share of the bound, 1.8e-12, a violation is not rounding."""


def second_derivative(kind: str, context: Context) -> Followed:
    """ε·sup‖D²wn‖ (√N·ε·sup‖D²bn‖) by ascent over the point and three directions, for several lengths and ε, twice."""
    lengths, each = (2, 3, 8, 17) if kind == "bn" else (1, 2, 5, 11), (1e-4, 0.3, 20.0)
    length, eps, _ = (v.ravel() for v in np.meshgrid(lengths, each, (0, 1), indexing="ij"))
    left = _ascent(kind, length, eps, context.generator(kind)) * eps * (length**0.5 if kind == "bn" else 1)
    best = left.reshape(len(lengths), -1).max(1) / float(SECOND)
    seen = ", ".join(f"{n}: {share:.6f}" for n, share in zip(lengths, best, strict=True))
    about = f"largest share of 48√5/125 reached by length {seen}"
    return Followed(left, np.full(len(left), float(SECOND)), "<=", ROUNDING, about)


def _ascent(kind: str, lengths: Array, eps: Array, g: torch.Generator) -> Array:
    """The largest |⟨a, D²f(w)[b, c]⟩| over unit a, b, c of each length and ε, from 48 starts with 80 steps of Adam.

    All ascents go on at once: a shorter vector is a longer one whose last entries are left out.
    """

    def normalised(w: Tensor, inside: Tensor, eps: Tensor) -> Tensor:
        if kind == "bn":
            count = inside.sum()
            w = (w - (w * inside).sum() / count) * inside
            return w / (eps + (w * w).sum() / count).sqrt()
        w = w * inside
        return w / (eps + w @ w).sqrt()

    def form(w: Tensor, a: Tensor, b: Tensor, c: Tensor, inside: Tensor, eps: Tensor) -> Tensor:
        def first(at: Tensor) -> Tensor:
            return torch.func.jvp(lambda v: normalised(v, inside, eps), (at,), (b,))[1]  # type: ignore[no-any-return]

        return a @ torch.func.jvp(first, (w,), (c,))[1]  # type: ignore[no-any-return]

    starts, longest = 48, int(lengths.max())
    size, ends = (
        torch.as_tensor(np.repeat(v, starts), dtype=torch.float64, device=g.device)[:, None] for v in (lengths, eps)
    )
    inside = (torch.arange(longest, device=g.device) < size).to(torch.float64)
    width = (ends * size).sqrt() if kind == "bn" else ends.sqrt()
    batched = torch.func.vmap(form)

    def climbed(raw: Tensor) -> tuple[Tensor, Tensor]:
        unit = nn.functional.normalize(raw[1:] * inside, dim=-1)
        values = batched(raw[0] * width / size.sqrt(), unit[0], unit[1], unit[2], inside, ends[:, 0]).abs()
        return -values.log().sum(), values

    step = traced(torch.func.grad_and_value(climbed, has_aux=True))
    raw = torch.randn(4, *inside.shape, generator=g, dtype=torch.float64, device=g.device)
    optimiser = torch.optim.Adam([raw], lr=0.05)
    best = torch.zeros_like(ends[:, 0])
    for _ in range(80):
        raw.grad, (_, values) = step(raw)
        best = torch.maximum(best, values)
        optimiser.step()
    return np.asarray(best.view(-1, starts).amax(1).cpu().numpy())


def drawn(g: torch.Generator, module: nn.Module) -> nn.Module:
    """The module in float64 with parameters drawn from N(0, 0.7²)."""
    module.to(device=g.device, dtype=torch.float64)
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(torch.randn(p.shape, generator=g, dtype=torch.float64, device=g.device) * 0.7)
    return module


def weight(g: torch.Generator, inputs: int, outputs: int, by: Any = "row") -> NormalisedLinear:
    """An affine map with normalised weights, ε = 0.3."""
    return NormalisedLinear(inputs, outputs, 0.3, by, generator=g)


def _networks(g: torch.Generator) -> Iterator[tuple[str, nn.Module, Tensor]]:
    """Small chains with every kind of layer, and data for them."""

    normal = partial(standard_normal, g)

    def made(*modules: nn.Module) -> nn.Module:
        return drawn(g, nn.Sequential(*modules))

    yield "affine", made(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 2)), normal(5, 3)
    yield (
        "weight normalisation",
        made(
            weight(g, 3, 3),
            nn.Softplus(),
            Residual(nn.Sequential(weight(g, 3, 3, "whole"), nn.Tanh()), 0.5),
            weight(g, 3, 2),
        ),
        normal(5, 3),
    )
    yield "entry normalisation", made(weight(g, 3, 3, "entry"), nn.SiLU(), weight(g, 3, 2, "entry")), normal(4, 3)
    yield (
        "batch normalisation",
        made(nn.Linear(3, 3, bias=False), nn.BatchNorm1d(3, eps=0.3), nn.Tanh(), weight(g, 3, 2)),
        normal(5, 3),
    )
    yield (
        "layer and group normalisation",
        made(nn.Linear(3, 4), nn.LayerNorm(4, eps=0.2), nn.GELU(), nn.GroupNorm(2, 4, eps=0.4), weight(g, 4, 2)),
        normal(4, 3),
    )
    yield (
        "convolution",
        made(
            nn.Conv2d(1, 2, 3, padding=1, bias=False),
            nn.BatchNorm2d(2, eps=0.3, affine=False),
            nn.Sigmoid(),
            Residual(nn.Sequential(nn.Conv2d(2, 2, 1), nn.Tanh()), 0.5),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        ),
        normal(3, 1, 4, 4),
    )


def flat(net: nn.Module) -> tuple[Tensor, Callable[[Tensor], dict[str, Tensor]]]:
    """All parameters in one vector, and the way back."""
    parameters = dict(net.named_parameters())
    sizes = [p.numel() for p in parameters.values()]

    def unflat(v: Tensor) -> dict[str, Tensor]:
        return {
            n: part.reshape(p.shape) for (n, p), part in zip(parameters.items(), torch.split(v, sizes), strict=True)
        }

    return torch.cat([p.detach().reshape(-1) for p in parameters.values()]), unflat


def along_line(function: Callable[[Tensor], Tensor], at: Tensor, direction: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Value, first and second derivative of t ↦ f(at + t·direction) at 0, both by reverse mode.

    Forward mode on top of any mode is wrong for torch's batch and layer normalisation (pytorch#196699).
    """

    def line(t: Tensor) -> Tensor:
        return function(at + t * direction)

    first = torch.func.jacrev(line)
    zero = at.new_zeros(())
    return line(zero), first(zero), torch.func.jacrev(first)(zero)


def lipschitz_of(bounds: ChainBounds) -> float:
    """The bound on ‖DF‖ from what bounds the last layer and those before it."""
    first, last = bounds.totals[-2], bounds.layers[-1].bounds(bounds.totals[-2].size)
    known = {symbol: sp.Float(value) for symbol, value in bounds.values.items()}
    values = {composition.before.D: first.D, composition.own.J: last.J, composition.own.D: last.D}
    return float(evaluate(composition.lipschitz_bound, {s: float(v.xreplace(known)) for s, v in values.items()}))


def smoothness_of(bounds: ChainBounds) -> float:
    """The bound on ‖∇²ℓ‖ from what bounds the network and the cost."""
    total, cost = bounds.totals[-1], bounds.cost
    assert cost is not None
    values = {
        composition.whole.D: total.D,
        composition.whole.tt: total.tt,
        composition.slope: cost.gradient(total.size),
        composition.curvature: cost.hessian,
    }
    return float(evaluate(composition.smoothness_bound, {s: float(v) for s, v in values.items()}))


def bound_holds(what: str, context: Context) -> Followed:
    """The largest ‖DF‖ or ‖∇²ℓ‖ that an adversary finds within radius 1 of the weights, and the calculus' bound."""
    left, right, seen = [], [], []
    for name, net, x in _networks(context.generator("models")):
        g = context.generator(f"adversary {name}")
        with kept_statistics(net):
            for cost in ("square", "cross-entropy") if what == "smoothness" else (None,):
                y = torch.randn(net(x).shape, generator=g, dtype=x.dtype, device=x.device)
                labels = torch.randint(0, 2, (len(x),), generator=g, device=x.device)
                bounds = bounds_of(net, x, cost=cost, targets=y, radius=1.0)
                limit = lipschitz_of(bounds) if cost is None else smoothness_of(bounds)
                found = _adversary(net, x, cost, y, labels, g)
                left.append(found)
                right.append(limit)
                seen.append(f"{name}{f', {cost}' if cost else ''}: {found:.3g} ≤ {limit:.3g}")
    data = {"found": left, "bound": right, "names": seen}
    return Followed(np.array(left), np.array(right), "<=", ROUNDING * max(right), "; ".join(seen), data)


def _adversary(
    net: nn.Module, x: Tensor, cost: str | None, y: Tensor, labels: Tensor, g: torch.Generator, steps: int = 10
) -> float:
    """The largest norm over weights within 1 of the network's and data of the same norm, by ascent from four starts."""
    start, unflat = flat(net)
    radius = float(x.norm())

    def outputs(v: Tensor, data: Tensor) -> Tensor:
        return torch.func.functional_call(net, unflat(v), (data,))  # type: ignore[no-any-return]

    def loss(v: Tensor, data: Tensor) -> Tensor:
        out = outputs(v, data)
        if cost == "square":
            return ((out - y) ** 2).sum() / (2 * len(x))
        return nn.functional.cross_entropy(out, labels)

    derivative = torch.func.jacrev(outputs if cost is None else torch.func.grad(loss))

    def norm(shift: Tensor, data: Tensor) -> Tensor:
        inside = start + shift / torch.clamp(shift.norm(), min=1.0)
        matrix = derivative(inside, radius * data / data.norm())
        return torch.linalg.matrix_norm(matrix.reshape(-1, len(start)), 2)  # type: ignore[no-any-return]

    climb = torch.func.vmap(torch.func.grad_and_value(norm, argnums=(0, 1)))
    shift, data = (
        torch.randn(4, *size, generator=g, dtype=x.dtype, device=x.device) for size in (start.shape, x.shape)
    )
    optimiser = torch.optim.Adam([shift, data], lr=0.1, maximize=True)
    best = 0.0
    for _ in range(steps):
        (shift.grad, data.grad), values = climb(shift, data)
        best = max(best, float(values.max()))
        optimiser.step()
    return best
