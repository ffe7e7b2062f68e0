"""Rules of powers: sides by their logarithms, logarithms by their arguments, weighted means."""

from __future__ import annotations

from itertools import product
from typing import Any

import sympy as sp

from checks.provers.claims import Proof
from checks.provers.structure.calculus import KINKS
from checks.provers.structure.forms import canonical, grouped, is_hard, log_of, terms_of
from checks.provers.structure.ground import Ground
from checks.provers.structure.search import Search, joined
from checks.provers.structure.signs import sign_of_terms
from derivations.letters.names import own


def by_logarithms(search: Search, f: Any, ground: Ground, depth: int) -> Proof | None:
    """One power against the rest: the logarithms of both sides are compared where the rest is positive."""
    if f.has(*KINKS) or not f.is_Add:
        return None
    terms = terms_of(canonical(f, ground))
    powers = [(c, m) for c, m in terms if m != 1 and not isinstance(m, sp.log)]
    if len(terms) < 2 or any(m.has(sp.log) for _, m in terms) or len(powers) not in (1, 2):
        return None
    signed = sign_of_terms(powers, ground)
    if signed is None:
        return None
    over, under = signed
    rest = sp.cancel(sp.together(sp.Add(*(c for c, m in terms if m == 1))))
    if len(powers) == 2:
        if rest != 0 or len(over) != 1:
            return None
        u, v, conditions = over[0], under[0], ground.conditions
    else:
        u, v = (over[0], -rest) if over else (rest, under[0])
        other = -rest if over else rest
        conditions = ground.conditions
        if over and not ground.positive(other):
            conditions = (*conditions, sp.Gt(other, 0))
        elif not over and not ground.positive(other):
            return None
    within = Ground(ground.ranges, conditions)
    part = search.proved(log_of(u, within) - log_of(v, within), within, depth)
    if part is None:
        return None
    where = " wherever both are positive, and plain elsewhere" if len(conditions) > len(ground.conditions) else ""
    return joined(ground.claim(f), f"{u} ≥ {v}, by their logarithms{where}:", part)


def by_exponentials(search: Search, f: Any, ground: Ground, depth: int) -> Proof | None:
    """One logarithm of a sum of powers against the rest: the exponentials of both sides are compared."""
    if f.has(*KINKS):
        return None
    terms = terms_of(canonical(f, ground))
    inner = [(c, m) for c, m in terms if isinstance(m, sp.log) and any(map(is_hard, sp.preorder_traversal(m.args[0])))]
    if len(inner) != 1:
        return None
    (factor, log) = inner[0]
    sign = 1 if ground.positive(factor) else -1 if ground.positive(-factor) else 0
    if sign == 0 or log.args[0].has(sp.Product, sp.factorial):
        return None
    rest = [(sp.cancel(-c / factor), m) for c, m in terms if m != log]
    other = sp.Mul(*(m.args[0] ** c if isinstance(m, sp.log) else sp.exp(sp.expand(c * m)) for c, m in rest))
    part = search.proved(sign * (log.args[0] - other), ground, depth)
    return part and joined(ground.claim(f), f"{f} ≥ 0, by the exponentials of both sides:", part)


def by_means(search: Search, f: Any, ground: Ground, depth: int) -> Proof | None:
    """Σ cᵢ mᵢ ≥ C Π mᵢ^(cᵢ/C) with C = Σ cᵢ: the weighted inequality of the arithmetic and the geometric mean."""
    if f.has(*KINKS) or not f.is_Add:
        return None
    terms = terms_of(canonical(f, ground))
    if any(m.has(sp.log) for _, m in terms):
        return None
    split = []
    for c, m in terms:  # of the coefficient, symbols that are bases count as part of the monomial
        split += [sp.cancel(t) * m for t in sp.Add.make_args(sp.expand(c))]
    signs = [1 if ground.positive(t) else -1 if ground.positive(-t) else 0 for t in split]
    over = [t for t, s in zip(split, signs, strict=True) if s == 1]
    under = [-t for t, s in zip(split, signs, strict=True) if s == -1]
    if 0 in signs or len(under) != 1 or len(over) < 2:
        return None
    exponents = {s for p in f.atoms(sp.Pow) if not p.exp.is_Integer for s in p.exp.free_symbols}
    weights, logs = [], []
    for t in over:
        w = sp.Mul(*(a for a in sp.Mul.make_args(t) if a.free_symbols <= exponents and not is_hard(a)))
        weights.append(w)
        logs.append(log_of(t / w, ground))
    if not all(ground.positive(w) for w in weights):
        return None
    total = sp.cancel(sp.Add(*weights))
    mean = sp.Add(*(sp.cancel(w / total) * m for w, m in zip(weights, logs, strict=True)))
    part = search.proved(log_of(total, ground) + mean - log_of(under[0], ground), ground, depth)
    if part is None:
        return None
    sides = " + ".join(f"({w})·({sp.cancel(t / w)})" for w, t in zip(weights, over, strict=True))
    return joined(ground.claim(f), f"{sides} ≥ {under[0]}, by the weighted arithmetic and geometric means:", part)


def by_tangents(search: Search, f: Any, ground: Ground, depth: int) -> Proof | None:
    """Logarithms by 1 − 1/u ≤ log u ≤ u − 1, and closer where u ≥ 1, if what is left is algebraic."""
    if f.has(*KINKS) or not f.is_Add or not f.has(sp.log):
        return None
    rest, logs = grouped(f)
    if not logs or any(is_hard(e) and not e.exp.is_Rational for u in logs.values() for e in u.atoms(sp.Pow)):
        return None
    if any(e.has(sp.log, sp.exp) for e in (rest, *logs, *logs.values())) or len(logs) > 2:
        return None
    bounds = []
    for c, u in logs.items():
        u = sp.cancel(sp.together(u))
        sign = 1 if ground.positive(c) else -1 if ground.positive(-c) else 0
        if sign == 0:
            return None
        far = ground.positive(u - 1) or ground.positive(1 / u - 1)
        close = [2 * (u - 1) / (u + 1), (u**2 - 1) / (2 * u)] if ground.positive(u - 1) else []
        close += [(u**2 - 1) / (2 * u), 2 * (u - 1) / (u + 1)] if far and not close else []
        low, high = [1 - 1 / u, *close[:1]], [u - 1, *close[1:]]
        bounds.append([(c * b, u, b, sign) for b in (low if sign > 0 else high)])
    for chosen in product(*bounds):
        part = search.proved(sp.together(rest + sp.Add(*(t for t, *_ in chosen))), ground, depth)
        if part is not None:
            said = ", ".join(f"log({u}) {'≥' if sign > 0 else '≤'} {b}" for _, u, b, sign in chosen)
            return joined(ground.claim(f), f"{f} ≥ 0, by {said}:", part)
    return None


def in_exponentials(search: Search, f: Any, ground: Ground, depth: int) -> Proof | None:
    """A claim that has its symbols in exponentials only, in these: e^x = u > 0, and x ≥ y where u ≥ v."""
    symbols = sorted(f.free_symbols, key=str)
    conditions = [c for c in ground.conditions if c.free_symbols & set(symbols)]
    if not f.has(sp.exp) or any(ground.ranges.get(s) != sp.S.Reals for s in symbols):
        return None
    names = {s: own(f"e_{s}", positive=True) for s in symbols}

    def power(exponent: Any) -> Any | None:
        linear = sp.expand(exponent)
        parts = {s: linear.coeff(s) for s in symbols}
        rest = linear - sp.Add(*(k * s for s, k in parts.items()))
        whole = all(k.is_Integer for k in parts.values()) and rest.is_number
        return sp.exp(rest) * sp.Mul(*(names[s] ** k for s, k in parts.items())) if whole else None

    put_in = {e: power(e.args[0]) for e in f.atoms(sp.exp)}
    tied = [
        power(c.lhs) if isinstance(c, sp.Ge | sp.Gt) and c.free_symbols <= set(symbols) else None for c in conditions
    ]
    if None in put_in.values() or None in tied:
        return None
    g = f.xreplace(put_in)
    if g.free_symbols & set(symbols):
        return None
    known = [c.func(u - 1, 0) for c, u in zip(conditions, tied, strict=True) if u is not None]
    others = {s: r for s, r in ground.ranges.items() if s not in symbols}
    within = Ground(others | dict.fromkeys(names.values(), sp.Interval.open(0, sp.oo)), known)
    part = search.proved(g, within, depth)
    said = ", ".join(f"{u} = exp({s})" for s, u in names.items())
    return part and joined(ground.claim(f), f"{f} ≥ 0, with {said}:", part)
