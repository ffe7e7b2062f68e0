"""The constants of a theorem as numbers: from the data to what is asked for, and what each constant does to it.

Numbers are mpmath's, whose exponents have no end: a width of 10^(10^6) is a number like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import sympy as sp
from mpmath import mp, mpf

from derivations.theorems import Quantity, Theorem
from numerics.errors import EvaluationError

DIGITS = 30
STEP = mpf(10) ** -8
"""The relative step of logarithmic derivatives: their error is about its square, far above rounding at 30 digits."""
Values = dict[Any, Any]


def values(theorem: Theorem, given: Mapping[str, Any], instead: Mapping[Any, Any] | None = None) -> Values:
    """Every quantity of a theorem as a number.

    Args:
        theorem: The theorem.
        given: The value of each datum, by the name of its symbol.
        instead: Numbers in the place of what some formulas give, by symbol.

    Returns:
        The values by symbol.

    Raises:
        EvaluationError: A datum is missing, not positive or outside of the theorem's conditions, or a formula has no
            real value.

    Example:
        >>> from sympy import Symbol
        >>> from derivations.theorems import Quantity, Theorem
        >>> n, M = Symbol("n", positive=True), Symbol("M", positive=True)
        >>> made = Theorem("main", (Quantity(n), Quantity(M, 4 * n**2)), {"width": M})
        >>> int(values(made, {"n": 5})[M])
        100
    """
    found: Values = {}
    changed = instead or {}
    with mp.workdps(DIGITS):
        for q in theorem.quantities:
            if q.symbol in changed:
                found[q.symbol] = mpf(changed[q.symbol])
            elif q.formula is None:
                found[q.symbol] = _datum(theorem, q, given)
                _refuse_outside(theorem, found)
            else:
                found[q.symbol] = _value(theorem, q, found)
    return found


def _datum(theorem: Theorem, q: Quantity, given: Mapping[str, Any]) -> Any:
    name = str(q.symbol)
    if name not in given:
        raise EvaluationError(f"{theorem.slug}: the data do not give {name} ({q.words}); write --set {name}=VALUE")
    try:
        value = mpf(given[name])
    except (TypeError, ValueError):
        raise EvaluationError(f"{theorem.slug}: {name} = {given[name]} is not a number") from None
    if not mp.isfinite(value) or (q.symbol.is_positive and value <= 0):
        raise EvaluationError(
            f"{theorem.slug}: {name} = {mp.nstr(value, 5)} ({q.words}): it must be positive and finite"
        )
    return value


def _refuse_outside(theorem: Theorem, found: Values) -> None:
    """EvaluationError for data outside of a condition of the theorem, which names it and them."""
    for condition in theorem.where:
        symbols = condition.free_symbols
        if not symbols <= set(found):
            continue
        gap = _value_of(condition.gts - condition.lts, found)
        size = max(abs(_value_of(condition.gts, found)), abs(_value_of(condition.lts, found)))
        # logarithmic derivatives move the data by STEP, which is not outside
        strict = isinstance(condition, sp.Gt | sp.Lt)
        if gap < -4 * STEP * size or (strict and gap <= 0):
            told = ", ".join(f"{s} = {mp.nstr(found[s], 5)}" for s in sorted(symbols, key=str))
            words = "; ".join(
                theorem.by_symbol[s].words for s in sorted(symbols, key=str) if theorem.by_symbol[s].words
            )
            raise EvaluationError(
                f"{theorem.slug}: the proof is for {condition}, here {told}" + (f" ({words})" if words else "")
            )


def _value_of(expr: Any, found: Values) -> Any:
    symbols, function = _function(sp.sympify(expr))
    return mpf(function(*(found[s] for s in symbols)))


def _value(theorem: Theorem, q: Quantity, found: Values) -> Any:
    symbols, function = _function(q.formula)
    try:
        value = function(*(found[s] for s in symbols))
        value = mpf(value)
    except (ZeroDivisionError, OverflowError, ValueError, TypeError, MemoryError) as error:
        raise EvaluationError(f"{theorem.slug}: {q.symbol} has no value: {type(error).__name__.lower()}") from None
    if mp.isnan(value):
        raise EvaluationError(f"{theorem.slug}: {q.symbol} has no value")
    return value


@cache
def _function(formula: Any) -> tuple[tuple[Any, ...], Any]:
    symbols = tuple(sorted(formula.free_symbols, key=str))
    return symbols, sp.lambdify(symbols, formula, "mpmath")


def parts(theorem: Theorem, wanted: Any, found: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    """The parts of a largest or least of several, or of a sum, each with its value, the one that counts first.

    >>> from sympy import Max, Symbol
    >>> from derivations.theorems import Quantity, Theorem
    >>> n, M = Symbol("n", positive=True), Symbol("M", positive=True)
    >>> made = Theorem("main", (Quantity(n), Quantity(M, Max(3 * n, n**2))), {"width": M})
    >>> [str(part) for part, _ in parts(made, M, values(made, {"n": 5}))]
    ['n**2', '3*n']
    """
    formula = theorem.by_symbol[wanted].formula
    if not isinstance(formula, sp.Max | sp.Min | sp.Add):
        return []
    with mp.workdps(DIGITS):
        told = [(a, mpf(_function(a)[1](*(found[s] for s in _function(a)[0])))) for a in formula.args]
    return sorted(told, key=lambda pair: pair[1], reverse=not isinstance(formula, sp.Min))


def exponents(theorem: Theorem, wanted: Any, given: Mapping[str, Any]) -> dict[Any, float]:
    """With which power a quantity grows in each datum, there where the data are: its logarithmic derivatives.

    >>> from sympy import Symbol
    >>> from derivations.theorems import Quantity, Theorem
    >>> n, M = Symbol("n", positive=True), Symbol("M", positive=True)
    >>> made = Theorem("main", (Quantity(n), Quantity(M, 4 * n**2)), {"width": M})
    >>> round(exponents(made, M, {"n": 5})[n], 6)
    2.0
    """
    found: dict[Any, float] = {}
    with mp.workdps(DIGITS):
        for q in theorem.data:
            name = str(q.symbol)
            up, down = (
                values(theorem, {**given, name: mpf(given[name]) * (1 + sign * STEP)})[wanted] for sign in (1, -1)
            )
            found[q.symbol] = float((mp.log(up) - mp.log(down)) / (mp.log1p(STEP) - mp.log1p(-STEP)))
    return found
