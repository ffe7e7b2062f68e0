"""Ways from a claim on sums over entries to one on a single entry: each claim on entries implies the one on vectors.

All sums T of what is nonnegative are positive in these claims. For vectors at which some T = 0, the claim follows by
T + ε → T: its powers there have positive exponents, which is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

import sympy as sp

from checks.provers.entrywise.reading import Reading, Total, expanded, nonnegative
from checks.provers.structure.forms import is_zero
from checks.provers.structure.ground import Ground
from derivations.letters.names import own

MOST_FORMS = 6
"""Forms of a claim, by what is taken out of a power or logarithm, that are looked at."""
MOST_SPLITS = 4
"""Ways to write its terms as sums over entries."""
EULER = "h is homogeneous of degree 1 in the sums T, so that h = Σ ∂h/∂T·T = Σᵢ Σ ∂h/∂T·F(xᵢ), by Euler"
TERMS = "written as a sum over entries, of which each term is nonnegative"


@dataclass(frozen=True)
class OfEntry:
    """A claim g ≥ 0 on one entry.

    Args:
        g: The expression.
        conditions: What is known of the entry: T ≥ F, m ≥ |G|, each as a relation.
        how: How the claim on vectors follows, in words.
        free: Whether g has sums that are not tied to the entry, so that its units may be chosen.
    """

    g: Any
    conditions: tuple[Any, ...]
    how: str
    free: bool = False


def ways(found: Reading, ground: Ground) -> Iterator[OfEntry]:
    """The claims on one entry, each of which implies h ≥ 0.

    Args:
        found: What was read.
        ground: The numbers of the statement, with their ranges and conditions.
    """
    yield from _at_one_place(found)
    if found.picked:
        return
    for h, said in islice(_forms(found, ground), MOST_FORMS):
        if _continuous(h, found, ground):
            yield from _of_degree_one(h, said, found, ground)
            yield from _term_by_term(h, said, found)


def _known(found: Reading) -> tuple[Any, ...]:
    """What is known of every entry: no summand is above its sum, no |G| above its largest value."""
    sums = [sp.Ge(t.above, 0) for t in found.totals if t.nonnegative]
    return (*(c for c in sums if c not in (sp.true, sp.false)), *_bounds(found))


def _bounds(found: Reading) -> tuple[Any, ...]:
    """That no |G| is above its largest value."""
    bounds = [sp.Ge(m - sp.Abs(g), 0) for m, g in found.largest.items()]
    return tuple(c for c in bounds if c not in (sp.true, sp.false))


def flat(e: Any) -> Any:
    """The expression with one exponent for powers of powers of what is positive, and exponents as short fractions."""
    e = e.replace(
        lambda p: p.is_Pow and p.base.is_Pow and bool(p.base.base.is_positive),
        lambda p: p.base.base ** (p.base.exp * p.exp),
    )
    e = sp.powsimp(e.replace(lambda p: p.is_Pow and not p.exp.is_Rational, lambda p: p.base ** sp.cancel(p.exp)))
    return e.replace(lambda p: p.is_Pow and not p.exp.is_Rational, lambda p: p.base ** sp.cancel(p.exp))


def _at_one_place(found: Reading) -> Iterator[OfEntry]:
    """At the place i of a largest entry m = |G(xᵢ)|, or of the entry that the claim is about: T = F(xᵢ) + R, R ≥ 0."""
    places = [(None, sp.S.Zero)] if found.picked else [(m, sp.Abs(g)) for m, g in found.largest.items()]
    put_in = {}
    for t in found.totals:
        if t.nonnegative:
            put_in[t.name] = (t.entry + own(f"R_{t.name}", nonnegative=True)) ** (1 / sp.sympify(t.power))
    for m, value in places:
        others = [sp.Ge(k - sp.Abs(g), 0) for k, g in found.largest.items() if k != m]
        kept = tuple(c for c in others if c not in (sp.true, sp.false))
        g = flat(found.h.xreplace(put_in).xreplace({} if m is None else {m: value}))
        where = "of that entry" if m is None else f"where |{found.largest[m]}| is largest"
        yield OfEntry(g, kept, f"at the place i {where}, with R = T − F(xᵢ) ≥ 0 for the sums T = Σ F")


def _forms(found: Reading, ground: Ground) -> Iterator[tuple[Any, str]]:
    """h, and what h ≥ 0 follows from where a power or logarithm of sums is alone on one side."""
    yield found.h, ""
    terms = sp.Add.make_args(expanded(found.h))
    names = {t.name: t for t in found.totals}
    for term in terms if len(terms) > 1 else ():
        rest = sp.Add(*(t for t in terms if t != term))
        for factor in sp.Mul.make_args(term):
            if not factor.has(*names) or (term / factor).has(*names):
                continue
            c = term / factor
            sign = 1 if ground.positive(c) else -1 if ground.positive(-c) else 0
            other = expanded(-rest / c)
            sides = _without(factor, other, names, ground) if sign else None
            if sides is not None:
                yield sign * (sides[0] - sides[1]), f"{factor} {'≥' if sign > 0 else '≤'} {other}; "


def _without(factor: Any, other: Any, names: dict[Any, Total], ground: Ground) -> tuple[Any, Any] | None:
    """What is inside of a power or logarithm, and the inverse of it at the other side, where that is increasing."""
    if isinstance(factor, sp.log):
        return factor.args[0], exponential(other)
    base, k = factor.as_base_exp()
    power = names[base].power if base in names else sp.S.One
    if not ground.positive(k) or k == power or not (nonnegative(other, ground) and nonnegative(base, ground)):
        return None
    return base**power, flat(sp.expand_power_base(other ** (power / k)))


def _continuous(h: Any, found: Reading, ground: Ground) -> bool:
    """Whether h is continuous where sums vanish: bases of powers there are sums of what is nonnegative."""
    put_in = {}
    for t in found.totals:
        if t.nonnegative and not t.entry.is_positive:
            put_in[t.name] = sp.Dummy("T", nonnegative=True)
    h = h.xreplace(put_in)
    for e in h.atoms(sp.Pow, sp.log):
        base, exponent = (e.base, e.exp) if e.is_Pow else (e.args[0], sp.S.NegativeOne)
        whole = exponent.is_Integer and exponent.is_nonnegative
        vanishes = nonnegative(base, ground) and ground.positive(exponent)
        if base.has(*put_in.values()) and not (whole or base.is_positive or vanishes):
            return False
    return True


def exponential(exponent: Any) -> Any:
    """exp of a sum, as the product of the exponentials of its terms: of t·log u the power uᵗ."""
    found = sp.S.One
    for term in sp.Add.make_args(sp.expand(exponent, log=False, func=False)):
        log = next((a for a in sp.Mul.make_args(term) if isinstance(a, sp.log)), None)
        found *= sp.exp(term) if log is None else log.args[0] ** (term / log)
    return found


def _of_degree_one(h: Any, said: str, found: Reading, ground: Ground) -> Iterator[OfEntry]:
    """Σ ∂h/∂T·F ≥ 0 for all T implies h ≥ 0 where h is homogeneous of degree 1 in the sums, the size among them."""
    if not found.size.is_Symbol or not found.totals:
        return
    wider = _wider(found, ground)
    weights: dict[Any, Any] = {t.name: 1 / sp.sympify(t.power) for t in found.totals if h.has(t.name)}
    if h.has(found.size):
        weights[found.size] = sp.S.One
    slopes = {s: h.diff(s) for s in weights}
    if any(d.has(sp.Derivative, sp.Subs) for d in slopes.values()):
        return
    degree = sp.Add(*(w * s * slopes[s] for s, w in weights.items()))
    if is_zero(degree, wider):
        values = [t.value for t in found.totals if t.name in weights and t.name.is_positive]
        for factor in (*values, *([found.size] if found.size in weights else [])):
            grown = expanded(h * factor)
            yield from _of_degree_one(grown, f"{said}times {factor}; ", found, ground)
        return
    if not is_zero(degree - h, wider):
        return
    g = slopes.get(found.size, sp.S.Zero)
    for t in found.totals:
        if t.name in slopes:
            g += slopes[t.name] / (t.power * t.name ** (t.power - 1)) * t.entry
    bounds = _bounds(found) if g.has(*found.largest) else ()
    yield OfEntry(flat(g), bounds, said + EULER, free=True)


def _wider(found: Reading, ground: Ground) -> Ground:
    """The ground with the sums as numbers."""
    sums = {t.name: sp.Interval.open(0, sp.oo) if t.name.is_positive else sp.S.Reals for t in found.totals}
    return Ground({**ground.ranges, **sums}, ground.conditions)


def _term_by_term(h: Any, said: str, found: Reading) -> Iterator[OfEntry]:
    """Each term as a sum over entries: by a sum that it is a multiple of, or as n times the n-th part of it."""
    h = expanded(h)
    lowest = {t: min((p.exp for p in h.atoms(sp.Pow) if p.base == t.name and p.exp.is_Integer), default=0)
              for t in found.totals if t.name.is_positive}  # fmt: skip
    below = [t.name**-k for t, k in lowest.items() if k < 0]
    grown = expanded(h * sp.Mul(*below))
    choices = [list(_as_sums(term, found)) for term in sp.Add.make_args(grown)]
    times = f"times {sp.Mul(*below)}; " if below else ""
    for chosen in islice(product(*choices), MOST_SPLITS):
        yield OfEntry(flat(sp.Add(*chosen)), _known(found), said + times + TERMS)


def _as_sums(term: Any, found: Reading) -> Iterator[Any]:
    """The summands whose sum over entries a term may be."""
    by_sum = False
    for t in found.totals:
        factor = next((a for a in sp.Mul.make_args(term) if a.as_base_exp()[0] == t.name), None)
        if factor is not None:
            by_sum = True
            yield term / t.value * t.entry
    if not by_sum:
        yield term / found.size
