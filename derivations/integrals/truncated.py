"""Truncated Gaussian moments: one Gaussian number and kinks that are not at zero, as in E σ(h + τu)².

Between two neighbouring kinks the integrand is a polynomial, and with t = c/√q
E u^k 1{u > c} = q^{k/2} m_k(t), m_0 = 1 − Φ(t), m_1 = p(t), m_k = t^{k−1} p(t) + (k − 1) m_{k−2},
by parts, where Φ and p are distribution function and density of N(0, 1).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from sympy import Add, Expr, Integral, Mul, Poly, PolynomialError, S, Symbol, erf, exp, expand_power_exp, oo, pi, sqrt

from derivations.integrals.polar import KINKED, NoClosedForm, kink_arguments


def normal_cdf(x: Any) -> Expr:
    """Φ(x), the distribution function of N(0, 1)."""
    return (1 + erf(x / sqrt(2))) / 2


def normal_pdf(x: Any) -> Expr:
    """p(x) = e^{−x²/2}/√(2π), the density of N(0, 1)."""
    return exp(-(x**2) / 2) / sqrt(2 * pi)


def tail_moment(k: int, t: Expr) -> Expr:
    """m_k(t) = E u^k 1{u > t} for u ~ N(0, 1), k ≥ 0; t may be ±∞."""
    if t in (oo, -oo):
        below: Expr = S.One if t == -oo else S.Zero
        return below if k == 0 else S.Zero if k == 1 else (k - 1) * tail_moment(k - 2, t)
    if k == 0:
        return 1 - normal_cdf(t)
    if k == 1:
        return normal_pdf(t)
    return t ** (k - 1) * normal_pdf(t) + (k - 1) * tail_moment(k - 2, t)


def _in_order(roots: set[Expr]) -> list[Expr]:
    """Places of kinks from left to right; raises NoClosedForm where parameters leave the order of two open."""
    if all(r.is_number for r in roots):
        return sorted(roots)
    found: list[Expr] = []
    for root in sorted(roots, key=str):
        signs = [(root - other).is_positive for other in found]
        known = [
            sign is not None and (sign or (other - root).is_positive) for sign, other in zip(signs, found, strict=True)
        ]
        if not all(known):
            raise NoClosedForm(f"the order of the kinks at {', '.join(sorted(map(str, roots)))} is not known")
        found.insert(sum(map(bool, signs)), root)
    return found


def pieces(f: Expr, u: Symbol) -> list[tuple[Expr, Expr, Expr]]:
    """(lower, upper, polynomial in u) between the kinks of f, where it is not 0; raises NoClosedForm."""
    roots: set[Expr] = set()
    for argument in kink_arguments(f, u):
        slope = argument.diff(u)
        if slope.has(u) or slope.is_zero is not False:
            raise NoClosedForm(f"the kink of {argument} is not at one place")
        roots.add((-argument.xreplace({u: S.Zero}) / slope).expand())
    ends = [-oo, *_in_order(roots), oo]
    found = []
    for lower, upper in pairwise(ends):
        inside = (
            (lower + upper) / 2 if {lower, upper}.isdisjoint({oo, -oo}) else lower + 1 if upper == oo else upper - 1
        )

        def opened(e: Expr, inside: Expr = inside) -> Expr:
            sign = e.args[0].xreplace({u: inside}).expand()
            if sign.is_positive is None or (sign.is_positive is False and sign.is_negative is not True):
                raise NoClosedForm(f"the sign of {e.args[0]} beyond its kink is not known")
            return _on_side(e, 1 if sign.is_positive else -1)

        piece = f.replace(lambda e: isinstance(e, KINKED) and e.has(u), opened)
        if piece.expand() != 0:
            found.append((lower, upper, piece))
    return found


def _on_side(e: Expr, side: int) -> Expr:
    """A kinked function where its argument has the given sign."""
    (argument,) = e.args[:1]
    value = {"relu": (argument, S.Zero), "step": (S.One, S.Zero), "Abs": (argument, -argument)}
    value |= {"sign": (S.One, -S.One), "Heaviside": (S.One, S.Zero)}
    return value[type(e).__name__][0 if side > 0 else 1]


def polynomial_between(f: Expr, u: Symbol, lower: Expr, upper: Expr, variance: Expr) -> Expr:
    """∫ f(u) over (lower, upper) against the density of N(0, variance), f a sum of polynomials and e^{au² + bu}."""
    if any(e.has(u) for e in f.atoms(exp)):
        opened = expand_power_exp(f.expand(func=False, power_exp=False)).expand(func=False, power_exp=False)
        return Add(*(_tilted_between(t, u, lower, upper, variance) for t in Add.make_args(opened)))
    if any(e.has(u) for e in f.atoms(erf)):
        return Add(*(_by_parts(t, u, lower, upper, variance) for t in Add.make_args(f.expand(func=False))))
    scale = sqrt(variance)
    try:
        coefficients = Poly(f, u).all_coeffs()[::-1]
    except PolynomialError:
        raise NoClosedForm(f"{f} is not a polynomial between its kinks") from None
    if any(c.has(u) for c in coefficients):
        raise NoClosedForm(f"{f} is not a polynomial between its kinks")
    a, b = (end if end in (oo, -oo) else end / scale for end in (lower, upper))
    return Add(*(c * scale**k * (tail_moment(k, a) - tail_moment(k, b)) for k, c in enumerate(coefficients)))


def _never_positive(a: Expr) -> bool:
    """Whether a number is ≤ 0 wherever it has a value: by its assumptions, or as a negative multiple of squares."""
    if a.is_nonpositive:
        return True
    number, rest = a.as_coeff_Mul()
    powers = [f.as_base_exp() for f in Mul.make_args(rest)]
    return bool(number.is_negative) and all(b.is_extended_real and e.is_Integer and e % 2 == 0 for b, e in powers)


def _by_parts(term: Expr, u: Symbol, lower: Expr, upper: Expr, q: Expr) -> Expr:
    """∫ c u^k erf(au + b) p(u) for odd k, by parts: p′ = −u p/q, and erf′ is an exponential."""
    curves = [g for g in Mul.make_args(term) if isinstance(g, erf) and g.has(u)]
    if not curves:
        return polynomial_between(term, u, lower, upper, q)
    curve, rest = curves[0], Mul(*(g for g in Mul.make_args(term) if g is not curves[0]))
    slope = curve.args[0].diff(u)
    powers = Poly(rest, u).monoms() if rest.is_polynomial(u) else []
    if slope.has(u) or len(powers) != 1 or powers[0][0] % 2 == 0:
        raise NoClosedForm(f"{term} is not an odd power times an error function of a line")
    left = (rest / u).expand()

    def boundary(end: Expr) -> Expr:
        if end in (oo, -oo):
            return S.Zero
        return (left * curve).xreplace({u: end}) * normal_pdf(end / sqrt(q)) / sqrt(q)

    inside = left.diff(u) * curve + left * curve.diff(u)
    return q * (boundary(lower) - boundary(upper) + polynomial_between(inside, u, lower, upper, q))


def _tilted_between(term: Expr, u: Symbol, lower: Expr, upper: Expr, q: Expr) -> Expr:
    """By completing the square: e^{au² + bu} makes N(0, q) the law N(bq′, q′), q′ = q/(1 − 2aq), times a number."""
    powers = [t.as_base_exp() for t in Mul.make_args(term)]
    exponent = Add(*(e for base, e in powers if base is S.Exp1)).expand()
    if not exponent.has(u):
        return polynomial_between(term, u, lower, upper, q)
    a, b = exponent.diff(u, 2) / 2, exponent.diff(u).xreplace({u: S.Zero})
    if a.has(u) or not _never_positive(a):
        raise NoClosedForm(f"{exp(exponent)} is not the exponential of a line or a concave quadratic")
    law = q / (1 - 2 * a * q)
    mean = b * law
    rest = Mul(*(base**e for base, e in powers if base is not S.Exp1)).xreplace({u: u + mean})
    ends = [end if end in (oo, -oo) else end - mean for end in (lower, upper)]
    factor = exp(exponent.xreplace({u: S.Zero}) + b * mean / 2) / sqrt(1 - 2 * a * q)
    return factor * polynomial_between(rest, u, ends[0], ends[1], law)


def shifted_gaussian(f: Expr, u: Symbol, variance: Expr) -> Expr:
    """E f(u) for u ~ N(0, variance), f a polynomial between kinks of which one at least is not at 0."""
    return Add(*(polynomial_between(piece, u, a, b, variance) for a, b, piece in pieces(f, u)))


def shifted_steps(f: Expr, u: Symbol, variance: Expr) -> list[tuple[Expr, str]]:
    """The derivation of such an expectation, as expressions with reasons."""
    density = normal_pdf(u / sqrt(variance)) / sqrt(variance)
    found = pieces(f, u)
    return [
        (Add(*(Integral(p.expand() * density, (u, a, b)) for a, b, p in found)), "the kinks cut the line"),
        (shifted_gaussian(f, u, variance), "integration by parts: truncated moments of a Gaussian"),
    ]
