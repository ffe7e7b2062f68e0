"""An adversary of bounds: what it finds must not pass them. Power iterations, with random numbers of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from sympy import sympify
from torch import Tensor, nn

from derivations import composition as calculus
from derivations.composition import Bounds, CompositionError, Cost, Layer
from numerics.batch_loss import derivative
from numerics.unchanged import evaluated

STEPS = 12
"""Power iterations for each norm."""


def check_bounds(
    model: nn.Module,
    x: Tensor,
    modules: Sequence[nn.Module],
    layers: Sequence[Layer],
    totals: Sequence[Bounds],
    radius: float,
    cost: Cost | None,
    targets: Tensor | None,
) -> None:
    """Values, first and second derivatives of every layer and of the whole, at x and at parameters within `radius`.

    Raises CompositionError, with the name of the layer, where one is larger than its bound by more than rounding.
    """
    g = torch.Generator().manual_seed(17)
    reached = x
    size = float(torch.linalg.vector_norm(x.double()))
    for layer, module, total in zip(layers, modules, totals, strict=True):
        own = layer.bounds(sympify(size))
        with torch.no_grad():
            ahead = evaluated(module, {}, reached)
        for data in _inputs(reached, size, g):
            _compare(layer.name, module, data, own, radius, g)
        reached, size = ahead.detach(), float(total.size)
        if size == float("inf"):
            break
    _compare("the whole", model, x, totals[-1], radius, g)
    if cost is not None and cost.name == "square" and targets is not None:
        _compare_smoothness(model, x, totals[-1], cost, targets, radius, g)


def _inputs(x: Tensor, size: float, g: torch.Generator) -> list[Tensor]:
    """The data that reaches a layer, and other data of the same shape as large as is allowed: random, and constant."""
    if not x.is_floating_point():
        return [x]
    drawn = torch.randn(x.shape, generator=g, dtype=torch.float64).to(x)
    norm = min(size, 1e3 * (1 + float(x.norm())))
    return [x, drawn * (norm / drawn.norm()), torch.full_like(x, norm / x.numel() ** 0.5)]


def _moved(module: nn.Module, radius: float, g: torch.Generator) -> dict[str, Tensor]:
    """Parameters at a random distance up to `radius`, all together."""
    given = {n: p.detach() for n, p in module.named_parameters()}
    shift = {n: torch.randn(p.shape, generator=g, dtype=torch.float64).to(p) for n, p in given.items()}
    length = sum(float((s * s).sum()) for s in shift.values()) ** 0.5
    share = 0.999 * radius / length if length > 0 else 0.0
    return {n: (p + share * shift[n]).requires_grad_(True) for n, p in given.items()}


def _compare(name: str, module: nn.Module, x: Tensor, bounds: Bounds, radius: float, g: torch.Generator) -> None:
    theta = _moved(module, radius, g)
    real = x.is_floating_point()
    at = x.detach().clone().requires_grad_(real)
    out = evaluated(module, theta, at)
    slack = 1 + torch.finfo(out.dtype).eps ** 0.5
    _refuse(name, "‖f‖", float(out.detach().double().norm()), float(bounds.size), slack)
    if real:
        _refuse(name, "‖∂f/∂x‖", norm_of(out, [at], g), float(bounds.J), slack)
    if theta:
        _refuse(name, "‖∂f/∂θ‖", norm_of(out, list(theta.values()), g), float(bounds.D), slack)
        if bounds.tt.is_finite:
            u = torch.randn(out.shape, generator=g, dtype=torch.float64).to(out)
            value = (out * (u / u.norm())).sum()
            _refuse(name, "‖∂²f/∂θ²‖", hessian_norm_of(value, list(theta.values()), g), float(bounds.tt), slack)


def _compare_smoothness(
    model: nn.Module, x: Tensor, total: Bounds, cost: Cost, targets: Tensor, radius: float, g: torch.Generator
) -> None:
    limit = calculus.smoothness(total, cost)
    theta = _moved(model, radius, g)
    if not theta or not limit.is_finite:
        return
    out = evaluated(model, theta, x)
    value = ((out - targets.to(out)) ** 2).sum() * float(cost.hessian) / 2
    slack = 1 + torch.finfo(out.dtype).eps ** 0.5
    _refuse(
        "the whole", "the smoothness of the cost", hessian_norm_of(value, list(theta.values()), g), float(limit), slack
    )


def _refuse(name: str, what: str, found: float, bound: float, slack: float) -> None:
    # what is zero is met up to rounding
    if found > slack * bound + 1e-7 * (bound == 0):
        raise CompositionError(
            f"{name}: {what} reaches {found:.6g}, above its bound {bound:.6g}: the calculus misreads this layer; "
            "give its constants as known={type: constants}"
        )


def norm_of(out: Tensor, by: list[Tensor], g: torch.Generator) -> float:
    """A lower bound on ‖∂out/∂by‖ by power iterations from a random vector and from ones."""
    u = torch.zeros_like(out, requires_grad=True)
    pulled = [derivative(out, b, u, graph=True) for b in by]

    def push(vs: list[Tensor]) -> Tensor:
        dot = sum(((p * v).sum() for p, v in zip(pulled, vs, strict=True)), torch.zeros((), dtype=out.dtype))
        return derivative(dot, u)

    def pull(w: Tensor) -> list[Tensor]:
        return [derivative(out, b, w) for b in by]

    ones = [torch.ones_like(b) for b in by]
    drawn = [torch.randn(b.shape, generator=g, dtype=torch.float64).to(b) for b in by]
    return float(max(_power(vs, lambda v: pull(push(v))) ** 0.5 for vs in (ones, drawn)))


def hessian_norm_of(value: Tensor, by: list[Tensor], g: torch.Generator) -> float:
    """A lower bound on the norm of the Hessian of one number, by power iterations."""
    slopes = [derivative(value, b, graph=True) for b in by]

    def product(vs: list[Tensor]) -> list[Tensor]:
        dot = sum(((s * v).sum() for s, v in zip(slopes, vs, strict=True)), torch.zeros((), dtype=value.dtype))
        return [derivative(dot, b) for b in by]

    drawn = [torch.randn(b.shape, generator=g, dtype=torch.float64).to(b) for b in by]
    return _power(drawn, product)


def _power(vs: list[Tensor], product: Callable[[list[Tensor]], Any]) -> float:
    """The largest ‖Av‖/‖v‖ that iterations v ← Av come across."""
    found = 0.0
    length: float
    for _ in range(STEPS):
        length = sum(float((v * v).sum()) for v in vs) ** 0.5
        if length == 0:
            break
        vs = [v / length for v in vs]
        vs = [v.detach() for v in product(vs)]
        found = max(found, sum(float((v * v).sum()) for v in vs) ** 0.5)
    return found
