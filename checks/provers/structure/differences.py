"""The mean value theorem: claims about the difference of a function's values as claims about its derivative."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import sympy as sp

from checks.proofs.falsity import false_at
from checks.provers import transcendental, univariate
from checks.provers.claims import Proof
from checks.provers.structure.calculus import KINKS
from checks.provers.structure.ground import Ground
from checks.provers.structure.search import Search, defined, joined
from checks.provers.structure.signs import core


def lipschitz(search: Search, f: Any, ground: Ground, depth: int) -> Proof | None:
    """c|x − y| ≥ ±d|φ(x) − φ(y)| from c ≥ d|φ'|."""
    for pair in f.atoms(sp.Abs):
        found = _pair(pair.args[0], ground)
        if found is None:
            continue
        x, y = found
        distance = sp.Dummy("distance", nonnegative=True)
        rest = f.xreplace({pair: distance})
        c = sp.expand(rest).coeff(distance)
        gap = sp.expand(rest - c * distance)
        if c == 0 or c.has(x, y, distance) or gap.has(distance) or gap == 0:
            continue
        sides = _sides(gap)
        slopes = [_slope(-side, x, y) for side in sides]
        if None in slopes:
            continue
        signed = [s * slope for slope in slopes if slope is not None for s in (1, -1)]
        parts = []
        for slope in signed:
            part = _on_a_line(search, c - slope, ground, depth)
            if part is None:
                break
            parts.append(part)
        if len(parts) < len(signed):
            continue
        line = f"{f} ≥ 0, by the mean value theorem: {c} bounds the derivative {slopes[0]} on both sides:"
        return joined(ground.claim(f), line, *parts)
    return None


def monotone_difference(search: Search, f: Any, ground: Ground, depth: int) -> Proof | None:
    """(x − y)(φ(x) − φ(y)) ≥ 0 from φ' ≥ 0."""
    if f.has(*KINKS):
        return None
    sign, kept = core(f, ground)
    if len(kept) != 2 or sign == 0:
        return None
    for first, second in permutations(kept):
        found = _pair(first, ground)
        if found is None:
            continue
        x, y = found
        s = sign * (1 if first.coeff(x) == 1 else -1)
        slope = _slope(second, x, y)
        part = _on_a_line(search, s * slope, ground, depth) if slope is not None else None
        if part is not None:
            line = f"{f} ≥ 0, by the mean value theorem: the derivative {slope} has one sign:"
            return joined(ground.claim(f), line, part)
    return None


def _on_a_line(search: Search, f: Any, ground: Ground, depth: int) -> Proof | None:
    """A proof of a claim on a derivative: by the rules, else in one variable by bounds of functions and expansions."""
    found = search.proved(f, ground, depth)
    claim = ground.claim(f)
    # expansions read a hole as its limit: across a pole the mean value theorem says nothing
    if found is not None or len(claim.ranges) != 1 or not defined(f, ground):
        return found
    if false_at(claim.f, claim.ranges, claim.conditions) is not None:
        return None
    answers = (prove(claim) for prove in (transcendental.prove, univariate.prove))
    return next((a for a in answers if isinstance(a, Proof)), None)


def _pair(u: Any, ground: Ground) -> tuple[Any, Any] | None:
    """x and y where u = ±(x − y) for two variables of one interval without further conditions."""
    symbols = sorted(u.free_symbols, key=str)
    if len(symbols) != 2 or sp.expand(u) not in (symbols[0] - symbols[1], symbols[1] - symbols[0]):
        return None
    x, y = symbols
    same = ground.ranges.get(x) == ground.ranges.get(y) and ground.ranges[x].is_Interval
    tied = any(r.free_symbols & {x, y} for r in ground.conditions)
    return (x, y) if same and not tied else None


def _sides(gap: Any) -> list[Any]:
    """−d|u| as −d u and d u, of which the derivatives are bounded alike; any other gap as it is."""
    found = sorted(gap.atoms(sp.Abs), key=str)
    if len(found) != 1 or gap.has(*KINKS[1:]):
        return [gap]
    name = sp.Dummy("size")
    plain = gap.xreplace({found[0]: name})
    d = plain.coeff(name)
    return [d * found[0].args[0]] if sp.expand(plain - d * name) == 0 and not d.has(name) else [gap]


def _slope(difference: Any, x: Any, y: Any) -> Any | None:
    """φ' where the difference is φ(x) − φ(y) with a smooth φ on the range of x."""
    if difference.has(*KINKS, sp.Piecewise, sp.sign, sp.Heaviside, sp.DiracDelta, sp.floor):
        return None
    slope = difference.diff(x)
    if slope.has(y) or slope.has(sp.Derivative, sp.Subs) or sp.expand(difference.xreplace({y: x})) != 0:
        return None
    if sp.expand(slope + difference.diff(y).xreplace({y: x})) != 0:
        return None
    return slope
