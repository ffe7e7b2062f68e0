"""The calculus of bounds on a torch model that a user hands over: each module's constants, read off as it stands.

Raw weights have no global constants: the bounds hold for all parameters within `radius` of the present ones.
Normalised weights and normalisation layers need no radius but that of their γ and β.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import sympy as sp
import torch
from sympy import Symbol, latex
from torch import Tensor, nn

from derivations import composition as calculus
from derivations.arguments import optional, real, shown, taking
from derivations.composition import Bounds, CompositionError, Cost, Layer
from derivations.papers.du2018.constants import LIPSCHITZ, SMOOTHNESS
from numerics.adversary import check_bounds
from numerics.arguments import layer_types, module, tensor
from numerics.batch_loss import measuring
from numerics.layers import NormalisedLinear, Residual
from numerics.unchanged import unchanged
from numerics.windows import convolution_taps, overlap

ACTIVATIONS: dict[type[nn.Module], tuple[str, float, float]] = {
    nn.Tanh: ("tanh", 0.0, 1.0),
    nn.Sigmoid: ("sigmoid", 0.5, 1.0),
    nn.Softplus: ("softplus", 0.6931471805599454, float("inf")),
    nn.GELU: ("gelu", 0.0, float("inf")),
    nn.SiLU: ("silu", 0.0, float("inf")),
}
"""Name of the statements that prove its constants, |σ(0)| rounded up, sup|σ|."""
KINKED = (nn.ReLU, nn.LeakyReLU, nn.Hardtanh, nn.ReLU6)
PASSED = (nn.Identity, nn.Flatten, nn.Unflatten)
_SUPPLY = (
    "the calculus does not know this type of layer; it needs bounds on its value, J, D, f_xx, f_xθ and f_θθ: give "
    "known={{{0}: lambda name, module, given, out: Layer(name, …)}}"
)
Reader = Callable[[str, Any, tuple[int, ...], tuple[int, ...]], Layer]
"""name, module, shapes of its input and output ↦ its constants."""


class UnknownLayer(CompositionError):
    """A layer whose constants the calculus does not know; the message says how to supply them."""


@dataclass(frozen=True)
class ChainBounds:
    """Bounds on a model: `layers` in symbols, the numbers that stand for these, and what is bounded after each layer.

    `totals[k]` bounds the first k + 1 layers; `smoothness` is the bound on the Hessian of the cost, None without one.
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


@taking(CompositionError, model=module, x=tensor, targets=optional(tensor), radius=real(0), known=layer_types)
def bounds_of(
    model: nn.Module,
    x: Tensor,
    *,
    cost: str | None = None,
    targets: Tensor | None = None,
    radius: float = 0.0,
    known: Mapping[type[nn.Module], Reader] | None = None,
) -> ChainBounds:
    """Bounds of a Sequential-like torch model on the data x, for all parameters within `radius` of its own.

    Each is compared with what an adversary finds, and refused if it is passed; the model is left as it was.

    `cost` is "square" ((1/2N)‖F − Y‖², with `targets`), "cross-entropy" (mean over samples) or None; `known`
    maps further layer types to functions that give their constants as a `derivations.composition.Layer`.
    Raises UnknownLayer for a layer that is not known, CompositionError for ε ≤ 0, a batch of one sample in batch
    normalisation, a model on another device than its data, costs without targets, fewer than two classes.
    """
    _finite(model, x, targets)
    _same_device(model, x)
    _used_once(model)
    reader = _Reader(radius, dict(known or {}), _shapes(model, x))
    layers = tuple(reader.layers(model))
    size = float(torch.linalg.vector_norm(x.double()))
    numbers = [_numeric(layer, reader.values) for layer in layers]
    out = reader.shapes[""][1]
    # one sample without a batch axis is one, not as many as it has numbers
    found = _cost(cost, targets, len(x) if x.ndim > 1 else 1, out)
    totals = tuple(calculus.chain(numbers, size))
    with measuring(model):
        check_bounds(model, x, tuple(reader.modules), numbers, totals, radius, found, targets)
    return ChainBounds(layers, dict(reader.values), size, totals, found)


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


def _used_once(model: nn.Module) -> None:
    """The calculus lets every layer have parameters of its own."""
    for names in (model.named_modules(remove_duplicate=False), model.named_parameters(remove_duplicate=False)):
        seen: dict[int, str] = {}
        for name, thing in names:
            if id(thing) in seen:
                raise CompositionError(
                    f"{name} is {seen[id(thing)]} once more: the calculus takes modules and parameters that are used "
                    "once; give each use its own, as by copy.deepcopy"
                )
            seen[id(thing)] = name


def _shapes(model: nn.Module, x: Tensor) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    """The shapes that go into and come out of every module, by its name; the model is left as it was."""
    found: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {}

    def record(name: str) -> Callable[..., None]:
        def hook(_module: nn.Module, given: Any, out: Any) -> None:
            if len(given) == 1 and isinstance(given[0], Tensor) and isinstance(out, Tensor):
                found[name] = (tuple(given[0].shape), tuple(out.shape))

        return hook

    handles = [module.register_forward_hook(record(name)) for name, module in model.named_modules()]
    try:
        with unchanged(model), torch.no_grad():
            model(x.clone())
    except (ValueError, TypeError, RuntimeError, IndexError, AttributeError) as error:
        raise CompositionError(f"the model does not take this data: {str(error).splitlines()[0]}") from None
    finally:
        for handle in handles:
            handle.remove()
    if "" not in found:
        raise UnknownLayer("the model takes or returns more than one tensor: take the part that gives one")
    return found


def _numeric(layer: Layer, values: Mapping[Symbol, float]) -> Layer:
    def bounds(size: Any) -> Bounds:
        known = {s: sp.Float(v) if v != float("inf") else sp.oo for s, v in values.items()}
        return Bounds(*(sp.N(v.xreplace(known)) for _, v in layer.bounds(size).items()))

    return Layer(layer.name, bounds)


class _Reader:
    """Walks a model and gives every module's constants in symbols, with their numbers beside."""

    def __init__(self, radius: float, known: dict[type[nn.Module], Reader], shapes: dict[str, Any]) -> None:
        if radius < 0:
            raise CompositionError(f"the radius about the present parameters is {radius}, which is negative")
        self.radius, self.known, self.shapes = radius, known, shapes
        self.values: dict[Symbol, float] = {}
        self.count = 0
        self.modules: list[nn.Module] = []
        """The module of each layer of the outermost chain."""
        self.inside = 0

    def symbol(self, letter: str, value: float) -> Symbol:
        """A positive symbol for a number of the layer at hand."""
        made = Symbol(f"{letter}_{self.count}", positive=True)
        self.values[made] = value
        return made

    def layers(self, module: nn.Module, name: str = "") -> list[Layer]:
        if isinstance(module, nn.Sequential) and type(module).forward is nn.Sequential.forward:
            self._unhooked(module, f"{name or 'model'} ({type(module).__name__})")
            parts = [(f"{name}.{n}" if name else n, child) for n, child in module.named_children()]
            return [layer for n, child in parts for layer in self.layers(child, n)]
        made = self.layer(module, name)
        if self.inside == 0:
            self.modules.append(module)
        return [made]

    def layer(self, module: nn.Module, name: str) -> Layer:
        self.count += 1
        label = f"{name or 'model'} ({type(module).__name__})"
        if name not in self.shapes and type(module) not in self.known:
            raise UnknownLayer(f"{label} was not called on the data: the calculus takes modules that are used once")
        given, out = self.shapes.get(name, ((), ()))
        for kind, reader in self.known.items():
            if isinstance(module, kind):
                return reader(label, module, given, out)
        if any(True for _ in getattr(module, "parametrizations", {})):
            raise UnknownLayer(
                f"{label} is reparametrised by torch, with ε = 0, which has no smoothness constant: "
                "use numerics.layers.NormalisedLinear, or give known={type: constants}"
            )
        if type(module).__module__.split(".")[0] not in ("torch", "numerics"):
            raise UnknownLayer(f"{label}: {_SUPPLY.format(type(module).__name__)}")
        self._unhooked(module, label)
        match module:
            case Residual():
                return self._residual(module, name, label)
            case NormalisedLinear():
                return self._normalised(module, label, given)
            case nn.Linear():
                return self._linear(module, label, given)
            case nn.Conv1d() | nn.Conv2d() | nn.Conv3d():
                return self._convolution(module, label, given, out)
            case nn.BatchNorm1d() | nn.BatchNorm2d() | nn.LayerNorm() | nn.GroupNorm() | nn.InstanceNorm2d():
                return self._normalisation(module, label, given)
            case nn.AvgPool2d() | nn.AdaptiveAvgPool2d() | nn.MaxPool2d():
                return self._pooling(module, label, given, out)
        if isinstance(module, PASSED) or (isinstance(module, nn.Dropout) and not module.training):
            return calculus.linear(label, 1)
        if isinstance(module, KINKED):
            if getattr(module, "min_val", 0) > 0 or getattr(module, "max_val", 0) < 0:
                raise UnknownLayer(f"{label} does not take 0 to 0")
            return calculus.entrywise(label, max(1, abs(getattr(module, "negative_slope", 1))), sp.oo)
        if type(module) in ACTIVATIONS:
            return self._activation(module, label, given)
        raise UnknownLayer(f"{label}: {_SUPPLY.format(type(module).__name__)}")

    def _unhooked(self, module: nn.Module, label: str) -> None:
        if module._forward_hooks or module._forward_pre_hooks or "forward" in module.__dict__:
            raise UnknownLayer(
                f"{label} carries hooks, as of weight_norm or spectral_norm, which may change what it does"
            )

    def _residual(self, module: Residual, name: str, label: str) -> Layer:
        dot = f"{name}." if name else ""
        scale = self.symbol("s", abs(module.scale))
        self.inside += 1
        body = calculus.sequential(label, self.layers(module.body, f"{dot}body"))
        shortcut = None
        if module.shortcut is not None:
            shortcut = calculus.sequential(label, self.layers(module.shortcut, f"{dot}shortcut"))
        self.inside -= 1
        return calculus.residual(label, body, scale, shortcut)

    def _bias(self, bias: Tensor | None, samples: int) -> Any:
        if bias is None:
            return 0
        return self.symbol("b", (float(bias.detach().norm()) + self.radius) * samples**0.5)

    def _linear(self, module: nn.Linear, label: str, given: tuple[int, ...]) -> Layer:
        samples = prod(given[:-1])
        R = self.symbol("R", _norm(module.weight) + self.radius)
        bias = self._bias(module.bias, samples)
        return calculus.affine(label, R, bias, samples=samples if module.bias is not None else 0)

    def _normalised(self, module: NormalisedLinear, label: str, given: tuple[int, ...]) -> Layer:
        rows, columns = module.V.shape
        norm = {"entry": rows * columns, "row": rows, "whole": 1}[module.by]
        samples = prod(given[:-1])
        if module.eps <= 0:
            raise CompositionError(f"{label} has ε = {module.eps}: without ε > 0 its derivative is unbounded at 0")
        eps = self.symbol("epsilon", module.eps)
        bias = self._bias(module.bias, samples)
        return calculus.normalised_affine(
            label, eps, sp.sqrt(norm), bias, samples=samples if module.bias is not None else 0
        )

    def _convolution(self, module: Any, label: str, given: tuple[int, ...], out: tuple[int, ...]) -> Layer:
        norm = max(_norm(block) for block in module.weight.flatten(1).chunk(module.groups))
        taps = convolution_taps(module, given)
        positions = prod(out) // module.out_channels
        bias = self._bias(module.bias, positions)
        R = self.symbol("R", norm + self.radius)
        return calculus.affine(label, R, bias, taps, positions if module.bias is not None else 0)

    def _normalisation(self, module: Any, label: str, given: tuple[int, ...]) -> Layer:
        entries = prod(given)
        if getattr(module, "running_var", None) is not None and not module.training:
            raise UnknownLayer(f"{label} is in evaluation mode, an affine map: call train()")
        match module:
            case nn.BatchNorm1d() | nn.BatchNorm2d():
                length = entries // module.num_features
            case nn.LayerNorm():
                length = prod(module.normalized_shape)
            case nn.GroupNorm():
                length = prod(given[1:]) // module.num_groups
            case _:
                length = prod(given[-2:])
        if module.eps <= 0:
            raise CompositionError(f"{label} has ε = {module.eps}: without ε > 0 its derivative is unbounded")
        eps = self.symbol("epsilon", module.eps)
        affine = module.weight is not None
        gain: Any = 1
        shift: Any = 0
        repeats = None
        if affine:
            gain = self.symbol("gamma", float(module.weight.detach().abs().max()) + self.radius)
            uses = entries // module.weight.numel()
            # each row of a batch has a γ and β of its own; elsewhere they are spread over rows
            repeats = None if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) else uses
            if module.bias is not None:
                shift = self.symbol("b", (float(module.bias.detach().norm()) + self.radius) * uses**0.5)
        return calculus.normalisation(label, eps, length, entries // length, gain, shift, affine, repeats)

    def _pooling(self, module: Any, label: str, given: tuple[int, ...], out: tuple[int, ...]) -> Layer:
        if isinstance(module, nn.AdaptiveAvgPool2d):
            if any(a % b for a, b in zip(given[-2:], out[-2:], strict=True)):
                raise UnknownLayer(f"{label}: pooling {given[-2:]} to {out[-2:]} has windows of several sizes")
            return calculus.linear(label, 1 / sp.sqrt(prod(given[-2:]) // prod(out[-2:])))
        pairs = (module.kernel_size, module.stride, getattr(module, "dilation", 1))
        kernel, stride, dilation = ((v, v) if isinstance(v, int) else v for v in pairs)
        windows = prod(map(overlap, kernel, stride, dilation))
        if isinstance(module, nn.MaxPool2d):
            return calculus.entrywise(label, sp.sqrt(windows), sp.oo)
        if module.divisor_override is not None:
            raise UnknownLayer(f"{label} divides by {module.divisor_override}: only means are known")
        # windows that reach over the border may be means of a single pixel
        whole = not module.ceil_mode and (module.count_include_pad or module.padding in (0, (0, 0)))
        return calculus.linear(label, sp.sqrt(sp.Rational(windows, prod(kernel) if whole else 1)))

    def _activation(self, module: nn.Module, label: str, given: tuple[int, ...]) -> Layer:
        name, at_zero, most = ACTIVATIONS[type(module)]
        if getattr(module, "beta", 1) != 1 or getattr(module, "approximate", "none") != "none":
            raise UnknownLayer(f"{label}: only the plain {name} is known, without β or approximation")
        lipschitz, smooth = (_upper(table[name]) for table in (LIPSCHITZ, SMOOTHNESS))
        # torch's softplus is x beyond its threshold, up to e^{−20}: its kink there is not seen in float64
        bound = most if most < float("inf") else sp.oo
        return calculus.entrywise(label, lipschitz, smooth, at_zero, prod(given), bound)


def _norm(weight: Tensor) -> float:
    return float(torch.linalg.matrix_norm(weight.detach().double(), 2))


def _upper(value: Any) -> Any:
    """The constant, or the upper end of its enclosure where it is known by digits."""
    if not isinstance(value, str):
        return value
    return sp.Rational(value) + sp.Rational(1, 10 ** len(value.split(".")[1]))
