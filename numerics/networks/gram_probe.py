"""What layer-wise Gram matrices assume of a model, tested on it by autograd on a few samples of the batch itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from numerics.networks.gram_model import ModelError, Samples

SEED = 20180
ALONE, TOGETHER = 2, 16
"""How many samples are evaluated beside copies of themselves, and how many in a batch that is differentiated."""


def refuse_other_values(found: Tensor, values: Tensor, batch: Tensor) -> None:
    """ModelError where samples in other company have other values than in the batch."""
    close = torch.finfo(batch.dtype).eps ** 0.5
    if bool(((found - values).abs() > close * batch.abs().max()).any()):
        raise ModelError(
            "the model mixes the samples of a batch, or changes from call to call: an output depends on the others"
        )


def differing(
    samples: Samples,
    values: Tensor,
    grams: Mapping[str, Tensor],
    owned: Mapping[str, Sequence[nn.Parameter]],
    chunk: int,
) -> set[str]:
    """The layers whose Gram matrix G differs from autograd's: G_ii at one sample, or cᵀGc ≠ ‖∇Σᵢ cᵢf_i‖² for a few.

    Equal means within √ε of the size: sums of fewer than 1/√ε rounded terms stay far below it. Raises ModelError
    where a sample's value depends on the others.
    """
    generator = torch.Generator().manual_seed(SEED)
    order = torch.randperm(len(samples), generator=generator).tolist()
    with torch.no_grad():
        for i in order[:ALONE]:
            refuse_other_values(samples.at([i, i])[0], values[[i, i]], values)
    few = order[: max(2, min(TOGETHER, chunk))]
    c = torch.randn(len(few), generator=generator, dtype=torch.float64).to(samples.device)
    parameters = [p for name in grams for p in owned[name]]
    with torch.enable_grad():
        out, leaves = samples.at(few)
        refuse_other_values(out.detach(), values[few], values)
        one, all_ = (iter(slopes) for slopes in _slopes(out, c.to(out.dtype), leaves, parameters))
    close = torch.finfo(values.dtype).eps ** 0.5
    wrong = set()
    for name, gram in grams.items():
        G = gram[few][:, few].double()
        scale = float((c.abs() * G.diagonal().clamp(min=0).sqrt()).sum()) ** 2
        first, combined = (sum(_square(next(slopes)) for _ in owned[name]) for slopes in (one, all_))
        same = abs(first - float(G[0, 0])) <= close * max(first, float(G.diagonal().max()))
        if not (same and abs(combined - float(c @ G @ c)) <= close * max(scale, combined)):
            wrong.add(name)
    return wrong


def _slopes(
    out: Tensor, c: Tensor, leaves: Sequence[Tensor], parameters: Sequence[Tensor]
) -> tuple[list[Tensor | None], list[Tensor | None]]:
    """∇f_0 and ∇Σᵢ cᵢf_i by the parameters; ModelError where f_0 depends on another sample's input."""
    by = [*leaves, *parameters]
    if not by or not out.requires_grad:
        return [None] * len(parameters), [None] * len(parameters)
    first = torch.autograd.grad(out[0], by, retain_graph=True, allow_unused=True)
    if any(slope is not None and bool(slope[1:].any()) for slope in first[: len(leaves)]):
        raise ModelError("the model mixes the samples of a batch: an output depends on other inputs")
    every = torch.autograd.grad(out, parameters, c, retain_graph=True, allow_unused=True) if parameters else ()
    return list(first[len(leaves) :]), list(every)


def _square(slope: Tensor | None) -> float:
    """‖g‖²."""
    return (
        0.0
        if slope is None
        else float(slope.square().sum() if slope.is_sparse else slope.reshape(-1).dot(slope.reshape(-1)))
    )
