"""What an integrable singularity at an end of a range hides: bounds of ∫ |f| over a tiny stretch at the end.

Each factor of f that is not bounded there, or that vanishes, is compared with a power of the distance t and of log t:
if b and its first k − 1 derivatives vanish at t = 0, and b⁽ᵏ⁾/k! lies in a ball without 0 on the stretch, then |b|
lies between two multiples of tᵏ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp
from flint import arb

from numerics.errors import EvaluationError
from numerics.values.ball_integrals.strips import NoBall
from numerics.values.protocol import Evaluation

MOST_ORDER = 6


@dataclass(frozen=True)
class _Zero:
    """low·tᵏ ≤ |b| ≤ high·tᵏ; `low` may be 0."""

    order: int
    low: Any
    high: Any


def mass_at_end(f: sp.Expr, t: sp.Symbol, h: Any, evaluator: Evaluation) -> Any:
    """A bound of ∫ |f| dt over 0 < t < h < 1; raises NoBall where no rule gives one."""
    stretch = evaluator.with_values({t: arb(0).union(h)})
    try:
        return _mass(f, t, h, stretch)
    except NoBall:
        terms = sp.Add.make_args(sp.expand(f))
        if len(terms) == 1:
            raise
    return sum((_mass(term, t, h, stretch) for term in terms), arb(0))


def _mass(term: sp.Expr, t: sp.Symbol, h: Any, stretch: Evaluation) -> Any:
    size, power, logs = arb(1), arb(0), [arb(1)]  # logs: coefficients of |log t|ⁿ
    for factor in sp.Mul.make_args(term):
        more, p, extra = _factor(factor, t, h, stretch)
        size, power = size * more, power + p
        for linear in extra:
            logs = [a + b for a, b in zip([c * linear for c in logs] + [arb(0)], [arb(0), *logs], strict=True)]
    power = power.lower()  # t < 1
    if not power > -1:
        raise NoBall(f"{term} is not known to be integrable at the end")
    rise = power + 1
    depth = -h.log() * rise
    total = arb(0)
    for n, c in enumerate(logs):
        total += abs(c) * depth.gamma_upper(arb(n + 1)) / rise ** (n + 1)
    return size * total


def _factor(factor: sp.Expr, t: sp.Symbol, h: Any, stretch: Evaluation) -> tuple[Any, Any, list[Any]]:
    """A bound size·t^power·Π(|log t| + C) of one factor, as (size, power, [C, …])."""
    base, exponent = factor.as_base_exp()
    if isinstance(factor, sp.exp):
        base, exponent = factor, sp.S.One
    if isinstance(base, sp.log) and exponent.is_Integer:
        found = _logarithm(base.args[0], t, stretch)
        n = int(exponent)
        if found is not None and n > 0:
            order, shift = found
            return arb(order) ** n, arb(0), [shift / order] * n
        zero = _zero(base.args[0], t, stretch)
        if zero is not None and n < 0:
            least = -(zero.high * h**zero.order).log()
            if least > 0:
                return least**n, arb(0), []
    if not exponent.has(t):
        zero = _zero(base, t, stretch)
        if zero is not None:
            q = stretch.at(exponent)
            if q >= 0:
                return zero.high**q, zero.order * q, []
            if q <= 0 and zero.low > 0:
                return zero.low**q, zero.order * q, []
    value = _ball(factor, stretch)
    if value is None:
        raise NoBall(f"{factor} is not bounded at the end of the range")
    return abs(value).upper(), arb(0), []


def _logarithm(b: sp.Expr, t: sp.Symbol, stretch: Evaluation) -> tuple[int, Any] | None:
    """k and C with |log b| ≤ k·|log t| + C, from what b's numerator and denominator are near 0; None for k = 0."""
    order, shift = 0, arb(0)
    parts = sp.fraction(sp.together(b))
    end = stretch.with_values({t: stretch.at(t).upper()})
    whole, top, bottom = (_ball(e, end) for e in (b, *parts))
    if whole is None or top is None or bottom is None or not whole.overlaps(top / bottom):
        return None
    for part in parts:
        zero = _zero(part, t, stretch)
        if zero is not None and zero.low > 0:
            order += zero.order
            shift += abs(zero.low.log()).max(abs(zero.high.log()))
            continue
        value = _ball(part, stretch)
        if value is None or not value > 0:
            return None
        shift += abs(value.log()).upper()
    return (order, shift) if order else None


def _zero(b: sp.Expr, t: sp.Symbol, stretch: Evaluation) -> _Zero | None:
    """The order to which b vanishes at t = 0, with bounds; None where it does not, or where that is not seen."""
    derivative, order = b, 0
    while order <= MOST_ORDER:
        start = derivative.xreplace({t: sp.S.Zero})
        if start.has(sp.nan, sp.zoo, sp.oo):
            return None
        if sp.expand(start) != 0:
            break
        derivative, order = derivative.diff(t), order + 1
    if not 0 < order <= MOST_ORDER:
        return None
    value = _ball(derivative, stretch)
    if value is None:
        return None
    size = abs(value) / arb(order).fac()
    return _Zero(order, size.lower().max(arb(0)), size.upper())


def _ball(expr: sp.Expr, stretch: Evaluation) -> Any | None:
    try:
        value = stretch.at(expr)
    except (EvaluationError, ZeroDivisionError):
        return None
    return value if value.is_finite() else None
