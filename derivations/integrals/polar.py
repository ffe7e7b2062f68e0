"""Gaussian integrals in one and two variables: half-lines, and sectors in polar coordinates.

Two correlated variables are u = √q₁ r cos θ, v = √q₂ r cos(θ − φ); on four sectors of θ their signs are
constant, so that ReLU, step, |·| and powers become trigonometric polynomials there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import (
    Abs,
    Add,
    Dummy,
    Expr,
    Heaviside,
    Integral,
    Pow,
    S,
    Symbol,
    acos,
    cos,
    exp,
    expand_trig,
    gamma,
    integrate,
    oo,
    pi,
    sign,
    sin,
    sqrt,
)
from sympy.simplify.fu import TR8

from derivations.gaussian import relu, step
from derivations.letters.names import own
from derivations.outcomes.budget import remembered
from derivations.outcomes.reasons import Reason, Stopped

KINKED = (relu, step, Abs, sign, Heaviside)
R = own("r", positive=True)
THETA = own("theta", real=True)


class NoClosedForm(Stopped, ValueError):
    """No rule here integrates this expectation; the message names the part."""

    reason = Reason.NO_CLOSED_FORM


@dataclass(frozen=True)
class Sector:
    """A range of θ on which u and v keep their signs, and the integrand Σ r^d·h_d(θ) there."""

    lower: Expr
    upper: Expr
    powers: dict[Expr, Expr]


@remembered(256)
def radial_moment(degree: Expr) -> Expr:
    """∫₀^∞ r^degree e^{−r²/2} dr, by the substitution t = r²/2: 2^{(d−1)/2} Γ((d+1)/2)."""
    return Pow(2, (degree - 1) / S(2)) * gamma((degree + 1) / S(2))


def angle_of(c: Expr, q1: Expr, q2: Expr) -> Expr:
    """φ ∈ [0, π] with cos φ = c/√(q₁q₂); a covariance that is itself cos φ gives φ back.

    φ ↦ cos φ is inverted without looking at φ: its symbol must range over [0, π].
    """
    correlation = c / sqrt(q1 * q2)
    return correlation.args[0] if isinstance(correlation, cos) else acos(correlation)


def on_sign(expr: Expr, signs: dict[Any, int]) -> Expr:
    """`expr` where each variable has the given sign: kinks become polynomials."""
    known = {v: Dummy(v.name, positive=True) for v in signs}
    opened = expr.xreplace({v: s * known[v] for v, s in signs.items()})
    opened = opened.replace(lambda e: isinstance(e, KINKED), lambda e: e.func(*e.args))
    if opened.has(*KINKED):
        raise NoClosedForm(f"the sign of {next(iter(opened.atoms(*KINKED))).args[0]} is not constant on a sector")
    return opened.xreplace({known[v]: s * v for v, s in signs.items()})


def kink_arguments(f: Expr, u: Symbol) -> list[Expr]:
    """The arguments of the kinked functions in f that hold u, in a fixed order."""
    return sorted({e.args[0] for e in f.atoms(*KINKED) if e.args[0].has(u)}, key=str)


def one_gaussian(f: Expr, u: Symbol, variance: Expr) -> Expr:
    """E f(u) for u ~ N(0, variance), over the two half-lines; smooth f by SymPy over the whole line."""
    scale = sqrt(variance)
    total = S.Zero
    if not f.has(*KINKED) and not _is_power_sum(f, u):
        x = Dummy("x", real=True)
        value = integrate((f.xreplace({u: scale * x}) * exp(-(x**2) / 2)).expand(), (x, -oo, oo)) / sqrt(2 * pi)
        if value.has(Integral):
            raise NoClosedForm(f"E {f} has no elementary form here")
        return value
    for s in (1, -1):
        piece = on_sign(f, {u: s}).xreplace({u: s * scale * R}).expand()
        for term in Add.make_args(piece):
            c, power = term.as_independent(R)
            if c == 0 or power == 0:
                continue
            degree = _degree(power)
            total += c * radial_moment(degree) / sqrt(2 * pi)
    return total


def _is_power_sum(f: Expr, u: Symbol) -> bool:
    return all(not t.as_independent(u)[1].has(exp, cos) and _power(t.as_independent(u)[1], u) for t in Add.make_args(f))


def _power(t: Expr, u: Symbol) -> bool:
    base, _ = t.as_base_exp()
    return t == 1 or bool(base == u)


def _degree(power: Expr) -> Expr:
    base, degree = power.as_base_exp() if power != 1 else (R, S.Zero)
    if base != R:
        raise NoClosedForm(f"{power} is not a power of r")
    return degree


def sectors(f: Expr, variables: tuple[Symbol, Symbol], variances: tuple[Expr, Expr], phi: Expr) -> list[Sector]:
    """The four sectors of constant sign, with the integrand in polar coordinates on each."""
    u, v = variables
    ranges = [
        (phi - pi / 2, pi / 2, 1, 1),
        (pi / 2, phi + pi / 2, -1, 1),
        (phi + pi / 2, 3 * pi / 2, -1, -1),
        (3 * pi / 2, phi + 3 * pi / 2, 1, -1),
    ]
    polar = {u: sqrt(variances[0]) * R * cos(THETA), v: sqrt(variances[1]) * R * cos(THETA - phi)}
    found = []
    for lower, upper, su, sv in ranges:
        piece = on_sign(f, {u: su, v: sv})
        powers: dict[Expr, Expr] = {}
        for term in Add.make_args(piece.xreplace(polar).expand(func=False, power_base=True, mul=True)):
            h, power = term.as_independent(R)
            if h != 0:
                degree = _degree(power)
                powers[degree] = powers.get(degree, S.Zero) + h
        if powers:
            found.append(Sector(lower, upper, powers))
    return found


def two_gaussians(f: Expr, variables: tuple[Symbol, Symbol], variances: tuple[Expr, Expr], phi: Expr) -> Expr:
    """E f(u, v) for correlated Gaussians at angle φ, by polar coordinates.

    f is a sum of products of powers of u, v and of ReLU, step, |·|, sign of multiples of either.
    """
    if isinstance(phi, acos):  # for an angle that is not a symbol, use the integrals of one that is
        names = own("phi", real=True), *(own(f"s{i}", positive=True) for i in (1, 2))
        found = two_gaussians(f, variables, (names[1] ** 2, names[2] ** 2), names[0])
        return found.xreplace(dict(zip(names, (phi, *map(sqrt, variances)), strict=True)))
    total = S.Zero
    for sector in sectors(f, variables, variances, phi):
        for degree, h in sector.powers.items():
            total += radial_moment(degree + 1) / (2 * pi) * angular_integral(h, sector.lower, sector.upper)
    return total


def angular_integral(h: Expr, lower: Expr, upper: Expr) -> Expr:
    """∫ h(θ) dθ of a trigonometric polynomial, through its Fourier form Σ c·cos(nθ + α)."""
    fourier = TR8(h.expand()).expand()
    total = S.Zero
    for term in Add.make_args(fourier):
        c, wave = term.as_independent(THETA)
        if wave == 1:
            total += c * (upper - lower)
            continue
        if not isinstance(wave, cos | sin) or wave.args[0].diff(THETA).has(THETA):
            raise NoClosedForm(f"∫ {wave} dθ, which is not a trigonometric polynomial,")
        primitive = integrate(wave, THETA)
        total += c * (primitive.xreplace({THETA: upper}) - primitive.xreplace({THETA: lower}))
    return expand_trig(total).expand()
