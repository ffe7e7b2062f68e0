"""Rules of one variable: least where the derivative changes sign, at an end, or at the ends where f is concave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

from checks.provers.claims import Proof
from checks.provers.structure.ends import limit_at
from checks.provers.structure.forms import canonical, factors_of, is_zero, terms_of
from checks.provers.structure.ground import Ground
from checks.provers.structure.search import Search, bases, joined
from checks.provers.structure.signs import core, reduced, same_sign
from derivations.gaussian import relu, step

KINKS = (sp.Abs, sp.Max, sp.Min)
JUMPS = (sp.sign, sp.Heaviside, sp.Piecewise, sp.floor, sp.ceiling, sp.frac, sp.Mod, relu, step)
"""What a derivative says nothing of where it jumps, or has a kink that is not taken by cases."""
SHORT = 60
"""Operations of an expression of which a limit is taken."""


def kinks(search: Search, f: Any, ground: Ground, depth: int) -> Proof | None:
    """|u|, max and min by cases."""
    found = sorted(f.atoms(*KINKS), key=lambda e: (e.count_ops(), str(e)))
    if not found:
        return None
    e = found[0]
    if isinstance(e, sp.Abs):
        (u,) = e.args
        cases = [([u], u), ([-u], -u)]
    else:
        side = 1 if isinstance(e, sp.Max) else -1
        cases = [([side * (a - b) for b in e.args if b != a], a) for a in e.args]
    parts = []
    for gaps, value in cases:
        conditions = [sp.Ge(gap, 0) for gap in gaps]
        if sp.false in conditions:
            continue
        more = [c for c in conditions if c != sp.true]
        part = search.proved(f.xreplace({e: value}), Ground(ground.ranges, (*ground.conditions, *more)), depth)
        if part is None:
            return None
        parts.append(part)
    return joined(ground.claim(f), f"{f} ≥ 0, by cases for {e}:", *parts)


def least_value(search: Search, f: Any, ground: Ground, depth: int) -> Proof | None:
    """f is least where its derivative in one variable changes from minus to plus, or at an end if it is monotone."""
    if f.has(*KINKS, *JUMPS) or not f.is_Add:
        return None
    for x in _variables(f, ground):
        for g in _divided(f, x, ground):
            found = _least_in(search, f, g, x, ground, depth)
            if found is not None:
                return found
    return None


def _least_in(search: Search, f: Any, g: Any, x: Any, ground: Ground, depth: int) -> Proof | None:
    slope = reduced(g.diff(x), ground)
    if slope == 0 or not any(x in s.free_symbols for s in (slope, g)):
        return None
    r, others = ground.ranges[x], ground.without(x)
    free = Ground(ground.ranges, others.conditions)
    told = "" if g == f else f" divided by {sp.cancel(sp.together(f / g))} > 0,"
    for end, sign, way in ((r.inf, 1, "increases"), (r.sup, -1, "decreases")):
        value = _value(g, x, end, others)
        if value is not None:
            part = search.proved(value, others, depth)
            grows = part and search.proved(sign * slope, free, depth)
            if part and grows:
                return joined(ground.claim(f), f"{f} ≥ 0:{told} it {way} in {x} from its value at {end}:", part, grows)
    for x0 in _roots(slope, x, ground):
        if not _within(search, x0, x, free, depth):
            continue
        part = search.proved(g.xreplace({x: x0}), others, depth)
        turns = part and search.proved((x - x0) * slope, free, depth)
        if part and turns:
            line = f"{f} ≥ 0:{told} it decreases in {x} up to {x0} and increases from there:"
            return joined(ground.claim(f), line, part, turns)
    return None


def _value(f: Any, x: Any, end: Any, others: Ground) -> Any | None:
    """The value or limit of f at an end of the range of x; of limits at infinity those in one variable."""
    if end.is_finite:
        return f.xreplace({x: end}) if _continuous(f, x, end, others) else None
    if f.free_symbols != {x} or f.count_ops() > SHORT:
        return None
    return limit_at(f, x, end)


def _variables(f: Any, ground: Ground) -> list[Any]:
    """The variables, those first in which f is a sum of powers and logarithms whose exponents do not have them."""

    def exponents(x: Any) -> int:
        return sum(bool(e.exp.has(x)) for e in f.atoms(sp.Pow)) + sum(bool(e.has(x)) for e in f.atoms(sp.exp))

    found = [s for s in ground.ranges if f.has(s) and ground.ranges[s].is_Interval]
    return sorted(found, key=lambda s: (exponents(s), str(s)))


def _divided(f: Any, x: Any, ground: Ground) -> Iterator[Any]:
    """The expression, and the expression without the positive factor of its logarithms in x."""
    yield f
    factors = {c for c, m in terms_of(canonical(f, ground)) if isinstance(m, sp.log) and m.has(x)}
    for c in sorted(factors, key=str):
        common = next((c for c in (c, -c) if c.has(x) and ground.positive(c)), None)
        if common is not None:
            yield sp.Add(*(sp.cancel(c / common) * m for c, m in terms_of(canonical(f, ground))))
            return


def _roots(slope: Any, x: Any, ground: Ground) -> list[Any]:
    """Where a factor of the slope vanishes: x as an expression in the other symbols."""
    found = []
    for g, _ in factors_of(slope, ground).factors:
        g = sp.expand(g)
        c = g.coeff(x)
        if c != 0 and not (c.has(x) or (g - c * x).expand().has(x)):
            found.append(sp.cancel(-(g - c * x).expand() / c))
            continue
        terms = terms_of(canonical(g, ground))
        own = [c for c, m in terms if m == sp.log(x)]
        if len(own) == 1 and not any(m.has(x) or c.has(x) for c, m in terms if m != sp.log(x)) and not own[0].has(x):
            rest = [(sp.cancel(-c / own[0]), m) for c, m in terms if m != sp.log(x)]
            found.append(
                sp.Mul(*(m.args[0] ** c if isinstance(m, sp.log) else sp.exp(sp.expand(c * m)) for c, m in rest))
            )
    # another variable of the same range, where the slope vanishes with their difference
    equal = [y for y in ground.ranges if y != x and ground.ranges[y] == ground.ranges[x] and slope.has(y)]
    found += [y for y in equal if is_zero(slope.xreplace({x: y}), ground)]
    return list(dict.fromkeys(found))


def _within(search: Search, x0: Any, x: Any, ground: Ground, depth: int) -> bool:
    """Whether x0 lies in the range of x, whatever the other symbols are."""
    r, others = ground.ranges[x], ground.without(x)
    if x0.is_number:
        return bool(r.contains(x0) == True)  # noqa: E712
    gaps = [x0 - r.inf if r.inf.is_finite else None, r.sup - x0 if r.sup.is_finite else None]
    strict = (r.left_open, r.right_open)
    for gap, is_strict in zip(gaps, strict, strict=True):
        if gap is None or others.positive(gap):
            continue
        if is_strict or search.proved(gap, others, depth) is None:
            return False
    return True


def _continuous(f: Any, x: Any, end: Any, others: Ground) -> bool:
    """Whether f is continuous up to an end: its bases stay positive, or vanish with positive exponents."""
    for u, e in bases(f):
        if not u.has(x) and not e.has(x):
            continue
        at, exponent = u.xreplace({x: end}), e.xreplace({x: end})
        if at.has(sp.nan, sp.zoo) or exponent.has(sp.nan, sp.zoo):
            return False
        if not (
            others.positive(at) or (e.is_Integer and others.positive(-at)) or (at == 0 and others.positive(exponent))
        ):
            return False
    return not f.xreplace({x: end}).has(sp.nan, sp.zoo, sp.oo)


def concave(search: Search, f: Any, ground: Ground, depth: int) -> Proof | None:
    """Where f is concave in a variable of a bounded range, it is least at the ends."""
    if f.has(*KINKS, *JUMPS) or not f.is_Add:
        return None
    for x in sorted((s for s in ground.ranges if f.has(s)), key=str):
        r, others = ground.ranges[x], ground.without(x)
        if not (r.is_Interval and r.inf.is_finite and r.sup.is_finite):
            continue
        if not all(_continuous(f, x, end, others) for end in (r.inf, r.sup)):
            continue
        bends = f.diff(x, 2)
        parts = [search.proved(f.xreplace({x: end}), others, depth) for end in (r.inf, r.sup)]
        if None in parts:
            continue
        bent = search.proved(-bends, Ground(ground.ranges, others.conditions), depth)
        if bent is not None:
            line = f"{f} ≥ 0: it is concave in {x}, and so it is least at {r.inf} or {r.sup}:"
            return joined(ground.claim(f), line, bent, *(p for p in parts if p))
    return None


def products(search: Search, f: Any, ground: Ground, depth: int) -> Proof | None:
    """A product of two factors: both nonnegative, or both nonpositive."""
    sign, kept = core(f, ground)
    if len(kept) != 2 or sign == 0:
        return None
    first, second = kept
    for s in (1, -1):
        a = search.proved(s * same_sign(first, ground), ground, depth)
        b = a and search.proved(s * sign * same_sign(second, ground), ground, depth)
        if a and b:
            return joined(ground.claim(f), f"{f} ≥ 0: both factors have the same sign:", a, b)
    return None
