"""Claims on pairs of points in several variables: Lipschitz bounds by gradients, and norms, which are sublinear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any

import sympy as sp

from checks.provers.claims import Proof
from checks.provers.structure.calculus import JUMPS, KINKS
from checks.provers.structure.ground import Ground
from checks.provers.structure.search import Search, defined, joined

MOST = 3
"""Coordinates of a point."""
Pairs = tuple[tuple[Any, Any], ...]


def gradient(search: Search, f: Any, ground: Ground, depth: int) -> Proof | None:
    """c·N ≥ ±(φ(x) − φ(y)), N = Σ|xᵢ − yᵢ|, max|xᵢ − yᵢ| or ‖x − y‖, by the dual norm of the gradient of φ.

    Along the straight line from y to x the mean value theorem gives φ(x) − φ(y) = Σ ∂ᵢφ·(xᵢ − yᵢ) at a point of it.
    """
    name = sp.Dummy("distance", nonnegative=True)
    for put_in, pairs, kind in _distances(f, name, ground):
        rest = sp.expand(put_in, log=False, func=False)
        c = rest.coeff(name)
        gap = rest - c * name
        if c == 0 or gap == 0 or c.free_symbols & {s for pair in pairs for s in pair} or gap.has(name):
            continue
        size = sp.Abs(gap) if not gap.has(sp.Abs) else None
        inner = gap if size is not None else _inside(gap)
        slopes = _slopes(inner, pairs) if inner is not None and defined(inner, ground) else None
        if slopes is None:
            continue
        parts = [search.proved(g, ground, depth) for g in _bounded(c, slopes, kind)]
        if None in parts:
            continue
        line = f"{f} ≥ 0, by the mean value theorem on the line between both points: {c} bounds the {_DUAL[kind]} of "
        line += f"the gradient ({', '.join(map(str, slopes))}):"
        return joined(ground.claim(f), line, *(p for p in parts if p))
    return None


_DUAL = {"sum": "largest entry", "max": "sum of the absolute values", "norm": "length"}


def _distances(f: Any, name: Any, ground: Ground) -> Iterator[tuple[Any, Pairs, str]]:
    """f with a name for a distance of two points, the pairs of their coordinates, and which distance it is."""
    for e in sorted(f.atoms(sp.Max), key=str):
        if all(isinstance(a, sp.Abs) for a in e.args):
            yield from ((f.xreplace({e: name}), p, "max") for p in _pairs([a.args[0] for a in e.args], ground))
    for e in sorted(f.atoms(sp.Pow), key=str):
        squares = sp.Add.make_args(e.base)
        if e.exp == sp.Rational(1, 2) and all(s.is_Pow and s.exp == 2 for s in squares):
            yield from ((f.xreplace({e: name}), p, "norm") for p in _pairs([s.base for s in squares], ground))
    lengths = [t for t in sp.Add.make_args(f) if isinstance(t.as_independent(sp.Abs)[1], sp.Abs)]
    by_factor: dict[Any, list[Any]] = {}
    for t in lengths:
        c, length = t.as_independent(sp.Abs)
        by_factor.setdefault(c, []).append(length.args[0])
    for c, differences in by_factor.items():
        rest = sp.Add(*(t for t in sp.Add.make_args(f) if t not in [c * sp.Abs(u) for u in differences]))
        yield from ((rest + c * name, p, "sum") for p in _pairs(differences, ground))


def _pairs(differences: Sequence[Any], ground: Ground) -> Iterator[Pairs]:
    found = []
    for u in differences:
        symbols = sorted(u.free_symbols, key=str)
        if len(symbols) != 2 or sp.expand(u) not in (symbols[0] - symbols[1], symbols[1] - symbols[0]):
            return
        x, y = symbols
        tied = any(r.free_symbols & {x, y} for r in ground.conditions)
        if tied or ground.ranges.get(x) != ground.ranges.get(y) or not ground.ranges[x].is_Interval:
            return
        found.append((x, y))
    if not 2 <= len(found) <= MOST or len({s for pair in found for s in pair}) < 2 * len(found):
        return
    # which symbol of a pair belongs to which point is not written
    for turned in range(2 ** (len(found) - 1)):
        yield tuple((b, a) if turned >> i & 1 else (a, b) for i, (a, b) in enumerate(found))


def _inside(gap: Any) -> Any | None:
    """d·u of −d|u|."""
    found = list(gap.atoms(sp.Abs))
    if len(found) != 1:
        return None
    name = sp.Dummy("size")
    plain = sp.expand(gap.xreplace({found[0]: name}))
    d = plain.coeff(name)
    return d * found[0].args[0] if d.is_number and sp.expand(plain - d * name) == 0 else None


def _slopes(gap: Any, pairs: Pairs) -> list[Any] | None:
    """The partial derivatives of φ where gap = φ(x) − φ(y) with a smooth φ."""
    if gap.has(*KINKS, *JUMPS):
        return None
    there = dict(pairs) | {b: a for a, b in pairs}
    slopes = [gap.diff(a) for a, _ in pairs]
    if any(s.free_symbols & {b for _, b in pairs} or s.has(sp.Derivative, sp.Subs) for s in slopes):
        return None
    if sp.expand(gap + gap.xreplace(there), log=False, func=False) != 0:
        return None
    return slopes


def _bounded(c: Any, slopes: Sequence[Any], kind: str) -> Iterator[Any]:
    """What has to be ≥ 0 for c to bound the dual norm of a gradient."""
    match kind:
        case "norm":
            yield c
            yield c**2 - sp.Add(*(s**2 for s in slopes))
        case "sum":
            for s in slopes:
                yield from (c - s, c + s)
        case _:
            for signs in range(2 ** len(slopes)):
                yield c - sp.Add(*((-s if signs >> i & 1 else s) for i, s in enumerate(slopes)))


def sublinear(search: Search, f: Any, ground: Ground, depth: int) -> Proof | None:
    """φ(x) + φ(y) ≥ φ(x + y) for a φ of degree 1 that is convex: whose second derivatives form a nonnegative matrix.

    By Euler's relation that matrix vanishes on x, so that with two coordinates one entry of its diagonal decides.
    """
    if f.has(*KINKS, *JUMPS) or not f.is_Add:
        return None
    parts = [t for t in sp.Add.make_args(f) if t.free_symbols & set(ground.ranges)]
    under = [-t for t in parts if t.could_extract_minus_sign()]
    over = [t for t in parts if not t.could_extract_minus_sign()]
    if len(under) != 1 or len(over) != 2 or len(parts) < len(sp.Add.make_args(f)):
        return None
    for phi, psi in permutations(over):
        own_symbols, others = (sorted(e.free_symbols - g.free_symbols, key=str) for e, g in ((phi, psi), (psi, phi)))
        if not 2 <= len(own_symbols) <= MOST or len(own_symbols) != len(others):
            return None
        for order in permutations(others):
            moved = dict(zip(own_symbols, order, strict=True))
            if phi.xreplace(moved) != psi or under[0] not in _sums(phi, moved):
                continue
            found = _convex(search, phi, own_symbols, ground, depth)
            if found:
                line = f"{f} ≥ 0: ({phi}) is convex in {', '.join(map(str, own_symbols))} and of degree 1:"
                return joined(ground.claim(f), line, *found)
    return None


def _sums(phi: Any, moved: dict[Any, Any]) -> list[Any]:
    return [phi.xreplace({s: s + t for s, t in moved.items()})]


def _convex(search: Search, phi: Any, x: Sequence[Any], ground: Ground, depth: int) -> list[Proof] | None:
    """Proofs that φ is convex on the orthant of its coordinates, whose degree is 1; None where one is missing."""
    if not all(ground.positive(s) for s in x) or any(r.free_symbols & set(x) for r in ground.conditions):
        return None
    if sp.simplify(sp.Add(*(s * phi.diff(s) for s in x)) - phi) != 0:
        return None
    first = [sp.factor(sp.simplify(phi.diff(x[0], 2)))]
    if len(x) == 3:
        first.append(sp.simplify(phi.diff(x[0], 2) * phi.diff(x[1], 2) - phi.diff(x[0], x[1]) ** 2))
        first.insert(1, sp.simplify(phi.diff(x[1], 2)))
    found = [search.proved(g, ground, depth) for g in first]
    return None if None in found else [p for p in found if p]
