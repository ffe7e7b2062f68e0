"""Layers in a row, and residual blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import Expr, sympify

from derivations.composition.bounds import Bounds, CompositionError, Layer, added, compose, identity, scaled


def chain(layers: Sequence[Layer], size: Any) -> list[Bounds]:
    """Bound the first k layers of a chain, for every k.

    Args:
        layers: At least one `Layer`, the first one first.
        size: The bound on the norm of the input.

    Returns:
        The `Bounds` of f_1, f_2∘f_1, …, one for each layer.

    Raises:
        CompositionError: There is no layer.

    Example:
        >>> from derivations.composition import chain, linear
        >>> [bounds.J for bounds in chain([linear("f", 2), linear("g", 3)], 1)]
        [2, 6]
    """
    if not layers:
        raise CompositionError("the chain has no layers to compose")
    total = identity(sympify(size))
    found = []
    used: frozenset[Any] = frozenset()
    for layer in layers:
        total = compose(total, layer.bounds(total.size), bool(used & layer.parameters))
        used |= layer.parameters
        found.append(total)
    return found


def sequential(name: str, layers: Sequence[Layer]) -> Layer:
    """Make one layer of several layers in a row.

    Args:
        name: The name in messages and tables.
        layers: At least one `Layer`, the first one first.

    Returns:
        The `Layer`.

    Example:
        >>> from derivations.composition import linear, sequential
        >>> sequential("both", [linear("f", 2), linear("g", 3)]).bounds(1).J
        6
    """
    return Layer(name, lambda size: chain(layers, size)[-1], frozenset().union(*(f.parameters for f in layers)))


def residual(name: str, body: Layer, scale: Any = 1, shortcut: Layer | None = None) -> Layer:
    """Make the layer x ↦ shortcut(x) + scale·body(x).

    Args:
        name: The name in messages and tables.
        body: The layer of the branch.
        scale: The factor before the branch, a real number.
        shortcut: The layer beside it; by default the identity.

    Returns:
        The `Layer`.

    Example:
        >>> from derivations.composition import linear, residual
        >>> residual("block", linear("body", 2), scale=3).bounds(1).J
        7
    """
    beside = shortcut.parameters if shortcut else frozenset()

    def bounds(size: Expr) -> Bounds:
        straight = shortcut.bounds(size) if shortcut else identity(size)
        return added(straight, scaled(body.bounds(size), scale), bool(beside & body.parameters))

    return Layer(name, bounds, beside | body.parameters)
