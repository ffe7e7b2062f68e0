"""Claims about vectors and angles as claims about numbers, with what ties these numbers together as conditions.

Inner products become variables whose Gram matrices are positive semidefinite, and the cosine and the sine of an angle
two variables on the circle. What the statement assumes between its variables is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from checks.proofs.formulations import is_square
from checks.provers.claims import Claim
from checks.provers.structure.gram import minors
from derivations.calculus.forms import NotReducible, expand_inner
from derivations.domains import Domain
from derivations.letters.names import own
from derivations.proofs.equality import unfold
from derivations.vectors import Inner


def claims_of(f: Any, domain: Domain) -> list[Claim]:
    """The claim f ≥ 0 as claims about numbers, each sufficient for it; none where it is not about numbers then.

    Args:
        f: An expression in the symbols of the domain.
        domain: Where it is claimed.

    Example:
        >>> from derivations import inner, norm, vector
        >>> from derivations.domains import make_domain
        >>> x, y = vector("x", 3), vector("y", 3)
        >>> f = norm(x) * norm(y) - inner(x, y)
        >>> [claim.conditions for claim in claims_of(f, make_domain({}, (), {x, y}))]
        [(p0*p2 - p1**2 >= 0,)]
    """
    given = [r for r in domain.where if isinstance(r, Relational) and not isinstance(r, sp.Eq)]
    conditions = [over_zero(r) for r in given]
    ranges: dict[Any, sp.Set] = {s: domain.interval(s) for s in (*domain.scalars, *domain.angles)}
    try:
        f = expand_inner(unfold(f, domain), domain.table)
        conditions = [c.func(expand_inner(c.lhs, domain.table), 0, evaluate=False) for c in conditions]
    except NotReducible:
        return []
    products = sorted({p for e in (f, *conditions) for p in e.atoms(Inner)}, key=sp.default_sort_key)
    names = {p: own(f"p{i}", real=True) for i, p in enumerate(products)}
    ranges |= {names[p]: sp.Interval(0, sp.oo) if _is_square(p) else sp.S.Reals for p in products}
    f, *conditions = (e.xreplace(names) for e in (f, *conditions))
    conditions += _gram(names, domain)
    f, conditions, ranges, waves = _on_the_circle(f, conditions, ranges)
    meant = {s: p for p, s in names.items()} | waves
    return [_used(f, ranges, conditions, meant)] if isinstance(f, sp.Expr) and f.free_symbols <= set(ranges) else []


def over_zero(relation: Any) -> Any:
    """A relation as g ≥ 0, g > 0, g = 0 or g ≠ 0.

    >>> x = sp.Symbol("x", real=True)
    >>> over_zero(x <= 2), over_zero(sp.Eq(x, 2))
    (2 - x >= 0, Eq(x - 2, 0))
    """
    if isinstance(relation, sp.Eq | sp.Ne):
        return relation.func(relation.lhs - relation.rhs, 0, evaluate=False)
    strict = isinstance(relation, sp.StrictGreaterThan | sp.StrictLessThan)
    return (sp.Gt if strict else sp.Ge)(relation.gts - relation.lts, 0, evaluate=False)


def _is_square(product: Inner) -> bool:
    return bool(product.is_nonnegative) or is_square(product)


def _gram(names: Mapping[Inner, Any], domain: Domain) -> Iterator[Any]:
    """The conditions of Gram matrices all of whose entries are known."""

    def entry(x: Any, y: Any) -> Any:
        product = Inner(x, y)
        return names.get(product, domain.table.get(product))

    return minors(sorted({x for p in names for x in p.args}, key=sp.default_sort_key), entry)


def _on_the_circle(
    f: Any, conditions: Sequence[Any], ranges: Mapping[Any, sp.Set]
) -> tuple[Any, list[Any], dict[Any, sp.Set], dict[Any, Any]]:
    """Angles of which only the cosine and the sine occur as numbers c and s with c² + s² = 1; and what these are."""
    conditions, left = list(conditions), dict(ranges)
    waves: dict[Any, Any] = {}
    for number, t in enumerate(sorted(ranges, key=str)):
        c, s = own(f"c{number}", real=True), own(f"s{number}", real=True)
        named = [_by_circle(e, t, c, s) for e in (f, *conditions)]
        if not any(e.has(t) for e in (f, *conditions)) or any(e.has(t) for e in named):
            continue
        f, *conditions = named
        values = left.pop(t)
        waves |= {c: sp.cos(t), s: sp.sin(t)}
        upper, right = sp.Interval(0, sp.pi), sp.Interval(-sp.pi / 2, sp.pi / 2)
        half, unit = sp.Interval(0, 1), sp.Interval(-1, 1)
        left |= {c: half if values.is_subset(right) else unit, s: half if values.is_subset(upper) else unit}
        conditions.append(sp.Eq(c**2 + s**2 - 1, 0, evaluate=False))
    return f, conditions, left, waves


def _by_circle(e: Any, t: Any, c: Any, s: Any) -> Any:
    if not e.has(sp.cos(t), sp.sin(t)) and not any(a.has(t) for a in e.atoms(sp.cos, sp.sin, sp.tan)):
        return e
    waves = {w: sp.expand_trig(w) for w in e.atoms(sp.cos, sp.sin, sp.tan, sp.cot) if w.has(t)}
    return e.xreplace(waves).rewrite(sp.tan, sp.sin).xreplace({sp.cos(t): c, sp.sin(t): s})


def _used(f: sp.Expr, ranges: Mapping[Any, sp.Set], conditions: Sequence[Any], names: Mapping[Any, Any]) -> Claim:
    """The claim with the symbols that it and its conditions have, and without conditions that say nothing of it."""
    used = set(f.free_symbols)
    while True:
        close = [c for c in conditions if c.free_symbols & used]
        more = used.union(*(c.free_symbols for c in close))
        if more == used:
            break
        used = more
    kept = tuple(c for c in conditions if c.free_symbols <= used)
    return Claim(f, {s: r for s, r in ranges.items() if s in used}, kept, names=names)
