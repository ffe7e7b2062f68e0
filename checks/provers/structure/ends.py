"""Limits at infinity, as the constant terms of expansions with enclosed remainders."""

from __future__ import annotations

from typing import Any

import sympy as sp
from flint import arb

from derivations.proofs.foreign import ForeignError, foreign_errors
from numerics.balls.germs import NoGerm, expand_at
from numerics.errors import EvaluationError
from numerics.rigorous import digits

DIGITS, TAUS = 30, tuple(arb(1) / k for k in (4, 16, 128))
"""Of the balls of an expansion, and how far from infinity it is to hold, as reciprocals."""


def limit_at(f: Any, x: Any, end: Any) -> Any | None:
    """The limit of a function of one variable at ∞ or −∞, None where there is none or it is not known exactly.

    Args:
        f: An expression in x alone.
        x: The variable.
        end: ∞ or −∞.

    Example:
        >>> x = sp.Symbol("x", positive=True)
        >>> limit_at((1 + 1 / x) ** x, x, sp.oo)
        E
    """
    if not f.has(x):
        return f
    real = sp.Dummy(str(x), positive=True) if end is sp.oo else sp.Dummy(str(x), negative=True)
    for tau in TAUS:
        try:
            with foreign_errors(), digits(DIGITS):
                large, limit, _ = expand_at(f.xreplace({x: real}), real, end, 1, tau).split()
        except (NoGerm, ForeignError, EvaluationError):
            continue
        return limit.as_expr() if large.is_zero else None
    return None
