"""The largest slope of a function of one number: derived from its formula, and proved by enclosures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import mpmath
import sympy as sp
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from checks.provers.claims import Claim, Proof
from derivations.activations import LIPSCHITZ, SLOPES, sigmoid, softplus
from derivations.gaussian import relu
from derivations.outcomes.budget import BudgetSpent, budget, take
from derivations.proofs.exponentials import written_out
from derivations.proofs.foreign import ForeignError, foreign_errors
from derivations.spectra.lengths import VARIABLE, function_of

STEPS = 400_000
"""For one function."""
DIGITS = 6
"""After the point, of a slope that is none of the known numbers."""
NEAR = 1e-9
"""How near a number must be to a known one to be tried as it."""
FAR, POINTS = 40, 240
"""Where slopes are looked at: |t| ≤ FAR, at so many points and near the largest of them."""
FARTHER = 10**8
SMOOTH = (sp.exp, sp.sin, sp.cos, sp.sinh, sp.cosh, sp.tanh, sp.atan, sp.asinh, sp.erf, sp.erfc, sigmoid, softplus)
KINKED = (sp.Abs, sp.Max, sp.Min, relu)


def slopes(f: Any) -> Mapping[Any, tuple[Any, bool]]:
    """The largest slopes of the functions that are applied entry by entry, and whether each is 0 at 0.

    Args:
        f: An expression with functions applied to the entries of vectors.

    Returns:
        A table as `bounds_of_length` takes it, of those functions for which a slope was proved.

    Example:
        >>> from derivations import elementwise, norm, silu, vector
        >>> found = slopes(norm(elementwise(silu, vector("x", 3))))
        >>> [str(slope) for key, (slope, _) in found.items() if key not in SLOPES]
        ['27496/25000']
    """
    found = dict(SLOPES)
    for v in sorted(f.atoms(ElementwiseApplyFunction), key=sp.default_sort_key):
        key = function_of(v)
        if key in found or not isinstance(key, sp.Expr):
            continue
        slope = largest_slope(key)
        if slope is not None:
            found[key] = slope, key.xreplace({VARIABLE: sp.S.Zero}) == 0
    return found


@lru_cache(64)
def largest_slope(body: Any) -> Any | None:
    """A number L with |f(s) − f(t)| ≤ L|s − t| for all s and t, as small as DIGITS allow; None where none is proved.

    Args:
        body: f in `VARIABLE`, without other symbols.

    Example:
        >>> largest_slope(VARIABLE**2 / (1 + VARIABLE**2)), largest_slope(VARIABLE**2)
        (649519/1000000, None)
    """
    if body.free_symbols != {VARIABLE}:
        return None
    if _is_smooth(body):
        proved = _by_derivative
    elif _is_piecewise_linear(body):
        proved = _by_two_points
    else:
        return None
    try:
        with budget(STEPS), foreign_errors():
            return next((c for c in _candidates(body) if proved(body, c)), None)
    except (BudgetSpent, ForeignError):
        take(0)
        return None
    except (NameError, TypeError, ValueError, ArithmeticError):
        return None  # a function that mpmath does not have, or without a value somewhere


def _is_smooth(e: Any) -> bool:
    """Whether an expression has a derivative everywhere on the line."""
    if not e.free_symbols:
        return bool(e.is_real)
    if e == VARIABLE:
        return True
    match e:
        case sp.Add() | sp.Mul():
            return all(map(_is_smooth, e.args))
        case sp.Pow():
            whole = e.exp.is_Integer and e.exp > 0
            return bool(e.exp.is_Rational) and (whole or bool(e.base.is_positive)) and _is_smooth(e.base)
        case sp.log():
            return bool(e.args[0].is_positive) and _is_smooth(e.args[0])
    return isinstance(e, SMOOTH) and all(map(_is_smooth, e.args))


def _is_piecewise_linear(e: Any) -> bool:
    if not e.free_symbols:
        return bool(e.is_rational)
    match e:
        case sp.Symbol():
            return True
        case sp.Mul():
            factor, rest = e.as_coeff_Mul()
            return rest != e and bool(factor.is_Rational) and _is_piecewise_linear(rest)
    return isinstance(e, (sp.Add, *KINKED)) and all(map(_is_piecewise_linear, e.args))


def _candidates(body: Any) -> Iterator[Any]:
    """Numbers that may be the largest slope: known ones near what is seen, then decimals just above it."""
    slope = written_out(body.replace(relu, lambda u: sp.Max(0, u)).diff(VARIABLE))
    found = sp.lambdify(VARIABLE, sp.Abs(slope), "mpmath")
    # odd fractions, so that no kink is among them
    points = [FAR * mpmath.mpf(2 * i + 1 - POINTS) / POINTS * abs(2 * i + 1 - POINTS) / POINTS for i in range(POINTS)]
    values = [abs(found(t)) for t in points]
    best = max(range(POINTS), key=lambda i: values[i])
    low, high = points[max(best - 1, 0)], points[min(best + 1, POINTS - 1)]
    for _ in range(80):
        third = (high - low) / 3
        left, right = low + third, high - third
        low, high = (left, high) if abs(found(left)) < abs(found(right)) else (low, right)
    # slopes that are largest at infinity
    most = max(*values, *(abs(found(mpmath.mpf(t))) for t in (-FARTHER, (low + high) / 2, FARTHER)))
    known = {c for c in LIPSCHITZ.values() if isinstance(c, sp.Expr)}
    yield from (c for c in sorted(known, key=sp.default_sort_key) if abs(float(c) - float(most)) < NEAR)
    least = sp.Rational(int(mpmath.ceil(most * 10**DIGITS - mpmath.mpf("1e-3"))), 10**DIGITS)
    yield least
    yield least + sp.Rational(1, 10**DIGITS)


def _by_derivative(body: Any, most: Any) -> bool:
    """|f′| ≤ L on the line, by expansions and balls."""
    from checks.provers import univariate

    slope = body.diff(VARIABLE)
    claims = (Claim(most - sign * slope, {VARIABLE: sp.S.Reals}) for sign in (1, -1))
    return all(isinstance(univariate.prove(claim), Proof) for claim in claims)


def _by_two_points(body: Any, most: Any) -> bool:
    """|f(s) − f(t)| ≤ L|s − t|, as polynomial arithmetic."""
    from checks.provers import nlsat

    other = sp.Dummy("s", real=True)
    gap = most * sp.Abs(VARIABLE - other) - sp.Abs(body - body.xreplace({VARIABLE: other}))
    found = nlsat.prove(Claim(gap.replace(relu, lambda u: sp.Max(0, u)), dict.fromkeys((VARIABLE, other), sp.S.Reals)))
    return isinstance(found, Proof)
