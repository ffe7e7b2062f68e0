"""Where a claim in one variable is tight: its lowest points, seen in digits and then named exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from numerics.errors import EvaluationError
from numerics.values.evaluate import evaluate

GRID = 401
FAR = 60.0
"""How far out half-lines are looked at."""
DIGITS = 40
CLOSE = 1e-6
"""Relative to the size of the function: what is not lower than that is not looked at closely."""
NAMES: tuple[tuple[Any, ...], ...] = ((), (sp.pi,), (sp.E,), (sp.log(2),), (sp.sqrt(2), sp.sqrt(3)), (sp.sqrt(sp.pi),))
MOST = 4


@dataclass(frozen=True)
class Lowest:
    """A point at which a function is about 0, or below it.

    Args:
        at: The point, exact.
        negative: Whether the function is below 0 there, as far as digits show.
    """

    at: sp.Expr
    negative: bool


def lowest_points(f: sp.Expr, x: sp.Symbol, interval: Any) -> list[Lowest]:
    """The points inside an interval at which f is about 0 and lowest, with a name; and points at which it is negative.

    Args:
        f: An expression in x alone.
        x: The symbol.
        interval: A SymPy interval, with infinite ends or without.

    Returns:
        At most a few; what is found is a guess, which a proof has to confirm.

    Example:
        >>> x = sp.Symbol("x", real=True)
        >>> lowest_points(x * sp.log(x) - x + 1, x, sp.Interval(0, sp.oo))
        [Lowest(at=1, negative=False)]
    """
    grid = _grid(interval)
    try:
        with np.errstate(all="ignore"):
            values = np.broadcast_to(np.asarray(evaluate(f, {x: grid}), dtype=float), grid.shape)
    except (EvaluationError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return []
    found: list[Lowest] = []
    scale = _scale(values)
    finite = np.where(np.isfinite(values), values, np.inf)
    worst = int(np.argmin(finite))
    if finite[worst] < -1e-9 * scale:
        return [
            Lowest(sp.Rational(float(grid[worst])).limit_denominator(10**6), True),
            Lowest(sp.Rational(float(grid[worst])), True),
        ]
    for i in _valleys(finite):
        if finite[i] > CLOSE * scale + 4 * _bend(finite, i):
            continue
        low = _refined(f, x, float(grid[i]), float(grid[i - 1]), float(grid[i + 1]))
        if low is not None and low not in found:
            found.append(low)
        if len(found) == MOST:
            break
    return found


def _grid(interval: Any) -> Any:
    u = (np.arange(GRID) + 0.5) / GRID
    low = float(interval.inf) if interval.inf.is_finite else None
    high = float(interval.sup) if interval.sup.is_finite else None
    if low is not None and high is not None:
        return low + (high - low) * u
    out = np.expm1(u * np.log1p(FAR))
    if low is not None:
        return low + out
    if high is not None:
        return high - out[::-1]
    return np.concatenate([-out[::-1], out])


def _scale(values: Any) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(min(np.median(finite), 1e3)) if finite.size else 1.0


def _valleys(values: Any) -> Iterator[int]:
    """Inner points of the grid that are no higher than both their neighbours."""
    inner = np.flatnonzero((values[1:-1] <= values[:-2]) & (values[1:-1] <= values[2:]) & np.isfinite(values[1:-1]))
    yield from sorted((int(i) + 1 for i in inner), key=lambda i: float(values[i]))[: 3 * MOST]


def _bend(values: Any, i: int) -> float:
    """How much lower a parabola through three points may be than the middle one."""
    bend = values[i - 1] - 2 * values[i] + values[i + 1]
    return float(bend) if np.isfinite(bend) else float("inf")


def _refined(f: sp.Expr, x: sp.Symbol, start: float, low: float, high: float) -> Lowest | None:
    """The lowest point near a start to many digits, named."""
    slope = f.diff(x)

    def value(of: sp.Expr, at: Any) -> Any:
        return evaluate(of, {x: at}, "mpmath")

    with mpmath.workdps(DIGITS):
        try:
            root = mpmath.findroot(
                lambda t: value(slope, t),
                (mpmath.mpf(start), mpmath.mpf(start) + mpmath.mpf(high - low) / 64),
                tol=1e-60,
                maxsteps=60,
                verify=False,
            )
            root = _simple(mpmath.re(root), lambda t: value(f, t))
            if not low <= root <= high:
                return None
            at = value(f, root)
        except (EvaluationError, ValueError, ZeroDivisionError, TypeError, OverflowError):
            return None
        beside = [abs(value(f, mpmath.mpf(end))) for end in (low, high)]
        if at > 1e-20 or min(beside) < 1e-25 or not at <= 1e-12 * min(beside):
            return None  # not about 0, or no lower than around it: a tail that falls to 0
        if at < -1e-20:
            for digits in (6, 12, 20):
                simple = sp.Rational(str(mpmath.nstr(root, digits)))
                if low < simple < high and value(f, mpmath.mpf(simple.p) / simple.q) < 0:
                    return Lowest(simple, True)
            return None
        named = _named(root)
    return None if named is None else Lowest(named, False)


def _simple(root: Any, value: Any) -> Any:
    """A fraction near a root at which the function is as small: a zero of a high order is found to few digits."""
    near = sp.Rational(str(mpmath.nstr(root, 15))).limit_denominator(60)
    at = mpmath.mpf(near.p) / near.q
    return at if abs(at - root) < 1e-4 and abs(value(at)) < 1e-25 else root


def _named(root: Any) -> sp.Expr | None:
    """A short exact number with these digits."""
    # the derivative of a double zero has half the digits of the function
    number = sp.Float(root, 18)
    for names in NAMES:
        exact = sp.nsimplify(number, list(names), tolerance=sp.Float("1e-15"), rational=not names)
        if exact.is_number and len(str(exact)) < 24 and abs(sp.N(exact, 30) - sp.Float(root, 30)) < 1e-14:
            return exact
    exact = sp.nsimplify(number, tolerance=sp.Float("1e-15"))
    return exact if len(str(exact)) < 30 and exact.is_extended_real else None
