"""Limits in balls: of what is bounded near the place, its ball there; anything else is refused."""

from __future__ import annotations

from typing import Any

import sympy as sp
from flint import arb, ctx

from numerics.errors import EvaluationError
from numerics.values.protocol import Evaluation


def limit_ball(node: sp.Limit, outer: Evaluation) -> Any:
    """A ball with the limit, if there is one: it holds every value at distances up to 2^−precision on the side said.

    Raises EvaluationError at infinity, and where the expression has no finite ball near the place, as 0/0 has none.
    """
    expr, z, place, side = node.args
    if not place.is_finite:
        raise EvaluationError(f"balls have no limit at {place}: {node}")
    distance = sp.Dummy("distance", positive=True)
    near = outer.with_values({distance: arb(0).union(arb(2) ** -ctx.prec)})
    found = None
    for sign in {"+": (1,), "-": (-1,)}.get(str(side), (1, -1)):
        value = near.at(expr.subs(z, place + sign * distance))
        found = value if found is None else found.union(value)
    if found is None or not found.is_finite():
        raise EvaluationError(f"no finite ball near the place of the limit: {node}")
    return found
