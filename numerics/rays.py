"""Signs on a ray x ≥ R, for functions made of powers and decaying exponentials: bounds without an end.

On the ray every monomial xʲ·e^{−kx} with k > 0 lies between 0 and its value at R once R ≥ j/k, so that a
polynomial in x and e^{−x} is at least its constant part minus the sizes of its negative terms.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from flint import arb

from derivations.activations import sigmoid, softplus
from numerics.enclosure import ball

START = 24
"""Where the ray begins."""


def nonnegative_on_ray(f: sp.Expr, x: sp.Symbol, sign: int = 1) -> bool:
    """Whether f ≥ 0 is proved for all sign·x ≥ START; False says nothing."""
    return _on_ray(f.xreplace({x: sign * x}), x)


def nonnegative_on_rays(f: sp.Expr, x: sp.Symbol) -> bool:
    """Whether f ≥ 0 is proved for all |x| ≥ START; False says nothing."""
    return all(nonnegative_on_ray(f, x, sign) for sign in (1, -1))


def limits(f: sp.Expr, x: sp.Symbol) -> list[sp.Expr]:
    """The limits of f at ±∞, where its leading terms show them."""
    found = []
    for sign in (1, -1):
        parts = _parts(f.xreplace({x: sign * x}), x)
        if parts is None:
            continue
        (top, top_degree), (bottom, bottom_degree) = (_leading(p, x) for p in parts)
        if top_degree <= bottom_degree:
            found.append(top / bottom if top_degree == bottom_degree else sp.S.Zero)
    return found


_E, _F, _C = sp.Symbol("_E", positive=True), sp.Symbol("_F", positive=True), sp.Symbol("_C", positive=True)
_S = sp.Symbol("_S", real=True)
"""A sine or cosine, of size at most one."""
_RATES = {_E: (1, 1), _F: (sp.Rational(1, 2), 2), _C: (1, 2)}
"""Each small quantity s is at most e^{−a·x^p}: e^{−x}, e^{−x²/2} and erfc(x) ≤ e^{−x²}."""


def _parts(f: sp.Expr, x: sp.Symbol) -> tuple[sp.Poly, sp.Poly] | None:
    """Numerator and denominator as polynomials in x and the small quantities."""
    y = sp.Dummy("x", positive=True)
    f = f.xreplace({x: y}).replace(softplus, lambda u: u + softplus(-u) if u == y else softplus(u))
    f = f.replace(
        sigmoid, lambda u: 1 / (1 + sp.exp(-u)) if u.could_extract_minus_sign() is False else 1 - 1 / (1 + sp.exp(u))
    )
    f = f.replace(sp.tanh, lambda u: _odd(u, lambda v: (1 - sp.exp(-2 * v)) / (1 + sp.exp(-2 * v))))
    f = f.replace(sp.erf, lambda u: _odd(u, lambda v: 1 - sp.erfc(v)))
    small: dict[Any, Any] = {}
    for e in f.atoms(sp.exp):
        for s, (rate, power) in _RATES.items():
            ratio = sp.simplify(-e.args[0] / (rate * y**power))
            if s is not _C and ratio.is_Integer and ratio != 0:
                small[e] = s ** int(ratio)  # what grows is the reciprocal of what decays
    small |= {
        e: _C for e in f.atoms(sp.erfc) if (e.args[0] / y).is_number and (e.args[0] / y) ** 2 >= sp.Rational(1, 2)
    }
    small |= dict.fromkeys(f.atoms(sp.sin, sp.cos), _S)
    top, bottom = sp.fraction(sp.together(f.xreplace(small)))
    try:
        parts = tuple(sp.Poly(sp.expand(p.xreplace({y: x})), x, _E, _F, _C, _S) for p in (top, bottom))
    except sp.PolynomialError:
        return None
    if any(c.free_symbols or not c.is_number for p in parts for c in p.coeffs()):
        return None
    return parts[0], parts[1]


def _odd(u: sp.Expr, positive: Any) -> sp.Expr:
    return -positive(-u) if u.could_extract_minus_sign() else positive(u)


def _leading(p: sp.Poly, x: sp.Symbol) -> tuple[sp.Expr, int]:
    """The coefficient and the degree of the highest power of x without a small factor."""
    plain = {m[0]: c for m, c in p.terms() if not any(m[1:])}
    degree = max(plain, default=-1)
    return plain.get(degree, sp.S.Zero), degree


def _on_ray(f: sp.Expr, x: sp.Symbol) -> bool:
    parts = _parts(f, x)
    if parts is None:
        return False
    top, bottom = parts
    if any(m[-1] for m in bottom.monoms()) or any(ball(c) < 0 for c in bottom.coeffs()):
        return False
    return _polynomial(top)


def _polynomial(p: sp.Poly) -> bool:
    """p ≥ 0 on the ray, after division by the largest power of x that the plain terms share at the end."""
    plain = [m[0] for m, c in p.terms() if not any(m[1:])]
    degree = max(plain, default=None)
    low = arb(0)
    for powers, c in p.terms():
        coefficient = ball(c)
        j, small, wave = powers[0], powers[1:-1], powers[-1]
        if wave and not any(small):
            if degree is None or j > degree:
                return False
            low -= abs(coefficient) * arb(START) ** (j - degree)
            continue
        if not any(small):
            if j == degree:
                low += coefficient
            elif not coefficient > 0:
                low -= abs(coefficient) * arb(START) ** (j - (degree or 0))
            continue
        if coefficient > 0 and not wave:
            continue
        if degree is None:
            # only small terms are left: compare with the slowest of them is beyond this rule
            return False
        rest = j - degree
        rate = arb(0)
        for k, (a, power) in zip(small, _RATES.values(), strict=True):
            rate += k * ball(sp.sympify(a)) * arb(START) ** power
        if rest > START:
            return False
        low -= abs(coefficient) * arb(START) ** rest * (-rate).exp()
    return bool(low >= 0)
