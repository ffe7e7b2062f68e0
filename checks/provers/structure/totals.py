"""Sums, products, factorials and binomials of symbolic length, by their recurrences from n to n + 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from checks.provers.structure.forms import canonical, is_zero, log_of
from checks.provers.structure.ground import Ground
from derivations.letters.names import own
from derivations.outcomes.budget import BudgetSpent, budget
from derivations.proofs.foreign import ForeignError, foreign_errors

TOTALS = (sp.Sum, sp.Product, sp.factorial, sp.binomial, sp.gamma, sp.harmonic)
MOST_NEW = 4
"""Terms by which a sum may grow in one step."""
CLOSED_STEPS = 80_000


@dataclass(frozen=True)
class Recurrence:
    """T(n + 1) = factor·T(n) + term."""

    factor: Any
    term: Any


def totals_of(f: Any, n: Any) -> set[Any]:
    """The outermost totals in f that have n, logarithms of totals among them."""
    if isinstance(f, sp.log) and isinstance(f.args[0], TOTALS) and f.has(n):
        return {f}
    if isinstance(f, TOTALS) and f.has(n):
        return {f}
    return {t for part in f.args for t in totals_of(part, n)}


def prepared(f: Any, ground: Ground) -> Any:
    """An expression in which harmonic numbers are sums, and logarithms of products of totals are apart."""

    def summed(e: Any) -> Any:
        k = sp.Dummy("k", integer=True, positive=True)
        power = e.args[1] if len(e.args) > 1 else sp.S.One
        return sp.Sum(1 / k**power, (k, 1, e.args[0]))

    def apart(e: Any) -> Any:
        u = e.args[0]
        if isinstance(u, sp.binomial):
            a, b = u.args
            return sp.log(sp.factorial(a)) - sp.log(sp.factorial(b)) - sp.log(sp.factorial(a - b))
        return log_of(u, ground)

    f = f.replace(lambda e: isinstance(e, sp.harmonic), summed)
    f = f.replace(lambda e: isinstance(e, sp.factorial), sp.expand_func)  # (n + 2)! = (n + 2)(n + 1) n!
    return f.replace(lambda e: isinstance(e, sp.log) and e.has(*TOTALS), apart)


def recurrence(total: Any, n: Any, ground: Ground) -> Recurrence | None:
    """How a total goes on from n to n + 1, or None where that is not known."""
    match total:
        case sp.log():
            inner = recurrence(total.args[0], n, ground)
            if inner is None or inner.term != 0:
                return None
            return Recurrence(sp.S.One, log_of(inner.factor, ground))
        case sp.Sum() | sp.Product() if len(total.limits) == 1:
            return _of_range(total, n, ground)
        case sp.factorial() | sp.gamma():
            u = total.args[0]
            slope = u.diff(n)
            if not (slope.is_Integer and 0 < slope <= MOST_NEW):
                return None
            first = 1 if isinstance(total, sp.factorial) else 0
            return Recurrence(sp.Mul(*(u + first + i for i in range(int(slope)))), sp.S.Zero)
        case sp.binomial():
            return _of_binomial(total.args[0], total.args[1], n)
    return None


def _of_binomial(a: Any, b: Any, n: Any) -> Recurrence | None:
    factor = sp.S.One
    for u, sign in ((a, 1), (b, -1), (a - b, -1)):
        slope = sp.expand(u).diff(n)
        if not (slope.is_Integer and abs(slope) <= MOST_NEW):
            return None
        steps = range(1, int(slope) + 1) if slope >= 0 else range(int(slope) + 1, 1)
        grown = sp.Mul(*(u + i for i in steps))
        factor *= grown ** (sign if slope >= 0 else -sign)
    return Recurrence(sp.factor(factor), sp.S.Zero)


def _of_range(total: Any, n: Any, ground: Ground) -> Recurrence | None:
    k, low, high = total.limits[0]
    term = total.function
    if not ground.positive(high - low + 2):
        return None  # before its range begins a total does not go on from one number to the next
    ratio = _plain(term.xreplace({n: n + 1}) / term, ground) if term.has(n) else sp.S.One
    if ratio.has(k) or (ratio != 1 and isinstance(total, sp.Product)):
        return None
    after = term.xreplace({n: n + 1})
    new: list[Any] = []
    gone: list[Any] = []
    for end, parts, first in ((high, new, 1), (low, gone, 0)):
        slope = sp.expand(end).diff(n)
        if not (slope.is_Integer and 0 <= slope <= MOST_NEW):
            return None
        parts += [after.xreplace({k: sp.expand(end + first + i)}) for i in range(int(slope))]
    if isinstance(total, sp.Sum):
        return Recurrence(ratio, sp.Add(*new) - sp.Add(*gone))
    return Recurrence(sp.Mul(*new) / sp.Mul(*gone), sp.S.Zero)


def _plain(u: Any, ground: Ground) -> Any:
    """A quotient of powers, with the powers that cancel gone."""
    return sp.powsimp(sp.cancel(sp.powsimp(canonical(u, ground))))


def linear_in(f: Any, totals: list[Any]) -> tuple[Any, list[Any]] | None:
    """f = α + Σ βᵢ Tᵢ as α and the βᵢ, or None."""
    names = {t: sp.Dummy(f"T{i}") for i, t in enumerate(totals)}
    plain = sp.expand(f.xreplace(names), log=False, func=False)
    found = [plain.diff(name) for name in names.values()]
    if any(b.has(*names.values()) for b in found):
        return None
    return plain.xreplace(dict.fromkeys(names.values(), sp.S.Zero)), found


def at_number(f: Any, n: Any, value: Any) -> Any:
    """The expression at a number, with its totals evaluated term by term."""

    def evaluated(e: Any) -> Any:
        k, low, high = e.limits[0]
        if not (high - low).is_Integer or high - low < -1:
            return e
        terms = [e.function.xreplace({k: low + i}) for i in range(int(high - low) + 1)]
        return sp.Add(*terms) if isinstance(e, sp.Sum) else sp.Mul(*terms)

    f = f.xreplace({n: sp.Integer(value)})
    f = f.replace(lambda e: isinstance(e, sp.Sum | sp.Product) and len(e.limits) == 1, evaluated)
    return f.replace(lambda e: isinstance(e, TOTALS) and e.is_number, lambda e: e.func(*e.args).doit())


def closed_form(total: Any, n: Any, first: Any, ground: Ground) -> Any | None:
    """A closed form of a sum or product by SymPy, shown by induction: its value at the first n, and its recurrence."""
    if not isinstance(total, sp.Sum | sp.Product):
        return None
    step = recurrence(total, n, ground)
    if step is None:
        return None
    k, low, high = total.limits[0]
    i, m = own("i", integer=True), own("m", integer=True, positive=True)
    try:
        with foreign_errors(), budget(CLOSED_STEPS):
            found = total.func(
                total.function.xreplace({k: i, n: m}), (i, low.xreplace({n: m}), high.xreplace({n: m}))
            ).doit()
            found = sp.gammasimp(found) if isinstance(total, sp.Product) else found
            branches = [e for e, _ in found.args] if isinstance(found, sp.Piecewise) else [found]
            for e in branches:
                e = e.xreplace({m: n})
                if e.has(sp.Sum, sp.Piecewise, sp.nan, sp.zoo, sp.lerchphi, sp.polygamma, sp.zeta, *TOTALS):
                    continue
                goes_on = e.xreplace({n: n + 1}) - step.factor * e - step.term
                if is_zero(goes_on, ground) and is_zero(at_number(total, n, first) - e.xreplace({n: first}), ground):
                    return e
    except (ForeignError, BudgetSpent):
        return None
    return None
