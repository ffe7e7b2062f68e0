"""Signs on a ray x ≥ R, for functions made of powers and decaying exponentials: bounds without an end.

On the ray every monomial xʲ·e^{−kx} with k > 0 lies between 0 and its value at R once R ≥ j/k, so that a
polynomial in x and e^{−x} is at least its constant part minus the sizes of its negative terms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp
from flint import arb

from derivations.activations import sigmoid, softplus
from derivations.letters.names import own
from numerics.balls.enclosure import ball

START = 24
"""Where the ray begins."""


def nonnegative_on_ray(f: sp.Expr, x: sp.Symbol, sign: int = 1) -> bool:
    """Whether f ≥ 0 is proved for all sign·x ≥ START; False says nothing."""
    return _on_ray(f.xreplace({x: sign * x}), x)


def nonnegative_on_rays(f: sp.Expr, x: sp.Symbol) -> bool:
    """Whether f ≥ 0 is proved for all |x| ≥ START; False says nothing."""
    return all(nonnegative_on_ray(f, x, sign) for sign in (1, -1))


def limits(f: sp.Expr, x: sp.Symbol) -> list[sp.Expr]:
    """The limits of f at ±∞, where its leading terms show them; none where a wave may be as large as these."""
    found = []
    for sign in (1, -1):
        parts = _parts(f.xreplace({x: sign * x}), x)
        if parts is None:
            continue
        (top, top_degree), (bottom, bottom_degree) = (_leading(p) for p in (parts.top, parts.bottom))
        waves = max((m.degree for m in _monomials(parts, parts.top) if m.waves and not m.small), default=-1)
        if bottom_degree < 0 or any(m.waves for m in _monomials(parts, parts.bottom)):
            continue
        if top_degree <= bottom_degree and waves < bottom_degree:
            found.append(top / bottom if top_degree == bottom_degree else sp.S.Zero)
    return found


_E, _F = own("_E", positive=True), own("_F", positive=True)
_RATES: dict[sp.Symbol, tuple[sp.Expr, int]] = {_E: (sp.S.One, 1), _F: (sp.Rational(1, 2), 2)}
"""Each small quantity s is at most e^{−a·x^p}: e^{−x} and e^{−x²/2}; every erfc(cx) ≤ e^{−c²x²} has its own."""


@dataclass(frozen=True)
class _Parts:
    """Numerator and denominator in x, the small quantities with their rates, and the waves, each of size at most 1."""

    top: sp.Poly
    bottom: sp.Poly
    rates: tuple[tuple[sp.Expr, int], ...]


@dataclass(frozen=True)
class _Monomial:
    """coefficient·x^degree times powers of small quantities and of waves; empty where there are none."""

    coefficient: sp.Expr
    degree: int
    small: tuple[int, ...]
    waves: tuple[int, ...]


def _monomials(parts: _Parts, p: sp.Poly) -> list[_Monomial]:
    ends = 1 + len(parts.rates)
    return [
        _Monomial(c, m[0], m[1:ends] if any(m[1:ends]) else (), tuple(k for k in m[ends:] if k)) for m, c in p.terms()
    ]


def _parts(f: sp.Expr, x: sp.Symbol) -> _Parts | None:
    """f as a fraction of polynomials; different waves and different erfc are different symbols, so that none cancel."""
    y = sp.Dummy("x", positive=True)
    f = f.xreplace({x: y}).replace(softplus, lambda u: u + softplus(-u) if u == y else softplus(u))
    f = f.replace(
        sigmoid, lambda u: 1 / (1 + sp.exp(-u)) if u.could_extract_minus_sign() is False else 1 - 1 / (1 + sp.exp(u))
    )
    f = f.replace(sp.tanh, lambda u: _odd(u, lambda v: (1 - sp.exp(-2 * v)) / (1 + sp.exp(-2 * v))))
    f = f.replace(sp.erf, lambda u: _odd(u, lambda v: 1 - sp.erfc(v)))
    small: dict[Any, Any] = {}
    rates = dict(_RATES)
    for e in f.atoms(sp.exp):
        for s, (rate, power) in _RATES.items():
            ratio = sp.simplify(-e.args[0] / (rate * y**power))
            if ratio.is_Integer and ratio != 0:
                small[e] = s ** int(ratio)  # a growing term is the reciprocal of a decaying one
    for e in sorted(f.atoms(sp.erfc), key=sp.default_sort_key):
        c = e.args[0] / y
        if c.is_number and c.is_positive:
            small[e] = sp.Dummy("C", positive=True)
            rates[small[e]] = (c**2, 2)
    waves = {e: sp.Dummy("S", real=True) for e in f.atoms(sp.sin, sp.cos) if e.args[0].is_real}
    top, bottom = sp.fraction(sp.together(f.xreplace({**small, **waves})))
    try:
        found = [sp.Poly(sp.expand(p.xreplace({y: x})), x, *rates, *waves.values()) for p in (top, bottom)]
    except sp.PolynomialError:
        return None
    if any(c.free_symbols or not c.is_number for p in found for c in p.coeffs()):
        return None
    return _Parts(found[0], found[1], tuple(rates.values()))


def _odd(u: sp.Expr, positive: Any) -> sp.Expr:
    return -positive(-u) if u.could_extract_minus_sign() else positive(u)


def _leading(p: sp.Poly) -> tuple[sp.Expr, int]:
    """The coefficient and the degree of the highest power of x without a small factor or a wave."""
    plain = {m[0]: c for m, c in p.terms() if not any(m[1:])}
    degree = max(plain, default=-1)
    return plain.get(degree, sp.S.Zero), degree


def _on_ray(f: sp.Expr, x: sp.Symbol) -> bool:
    parts = _parts(f, x)
    if parts is None or parts.bottom.is_zero:
        return False
    if any(m.waves or not ball(m.coefficient) > 0 for m in _monomials(parts, parts.bottom)):
        return False
    return _polynomial(parts)


def _polynomial(parts: _Parts) -> bool:
    """The numerator ≥ 0 on the ray, after division by the largest power of x that its plain terms have."""
    terms = _monomials(parts, parts.top)
    degree = max((m.degree for m in terms if not m.small and not m.waves), default=None)
    low = arb(0)
    for m in terms:
        coefficient = ball(m.coefficient)
        if not m.small and not m.waves and m.degree == degree:
            low += coefficient
            continue
        if coefficient > 0 and all(k % 2 == 0 for k in m.waves):
            continue
        if degree is None:
            # only small terms are left: compare with the slowest of them is beyond this rule
            return False
        rest = m.degree - degree
        if not m.small:
            if rest > 0:
                return False
            low -= abs(coefficient) * arb(START) ** rest
            continue
        rate, falls = arb(0), arb(0)
        for k, (a, power) in zip(m.small, parts.rates, strict=True):
            each = k * ball(a) * arb(START) ** power
            rate, falls = rate + each, falls + power * each
        if not falls >= rest:  # x^rest e^{-rate} falls from where the exponent outgrows the power
            return False
        low -= abs(coefficient) * arb(START) ** rest * (-rate).exp()
    return bool(low >= 0)
