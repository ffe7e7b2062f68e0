"""What the calculus of bounds needs of activations: sup |σ′|, sup |σ″|, |σ(0)| and sup |σ|."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp
from torch import nn

from derivations.activations import LIPSCHITZ, SMOOTHNESS


@dataclass(frozen=True)
class Activation:
    """Upper bounds; ∞ for the smoothness of a function with a kink and for the size of an unbounded one."""

    lipschitz: Any
    smoothness: Any = sp.oo
    at_zero: Any = 0
    most: Any = sp.oo


LOG2 = 0.6931471805599454
"""log 2, rounded up."""


def _upper(value: Any) -> Any:
    """The constant, or the upper end of its enclosure where it is known by digits."""
    if not isinstance(value, str):
        return value
    return sp.Rational(value) + sp.Rational(1, 10 ** len(value.split(".")[1]))


def _named(name: str, at_zero: Any = 0, most: Any = sp.oo) -> Activation:
    """One whose constants are statements of du2018."""
    return Activation(_upper(LIPSCHITZ[name]), _upper(SMOOTHNESS[name]), at_zero, most)


def _gelu(m: Any) -> Activation:
    return _named("gelu") if m.approximate == "none" else Activation(1.129, 0.79789)


def _elu(m: Any) -> Activation:
    return Activation(max(1.0, abs(m.alpha)), 1 if m.alpha == 1 else sp.oo)


def _celu(m: Any) -> Activation | None:
    return Activation(1, 1 / m.alpha) if m.alpha > 0 else None


def _hardtanh(m: Any) -> Activation:
    low, high = m.min_val, m.max_val
    return Activation(1, sp.oo, abs(min(max(0.0, low), high)), max(abs(low), abs(high)))


def _softplus(m: Any) -> Activation | None:
    # torch's softplus is x beyond its threshold, where it is off by e^{−threshold}: no more than its rounding
    return Activation(1, m.beta / 4, LOG2 / m.beta) if m.beta > 0 and m.threshold >= 20 else None


OF_MODULES: dict[type[nn.Module], Callable[[Any], Activation | None]] = {
    nn.Tanh: lambda m: _named("tanh", most=1),
    nn.Sigmoid: lambda m: _named("sigmoid", sp.Rational(1, 2), 1),
    nn.Softplus: _softplus,
    nn.GELU: _gelu,
    nn.SiLU: lambda m: _named("silu"),
    nn.ReLU: lambda m: Activation(1),
    nn.ReLU6: lambda m: Activation(1, sp.oo, 0, 6),
    nn.LeakyReLU: lambda m: Activation(max(1, abs(m.negative_slope))),
    nn.RReLU: lambda m: None if m.training else Activation(max(1.0, abs(m.lower + m.upper) / 2)),
    nn.Hardtanh: _hardtanh,
    nn.ELU: _elu,
    nn.CELU: _celu,
    nn.SELU: lambda m: Activation(1.7581),
    nn.Mish: lambda m: Activation(1.0885, 0.64421),
    nn.Hardswish: lambda m: Activation(1.5),
    nn.Hardsigmoid: lambda m: Activation(sp.Rational(1, 6), sp.oo, sp.Rational(1, 2), 1),
    nn.Softsign: lambda m: Activation(1, 2, 0, 1),
    nn.Tanhshrink: lambda m: Activation(1, _upper(SMOOTHNESS["tanh"])),
    nn.LogSigmoid: lambda m: Activation(1, sp.Rational(1, 4), LOG2),
    nn.Softshrink: lambda m: Activation(1),
}
"""None where an activation has no such constants as it is set."""
OF_FUNCTIONS: dict[str, Activation] = {
    "sin": Activation(1, 1, 0, 1),
    "cos": Activation(1, 1, 1, 1),
    "atan": _named("arctan", most=1.5708),
    "arctan": _named("arctan", most=1.5708),
    "erf": _named("erf", most=1),
    "abs": Activation(1),
    "absolute": Activation(1),
    "asinh": Activation(1, 1),
    "arcsinh": Activation(1, 1),
}
