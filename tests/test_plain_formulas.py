"""Formulas that stand for torch's kernels: the same values and gradients, and Hessians of the kernels' gradients."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from numerics.networks.unchanged import twice_differentiable

LABELS = torch.tensor([0, 2, 1])
LISTS = torch.tensor([[1, 2, -1, 0], [3, -1, 3, 3], [-1, 0, 0, 0]])
WEIGHTS = torch.tensor([0.5, 1.0, 2.0, 0.1], dtype=torch.float64)
BAGS = torch.tensor([[0, 2], [1, 1], [2, 0]])
FLAT, STARTS = torch.tensor([0, 1, 2, 2, 0]), torch.tensor([0, 2, 2])

CASES: dict[str, Callable[[Tensor], Tensor]] = {
    "multi margin": lambda x: functional.multi_margin_loss(x, LABELS),
    "multi margin, squared": lambda x: functional.multi_margin_loss(
        x, LABELS, p=2, margin=0.3, weight=WEIGHTS, reduction="sum"
    ),
    "multi margin, each": lambda x: functional.multi_margin_loss(x, LABELS, reduction="none").sin(),
    "multi margin, one sample": lambda x: functional.multi_margin_loss(x[0], LABELS[0]),
    "multilabel margin": lambda x: functional.multilabel_margin_loss(x, LISTS),
    "multilabel margin, each": lambda x: functional.multilabel_margin_loss(x, LISTS, reduction="none").sin(),
    "multilabel margin, one sample": lambda x: functional.multilabel_margin_loss(x[0], LISTS[0]),
    "hardsigmoid": lambda x: functional.hardsigmoid(4 * x).sin(),
    "hardsigmoid in place": lambda x: functional.hardsigmoid(4 * x, inplace=True).sin(),
    "cdist": lambda x: torch.cdist(x, 2 * x.flip(0) + 1).sin(),
    "cdist, p = 1": lambda x: torch.cdist(x, 2 * x.flip(0) + 1, p=1.0).sin(),
    "cdist, batched": lambda x: torch.cdist(x[None], (2 * x + 1)[:, None], p=3.0).sin(),
    "bags, mean": lambda x: functional.embedding_bag(BAGS, x).sin(),
    "bags, sum": lambda x: functional.embedding_bag(BAGS, x, mode="sum", per_sample_weights=x[:, :2] * 2).sin(),
    "bags, largest": lambda x: functional.embedding_bag(BAGS, x, mode="max").sin(),
    "bags, padded": lambda x: functional.embedding_bag(BAGS, x, padding_idx=1).sin(),
    "bags by offsets": lambda x: functional.embedding_bag(FLAT, x, STARTS).sin(),
    "bags by offsets, padded": lambda x: functional.embedding_bag(FLAT, x, STARTS, mode="sum", padding_idx=-1).sin(),
    "bags with the last offset": lambda x: functional.embedding_bag(
        FLAT, x, torch.tensor([0, 2, 5]), mode="sum", include_last_offset=True
    ).sin(),
    "weight norm": lambda x: torch._weight_norm(x, x[:, :1].exp(), 0).sin(),
}


@pytest.mark.parametrize("name", CASES)
def test_values_gradients_and_hessians(name: str) -> None:
    of = CASES[name]
    x = torch.randn(3, 4, generator=torch.Generator().manual_seed(5), dtype=torch.float64)

    def gradient(at: Tensor) -> tuple[Tensor, Tensor]:
        at = at.detach().requires_grad_(True)
        value = of(at)
        return value.detach(), torch.autograd.grad(value.sum(), at)[0]

    kernel = gradient(x)
    with twice_differentiable():
        formula = gradient(x)
        hessian = torch.autograd.functional.hessian(lambda at: of(at).sum(), x).reshape(12, 12)
    # torch's hardsigmoid has a sixth of single precision
    close = 1e-7 if "hardsigmoid" in name else 1e-12
    for ours, theirs in zip(formula, kernel, strict=True):
        assert torch.allclose(ours, theirs, rtol=close, atol=close)
    # differences of the kernel's own gradient, h³ and ε/h apart
    h = 1e-5
    rows = [
        (gradient(x + h * e.reshape(3, 4))[1] - gradient(x - h * e.reshape(3, 4))[1]).reshape(-1) / (2 * h)
        for e in torch.eye(12, dtype=torch.float64)
    ]
    assert torch.allclose(hessian, torch.stack(rows), atol=1e-6 * max(1.0, float(hessian.abs().max())))
