"""What Arb calls the special functions that statements use: balls that hold every value on the balls given.

NaN where a function has no real value somewhere on its ball, and where Arb finds none. At a jump the ball holds both
sides. Arguments follow SymPy: K(m) and E(m) take the parameter m.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy as sp
from flint import acb, arb

from derivations.gaussian import relu, step


def piece(x: Any) -> int | None:
    """The integer that a ball is, None for any other ball."""
    found = x.unique_fmpz()
    return int(found) if found is not None and x.is_exact() else None


def jump(x: Any, below: Any, at: Any, above: Any) -> Any:
    """A function that is constant on either side of 0: the hull of the values that it may take on a ball."""
    if x.is_nan():
        return x
    values = [v for v, may in ((below, not x >= 0), (at, x.contains(0)), (above, not x <= 0)) if may]
    total = arb(values[0])
    for v in values[1:]:
        total = total.union(arb(v))
    return total


def _delta(i: Any, j: Any) -> Any:
    return jump(i - j, 0, 1, 0)


def _angle(x: Any) -> Any:
    return arb.nan() if x.contains(0) else jump(x, arb.pi(), 0, 0)


def _acot(x: Any) -> Any:
    # continuous but at 0, where its value π/2 is the limit from above
    if x > 0:
        return arb.pi() / 2 - x.atan()
    if x < 0:
        return -arb.pi() / 2 - x.atan()
    return x if x.is_nan() else arb.pi() / 2 * arb(0, 1)


def _atan2(y: Any, x: Any) -> Any:
    if x.is_nan() or y.is_nan() or (x.contains(0) and y.contains(0)):
        return arb.nan()
    if x < 0 and y.contains(0) and not y >= 0:
        return arb.pi() * arb(0, 1)  # across the cut
    return arb.atan2(y, x)


def _mod(x: Any, m: Any) -> Any:
    whole = (x / m).floor()
    value = x - m * whole
    # across a jump the value is anywhere between 0 and m
    return value if whole.is_exact() or not value.is_finite() else value.intersection(m.union(arb(0)))


def _real(value: Any, exists: bool) -> Any:
    return value.real if exists else arb.nan()


def _polygamma(n: Any, x: Any) -> Any:
    order = piece(n)
    return _real(acb(x).polygamma(acb(n)), order is not None and order >= 0)


def _beta(x: Any, y: Any = None) -> Any:
    y = x if y is None else y
    return x.gamma() * y.gamma() * (x + y).rgamma()


def _falling(x: Any, k: Any) -> Any:
    n = piece(k)
    if n is not None and 0 <= n <= 1000:
        total = arb(1)
        for i in range(n):
            total *= x - i
        return total
    return (x + 1).gamma() * (x - k + 1).rgamma()


def _rising(x: Any, k: Any) -> Any:
    return x.rising(k)


def _binomial(n: Any, k: Any) -> Any:
    whole = piece(k)
    if whole is not None and whole < 0:
        return n * 0  # as SymPy has it
    if n < 0 and whole is None:
        return arb.nan()
    return _falling(n, k) * (k + 1).rgamma()


def _harmonic(n: Any, m: Any = None) -> Any:
    if m is None or piece(m) == 1:
        return (n + 1).digamma() + arb.const_euler()
    return m.zeta() - m.zeta(n + 1)


def _erfinv(x: Any) -> Any:
    return x.erfinv() if x > -1 and x < 1 else arb.nan()


def _elliptic_e(m: Any, k: Any = None) -> Any:
    return _real(acb(m).elliptic_e(), m <= 1) if k is None else arb.nan()


def _lambert(x: Any, k: Any = None) -> Any:
    branch = 0 if k is None else piece(k)
    if branch not in (0, -1) or (branch == -1 and not x < 0):
        return arb.nan()
    return x.lambertw(branch)


def _bessel(name: str) -> Callable[[Any, Any], Any]:
    def value(order: Any, x: Any) -> Any:
        n = piece(order)
        if name == "bessel_i" and n is not None and x >= 0 and not x.is_exact():
            # it rises for x ≥ 0; on a wide ball Arb sums its series for a fifth of a second
            return arb(x.lower()).bessel_i(order).union(arb(x.upper()).bessel_i(order))
        # of an integer order J and I are entire, any other has a cut
        return getattr(x, name)(order) if x > 0 or (n is not None and name in ("bessel_i", "bessel_j")) else arb.nan()

    return value


def _polynomial(name: str) -> Callable[..., Any]:
    def value(n: Any, *rest: Any) -> Any:
        *parameters, x = rest
        return getattr(x, name)(n, *parameters)

    return value


def _sign(x: Any) -> Any:
    return jump(x, -1, 0, 1)


def ball_functions() -> Mapping[Any, Callable[..., Any]]:
    """The functions of Arb balls that are not simply methods of one argument, and the special functions."""
    one: dict[Any, str] = {
        sp.sec: "sec",
        sp.csc: "csc",
        sp.cot: "cot",
        sp.sech: "sech",
        sp.csch: "csch",
        sp.coth: "coth",
        sp.asinh: "asinh",
        sp.acosh: "acosh",
        sp.atanh: "atanh",
        sp.sinc: "sinc",
        sp.loggamma: "lgamma",
        sp.digamma: "digamma",
        sp.factorial: "fac",
        sp.erfi: "erfi",
        sp.Ei: "ei",
        sp.li: "li",
        sp.Si: "si",
        sp.Ci: "ci",
        sp.Shi: "shi",
        sp.Chi: "chi",
        sp.fresnels: "fresnel_s",
        sp.fresnelc: "fresnel_c",
        sp.airyai: "airy_ai",
        sp.airybi: "airy_bi",
    }
    return {
        **{function: _method(name) for function, name in one.items()},
        sp.sign: _sign,
        step: lambda x: jump(x, 0, 0, 1),
        sp.Heaviside: lambda x, half=0.5: jump(x, 0, half, 1),
        relu: lambda x: x if x.is_nan() else x.max(arb(0)),
        sp.asec: lambda x: (1 / x).acos(),
        sp.acsc: lambda x: (1 / x).asin(),
        sp.asech: lambda x: (1 / x).acosh(),
        sp.acsch: lambda x: (1 / x).asinh(),
        sp.acoth: lambda x: (1 / x).atanh(),
        sp.acot: _acot,
        sp.atan2: _atan2,
        sp.Mod: _mod,
        sp.frac: lambda x: _mod(x, arb(1)),
        sp.re: lambda x: x,
        sp.im: lambda x: 0 * x,
        sp.conjugate: lambda x: x,
        sp.arg: _angle,
        sp.KroneckerDelta: _delta,
        sp.polygamma: _polygamma,
        sp.beta: _beta,
        sp.zeta: lambda s, a=None: s.zeta() if a is None else s.zeta(a),
        sp.harmonic: _harmonic,
        sp.binomial: _binomial,
        sp.RisingFactorial: _rising,
        sp.FallingFactorial: _falling,
        sp.besseli: _bessel("bessel_i"),
        sp.besselj: _bessel("bessel_j"),
        sp.besselk: _bessel("bessel_k"),
        sp.bessely: _bessel("bessel_y"),
        sp.airyaiprime: lambda x: x.airy_ai(derivative=1),
        sp.airybiprime: lambda x: x.airy_bi(derivative=1),
        sp.elliptic_k: lambda m: _real(acb(m).elliptic_k(), m < 1),
        sp.elliptic_e: _elliptic_e,
        sp.erfinv: _erfinv,
        sp.erfcinv: lambda x: _erfinv(1 - x),
        sp.expint: lambda s, x: x.expint(s) if x > 0 else arb.nan(),
        sp.LambertW: _lambert,
        sp.lowergamma: lambda s, x: x.gamma_lower(s) if x >= 0 and s > 0 else arb.nan(),
        sp.uppergamma: lambda s, x: x.gamma_upper(s) if x > 0 else arb.nan(),
        sp.legendre: _polynomial("legendre_p"),
        sp.hermite: _polynomial("hermite_h"),
        sp.chebyshevt: _polynomial("chebyshev_t"),
        sp.chebyshevu: _polynomial("chebyshev_u"),
        sp.laguerre: _polynomial("laguerre_l"),
    }


def _method(name: str) -> Callable[[Any], Any]:
    return lambda x: getattr(x, name)()
