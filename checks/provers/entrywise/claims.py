"""The claims on one entry that a claim on vectors follows from, as provers take them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp
from sympy.core.relational import Relational
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from checks.provers.claims import Claim
from checks.provers.entrywise.reading import Reading, reading
from checks.provers.entrywise.units import by_exponentials, by_sizes, groups_of, in_units
from checks.provers.entrywise.ways import OfEntry, exponential, flat, ways
from checks.provers.structure.ground import Ground
from derivations.domains import Domain, sign_of
from derivations.letters.names import own
from derivations.outcomes.budget import BudgetSpent, budget, take
from derivations.proofs.foreign import ForeignError, foreign_errors
from derivations.spectra.nodes import MaxNorm

STEPS = 400_000
"""For the claims that are made of one."""
MOST = 12
"""The most claims."""


def entry_claims(f: Any, domain: Domain) -> list[Claim]:
    """The claim f ≥ 0 on vectors as claims on one entry, each sufficient for it; none where it is of another kind.

    Args:
        f: An expression in vectors and numbers, with largest entries, one entry, products or functions entry by entry.
        domain: Where it is claimed; its conditions on vectors are not used.

    Example:
        >>> from derivations import max_norm, norm, vector
        >>> from derivations.domains import make_domain
        >>> x = vector("x", sp.Symbol("n", integer=True, positive=True))
        >>> f = norm(x) - max_norm(x)
        >>> entry_claims(f, make_domain({}, (), f.free_symbols))[0].f
        sqrt(R_s0 + x_i**2) - Abs(x_i)
    """
    if not isinstance(f, sp.Expr) or not f.has(ElementwiseApplyFunction, MaxNorm, MatrixElement, sp.HadamardProduct):
        return []
    made: list[Claim] = []
    names, ground = _with_signs(domain)
    try:
        with budget(STEPS), foreign_errors():
            for whole in (True, False):
                found = reading(f, domain, names, ground, whole)
                for claim in _all(found, ground, names) if found is not None else ():
                    if claim.f not in [c.f for c in made]:
                        made.append(claim)
                    if len(made) == MOST:
                        return made
    except (BudgetSpent, ForeignError):
        take(0)
    return made


def _all(found: Reading, ground: Ground, names: dict[Any, Any]) -> Iterator[Claim]:
    said = {v: k for k, v in names.items()} | {t.name: t.what for t in found.totals}
    for way in ways(found, ground):
        for g, conditions, ranges, meant in _simplified(way, found, ground):
            used = (*ground.conditions, *conditions)
            has = {s for e in (g, *used) for s in e.free_symbols}
            box = {s: r for s, r in {**ground.ranges, **_ranges(found), **_rests(has), **ranges}.items() if s in has}
            if has <= set(box):
                yield Claim(g, box, used, names={**said, **meant}, reduced=way.how)


def _with_signs(domain: Domain) -> tuple[dict[Any, Any], Ground]:
    """The statement's numbers in symbols that carry their signs, and what is known of these."""
    names, ranges = {}, {}
    for s in domain.scalars:
        r = domain.interval(s)
        filled = sp.Interval(r.inf, r.sup) if r.is_subset(sp.S.Integers) and not r.is_FiniteSet else r
        names[s] = own(str(s), **sign_of(filled))
        ranges[names[s]] = filled
    conditions = []
    for r in domain.where:
        if isinstance(r, Relational) and hasattr(r, "gts") and not r.atoms(MatrixExpr):
            strict = isinstance(r, sp.StrictGreaterThan | sp.StrictLessThan)
            conditions.append((sp.Gt if strict else sp.Ge)((r.gts - r.lts).xreplace(names), 0))
    return names, Ground(ranges, [c for c in conditions if c not in (sp.true, sp.false)])


def _ranges(found: Reading) -> dict[Any, sp.Set]:
    """The ranges of entries, sums and largest entries."""
    sums = {t.name: sp.Interval.open(0, sp.oo) if t.name.is_positive else sp.S.Reals for t in found.totals}
    return {**found.entries, **sums, **dict.fromkeys(found.largest, sp.Interval(0, sp.oo))}


def _rests(symbols: set[Any]) -> dict[Any, sp.Set]:
    return {s: sp.Interval(0, sp.oo) for s in symbols if str(s).startswith("R_")}


Simple = tuple[Any, tuple[Any, ...], dict[Any, sp.Set], dict[Any, Any]]


def _simplified(way: OfEntry, found: Reading, ground: Ground) -> Iterator[Simple]:
    """A claim on one entry by sizes, in exponentials and in units, and as it stands."""
    g, conditions, sizes = by_sizes(way.g, way.conditions, found.entries)
    here: dict[Any, Any] = dict(found.entries)
    ranges: dict[Any, sp.Set] = {}
    for x, u in sizes.items():
        ranges[u] = here[u] = sp.Interval(0, sp.Max(here.pop(x).sup, 0))
    meant = {u: own(f"|{x}|") for x, u in sizes.items()}
    if not way.free or conditions:
        opened, kept = _opened(g, {u: here[u] for u in ranges}, ranges, ground)
        names = {u: meant[u] for u in ranges}
        yield (
            g.xreplace(opened),
            tuple(c.xreplace(opened) for c in conditions),
            kept,
            names | {opened[u]: said for u, said in names.items() if u in opened},
        )
        if sizes:
            yield way.g, way.conditions, {}, {}
        return
    opened, ranges = _opened(g, here, ranges, ground)
    g, exponentials = by_exponentials(g.xreplace(opened), here)
    g = flat(g)
    anything = sp.Interval.open(0, sp.oo)
    ranges |= dict.fromkeys(exponentials.values(), anything)
    put_in = {x: opened.get(u, u) for x, u in sizes.items()} | {x: sp.log(u) for x, u in exponentials.items()}
    put_in |= {x: u for x, u in opened.items() if x in found.entries}
    sums = {t.name: (t.power, _in(t.entry, put_in, sizes)) for t in found.totals}
    # the sums of these claims are any positive numbers, and so is the number of entries among them
    ranges[found.size] = anything
    wider = Ground({**ground.ranges, **_ranges(found), **ranges}, ground.conditions)
    entries = sorted((s for s in ranges if g.has(s) and s != found.size), key=str)
    ones = in_units(g, wider, groups_of(entries, sums, found.size))
    yield flat(g.xreplace(ones)), (), ranges, meant | {u: sp.exp(x) for x, u in exponentials.items()}


def _in(entry: Any, put_in: dict[Any, Any], sizes: dict[Any, Any]) -> Any:
    """A summand in the symbols of the claim."""
    found = entry.xreplace({sp.Abs(x): put_in[x] for x in sizes}).xreplace(put_in)
    return found.replace(lambda e: isinstance(e, sp.exp), lambda e: exponential(e.args[0]))


def _opened(
    g: Any, here: dict[Any, sp.Set], ranges: dict[Any, sp.Set], ground: Ground
) -> tuple[dict[Any, Any], dict[Any, sp.Set]]:
    """Positive symbols for nonnegative entries up to whose end 0 the claim is continuous."""
    opened: dict[Any, Any] = {}
    kept = dict(ranges)
    for u, r in here.items():
        if not (r.is_Interval and r.inf == 0 and g.has(u)):
            continue
        powers = [p for p in g.atoms(sp.Pow) if p.base.has(u)]
        smooth = all(ground.positive(p.exp) and p.base.is_nonnegative for p in powers)
        if smooth and not any(e.has(u) for e in g.atoms(sp.Function)):
            opened[u] = own(f"{u}", positive=True)
            kept.pop(u, None)
            kept[opened[u]] = sp.Interval.Lopen(0, r.sup) if r.sup.is_finite else sp.Interval.open(0, sp.oo)
    return opened, kept
