"""Measuring on a model without changing it: parameters, buffers, modes, gradients, hooks and random states stay."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.utils import parametrizations
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.utils import _pytree

from numerics.networks.plain_formulas import PlainFormulas

CODE = (
    RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError, NameError,
)  # fmt: skip
"""What a model's own code may raise."""
_KEPT_APART = ("_parameters", "_buffers", "_modules")
_STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


def not_a_model(model: Any) -> str | None:
    """Why something cannot be measured as a torch model; None if it can."""
    if not isinstance(model, nn.Module):
        return f"the model must be a torch module, not {getattr(model, '__name__', type(model).__name__)}"
    for name, p in (*model.named_parameters(), *model.named_buffers()):
        if nn.parameter.is_lazy(p):
            return f"{name} is not initialised: call the model once on the data"
    return None


@contextmanager
def kept_statistics(model: nn.Module) -> Iterator[None]:
    """Make normalisation layers in training mode use the batch's statistics and keep their running ones.

    Args:
        model: A torch module with batch or instance normalisation anywhere in it.

    Returns:
        A context manager; afterwards the model has the buffers that it had before.

    Example:
        >>> import torch
        >>> from numerics.curvature import kept_statistics
        >>> norm = torch.nn.BatchNorm1d(1)
        >>> with kept_statistics(norm):
        ...     _ = norm(torch.tensor([[1.0], [3.0]]))
        >>> norm.running_mean.item()
        0.0
    """
    norms = [
        m
        for m in model.modules()
        if isinstance(m, nn.modules.batchnorm._NormBase) and m.training and m.track_running_stats
    ]
    # InstanceNorm passes its running statistics on regardless of its flags: only absent ones do not change
    kept = [{name: m._buffers.get(name) for name in _STATISTICS} for m in norms]
    try:
        for m in norms:
            m._buffers.update(dict.fromkeys(_STATISTICS))
        yield
    finally:
        for m, buffers in zip(norms, kept, strict=True):
            m._buffers.update(buffers)


@contextmanager
def differentiable(model: nn.Module) -> Iterator[None]:
    """Attention and recurrent layers by the kernels that have derivatives in evaluation mode too."""
    fast = torch.backends.mha.get_fastpath_enabled()
    recurrent = any(isinstance(m, nn.RNNBase) for m in model.modules())
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH), torch.backends.cudnn.flags(enabled=not recurrent):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


@contextmanager
def twice_differentiable() -> Iterator[None]:
    """Attention, recurrent layers and some losses by the kernels or formulas that have second derivatives."""
    with sdpa_kernel(SDPBackend.MATH), torch.backends.cudnn.flags(enabled=False), PlainFormulas():
        yield


@contextmanager
def fixed_power_iterations(model: nn.Module) -> Iterator[None]:
    """Spectral norms in training mode as in evaluation: their vectors are the present ones, without a power iteration.

    With these iterations each call is another function, and the derivative that torch gives is that of none of them.
    """
    found = [
        thing
        for m in model.modules()
        for thing in (m, *m._forward_pre_hooks.values())
        if isinstance(thing, parametrizations._SpectralNorm | SpectralNorm)
    ]
    counts = [thing.n_power_iterations for thing in found]
    try:
        for thing in found:
            thing.n_power_iterations = 0
        yield
    finally:
        for thing, count in zip(found, counts, strict=True):
            thing.n_power_iterations = count


@contextmanager
def same_random_state(model: nn.Module) -> Iterator[None]:
    """The states of torch's generators, on the CPU and on the model's GPUs, are as before at the end."""
    devices = sorted({p.device.index or 0 for p in model.parameters() if p.is_cuda})
    with torch.random.fork_rng(devices=devices):
        yield


@contextmanager
def unchanged(model: nn.Module) -> Iterator[None]:
    """Whatever happens inside, an error too: values, flags, gradients and attributes of the model are as before."""
    attributes = [(m, {k: v for k, v in m.__dict__.items() if k not in _KEPT_APART}) for m in model.modules()]
    # a scripted module's tables are views of what is fixed
    kept = [table for m in model.modules() for table in (getattr(m, n) for n in _KEPT_APART) if isinstance(table, dict)]
    tables = [(table, dict(table)) for table in kept]
    tensors = {id(t): t for t in (*model.parameters(), *model.buffers())}.values()
    values = [(t, t.detach().clone(), t.requires_grad, t.grad) for t in tensors]
    grads = [None if g is None else g.detach().clone() for _, _, _, g in values]
    try:
        with same_random_state(model), kept_statistics(model), fixed_power_iterations(model):
            yield
    finally:
        for m, before in attributes:
            for key in [k for k in m.__dict__ if k not in before and k not in _KEPT_APART]:
                del m.__dict__[key]
            m.__dict__.update(before)
        for table, entries in tables:
            table.clear()
            table.update(entries)
        with torch.no_grad():
            for (tensor, value, flag, gradient), old in zip(values, grads, strict=True):
                if not _same(tensor, value):
                    tensor.copy_(value)
                if tensor.is_leaf:
                    tensor.requires_grad_(flag)
                if gradient is not None and old is not None and not _same(gradient, old):
                    gradient.copy_(old)
                if tensor.is_leaf:
                    tensor.grad = gradient


def _same(a: Tensor, b: Tensor) -> bool:
    """Equal, NaN to NaN; on the meta device there are no values to differ."""
    return a.is_meta or torch.equal(a, b) or bool(((a == b) | ((a != a) & (b != b))).all())


def arguments(model: nn.Module, x: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """How the model takes x: a tuple as positional arguments, a mapping by name, where its `forward` has these.

    Otherwise x is the one argument, as for `forward(self, batch)` with a batch that is a dict.
    """
    try:
        taken = inspect.signature(model.forward).parameters.values()
    except (TypeError, ValueError):
        return (x,), {}
    names = {p.name for p in taken if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    if isinstance(x, Mapping):
        keys = [k for k in x if isinstance(k, str)]
        if any(p.kind is p.VAR_KEYWORD for p in taken) or (keys and len(keys) == len(x) and set(keys) <= names):
            return (), dict(x)
        return (x,), {}
    if isinstance(x, tuple | list):
        positional = [p for p in taken if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        needed = sum(p.default is p.empty for p in positional)
        many = any(p.kind is p.VAR_POSITIONAL for p in taken)
        if many or (len(positional) > 1 and needed <= len(x) <= len(positional)):
            return tuple(x), {}
    return (x,), {}


def evaluated(model: nn.Module, parameters: Mapping[str, Tensor], x: Any) -> Any:
    """The model's output at these parameters, its buffers copied: the same parameters always give the same."""
    buffers = {n: b.detach().clone() for n, b in model.named_buffers()}
    # copies of the data too: a first layer may work in place
    given, named = _pytree.tree_map(lambda t: t.clone() if isinstance(t, Tensor) else t, arguments(model, x))
    values = {**buffers, **parameters}
    scripted = {n for n, m in model.named_modules() if isinstance(m, torch.jit.ScriptModule)}
    if not scripted:
        return torch.func.functional_call(model, values, given, named)
    inside = {n: v for n, v in values.items() if n.rpartition(".")[0] in scripted}
    with _scripted_at(model, inside):
        if len(inside) == len(values):
            return model(*given, **named)
        return torch.func.functional_call(model, {n: values[n] for n in values.keys() - inside}, given, named)


@contextmanager
def _scripted_at(model: nn.Module, values: Mapping[str, Tensor]) -> Iterator[None]:
    """Parameters and buffers of scripted modules at these values, which `functional_call` cannot set."""
    modules = dict(model.named_modules(remove_duplicate=False))
    names = [(n, *n.rpartition(".")[::2]) for n in values]
    tied = _uses(modules)
    places = {n: tied.get(id(getattr(modules[path], own)), [(modules[path], own)]) for n, path, own in names}
    kept = [(m, own, getattr(m, own)) for found in places.values() for m, own in found]
    try:
        for n, found in places.items():
            for m, own in found:
                setattr(m, own, values[n])
        yield
    finally:
        for m, own, value in kept:
            setattr(m, own, value)


def _uses(modules: Mapping[str, nn.Module]) -> dict[int, list[tuple[nn.Module, str]]]:
    """Where each parameter is used, by its identity: several places where it is tied."""
    found: dict[int, list[tuple[nn.Module, str]]] = {}
    for m in dict.fromkeys(modules.values()):
        for own, p in m.named_parameters(recurse=False, remove_duplicate=False):
            found.setdefault(id(p), []).append((m, own))
    return found
