"""Numbers in balls against numbers that are known."""

from __future__ import annotations

from typing import Any

from flint import ctx
from mpmath import mp

from numerics.values.backends import arb_backend
from numerics.values.evaluate import Evaluator


def ball(expr: Any, bits: int = 80) -> Any:
    """The ball of an expression without symbols."""
    before, ctx.prec = ctx.prec, bits
    try:
        return Evaluator(arb_backend(), {}).at(expr)
    finally:
        ctx.prec = before


def holds(found: Any, value: Any, digits: int) -> bool:
    """Whether a ball holds a number that is known to 25 digits, and has a radius below 10^−digits."""
    with mp.workdps(60):
        middle, radius = mp.mpf(found.mid().str(50, radius=False)), mp.mpf(found.rad().str(10, radius=False))
        slack = mp.mpf(10) ** -25 * max(abs(value), 1)
        return bool(abs(middle - value) <= radius + slack and radius < mp.mpf(10) ** -digits)
