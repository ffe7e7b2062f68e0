"""The calculus of bounds on a user's torch model: the constants of each module, composed.

Raw weights have no global constants: the bounds hold for all parameters within `radius` of the present ones.
Normalised weights and normalisation layers need no radius but that of their γ and β.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import sympy as sp
import torch
from sympy import Symbol, latex
from torch import Tensor, nn

from derivations import composition as calculus
from derivations.arguments import first_line, optional, real, shown, taking
from derivations.composition import Bounds, CompositionError, Cost, Layer
from derivations.composition import layers as further
from numerics.arguments import batch, layer_types, module, tensor
from numerics.bounds.adversary import check_bounds
from numerics.bounds.attention import SPECIAL
from numerics.bounds.graph import Graph, Node
from numerics.bounds.layer_constants import LayerReader, UnknownLayer
from numerics.bounds.recorder import Recorder
from numerics.bounds.rules import record
from numerics.bounds.wholes import as_one
from numerics.networks.batch_loss import measuring
from numerics.networks.unchanged import CODE, differentiable, not_a_model, unchanged

__all__ = ["ChainBounds", "UnknownLayer", "bounds_of"]

LayerRule = Callable[[str, Any, tuple[int, ...], tuple[int, ...]], Layer]
"""name, module, shapes of its input and output ↦ its constants."""


@dataclass(frozen=True)
class ChainBounds:
    """Bounds of a torch model, layer by layer.

    Attributes:
        layers: The constants of each layer, in symbols.
        values: The number that each of these symbols stands for.
        size: The Euclidean norm of the data.
        totals: Numeric bounds; `totals[k]` bounds the first k + 1 layers together.
        cost: The constants of the cost function; None without one.
    """

    layers: tuple[Layer, ...]
    values: Mapping[Symbol, float]
    size: float
    totals: tuple[Bounds, ...]
    cost: Cost | None

    @property
    def output(self) -> float:
        """A bound on ‖F(θ)‖."""
        return float(self.totals[-1].size)

    @property
    def lipschitz(self) -> float:
        """A bound on ‖DF(θ)‖, the Lipschitz constant of the parameter-function map."""
        return float(self.totals[-1].D)

    @property
    def second(self) -> float:
        """A bound on ‖D²F(θ)‖, the Lipschitz constant of DF."""
        return float(self.totals[-1].tt)

    @property
    def smoothness(self) -> float | None:
        """A bound on ‖∇²ℓ(θ)‖."""
        return None if self.cost is None else float(calculus.smoothness(self.totals[-1], self.cost))

    @cached_property
    def expression(self) -> Bounds:
        """The bounds of the whole chain in symbols: long for deep chains, `latex` prints them layer by layer."""
        return calculus.chain(self.layers, Symbol("r_0", positive=True))[-1]

    def latex(self) -> str:
        """Each layer's constants for ‖x‖ ≤ r, and the numbers that the recursion has reached after it."""
        rows = [r"\text{layer} & J & D & f_{xx} & f_{x\theta} & f_{\theta\theta} & \|DF\| \le & \|D^2F\| \le \\ \hline"]
        r = Symbol("r", positive=True)
        for layer, total in zip(self.layers, self.totals, strict=True):
            own = layer.bounds(r)
            cells = [latex(value) for name, value in own.items() if name != "size"]
            name = layer.name.replace("_", r"\_")
            reached = [f"{float(v):.4g}" for v in (total.D, total.tt)]
            rows.append(" & ".join([rf"\text{{{name}}}", *cells, *reached]) + r" \\")
        body = "\n".join(rows)
        return rf"\begin{{array}}{{l|ccccc|cc}}{body}\end{{array}}".replace("inf", r"\infty")


@taking(CompositionError, model=module, x=batch, targets=optional(tensor), radius=real(0), known=layer_types)
def bounds_of(
    model: nn.Module,
    x: Any,
    *,
    cost: str | None = None,
    targets: Tensor | None = None,
    radius: float = 0.0,
    known: Mapping[type[nn.Module], LayerRule] | None = None,
) -> ChainBounds:
    """Bound the Lipschitz and smoothness constants of a torch model on the data x.

    The bounds hold for all parameters within `radius` of the present ones. The operations that the model applies to its
    data are recorded: torch's layers and functions, sums and products. Each bound is compared with the largest value
    that an adversary finds, and refused if that value exceeds it. The model is left as it was found.

    Args:
        model: A torch module.
        x: A batch of inputs: a tensor, or a tuple or mapping of tensors. Several inputs, or several outputs, are
            treated as one vector; integers are treated as constants.
        cost: "square" for (1/2N)‖F − Y‖², "cross-entropy" for the mean over samples, or None.
        targets: Y, a floating-point tensor of the output's shape; only for the square cost.
        radius: The Euclidean distance within which each parameter may vary, ≥ 0.
        known: Constants of further layer types: a function of (name, module, input shape, output shape) that returns
            a `derivations.composition.Layer`.

    Returns:
        A `ChainBounds` with the constants of each layer and of the whole model.

    Raises:
        UnknownLayer: A layer or function without known constants, random numbers, or a decision by values of the data.
        CompositionError: ε ≤ 0, a batch of one sample in batch normalisation, data on another device than the model, a
            square cost without targets, fewer than two classes, or code that torch cannot run or differentiate.

    Source:
        MacDonald, Valmadre, Saratchandran and Lucey 2023 (arXiv:2210.05371), Section 3.

    Example:
        >>> import torch
        >>> from numerics.chains import bounds_of
        >>> layer = torch.nn.Linear(2, 2, bias=False, dtype=torch.float64)
        >>> bounds = bounds_of(layer, torch.eye(2, dtype=torch.float64))
        >>> round(bounds.lipschitz, 9)  # W ↦ WX has the Lipschitz constant ‖X‖, at most its Frobenius norm √2
        1.414213562
    """
    refused = not_a_model(model)
    if refused:
        raise CompositionError(refused)
    model, x = as_one(model, x)
    _finite(model, x, targets)
    _same_device(model, x)
    constants = LayerReader(radius)
    with unchanged(model), differentiable(model), torch.enable_grad():
        found = _recorded(model, x, tuple(known or ()))
        layers = {k: _layer(found, k, constants, known or {}) for k in range(1, len(found.nodes))}
    own = {k: layer for k, layer in layers.items() if layer is not None}
    numbers = {k: _numeric(layer, constants.values) for k, layer in own.items()}
    chain = Graph(found.nodes, own, found.output).between()
    graph = Graph(found.nodes, numbers, found.output)
    size = float(torch.linalg.vector_norm(x.double()))
    out = tuple(found.nodes[found.output].value.shape)
    # one sample without a batch axis is one, not as many as it has numbers
    price = _cost(cost, targets, len(x) if x.ndim > 1 else 1, out)
    totals = tuple(calculus.chain(graph.between(), size))
    with measuring(model):
        try:
            check_bounds(model, x, found.nodes, numbers, totals[-1], radius, price, targets)
        except RuntimeError as error:
            raise CompositionError(f"torch cannot differentiate the model: {first_line(error)}") from None
    return ChainBounds(tuple(chain), dict(constants.values), size, totals, price)


@dataclass(frozen=True)
class _Recorded:
    """What a model did to the data; the parameters among the sources by their numbers."""

    nodes: list[Node]
    sources: Mapping[int, Tensor]
    output: int


def _recorded(model: nn.Module, x: Tensor, leaves: tuple[type[nn.Module], ...]) -> _Recorded:
    for p in model.parameters():
        p.requires_grad_(p.is_floating_point())
    given = x.detach().clone()
    if given.is_floating_point():
        given = given.requires_grad_(True) * 1  # values that depend on it are then marked, and may be changed in place
    recorder = Recorder(model, given, leaves, record, SPECIAL)
    try:
        with recorder.recording():
            out = model(given)
    except CompositionError:
        raise
    except CODE as error:
        raise CompositionError(f"the model does not take this data: {first_line(error)}") from None
    if not isinstance(out, Tensor):
        raise UnknownLayer(f"the model returns {type(out).__name__}, without a tensor that has bounds")
    return _Recorded(recorder.nodes, recorder.sources, recorder.of(out))


def _layer(
    found: _Recorded, k: int, constants: LayerReader, known: Mapping[type[nn.Module], LayerRule]
) -> Layer | None:
    """The constants of a node, in symbols; None for sums and products."""
    node = found.nodes[k]
    if node.kind == "source":
        constants.count += 1
        size = float(torch.linalg.vector_norm(node.value.double()))
        if k not in found.sources:
            return further.constant(node.name, constants.symbol("c", size) if size else 0)
        made = further.parameter(node.name, constants.symbol("w", size + constants.radius))
        return replace(made, parameters=frozenset([id(found.sources[k])]))
    if node.kind != "layer" or node.module is None:
        return None
    given, out = found.nodes[node.operands[0]].value, tuple(node.value.shape)
    reader = next((reader for kind, reader in known.items() if isinstance(node.module, kind)), None)
    if reader is not None:
        constants.count += 1
        made = reader(node.name, node.module, tuple(given.shape), out)
    else:
        made = constants.layer(node.name, node.module, given, out)
    return replace(made, parameters=frozenset(id(p) for p in node.module.parameters()))


def _cost(name: str | None, targets: Tensor | None, samples: int, out: tuple[int, ...]) -> Cost | None:
    match name if isinstance(name, str | None) else shown(name):
        case None:
            return None
        case "square":
            if targets is None:
                raise CompositionError("the square cost needs `targets`: the bound on its gradient depends on ‖Y‖")
            return calculus.square_cost(samples, float(torch.linalg.vector_norm(targets.double())))
        case "cross-entropy":
            if len(out) < 2 or out[1] < 2:
                raise CompositionError(f"cross-entropy needs at least two classes; the model returns shape {out}")
            return calculus.cross_entropy_cost(samples)
    raise CompositionError(f"the cost is 'square', 'cross-entropy' or None, not {shown(name)}")


def _finite(model: nn.Module, x: Tensor, targets: Tensor | None) -> None:
    """Numbers everywhere, and some of them."""
    if not isinstance(x, Tensor) or x.ndim == 0 or 0 in (x.numel(), 1 if targets is None else targets.numel()):
        raise CompositionError("the data is empty, or not one tensor")
    named = [("the data", x), ("the targets", targets), *model.named_parameters(), *model.named_buffers()]
    for name, t in named:
        if t is not None and not t.is_meta and not torch.isfinite(t).all():
            raise CompositionError(f"{name} has NaN or infinity: there is no bound")


def _same_device(model: nn.Module, x: Tensor) -> None:
    for name, parameter in model.named_parameters():
        if parameter.device != x.device:
            raise CompositionError(
                f"{name} is on {parameter.device}, the data on {x.device}: move one of them with .to(device)"
            )


def _numeric(layer: Layer, values: Mapping[Symbol, float]) -> Layer:
    def bounds(size: Any) -> Bounds:
        known = {s: sp.Float(v) if v != float("inf") else sp.oo for s, v in values.items()}
        return Bounds(*(sp.N(v.xreplace(known)) for _, v in layer.bounds(size).items()))

    return Layer(layer.name, bounds, layer.parameters)
