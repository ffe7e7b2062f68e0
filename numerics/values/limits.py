"""Limits and series from their definitions, in mpmath: sequences that must agree, or a refusal.

Nothing here uses a closed form. A limit is accepted where the values along two sequences are constant to the working
precision, a series where two ways to extrapolate it do; what converges more slowly is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp
from mpmath import mp

from derivations.outcomes.reasons import Stopped
from derivations.proofs.foreign import foreign_errors
from numerics.errors import EvaluationError
from numerics.values.finite import integers
from numerics.values.protocol import Evaluation
from numerics.values.quadrature import UnreliableQuadrature

MULTIPLES = ("1", "0.7390851332151607", "0.3036630028987327")
"""Of the distances at which a limit is evaluated: values that depend on more than the distance differ by them."""
SLOW_POWERS, SLOWEST = (2000, 200, 20), "0.98"
"""Where series of one sign are evaluated, and how slowly 2ʲf(2ʲ) may fall there from one j to the next."""
LATER = 48
"""The number of terms after which the second extrapolation of a series begins."""


def limit_value(node: Any, outer: Evaluation) -> Any:
    """lim f(z) as z → z₀ from the given side, or from both, which must agree.

    f is evaluated at distances 10^(−D/2), 10^(−D), 10^(−3D/2) for D digits, to 6D digits, so that what cancels is not
    lost; towards infinity at their inverses. Raises UnreliableQuadrature where the last values do not agree.
    """
    expr, z, z0, side = node.args
    digits = mp.dps
    sides = {"+": (1,), "-": (-1,)}.get(str(side), (1, -1))
    if z0 in (sp.oo, -sp.oo):
        sides = (1 if z0 is sp.oo else -1,)
    elif not z0.is_finite:
        raise EvaluationError(f"a limit at {z0} is not taken numerically: {node}")
    found = []
    with mp.workdps(6 * digits):
        fresh = outer.with_values({})
        centre = None if z0.is_infinite else fresh.at(z0)
        for sign in sides:
            for multiple in MULTIPLES:
                values = []
                for half in (1, 2, 3):
                    distance = mp.mpf(multiple) * mp.mpf(10) ** (-(half * digits // 2))
                    at = sign / distance if centre is None else centre + sign * distance
                    values.append(fresh.with_values({z: at}).at(expr))
                found += values[1:]
        middle = found[-1]
        spread = max(abs(v - middle) for v in found)
        if not spread <= mp.mpf(10) ** (5 - digits) * max(abs(middle), 1):
            raise UnreliableQuadrature(f"the values towards the limit do not agree to {digits} digits: {node}")
    return +middle


def series_value(node: Any, outer: Evaluation) -> Any:
    """Σ of a series in one index: term by term between finite ends, else extrapolated from two beginnings.

    Raises EvaluationError for several indices with an infinite end, UnreliableQuadrature where the two differ.
    """
    if len(node.limits) != 1:
        raise EvaluationError(f"a sum over several indices is not taken numerically: {node}")
    ((index, low, high),) = node.limits
    if low.is_infinite and high.is_infinite:
        below = sp.Sum(node.function, (index, low, -1))
        above = sp.Sum(node.function, (index, 0, high))
        return series_value(below, outer) + series_value(above, outer)
    if low.is_infinite:
        turned = sp.Sum(node.function.xreplace({index: -index}), (index, -high, -low))
        return series_value(turned, outer)

    def term(k: Any) -> Any:
        return outer.with_values({index: mp.mpf(k)}).at(node.function)

    start = outer.at(low)
    if _slow(term, start):
        raise UnreliableQuadrature(f"the terms decrease hardly faster than 1/k: {node}")
    first = sum((term(start + k) for k in range(LATER)), mp.zero)
    for method in ("richardson+shanks", "euler-maclaurin"):
        try:
            with foreign_errors():
                whole = mp.nsum(term, [start, mp.inf], method=method)
                later = first + mp.nsum(term, [start + LATER, mp.inf], method=method)
        except (mp.NoConvergence, Stopped, ArithmeticError):
            continue
        if abs(whole - later) <= mp.mpf(10) ** (-mp.dps + 8) * max(abs(whole), 1):
            return later
    raise UnreliableQuadrature(f"the series does not converge numerically: {node}")


def _slow(term: Callable[[Any], Any], start: Any) -> bool:
    """Whether Cauchy's condensed terms 2ʲf(2ʲ) of a series of one sign are nearly constant far out.

    f ~ 1/(k log² k) converges, but no extrapolation sees its limit, and two of them agree on a wrong one.
    """
    for power in SLOW_POWERS:
        with mp.workprec(mp.prec + power):  # neighbours of 2ʲ must be distinguished
            k = start + mp.mpf(2) ** power
            try:
                with foreign_errors():
                    near = [term(k + j) for j in range(8)]
                    later = term(start + mp.mpf(2) ** (power + 1))
            except (Stopped, ArithmeticError):
                continue
            if all(v > 0 for v in near) or all(v < 0 for v in near):
                return bool(2 * later / near[0] > mp.mpf(SLOWEST))
    return False


def infinite_product(node: sp.Product, evaluator: Evaluation) -> Any:
    """Π with an infinite upper end: the limit that mpmath extrapolates, accepted only if it stays at more digits.

    Raises EvaluationError for several indices, a lower end of −∞, and where it does not settle.
    """
    if len(node.limits) != 1:
        raise EvaluationError(f"an infinite product over several indices is not taken numerically: {node}")
    ((index, low, high),) = node.limits
    if high is not sp.oo:
        raise EvaluationError(f"a product from −∞ is not taken numerically: {node}")
    start = int(integers(low, evaluator, node))
    found = []
    for more in (0, 10):
        with mp.workdps(mp.dps + more):
            fresh = evaluator.with_values({})
            found.append(
                mp.nprod(lambda k, e=fresh: e.with_values({index: mp.mpf(k)}).at(node.function), [start, mp.inf])
            )
    if not abs(found[1] - found[0]) <= mp.mpf(10) ** (3 - mp.dps) * abs(found[1]):
        raise EvaluationError(f"the infinite product does not settle numerically: {node}")
    return +found[1]
