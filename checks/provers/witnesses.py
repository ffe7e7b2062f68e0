"""Points at which a claim is false, confirmed by exact arithmetic and balls of the claim as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp
from flint import ctx

from checks.proofs.replay import ball_at, holds_at
from checks.provers.claims import Claim

BITS = 400
"""Of the balls: differences of 10^−100 are seen."""


def confirmed(claim: Claim, point: Mapping[Any, Any]) -> bool:
    """Whether a point belongs to the domain of a claim and the claim is false there, beyond doubt.

    Args:
        claim: What is claimed.
        point: Exact values of its symbols.

    Example:
        >>> x = sp.Symbol("x", real=True)
        >>> claim = Claim(x**2 - 2, {x: sp.Interval(0, 2)}, (sp.Ge(x - 1, 0),))
        >>> [confirmed(claim, {x: sp.Rational(v)}) for v in ("1/2", "7/5", "3/2")]
        [False, True, False]
    """
    if not all(r.contains(point[s]) == True for s, r in claim.ranges.items()):  # noqa: E712
        return False
    if any(s.is_integer and sp.sympify(point[s]).is_integer is not True for s in claim.ranges):
        return False
    before, ctx.prec = ctx.prec, BITS
    try:
        value = ball_at(claim.f, point)
        return value is not None and bool(value < 0) and all(holds_at(c, point) for c in claim.conditions)
    finally:
        ctx.prec = before
