"""Claims on one entry made simpler: entries by their sizes, exponentials as numbers, and units that are chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import sympy as sp

from checks.provers.entrywise.reading import expanded
from checks.provers.entrywise.ways import exponential
from checks.provers.structure.ground import Ground
from derivations.letters.names import own
from derivations.proofs.foreign import ForeignError, foreign_errors

POSITIVE = sp.Interval.open(0, sp.oo)
MOST_TERMS = 24
"""Terms of a claim whose units are looked for."""


def by_sizes(g: Any, conditions: Sequence[Any], entries: Mapping[Any, sp.Set]) -> tuple[Any, list[Any], dict[Any, Any]]:
    """A claim in u = |x| ≥ 0 for entries x that occur by their absolute values; a stronger one where signs matter.

    Terms that are subtracted are largest where all products are positive: c·x·y ≤ c·|x||y| and |x + y| ≤ |x| + |y|.

    Args:
        g: The claim g ≥ 0.
        conditions: Relations on the entries.
        entries: The entries and their ranges.

    Returns:
        The claim, its conditions, and the symbol of each size by its entry.
    """
    wanted = {x for x in entries if x.is_nonnegative is not True and any(a.has(x) for a in g.atoms(sp.Abs))}
    names = {x: own(f"abs_{x}", nonnegative=True) for x in wanted}
    terms = sp.Add.make_args(expanded(g))
    made = []
    for term in terms:
        new = _even(term, names)
        if new is None and term.could_extract_minus_sign():
            new = _largest(term, names)
        if new is None:
            return g, list(conditions), {}
        made.append(new)
    kept = [_even(c, names) for c in conditions]
    if None in kept:
        return g, list(conditions), {}
    return sp.Add(*made), [c for c in kept if c not in (sp.true, sp.false)], names


def _even(e: Any, names: Mapping[Any, Any]) -> Any | None:
    """An expression in the sizes, if it has these entries in |x| or x² only."""
    new = e.xreplace({sp.Abs(x): u for x, u in names.items()})
    new = new.replace(lambda p: p.is_Pow and p.base in names and p.exp.is_even, lambda p: names[p.base] ** p.exp)
    return None if new.free_symbols & set(names) else new


def _largest(term: Any, names: Mapping[Any, Any]) -> Any | None:
    """A subtracted product at its lowest: odd powers by sizes, |a + b| by |a| + |b|."""
    parts = []
    for a in sp.Mul.make_args(-term):
        base, k = a.as_base_exp()
        if not base.free_symbols & set(names):
            if not (a.is_nonnegative or a.is_Number):
                return None
            parts.append(a)
        elif base in names and k.is_Integer and k > 0:
            parts.append(names[base] ** k)
        elif k.is_nonnegative and (isinstance(base, sp.Abs) or k.is_even):
            inside = base.args[0] if isinstance(base, sp.Abs) else base
            sides = [_size(t, names) for t in sp.Add.make_args(sp.expand(inside))]
            if None in sides:
                return None
            parts.append(sp.Add(*sides) ** k)
        else:
            return None
    return -sp.Mul(*parts)


def _size(term: Any, names: Mapping[Any, Any]) -> Any | None:
    c, rest = term.as_independent(*names, as_Add=False)
    return sp.Abs(c) * names[rest] if rest in names else sp.Abs(c) if rest == 1 else None


def by_exponentials(g: Any, entries: Mapping[Any, sp.Set]) -> tuple[Any, dict[Any, Any]]:
    """A claim in u = exp(x) > 0 for entries x of exponentials; and the symbol of each exponential by its entry.

    Args:
        g: The claim g ≥ 0, which has no conditions on its entries.
        entries: The entries and their ranges.
    """
    wanted = [x for x, r in entries.items() if r == sp.S.Reals and any(e.args[0].has(x) for e in g.atoms(sp.exp))]
    names = {x: own(f"exp_{x}", positive=True) for x in wanted}
    made = g.xreplace({x: sp.log(u) for x, u in names.items()})
    return made.replace(lambda e: isinstance(e, sp.exp), lambda e: exponential(e.args[0])), names


def in_units(g: Any, ground: Ground, groups: Sequence[Mapping[Any, Any]]) -> dict[Any, Any]:
    """Symbols that may be put to 1, since the sign of a claim stays when others are multiplied with them.

    Args:
        g: The claim g ≥ 0.
        ground: Its symbols.
        groups: Weights of symbols, by which each may be multiplied with a power of λ: what is tried.
    """
    if len(sp.Add.make_args(g)) > MOST_TERMS:
        return {}
    free: list[dict[Any, Any]] = []
    for weights in groups:
        weights = {s: w for s, w in weights.items() if g.has(s)}
        # ranges stay as they are when their numbers are multiplied, and nothing ties these to others
        any_unit = all(ground.ranges.get(s) in (POSITIVE, sp.S.Reals) for s in weights)
        tied = {s for r in ground.conditions for s in r.free_symbols}
        if weights and any_unit and not tied & set(weights) and _scales(g, weights):
            free.append(weights)
    ones: dict[Any, Any] = {}
    while free:
        first, *free = free
        # a number that is divided by is any positive one
        pivot = next((s for s, w in first.items() if w != 0 and ground.ranges[s] == POSITIVE), None)
        if pivot is None:
            continue
        ones[pivot] = sp.S.One
        free = [_combined(w, first, pivot) for w in free]
    return ones


def _combined(w: Mapping[Any, Any], first: Mapping[Any, Any], pivot: Any) -> dict[Any, Any]:
    """w less the multiple of another one by which the pivot has the weight 0."""
    k = w.get(pivot, sp.S.Zero) / first[pivot]
    found = {s: sp.cancel(w.get(s, sp.S.Zero) - k * first.get(s, sp.S.Zero)) for s in (*w, *first)}
    return {s: v for s, v in found.items() if v != 0}


def _scales(g: Any, weights: Mapping[Any, Any]) -> bool:
    """Whether Σ w·s·∂g/∂s = d·g with a number d, by which g only grows by a factor along the weights."""
    try:
        with foreign_errors():
            along = sp.Add(*(w * s * g.diff(s) for s, w in weights.items()))
            ratio = sp.cancel(sp.together(sp.expand(along, func=False)) / sp.together(sp.expand(g, func=False)))
    except ForeignError:
        return False
    return not ratio.free_symbols & set(weights) and not ratio.has(sp.nan, sp.zoo)


def groups_of(entries: Sequence[Any], totals: Mapping[Any, tuple[Any, Any]], size: Any) -> list[dict[Any, Any]]:
    """Weights that are tried: of all sums together, and of entries with the sums that grow with them.

    Args:
        entries: The symbols of the claim's entries.
        totals: The power and the summand of each sum's symbol, in these entries.
        size: The number of entries.
    """
    found = [{size: sp.S.One, **{s: 1 / power for s, (power, _) in totals.items()}}]
    for count in range(1, len(entries) + 1):
        for chosen in combinations(entries, count):
            weights: dict[Any, Any] = {}
            for s, (power, summand) in totals.items():
                along = sp.Add(*(x * summand.diff(x) for x in chosen))
                degree = sp.cancel(sp.together(sp.expand(along / summand, func=False)))
                if not degree.free_symbols & set(entries):
                    weights[s] = degree / power
            found.append({**weights, **dict.fromkeys(chosen, sp.S.One)})
    return found
