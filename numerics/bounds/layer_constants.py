"""The constants of single torch layers for the calculus of bounds: symbols, and their numbers."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import sympy as sp
import torch
from sympy import Symbol
from torch import Tensor, nn

from derivations import composition as calculus
from derivations.composition import CompositionError, Layer
from derivations.composition import layers as further
from numerics.bounds.activation_constants import OF_MODULES, Activation
from numerics.bounds.linear_maps import norm_and_shift, separable_norm
from numerics.bounds.weights import normalised_weight
from numerics.bounds.windows import convolution_taps, most_uses, overlap
from numerics.layers import NormalisedLinear

SUPPLY = (
    "the calculus does not know this type of layer; it needs bounds on its value, J, D, f_xx, f_xθ and f_θθ: give "
    "known={{{0}: lambda name, module, given, out: Layer(name, …)}}"
)
NORMS = (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
SOFTMAX = (nn.Softmax, nn.Softmin, nn.Softmax2d)
DROPOUT = (nn.modules.dropout._DropoutNd,)
POOLING = (nn.modules.pooling._MaxPoolNd, nn.modules.pooling._AdaptiveMaxPoolNd)
LINEAR = (
    nn.Identity, nn.Flatten, nn.Unflatten, nn.PixelShuffle, nn.PixelUnshuffle, nn.ChannelShuffle, nn.Fold, nn.Unfold,
    nn.modules.pooling._AvgPoolNd, nn.modules.pooling._AdaptiveAvgPoolNd, nn.Upsample,
    nn.modules.padding._ConstantPadNd, nn.modules.padding._ReflectionPadNd, nn.modules.padding._ReplicationPadNd,
    nn.modules.padding._CircularPadNd,
)  # fmt: skip
"""Fixed maps x ↦ Ax + c; A has no negative entry."""
WHY = {
    nn.RNNBase: "a recurrent layer multiplies by its weights in every step and has gates that are products",
    nn.RNNCellBase: "a recurrent cell has gates that are products, and its state is an input",
    nn.Hardshrink: "it jumps, so that it has no Lipschitz constant",
    nn.Threshold: "it may jump, so that it has no Lipschitz constant",
    nn.LocalResponseNorm: "its constants are not derived",
}


class UnknownLayer(CompositionError):
    """A layer whose constants the calculus does not know; the message says how to supply them."""


class LinearMap(nn.Module):
    """A fixed map of a function's, affine in x; its matrix has no negative entry."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


class Affine(LinearMap):
    """x ↦ Ax + c with ‖A‖ ≤ norm and ‖c‖ ≤ shift, for any signs."""

    def __init__(self, function: Callable[[Tensor], Tensor], norm: float, shift: float = 0.0) -> None:
        super().__init__(function)
        self.norm, self.shift = norm, shift


class EntrywiseLayer(LinearMap):
    """A function of every entry, with its constants."""

    def __init__(self, function: Callable[[Tensor], Tensor], constants: Activation) -> None:
        super().__init__(function)
        self.constants = constants
        self.least: float | None = None
        """A lower bound on all entries, where one is known."""


class Square(LinearMap):
    """x ↦ x²."""


class MatrixProduct(nn.Module):
    """x ↦ x @ W with the parameter W (inputs, outputs)."""

    def __init__(self, weight: nn.Parameter) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight


class LayerReader:
    """Reads the constants of layers, for all parameters within `radius`; `values` are the numbers of the symbols."""

    def __init__(self, radius: float) -> None:
        if radius < 0:
            raise CompositionError(f"the radius about the present parameters is {radius}, which is negative")
        self.radius = radius
        self.values: dict[Symbol, float] = {}
        self.count = 0

    def symbol(self, letter: str, value: float) -> Symbol:
        """A positive symbol for a number of the current layer."""
        made = Symbol(f"{letter}_{self.count}", positive=True)
        self.values[made] = value
        return made

    def layer(self, label: str, module: nn.Module, x: Tensor, out: tuple[int, ...]) -> Layer:
        """The constants of a module that took x. Raises UnknownLayer, CompositionError where there are none."""
        self.count += 1
        given = tuple(x.shape)
        weight = normalised_weight(module, self.radius, label)
        if weight is not None:
            return self._reparametrised(module, weight, label, given, out)
        if "parametrizations" in module._modules:
            raise UnknownLayer(f"{label} is reparametrised: weight_norm and spectral_norm of a weight alone are known")
        if isinstance(module, DROPOUT):
            if module.training and module.p > 0:
                raise UnknownLayer(f"{label} draws random numbers: call eval()")
            return calculus.linear(label, 1)
        if type(module) in OF_MODULES:
            return self._activation(label, module, OF_MODULES[type(module)](module), given)
        for kinds, read in self._readers():
            if isinstance(module, kinds):
                return read(module, label, x, out)
        why = next((words for kind, words in WHY.items() if isinstance(module, kind)), None)
        supply = SUPPLY.format(type(module).__name__)
        raise UnknownLayer(f"{label}: {why}; {supply.partition('; ')[2]}" if why else f"{label}: {supply}")

    def _readers(self) -> list[tuple[Any, Callable[[Any, str, Tensor, tuple[int, ...]], Layer]]]:
        return [
            (NormalisedLinear, self._normalised),
            (nn.Linear, lambda m, label, x, out: self._linear(m.weight, m.bias, label, tuple(x.shape))),
            (MatrixProduct, lambda m, label, x, out: self._linear(m.weight, None, label, tuple(x.shape))),
            ((*CONVOLUTIONS, *TRANSPOSED), self._convolution),
            (NORMS, self._normalisation),
            (POOLING, self._maxima),
            (nn.PReLU, self._two_slopes),
            (nn.Embedding, self._table),
            (nn.EmbeddingBag, self._bags),
            (SOFTMAX, lambda m, label, x, out: further.softmax(label, x.numel() // _length(m, x))),
            (nn.LogSoftmax, self._log_softmax),
            (nn.GLU, lambda m, label, x, out: further.gated(label)),
            (Square, lambda m, label, x, out: further.square(label)),
            (Affine, lambda m, label, x, out: self._offset(label, m.norm, m.shift)),
            (EntrywiseLayer, lambda m, label, x, out: self._activation(label, m, m.constants, tuple(x.shape))),
            ((LinearMap, *LINEAR), self._map),
        ]  # fmt: skip

    def _activation(self, label: str, module: nn.Module, found: Activation | None, given: tuple[int, ...]) -> Layer:
        if found is None:
            raise UnknownLayer(f"{label}: no constants for {module}, as in training mode or with such parameters")
        return calculus.entrywise(
            label, found.lipschitz, found.smoothness, found.at_zero, prod(given), found.most
        )  # fmt: skip

    def _bias(self, bias: Tensor | None, samples: int) -> Any:
        if bias is None:
            return 0
        return self.symbol("b", (float(bias.detach().norm()) + self.radius) * samples**0.5)

    def _linear(self, weight: Tensor, bias: Tensor | None, label: str, given: tuple[int, ...]) -> Layer:
        samples = prod(given[:-1])
        R = self.symbol("R", norm_of(weight) + self.radius)
        return calculus.affine(label, R, self._bias(bias, samples), samples=samples if bias is not None else 0)

    def _normalised(self, module: NormalisedLinear, label: str, x: Tensor, out: tuple[int, ...]) -> Layer:
        rows, columns = module.V.shape
        norm = {"entry": rows * columns, "row": rows, "whole": 1}[module.by]
        samples = prod(x.shape[:-1])
        if module.eps <= 0:
            raise CompositionError(f"{label} has ε = {module.eps}: without ε > 0 its derivative is unbounded at 0")
        eps = self.symbol("epsilon", module.eps)
        bias = self._bias(module.bias, samples)
        return calculus.normalised_affine(
            label, eps, sp.sqrt(norm), bias, samples=samples if module.bias is not None else 0
        )

    def _convolution(self, module: Any, label: str, x: Tensor, out: tuple[int, ...]) -> Layer:
        taps, positions = _taps(module, tuple(x.shape), out)
        norm = max(norm_of(block) for block in module.weight.flatten(1).chunk(module.groups))
        bias = self._bias(module.bias, positions)
        R = self.symbol("R", norm + self.radius)
        return calculus.affine(label, R, bias, taps, positions if module.bias is not None else 0)

    def _reparametrised(
        self, module: Any, weight: tuple[float, float, float], label: str, given: tuple[int, ...], out: tuple[int, ...]
    ) -> Layer:
        if isinstance(module, nn.Linear):
            taps, positions = 1, prod(given[:-1])
        else:
            taps, positions = _taps(module, given, out)
        R, S, T = (self.symbol(letter, value) for letter, value in zip("RST", weight, strict=True))
        bias = self._bias(module.bias, positions)
        return further.reparametrised(label, R, S, T, bias, taps, positions if module.bias is not None else 0)

    def _normalisation(self, module: Any, label: str, x: Tensor, out: tuple[int, ...]) -> Layer:
        given = tuple(x.shape)
        entries = prod(given)
        eps = module.eps if module.eps is not None else torch.finfo(x.dtype).eps
        if eps <= 0:
            raise CompositionError(f"{label} has ε = {eps}: without ε > 0 a normalisation's derivative is unbounded")
        if getattr(module, "running_var", None) is not None and not module.training:
            return self._frozen(module, label, entries)
        match module:
            case nn.LayerNorm() | nn.RMSNorm():
                length = prod(module.normalized_shape)
            case nn.GroupNorm():
                length = prod(given[1:]) // module.num_groups
            case nn.modules.batchnorm._BatchNorm():
                length = entries // module.num_features
            case _:  # instances: one without the batch's axis has an axis less
                length = prod(given[-_dimension(module) :])
        gain: Any = 1
        shift: Any = 0
        repeats = None
        symbol = self.symbol("epsilon", eps)
        if module.weight is not None:
            gain = self.symbol("gamma", float(module.weight.detach().abs().max()) + self.radius)
            uses = entries // module.weight.numel()
            # in a batch each row has its own γ and β; elsewhere they are spread over rows
            repeats = None if isinstance(module, nn.modules.batchnorm._BatchNorm) else uses
            if getattr(module, "bias", None) is not None:
                shift = self.symbol("b", (float(module.bias.detach().norm()) + self.radius) * uses**0.5)
        affine = module.weight is not None
        return calculus.normalisation(label, symbol, length, entries // length, gain, shift, affine, repeats)

    def _frozen(self, module: Any, label: str, entries: int) -> Layer:
        uses = entries // module.num_features
        mean = module.running_mean.detach().double()
        scale = (module.running_var.detach().double() + module.eps).rsqrt()
        s = self.symbol("s", float(scale.max()) * (1 + 1e-12))
        centre = float(mean.norm()) * uses**0.5
        if module.weight is None:
            return further.frozen_normalisation(label, s, 1, float((mean * scale).norm()) * uses**0.5)
        gain = float(module.weight.detach().abs().max()) + self.radius
        moved = float((mean * scale).norm())
        still = float((module.bias.detach() - module.weight.detach() * mean * scale).norm())
        shift = (still + self.radius * (1 + moved)) * uses**0.5
        return further.frozen_normalisation(
            label, s, self.symbol("gamma", gain), self.symbol("b", shift), self.symbol("m", centre), uses
        )

    def _maxima(self, module: Any, label: str, x: Tensor, out: tuple[int, ...]) -> Layer:
        axes = _dimension(module)
        if isinstance(module, nn.modules.pooling._AdaptiveMaxPoolNd):
            windows = prod(_adaptive_uses(n, m) for n, m in zip(x.shape[-axes:], out[-axes:], strict=True))
        else:
            stride = module.stride if module.stride is not None else module.kernel_size
            each = (_each(v, axes) for v in (module.kernel_size, stride, module.dilation))
            windows = prod(map(overlap, *each))
        return calculus.entrywise(label, sp.sqrt(windows), sp.oo)

    def _log_softmax(self, module: nn.LogSoftmax, label: str, x: Tensor, out: tuple[int, ...]) -> Layer:
        length = _length(module, x)
        return further.log_softmax(label, x.numel() // length, length)

    def _two_slopes(self, module: nn.PReLU, label: str, x: Tensor, out: tuple[int, ...]) -> Layer:
        slope = max(1.0, float(module.weight.detach().abs().max()) + self.radius)
        return further.two_slopes(label, self.symbol("a", slope))

    def _table(self, module: nn.Embedding, label: str, x: Tensor, out: tuple[int, ...]) -> Layer:
        if module.max_norm is not None:
            raise UnknownLayer(f"{label} changes its table when it is used: give max_norm=None")
        most = float(module.weight.detach().norm(dim=1).max()) + self.radius
        return further.table(label, self.symbol("R", most), x.numel())

    def _bags(self, module: nn.EmbeddingBag, label: str, x: Tensor, out: tuple[int, ...]) -> Layer:
        if module.max_norm is not None or x.ndim != 2:
            raise UnknownLayer(f"{label}: known for bags of one length, and tables that do not change when used")
        most = float(module.weight.detach().norm(dim=1).max()) + self.radius
        each = {"sum": x.shape[1], "mean": 1, "max": x.shape[1] ** 0.5}[module.mode]
        return further.bags(label, self.symbol("R", most), len(x), each, module.mode == "max")

    def _map(self, module: nn.Module, label: str, x: Tensor, out: tuple[int, ...]) -> Layer:
        if isinstance(module, nn.Upsample) and module.mode == "bicubic":
            return calculus.linear(label, self.symbol("a", separable_norm(module, x)))
        return self._offset(label, *norm_and_shift(module, x))

    def _offset(self, label: str, norm: float, shift: float) -> Layer:
        scale = 1 if abs(norm - 1) < 1e-9 else self.symbol("s", norm)
        return further.offset(label, scale, self.symbol("c", shift) if shift else 0)


def norm_of(weight: Tensor) -> float:
    """The spectral norm."""
    return float(torch.linalg.matrix_norm(weight.detach().double(), 2))


def _taps(module: Any, given: tuple[int, ...], out: tuple[int, ...]) -> tuple[int, int]:
    """The square of the norm of the patches that a convolution sees, and how often its bias is added."""
    positions = prod(out) // module.out_channels
    if not isinstance(module, TRANSPOSED):
        return convolution_taps(module, given), positions
    # the transpose of a convolution on images of the output's size
    settings: Any = (module.kernel_size, module.stride, module.dilation, module.padding)
    axes = zip(out[-_dimension(module) :], *settings, strict=True)
    return prod(max(1, most_uses(n, k, s, d, p, p, "zeros")) for n, k, s, d, p in axes), positions


def _dimension(module: nn.Module) -> int:
    """Of images, from the class's name: 1d, 2d or 3d."""
    return next(int(kind.__name__[-2]) for kind in type(module).__mro__ if kind.__name__[-2:] in ("1d", "2d", "3d"))


def _each(value: Any, axes: int) -> tuple[int, ...]:
    return (value,) * axes if isinstance(value, int) else tuple(value)


def _adaptive_uses(length: int, windows: int) -> int:
    """How many of the windows ⌊i n/m⌋ … ⌈(i + 1)n/m⌉ one entry is in."""
    uses = [0] * length
    for i in range(windows):
        for k in range(i * length // windows, -(-(i + 1) * length // windows)):
            uses[k] += 1
    return max(uses)


def _length(module: Any, x: Tensor) -> int:
    """Of the rows that a softmax is taken of."""
    axis = module.dim if getattr(module, "dim", None) is not None else -3 if isinstance(module, nn.Softmax2d) else None
    if axis is None:  # an old choice of torch
        axis = 0 if x.ndim in (0, 1, 3) else 1
    return int(x.shape[axis])
