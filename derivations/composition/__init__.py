"""A calculus of bounds for composed layers: the Lipschitz constant of F, of DF, and the smoothness of c(F).

A layer f(θ, x) has, for ‖x‖ ≤ r, bounds on its value, on its derivatives J = ∂f/∂x and D = ∂f/∂θ, and on the
second derivatives f_xx, f_xθ, f_θθ as bilinear maps; norms are Euclidean (Frobenius for data matrices and weights).
For g∘f with the parameters (θ_f, θ_g):

    J = J_g J_f        D² = (J_g D_f)² + D_g²
    f_xx = J_g·xx_f + xx_g·J_f²
    f_xθ² = (J_g·xθ_f + xx_g J_f D_f)² + (xθ_g J_f)²
    f_θθ = the larger eigenvalue of [[J_g·θθ_f + xx_g D_f², xθ_g D_f], [xθ_g D_f, θθ_g]]

and sums in place of the roots and of the eigenvalue where f and g share parameters,
so that bounds on any chain, nested and with shortcuts, follow layer by layer, and
‖∇²(c∘F)‖ ≤ sup‖∇²c‖·D² + sup‖∇c‖·f_θθ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Max, Rational, S, oo, sqrt, sympify

SECOND = 48 * sqrt(5) / 125
"""sup |en″| at ε = 1: the sharp constant of every normalisation (macdonald2023, Section 4)."""


class CompositionError(ValueError):
    """Constants that no layer can have; the message names the layer and the remedy."""


@dataclass(frozen=True)
class Bounds:
    """What holds of f(θ, x) for every admissible θ and every ‖x‖ ≤ r: six nonnegative numbers or ∞.

    `size` bounds ‖f‖, `J` and `D` the norms of the derivatives in data and parameters, `xx`, `xt`, `tt`
    those of the second derivatives.
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
        return tuple((name, getattr(self, name)) for name in ("size", "J", "D", "xx", "xt", "tt"))


@dataclass(frozen=True)
class Layer:
    """A layer: its name, its bounds as a function of the bound r on ‖x‖, and what tells its parameters from others."""

    name: str
    bounds: Callable[[Expr], Bounds]
    parameters: frozenset[Any] = frozenset()


def times(a: Expr, b: Expr) -> Expr:
    """a·b with 0·∞ = 0: what is bounded by zero is zero, whatever stands beside it."""
    a, b = sympify(a), sympify(b)
    return S.Zero if a == 0 or b == 0 else a * b


def largest_eigenvalue(a: Expr, b: Expr, c: Expr) -> Expr:
    """The larger eigenvalue of [[a, b], [b, c]] with a, b, c ≥ 0, the norm of a p² + 2b p q + c q²."""
    a, b, c = map(sympify, (a, b, c))
    if oo in (a, b, c):
        return oo
    if b == 0:
        return Max(a, c)
    return (a + c + sqrt((a - c) ** 2 + 4 * b**2)) / 2


def hypotenuse(a: Expr, b: Expr) -> Expr:
    """√(a² + b²), simplified where one is zero."""
    a, b = sympify(a), sympify(b)
    if oo in (a, b):
        return oo
    return b if a == 0 else a if b == 0 else sqrt(a**2 + b**2)


def compose(f: Bounds, g: Bounds, shared: bool = False) -> Bounds:
    """The bounds of g∘f, g's taken for inputs of norm ≤ f.size; `shared` if some of their parameters are the same."""
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
    """The bounds of f + g, as of a branch beside a projection; `shared` if some of their parameters are the same."""
    if shared:
        return Bounds(*(a + b for (_, a), (_, b) in zip(f.items(), g.items(), strict=True)))
    D, xt = hypotenuse(f.D, g.D), hypotenuse(f.xt, g.xt)
    return Bounds(f.size + g.size, f.J + g.J, D, f.xx + g.xx, xt, Max(f.tt, g.tt))


def joined(f: Bounds, g: Bounds, shared: bool = False) -> Bounds:
    """The bounds of (f, g), one beside the other; `shared` if some of their parameters are the same."""
    size, J, D, xx, xt, tt = (hypotenuse(a, b) for (_, a), (_, b) in zip(f.items(), g.items(), strict=True))
    return Bounds(size, J, D if shared else Max(f.D, g.D), xx, xt, tt if shared else Max(f.tt, g.tt))


def multiplied(f: Bounds, g: Bounds) -> Bounds:
    """The bounds of any product of f and g with ‖f·g‖ ≤ ‖f‖‖g‖: of entries, of matrices, of batches of these."""

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
    """The bounds of factor·f."""
    return Bounds(*(times(abs(sympify(factor)), value) for _, value in f.items()))


def identity(size: Expr) -> Bounds:
    """The bounds of x ↦ x."""
    return Bounds(size, S.One, S.Zero, S.Zero, S.Zero, S.Zero)


def chain(layers: Sequence[Layer], size: Any) -> list[Bounds]:
    """The bounds of f_1, f_2∘f_1, … for inputs of norm ≤ size; raises CompositionError without a layer."""
    if not layers:
        raise CompositionError("a chain without layers: nothing to compose")
    total = identity(sympify(size))
    found = []
    used: frozenset[Any] = frozenset()
    for layer in layers:
        total = compose(total, layer.bounds(total.size), bool(used & layer.parameters))
        used |= layer.parameters
        found.append(total)
    return found


def sequential(name: str, layers: Sequence[Layer]) -> Layer:
    """Layers in a row as one layer."""
    return Layer(name, lambda size: chain(layers, size)[-1], frozenset().union(*(f.parameters for f in layers)))


def residual(name: str, body: Layer, scale: Any = 1, shortcut: Layer | None = None) -> Layer:
    """x ↦ shortcut(x) + scale·body(x), the shortcut the identity if none is given."""
    beside = shortcut.parameters if shortcut else frozenset()

    def bounds(size: Expr) -> Bounds:
        straight = shortcut.bounds(size) if shortcut else identity(size)
        return added(straight, scaled(body.bounds(size), scale), bool(beside & body.parameters))

    return Layer(name, bounds, beside | body.parameters)


def linear(name: str, norm: Any) -> Layer:
    """A fixed linear map of operator norm ≤ `norm`: pooling, flattening, padding."""
    return Layer(name, lambda size: Bounds(times(norm, size), norm, 0, 0, 0, 0))


def affine(name: str, radius: Any, bias: Any = 0, taps: Any = 1, samples: Any = 0) -> Layer:
    """x ↦ W x + b with ‖W‖ ≤ radius, ‖b1ᵀ‖ ≤ bias: not globally smooth, the bounds need the radius.

    `taps` is how often an entry of x meets a kernel (1 for matrices), `samples` the number of columns that b is
    added to (0 without bias).
    """
    reach = sqrt(sympify(taps))

    def bounds(size: Expr) -> Bounds:
        weight = times(reach, size)
        D = hypotenuse(weight, sqrt(sympify(samples)))
        return Bounds(reach * radius * size + bias, reach * radius, D, 0, reach, 0)

    return Layer(name, bounds)


def normalised_affine(name: str, eps: Any, norm: Any, bias: Any = 0, taps: Any = 1, samples: Any = 0) -> Layer:
    """x ↦ P(θ)x + b with P entry- or weight-normalised, ‖P‖ ≤ norm for every θ: bounded for all weights.

    ‖DP‖ ≤ ε^{−1/2} and ‖D²P‖ ≤ 48√5/(125ε), whether P acts on entries, rows or the whole matrix.
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
    """σ entry by entry: |σ′| ≤ lipschitz, |σ″| ≤ smoothness, |σ(0)| = at_zero, |σ| ≤ most, `count` entries."""

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
    """Batch, layer, group or instance normalisation of `groups` rows of `length` numbers each, then γ·(·) + β.

    |γ| ≤ gain and ‖β‖ spread over the data ≤ shift; γ and β are parameters if `affine`, each of their numbers
    used for `repeats` entries; None where each row has its own γ and β, as in batch normalisation.
    Raises CompositionError for ε ≤ 0 and for rows of one number, which normalisation sends to 0.
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


def least(a: Expr, b: Expr) -> Expr:
    """The smaller of two bounds where that is known, else one of them: the one that is a number."""
    a, b = sympify(a), sympify(b)
    if a.is_number and b.is_number:
        return a if a <= b else b
    return b if b.is_number else a


def _positive(name: str, eps: Any) -> Expr:
    value = sympify(eps)
    if value.is_nonpositive:
        raise CompositionError(f"{name} has ε = {eps}: without ε > 0 a normalisation has no Lipschitz derivative")
    return value


@dataclass(frozen=True)
class Cost:
    """A cost c(F) on its own: bounds on ‖∇c‖, as a function of a bound on ‖F‖, and on ‖∇²c‖."""

    name: str
    gradient: Callable[[Expr], Expr]
    hessian: Expr


def square_cost(samples: Any, targets: Any) -> Cost:
    """(1/2N)‖F − Y‖² with ‖Y‖ ≤ targets."""
    return Cost("square", lambda size: (size + targets) / samples, 1 / sympify(samples))


def cross_entropy_cost(samples: Any) -> Cost:
    """The mean over N samples of −log softmax(F)_y: ‖∇c‖ ≤ √(2/N) and ‖∇²c‖ ≤ 1/(2N), for any number of classes."""
    return Cost("cross-entropy", lambda size: sqrt(2 / sympify(samples)), Rational(1, 2) / samples)


def smoothness(total: Bounds, cost: Cost) -> Expr:
    """A bound on ‖∇²(c∘F)‖ over all admissible parameters."""
    return times(cost.hessian, total.D**2) + times(cost.gradient(total.size), total.tt)
