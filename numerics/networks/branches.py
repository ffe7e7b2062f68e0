"""How far branches can take a network's features from its inputs, whatever the weights: v = αx + z with |z_ij| ≤ b.

The model is traced, and each operation is followed by what it does to α and b. An entry that is bounded for all weights
comes from a bounded activation, or from a normalisation without weights; after a layer with weights nothing is bounded.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from math import inf, isfinite, prod, sqrt
from typing import Any

import torch
from torch import Tensor, fx, nn

from numerics.errors import EvaluationError

BOUNDS: dict[Any, float] = {
    nn.Tanh: 1.0, nn.Sigmoid: 1.0, nn.Softsign: 1.0, nn.Hardtanh: 1.0, nn.Hardsigmoid: 1.0, nn.ReLU6: 6.0,
    nn.Softmax: 1.0, nn.Tanhshrink: inf,
    torch.tanh: 1.0, torch.sigmoid: 1.0, torch.sin: 1.0, torch.cos: 1.0, torch.erf: 1.0, torch.sign: 1.0,
    torch.softmax: 1.0, nn.functional.softmax: 1.0,
    nn.functional.tanh: 1.0, nn.functional.sigmoid: 1.0, nn.functional.softsign: 1.0, nn.functional.relu6: 6.0,
    nn.functional.hardsigmoid: 1.0,
    "tanh": 1.0, "sigmoid": 1.0, "sin": 1.0, "cos": 1.0, "erf": 1.0, "sign": 1.0, "softmax": 1.0,
}  # fmt: skip
"""The largest |value| of activations, as modules, functions and methods."""
KEPT: frozenset[Any] = frozenset({nn.Identity, nn.Flatten, "detach", "contiguous", "double", "float", "clone"})
"""What leaves every entry as it is."""


@dataclass(frozen=True)
class Reached:
    """v = αx + z, |z_ij| ≤ b: α, b, and what made b infinite, in words."""

    alpha: float
    b: float
    why: str = ""

    @property
    def bounded(self) -> bool:
        """Whether z is bounded for all weights."""
        return isfinite(self.b)


@dataclass(frozen=True)
class Branched:
    """The features before a last linear layer.

    Args:
        features: α, b and the reason why they are unbounded, if they are.
        layers: By the name of each operation on the way: what it leaves.
        last: The name of the last layer.
    """

    features: Reached
    layers: dict[str, Reached]
    last: str


def as_traced(model: nn.Module, x: Tensor) -> bool:
    """Whether a model gives what its trace does on inputs: not if it changes in place what it uses later."""
    found = []
    for one in (model, fx.GraphModule(model, fx.Tracer().trace(model))):
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            found.append(one(x.clone()))
    return bool(torch.allclose(found[0], found[1], rtol=1e-6, atol=0.0, equal_nan=True))


def branched(model: nn.Module) -> Branched:
    """Follow a model from its input to its last linear layer.

    Args:
        model: A module of one argument, (N, d); it is traced, not run.

    Returns:
        How far the features before the last layer are from a multiple of the input, for all weights of all layers.

    Raises:
        EvaluationError: The model cannot be traced, has not one input, or does not end with a linear layer.

    Example:
        >>> from torch import nn
        >>> branched(nn.Sequential(nn.Identity(), nn.Linear(3, 2))).features
        Reached(alpha=1.0, b=0.0, why='')
    """
    try:
        graph = fx.Tracer().trace(model)
    except Exception as error:  # whatever the user's forward raises where it meets a proxy
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise EvaluationError(f"the model cannot be traced: {said}") from None
    modules = dict(model.named_modules())
    inputs = [node for node in graph.nodes if node.op == "placeholder"]
    if len(inputs) != 1:
        raise EvaluationError(f"the model has {len(inputs)} inputs; one is needed")
    (end,) = (node for node in graph.nodes if node.op == "output")
    last = end.args[0]
    if not isinstance(last, fx.Node) or last.op != "call_module" or not isinstance(modules[last.target], nn.Linear):
        raise EvaluationError(
            "the model does not end with a linear layer, a module nn.Linear, on which the loss is put"
        )
    reached: dict[fx.Node, Reached] = {}
    for node in graph.nodes:
        if node.op == "placeholder":
            reached[node] = Reached(1.0, 0.0)
        elif node is last:
            break
        elif node.op in ("call_module", "call_function", "call_method"):
            reached[node] = _after(node, model, modules, reached)
    before = last.args[0]
    layers = {_name(node): value for node, value in reached.items() if node.op != "placeholder"}
    return Branched(reached[before], layers, str(last.target))


def _name(node: fx.Node) -> str:
    return str(node.target) if node.op == "call_module" else str(node.name)


def _kind(node: fx.Node, modules: dict[str, nn.Module]) -> Any:
    return type(modules[str(node.target)]) if node.op == "call_module" else node.target


def _in_place(node: fx.Node, modules: dict[str, nn.Module]) -> bool:
    """Whether an operation changes its first argument."""
    if node.op == "call_module":
        return bool(getattr(modules[str(node.target)], "inplace", False))
    named = str(node.target) if node.op == "call_method" else getattr(node.target, "__name__", "")
    return bool(node.kwargs.get("inplace", False)) or node.target is operator.iadd or named.endswith("_")


def _seen_later(node: fx.Node, modules: dict[str, nn.Module]) -> str:
    """The operation that is given the argument itself after it was changed in place, or ""."""
    order = {other: i for i, other in enumerate(node.graph.nodes)}
    root = node.args[0] if node.args else None
    if not isinstance(root, fx.Node):
        return ""
    while root.op != "placeholder" and _kind(root, modules) in KEPT and isinstance(root.args[0], fx.Node):
        root = root.args[0]
    same = [root]
    for one in same:  # grows by what shares its memory
        for user in one.users:
            if order[user] > order[node]:
                return _name(user)
            if user is not node and _kind(user, modules) in KEPT:
                same.append(user)
    return ""


def _after(node: fx.Node, model: nn.Module, modules: dict[str, nn.Module], reached: dict[fx.Node, Reached]) -> Reached:
    """What one operation leaves."""
    kind = _kind(node, modules)
    if _in_place(node, modules) and (later := _seen_later(node, modules)):
        return Reached(0.0, inf, f"{_name(node)}: it changes in place what {later} is given")
    terms = [_argument(a, model, reached) for a in node.args if isinstance(a, fx.Node | int | float)]
    match kind:
        case _ if kind in _SUMS and len(terms) == 2 and "alpha" not in node.kwargs:
            return _sum(terms[0], terms[1], _SUMS[kind])
        case _ if kind in _PRODUCTS and len(terms) == 2:
            return _product(terms[0], terms[1], _name(node))
        case _ if (
            kind in (operator.truediv, torch.div, "div") and len(terms) == 2 and isinstance(node.args[1], int | float)
        ):
            return _product(
                terms[0], _Constant(1 / abs(float(node.args[1])), 1 / float(node.args[1])), name=_name(node)
            )
        case operator.neg | torch.neg:
            return Reached(-terms[0].alpha, terms[0].b, terms[0].why)
    if kind in KEPT or (kind is nn.Dropout and not modules[str(node.target)].training):
        return terms[0] if isinstance(terms[0], Reached) else Reached(0.0, terms[0].most)
    if kind is nn.Hardtanh:
        module: Any = modules[str(node.target)]
        return Reached(0.0, max(abs(module.min_val), abs(module.max_val)))
    if kind is nn.LayerNorm and not list(modules[str(node.target)].parameters()):
        return Reached(0.0, sqrt(prod(modules[str(node.target)].normalized_shape)))  # type: ignore[arg-type]
    if kind is nn.Linear and (frozen := _frozen(modules[str(node.target)], terms[0])) is not None:
        return frozen
    if kind in BOUNDS and isfinite(BOUNDS[kind]):
        return Reached(0.0, BOUNDS[kind])
    said = kind.__name__ if hasattr(kind, "__name__") else str(kind)
    whose = list(modules[str(node.target)].parameters()) if node.op == "call_module" else []
    why = "its weights may be of any size" if whose else "it is not known to be bounded"
    return Reached(0.0, inf, f"{_name(node)} ({said}): {why}")


def _frozen(layer: Any, before: Any) -> Reached | None:
    """What a linear layer that is not trained leaves of what is bounded; None where it is trained or is given x."""
    if any(p.requires_grad for p in layer.parameters()) or before.alpha or not before.bounded:
        return None
    rows = layer.weight.abs().sum(1) * before.b + (0.0 if layer.bias is None else layer.bias.abs())
    return Reached(0.0, float(rows.max()))


@dataclass(frozen=True)
class _Constant:
    """A number or a tensor that is not trained: its largest |entry|, and its value where it is one number."""

    most: float
    value: float | None = None


_SUMS: dict[Any, float] = {
    operator.add: 1.0, operator.iadd: 1.0, torch.add: 1.0, "add": 1.0, "add_": 1.0,
    operator.sub: -1.0, torch.sub: -1.0, "sub": -1.0,
}  # fmt: skip
_PRODUCTS: frozenset[Any] = frozenset({operator.mul, torch.mul, "mul"})
_Term = Reached | _Constant


def _argument(a: Any, model: nn.Module, reached: dict[fx.Node, Reached]) -> Any:
    """What stands for an argument: what it was reached as, a constant, or a trained number that may be of any size."""
    if isinstance(a, int | float):
        return _Constant(abs(float(a)), float(a))
    if a in reached:
        return reached[a]
    found: Any = model
    for part in str(a.target).split("."):
        found = getattr(found, part)
    if isinstance(found, Tensor) and not found.requires_grad:
        return _Constant(float(found.abs().max()), float(found) if found.numel() == 1 else None)
    return Reached(0.0, inf, f"{a.target}: it is trained, and may be of any size")


def _sum(x: _Term, y: _Term, sign: float) -> Reached:
    x, y = (Reached(0.0, t.most) if isinstance(t, _Constant) else t for t in (x, y))
    return Reached(x.alpha + sign * y.alpha, x.b + y.b, x.why or y.why)


def _product(x: _Term, y: _Term, name: str) -> Reached:
    if isinstance(x, _Constant):
        x, y = y, x
    if isinstance(x, _Constant):
        return Reached(0.0, x.most * y.most if isinstance(y, _Constant) else inf)
    if isinstance(y, _Constant):
        if y.value is None and x.alpha:
            return Reached(0.0, inf, f"{name}: the input is multiplied by more than one number")
        return Reached(x.alpha * (y.value or 0.0), x.b * y.most if y.most else 0.0, x.why if y.most else "")
    if x.alpha == y.alpha == 0:
        return Reached(0.0, x.b * y.b if 0 not in (x.b, y.b) else 0.0, x.why or y.why)
    return Reached(0.0, inf, f"{name}: the input is multiplied by itself or by a branch")
