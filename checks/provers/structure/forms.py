"""Expressions as polynomials in symbols, powers with symbolic exponents and logarithms: their factors and terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from checks.provers.structure.ground import Ground

ROOTS = 12
"""The highest root that powers are whole powers of: 2^(999/1000) as one to the 999 has endless factors."""
LONG = 160
"""Operations of an expression that is still taken apart."""


def is_hard(e: Any) -> bool:
    """Whether a factor is no rational function: a power with a symbolic or fractional exponent, a function, a sum."""
    if e.is_Pow:
        return not e.exp.is_Integer
    return not (e.is_Symbol or e.is_Rational or e.is_Add or e.is_Mul)


def canonical(f: Any, ground: Ground) -> Any:
    """The expression with bases of powers and arguments of logarithms in factors, where these are positive."""

    def apart(e: Any) -> Any:
        if isinstance(e, sp.log):
            return log_of(e.args[0], ground)
        if e.is_Pow and not e.exp.is_Rational:
            return sp.Mul(*(b ** (e.exp * k) for b, k in positive_factors(e.base, ground)))
        return e

    f = f.replace(lambda e: isinstance(e, sp.log) or (e.is_Pow and not e.exp.is_Rational), apart)
    return sp.expand(f, log=False, func=False, complex=False, trig=False)


def positive_factors(u: Any, ground: Ground) -> list[tuple[Any, Any]]:
    """A positive expression as a product of powers of positive factors; itself where they are not seen to be."""
    if u.is_Mul or u.is_Pow:
        found: list[tuple[Any, Any]] = []
        for factor in sp.Mul.make_args(u):
            base, exponent = factor.as_base_exp()
            if not (exponent.is_real and ground.positive(base)):
                return [(u, sp.S.One)] if not u.is_Add else found
            found += [(b, k * exponent) for b, k in positive_factors(base, ground)] if base != u else [(u, sp.S.One)]
        return found
    if not u.is_Add or u.count_ops() > LONG or any(is_hard(p) for p in u.atoms(sp.Pow, sp.Function)):
        return [(u, sp.S.One)]
    top, bottom = sp.fraction(sp.together(u))
    found, sign = [], 1
    for part, side in ((top, 1), (bottom, -1)):
        c, factors = sp.factor_list(part)
        sign *= -1 if c < 0 else 1
        found += [(abs(c), sp.Integer(side))] if abs(c) != 1 else []
        for factor, k in factors:
            if ground.positive(factor):
                found.append((factor, sp.Integer(side * k)))
            elif ground.positive(-factor):
                found.append((sp.expand(-factor), sp.Integer(side * k)))
                sign *= (-1) ** k
            else:
                return [(u, sp.S.One)]
    return found if sign == 1 else [(u, sp.S.One)]


def log_of(u: Any, ground: Ground) -> Any:
    """log u for a positive expression, as a sum over its factors."""
    found = []
    for base, exponent in positive_factors(u, ground):
        match base:
            case sp.exp():
                found.append(exponent * base.args[0])
            case sp.Rational():
                found += [exponent * k * sp.log(p) for p, k in sp.factorrat(base).items()]
            case _ if base == sp.E:
                found.append(exponent)
            case _ if base.is_Pow and base.base != u:
                found.append(exponent * base.exp * log_of(base.base, ground))
            case _:
                found.append(exponent * sp.log(base, evaluate=False) if base != 1 else sp.S.Zero)
    return sp.Add(*found)


@dataclass(frozen=True)
class Product:
    """An expression as ± a product of factors with positive whole exponents; a denominator's factors among them."""

    sign: int
    factors: tuple[tuple[Any, int], ...]


def factors_of(f: Any, ground: Ground) -> Product:
    """The factors of numerator and denominator of an expression, over its powers and logarithms."""
    f = canonical(f, ground)
    plain, back = over_atoms(f)
    if plain.count_ops() > LONG:
        return Product(1, ((f, 1),))
    top, bottom = sp.fraction(sp.together(plain))
    sign, found = 1, []
    for part in (top, bottom):
        c, factors = sp.factor_list(part)
        if c == 0:
            return Product(0, ())
        sign *= -1 if c.is_negative else 1
        found += [(g.xreplace(back), k) for g, k in factors]
    return Product(sign, tuple(found))


def over_atoms(f: Any) -> tuple[Any, dict[Any, Any]]:
    """The expression with a symbol for each power and function in it, and what the symbols stand for.

    Powers whose exponents are whole multiples of each other are powers of one symbol.
    """
    names: dict[Any, Any] = {}
    put_in = {}
    for a in sorted(hard_atoms(f), key=sp.default_sort_key):
        if not (a.is_Pow or isinstance(a, sp.exp)):
            put_in[a] = names.setdefault(a, sp.Dummy(f"m{len(names)}"))
            continue
        base, exponent = (sp.E, a.args[0]) if isinstance(a, sp.exp) else (a.base, a.exp)
        if exponent.is_Rational:  # x^(3/2) = x·√x
            part = exponent - sp.floor(exponent)
            if part.q > ROOTS:
                put_in[a] = base ** sp.floor(exponent) * names.setdefault(base**part, sp.Dummy(f"m{len(names)}"))
                continue
            root = base ** sp.Rational(1, part.q)
            put_in[a] = base ** sp.floor(exponent) * names.setdefault(root, sp.Dummy(f"m{len(names)}")) ** part.p
            continue
        c, rest = exponent.as_coeff_Mul()
        c, rest = (c, rest) if c.is_Integer else (sp.S.One, exponent)
        root = sp.exp(rest) if base == sp.E else base**rest
        put_in[a] = names.setdefault(root, sp.Dummy(f"m{len(names)}")) ** c
    return f.xreplace(put_in), {name: root for root, name in names.items()}


def hard_atoms(f: Any) -> set[Any]:
    """The largest parts that are no rational functions."""
    if f.is_Add or f.is_Mul:
        return {a for part in f.args for a in hard_atoms(part)}
    if f.is_Pow and f.exp.is_Integer:
        return hard_atoms(f.base)
    return {f} if is_hard(f) else set()


def terms_of(f: Any) -> list[tuple[Any, Any]]:
    """A canonical expression as terms: each a rational coefficient and a product of hard factors."""
    found: dict[Any, Any] = {}
    for term in sp.Add.make_args(f):
        parts = sp.Mul.make_args(term)
        hard = sp.Mul(*(a for a in parts if hard_atoms(a)))
        found[hard] = found.get(hard, 0) + sp.Mul(*(a for a in parts if not hard_atoms(a)))
    gathered = ((sp.cancel(sp.together(c)), m) for m, c in found.items())
    return [(c, m) for c, m in gathered if c != 0]


def grouped(f: Any) -> tuple[Any, dict[Any, Any]]:
    """What has no logarithm, and the arguments of one logarithm for each coefficient, up to its rational factor.

    >>> x = sp.Symbol("x", positive=True)
    >>> grouped(x * sp.log(x + 1) - x * sp.log(x) + 2)
    (2, {x: (x + 1)/x})
    """
    rest: list[Any] = []
    by_log: dict[Any, Any] = {}
    for term in sp.Add.make_args(sp.expand(f, log=False, func=False)):
        logs = [a for a in sp.Mul.make_args(term) if isinstance(a, sp.log)]
        if len(logs) == 1:
            by_log[logs[0]] = by_log.get(logs[0], sp.S.Zero) + term / logs[0]
        else:
            rest.append(term)
    by_factor: dict[Any, Any] = {}
    for log, c in by_log.items():
        same = next((g for g in by_factor if sp.cancel(c / g).is_Rational), c.as_coeff_Mul()[1])
        by_factor[same] = by_factor.get(same, sp.S.One) * log.args[0] ** sp.cancel(c / same)
    return sp.Add(*rest), by_factor


def is_zero(f: Any, ground: Ground) -> bool:
    """Whether an expression vanishes identically, by its terms."""
    return not terms_of(canonical(f, ground))
