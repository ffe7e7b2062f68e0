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


def expanded(total: Any, n: Any, above: bool, ground: Ground) -> tuple[Any, str] | None:
    """A bound of log u! or of Σ 1/k from 1 to u by its expansion with the sign of its remainder, for u ≥ 1; of binomials.

    log u! = (u + 1/2) log u − u + log(2π)/2 + μ with 1/(12u) − 1/(360u³) ≤ μ ≤ 1/(12u) (Robbins 1955; by Binet's
    integral), and 1/(2u) − 1/(12u²) ≤ Σ 1/k − log u − γ ≤ 1/(2u) − 1/(12u²) + 1/(120u⁴) (Euler–Maclaurin).
    """
    if isinstance(total, sp.binomial):
        return _binomial(*total.args, above, ground)
    if isinstance(total, sp.log) and isinstance(total.args[0], sp.factorial):
        u = total.args[0].args[0]
        rest = 1 / (12 * u) - (0 if above else 1 / (360 * u**3))
        found = (u + sp.Rational(1, 2)) * sp.log(u) - u + (sp.log(2) + sp.log(sp.pi)) / 2 + rest
        said = "Stirling's expansion with its remainder"
    elif isinstance(total, sp.Sum) and len(total.limits) == 1:
        k, low, u = total.limits[0]
        if low != 1 or total.function != 1 / k:
            return None
        found = sp.log(u) + sp.EulerGamma + 1 / (2 * u) - 1 / (12 * u**2) + (1 / (120 * u**4) if above else 0)
        said = "Euler–Maclaurin's expansion with its remainder"
    else:
        return None
    at_least_one = u.has(n) and (ground.positive(u - 1) or Ground(ground.ranges, ground.conditions).positive(2 * u - 1))
    return (found, said) if at_least_one else None


def _binomial(u: Any, v: Any, above: bool, ground: Ground) -> tuple[Any, str] | None:
    """(u/v)^v ≤ u(u − 1)…(u − v + 1)/v! ≤ u^v/v! for v from 1 to u: by their factors (u − i)/(v − i) ≥ u/v."""
    if not (ground.positive(v) and ground.positive(u - v + 1)):
        return None
    return (u**v / sp.factorial(v), "u(u − 1)…(u − v + 1) ≤ u^v") if above else ((u / v) ** v, "(u − i)/(v − i) ≥ u/v")
