"""Condition 3.1 of Du et al. (2019) for ten activations: c_σ, sharp Lipschitz and sharp smoothness constants."""

from __future__ import annotations

from sympy import Abs, Derivative, Expr, Rational, S, Symbol, asin, exp, pi, sqrt

from derivations.activations import ACTIVATIONS, LIPSCHITZ, SMOOTHNESS
from derivations.extrema import supremum
from derivations.gaussian import Expectation
from derivations.statements import Constant, Statement

x = Symbol("x", real=True)


def _between(digits: str) -> tuple[Expr, Expr]:
    """The decimals cut off, and one more in the last place: an enclosure to so many digits."""
    places = len(digits.split(".")[1])
    low = Rational(digits)
    return low, low + Rational(1, 10**places)


C_SIGMA: dict[str, Expr | str] = {
    "softplus": "1.085486502988343417946258450559",
    "sigmoid": "3.408559841623102982914438079468",
    "tanh": "2.536175433217453754229724481644",
    "erf": pi / (2 * asin(Rational(2, 3))),
    "arctan": "2.223700160381501209022587028110",
    "sin": 2 / (1 - exp(-2)),
    "cos": 2 / (1 + exp(-2)),
    "silu": "2.810761124074471055969536659699",
    "gelu": 1 / (Rational(1, 3) + 1 / (2 * sqrt(3) * pi)),
    "gaussian": sqrt(3),
}
"""c_σ = 1/E σ(x)², in closed form where there is one."""

PRINTED = "Condition 3.1; the text takes 1 for softplus"


def _constant(slug: str, definition: Expr, value: Expr | str, title: str, source: str) -> Statement:
    if isinstance(value, str):
        return Constant(slug, definition, enclosure=_between(value), title=title, source=source)
    return Constant(slug, definition, value, title=title, source=source)


def _three(name: str) -> tuple[Statement, Statement, Statement]:
    of = ACTIVATIONS[name].of
    source = PRINTED if name == "softplus" else "Condition 3.1; derived here"
    return (
        _constant(
            f"c-{name}", 1 / Expectation(of(x) ** 2, x), C_SIGMA[name], f"c_σ of {name}", "Section 3; derived here"
        ),
        _constant(
            f"lipschitz-{name}",
            supremum(Abs(Derivative(of(x), x)), x, S.Reals),
            LIPSCHITZ[name],
            f"The sharp Lipschitz constant of {name}",
            source,
        ),
        _constant(
            f"smoothness-{name}",
            supremum(Abs(Derivative(of(x), (x, 2))), x, S.Reals),
            SMOOTHNESS[name],
            f"The sharp smoothness constant of {name}",
            f"{source}, 1/4 is sharp" if name == "softplus" else source,
        ),
    )


relu_square = Expectation(ACTIVATIONS["relu"].of(x) ** 2, x)

STATEMENTS: tuple[Statement, ...] = (
    *(s for name in C_SIGMA for s in _three(name)),
    Constant("c-relu", 1 / relu_square, 2, title="c_σ of ReLU", source="Section 3"),
    Constant("c-exp", 1 / Expectation(exp(x) ** 2, x), exp(-2), title="c_σ of the exponential", source="derived here"),
)
