"""An adversary of bounds: its values must not exceed them. Small matrices are formed, others iterated on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
from sympy import sympify
from torch import Tensor, nn
from torch.utils import _pytree

from derivations import composition as calculus
from derivations.composition import Bounds, CompositionError, Cost, Layer
from numerics.bounds.graph import Node
from numerics.networks.batch_loss import derivative
from numerics.networks.unchanged import evaluated

STEPS = 12
"""Power iterations for each norm."""
DENSE = 64
"""Up to this number of rows, a matrix is formed: one batched backward pass is less work than iterations, and exact."""


def check_bounds(
    model: nn.Module,
    x: Tensor,
    nodes: Sequence[Node],
    layers: Mapping[int, Layer],
    total: Bounds,
    radius: float,
    cost: Cost | None,
    targets: Tensor | None,
) -> None:
    """Values, first and second derivatives of every layer and of the whole, at x and at parameters within `radius`.

    `layers` are those of some nodes. Raises CompositionError, with the name of the layer, where one is larger than
    its bound by more than rounding.
    """
    g = torch.Generator().manual_seed(17)
    with _on_copies(model):
        for k, layer in layers.items():
            module = nodes[k].module
            if module is not None:
                for data in _inputs(nodes[nodes[k].operands[0]].value, g):
                    own = layer.bounds(sympify(float(torch.linalg.vector_norm(data.double()))))
                    _compare(layer.name, module, data, own, radius, g)
    with torch.no_grad():
        before = evaluated(model, {}, x)
        with _on_copies(model):
            apart = evaluated(model, {}, x)
    close = torch.finfo(apart.dtype).eps ** 0.5
    # a model that changes a value in place and uses it elsewhere behaves differently on copies
    with _on_copies(model) if torch.allclose(before, apart, close, close, equal_nan=True) else nullcontext():
        _compare("the whole", model, x, total, radius, g)
        if cost is not None and cost.name == "square" and targets is not None:
            _compare_smoothness(model, x, total, cost, targets, radius, g)


@contextmanager
def _on_copies(model: nn.Module) -> Iterator[None]:
    """Every module gets copies of its inputs, so that one that works in place changes nothing that autograd needs."""

    def copied(_m: nn.Module, given: Any, named: Any) -> Any:
        return _pytree.tree_map(lambda t: t.clone() if isinstance(t, Tensor) else t, (given, named))

    handles = [m.register_forward_pre_hook(copied, with_kwargs=True) for m in model.modules()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _inputs(x: Tensor, g: torch.Generator) -> list[Tensor]:
    """The data that reaches a layer, and larger data of the same shape: random, and constant."""
    if not x.is_floating_point() or not torch.isfinite(x).all():
        return [x] if not x.is_floating_point() else []
    drawn = torch.randn(x.shape, generator=g, dtype=torch.float64).to(x)
    norm = 1 + 4 * float(x.norm())
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
    by, given = list(theta.values()), [at] if real else []
    J, D = norms_of(out, [given, by], g)
    _refuse(name, "‖∂f/∂x‖", J, float(bounds.J), slack)
    _refuse(name, "‖∂f/∂θ‖", D, float(bounds.D), slack)
    if theta and bounds.tt.is_finite:
        u = torch.randn(out.shape, generator=g, dtype=torch.float64).to(out)
        value = (out * (u / u.norm())).sum()
        _refuse(name, "‖∂²f/∂θ²‖", hessian_norm_of(value, by, g), float(bounds.tt), slack)


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
    # zeros are reached up to rounding
    if found > slack * bound + 1e-7 * (bound == 0):
        raise CompositionError(
            f"{name}: {what} reaches {found:.6g}, above its bound {bound:.6g}: the calculus misreads this layer; "
            "give its constants as known={type: constants}"
        )


def norms_of(out: Tensor, by: Sequence[Sequence[Tensor]], g: torch.Generator) -> list[float]:
    """‖∂out/∂b‖ for each group b of tensors, from the matrices if out is short, else from below by power iterations."""
    rows = out.numel()
    if not 0 < rows <= DENSE:
        return [_norm_of(out, list(group), g) for group in by]
    parts = _rows(out, [t for group in by for t in group])
    ends = np.cumsum([sum(t.numel() for t in group) for group in by])
    return [_largest(part) for part in torch.tensor_split(parts, ends[:-1].tolist(), 1)]


def _rows(of: Tensor, by: Sequence[Tensor]) -> Tensor:
    """The matrix ∂of/∂by, one backward pass for all rows together where torch can, else one per row."""
    n = of.numel()
    if not of.requires_grad:
        return of.new_zeros((n, sum(b.numel() for b in by)))
    each = torch.eye(n, dtype=of.dtype, device=of.device).reshape(n, *of.shape)
    try:
        found = torch.autograd.grad(of, by, each, retain_graph=True, allow_unused=True, is_grads_batched=True)
    except RuntimeError:  # a layer without a batched derivative
        return torch.stack([torch.cat([derivative(of, b, e).reshape(-1) for b in by]) for e in each])
    return torch.cat(
        [b.new_zeros((n, b.numel())) if f is None else f.reshape(n, -1) for b, f in zip(by, found, strict=True)], 1
    )


def _derivatives(of: Tensor, by: Sequence[Tensor], along: Tensor | None = None, *, graph: bool = False) -> list[Tensor]:
    """(∂of/∂b)ᵀ along for each b, by one backward pass; zeros where `of` does not depend on b."""
    if not of.requires_grad or not by:
        return [torch.zeros_like(b) for b in by]
    found = torch.autograd.grad(
        of, by, along, retain_graph=True, create_graph=graph, allow_unused=True, materialize_grads=True
    )
    return [f.to_dense() if f.is_sparse else f for f in found]


def _largest(matrix: Tensor) -> float:
    return float(torch.linalg.matrix_norm(matrix.double(), 2)) if matrix.numel() else 0.0


def _norm_of(out: Tensor, by: list[Tensor], g: torch.Generator) -> float:
    """A lower bound on ‖∂out/∂by‖ by power iterations from a random vector and from ones."""
    u = torch.zeros_like(out, requires_grad=True)
    pulled = _derivatives(out, by, u, graph=True)

    def push(vs: list[Tensor]) -> Tensor:
        dot = sum(((p * v).sum() for p, v in zip(pulled, vs, strict=True)), torch.zeros((), dtype=out.dtype))
        return derivative(dot, u)

    def pull(w: Tensor) -> list[Tensor]:
        return _derivatives(out, by, w)

    ones = [torch.ones_like(b) for b in by]
    drawn = [torch.randn(b.shape, generator=g, dtype=torch.float64).to(b) for b in by]
    return float(max(_power(vs, lambda v: pull(push(v))) ** 0.5 for vs in (ones, drawn)))


def hessian_norm_of(value: Tensor, by: list[Tensor], g: torch.Generator) -> float:
    """The norm of the Hessian of one number: of the matrix if it is small, else from below by power iterations."""
    slopes = _derivatives(value, by, graph=True)
    if sum(b.numel() for b in by) <= DENSE:
        return _largest(_rows(torch.cat([s.reshape(-1) for s in slopes]), by))

    def product(vs: list[Tensor]) -> list[Tensor]:
        dot = sum(((s * v).sum() for s, v in zip(slopes, vs, strict=True)), torch.zeros((), dtype=value.dtype))
        return _derivatives(dot, by)

    drawn = [torch.randn(b.shape, generator=g, dtype=torch.float64).to(b) for b in by]
    return _power(drawn, product)


def _power(vs: list[Tensor], product: Callable[[list[Tensor]], Any]) -> float:
    """The largest ‖Av‖/‖v‖ that iterations v ← Av find."""
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
