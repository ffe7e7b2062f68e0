"""Kinds of numerical arguments: arrays, shapes, models, generators. See `derivations.arguments`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp
from flint import arb

from derivations.activations import X
from derivations.arguments import Kind, Unfit, plain_number, scalar, table, whole
from numerics.values.ball_integrals.strips import number_ball

MOST_LAYERS = 100_000
"""Layers that a recursion goes through: more take hours."""


def _is_tensor(value: Any) -> bool:
    """Whether it is a torch tensor, which there is none of before torch is imported: balls and arrays need no torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def module(value: Any) -> Any:
    """A torch module."""
    from torch import nn

    if not isinstance(value, nn.Module):
        raise Unfit("not a torch module")
    return value


def convolution(value: Any) -> Any:
    """A convolution layer."""
    from torch import nn

    plain, transposed = nn.Conv1d | nn.Conv2d | nn.Conv3d, nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d
    if not isinstance(value, plain | transposed):
        raise Unfit("not a convolution of torch's")
    if any(p.is_complex() for p in value.parameters()):
        raise Unfit("a convolution with complex weights; real ones are needed")
    return value


def path(value: Any) -> Any:
    """The name of a file or folder; the empty name is allowed."""
    if not isinstance(value, str | Path) or "\0" in str(value):
        raise Unfit("not a path")
    return value


def tensor(value: Any) -> Any:
    """A torch tensor of floating-point numbers, or a NumPy array of them as one."""
    import torch

    found = torch.from_numpy(value) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value
    if not isinstance(found, torch.Tensor) or not found.is_floating_point():
        raise Unfit("not a tensor of floating-point numbers")
    return found


def batch(value: Any) -> Any:
    """What a model takes: a tensor, also of whole numbers as of words, an array, or several of them in a structure."""
    if isinstance(value, np.ndarray):
        return tensor(value)
    if value is None or isinstance(value, str | bytes | bool | int | float | complex):
        raise Unfit("not a tensor, nor several of them")
    return value


def array(*axes: int) -> Kind:
    """Real numbers, as a float64 array with so many axes, or of one of several counts of axes; none empty."""

    def kind(value: Any) -> Any:
        found = value.detach().cpu().numpy() if _is_tensor(value) else value
        if isinstance(found, str | bytes | dict | set) or found is None:
            raise Unfit("not an array of real numbers")
        try:
            found = np.asarray(found)
            kept = np.asarray(found, dtype=float) if found.dtype.kind in "iufO" else None
        except (TypeError, ValueError, OverflowError, RuntimeError):
            raise Unfit("not an array of real numbers") from None
        if kept is None:
            raise Unfit(
                "complex; real numbers are needed" if found.dtype.kind == "c" else "not an array of real numbers"
            )
        if axes and kept.ndim not in axes:
            raise Unfit(f"{kept.ndim} axes; {' or '.join(map(str, axes))} are needed")
        if kept.size == 0:
            raise Unfit("empty: n ≥ 1 is needed")
        return kept

    return kind


def inputs(value: Any) -> Any:
    """Inputs (n, d) as they are worked with: a torch tensor stays one, everything else becomes a NumPy array."""
    if _is_tensor(value):
        if value.is_complex():
            raise Unfit("complex; real numbers are needed")
        return value
    return array()(value)


def shape(value: Any) -> tuple[int, ...]:
    """The lengths of the axes of an image; a single number is one axis."""
    given = value if isinstance(value, tuple | list) else (value,)
    return tuple(map(whole(1), given))


def reals(value: Any) -> list[float]:
    """Several finite real numbers, or one by itself."""
    found = array(0, 1)(value)
    if not np.isfinite(found).all():
        raise Unfit("not finite numbers")
    return [float(v) for v in np.atleast_1d(found)]


def wholes(least: int, most: int) -> Kind:
    """Several whole numbers, or one by itself."""
    one = whole(least, most)
    return lambda value: [one(v) for v in np.atleast_1d(array(0, 1)(value))]


def generator(value: Any) -> Any:
    """A torch generator."""
    import torch

    if not isinstance(value, torch.Generator):
        raise Unfit("not a torch.Generator; write torch.Generator().manual_seed(0)")
    return value


def draws(value: Any) -> Any:
    """A torch generator, or one for each network."""
    if isinstance(value, list | tuple) and value:
        return [generator(v) for v in value]
    return generator(value)


def ball(value: Any) -> Any:
    """A real number or a ball of Arb, as a ball."""
    if isinstance(value, arb):
        return value
    if isinstance(value, sp.Expr) and value.is_number and value.is_real:
        return number_ball(value)
    found = arb(plain_number(value))
    if not found.is_finite():
        raise Unfit("not a finite number")
    return found


def variance_ball(value: Any) -> Any:
    """A ball of positive numbers."""
    found = ball(value)
    if not found > 0:
        raise Unfit("not positive")
    return found


def balls(value: Any) -> Any:
    """A square matrix of balls or numbers, row by row."""
    rows = value.tolist() if isinstance(value, np.ndarray) else value
    if not isinstance(rows, list | tuple) or not rows or any(not isinstance(r, list | tuple) for r in rows):
        raise Unfit("not a matrix, row by row")
    if any(len(row) != len(rows) for row in rows):
        raise Unfit("not square")
    return [[ball(e) for e in row] for row in rows]


def integers(value: Any) -> Any:
    """Vectors of whole numbers (n, d), none of them zero."""
    found = array(2)(value)
    if not (np.isfinite(found).all() and (found == np.round(found)).all() and (np.abs(found) < 2**53).all()):
        raise Unfit("not whole numbers")
    if not found.any(1).all():
        raise Unfit("one of the vectors is zero")
    return np.asarray(value) if isinstance(value, np.ndarray) and value.dtype.kind == "i" else found.astype(np.int64)


def activation(value: Any) -> Any:
    """A function of the one variable X of activations."""
    found = scalar(value)
    if isinstance(found, sp.Lambda):
        raise Unfit("a Lambda; give its expression in derivations.activations.X")
    if not found.free_symbols <= {X}:
        raise Unfit("not a function of the variable derivations.activations.X")
    return found


def layer_types(value: Any) -> Any:
    """Functions by the type of layer that they read."""
    found = table(value)
    if not all(isinstance(t, type) and callable(f) for t, f in found.items()):
        raise Unfit("not a mapping of types of layers to functions")
    return found
