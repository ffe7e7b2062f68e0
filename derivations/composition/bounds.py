"""Bounds of a layer, and the bounds of compositions, sums and products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Max, S, oo, sqrt, sympify


class CompositionError(ValueError):
    """Constants that no layer can have; the message names the layer and the remedy."""


@dataclass(frozen=True)
class Bounds:
    """Bounds on a layer f(θ, x) for every admissible θ and every ‖x‖ ≤ r: six numbers ≥ 0, or infinity.

    Args:
        size: A bound on ‖f‖.
        J: A bound on ‖∂f/∂x‖.
        D: A bound on ‖∂f/∂θ‖.
        xx: A bound on the second derivative in x.
        xt: A bound on the mixed second derivative.
        tt: A bound on the second derivative in θ.

    Raises:
        CompositionError: A bound is negative.

    Example:
        >>> from derivations.composition import Bounds
        >>> Bounds(size=3, J=1, D=0, xx=0, xt=0, tt=0).size
        3
    """

    size: Expr
    J: Expr
    D: Expr
    xx: Expr
    xt: Expr
    tt: Expr

    def __post_init__(self) -> None:
        for name in ("size", "J", "D", "xx", "xt", "tt"):
            value = sympify(getattr(self, name))
            if value.is_negative:
                raise CompositionError(f"the bound {name} = {value} is negative")
            object.__setattr__(self, name, value)

    def items(self) -> tuple[tuple[str, Expr], ...]:
        """The six names, each with its bound."""
        return tuple((name, getattr(self, name)) for name in ("size", "J", "D", "xx", "xt", "tt"))


@dataclass(frozen=True)
class Layer:
    """A layer of the calculus.

    Args:
        name: The name in messages and tables.
        bounds: The layer's `Bounds` as a function of the bound r on ‖x‖.
        parameters: Objects that identify its parameters; layers with a common one share parameters.

    Example:
        >>> from derivations.composition import Layer, identity
        >>> Layer("identity", identity).bounds(3).J
        1
    """

    name: str
    bounds: Callable[[Expr], Bounds]
    parameters: frozenset[Any] = frozenset()


def times(a: Expr, b: Expr) -> Expr:
    """Multiply two bounds, with 0·∞ = 0.

    Args:
        a: A number ≥ 0 or infinity.
        b: Another one.

    Returns:
        The product: a quantity that is bounded by 0 is 0, whatever it is multiplied by.

    Example:
        >>> from sympy import oo
        >>> from derivations.composition import times
        >>> times(0, oo)
        0
    """
    a, b = sympify(a), sympify(b)
    return S.Zero if a == 0 or b == 0 else a * b


def largest_eigenvalue(a: Expr, b: Expr, c: Expr) -> Expr:
    """Compute the larger eigenvalue of the matrix [[a, b], [b, c]].

    Args:
        a: A number ≥ 0 or infinity.
        b: Another one.
        c: Another one.

    Returns:
        The eigenvalue: the largest value of a p² + 2b p q + c q² for p² + q² = 1.

    Example:
        >>> from derivations.composition import largest_eigenvalue
        >>> largest_eigenvalue(2, 1, 2)
        3
    """
    a, b, c = map(sympify, (a, b, c))
    if oo in (a, b, c):
        return oo
    if b == 0:
        return Max(a, c)
    return (a + c + sqrt((a - c) ** 2 + 4 * b**2)) / 2


def hypotenuse(a: Expr, b: Expr) -> Expr:
    """Compute √(a² + b²), simplified where one of them is zero.

    Args:
        a: A number ≥ 0 or infinity.
        b: Another one.

    Returns:
        The root, as a SymPy expression.

    Example:
        >>> from derivations.composition import hypotenuse
        >>> hypotenuse(3, 4)
        5
    """
    a, b = sympify(a), sympify(b)
    if oo in (a, b):
        return oo
    return b if a == 0 else a if b == 0 else sqrt(a**2 + b**2)


def compose(f: Bounds, g: Bounds, shared: bool = False) -> Bounds:
    """Bound the composition g∘f.

    Args:
        f: The bounds of f.
        g: The bounds of g for inputs of norm at most f.size.
        shared: Whether f and g have parameters in common.

    Returns:
        The `Bounds` of g∘f.

    Source:
        MacDonald, Valmadre, Saratchandran and Lucey 2023 (arXiv:2210.05371), Section 3.

    Example:
        >>> from derivations.composition import compose, linear
        >>> compose(linear("f", 2).bounds(1), linear("g", 3).bounds(2)).J
        6
    """
    through = times(g.J, f.D)
    mixed = times(g.J, f.xt) + times(times(g.xx, f.J), f.D)
    bent = times(g.J, f.tt) + times(g.xx, f.D**2)
    crossed = times(g.xt, f.D)
    return Bounds(
        size=g.size,
        J=times(g.J, f.J),
        D=through + g.D if shared else hypotenuse(through, g.D),
        xx=times(g.J, f.xx) + times(g.xx, f.J**2),
        xt=mixed + times(g.xt, f.J) if shared else hypotenuse(mixed, times(g.xt, f.J)),
        tt=bent + 2 * crossed + g.tt if shared else largest_eigenvalue(bent, crossed, g.tt),
    )


def added(f: Bounds, g: Bounds, shared: bool = False) -> Bounds:
    """Bound the sum f + g, such as a branch and a shortcut.

    Args:
        f: The bounds of f.
        g: The bounds of g for the same inputs.
        shared: Whether f and g have parameters in common.

    Returns:
        The `Bounds` of f + g.

    Example:
        >>> from derivations.composition import added, identity, linear
        >>> added(identity(1), linear("g", 3).bounds(1)).J
        4
    """
    if shared:
        return Bounds(*(a + b for (_, a), (_, b) in zip(f.items(), g.items(), strict=True)))
    D, xt = hypotenuse(f.D, g.D), hypotenuse(f.xt, g.xt)
    return Bounds(f.size + g.size, f.J + g.J, D, f.xx + g.xx, xt, Max(f.tt, g.tt))


def joined(f: Bounds, g: Bounds, shared: bool = False) -> Bounds:
    """Bound the pair (f, g), the concatenation of two outputs.

    Args:
        f: The bounds of f.
        g: The bounds of g for the same inputs.
        shared: Whether f and g have parameters in common.

    Returns:
        The `Bounds` of (f, g).

    Example:
        >>> from derivations.composition import joined, linear
        >>> joined(linear("f", 3).bounds(1), linear("g", 4).bounds(1)).J
        5
    """
    size, J, D, xx, xt, tt = (hypotenuse(a, b) for (_, a), (_, b) in zip(f.items(), g.items(), strict=True))
    return Bounds(size, J, D if shared else Max(f.D, g.D), xx, xt, tt if shared else Max(f.tt, g.tt))


def multiplied(f: Bounds, g: Bounds) -> Bounds:
    """Bound any product with ‖f·g‖ ≤ ‖f‖‖g‖: of entries, of matrices, or of batches of these.

    Args:
        f: The bounds of f.
        g: The bounds of g for the same inputs.

    Returns:
        The `Bounds` of f·g.

    Example:
        >>> from derivations.composition import identity, multiplied
        >>> multiplied(identity(3), identity(3)).J  # of x², for |x| ≤ 3
        6
    """

    def each(a: Expr, b: Expr, c: Expr = S.One, d: Expr = S.One) -> Expr:
        return times(a, g.size) + times(f.size, b) + times(c, d)

    return Bounds(
        size=times(f.size, g.size),
        J=each(f.J, g.J, S.Zero),
        D=each(f.D, g.D, S.Zero),
        xx=each(f.xx, g.xx, 2 * f.J, g.J),
        xt=each(f.xt, g.xt, f.J, g.D) + times(f.D, g.J),
        tt=each(f.tt, g.tt, 2 * f.D, g.D),
    )


def scaled(f: Bounds, factor: Any) -> Bounds:
    """Bound a multiple of f.

    Args:
        f: The bounds of f.
        factor: A real number.

    Returns:
        The `Bounds` of factor·f.

    Example:
        >>> from derivations.composition import identity, scaled
        >>> scaled(identity(1), -2).J
        2
    """
    return Bounds(*(times(abs(sympify(factor)), value) for _, value in f.items()))


def identity(size: Expr) -> Bounds:
    """Give the bounds of x ↦ x.

    Args:
        size: The bound on ‖x‖.

    Returns:
        The `Bounds`.

    Example:
        >>> from derivations.composition import identity
        >>> identity(5).size
        5
    """
    return Bounds(size, S.One, S.Zero, S.Zero, S.Zero, S.Zero)


def least(a: Expr, b: Expr) -> Expr:
    """Choose the smaller of two bounds.

    Args:
        a: A number ≥ 0, infinity or an expression.
        b: Another one.

    Returns:
        The smaller one if both are numbers; otherwise one that is a valid bound, the number if there is one.

    Example:
        >>> from derivations.composition import least
        >>> least(2, 1)
        1
    """
    a, b = sympify(a), sympify(b)
    if a.is_number and b.is_number:
        return a if a <= b else b
    return b if b.is_number else a
