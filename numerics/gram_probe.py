"""What layer-wise Gram matrices assume of a model, tested on it: autograd on a few samples of the batch itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

SEED = 20180
COMBINATIONS = 2


class ModelError(ValueError):
    """A model whose Gram matrix cannot be had layer by layer; the message says why."""


@contextmanager
def untouched(model: nn.Module) -> Iterator[None]:
    """Leave buffers, flags of the parameters and torch's generators as they were found."""
    buffers = [(b, b.detach().clone()) for b in model.buffers()]
    flags = [(p, p.requires_grad) for p in model.parameters()]
    with torch.random.fork_rng():
        try:
            yield
        finally:
            with torch.no_grad():
                for buffer, before in buffers:
                    if not torch.equal(buffer, before):
                        buffer.copy_(before)
            for p, flag in flags:
                p.requires_grad_(flag)


def outputs(model: nn.Module, inputs: Tensor, function: Callable[[Tensor], Tensor] | None) -> Tensor:
    """One number a sample, (n,); ModelError for other shapes and for a model that draws random numbers."""
    before = torch.get_rng_state()
    cuda = torch.cuda.get_rng_state(inputs.device) if inputs.is_cuda else None
    out = model(inputs)
    out = function(out) if function else out
    same = cuda is None or torch.equal(cuda, torch.cuda.get_rng_state(inputs.device))
    if not same or not torch.equal(before, torch.get_rng_state()):
        raise ModelError("the model draws random numbers (dropout in train mode?): call model.eval() first")
    if out.shape not in ((len(inputs),), (len(inputs), 1)):
        raise ModelError(f"the model returns shape {tuple(out.shape)} for {len(inputs)} inputs: give `function=`")
    return out.reshape(-1)


def gradients(
    model: nn.Module,
    inputs: Tensor,
    function: Callable[[Tensor], Tensor] | None,
    rows: list[int],
    names: list[str],
) -> dict[str, Tensor]:
    """∂f_i/∂θ_h (rows, numbers) by autograd for every named layer; refuses where f_i depends on other samples."""
    own = _parameters_of(model, names)
    with torch.enable_grad():
        x = inputs.detach().clone().requires_grad_(True)
        out = outputs(model, x * 1, function)
        found: dict[str, list[Tensor]] = {name: [] for name in names}
        for i in rows:
            if not out.requires_grad:
                raise ModelError("the model's output has no gradient (no_grad or detach inside?)")
            grads = torch.autograd.grad(out[i], [x, *(p for _, p in own)], retain_graph=True, allow_unused=True)
            others = None if grads[0] is None else grads[0].clone()
            if others is not None:
                others[i] = 0
                if bool(others.any()):
                    raise ModelError(f"the model mixes the samples of a batch: output {i} depends on other inputs")
            flat: dict[str, list[Tensor]] = {name: [] for name in names}
            for (name, p), g in zip(own, grads[1:], strict=True):
                flat[name].append((torch.zeros_like(p) if g is None else g).flatten())
            for name in names:
                found[name].append(torch.cat(flat[name]))
    return {name: torch.stack(g) for name, g in found.items()}


def _parameters_of(model: nn.Module, names: list[str]) -> list[tuple[str, nn.Parameter]]:
    """Every named layer's own parameters, ready to be differentiated by."""
    own = [(name, p) for name in names for p in model.get_submodule(name).parameters(recurse=False)]
    for _, p in own:
        p.requires_grad_(True)
    return own


def _combinations_differ(
    model: nn.Module,
    inputs: Tensor,
    function: Callable[[Tensor], Tensor] | None,
    grams: dict[str, Tensor],
    close: float,
) -> set[str]:
    """The layers with ‖∇Σᵢ cᵢf_i‖² ≠ cᵀGc for a random c: one backward pass that looks at every sample."""
    own = _parameters_of(model, list(grams))
    generator = torch.Generator().manual_seed(SEED + 1)
    wrong = set()
    with torch.enable_grad():
        out = outputs(model, inputs.clone(), function)
        for _ in range(COMBINATIONS):
            c = torch.randn(len(inputs), generator=generator, dtype=out.dtype).to(out.device)
            grads = torch.autograd.grad(out @ c, [p for _, p in own], retain_graph=True, allow_unused=True)
            sizes = dict.fromkeys(grams, 0.0)
            for (name, _), g in zip(own, grads, strict=True):
                sizes[name] += 0.0 if g is None else float(g.square().sum())
            for name, gram in grams.items():
                weight = float((c.abs() * gram.diagonal().clamp(min=0).sqrt()).sum()) ** 2
                if not abs(sizes[name] - float(c @ gram @ c)) <= close * max(weight, sizes[name]):
                    wrong.add(name)
    return wrong


def probe(
    model: nn.Module,
    inputs: Tensor,
    function: Callable[[Tensor], Tensor] | None,
    grams: dict[str, Tensor],
) -> list[str]:
    """The layers whose matrix differs from autograd's, in three samples' entries or in random combinations of all.

    Raises ModelError for mixed samples.

    Equal means within √ε of the probed entries' size: sums of fewer than 1/√ε rounded terms stay far below it.
    """
    order = torch.randperm(len(inputs), generator=torch.Generator().manual_seed(SEED))
    rows = order[:3].tolist()
    with torch.no_grad():
        together = outputs(model, inputs.clone(), function)
        alone = torch.stack([outputs(model, inputs[i : i + 1].clone(), function)[0] for i in rows])
    close = torch.finfo(together.dtype).eps ** 0.5
    if bool(((alone - together[rows]).abs() > close * together.abs().max()).any()):
        raise ModelError("the model mixes the samples of a batch: an output alone differs from the one in the batch")
    wrong = _combinations_differ(model, inputs, function, grams, close)
    for name, j in gradients(model, inputs, function, rows, list(grams)).items():
        expected, given = j @ j.T, grams[name][rows][:, rows]
        if not bool(((expected - given).abs() <= close * expected.diagonal().max()).all()):
            wrong.add(name)
    return [name for name in grams if name in wrong]
