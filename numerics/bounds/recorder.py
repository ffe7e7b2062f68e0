"""Records what a model does to its data: calls of torch's layers and functions, as a graph of their dependence."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree

from derivations.composition import CompositionError
from numerics.bounds.graph import Node, NodeKind
from numerics.bounds.layer_constants import LinearMap, UnknownLayer
from numerics.bounds.weights import is_norm_hook
from numerics.layers import NormalisedLinear

CONTAINERS = (
    nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.ParameterList, nn.ParameterDict, nn.TransformerEncoder,
    nn.TransformerEncoderLayer, nn.TransformerDecoder, nn.TransformerDecoderLayer, nn.Transformer,
)  # fmt: skip
"""Torch's own modules that are recorded by what they call."""


class Recorder(TorchFunctionMode):
    """Nodes for all values that depend on the data or on parameters, recorded while the model runs."""

    def __init__(
        self,
        model: nn.Module,
        x: Tensor,
        leaves: tuple[type[nn.Module], ...],
        record: Callable[..., None],
        special: Mapping[type[nn.Module], Callable[..., None]],
    ) -> None:
        super().__init__()
        self.model, self.leaves = model, leaves
        self._record, self._special = record, special
        self.nodes: list[Node] = []
        self.sources: dict[int, Tensor] = {}
        """The parameters among the nodes, by their numbers; other sources are constants."""
        self._parameters = {id(p): n for n, p in model.named_parameters()}
        self._at: dict[int, tuple[int, int]] = {}
        self._kept: list[Tensor] = []
        self._tainted: set[int] = set()
        self._inside = 0
        self._path: list[str] = []
        self.bind(x, self.node("input", "the data", x))

    # nodes

    def node(
        self, kind: NodeKind, name: str, value: Tensor, operands: Sequence[int] = (), module: nn.Module | None = None
    ) -> int:
        """One more value, by its number."""
        self.nodes.append(Node(kind, name, value.detach().clone(), tuple(operands), module))
        return len(self.nodes) - 1

    def layer(self, module: nn.Module, of: int, name: str = "") -> int:
        """What a module makes of a value."""
        with torch.no_grad():
            value = module(self.nodes[of].value.clone())
        return self.node("layer", name or self.label(type(module).__name__), value, (of,), module)

    def linear(self, function: Any, of: int, name: str = "") -> int:
        """What a fixed map without negative entries makes of a value."""
        return self.layer(LinearMap(function), of, name or self.label("reshaping"))

    def of(self, t: Tensor) -> int:
        """The number of a tensor's value; an unknown tensor is a constant."""
        found = self.find(t)
        if found is None:
            if t.requires_grad:
                raise UnknownLayer(f"{self.label('a value')} comes from code that torch does not record")
            found = self.node("source", self.label("constant"), t)
            if not torch.isfinite(self.nodes[found].value).all():
                raise UnknownLayer(f"{self.label('constant')} is not finite: the calculus has no bound for it")
            self.bind(t, found)
        return found

    def known(self, t: Tensor) -> bool:
        """Whether a tensor depends on the data or on parameters."""
        return id(t) in self._at or id(t) in self._parameters or id(t) in self._tainted

    def find(self, t: Tensor) -> int | None:
        """The number of a tensor's value, None for a constant. Raises CompositionError where it was overwritten."""
        if id(t) in self._tainted:
            raise UnknownLayer(
                f"{self.label('selection')} depends on values of the data, which the calculus cannot follow"
            )
        if id(t) in self._at:
            number, version = self._at[id(t)]
            if t._version != version:
                raise CompositionError(
                    f"{self.label('a value')} was changed in place through another view: give the model inplace=False"
                )
            return number
        if id(t) in self._parameters:
            number = self.node("source", self._parameters[id(t)], t)
            self.sources[number] = t
            self.bind(t, number)
            return number
        return None

    def bind(self, t: Tensor, number: int) -> None:
        """A tensor has this value from now on. Raises CompositionError where it has not."""
        value = self.nodes[number].value
        close = 1e2 * torch.finfo(value.dtype).eps ** 0.75 if value.is_floating_point() else 0
        if value.shape != t.shape or not torch.allclose(value, t.detach().to(value), close, close, equal_nan=True):
            raise CompositionError(f"{self.nodes[number].name}: the calculus misreads this function")
        self._at[id(t)] = (number, t._version)
        self._kept.append(t)

    def taint(self, t: Tensor) -> None:
        """A tensor that depends on the data in a way that has no bounds."""
        self._tainted.add(id(t))
        self._kept.append(t)

    def label(self, what: str) -> str:
        """A name for an operation in the current module."""
        where = self._path[-1] if self._path else ""
        return f"{where or 'model'} ({what})"

    # calls

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        named = kwargs or {}
        if self._inside:
            return func(*args, **named)
        given = [t for t in _pytree.tree_leaves((args, named)) if isinstance(t, Tensor)]
        numbers = {id(t): self.find(t) for t in given if self.known(t)} if given else {}
        if numbers and name_of(func) == "iter":  # rows, one by one
            func, args = torch.Tensor.unbind, (args[0], 0)
            rows = func(*args)
            self._record(self, func, args, {}, rows, numbers)
            return iter(rows)
        out = func(*args, **named)
        if numbers:
            self._record(self, func, args, named, out, numbers)
        return out

    def is_leaf(self, module: nn.Module) -> bool:
        """Whether a module's constants are its own: torch's layers, and those that the user knows."""
        if isinstance(module, (*self.leaves, NormalisedLinear)):
            return True
        if "parametrizations" in module._modules:
            return True
        return type(module).__module__.startswith("torch.nn.") and type(module) not in CONTAINERS

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Hooks on all modules, and torch's functions by this mode."""
        handles = []
        try:
            for name, module in self.model.named_modules():
                if isinstance(module, torch.jit.ScriptModule):
                    raise UnknownLayer(f"{name or 'the model'} is scripted: give the module that it was made of")
                leaf = self.is_leaf(module)
                handles.append(module.register_forward_pre_hook(self._before(name, leaf), prepend=True))
                handles.append(module.register_forward_hook(self._after(name, module, leaf), with_kwargs=True))
            with self:
                yield
        finally:
            for handle in handles:
                handle.remove()

    def _before(self, name: str, leaf: bool) -> Any:
        def hook(_m: nn.Module, _given: Any) -> None:
            self._path.append(name)
            self._inside += leaf

        return hook

    def _after(self, name: str, module: nn.Module, leaf: bool) -> Any:
        def hook(_m: nn.Module, args: Any, named: Any, out: Any) -> None:
            if leaf and self._inside == 1:
                self._called(name, module, args, named, out)
            self._inside -= leaf
            self._path.pop()

        return hook

    def _called(self, name: str, module: nn.Module, args: Any, named: Any, out: Any) -> None:
        label = f"{name or 'model'} ({type(module).__name__})"
        taken = [t for t in (*args, *named.values()) if isinstance(t, Tensor)]
        if not any(map(self.known, taken)) and not any(True for _ in module.parameters()):
            return
        self._unhooked(module, label)
        if type(module) in self._special and not isinstance(module, self.leaves):
            given = inspect.signature(module.forward).bind(*args, **named)
            given.apply_defaults()
            self._special[type(module)](self, module, given.arguments, out)
        elif len(taken) == 1 and isinstance(out, Tensor):
            (t,) = taken
            self.bind(out, self.node("layer", label, out, (self.before(t),), module))
        else:
            raise UnknownLayer(
                f"{label} takes {len(taken)} tensors and returns {type(out).__name__}: the calculus knows layers that "
                "take and return one"
            )

    def before(self, t: Tensor) -> int:
        """The value that a leaf was called on, which it may have overwritten since."""
        return self._at[id(t)][0] if id(t) in self._at and id(t) not in self._tainted else self.of(t)

    def _unhooked(self, module: nn.Module, label: str) -> None:
        mine = 1
        hooks = [h for h in module._forward_pre_hooks.values() if not is_norm_hook(h)]
        if len(hooks) > mine or len(module._forward_hooks) > mine or "forward" in module.__dict__:
            raise UnknownLayer(f"{label} has hooks or its own forward, which may change what it does")


def name_of(func: Any) -> str:
    """How a function is called in code, without underscores of in-place and special methods."""
    name = getattr(func, "__name__", type(func).__name__)
    if name in ("__get__", "__set__"):
        return f"{'=' if name == '__set__' else ''}{getattr(func.__self__, '__name__', name)}"
    return str(name).strip("_")


def expanded(rec: Recorder, number: int, shape: torch.Size) -> int:
    """A value that is broadcast to a shape."""
    if rec.nodes[number].value.shape == shape:
        return number
    return rec.linear(lambda t: t.expand(shape), number, rec.label("broadcast"))
