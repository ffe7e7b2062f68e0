"""Activations as numbers: a SymPy expression, a SymPy function, a name or a Python function made callable."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from derivations.activations import ACTIVATIONS, Activation, X
from derivations.arguments import shown
from derivations.integrals.polar import KINKED
from numerics.values.evaluate import EvaluationError, evaluate
from numerics.values.overflow import in_range, without_overflow

Array = NDArray[np.float64]

PROBE = np.linspace(-6.0, 6.0, 241) + 0.0137
MIXED = 1e-12
"""Relative difference of values that SIMD lanes may make; beyond it a function looks at other entries."""


class ActivationError(ValueError):
    """What was given is no activation: not a function of one variable, NaN somewhere, or not integrable."""


@dataclass(frozen=True, eq=False)
class ScalarFunction:
    """A function R → R on NumPy arrays, entry by entry; `expr` is its SymPy form in X, if it has one.

    `kinks` are the points at which it is not smooth, as far as they are known. Two are equal if their
    expressions are, so that what was computed for one is found again for the other.
    """

    name: str
    value: Callable[[Array], Array]
    expr: sp.Expr | None = None
    kinks: tuple[float, ...] = ()

    @property
    def _key(self) -> tuple[Any, ...]:
        return (self.expr if self.expr is not None else self.value, self.kinks)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ScalarFunction) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __call__(self, x: Array) -> Array:
        found = np.asarray(self.value(x), dtype=float)
        return np.broadcast_to(found, np.shape(x)) if found.shape != np.shape(x) else found

    @cached_property
    def derivative(self) -> ScalarFunction | None:
        """σ′ by SymPy, None for a Python function."""
        return None if self.expr is None else from_expression(self.expr.diff(X), f"{self.name}′", self.kinks)


def scalar_function(given: Any) -> ScalarFunction:
    """The function that a user names.

    Accepted are a name from `ACTIVATIONS`, an `Activation`, a SymPy expression in one symbol, a SymPy
    function class such as `sympy.tanh`, and a Python function that maps a NumPy array to one of the same
    shape. Raises ActivationError for anything else, for more than one variable, and for NaN.
    """
    if isinstance(given, ScalarFunction):
        return given
    if isinstance(given, str):
        if given not in ACTIVATIONS:
            raise ActivationError(f"no activation '{given}'; there are {', '.join(ACTIVATIONS)}")
        given = ACTIVATIONS[given]
    if isinstance(given, Activation):
        return from_expression(given.expr, given.name)
    if isinstance(given, type) and issubclass(given, sp.Function):
        try:
            return from_expression(given(X), given.__name__)
        except TypeError as error:
            raise ActivationError(f"{given.__name__} is not a function of one variable: {error}") from None
    if isinstance(given, sp.Basic):
        return from_expression(given, str(given))
    if callable(given):
        return _from_python(given)
    raise ActivationError(f"{shown(given)} is not an activation: give a name, a SymPy expression or a function")


def from_expression(expr: Any, name: str, kinks: tuple[float, ...] = ()) -> ScalarFunction:
    """A SymPy expression in one symbol; raises ActivationError otherwise."""
    free = sorted(expr.free_symbols, key=str)
    if len(free) > 1:
        raise ActivationError(f"{name} is not a function of one variable: it has {', '.join(map(str, free))}")
    own = expr.xreplace({free[0]: X}) if free else sp.sympify(expr)
    own = without_overflow(own)

    def value(x: Array) -> Array:
        found: Array = in_range(evaluate(own, {X: x}), x, lambda y: evaluate(own, {X: y}, "longdouble"))
        return found

    made = ScalarFunction(name, value, own, tuple(sorted({*_kinks(own), *kinks})))
    try:
        _look(made)
    except EvaluationError as error:
        raise ActivationError(f"{name} cannot be evaluated: {error}") from None
    return made


def takes_tensors(function: Any) -> bool:
    """Whether it is a function or module of torch."""
    return any(c.__module__.split(".")[0] == "torch" for c in type(function).__mro__) or (
        (getattr(function, "__module__", None) or "").split(".")[0] == "torch"
    )


def on_tensors(function: Callable[..., Any]) -> Callable[[Array], Array]:
    """A function of torch as one of NumPy arrays, in float64."""
    import torch

    if isinstance(function, torch.nn.Module):
        function = deepcopy(function).double()

    def call(x: Array) -> Array:
        with torch.no_grad():
            return np.asarray(function(torch.as_tensor(np.asarray(x, dtype=float))).numpy())

    return call


def _from_python(function: Callable[..., Any]) -> ScalarFunction:
    """A Python function of one array, made safe: it gets a flat copy, and its own errors come in one line."""
    name = getattr(function, "__name__", None) or type(function).__name__
    call = on_tensors(function) if takes_tensors(function) else function

    def value(x: Array) -> Array:
        try:
            # a copy, since a function may work in place, and flat, since it may loop over its entries
            found = np.asarray(call(np.array(x, dtype=float).ravel()))
        except TypeError as error:
            raise ActivationError(f"{name} is not a function of one array: {error}") from None
        except Exception as error:
            raise ActivationError(f"{name} fails on an array: {type(error).__name__}: {error}") from None
        if found.shape != (np.size(x),) or not np.isrealobj(found) or found.dtype == object:
            shape = (np.size(x),)
            raise ActivationError(f"{name} maps shape {shape} to {found.shape} ({found.dtype}), not to real numbers")
        if found.dtype.kind == "f" and found.dtype.itemsize < 8:
            raise ActivationError(f"{name} computes in {found.dtype}: further digits are wrong; let it return float64")
        wide: Array = in_range(found.astype(float), np.ravel(x), lambda y: np.asarray(call(y)))
        return wide.reshape(np.shape(x))

    made = ScalarFunction(name, Python(function, value))
    _look(made)
    _entry_by_entry(made)
    return made


@dataclass(frozen=True)
class Python:
    """A user's function behind its guard; two are equal if the user's functions are."""

    function: Callable[..., Any]
    guarded: Callable[[Array], Array] = field(compare=False)

    def __call__(self, x: Array) -> Array:
        return self.guarded(x)


def _entry_by_entry(f: ScalarFunction) -> None:
    """Refuse what gives other values a second time, or what mixes the entries of an array."""
    with np.errstate(all="ignore"):
        once, again = f(PROBE), f(PROBE)
        alone = np.concatenate([f(PROBE[:60]), f(PROBE[60:][::-1])[::-1]])
    if not np.array_equal(once, again, equal_nan=True):
        raise ActivationError(f"{f.name} gives different values each time: an activation is a fixed function")
    size = np.abs(once) + np.nanmax(np.where(np.isfinite(once), np.abs(once), 0.0))
    if (np.abs(once - alone) > MIXED * size).any():
        raise ActivationError(f"{f.name} mixes the entries of an array: an activation acts on each entry separately")


def _look(f: ScalarFunction) -> None:
    with np.errstate(all="ignore"):
        values = f(PROBE)
    if np.isnan(values).any():
        raise ActivationError(f"{f.name} is NaN at {PROBE[np.isnan(values)][0]:.3g}")


def _branches(expr: Any) -> list[Any]:
    """The expressions that a nested Max or Min may be equal to."""
    inner = next((f for f in sp.preorder_traversal(expr) if isinstance(f, sp.Max | sp.Min)), None)
    if inner is None:
        return [expr]
    return [b for a in inner.args for b in _branches(expr.xreplace({inner: a}))]


def _kinks(expr: Any) -> tuple[float, ...]:
    """Zeros of linear arguments of relu, step, |·|, … and of differences in Max, Min and Piecewise."""
    arguments = [f.args[0] for f in expr.atoms(*KINKED)]
    for f in expr.atoms(sp.Max, sp.Min):
        branches = [b for a in f.args for b in _branches(a)]
        arguments += [a - b for a in branches for b in branches if a != b]
    for piece in expr.atoms(sp.Piecewise):
        arguments += [r.lhs - r.rhs for _, c in piece.args for r in c.atoms(sp.core.relational.Relational)]
    found = set()
    for argument in arguments:
        slope = argument.diff(X)
        if slope.is_number and slope != 0:
            found.add(float(-argument.xreplace({X: sp.S.Zero}) / slope))
    return tuple(sorted(found))
