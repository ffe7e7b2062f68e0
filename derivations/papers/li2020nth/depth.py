"""Depth: chains of scalar layers, the constant χ that governs fully connected nets, and who contributes to K²."""

from __future__ import annotations

from typing import Any

from sympy import Limit, Range, Rational, Symbol, ZeroMatrix, asin, erf, exp, log, oo, pi, sqrt, tanh

from derivations.calculus.substitution import at_point
from derivations.gaussian import Expectation, relu, step
from derivations.papers.li2020nth.notation import L, along
from derivations.statements import Bound, Constant, Identity, Statement
from derivations.vectors import elementwise, inner, ones, vector

w = vector("w", L)
"""The weights of L scalar layers."""
c = Symbol("c", positive=True)
"""c_res."""
u = Symbol("u", real=True)

one = ones(L)
CHAIN = exp(inner(one, elementwise(log, w)))
"""f = Π w_i, for positive w."""


def residual(scale: Any) -> Any:
    """f = Π (1 + scale·w_i), where the factors are positive."""
    return exp(inner(one, elementwise(lambda v: log(1 + scale * v), w)))


def kernels(f: Any, at: Any) -> tuple[Any, Any]:
    """K² and K³ of a chain at these weights, by their definition."""
    second = along(f, f, (w,))
    third = along(second, f, (w,))
    return at_point(second, {w: at}), at_point(third, {w: at})


CHAIN_K2, CHAIN_K3 = kernels(CHAIN, one)
RESIDUAL_K2, RESIDUAL_K3 = kernels(residual(c / L), ZeroMatrix(L, 1))
WIDE_K2, _ = kernels(residual(c / sqrt(L)), ZeroMatrix(L, 1))


def share(deep: Any) -> Any:
    """The part of the residual layers in tr K² of f = aΠ(1 + scale·w_i) at a = 1, w = 0: the output layer has 1."""
    return deep / (1 + deep)


def _chi(slope_square: Any, square: Any) -> Any:
    """χ = c_σ E σ′²  = E σ′²/E σ²."""
    return Expectation(slope_square, u) / Expectation(square, u)


STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "chain-k2",
        CHAIN_K2,
        L,
        title="Fully connected chain at w = 1: K² = L",
        source="derived here",
    ),
    Identity(
        "chain-k3",
        CHAIN_K3,
        2 * L * (L - 1),
        title="and K³ = 2L(L − 1): the kernel's relative speed 2(L − 1) grows with the depth",
        source="derived here",
        uses=("chain-k2",),
    ),
    Identity(
        "residual-chain-k2",
        RESIDUAL_K2,
        c**2 / L,
        title="Residual chain at w = 0: K² = c²/L",
        source="derived here",
    ),
    Identity(
        "residual-chain-k3",
        RESIDUAL_K3,
        2 * c**4 * (L - 1) / L**3,
        title="and K³ = 2c⁴(L − 1)/L³: the kernel's relative speed falls with the depth",
        source="derived here",
        uses=("residual-chain-k2",),
    ),
    Bound(
        "residual-chain-speed",
        2 * c**2 * (L - 1) / L**2,
        c**2 / 2,
        title="K³/K² of the residual chain is at most c²/2 at every depth, which it is at L = 2",
        source="derived here",
        on={L: Range(1, oo)},
        sharp_at={L: 2},
        uses=("residual-chain-k2", "residual-chain-k3"),
    ),
    Identity(
        "share-tame",
        Limit(L * share(c**2 / L), L, oo),
        c**2,
        title="With c/L the residual layers together hold a share c²/L of K²",
        source="derived here: the printed scaling tames the depth by making its layers irrelevant to K²",
        uses=("residual-chain-k2",),
    ),
    Identity(
        "share-wide",
        share(WIDE_K2),
        c**2 / (1 + c**2),
        title="With c/√L they hold a share c²/(1 + c²) at every depth",
        source="derived here",
        on={L: Range(1, oo)},
    ),
    Constant(
        "chi-tanh",
        _chi((1 - tanh(u) ** 2) ** 2, tanh(u) ** 2),
        enclosure=(Rational("1.17780"), Rational("1.17782")),
        title="χ = c_σEσ′² of tanh is above 1: gradients and K³ of a fully connected net grow exponentially with depth",
        source="derived here",
    ),
    Constant(
        "chi-erf",
        _chi(4 / pi * exp(-2 * u**2), erf(u) ** 2),
        2 / (sqrt(5) * asin(Rational(2, 3))),
        title="χ of the error function",
        source="derived here",
    ),
    Constant(
        "chi-relu",
        _chi(step(u) ** 2, relu(u) ** 2),
        1,
        title="χ of ReLU is 1, the border",
        source="derived here",
    ),
)
