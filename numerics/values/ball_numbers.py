"""Exact numbers as Arb balls."""

from __future__ import annotations

from typing import Any

import sympy as sp
from flint import arb, ctx, fmpq

from derivations.outcomes.budget import remembered
from numerics.errors import EvaluationError
from numerics.values.backend import NOT_FINITE


def arb_number(e: sp.Expr) -> Any:
    """A ball that holds an exact SymPy number to python-flint's precision of the moment.

    Raises EvaluationError for a complex one, or one that Arb has no rule for.
    """
    return _arb_number(e, ctx.prec)


@remembered(4096)
def _arb_number(e: sp.Expr, precision: int) -> Any:
    if e.is_Rational:
        return arb(fmpq(int(e.p), int(e.q)))
    if e.is_Float:
        return arb(fmpq(*map(int, sp.Rational(e).as_numer_denom())))
    if e in NOT_FINITE:
        return arb(NOT_FINITE[e])
    match e:
        case sp.core.numbers.Pi():
            return arb.pi()
        case sp.core.numbers.Exp1():
            return arb(1).exp()
        case sp.core.numbers.EulerGamma():
            return arb.const_euler()
        case sp.core.numbers.Catalan():
            return arb.const_catalan()
        case sp.core.numbers.GoldenRatio():
            return (1 + arb(5).sqrt()) / 2
    raise EvaluationError(f"{e} is no real number that Arb has")
