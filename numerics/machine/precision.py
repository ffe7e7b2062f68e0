"""Lower precisions for wide arrays, and how far they move a number: the adjoint of every rounded entry, once.

An entry T_e that is rounded `count` times with relative errors of at most u moves a value v by ∂v/∂T_e times its
rounding, to first order. Roundings to nearest are taken as independent with mean zero, so that by Hoeffding's
inequality |Δv| ≤ u √(2 log(2/p)) √(Σ count (∂v/∂T_e · size_e)²) but for a chance of p. Two things are added up in full
instead: what tensor cores cut off, which they do towards zero, and all roundings of bfloat16, in which small steps are
lost one after the other.
Source: Higham and Mary (2019), A new approach to probabilistic rounding error analysis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

CHANCE = 1e-9
"""The chance that roundings add up to more than the bound."""
FUNCTION = 4
"""Units of the last place by which a value of exp, log or tanh may be off."""
BLOCK = 64
"""Columns that a product sums in the lower precision; blocks are summed in float64."""


@dataclass(frozen=True)
class Precision:
    """The type of wide arrays, its unit roundoff, by how much products cut their factors off, and whether roundings
    are independent."""

    name: str
    dtype: torch.dtype
    roundoff: float
    cut: float = 0.0
    independent: bool = True

    @property
    def exact(self) -> bool:
        """Whether this is float64, which results are compared in."""
        return self.dtype == torch.float64

    @property
    def bytes(self) -> int:
        """Bytes of one entry."""
        return self.dtype.itemsize


FLOAT64 = Precision("float64", torch.float64, 2.0**-53)
PRECISIONS = {
    p.name: p
    for p in (
        FLOAT64,
        Precision("float32", torch.float32, 2.0**-24),
        Precision("tf32", torch.float32, 2.0**-24, cut=2.0**-10),
        Precision("bf16", torch.bfloat16, 2.0**-8, independent=False),
    )
}


@dataclass(frozen=True)
class _Noted:
    """An array of zeros that was added where rounding is, what that is relative to, and how much of it there is."""

    moved: Tensor
    size: Tensor
    squares: float
    units: float
    product: bool


class Trace:
    """The rounded arrays of a computation in float64 that stands for one in a lower precision."""

    def __init__(self) -> None:
        self._noted: list[_Noted] = []

    def add(self, value: Tensor, size: Tensor, units: float, summed: int = 0) -> Tensor:
        """The value, for further use; it is off by at most `units` roundings relative to `size`.

        The value of a product is a sum of `summed` terms, and is rounded once more in the end.
        """
        moved = torch.zeros_like(value, requires_grad=True)
        squares = summed + 1 if summed else units**2
        self._noted.append(_Noted(moved, size.detach().abs(), squares, units, summed > 0))
        return value + moved

    def bound(self, value: Tensor, precision: Precision) -> float:
        """How far rounding moves `value`, a number that was computed from the added arrays.

        Infinite where it has no derivative, as the root of a Gram matrix of more inputs than units.
        """
        adjoints = torch.autograd.grad(value, [n.moved for n in self._noted], allow_unused=True)
        squares = total = cut = 0.0
        for adjoint, n in zip(adjoints, self._noted, strict=True):
            if adjoint is not None:
                part = adjoint.abs() * n.size
                squares += n.squares * float(part.square().sum())
                whole = float(part.sum())
                total += n.units * whole
                cut += 2 * whole if n.product else 0.0  # both factors
        rounded = math.sqrt(2 * math.log(2 / CHANCE) * squares) if precision.independent else total
        bound = precision.roundoff * rounded + precision.cut * cut
        return bound if math.isfinite(bound) else math.inf


def noted(trace: Trace | None, value: Tensor, size: Any, units: float, summed: int = 0) -> Tensor:
    """`value`, added to the trace if there is one; `size` is then called for."""
    return value if trace is None else trace.add(value, size(), units, summed)


def own_products(features: Tensor, precision: Precision, trace: Trace | None = None) -> Tensor:
    """features·featuresᵀ over the last axis, shape (…, n, n), in float64; lower precisions are summed in blocks."""
    if precision.exact:
        products: Tensor = features @ features.mT
        return products
    width = features.shape[-1]
    padded = torch.nn.functional.pad(features, (0, -width % BLOCK))
    blocks = padded.reshape(*padded.shape[:-1], -1, BLOCK).movedim(-2, -3)

    def size() -> Tensor:
        return blocks.detach().abs() @ blocks.detach().abs().mT

    with tensor_cores(precision):
        made = blocks @ blocks.mT
    return noted(trace, made, size, 2, BLOCK).double().sum(-3)


class tensor_cores:
    """Within it float32 products may use tf32, if that is the precision; otherwise they may not."""

    def __init__(self, precision: Precision) -> None:
        self.wanted = precision.cut > 0

    def __enter__(self) -> None:
        self.before = torch.backends.cuda.matmul.allow_tf32
        torch.backends.cuda.matmul.allow_tf32 = self.wanted

    def __exit__(self, *details: object) -> None:
        torch.backends.cuda.matmul.allow_tf32 = self.before


def symmetric_root(matrix: Tensor) -> Tensor:
    """The semidefinite square root of (…, n, n): unlike V√Λ it does not depend on how a library finds eigenvectors."""
    found: Tensor = _Root.apply(matrix)  # type: ignore[no-untyped-call]
    return found


class _Root(torch.autograd.Function):
    """S with S² = C; dS solves S·dS + dS·S = dC, in the eigenvectors of C."""

    @staticmethod
    def forward(ctx: Any, matrix: Tensor) -> Tensor:
        values, vectors = torch.linalg.eigh(matrix)
        roots = values.clamp_min(0).sqrt()
        ctx.save_for_backward(roots, vectors)
        root: Tensor = (vectors * roots[..., None, :]) @ vectors.mT
        return root

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Tensor:
        roots, vectors = ctx.saved_tensors
        sums = (roots[..., :, None] + roots[..., None, :]).clamp_min(torch.finfo(roots.dtype).tiny)
        inner = vectors.mT @ ((grads[0] + grads[0].mT) / 2) @ vectors
        found: Tensor = vectors @ (inner / sums) @ vectors.mT
        return found
