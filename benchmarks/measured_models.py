"""Gram matrices, curvature and bounds of models as people write them, against dense Jacobians and Hessians."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks import written_forms, written_layers, written_parts
from benchmarks.written_models import MODELS
from derivations.composition import CompositionError
from numerics.chains import bounds_of
from numerics.curvature import CurvatureError, gauss_newton_extremes, hessian_extremes, hessian_trace
from numerics.gram import ModelError, layer_grams
from numerics.networks.structures import flatten, tensors_of
from numerics.networks.unchanged import arguments, differentiable, kept_statistics, twice_differentiable

EVERY = (written_forms, written_layers, written_parts)
"""Modules whose models are in the table."""
NO_BOUND = ("scripted", "depends on values", "fft", "reparametrised", "LocalResponseNorm", "give a smaller one")
"""Words of the reasons for which the calculus of bounds may refuse a model of the table."""


def drawn(seed: int) -> tuple[str, nn.Module, Any]:
    """A model of the table and its data; every fifth in float32."""
    name = sorted(MODELS)[seed % len(MODELS)]
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32 if seed % 5 == 4 else torch.float64)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return name, *MODELS[name](random.Random(seed))
    finally:
        torch.set_default_dtype(before)


def state(model: nn.Module) -> list[Any]:
    """All that measuring must not change."""
    tensors = [*model.named_parameters(), *model.named_buffers()]
    return [
        *((n, t.detach().clone().numpy().tobytes(), t.requires_grad, t.grad is None) for n, t in tensors),
        *((n, m.training, len(m._forward_hooks), len(m._forward_pre_hooks)) for n, m in model.named_modules()),
        torch.get_rng_state().numpy().tobytes(),
    ]


def numbers(out: Any) -> Tensor:
    """One number a sample, of everything that a model returns."""
    total: Any = 0
    for t in tensors_of(out):
        flat = t.reshape(len(t), -1)
        total = total + flat @ torch.cos(torch.arange(flat.shape[1], dtype=flat.dtype))
    return total  # type: ignore[no-any-return]


def loss(out: Any, _y: Any) -> Tensor:
    """A loss that is convex in everything that a model returns."""
    return sum(  # type: ignore[return-value]
        ((t - torch.sin(torch.arange(t.numel(), dtype=t.dtype)).reshape(t.shape)) ** 2).mean() for t in tensors_of(out)
    )


def _plain(model: nn.Module) -> nn.Module:
    """The same model without a script, which nobody can call at other parameters."""
    if not isinstance(model, torch.jit.ScriptModule):
        return model
    last = nn.Tanh() if isinstance(model, torch.jit.TracedModule | torch.jit.TopLevelTracedModule) else nn.ReLU()
    made = nn.Sequential(nn.Linear(3, 4), last, nn.Linear(4, 2)).to(next(model.parameters()).dtype)
    made.load_state_dict(model.state_dict())
    return made


def _called(model: nn.Module, values: dict[str, Tensor], x: Any) -> Any:
    leaves, build = flatten(x)
    given, named = arguments(model, build([t.clone() if isinstance(t, Tensor) else t for t in leaves]))
    buffers = {n: b.clone() for n, b in model.named_buffers()}
    with kept_statistics(model):
        return torch.func.functional_call(model, {**buffers, **values}, given, named)


def gram_outcome(seed: int) -> str:
    """'right', 'wrong …' or 'refused …' of `layer_grams`, against the definition sample by sample."""
    name, model, x = drawn(seed)
    before = state(model)
    try:
        found = layer_grams(model, x, function=numbers)
    except ModelError as error:
        return f"refused {name}: {error}"
    if state(model) != before:
        return f"wrong {name}: the model was changed"
    owned: dict[str, list[nn.Parameter]] = {}
    for path, p in model.named_parameters():
        p.requires_grad_(True)
        owned.setdefault(path.rpartition(".")[0].partition(".parametrizations")[0], []).append(p)
    given, named = arguments(model, x)
    with differentiable(model):
        values = numbers(model(*given, **named))
    exact = {}
    for layer, own in owned.items():
        rows = [
            torch.autograd.grad(v, own, allow_unused=True, retain_graph=True, materialize_grads=True) for v in values
        ]
        J = torch.stack([torch.cat([g.to_dense().reshape(-1) for g in row]) for row in rows])
        exact[layer] = J @ J.T
    most = max(float(G.abs().max()) for G in exact.values())
    eps = torch.finfo(values.dtype).eps
    if list(found) != list(exact):
        return f"wrong {name}: layers {list(found)}, not {list(exact)}"
    for layer, G in exact.items():
        gap = float((found[layer] - G).abs().max())
        if not gap <= eps**0.5 * float(G.abs().max()) + 1e2 * eps * most:
            return f"wrong {name}: {layer} is off by {gap:.2g}"
    return "right"


def curvature_outcome(seed: int) -> str:
    """The same of Hessian and Gauss–Newton matrix, against the Hessian that autograd forms."""
    name, model, x = drawn(seed)
    before = state(model)
    single = next(model.parameters()).dtype == torch.float32
    tol, close = (1e-4, 3e-3) if single else (1e-9, 1e-6)
    try:
        ends = hessian_extremes(model, loss, x, None, tol=tol)
        trace = hessian_trace(model, loss, x, None, probes=10**4)
        gauss = gauss_newton_extremes(model, loss, x, None, tol=tol)
    except CurvatureError as error:
        return f"refused {name}: {error}"
    if state(model) != before:
        return f"wrong {name}: the model was changed"
    model = _plain(model)
    given = {k: p.detach() for k, p in model.named_parameters() if p.requires_grad}

    def value(flat: Tensor) -> Tensor:
        parts = flat.split([p.numel() for p in given.values()])
        return loss(_called(model, {k: t.reshape(given[k].shape) for k, t in zip(given, parts, strict=True)}, x), None)

    with twice_differentiable():
        H = torch.autograd.functional.hessian(value, torch.cat([p.reshape(-1) for p in given.values()]))
    exact = torch.linalg.eigvalsh((H + H.T).double() / 2).numpy()
    scale = max(float(np.abs(exact).max()), 1e-9)
    gaps = (ends.least[0] - exact[0], ends.largest[0] - exact[-1], (trace.value - float(H.trace())) / len(exact))
    if not max(map(abs, gaps)) <= close * scale:
        return f"wrong {name}: off by {max(map(abs, gaps)):.2g} at scale {scale:.2g}"
    if gauss.least[0] < -close * max(gauss.largest[0], 1e-9):
        return f"wrong {name}: Gauss-Newton matrix with eigenvalue {gauss.least[0]:.2g}"
    return "right"


def bounds_outcome(seed: int) -> str:
    """The same of `bounds_of`, against dense derivatives at the data and elsewhere, within a radius for odd seeds."""
    name, model, x = drawn(seed)
    before, radius = state(model), 0.2 * (seed % 2)
    try:
        bounds = bounds_of(model, x, radius=radius)
    except CompositionError as error:
        known = any(words in str(error) for words in NO_BOUND)
        return f"rightly refused {name}" if known else f"refused {name}: {error}"
    if state(model) != before:
        return f"wrong {name}: the model was changed"
    g = torch.Generator().manual_seed(seed)
    leaves, build = flatten(x)
    moving = [k for k, t in enumerate(leaves) if isinstance(t, Tensor) and t.is_floating_point()]
    given = {n: p.detach() for n, p in model.named_parameters()}
    slack = 1e-6 if next(iter(given.values())).dtype == torch.float64 else 1e-3
    length = math.sqrt(sum(p.numel() for p in given.values()))
    for trial in range(3):
        theta = {
            n: p + 0.9 * radius * torch.randn(p.shape, generator=g, dtype=p.dtype) / length for n, p in given.items()
        }
        data = [leaves[k].detach() if not trial else _as_long(leaves, moving, k, g) for k in moving]

        def outputs(*values: Tensor, theta: dict[str, Tensor] = theta) -> Tensor:
            at = dict(zip(theta, values, strict=False))
            filled = list(leaves)
            for k, t in zip(moving, values[len(theta) :], strict=True):
                filled[k] = t
            found = tensors_of(_called(model, at, build(filled)))
            return torch.cat([t.reshape(-1) for t in found if t.is_floating_point()])

        at = (*theta.values(), *data)
        with differentiable(model), twice_differentiable():
            value = outputs(*at)
            parts = torch.autograd.functional.jacobian(outputs, at)
            parts = [p.reshape(value.numel(), -1).double() for p in parts]
            D = _norm(torch.cat(parts[: len(theta)], 1))
            J = _norm(torch.cat(parts[len(theta) :], 1)) if moving else 0.0
            found = [(float(value.norm()), bounds.output), (D, bounds.lipschitz), (J, float(bounds.totals[-1].J))]
            if not trial and math.isfinite(bounds.second) and length**2 < 300:
                u = torch.randn(value.shape, generator=g, dtype=value.dtype)
                found.append((_second(outputs, theta, data, u / u.norm()), bounds.second))
        for what, (seen, limit) in zip(("value", "D", "J", "tt"), found, strict=False):
            if not seen <= limit * (1 + slack) + 1e-9:
                return f"wrong {name}: {what} is {seen:.6g}, above {limit:.6g}"
    return "right" if math.isfinite(bounds.lipschitz) else f"refused {name}: an infinite bound"


def _as_long(leaves: list[Any], moving: list[int], k: int, g: torch.Generator) -> Tensor:
    """Other data of the same norm."""
    t = leaves[k].detach()
    drawn = torch.randn(t.shape, generator=g, dtype=t.dtype)
    return drawn * (t.norm() / drawn.norm())


def _norm(matrix: Tensor) -> float:
    return float(torch.linalg.matrix_norm(matrix, 2))


def _second(outputs: Callable[..., Tensor], theta: dict[str, Tensor], data: list[Tensor], u: Tensor) -> float:
    """‖∇² u·F‖ in the parameters."""
    sizes = [t.numel() for t in theta.values()]

    def value(flat: Tensor) -> Tensor:
        parts = [p.reshape(t.shape) for p, t in zip(flat.split(sizes), theta.values(), strict=True)]
        return outputs(*parts, *data) @ u

    return _norm(torch.autograd.functional.hessian(value, torch.cat([t.reshape(-1) for t in theta.values()])).double())


def outcomes(seed: int) -> Iterator[tuple[str, str]]:
    """What came out of each measurement for one seed: kinds, with what to say of it."""
    kinds = (("gram", gram_outcome), ("curvature", curvature_outcome), ("bounds", bounds_outcome))
    for kind, of in kinds:
        found = of(seed)
        yield f"{kind} {'rightly refused' if found.startswith('rightly') else found.split()[0]}", f"{seed}: {found}"
