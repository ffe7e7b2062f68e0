"""Constants of the usual layers: linear and affine maps, normalised weights, activations, normalisation."""

from __future__ import annotations

from typing import Any

from sympy import Expr, oo, sqrt, sympify

from derivations.composition.bounds import Bounds, CompositionError, Layer, hypotenuse, least, times

SECOND = 48 * sqrt(5) / 125
"""sup |en″| at ε = 1: the sharp constant of every normalisation (macdonald2023, Section 4)."""


def linear(name: str, norm: Any) -> Layer:
    """Make a fixed linear layer, such as pooling, flattening or padding.

    Args:
        name: The name in messages and tables.
        norm: A bound on its operator norm, ≥ 0.

    Returns:
        The `Layer`, without parameters.

    Example:
        >>> from derivations.composition import linear
        >>> linear("pool", 2).bounds(3).size
        6
    """
    return Layer(name, lambda size: Bounds(times(norm, size), norm, 0, 0, 0, 0))


def affine(name: str, radius: Any, bias: Any = 0, taps: Any = 1, samples: Any = 0) -> Layer:
    """Make the layer x ↦ W x + b with the parameters W and b.

    The layer is not globally smooth: its bounds need the radius.

    Args:
        name: The name in messages and tables.
        radius: A bound on ‖W‖, ≥ 0.
        bias: A bound on ‖b1ᵀ‖, ≥ 0.
        taps: How often a convolution's kernel uses an entry of x; 1 for matrices.
        samples: The number of columns that b is added to; 0 without bias.

    Returns:
        The `Layer`.

    Example:
        >>> from derivations.composition import affine
        >>> affine("W", radius=2).bounds(3).D
        3
    """
    reach = sqrt(sympify(taps))

    def bounds(size: Expr) -> Bounds:
        weight = times(reach, size)
        D = hypotenuse(weight, sqrt(sympify(samples)))
        return Bounds(reach * radius * size + bias, reach * radius, D, 0, reach, 0)

    return Layer(name, bounds)


def normalised_affine(name: str, eps: Any, norm: Any, bias: Any = 0, taps: Any = 1, samples: Any = 0) -> Layer:
    """Make the layer x ↦ P(θ)x + b with normalised weights P, which is bounded for all θ.

    ‖DP‖ ≤ ε^(−1/2) and ‖D²P‖ ≤ 48√5/(125ε), whether P normalises entries, rows or the whole matrix.

    Args:
        name: The name in messages and tables.
        eps: ε > 0.
        norm: A bound on ‖P(θ)‖ for every θ.
        bias: A bound on ‖b1ᵀ‖, ≥ 0.
        taps: How often a convolution's kernel uses an entry of x; 1 for matrices.
        samples: The number of columns that b is added to; 0 without bias.

    Returns:
        The `Layer`.

    Raises:
        CompositionError: ε ≤ 0.

    Source:
        MacDonald, Valmadre, Saratchandran and Lucey 2023 (arXiv:2210.05371), Section 4; the constants are derived here.

    Example:
        >>> from derivations.composition import normalised_affine
        >>> normalised_affine("P", eps=4, norm=1).bounds(1).D
        1/2
    """
    eps = _positive(name, eps)
    reach = sqrt(sympify(taps))

    def bounds(size: Expr) -> Bounds:
        weight = times(reach, size)
        return Bounds(
            size=reach * norm * size + bias,
            J=reach * norm,
            D=hypotenuse(weight / sqrt(eps), sqrt(sympify(samples))),
            xx=0,
            xt=reach / sqrt(eps),
            tt=times(weight, SECOND / eps),
        )

    return Layer(name, bounds)


def entrywise(name: str, lipschitz: Any, smoothness: Any, at_zero: Any = 0, count: Any = 1, most: Any = oo) -> Layer:
    """Make the layer that applies an activation σ to every entry.

    Args:
        name: The name in messages and tables.
        lipschitz: A bound on |σ′|, ≥ 0.
        smoothness: A bound on |σ″|, ≥ 0 or infinity.
        at_zero: |σ(0)|.
        count: The number of entries.
        most: A bound on |σ|, or infinity.

    Returns:
        The `Layer`, without parameters.

    Example:
        >>> from sympy import Rational
        >>> from derivations.composition import entrywise
        >>> entrywise("sigmoid", Rational(1, 4), Rational(1, 10), Rational(1, 2), most=1).bounds(100).size
        1
    """

    def bounds(size: Expr) -> Bounds:
        grown = lipschitz * size + times(at_zero, sqrt(sympify(count)))
        bounded = sympify(most)
        value = grown if bounded == oo else least(grown, bounded * sqrt(sympify(count)))
        return Bounds(value, lipschitz, 0, smoothness, 0, 0)

    return Layer(name, bounds)


def normalisation(
    name: str,
    eps: Any,
    length: Any,
    groups: Any,
    gain: Any = 1,
    shift: Any = 0,
    affine: bool = False,
    repeats: Any = None,
) -> Layer:
    """Make a batch, layer, group or instance normalisation, followed by y ↦ γ·y + β.

    Args:
        name: The name in messages and tables.
        eps: ε > 0.
        length: The number of entries in a row that is normalised, at least 2.
        groups: The number of rows.
        gain: A bound on |γ|.
        shift: A bound on the norm of β, spread over the data.
        affine: Whether γ and β are parameters.
        repeats: How many entries use each number of γ and β; None where each row has its own, as in batch
            normalisation.

    Returns:
        The `Layer`.

    Raises:
        CompositionError: ε ≤ 0, or rows of a single number, which normalisation maps to 0.

    Source:
        MacDonald, Valmadre, Saratchandran and Lucey 2023 (arXiv:2210.05371), Section 4; the constants are derived here.

    Example:
        >>> from derivations.composition import normalisation
        >>> normalisation("batch norm", eps=4, length=10, groups=3).bounds(1).J
        1/2
    """
    eps = _positive(name, eps)
    length = sympify(length)
    if length.is_number and length <= 1:
        raise CompositionError(
            f"{name} normalises rows of {length} number: a batch of one sample becomes constant; give at least two"
        )
    # a row's normalised numbers have squares that sum to at most its length; spread over rows, to one number's uses
    own = repeats is None
    reach = length if own else least(length * groups, repeats * length)
    # γ meets y and β meets 1: orthogonal where a row has its own, since y has mean 0
    both = sqrt(length) if own else sqrt(reach + repeats)

    def bounds(size: Expr) -> Bounds:
        largest = least(sqrt(length * groups), size / sqrt(eps))
        return Bounds(
            size=gain * largest + shift,
            J=gain / sqrt(eps),
            D=both if affine else 0,
            xx=gain * SECOND / (eps * sqrt(length)),
            xt=1 / sqrt(eps) if affine else 0,
            tt=0,
        )

    return Layer(name, bounds)


def _positive(name: str, eps: Any) -> Expr:
    value = sympify(eps)
    if value.is_nonpositive:
        raise CompositionError(f"{name} has ε = {eps}: without ε > 0 a normalisation has no Lipschitz derivative")
    return value
