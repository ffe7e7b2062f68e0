"""Inequalities of single functions: what is known of v = T(u), each valid on a stated range, with the reason.

A relation g(u, v) ≥ 0 is a polynomial in v with algebraic coefficients in u; some hold a further function of u. Where
the difference of a function and its bound changes sign at a point, the relation is multiplied by u minus that point, so
that it holds on both sides. Every entry is proved in balls by the tests, by another prover.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy import Rational, besseli, cosh, exp, log, pi, sqrt

from derivations.activations import sigmoid, softplus

LINE, RIGHT, POSITIVE = sp.S.Reals, sp.Interval(0, sp.oo), sp.Interval.open(0, sp.oo)
Relation = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class FunctionBound:
    """g(u, T(u)) ≥ 0 for all u of a range.

    Args:
        function: T, as a SymPy class; its last argument is u.
        g: The relation of u and v = T(u).
        on: The range of u.
        reason: Why it holds.
        parameters: The arguments of T before u.
        order: How dear it is to use: relations of a low degree are tried first.
    """

    function: Any
    g: Relation
    on: sp.Set
    reason: str
    parameters: tuple[Any, ...] = ()
    order: int = 0


@dataclass(frozen=True)
class PairBound:
    """g(u, T(u), w, T(w)) ≥ 0 for all u and w of a range."""

    function: Any
    g: Callable[[Any, Any, Any, Any], Any]
    on: sp.Set
    reason: str


def taylor(u: Any, n: int) -> Any:
    """Σ uᵏ/k! for k ≤ n."""
    return sum((u**k / sp.factorial(k) for k in range(n + 1)), sp.S.Zero)


def _above_taylor(n: int) -> Relation:
    return lambda u, v: v - taylor(u, n)


def _below_taylor(n: int) -> Relation:
    return lambda u, v: 1 - v * taylor(-u, n)


def _within_cone(most: Any) -> Relation:
    return lambda u, v: most**2 * u**2 - v**2


def _lipschitz(most: Any) -> Callable[[Any, Any, Any, Any], Any]:
    return lambda u, v, w, s: most**2 * (u - w) ** 2 - (v - s) ** 2


def _table() -> Iterator[FunctionBound]:
    yield from _exponential()
    yield from _logarithm()
    yield from _circular()
    yield from _sigmoidal()
    yield from _normal()
    yield from _special()


def _exponential() -> Iterator[FunctionBound]:
    yield FunctionBound(exp, lambda u, v: v, LINE, "the exponential function is positive")
    for i, n in enumerate((1, 3, 5)):
        rest = f"Taylor's remainder of even order {n + 1} is ≥ 0"
        yield FunctionBound(exp, _above_taylor(n), LINE, rest, order=i)
        yield FunctionBound(exp, _below_taylor(n), LINE, f"for −u: {rest}", order=i)
    pade = "its derivative has the sign of u, or of −u, by the same for the derivative"
    yield FunctionBound(exp, lambda u, v: u * (2 + u - v * (2 - u)), LINE, f"Padé [1/1]: {pade}", order=1)
    yield FunctionBound(
        exp,
        lambda u, v: u * (v * (12 - 6 * u + u**2) - (12 + 6 * u + u**2)),
        LINE,
        f"Padé [2/2]: {pade}",
        order=2,
    )
    yield FunctionBound(
        exp, lambda u, v: u * (v - 1 - u - u**2 / 2), LINE, "Taylor's remainder has the sign of u³", order=1
    )


def _logarithm() -> Iterator[FunctionBound]:
    contact = "its derivative has the sign of u − 1, or of its cube, which is the numerator"
    yield FunctionBound(log, lambda u, v: u - 1 - v, POSITIVE, contact)
    yield FunctionBound(log, lambda u, v: u * v - (u - 1), POSITIVE, f"for 1/u: {contact}")
    yield FunctionBound(log, lambda u, v: (u - 1) * (v * (u + 1) - 2 * (u - 1)), POSITIVE, contact, order=1)
    yield FunctionBound(log, lambda u, v: (u - 1) * (u - 1 - v * sqrt(u)), POSITIVE, contact, order=2)
    yield FunctionBound(log, lambda u, v: (u - 1) * (u + 5) - v * (4 * u + 2), POSITIVE, contact, order=1)
    yield FunctionBound(
        log, lambda u, v: v * u * (4 + 2 * u) - (u - 1) * (1 + 5 * u), POSITIVE, f"for 1/u: {contact}", order=1
    )
    yield FunctionBound(
        log, lambda u, v: (u - 1) * (v * (u**2 + 4 * u + 1) - 3 * (u**2 - 1)), POSITIVE, contact, order=2
    )
    yield FunctionBound(log, lambda u, v: 2 * (sqrt(u) - 1) - v, POSITIVE, f"for √u: {contact}", order=2)
    yield FunctionBound(log, lambda u, v: v - 2 * (1 - 1 / sqrt(u)), POSITIVE, f"for 1/√u: {contact}", order=2)


def _circular() -> Iterator[FunctionBound]:
    for function, most in {sp.sin: sp.S.One, sp.tanh: sp.S.One, sp.atan: sp.S.One, sp.erf: 2 / sqrt(pi)}.items():
        yield FunctionBound(function, _within_cone(most), LINE, f"0 at 0, and at most as steep as {most}")
    series = "Taylor's series alternates, and each partial sum is a bound by integrating the one before it"
    yield FunctionBound(sp.sin, lambda u, v: u * (u - v), LINE, series)
    yield FunctionBound(sp.sin, lambda u, v: u * (v - u + u**3 / 6), LINE, series, order=1)
    yield FunctionBound(sp.sin, lambda u, v: u * (u - u**3 / 6 + u**5 / 120 - v), LINE, series, order=2)
    yield FunctionBound(sp.sin, lambda u, v: v, sp.Interval(0, pi), "a sine is ≥ 0 on [0, π]")
    yield FunctionBound(sp.sin, lambda u, v: v - 2 * u / pi, sp.Interval(0, pi / 2), "a sine is concave there", order=1)
    yield FunctionBound(sp.cos, lambda u, v: v, sp.Interval(-pi / 2, pi / 2), "a cosine is ≥ 0 there")
    yield FunctionBound(sp.cos, lambda u, v: v - 1 + u**2 / 2, LINE, series)
    yield FunctionBound(sp.cos, lambda u, v: 1 - u**2 / 2 + u**4 / 24 - v, LINE, series, order=1)
    yield FunctionBound(sp.cos, lambda u, v: v - (1 - u**2 / 2 + u**4 / 24 - u**6 / 720), LINE, series, order=2)
    arc = "the derivative of the difference is a fraction of one sign, and it vanishes at 0"
    yield FunctionBound(sp.atan, lambda u, v: u * (u - v), LINE, arc)
    yield FunctionBound(sp.atan, lambda u, v: pi**2 / 4 - v**2, LINE, "an arctangent lies within ±π/2")
    yield FunctionBound(sp.atan, lambda u, v: u * (v * (1 + u**2) - u), LINE, arc, order=1)
    yield FunctionBound(sp.atan, lambda u, v: u * (v * (3 + u**2) - 3 * u), LINE, arc, order=1)
    yield FunctionBound(sp.atan, lambda u, v: u * (u * (15 + 4 * u**2) - v * (15 + 9 * u**2)), LINE, arc, order=2)
    inside = sp.Interval(-1, 1)
    yield FunctionBound(sp.asin, lambda u, v: u * (v - u), inside, "a power series without negative coefficients")
    yield FunctionBound(sp.asin, lambda u, v: u * (pi * u / 2 - v), inside, "convex for u ≥ 0, with this chord")
    yield FunctionBound(
        sp.asin, lambda u, v: u * (v - u - u**3 / 6), inside, "a power series without negative coefficients", order=1
    )


def _sigmoidal() -> Iterator[FunctionBound]:
    concave = "odd about its centre and concave for u ≥ 0"
    series = "the derivative of the difference has one sign, and it vanishes at 0"
    yield FunctionBound(sp.tanh, lambda u, v: 1 - v**2, LINE, "a hyperbolic tangent lies within ±1")
    yield FunctionBound(sp.tanh, lambda u, v: u * (u - v), LINE, concave)
    yield FunctionBound(sp.tanh, lambda u, v: u * v, LINE, concave)
    yield FunctionBound(sp.tanh, lambda u, v: u * (v * (3 + u**2) - 3 * u), LINE, series, order=1)
    yield FunctionBound(sp.tanh, lambda u, v: u * (v - u + u**3 / 3), LINE, series, order=1)
    yield FunctionBound(sp.tanh, lambda u, v: u * (u * (15 + u**2) - v * (15 + 6 * u**2)), LINE, series, order=2)
    yield FunctionBound(sigmoid, lambda u, v: v * (1 - v), LINE, "a logistic function lies within 0 and 1")
    yield FunctionBound(sigmoid, lambda u, v: u * (v - Rational(1, 2)), LINE, concave)
    yield FunctionBound(sigmoid, lambda u, v: u * (Rational(1, 2) + u / 4 - v), LINE, concave)
    yield FunctionBound(sigmoid, lambda u, v: u * (v - Rational(1, 2) - u / 4 + u**3 / 48), LINE, series, order=1)
    convex = "convex, with these tangents and asymptotes"
    yield FunctionBound(softplus, lambda u, v: v, LINE, convex)
    yield FunctionBound(softplus, lambda u, v: v - u, LINE, convex)
    yield FunctionBound(softplus, lambda u, v: v - log(2) - u / 2, LINE, convex)
    yield FunctionBound(
        softplus, lambda u, v: log(2) + u / 2 + u**2 / 8 - v, LINE, "the second derivative is at most 1/4", order=1
    )
    yield FunctionBound(
        softplus, lambda u, v: sp.Max(u, 0) + log(2) - v, LINE, "softplus − relu is largest at 0", order=1
    )


def _normal() -> Iterator[FunctionBound]:
    series = "Taylor's series of the integrand e^(−t²) alternates"
    yield FunctionBound(sp.erf, lambda u, v: 1 - v**2, LINE, "an error function lies within ±1")
    yield FunctionBound(sp.erf, lambda u, v: u * v, LINE, "an error function has the sign of its argument")
    yield FunctionBound(sp.erf, lambda u, v: u * (2 * u / sqrt(pi) - v), LINE, series)
    yield FunctionBound(sp.erf, lambda u, v: u * (v - 2 * (u - u**3 / 3) / sqrt(pi)), LINE, series, order=1)
    yield FunctionBound(
        sp.erf,
        lambda u, v: 1 - exp(-4 * u**2 / pi) - v**2,
        LINE,
        "the square [−u, u]² lies in the disc of the same area, where the density is larger",
        order=2,
    )
    mills = "the derivative of the difference has one sign, and both vanish at infinity"
    yield FunctionBound(sp.erfc, lambda u, v: v * (2 - v), LINE, "a complementary error function lies within 0 and 2")
    yield FunctionBound(sp.erfc, lambda u, v: exp(-(u**2)) - v, RIGHT, mills)
    yield FunctionBound(sp.erfc, lambda u, v: exp(-(u**2)) - sqrt(pi) * u * v, RIGHT, mills)
    yield FunctionBound(
        sp.erfc,
        lambda u, v: sqrt(pi) * v * (1 + 2 * u**2) - 2 * u * exp(-(u**2)),
        RIGHT,
        mills,
        order=1,
    )
    yield FunctionBound(
        sp.erfc,
        lambda u, v: sqrt(pi) * v * (u + sqrt(u**2 + 2)) - 2 * exp(-(u**2)),
        RIGHT,
        f"Mills' ratio: {mills}",
        order=1,
    )
    yield FunctionBound(
        sp.erfc,
        lambda u, v: 2 * exp(-(u**2)) - sqrt(pi) * v * (u + sqrt(u**2 + 4 / pi)),
        RIGHT,
        f"Mills' ratio: {mills}",
        order=1,
    )


def _special() -> Iterator[FunctionBound]:
    yield FunctionBound(sp.gamma, lambda u, v: v - Rational(8856, 10**4), POSITIVE, "its least value is 0.88560…")
    yield FunctionBound(
        sp.gamma, lambda u, v: v - 1 - sp.EulerGamma * (1 - u), POSITIVE, "convex, with this tangent at 1", order=1
    )
    yield FunctionBound(sp.gamma, lambda u, v: 1 - v, sp.Interval(1, 2), "convex, with this chord")
    binet = "Binet's integral is between 0 and the first term of its series"
    yield FunctionBound(
        sp.loggamma, lambda u, v: v - (u - Rational(1, 2)) * log(u) + u - log(2 * pi) / 2, POSITIVE, binet
    )
    yield FunctionBound(
        sp.loggamma,
        lambda u, v: (u - Rational(1, 2)) * log(u) - u + log(2 * pi) / 2 + 1 / (12 * u) - v,
        POSITIVE,
        binet,
        order=1,
    )
    yield FunctionBound(sp.polygamma, lambda u, v: log(u) - 1 / (2 * u) - v, POSITIVE, binet, (sp.S.Zero,))
    yield FunctionBound(sp.polygamma, lambda u, v: v - log(u) + 1 / u, POSITIVE, binet, (sp.S.Zero,))
    yield FunctionBound(
        sp.polygamma,
        lambda u, v: v - log(u) + 1 / (2 * u) + 1 / (12 * u**2),
        POSITIVE,
        binet,
        (sp.S.Zero,),
        order=1,
    )
    series = "power series in u² without negative coefficients, compared term by term"
    yield FunctionBound(besseli, lambda u, v: v - 1 - u**2 / 4, LINE, series, (sp.S.Zero,))
    yield FunctionBound(besseli, lambda u, v: exp(u**2 / 4) - v, LINE, series, (sp.S.Zero,), order=1)
    yield FunctionBound(besseli, lambda u, v: cosh(u) - v, LINE, series, (sp.S.Zero,), order=1)
    yield FunctionBound(besseli, lambda u, v: u * (v - u / 2), LINE, series, (sp.S.One,))
    yield FunctionBound(besseli, lambda u, v: u * (u * exp(u**2 / 8) / 2 - v), LINE, series, (sp.S.One,), order=1)


BOUNDS: tuple[FunctionBound, ...] = tuple(_table())
"""All entries; those of one function in the order in which they are tried."""


def _pairs() -> Iterator[PairBound]:
    yield PairBound(exp, lambda u, v, w, s: v - s * (1 + u - w), LINE, "e^(u − w) ≥ 1 + u − w")
    yield PairBound(log, lambda u, v, w, s: (u - w) - w * (v - s), POSITIVE, "log(u/w) ≤ u/w − 1")
    steepest = {sp.tanh: sp.S.One, sigmoid: Rational(1, 4), sp.atan: sp.S.One, sp.sin: sp.S.One, sp.cos: sp.S.One}
    for function, most in {**steepest, sp.erf: 2 / sqrt(pi), softplus: sp.S.One}.items():
        yield PairBound(
            function,
            _lipschitz(most),
            LINE,
            f"the mean value theorem: the derivative is at most {most}",
        )
    for function in (sp.tanh, sigmoid, sp.atan, sp.erf, softplus):
        yield PairBound(function, lambda u, v, w, s: (u - w) * (v - s), LINE, "it rises")


PAIRS: tuple[PairBound, ...] = tuple(_pairs())
"""Relations between two values of one function."""

INVERSE = PairBound(exp, lambda u, v, w, s: v - w * (1 + u - s), POSITIVE, "e^(u − log w) ≥ 1 + u − log w")
"""A relation between v = e^u and s = log w."""

STEEPEST: dict[Any, dict[int, Any]] = {
    sp.sin: {2: Rational(1, 2), 4: Rational(1, 24)},
    sp.cos: {2: Rational(1, 2), 4: Rational(1, 24)},
    sp.tanh: {2: Rational(2, 5), 4: Rational(13, 75)},
    sigmoid: {2: Rational(1, 20), 4: Rational(1, 180)},
    softplus: {2: Rational(1, 8), 4: Rational(1, 190)},
    sp.atan: {2: Rational(1, 3), 4: Rational(1, 4)},
    sp.erf: {2: Rational(1, 2), 4: Rational(1, 4)},
}
"""Upper bounds of |f⁽ᵏ⁾|/k! on the whole line, by even order k: for Taylor polynomials about any point."""
