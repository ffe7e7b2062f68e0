"""Series in balls: terms added up, and what is left by Euler and Maclaurin with a bound of their remainder.

For f with 2m integrable derivatives on x ≥ N, with Bernoulli's numbers B,

    Σ_{k≥N} f(k) = ∫_N^∞ f dx + f(N)/2 − Σ_{j=1}^{m} B_{2j}/(2j)!·f^{(2j−1)}(N) + R,
    |R| ≤ 4/(2π)^{2m}·∫_N^∞ |f^{(2m)}| dx,

if f and these derivatives tend to 0. Terms that fall like a power of a number less than 1 need no more than a bound
of ∫ |f|. A sign (−1)^k goes where neighbours are put together. Anything else is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp
from flint import arb

from derivations.outcomes.budget import remembered
from numerics.errors import EvaluationError
from numerics.values.ball_integrals.envelopes import Envelopes
from numerics.values.ball_integrals.integrals import goal_bits
from numerics.values.ball_integrals.settled import BROKEN
from numerics.values.ball_integrals.strips import NoBall
from numerics.values.protocol import Evaluation

STARTS = (16, 64, 256, 1024)
"""From where on what is left of a series is bounded, one after the other."""
ORDER = 5
"""m, the number of corrections by derivatives."""


def series_ball(node: sp.Sum, outer: Evaluation) -> Any:
    """The ball of Σ f(k) over k ≥ a, or k ≤ b, or all integers; raises EvaluationError where none is found."""
    try:
        return _series(node, outer)
    except NoBall as error:
        raise EvaluationError(f"{error}: {node}") from None


def _series(node: sp.Sum, outer: Evaluation) -> Any:
    if len(node.limits) != 1:
        raise NoBall("a series over several indices")
    ((k, low, high),) = node.limits
    if low.is_infinite and high.is_infinite:
        below = sp.Sum(node.function, (k, low, -1))
        return _series(below, outer) + _series(sp.Sum(node.function, (k, 0, high)), outer)
    if low.is_infinite:
        return _series(sp.Sum(node.function.subs(k, -k), (k, -high, -low)), outer)
    start = outer.at(low).unique_fmpz()
    if start is None:
        raise NoBall("the first index is not an integer")
    best, reason = None, NoBall("the terms are not known to fall")
    bits = goal_bits(outer.values)
    total, done = arb(0), int(start)
    for end in STARTS:
        stop = max(end, int(start) + end)
        stop += stop % 2
        for i in range(done, stop):
            total += _finite(outer.with_values({k: arb(i)}).at(node.function))
        done = stop
        try:
            found = total + _from(node.function, k, stop, outer, bits)
        except (NoBall, EvaluationError, ZeroDivisionError) as error:
            reason = NoBall(str(error))
            continue
        if found.is_finite():
            best = found if best is None else best.intersection(found)
            if best.rad() < arb(2) ** (4 - bits):
                break
    if best is None:
        raise reason
    return best


def _from(term: sp.Expr, k: sp.Symbol, start: int, outer: Evaluation, bits: int) -> Any:
    """Σ over k ≥ start, an even number; of what alternates f(2j) + f(2j + 1) over j ≥ start/2."""
    f, x, pair = _smooth(term, k)
    if pair is None:
        return _rest(f, x, start, outer, bits)
    # neighbours may be put together where the terms tend to 0
    envelopes = Envelopes(x, arb(start), outer)
    if not all(envelopes.upper(t).decays for t in sp.Add.make_args(sp.expand(f))):
        raise NoBall("the terms are not known to tend to 0")
    for j in (start // 2, start // 2 + 3):  # both forms of a pair
        two = sum((outer.with_values({k: arb(2 * j + i)}).at(term) for i in (0, 1)), arb(0))
        if not outer.with_values({x: arb(j)}).at(pair).overlaps(two):
            raise NoBall(f"{pair} is not the sum of two neighbours")
    return _rest(pair, x, start // 2, outer, bits)


@remembered(512)
def _smooth(term: sp.Expr, k: sp.Symbol) -> tuple[sp.Expr, sp.Symbol, sp.Expr | None]:
    """The term without its sign (−1)^k as a function of a positive number x; where it has one, f(2x) + f(2x + 1)."""
    x = sp.Dummy("x", positive=True)
    signs = {p: sp.S.One for p in term.atoms(sp.Pow) if p.base == -1 and p.exp.has(k)}
    if not signs:
        return term.subs(k, x), x, None
    j = sp.Dummy("j", integer=True, positive=True)
    pair = sp.together(sp.Add(*(sp.powsimp(term.subs(k, 2 * j + i)) for i in (0, 1))))
    return term.xreplace(signs).subs(k, x), x, pair.xreplace({j: x})


def _finite(value: Any) -> Any:
    if not value.is_finite():
        raise NoBall("a term has no finite ball")
    return value


def _rest(f: sp.Expr, x: sp.Symbol, start: int, outer: Evaluation, bits: int) -> Any:
    """Σ f(k) over k ≥ start."""
    n = arb(start)
    envelopes = Envelopes(x, n - 1, outer)
    with_expansion = sp.expand(f)
    terms = sp.Add.make_args(with_expansion)
    try:
        mass = sum((_falling(envelopes, t) for t in terms), arb(0))
        if mass < arb(2) ** -bits:
            return arb(0, mass.upper())
    except NoBall:
        mass = None
    if mass is not None and f.has(sp.factorial, sp.gamma):
        return arb(0, mass.upper())  # falls by itself, and its derivatives are long
    if f.has(*BROKEN):
        raise NoBall("kinks or jumps without an end")
    here = outer.with_values({x: n})
    last = None
    found = outer.at(sp.Integral(f, (x, start, sp.oo))) + here.at(f) / 2
    for j, (odd, even) in enumerate(_derivatives(f, x), 1):
        found -= arb.bernoulli(2 * j) / arb(2 * j).fac() * here.at(odd)
        left = 4 / (2 * arb.pi()) ** (2 * j) * Envelopes(x, n, outer).beyond(sp.expand(even, deep=False))
        value = found + arb(0, left.upper())
        last = value if last is None else last.intersection(value)
    if last is None or not last.is_finite():
        raise NoBall("no remainder is bounded")
    return last if mass is None else last.intersection(arb(0, mass.upper()))


def _falling(envelopes: Envelopes, term: sp.Expr) -> Any:
    """A bound of Σ |term| over k ≥ r + 1, by the integral of what falls from r on."""
    e = envelopes.upper(term)
    rate = e.power.max(arb(0)) / envelopes.r + e.c1 + 2 * e.c2 * envelopes.r
    if not (e.decays and rate <= 0):
        raise NoBall(f"{term} is not known to fall")
    return envelopes.beyond(term)


@remembered(256)
def _derivatives(f: sp.Expr, x: sp.Symbol) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
    """The first odd and even derivatives, in pairs."""

    def pairs() -> Iterator[tuple[sp.Expr, sp.Expr]]:
        now = f
        for _ in range(ORDER):
            odd = now.diff(x)
            now = odd.diff(x)
            yield odd, now

    return tuple(pairs())
