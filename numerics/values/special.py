"""What mpmath, NumPy (SciPy) and torch call the special functions that statements use.

Where a function has no real value NumPy and torch give NaN or an infinity. mpmath gives its complex value, or raises
ZeroDivisionError at a pole, as a quotient does. Arguments follow SymPy: K(m) and E(m) take the parameter m.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy as sp

Functions = Mapping[Any, Callable[..., Any]]


def _reciprocals(f: Mapping[str, Callable[..., Any]]) -> dict[Any, Callable[..., Any]]:
    """sec, acsc, … in one number system from sin, asin, …; the domains are those of the real functions."""
    return {
        sp.sec: lambda x: 1 / f["cos"](x),
        sp.csc: lambda x: 1 / f["sin"](x),
        sp.cot: lambda x: f["cos"](x) / f["sin"](x),
        sp.sech: lambda x: 1 / f["cosh"](x),
        sp.csch: lambda x: 1 / f["sinh"](x),
        sp.coth: lambda x: 1 / f["tanh"](x),
        sp.asec: lambda x: f["acos"](1 / x),
        sp.acsc: lambda x: f["asin"](1 / x),
        sp.asech: lambda x: f["acosh"](1 / x),
        sp.acsch: lambda x: f["asinh"](1 / x),
        sp.acoth: lambda x: f["atanh"](1 / x),
        sp.asinh: f["asinh"],
        sp.acosh: f["acosh"],
        sp.atanh: f["atanh"],
    }


def mpmath_functions() -> Functions:
    """The special functions of mpmath at the working precision of the moment."""
    from mpmath import mp

    def binomial(n: Any, k: Any) -> Any:
        return mp.zero if mp.isint(k) and k < 0 else mp.binomial(n, k)  # as SymPy has it

    def harmonic(n: Any, m: Any = 1) -> Any:
        return mp.harmonic(n) if m == 1 else mp.zeta(m) - mp.zeta(m, n + 1)

    def modulo(x: Any, m: Any) -> Any:
        if mp.im(x) != 0 or mp.im(m) != 0:
            raise TypeError("mpmath's own rule does not end here")
        return mp.re(x) % mp.re(m)

    def lower(s: Any, x: Any) -> Any:
        series = isinstance(x, mp.mpf) and x < 0  # there mpmath's own rule may not end
        return x**s / s * mp.hyp1f1(s, s + 1, -x) if series else mp.gammainc(s, 0, x)

    def to_zero(polynomial: Callable[..., Any]) -> Callable[..., Any]:
        """mpmath finds no digits of a sum that is 0: below 2^(−4·precision) it is taken as 0."""
        return lambda *args: polynomial(*args, zeroprec=4 * mp.prec)

    names = {name: getattr(mp, name) for name in "sin cos sinh cosh tanh asin acos asinh acosh atanh".split()}
    table: dict[Any, Callable[..., Any]] = {
        **_reciprocals(names),
        sp.acot: lambda x: mp.pi / 2 if x == 0 else mp.atan(1 / x),
        sp.atan2: lambda y, x: mp.nan if x == 0 and y == 0 else mp.atan2(y, x),
        sp.sinc: mp.sinc,
        sp.Mod: modulo,
        sp.frac: lambda x: x - mp.floor(x),
        sp.re: mp.re,
        sp.im: mp.im,
        sp.conjugate: mp.conj,
        sp.arg: lambda x: mp.nan if x == 0 else mp.arg(x),
        sp.KroneckerDelta: lambda i, j: mp.nan if i != i or j != j else mp.one if i == j else mp.zero,
        sp.gamma: mp.gamma,
        sp.factorial: mp.factorial,
        sp.factorial2: mp.fac2,
        sp.loggamma: mp.loggamma,
        sp.digamma: mp.digamma,
        sp.polygamma: mp.psi,
        sp.beta: lambda x, y=None: mp.beta(x, x if y is None else y),
        sp.zeta: mp.zeta,
        sp.dirichlet_eta: mp.altzeta,
        sp.harmonic: harmonic,
        sp.binomial: binomial,
        sp.RisingFactorial: mp.rf,
        sp.FallingFactorial: mp.ff,
        sp.besseli: lambda n, x: mp.besseli(abs(n) if mp.isint(n) else n, x),  # I₋ₙ = Iₙ for integers
        sp.besselj: mp.besselj,
        sp.besselk: mp.besselk,
        sp.bessely: mp.bessely,
        sp.airyai: mp.airyai,
        sp.airybi: mp.airybi,
        sp.airyaiprime: lambda x: mp.airyai(x, derivative=1),
        sp.airybiprime: lambda x: mp.airybi(x, derivative=1),
        sp.elliptic_k: mp.ellipk,
        sp.elliptic_e: mp.ellipe,
        sp.elliptic_f: mp.ellipf,
        sp.erfi: mp.erfi,
        sp.erfinv: mp.erfinv,
        sp.erfcinv: lambda x: mp.erfinv(1 - x),
        sp.Ei: mp.ei,
        sp.li: mp.li,
        sp.expint: mp.expint,
        sp.Si: mp.si,
        sp.Ci: mp.ci,
        sp.Shi: mp.shi,
        sp.Chi: mp.chi,
        sp.fresnels: mp.fresnels,
        sp.fresnelc: mp.fresnelc,
        sp.LambertW: lambda x, k=0: mp.lambertw(x, int(k)),
        sp.polylog: mp.polylog,
        sp.lowergamma: lower,
        sp.uppergamma: lambda s, x: mp.gammainc(s, x),
        sp.legendre: to_zero(mp.legendre),
        sp.hermite: to_zero(mp.hermite),
        sp.chebyshevt: to_zero(mp.chebyt),
        sp.chebyshevu: to_zero(mp.chebyu),
        sp.laguerre: lambda n, x: to_zero(mp.laguerre)(n, 0, x),
        sp.gegenbauer: to_zero(mp.gegenbauer),
        sp.jacobi: to_zero(mp.jacobi),
    }
    return {function: _without_value(function.__name__, rule) for function, rule in table.items()}


_NO_COMPLEX = (TypeError, AttributeError, NotImplementedError)
"""What mpmath raises where a function of real numbers is given a complex one."""


def _in_words(value: Any) -> str:
    """An mpmath number to eight digits; the digits of one with millions of bits before the point would not end."""
    from mpmath import mp

    size = mp.mag(value) if mp.isfinite(value) and value != 0 else 0
    return mp.nstr(value, 8) if abs(size) < 10**5 else f"a number near 2^{mp.nstr(mp.mpf(size), 4)}"


def _without_value(name: str, rule: Callable[..., Any]) -> Callable[..., Any]:
    """A function of mpmath whose poles are divisions by zero, and whose NaN stays NaN."""
    from mpmath import mp

    def value(*args: Any) -> Any:
        if any(mp.isnan(a) for a in args):
            return mp.nan
        try:
            return rule(*args)
        except (ValueError, ArithmeticError, mp.NoConvergence, *_NO_COMPLEX) as error:
            raise ZeroDivisionError(f"{name} has no value at {', '.join(map(_in_words, args))}") from error

    return value


def numpy_functions() -> Functions:
    """The special functions of SciPy on float64."""
    import numpy as np
    from scipy import special

    def binomial(n: Any, k: Any) -> Any:
        # SciPy has no negative integers n: C(n, k) = (−1)^k·C(k − n − 1, k)
        n, k = np.asarray(n, dtype=float), np.asarray(k, dtype=float)
        whole = k == np.floor(k)
        flipped = np.where(np.mod(k, 2) == 0, 1.0, -1.0) * special.binom(k - n - 1, k)
        value = np.where(whole & (n < 0), flipped, special.binom(n, k))
        # for small n SciPy has an expansion at k = ∞, which it uses for small k as well
        by_gamma = special.gamma(n + 1) * special.rgamma(k + 1) * special.rgamma(n - k + 1)
        value = np.where(~whole & (np.abs(n) < 1) & (np.abs(k) < 50), by_gamma, value)
        value = np.where(whole & (k > 0) & (np.abs(n) < 0.1), n / k * special.binom(n - 1, k - 1), value)
        return np.where(whole & (k < 0), np.where(np.isnan(n), np.nan, 0.0), value)

    def harmonic(n: Any, m: Any = 1.0) -> Any:
        first = special.digamma(n + 1) + np.euler_gamma
        return np.where(np.equal(m, 1), first, special.zeta(m) - special.zeta(m, n + 1))

    def real(value: Any) -> Any:
        return np.where(np.imag(value) == 0, np.real(value), np.nan)

    def of_degree(polynomial: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        """A polynomial of integer degree; SciPy would cut any other degree to an integer."""

        def value(n: Any, x: Any) -> Any:
            whole = np.floor(np.asarray(n, dtype=float))
            fits = np.isfinite(whole) & (whole == n) & (whole >= 0)
            return np.where(fits, polynomial(np.where(fits, whole, 0).astype(int), x), np.nan)

        return value

    def polygamma(n: Any, x: Any) -> Any:
        # SciPy's rule is Hurwitz's zeta, which has no negative x: reflection is left to mpmath
        n, x = np.broadcast_arrays(n, x)
        fits = np.isfinite(n) & (n == np.floor(n)) & (n >= 0) & ((x > 0) | (n == 0))
        value = np.where(fits, special.polygamma(np.where(fits, n, 0).astype(int), x), np.nan)
        return value if value.shape else value[()]

    def upper(s: Any, x: Any) -> Any:
        return np.where(np.asarray(s) > 0, special.gammaincc(s, x) * special.gamma(s), np.nan)

    def delta(i: Any, j: Any) -> Any:
        return np.where(np.isnan(i) | np.isnan(j), np.nan, np.equal(i, j).astype(float))

    def lambert(x: Any, k: Any = 0) -> Any:
        return real(special.lambertw(x, np.asarray(k).astype(int)))

    names = {n: getattr(np, n) for n in "sin cos sinh cosh tanh".split()}
    names |= {f"a{n}": getattr(np, f"arc{n}") for n in "sin cos sinh cosh tanh".split()}
    return {
        **_reciprocals(names),
        sp.acot: lambda x: np.where(np.equal(x, 0), np.pi / 2, np.arctan(np.divide(1.0, x))),
        sp.atan2: lambda y, x: np.where(np.equal(x, 0) & np.equal(y, 0), np.nan, np.arctan2(y, x)),
        sp.sinc: lambda x: np.sinc(x / np.pi),
        sp.Mod: np.mod,
        sp.frac: lambda x: x - np.floor(x),
        sp.re: lambda x: x,
        sp.im: lambda x: 0 * x,
        sp.conjugate: lambda x: x,
        sp.arg: lambda x: np.where(np.equal(x, 0) | np.isnan(x), np.nan, np.where(np.less(x, 0), np.pi, 0.0)),
        sp.KroneckerDelta: delta,
        sp.factorial: lambda x: special.gamma(x + 1),  # SciPy's factorial of a negative number is 0
        sp.loggamma: special.loggamma,
        sp.digamma: special.digamma,
        sp.polygamma: polygamma,
        sp.beta: lambda x, y=None: special.beta(x, x if y is None else y),
        sp.zeta: lambda s, a=1.0: np.where(np.equal(a, 1), special.zeta(s), special.zeta(s, a)),
        sp.harmonic: harmonic,
        sp.binomial: binomial,
        sp.RisingFactorial: special.poch,
        sp.FallingFactorial: lambda x, k: binomial(x, k) * special.gamma(np.asarray(k) + 1.0),
        sp.besseli: special.iv,
        sp.besselj: special.jv,
        sp.besselk: special.kv,
        sp.bessely: special.yv,
        sp.airyai: lambda x: special.airy(x)[0],
        sp.airyaiprime: lambda x: special.airy(x)[1],
        sp.airybi: lambda x: special.airy(x)[2],
        sp.airybiprime: lambda x: special.airy(x)[3],
        sp.elliptic_k: special.ellipk,
        sp.elliptic_e: lambda m, k=None: special.ellipe(m) if k is None else special.ellipeinc(m, k),
        sp.elliptic_f: special.ellipkinc,
        sp.erfi: special.erfi,
        sp.erfinv: special.erfinv,
        sp.erfcinv: special.erfcinv,
        sp.Ei: special.expi,
        sp.li: lambda x: np.where(np.less(x, 0), np.nan, special.expi(np.log(x))),
        sp.Si: lambda x: special.sici(x)[0],
        sp.Ci: lambda x: np.where(np.less(x, 0), np.nan, special.sici(x)[1]),
        sp.Shi: lambda x: special.shichi(x)[0],
        sp.Chi: lambda x: np.where(np.less(x, 0), np.nan, special.shichi(x)[1]),
        sp.fresnels: lambda x: special.fresnel(x)[0],
        sp.fresnelc: lambda x: special.fresnel(x)[1],
        sp.expint: lambda n, x: np.where(
            np.equal(n, np.floor(n)) & np.greater_equal(n, 0), special.expn(np.maximum(np.floor(n), 0), x), np.nan
        ),
        sp.LambertW: lambert,
        sp.lowergamma: lambda s, x: np.where(np.asarray(s) > 0, special.gammainc(s, x) * special.gamma(s), np.nan),
        sp.uppergamma: upper,
        sp.legendre: special.eval_legendre,
        sp.hermite: of_degree(special.eval_hermite),
        sp.chebyshevt: of_degree(special.eval_chebyt),
        sp.chebyshevu: of_degree(special.eval_chebyu),
        sp.laguerre: special.eval_laguerre,
        sp.gegenbauer: special.eval_gegenbauer,
        sp.jacobi: special.eval_jacobi,
    }


def torch_functions() -> Functions:
    """The special functions that torch has, in float64; they can be differentiated."""
    import torch

    special = torch.special

    def gamma(x: Any) -> Any:
        size = torch.exp(special.gammaln(x))
        below = torch.floor(x)
        sign = torch.where((x > 0) | (torch.remainder(below, 2) == 0), 1.0, -1.0)
        return torch.where((x <= 0) & (below == x), torch.nan, sign * size)

    def loggamma(x: Any) -> Any:
        return torch.where(x < 0, torch.nan, special.gammaln(x))

    def beta(x: Any, y: Any = None) -> Any:
        y = x if y is None else y
        return gamma(x) * gamma(y) / gamma(x + y)

    def atan2(y: Any, x: Any) -> Any:
        return torch.where((x == 0) & (y == 0), torch.nan, torch.atan2(y, x))

    def acot(x: Any) -> Any:
        return torch.where(x == 0, torch.pi / 2, torch.atan(1 / x))

    def delta(i: Any, j: Any) -> Any:
        return torch.where(torch.isnan(i) | torch.isnan(j), torch.nan, (i == j).to(torch.float64))

    def angle(x: Any) -> Any:
        return torch.where((x == 0) | torch.isnan(x), torch.nan, (x < 0).to(torch.float64) * torch.pi)

    names = {n: getattr(torch, n) for n in "sin cos sinh cosh tanh asin acos asinh acosh atanh".split()}
    return {
        **_reciprocals(names),
        sp.acot: acot,
        sp.atan2: atan2,
        sp.sinc: lambda x: torch.sinc(x / torch.pi),
        sp.Mod: torch.remainder,
        sp.frac: lambda x: x - torch.floor(x),
        sp.re: lambda x: x,
        sp.im: lambda x: 0 * x,
        sp.conjugate: lambda x: x,
        sp.arg: angle,
        sp.KroneckerDelta: delta,
        sp.gamma: gamma,
        sp.factorial: lambda x: gamma(x + 1),
        sp.loggamma: loggamma,
        sp.digamma: lambda x: torch.where((x <= 0) & (torch.floor(x) == x), torch.nan, special.digamma(x)),
        sp.beta: beta,
        sp.erfinv: special.erfinv,
        sp.erfcinv: lambda x: special.erfinv(1 - x),
    }
