"""Activations as functions of one real variable, with the kinks and derivatives that the papers use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Abs, Basic, Expr, Rational, S, atan, cos, erf, exp, log, pi, sin, sqrt, tanh

from derivations.arguments import scalar, taking
from derivations.gaussian import Entrywise, relu, step
from derivations.letters.names import own
from derivations.letters.notation import letter
from derivations.vectors import ShapeError

X = own("x", real=True)


class sigmoid(Entrywise):
    """The logistic function 1/(1 + e^(−x)), evaluated without overflow.

    Args:
        x: A number, as a SymPy expression; for vectors, see `elementwise`.

    Example:
        >>> from sympy import Symbol
        >>> from derivations import sigmoid
        >>> sigmoid(Symbol("x")).diff()
        (1 - sigmoid(x))*sigmoid(x)
    """

    nargs = 1
    is_real = True
    is_positive = True

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        if isinstance(x, log):
            return x.args[0] / (1 + x.args[0])
        return S.Half if x.is_zero else None

    def fdiff(self, argindex: int = 1) -> Expr:
        return self * (1 - self)

    def _eval_rewrite_as_exp(self, x: Expr, **kwargs: Any) -> Expr:
        return 1 / (1 + exp(-x))

    def _eval_evalf(self, prec: int) -> Any:
        return self.rewrite(exp)._eval_evalf(prec)


class softplus(Entrywise):
    """Softplus, log(1 + e^x), evaluated without overflow; its derivative is `sigmoid`.

    Args:
        x: A number, as a SymPy expression; for vectors, see `elementwise`.

    Example:
        >>> from sympy import Symbol
        >>> from derivations import softplus
        >>> softplus(Symbol("x")).diff()
        sigmoid(x)
    """

    nargs = 1
    is_real = True
    is_positive = True

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        return log(2) if x.is_zero else None

    def fdiff(self, argindex: int = 1) -> Expr:
        return sigmoid(self.args[0])

    def _eval_rewrite_as_log(self, x: Expr, **kwargs: Any) -> Expr:
        return log(1 + exp(x))

    def _eval_evalf(self, prec: int) -> Any:
        return self.rewrite(log)._eval_evalf(prec)


class ddsigma(Entrywise):
    """σ″ of the unspecified activation `sigma`."""

    nargs = 1
    is_real = True

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return _applied("''", printer._print(self.args[0]), exp)


class dsigma(Entrywise):
    """σ′ of the unspecified activation `sigma`."""

    nargs = 1
    is_real = True

    def fdiff(self, argindex: int = 1) -> Expr:
        return ddsigma(self.args[0])

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return _applied("'", printer._print(self.args[0]), exp)


class sigma(Entrywise):
    """Any smooth activation σ.

    Symbolic proofs use nothing of σ but its derivatives σ′ and σ″, so that they hold for every activation. Numerical
    methods try three unlike functions in its place.
    """

    nargs = 1
    is_real = True

    def fdiff(self, argindex: int = 1) -> Expr:
        return dsigma(self.args[0])

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return _applied("", printer._print(self.args[0]), exp)


_SIGMA = r"\sigma"


def _applied(primes: str, argument: str, exp: str | None) -> str:
    body = rf"{letter('sigma') or _SIGMA}{primes}\left({argument}\right)"
    return body if exp is None else rf"{body}^{{{exp}}}"


LEAK = Rational(1, 100)


def leaky_relu(x: Expr, slope: Any = LEAK) -> Expr:
    """Make leaky ReLU: x for x > 0, and slope·x for x < 0.

    Args:
        x: A number, as a SymPy expression.
        slope: A number.

    Returns:
        A SymPy expression.

    Example:
        >>> from derivations.activations import leaky_relu
        >>> leaky_relu(-200)
        -2
    """
    return relu(x) - slope * relu(-x)


@taking(ShapeError, x=scalar)
def silu(x: Expr) -> Expr:
    """Make SiLU, x·sigmoid(x).

    Args:
        x: A number, as a SymPy expression; for vectors, see `elementwise`.

    Returns:
        A SymPy expression.

    Raises:
        ShapeError: x is a vector or matrix.

    Source:
        Hendrycks and Gimpel 2016, "Gaussian error linear units" (arXiv:1606.08415).

    Example:
        >>> from sympy import Symbol
        >>> from derivations import silu
        >>> silu(Symbol("x"))
        x*sigmoid(x)
    """
    return x * sigmoid(x)


@taking(ShapeError, x=scalar)
def gelu(x: Expr) -> Expr:
    """Make GELU, x·Φ(x) with the standard normal distribution function Φ.

    Args:
        x: A number, as a SymPy expression; for vectors, see `elementwise`.

    Returns:
        A SymPy expression.

    Raises:
        ShapeError: x is a vector or matrix.

    Source:
        Hendrycks and Gimpel 2016, "Gaussian error linear units" (arXiv:1606.08415).

    Example:
        >>> from sympy import Symbol
        >>> from derivations import gelu
        >>> gelu(Symbol("x"))
        x*(erf(sqrt(2)*x/2) + 1)/2
    """
    return x * (1 + erf(x / sqrt(2))) / 2


def bump(x: Expr) -> Expr:
    """Make the Gaussian function e^(−x²/2).

    Args:
        x: A number, as a SymPy expression.

    Returns:
        A SymPy expression.

    Example:
        >>> from derivations.activations import bump
        >>> bump(0)
        1
    """
    return exp(-(x**2) / 2)


@dataclass(frozen=True)
class Activation:
    """An activation σ with a name.

    Args:
        name: The name.
        of: A function that returns σ(x) as a SymPy expression.
        smooth: Whether σ′ is Lipschitz.

    Example:
        >>> from sympy import tanh
        >>> from derivations.activations import Activation
        >>> Activation("tanh", tanh).derivative(0)
        1
    """

    name: str
    of: Callable[[Expr], Expr]
    smooth: bool = True

    @property
    def expr(self) -> Expr:
        """σ(x) in the symbol X."""
        return self.of(X)

    def derivative(self, x: Expr, order: int = 1) -> Expr:
        """σ⁽ᵒʳᵈᵉʳ⁾ at x."""
        return self.expr.diff(X, order).xreplace({X: x})


ACTIVATIONS: dict[str, Activation] = {
    a.name: a
    for a in (
        Activation("softplus", softplus),
        Activation("sigmoid", sigmoid),
        Activation("tanh", tanh),
        Activation("erf", erf),
        Activation("arctan", atan),
        Activation("sin", sin),
        Activation("cos", cos),
        Activation("silu", silu),
        Activation("gelu", gelu),
        Activation("gaussian", bump),
        Activation("exp", exp),
        Activation("relu", relu, smooth=False),
        Activation("leaky-relu", leaky_relu, smooth=False),
        Activation("abs", Abs, smooth=False),
        Activation("step", step, smooth=False),
    )
}
"""The activations that are known by name; the first ten fulfil Condition 3.1 of du2018."""

STAND_INS: Mapping[str, Callable[[Expr], Expr]] = {
    "tanh(x)": tanh,
    "cos(x - 1)": lambda x: cos(x - 1),
    "softplus(x)": softplus,
}
"""Three unlike functions that numbers take for the unspecified σ, one after the other: the first is odd, the second is
bounded, not monotone and neither even nor odd, the third is unbounded and not symmetric."""

UNSPECIFIED = (sigma, dsigma, ddsigma)


def specified(expr: Any, activation: Callable[[Expr], Expr]) -> Any:
    """Put an activation and its derivatives in the place of `sigma`, `dsigma` and `ddsigma`.

    Args:
        expr: an expression, number or matrix; what is no SymPy object is returned as it is.
        activation: σ as a function of an expression.

    Returns:
        The expression without the unspecified σ.

    >>> specified(sigma(X) * dsigma(X), tanh)
    (1 - tanh(_x)**2)*tanh(_x)
    """
    if not isinstance(expr, Basic) or not expr.has(*UNSPECIFIED):
        return expr
    body = activation(X)
    for order, name in enumerate(UNSPECIFIED):
        made = body.diff(X, order)
        expr = expr.replace(name, lambda x, made=made: made.xreplace({X: x}))
    return expr


LIPSCHITZ: dict[str, Expr | str] = {
    "softplus": S.One,
    "sigmoid": Rational(1, 4),
    "tanh": S.One,
    "erf": 2 / sqrt(pi),
    "arctan": S.One,
    "sin": S.One,
    "cos": S.One,
    "silu": "1.099839320128866916958184924320",
    "gelu": (1 + erf(1)) / 2 + exp(-1) / sqrt(pi),
    "gaussian": exp(-S.Half),
}
"""sup |σ′|."""

SMOOTHNESS: dict[str, Expr | str] = {
    "softplus": Rational(1, 4),
    "sigmoid": sqrt(3) / 18,
    "tanh": 4 * sqrt(3) / 9,
    "erf": 2 * sqrt(2) * exp(-S.Half) / sqrt(pi),
    "arctan": 3 * sqrt(3) / 8,
    "sin": S.One,
    "cos": S.One,
    "silu": S.Half,
    "gelu": sqrt(2 / pi),
    "gaussian": S.One,
}
"""sup |σ″|, the Lipschitz constant of σ′."""


SLOPES: Mapping[Any, tuple[Any, bool]] = {
    relu: (S.One, True),
    Abs: (S.One, True),
    tanh: (LIPSCHITZ["tanh"], True),
    sin: (LIPSCHITZ["sin"], True),
    atan: (LIPSCHITZ["arctan"], True),
    erf: (LIPSCHITZ["erf"], True),
    cos: (LIPSCHITZ["cos"], False),
    softplus: (S.One, False),
    sigmoid: (LIPSCHITZ["sigmoid"], False),
}
"""The largest slope of a function, and whether it is 0 at 0."""
