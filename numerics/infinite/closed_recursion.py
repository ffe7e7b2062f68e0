"""The recursion of du2018 in forty digits, for σ whose dual has a closed form: no rounding reaches float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from operator import add, mul
from typing import Any

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from numerics.infinite.closed_forms import Q1, Q2, RHO, at_one, closed_mean
from numerics.infinite.propagation import Network
from numerics.rigorous import digits
from numerics.values.ball_integrals.strips import NoBall, number_ball

Array = NDArray[np.float64]

DIGITS = 40
NORMALISED = 1e-14
"""c_σ this near to 1/E σ(x)² is meant to be it."""

DualFormula = Callable[[Any, Any], Any]
"""A number from the variance and the correlation."""


@dataclass(frozen=True)
class KernelValues:
    """K^(H) and K^(H−1) at the cosines, shape (2, n), at cosine one, and b^(H−1)."""

    at: Array
    at_one: tuple[float, float]
    mean: float


@lru_cache(maxsize=128)
def compiled(expr: sp.Expr) -> DualFormula:
    """A closed form in Q1 and RHO as a function on balls, at the precision of the first call; raises NoBall."""

    def made(node: sp.Expr) -> DualFormula:
        if node == Q1:
            return lambda q, r: q
        if node == RHO:
            return lambda q, r: r
        if node.is_number:
            value = number_ball(node)
            return lambda q, r: value
        parts = [made(a) for a in node.args]
        if isinstance(node, sp.Add | sp.Mul):
            return _joined(add if isinstance(node, sp.Add) else mul, parts)
        base = parts[0]
        if isinstance(node, sp.Pow) and node.exp.is_Rational:
            power = int(2 * node.exp)
            if node.exp.is_Integer:
                return lambda q, r: base(q, r) ** int(node.exp)
            if power == 2 * node.exp:
                return lambda q, r: _root(base(q, r)) ** power
        if type(node) in (sp.acos, sp.asin, sp.atan, sp.exp, sp.erf):
            name = type(node).__name__
            return lambda q, r: getattr(base(q, r), name)()
        raise NoBall(f"{node} has no ball here")

    return made(sp.factor_terms(sp.factor(expr)))


def _joined(by: Callable[[Any, Any], Any], parts: list[DualFormula]) -> DualFormula:
    """The sum or product of formulas, halves first."""
    if len(parts) == 1:
        return parts[0]
    left, right = _joined(by, parts[: len(parts) // 2]), _joined(by, parts[len(parts) // 2 :])
    return lambda q, r: by(left(q, r), right(q, r))


def _root(x: Any) -> Any:
    """√x, where rounding may leave less than 0."""
    return (x if x > 0 else arb(0) if x.contains(0) else x).sqrt()


def closed_recursion(net: Network, q0: Any, cosines: Callable[[], list[Any]]) -> KernelValues | None:
    """The network at inputs of squared norm q0 with the given cosines, made at the precision in force.

    Every layer starts from exact numbers, the middles of the balls before; the relative error of 1 − ρ is that of
    forty digits a layer at most, since Σ a_k²ρᵏ is convex. None where a formula is missing or not a number.
    """
    expr, cross_form, slope_form = net.dual.f.expr, net.dual.formula, net.dual.derivative.formula
    mean_form = None if expr is None else sp.S.Zero if net.c_res is None else closed_mean(expr)
    if mean_form is None or cross_form is None or slope_form is None:
        return None
    forms = cross_form, slope_form, at_one(cross_form), at_one(slope_form), mean_form
    try:
        with digits(DIGITS):
            cross, slopes, second, own_slope, mean = (compiled(p.xreplace({Q2: Q1})) for p in forms)
            return _through(net, arb(q0), cosines(), (cross, slopes, second, own_slope, mean))
    except NoBall:
        return None


def _through(net: Network, q: Any, rho: list[Any], forms: tuple[DualFormula, ...]) -> KernelValues | None:
    cross, slopes, second, own_slope, mean = forms
    rho = [_correlation(r) for r in rho]
    one, zero = arb(1), arb(0)
    exact = 1 / second(one, one)
    cs = exact.mid() if abs(net.c_sigma / float(exact) - 1) < NORMALISED else arb(net.c_sigma)
    kappa = zero if net.c_res is None else arb(net.c_res) / net.depth
    c, b = [q * r for r in rho], zero
    for h in range(1, net.depth):
        values = [cross(q, r) for r in rho]
        size, centre = second(q, one), mean(q, one)
        if h == 1 or net.c_res is None:
            c, q, b = [cs * v for v in values], cs * size, cs.sqrt() * centre
        else:
            shift = 2 * kappa * b * centre
            c = [x + shift + kappa**2 * v for x, v in zip(c, values, strict=True)]
            q, b = q + shift + kappa**2 * size, b + kappa * centre
        c, q, b = [x.mid() for x in c], q.mid(), b.mid()
        if not q > 0:
            return None
        rho = [_correlation(x / q) for x in c]
    scale = cs if net.c_res is None or net.depth == 1 else kappa**2
    last = [scale * x * slopes(q, r) for x, r in zip(c, rho, strict=True)]
    at = np.array([[float(x) for x in last], [float(x) for x in c]])
    at_one = float(scale * q * own_slope(q, one)), float(q)
    return KernelValues(at, at_one, float(b)) if np.isfinite(at).all() and np.isfinite(at_one).all() else None


def _correlation(rho: Any) -> Any:
    rho = rho.mid()
    return arb(1) if rho > 1 else arb(-1) if rho < -1 else rho
