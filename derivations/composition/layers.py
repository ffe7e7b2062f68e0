"""Further layers of the calculus of bounds: softmax, gates, frozen normalisation, tables, reparametrised weights."""

from __future__ import annotations

from typing import Any

from sympy import Expr, Rational, S, log, oo, sqrt, sympify

from derivations.composition.bounds import Bounds, Layer, hypotenuse, largest_eigenvalue, times

_THIRD = sqrt(3) / 18
"""sup |σ″| of the logistic function."""


def constant(name: str, size: Any) -> Layer:
    """Numbers of norm ≤ `size` that no data and no parameter changes."""
    return Layer(name, lambda _: Bounds(size, 0, 0, 0, 0, 0))


def parameter(name: str, size: Any) -> Layer:
    """A parameter itself, of norm ≤ `size`."""
    return Layer(name, lambda _: Bounds(size, 0, 1, 0, 0, 0))


def offset(name: str, norm: Any, shift: Any = 0) -> Layer:
    """x ↦ A x + c without parameters, ‖A‖ ≤ norm and ‖c‖ ≤ shift."""
    return Layer(name, lambda size: Bounds(times(norm, size) + shift, norm, 0, 0, 0, 0))


def softmax(name: str, rows: Any) -> Layer:
    """p = softmax(x) on each of `rows` rows: ‖Dp‖ = ‖diag p − ppᵀ‖ ≤ ½ and ‖D²p‖ ≤ ¾.

    D²p[u, u]_i = p_i((u_i − ū)² − Var u), and E|Y − EY| ≤ ¾ for Y = (u − ū)² ∈ [0, 2], EY = Var u ≤ ½.
    """
    return Layer(name, lambda size: Bounds(sqrt(sympify(rows)), S.Half, 0, Rational(3, 4), 0, 0))


def log_softmax(name: str, rows: Any, length: Any) -> Layer:
    """x − log Σ exp x on rows of `length` numbers: D = I − 1pᵀ, a projection along 1, and D² = −1·∇² log Σ exp."""
    root = sqrt(sympify(length))
    at_zero = log(sympify(length)) * root * sqrt(sympify(rows))
    return Layer(name, lambda size: Bounds(root * size + at_zero, root, 0, root / 2, 0, 0))


def gated(name: str) -> Layer:
    """(a, b) ↦ a·σ(b) with the logistic σ, entry by entry."""

    def bounds(size: Expr) -> Bounds:
        bent = largest_eigenvalue(S.Zero, Rational(1, 4), _THIRD * size)
        return Bounds(size, sqrt(1 + (size / 4) ** 2), 0, bent, 0, 0)

    return Layer(name, bounds)


def square(name: str) -> Layer:
    """x ↦ x², entry by entry."""
    return Layer(name, lambda size: Bounds(size**2, 2 * size, 0, 2, 0, 0))


def frozen_normalisation(name: str, scale: Any, gain: Any = 1, shift: Any = 0, centre: Any = 0, uses: Any = 0) -> Layer:
    """γ(x − μ)s + β with fixed μ and s ≤ scale, |γ| ≤ gain, as batch normalisation in evaluation mode.

    ‖β − γμs‖ spread over the data is ≤ shift, ‖μ‖ likewise ≤ centre; each of γ and β meets `uses` entries, 0 without.
    """

    def bounds(size: Expr) -> Bounds:
        if uses == 0:
            return Bounds(scale * gain * size + shift, scale * gain, 0, 0, 0, 0)
        D = hypotenuse(scale * (size + centre), sqrt(sympify(uses)))
        return Bounds(scale * gain * size + shift, scale * gain, D, 0, scale, 0)

    return Layer(name, bounds)


def two_slopes(name: str, slope: Any) -> Layer:
    """x ↦ max(x, 0) + a·min(x, 0) with the parameters a, max(1, |a|) ≤ slope."""
    return Layer(name, lambda size: Bounds(slope * size, slope, size, oo, 1, 0))


def table(name: str, most: Any, tokens: Any) -> Layer:
    """Rows of a table of parameters, each of norm ≤ most, looked up by `tokens` numbers in all."""
    root = sqrt(sympify(tokens))
    return Layer(name, lambda _: Bounds(most * root, 0, root, 0, 0, 0))


def bags(name: str, most: Any, count: Any, each: Any, kinked: bool = False) -> Layer:
    """Sums, means or maxima of the rows of a table, of norm ≤ most: `count` of them, each of norm ≤ each·most."""
    root = sqrt(sympify(count))
    slope = root if kinked else root * each
    return Layer(name, lambda _: Bounds(most * root * each, 0, slope, 0, 0, oo if kinked else 0))


def reparametrised(
    name: str, norm: Any, first: Any, second: Any, bias: Any = 0, taps: Any = 1, samples: Any = 0
) -> Layer:
    """x ↦ W(θ)x + b with ‖W‖ ≤ norm, ‖DW‖ ≤ first and ‖D²W‖ ≤ second where the parameters are."""
    reach = sqrt(sympify(taps))

    def bounds(size: Expr) -> Bounds:
        weight = times(reach, size)
        D = hypotenuse(times(weight, first), sqrt(sympify(samples)))
        return Bounds(reach * norm * size + bias, reach * norm, D, 0, reach * first, times(weight, second))

    return Layer(name, bounds)
