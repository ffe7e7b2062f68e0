"""Expressions of the same sign: powers are compared by their logarithms, logarithms by their arguments."""

from __future__ import annotations

from math import lcm
from typing import Any

import sympy as sp

from checks.provers.structure.forms import canonical, factors_of, log_of, terms_of
from checks.provers.structure.ground import Ground

LARGEST = 8
"""The largest exponent that a logarithm's factor becomes."""


def sign_of_terms(terms: list[tuple[Any, Any]], ground: Ground) -> tuple[list[Any], list[Any]] | None:
    """The terms by their signs, all positive: those that are added and those that are subtracted; None if not known."""
    over, under = [], []
    for c, m in terms:
        if not ground.positive(m):
            return None
        if ground.positive(c):
            over.append(c * m)
        elif ground.positive(-c):
            under.append(-c * m)
        else:
            return None
    return over, under


def same_sign(f: Any, ground: Ground) -> Any:
    """An expression that has the sign of f everywhere, without powers or logarithms where that is possible.

    u − v has the sign of log u − log v for u, v > 0, and ρ(a log u − b log v) that of ρ(u^a − v^b).
    """
    terms = terms_of(canonical(f, ground))
    if len(terms) == 2 and any(m != 1 for _, m in terms):
        sides = sign_of_terms(terms, ground)
        if sides and len(sides[0]) == len(sides[1]) == 1:
            f = log_of(sides[0][0], ground) - log_of(sides[1][0], ground)
            terms = terms_of(canonical(f, ground))
    if not terms or not all(isinstance(m, sp.log) for _, m in terms):
        return f
    rho = terms[0][0]
    ratios = [sp.cancel(c / rho) for c, _ in terms]
    if not all(q.is_Rational for q in ratios):
        return f
    whole = lcm(*(int(q.q) for q in ratios))
    powers = [(m.args[0], int(q * whole)) for q, (_, m) in zip(ratios, terms, strict=True)]
    if max(abs(k) for _, k in powers) > LARGEST:
        return f
    over, under = (sp.Mul(*(u ** abs(k) for u, k in powers if s * k > 0)) for s in (1, -1))
    return rho * (over - under)


def core(f: Any, ground: Ground) -> tuple[int, list[Any]]:
    """The sign of f as ± a product: 0, or the sign and the factors whose signs are not known, each once.

    Squares are left out: what is claimed to be nonnegative may vanish with them.
    """
    product = factors_of(f, ground)
    sign, kept = product.sign, []
    for g, k in product.factors:
        if k % 2 and not ground.positive(g):
            if ground.positive(-g):
                sign = -sign
            else:
                kept.append(g)
    return sign, kept


def reduced(f: Any, ground: Ground) -> Any:
    """What has the sign of f wherever f does not vanish: without factors of known sign and squares, and plain."""
    sign, kept = core(f, ground)
    if sign == 0:
        return sp.S.Zero
    simple = sp.Mul(sign, *(same_sign(g, ground) for g in kept))
    sign, kept = core(simple, ground)
    return sp.Mul(sign, *kept)
