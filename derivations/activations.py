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
    """1/(1 + e⁻ˣ), evaluated without overflow; its derivative is sigmoid·(1 − sigmoid)."""

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
    """log(1 + eˣ), evaluated without overflow; its derivative is `sigmoid`."""

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
    """Any smooth activation σ: symbols know nothing but σ′ and σ″ of it, and numbers have none of it.

    A statement about `sigma` is proved for every activation, and tried with each of `STAND_INS`.
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
    """x for x > 0 and slope·x for x < 0."""
    return relu(x) - slope * relu(-x)


@taking(ShapeError, x=scalar)
def silu(x: Expr) -> Expr:
    """x·sigmoid(x)."""
    return x * sigmoid(x)


@taking(ShapeError, x=scalar)
def gelu(x: Expr) -> Expr:
    """x·Φ(x), Φ the standard normal distribution function."""
    return x * (1 + erf(x / sqrt(2))) / 2


def bump(x: Expr) -> Expr:
    """The Gaussian e^{−x²/2}."""
    return exp(-(x**2) / 2)


@dataclass(frozen=True)
class Activation:
    """An activation σ by name: `of(x)` is its expression at x, `smooth` says that σ′ is Lipschitz."""

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
