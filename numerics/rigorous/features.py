"""Features of a network on data in ball arithmetic, or exactly over Q: layers as data, evaluated over either field."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from flint import arb, arb_mat, fmpq, fmpq_mat

from derivations.activations import X
from numerics.balls.programs import BallProgram
from numerics.values.ball_integrals.strips import NoBall

Exact = Any
"""A NumPy array of `fmpq`, each exactly the number that was given."""


class NotRational(ValueError):
    """A layer has no values over Q: a root, or an activation that is no rational function."""


@dataclass(frozen=True, eq=False)
class Dense:
    """z ↦ Wz + b.

    Args:
        weight: W, of shape (out, in); floats stand for the rational numbers that they are.
        bias: b, of shape (out,); None for 0.
    """

    weight: Any
    bias: Any = None


@dataclass(frozen=True, eq=False)
class Convolution:
    """A convolution of images of shape (channels, height, width), with zeros around them.

    Args:
        weight: The kernels, of shape (out, in, height, width).
        bias: One number for each channel out; None for 0.
        stride: The step, the same in both directions.
        padding: How many zeros are put around.
    """

    weight: Any
    bias: Any = None
    stride: int = 1
    padding: int = 0


@dataclass(frozen=True)
class Entrywise:
    """An activation, entry by entry.

    Args:
        function: A SymPy expression in `derivations.activations.X`.
    """

    function: sp.Expr


@dataclass(frozen=True, eq=False)
class Normalisation:
    """Batch normalisation by the mean and variance of this very batch, for each feature or channel.

    Args:
        epsilon: What is added to the variance, ≥ 0.
        weight: The scale of each feature; None for 1.
        bias: The shift of each feature; None for 0.
    """

    epsilon: Any
    weight: Any = None
    bias: Any = None


@dataclass(frozen=True)
class Skip:
    """z ↦ z + g(z).

    Args:
        layers: The layers of the branch g.
    """

    layers: tuple[Any, ...]


@dataclass(frozen=True)
class Flatten:
    """An image becomes a vector."""


Layer = Dense | Convolution | Entrywise | Normalisation | Skip | Flatten


def _fraction(value: Any) -> fmpq:
    if isinstance(value, fmpq):
        return value
    if isinstance(value, sp.Rational):
        return fmpq(int(value.p), int(value.q))
    try:
        p, q = Fraction(value).as_integer_ratio()
    except (TypeError, ValueError, OverflowError):
        raise NoBall(f"{value!r} is no rational number: finite floats, integers and fractions are exact") from None
    return fmpq(p, q)


def exact(values: Any) -> Exact:
    """Make an array of rational numbers of what was given, without rounding.

    Args:
        values: A torch tensor, an array or nested lists of floats, integers, fractions or SymPy rationals.

    Returns:
        An array of `fmpq` of the same shape.

    Raises:
        NoBall: An entry is no finite rational number.

    Example:
        >>> from numerics.rigorous.features import exact
        >>> exact([[0.5, 2]])[0, 0]
        1/2
    """
    found = values.detach().cpu().numpy() if hasattr(values, "detach") else np.asarray(values, dtype=object)
    made = np.empty(found.shape, dtype=object)
    for place, value in np.ndenumerate(found):
        made[place] = _fraction(value if isinstance(value, fmpq | sp.Rational | Fraction) else _plain(value))
    return made


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


@dataclass(frozen=True)
class Field:
    """Numbers that layers are evaluated over.

    Args:
        number: Makes one of them of a rational number.
        matrix: The type of flint's matrices of them.
        function: Makes a function of them of an activation.
        root: The inverse square root.
    """

    number: Callable[[fmpq], Any]
    matrix: Any
    function: Callable[[sp.Expr], Callable[[Any], Any]]
    root: Callable[[Any], Any]

    def of(self, values: Any) -> Any:
        """An array of the field's numbers from rational ones."""
        made = exact(values)
        for place, value in np.ndenumerate(made):
            made[place] = self.number(value)
        return made

    def product(self, A: Any, B: Any) -> Any:
        """The matrix product of two arrays."""
        if A.shape[1] != B.shape[0]:
            raise NoBall(f"a layer takes {B.shape[0]} numbers, and gets {A.shape[1]}")
        found = self.matrix(A.tolist()) * self.matrix(B.tolist())
        return np.array(found.entries(), dtype=object).reshape(A.shape[0], B.shape[1])


def _exact_expression(expr: sp.Expr) -> sp.Expr:
    """The expression with each float in it as the rational number that it is."""
    if not isinstance(expr, sp.Expr):
        raise NoBall(f"an activation is a SymPy expression in derivations.activations.X, not {expr!r}")
    return expr.replace(lambda e: e.is_Float, sp.Rational)


def _ball_function(expr: sp.Expr) -> Callable[[Any], Any]:
    program = BallProgram(expr, [X])
    return lambda value: program([value])


def _rational_function(expr: sp.Expr) -> Callable[[Any], Any]:
    """A rational function of X, or one of X and max(0, X), over Q."""
    positive = sp.Dummy("positive")
    kinks = expr.replace(lambda e: isinstance(e, sp.Max) and set(e.args) == {sp.S.Zero, X}, lambda e: positive)
    top, bottom = sp.fraction(sp.together(kinks))
    try:
        parts = [sp.Poly(part, X, positive, domain="QQ").terms() for part in (top, bottom)]
    except sp.PolynomialError:
        raise NotRational(f"{expr} is no rational function") from None
    terms = [[(powers, _fraction(c)) for powers, c in part] for part in parts]

    def value(x: Any) -> Any:
        larger = x if x > 0 else fmpq(0)
        numerator, denominator = (sum((c * x**i * larger**j for (i, j), c in part), fmpq(0)) for part in terms)
        return numerator / denominator

    return value


def _no_root(value: Any) -> Any:
    raise NotRational("normalisation takes a square root")


BALLS = Field(arb, arb_mat, _ball_function, lambda value: value.rsqrt())
RATIONALS = Field(lambda value: value, fmpq_mat, _rational_function, _no_root)


def _shifted(field: Field, values: Any, bias: Any, like: tuple[int, ...]) -> Any:
    return values if bias is None else values + field.of(bias).reshape(like)


def _convolved(field: Field, layer: Convolution, x: Any) -> Any:
    weight = field.of(layer.weight)
    out, channels, *window = weight.shape
    if x.ndim != 4 or x.shape[1] != channels:
        raise NoBall(f"a convolution takes images of {channels} channels, and gets numbers of shape {x.shape[1:]}")
    zero, pad = field.number(fmpq(0)), layer.padding
    size = [length + 2 * pad for length in x.shape[2:]]
    around = np.full((len(x), channels, *size), zero, dtype=object)
    around[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]] = x
    seen = np.lib.stride_tricks.sliding_window_view(around, window, axis=(2, 3))
    seen = seen[:, :, :: layer.stride, :: layer.stride]
    rows, columns = seen.shape[2:4]
    patches = seen.transpose(0, 2, 3, 1, 4, 5).reshape(len(x) * rows * columns, -1)
    found = field.product(patches, weight.reshape(out, -1).T)
    return _shifted(field, found.reshape(len(x), rows, columns, out).transpose(0, 3, 1, 2), layer.bias, (1, out, 1, 1))


def _normalised(field: Field, layer: Normalisation, x: Any) -> Any:
    axes = (0, *range(2, x.ndim))
    count = field.number(fmpq(int(np.prod([x.shape[a] for a in axes]))))
    like = (1, x.shape[1], *(1,) * (x.ndim - 2))
    centred = x - x.sum(axis=axes).reshape(like) / count
    variance = (centred * centred).sum(axis=axes) / count
    given = _fraction(_plain(layer.epsilon))
    if given < 0:
        raise NoBall(f"what is added to a variance is at least 0, not {layer.epsilon}")
    epsilon = field.number(given)
    scale = np.array([field.root(v + epsilon) for v in variance], dtype=object)
    scale = scale if layer.weight is None else scale * field.of(layer.weight)
    return _shifted(field, centred * scale.reshape(like), layer.bias, like)


def evaluated(field: Field, layers: Iterable[Layer], x: Any) -> Any:
    """Evaluate layers one after the other.

    Args:
        field: `BALLS` or `RATIONALS`.
        layers: The layers.
        x: The inputs as an array of the field's numbers, of shape (n, d) or (n, channels, height, width).

    Returns:
        The values of the last layer, an array whose first axis is n.

    Raises:
        NoBall: Shapes do not fit, or something is no layer.
        NotRational: A layer has no values over Q.
    """
    for layer in layers:
        match layer:
            case Dense():
                weight = field.of(layer.weight)
                x = _shifted(field, field.product(x, weight.T), layer.bias, (1, len(weight)))
            case Convolution():
                x = _convolved(field, layer, x)
            case Entrywise():
                function = field.function(_exact_expression(layer.function))
                x = np.array([function(v) for v in x.ravel()], dtype=object).reshape(x.shape)
            case Normalisation():
                x = _normalised(field, layer, x)
            case Skip():
                branch = evaluated(field, layer.layers, x)
                if branch.shape != x.shape:
                    raise NoBall(f"a branch gives numbers of shape {branch.shape[1:]} to add to {x.shape[1:]}")
                x = x + branch
            case Flatten():
                x = x.reshape(len(x), -1)
            case _:
                raise NoBall(f"{type(layer).__name__} is no layer of numerics.rigorous.features")
    return x


def with_ones(field: Field, features: Any) -> Any:
    """Add the column of ones to features: Φ = [h, 𝟏]."""
    one = np.full((len(features), 1), field.number(fmpq(1)), dtype=object)
    return np.concatenate([features.reshape(len(features), -1), one], axis=1)
