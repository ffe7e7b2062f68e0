"""Gaussian expectations that are enclosed, beside quadrature that is not: dual activations and constants."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import sympy as sp
from flint import arb
from mpmath import mp
from scipy.integrate import quad

from benchmarks.timing import Note, Row, median_time, side_by_side
from derivations.activations import ACTIVATIONS
from numerics.rigorous import digits, gaussian_ball, pair_ball

DIGITS = 30
ROOT = math.sqrt(2 * math.pi)
IN_MPMATH: dict[str, Callable[[Any], Any]] = {
    "softplus": lambda t: mp.log1p(mp.exp(t)),
    "tanh": mp.tanh,
    "erf": mp.erf,
    "gelu": lambda t: t * mp.ncdf(t),
    "silu": lambda t: t / (1 + mp.exp(-t)),
    "sigmoid": lambda t: 1 / (1 + mp.exp(-t)),
    "arctan": mp.atan,
    "relu": lambda t: t if t > 0 else mp.zero,
}
"""Activations as one writes them there."""
IN_NUMPY: dict[str, Callable[[float], float]] = {
    "softplus": lambda t: np.logaddexp(0.0, t),
    "tanh": np.tanh,
    "erf": math.erf,
    "gelu": lambda t: t * (1 + math.erf(t / 2**0.5)) / 2,
    "silu": lambda t: t / (1 + np.exp(-t)),
    "sigmoid": lambda t: 1 / (1 + np.exp(-t)),
    "arctan": np.arctan,
    "relu": lambda t: max(t, 0.0),
}
IN_TWO = ("softplus", "tanh", "erf", "gelu", "silu")


def duals(quick: bool) -> Iterator[Row | Note]:
    """E σ(u)σ(v) at correlation 1/2, enclosed to 30 digits, against mpmath's quadrature in two dimensions at 30."""
    for name in IN_TWO[: 1 if quick else None]:
        expr, plain = ACTIVATIONS[name].expr, IN_MPMATH[name]

        def quadrature(plain: Callable[[Any], Any] = plain) -> Any:
            def inner(u: Any) -> Any:
                rest = mp.quad(lambda y: plain((u + mp.sqrt(3) * y) / 2) * mp.npdf(y), [-mp.inf, mp.inf])
                return plain(u) * mp.npdf(u) * rest

            return mp.quad(inner, [-mp.inf, mp.inf])

        def lattice(expr: sp.Expr = expr) -> Any:
            with digits(DIGITS):
                return pair_ball(expr, expr, (arb(1), arb(1)), arb(1) / 2)

        ours = median_time(lattice)
        if float(lattice().rad()) > 10.0**-DIGITS:
            raise AssertionError(f"{name}: {lattice()} has fewer than {DIGITS} digits")
        with mp.workdps(DIGITS):
            start = time.perf_counter()
            plain_value = quadrature()
            theirs = time.perf_counter() - start
            said = mp.nstr(plain_value, DIGITS)
        with digits(DIGITS):
            apart = float(abs(lattice() - arb(said)).upper())
        yield Row(f"E σ(u)σ(v), {name}, {DIGITS} digits, enclosed", ours, "mpmath.quad in 2-D", theirs, wanted=100.0)
        yield Note(f"mpmath.quad's E σ(u)σ(v) of {name} is within {apart:.0e} of the enclosed value")


def constants(quick: bool) -> Iterator[Row]:
    """E σ(u)², enclosed, against mpmath's unrigorous value at as many digits and SciPy's at 15."""
    for name in list(IN_MPMATH)[: 2 if quick else None]:
        expr, plain = ACTIVATIONS[name].expr, IN_MPMATH[name]
        square = sp.expand(expr**2)
        for count in (15, 30, 100):

            def ours(square: sp.Expr = square, count: int = count) -> Any:
                with digits(count):
                    return gaussian_ball(square)

            def theirs(plain: Callable[[Any], Any] = plain, count: int = count) -> Any:
                with mp.workdps(count):
                    return mp.quad(lambda t: plain(t) ** 2 * mp.npdf(t), [-mp.inf, 0, mp.inf])

            if float(ours().rad()) > 10.0**-count:
                raise AssertionError(f"{name}: fewer than {count} digits")
            mine, other = side_by_side(ours, theirs, 3 if quick else 7)
            yield Row(f"E σ(u)², {name}, {count} digits, enclosed", mine, "mpmath.quad", other, wanted=1.0)
            if count == 15:

                def in_floats(f: Callable[[float], float] = IN_NUMPY[name]) -> float:
                    def body(t: float) -> float:
                        return float(f(t) ** 2 * math.exp(-t * t / 2) / ROOT)

                    return float(quad(body, -38, 38, epsabs=1e-14, epsrel=1e-13, points=[0.0])[0])

                if abs(float(ours().mid()) - in_floats()) > 1e-12:
                    raise AssertionError(f"{name}: SciPy finds another number")

                mine, other = side_by_side(ours, in_floats, 3 if quick else 7)
                yield Row(f"E σ(u)², {name}, 15 digits, enclosed", mine, "scipy.integrate.quad, float64", other)
