"""Sums of what is given: a claim that is a combination of given inequalities, with factors ≥ 0, and of terms ≥ 0.

The factors are found by linear programming in floats, made rational, and the identity is checked exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import sympy as sp
from scipy.optimize import linprog

from derivations.domains import Domain
from derivations.outcomes.budget import remembered

Terms: TypeAlias = dict[Any, sp.Rational]
MOST = 400
"""The most products of given inequalities with numbers ≥ 0 that are combined."""
NEAR = 200
"""Terms of which a second product may speak."""
ROUNDS = 2
"""How often products that speak of what those before speak of are added."""
LARGEST_DENOMINATOR = 1000


def combined(gap: Any, given: Sequence[Any], domain: Domain) -> bool:
    """Whether a number is ≥ 0 as a sum of given numbers ≥ 0, some of them times a symbol ≥ 0, and of terms ≥ 0.

    Args:
        gap: The number, an expression in which every term that is no power or product of others is a symbol.
        given: The numbers that are ≥ 0.
        domain: The ranges of the symbols.

    Example:
        >>> from derivations.domains import make_domain
        >>> x, y, z = sp.symbols("x y z", real=True)
        >>> q = sp.Symbol("q", nonnegative=True)
        >>> combined(q * x - z, [x - y, q * y - z], make_domain({}, (), {x, y, z, q}))
        True
    """
    wanted = _terms(gap)
    plain = [terms for number in given if (terms := _terms(number)) is not None]
    if wanted is None or not plain:
        return False
    signs: dict[Any, bool] = {}
    if _found(wanted, plain, domain, signs):
        return True
    columns = list(plain)
    factors = _nonnegative(gap, given, domain)
    waiting = [(factor, terms) for factor in factors for terms in plain]
    positive = _positive(gap, given, domain)
    waiting += [(factor, terms) for terms in plain for factor in _quotients(wanted, terms, positive, set(factors))]
    # first the products that speak of what is wanted, then those that speak of what these speak of
    reached = list(wanted)
    powers = {id(terms): frozenset(map(_key, terms)) for terms in plain}
    for _ in range(ROUNDS):
        parts: dict[Any, set[Any]] = {}
        exponents = list(map(_exponents, reached))
        more: list[Terms] = []
        left = []
        for factor, terms in waiting:
            if factor not in parts:
                by = _exponents(factor)
                parts[factor] = {frozenset(_over(t, by).items()) for t in exponents}
            if len(columns) + len(more) < MOST and not parts[factor].isdisjoint(powers[id(terms)]):
                times = _times(factor, terms)
                more += [times] if times is not None else []
            else:
                left.append((factor, terms))
        if not more:
            return False
        columns += more
        if _found(wanted, columns, domain, signs):
            return True
        near = [terms for terms in plain if not set(terms).isdisjoint(wanted)]
        reached = list(dict.fromkeys(t for terms in (*near, *more) for t in terms))[:NEAR]
        waiting = left
    return False


def _times(factor: Any, terms: Terms) -> Terms | None:
    """A sum times a symbol or its root; it is multiplied out only where that changes a power in it."""
    products = {factor * t: v for t, v in terms.items()}
    plain = all(p.func is not sp.Pow or not p.exp.is_Add for t in products for p in sp.Mul.make_args(t))
    if plain and all(sp.Mul.make_args(t)[0].is_Number is False for t in products):
        return products
    return _terms(sp.Add(*(t * v for t, v in products.items())))


def _found(wanted: Terms, columns: Sequence[Terms], domain: Domain, known: dict[Any, bool]) -> bool:
    """Whether what is wanted is a sum of columns and terms ≥ 0; which terms are, is known from one call to the next."""
    rows = list(dict.fromkeys(t for terms in (wanted, *columns) for t in terms))
    if not set(wanted) <= {t for terms in columns for t in terms} | {t for t, v in wanted.items() if v > 0}:
        return False
    place = {t: number for number, t in enumerate(rows)}
    new = [t for t in rows if t not in known]
    known |= {t: bool(a.is_nonnegative) for t, a in zip(new, domain.assume(sp.Tuple(*new)), strict=True)}
    signs = [known[t] for t in rows]
    matrix = np.zeros((len(rows), len(columns)))
    for number, terms in enumerate(columns):
        for term, value in terms.items():
            matrix[place[term], number] = float(value)
    target = np.array([float(wanted.get(t, 0)) for t in rows])
    # the rest, gap − Σ c·given, has only terms ≥ 0
    free = np.array(signs)
    found = linprog(
        np.ones(len(columns)),
        A_ub=matrix[free] if free.any() else None,
        b_ub=target[free] if free.any() else None,
        A_eq=matrix[~free] if (~free).any() else None,
        b_eq=target[~free] if (~free).any() else None,
        method="highs",
    )
    if found.x is None or not found.success:
        return False
    rest = dict(wanted)
    for share, terms in zip(found.x, columns, strict=True):
        exact = Fraction(float(share)).limit_denominator(LARGEST_DENOMINATOR)
        if exact <= 0:
            continue
        for term, value in terms.items():
            rest[term] = rest.get(term, sp.S.Zero) - sp.Rational(exact.numerator, exact.denominator) * value
    return all(v == 0 or (v > 0 and signs[place[t]]) for t, v in rest.items())


def _terms(number: Any) -> Terms | None:
    """The terms of a sum with their rational factors; None where a factor is no rational number."""
    found: Terms = {}
    for term, value in sp.expand(number).as_coefficients_dict().items():
        if not value.is_Rational:
            return None
        found[term] = found.get(term, sp.S.Zero) + value
    return found


def _quotients(wanted: Terms, terms: Terms, positive: set[Any], nonnegative: set[Any]) -> list[Any]:
    """What is wanted over a term that is given, where that is a product of powers of numbers ≥ 0, such as c²/H²."""
    found: dict[Any, None] = {}
    below = list(map(_exponents, terms))
    for one in map(_exponents, wanted):
        for other in below:
            parts = _over(one, other)
            # a symbol or its root is tried before
            tried = len(parts) < 2 and all(e in (1, sp.S.Half) for e in parts.values())
            signs = (b in (nonnegative if e.is_positive else positive) and e.is_Rational for b, e in parts.items())
            if not tried and all(signs):
                found[sp.Mul(*(b**e for b, e in parts.items()))] = None
    return list(found)


@remembered(8192)
def _exponents(term: Any) -> dict[Any, Any]:
    """A product as the exponent of each of its bases: products of many terms are found without making them."""
    found: dict[Any, Any] = {}
    for factor in sp.Mul.make_args(term):
        base, exponent = factor.as_base_exp()
        if base is not sp.S.One:
            found[base] = found[base] + exponent if base in found else exponent
    return found


def _key(term: Any) -> frozenset[Any]:
    return frozenset(_exponents(term).items())


def _over(one: dict[Any, Any], other: dict[Any, Any]) -> dict[Any, Any]:
    """The exponents of a quotient."""
    found = dict(one)
    for base, exponent in other.items():
        left = found.pop(base, sp.S.Zero) - exponent
        if left != 0:
            found[base] = left
    return found


def _positive(gap: Any, given: Sequence[Any], domain: Domain) -> set[Any]:
    ordered = sorted({s for e in (gap, *given) for s in e.free_symbols}, key=sp.default_sort_key)
    return {s for s, known in zip(ordered, domain.assume(sp.Tuple(*ordered)), strict=True) if known.is_positive}


def _nonnegative(gap: Any, given: Sequence[Any], domain: Domain) -> list[Any]:
    """The symbols ≥ 0, and their roots, by which a given inequality may be multiplied."""
    powers = {p for e in (gap, *given) for p in e.atoms(sp.Pow) if p.base.is_Symbol and p.exp == sp.S.Half}
    symbols = {s for e in (gap, *given) for s in e.free_symbols} | powers
    ordered = sorted(symbols, key=sp.default_sort_key)
    return [s for s, known in zip(ordered, domain.assume(sp.Tuple(*ordered)), strict=True) if known.is_nonnegative]
