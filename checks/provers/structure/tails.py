"""Bounds of totals: by an antiderivative or a geometric tail, and by the expansions of log n! and of Σ 1/k."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

from checks.provers.structure.ground import Ground
from derivations.outcomes.budget import BudgetSpent, budget
from derivations.proofs.foreign import ForeignError, foreign_errors

INTEGRAL_STEPS = 60_000
FAR, DIGITS, MOST_ORDER, HIGHEST = 10**8, 60, 16, 100
"""Where a term is compared with a power, in how many digits, twice its highest order and its factor's denominator."""
FACTORS = (sp.Integer(2), sp.Rational(3, 2), sp.Rational(11, 10), sp.Integer(4))


def tails(term: Any, n: Any) -> Iterator[tuple[Any, str]]:
    """Functions h such that h(n) − h(n + 1) may be compared with the term that a sum gains from n to n + 1.

    Args:
        term: that gains from n to n + 1.
        n: the symbol.

    Yields:
        h and how it was found; nothing of it is used without a proof of the comparison.
    """
    yield from _powers(term, n)
    k = sp.Dummy("k", positive=True)
    try:
        with foreign_errors(), budget(INTEGRAL_STEPS):
            found = sp.integrate(term.xreplace({n: k - 1}), k)
    except (ForeignError, BudgetSpent):
        found = sp.S.NaN
    if not found.has(sp.Integral, sp.nan, sp.Piecewise, sp.zoo):
        for shift, said in ((0, "n"), (1, "n + 1"), (sp.Rational(1, 2), "n + 1/2")):
            yield -found.xreplace({k: n + shift}), f"the integral up to {said}"
    for c in FACTORS:
        yield c * term, f"{c} times the next term"


def _powers(term: Any, n: Any) -> Iterator[tuple[Any, str]]:
    """c·n^(1 − a)/(a − 1) for a term that is like c·n^(−a) far out, as floats see it."""
    if term.free_symbols != {n}:
        return
    here, there = (term.xreplace({n: sp.Float(v, DIGITS)}).evalf(DIGITS) for v in (FAR, FAR**2))
    if not (here.is_Float and there.is_Float and 0 < abs(there) < abs(here)):
        return
    twice = sp.floor(2 * sp.log(here / there) / sp.log(FAR) + sp.Rational(1, 2))
    if not (twice.is_Integer and 2 < twice <= MOST_ORDER):
        return
    a = twice / 2
    c = sp.Rational(str(sp.N(there * sp.Float(FAR, DIGITS) ** twice, 12))).limit_denominator(HIGHEST)
    for shift in (sp.Integer(0), sp.Rational(1, 2), sp.Integer(1)):
        yield c / (a - 1) * (n + shift) ** (1 - a), f"the integral of {c}/({n} + {shift})^{a}"


def replacements(total: Any, n: Any, above: bool, ground: Ground) -> Iterator[tuple[Any, str]]:
    """Bounds of a total on one side, the plainest first, each with what it is called.

    log u! = (u + 1/2) log u − u + log(2π)/2 + μ with 1/(12u) − 1/(360u³) ≤ μ ≤ 1/(12u) for u ≥ 1 (Robbins 1955; by
    Binet's integral); 1/(2u) − 1/(12u²) ≤ Σ 1/k − log u − γ ≤ 1/(2u) − 1/(12u²) + 1/(120u⁴) for u ≥ 1
    (Euler–Maclaurin); (u/v)^v ≤ u!/(v!(u − v)!) ≤ 2^u, u^v/v! and u^u/(v^v(u − v)^(u − v)) for v from 1 to u, the first
    and the last as it is a term of (x + y)^u; 1 − 1/t ≤ log t ≤ t − 1.

    Args:
        total: log u!, a harmonic sum, a binomial coefficient, or the logarithm of a product.
        n: the symbol on whose growth it depends.
        above: whether an upper bound is wanted.
        ground: what is known of the symbols.
    """
    match total:
        case sp.binomial():
            yield from _binomial(total.args[0], total.args[1], above, ground)
        case sp.log() if isinstance(total.args[0], sp.factorial):
            yield from _stirling(total.args[0].args[0], n, above, ground)
        case sp.log() if isinstance(total.args[0], sp.Product):
            product = total.args[0]
            t = product.function
            yield sp.Sum(sp.together(t - 1 if above else 1 - 1 / t), *product.limits), "1 − 1/t ≤ log t ≤ t − 1"
        case sp.Sum() if len(total.limits) == 1 and total.function == 1 / total.limits[0][0]:
            _, low, high = total.limits[0]
            yield from _harmonic(low, high, n, above, ground)


def _at_least_one(u: Any, ground: Ground) -> bool:
    return ground.positive(u - 1) or ground.positive(2 * u - 1)


def _stirling(u: Any, n: Any, above: bool, ground: Ground) -> Iterator[tuple[Any, str]]:
    if u.has(n) and _at_least_one(u, ground):
        rest = 1 / (12 * u) - (0 if above else 1 / (360 * u**3))
        found = (u + sp.Rational(1, 2)) * sp.log(u) - u + (sp.log(2) + sp.log(sp.pi)) / 2 + rest
        yield found, "Stirling's expansion with its remainder"


def _harmonic(low: Any, high: Any, n: Any, above: bool, ground: Ground) -> Iterator[tuple[Any, str]]:
    def first(u: Any, upper: bool) -> Any:
        rest = 1 / (2 * u) - 1 / (12 * u**2) + (1 / (120 * u**4) if upper else 0)
        return sp.log(u) + sp.EulerGamma + rest

    said = "Euler–Maclaurin's expansion with its remainder"
    if not (high.has(n) and _at_least_one(high, ground)):
        return
    if low == 1:
        yield first(high, above), said
    elif _at_least_one(low - 1, ground) and ground.positive(high - low + 2):
        yield first(high, above) - first(low - 1, not above), said


def _binomial(u: Any, v: Any, above: bool, ground: Ground) -> Iterator[tuple[Any, str]]:
    if not (ground.positive(v) and ground.positive(u - v + 1)):
        return
    if not above:
        yield (u / v) ** v, "(u/v)^v ≤ binomial(u, v)"
        return
    yield sp.Integer(2) ** u, "binomial(u, v) ≤ 2^u"
    yield u**v / sp.factorial(v), "binomial(u, v) ≤ u^v/v!"
    if ground.positive(u - v):
        yield u**u / (v**v * (u - v) ** (u - v)), "binomial(u, v) ≤ u^u/(v^v·(u − v)^(u − v))"
