"""On what a theorem is evaluated: data, sizes and chances, and what a paper measures there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from derivations.arguments import InputError, fitted, function, optional, whole
from numerics.data import Dataset


@dataclass(frozen=True)
class Setting:
    """The data and sizes for which a theorem is evaluated.

    Args:
        data: The inputs, of norm one, with their labels.
        depth: The number of hidden layers.
        width: The width of the networks on which constants are measured.
        delta: The chance with which the theorem may fail, between 0 and 1.
        epsilon: The loss that is asked for, as a share of the first, between 0 and 1.
        activation: The name of the activation.
        seed: The seed of all random numbers.
        device: "cpu" or "cuda".
        given: Values of data by the names of their symbols, instead of those computed.

    Example:
        >>> from checks.measurable import Setting
        >>> from numerics.data import sphere
        >>> len(Setting(sphere(4, 10, 0)).data)
        4
    """

    data: Dataset
    depth: int = 3
    width: int = 512
    delta: float = 0.1
    epsilon: float = 0.01
    activation: str = "softplus"
    seed: int = 0
    device: str = "cpu"
    given: Mapping[str, Any] = field(default_factory=dict)


Numbers = Mapping[str, Any]


@dataclass(frozen=True)
class TheoremReading:
    """What data give to a theorem, and what is measured of its constants.

    Args:
        data: A function of the setting: the value of each datum of the theorem, by the name of its symbol.
        measured: A function of the setting and of all constants: the sharpest value of some of them there, by name.
        needed: A function of the same two: what is seen to be needed of width, step or iterations, by name.
        depth: The number of hidden layers where none is asked for.

    Example:
        >>> from checks.measurable import TheoremReading
        >>> TheoremReading(lambda setting: {"n": len(setting.data)}).measured is None
        True
    """

    data: Callable[[Setting], Numbers]
    measured: Callable[[Setting, Numbers], Numbers] | None = None
    needed: Callable[[Setting, Numbers], Numbers] | None = None
    depth: int = 3

    def __post_init__(self) -> None:
        fitted("data", self.data, function, InputError)
        for name in ("measured", "needed"):
            fitted(name, getattr(self, name), optional(function), InputError)
        fitted("depth", self.depth, whole(1), InputError)
