"""Random expressions over all functions that the number systems know, and each system's value held against balls.

The truth is a ball of Arb at 300 bits at exact inputs. What float64 and mpmath may differ from it by is what the same
expression loses where every operation of Arb is rounded to fewer bits: the conditioning of all its steps.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
import torch
from flint import arb, ctx, fmpq
from mpmath import mp

from derivations.outcomes.budget import BudgetSpent
from numerics.errors import EvaluationError
from numerics.values.backends import backend_named
from numerics.values.evaluate import Evaluator, evaluate

TRUTH_BITS = 300
FLOAT_BITS, FLOAT_SLACK = 40, 8
"""SciPy's functions are good to some 1e-12, which is 2^−40; a few steps of each are within the slack."""
BITS, LEFT_BITS = 103, 84
"""mpmath works with 30 digits, which is 103 bits; its functions may lose 19 of them."""
FLOAT_RANGE = 1e280
"""Beyond it, or below its inverse, a step may leave the range of float64."""
BATCH = 6
x, y = sp.symbols("x y", real=True)
k = sp.Symbol("k", integer=True, positive=True)

ORDERS: Mapping[Any, tuple[str, ...]] = {
    **dict.fromkeys((sp.legendre, sp.hermite, sp.chebyshevt, sp.chebyshevu, sp.laguerre), ("0", "1", "2", "5")),
    **dict.fromkeys((sp.besseli, sp.besselj, sp.besselk, sp.bessely), ("0", "1", "2", "1/2", "-3/2")),
    **dict.fromkeys((sp.polygamma, sp.expint), ("0", "1", "2", "3")),
    **dict.fromkeys((sp.lowergamma, sp.uppergamma), ("1/2", "1", "2", "7/2")),
    sp.polylog: ("1/2", "2", "3"),
    sp.gegenbauer: ("2", "3"),
    sp.jacobi: ("2", "3"),
}
"""The first argument of functions that take an order; a second one, of Gegenbauer's and Jacobi's, is 1/2."""
PAIRS = (sp.beta, sp.binomial, sp.RisingFactorial, sp.FallingFactorial, sp.Mod, sp.atan2, sp.KroneckerDelta)
PARAMETERS = {sp.gegenbauer: 1, sp.jacobi: 2}
FUNCTIONS = sorted(backend_named("mpmath").functions, key=lambda f: str(f.__name__))


@dataclass(frozen=True)
class Outcome:
    """What one number system made of one expression at one point.

    `kind` is right, wrong, refused (in our words, or NaN where there is a value), alike (no value either way) or
    unjudged (out of float64's range, or so ill-conditioned that no digit is claimed).
    """

    system: str
    kind: str
    detail: str = ""


class Trees:
    """Random numbers of a given depth in x and y."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)

    def number(self, depth: int) -> Any:
        """An expression; functions get arguments of moderate size, powers whole or positive bases."""
        draw = self.draw
        if depth <= 0:
            constants = (sp.Integer(draw.randint(-4, 4)), sp.Rational(draw.randint(-9, 9), 4), sp.pi, sp.E)
            return draw.choice((x, x, x, y, y, draw.choice(constants)))
        kind = draw.randrange(12)
        if kind < 5:
            return self.function(depth)
        a, b = self.number(depth - 1), self.number(depth - 1)
        match kind:
            case 5:
                return a + b
            case 6:
                return a * b
            case 7:
                return a / b
            case 8:
                power = draw.choice(("2", "3", "-1", "-2", "1/2", "-1/2", "3/2", "1/3"))
                return a ** sp.Rational(power) if draw.random() < 0.7 else sp.Abs(a) ** self.moderate(b)
            case 9:
                return draw.choice((sp.Max, sp.Min))(a, b, draw.choice((0, x)))
            case 10:
                # SymPy solves a condition that holds a case distinction itself, which may not end
                sides = (side if not side.has(sp.Piecewise) else y for side in (a, b))
                relation = draw.choice((sp.Lt, sp.Le, sp.Gt, sp.Ge))(*sides)
                return sp.Piecewise((self.number(depth - 1), relation), (a, True))
        total = draw.choice((sp.Sum, sp.Product))
        inside = self.number(depth - 1).xreplace({y: draw.choice((k, 1 / k, x / k, x + k))})
        return total(inside, (k, 1, draw.randint(0, 5)))

    def function(self, depth: int) -> Any:
        """A function of the tables."""
        f, argument = self.draw.choice(FUNCTIONS), self.moderate(self.number(depth - 1))
        if f in ORDERS:
            more = (sp.Rational(1, 2),) * PARAMETERS.get(f, 0)
            return f(sp.Rational(self.draw.choice(ORDERS[f])), *more, argument)
        if f in PAIRS:
            other = self.draw.choice((sp.Integer(self.draw.randint(-2, 4)), self.moderate(self.number(depth - 1))))
            return f(*self.draw.sample((argument, other), 2))
        return f(sp.Rational(1, 2), argument) if f is sp.elliptic_f else f(argument)

    def moderate(self, a: Any) -> Any:
        """A number that stays below 9 for moderate x and y, as it is or bounded."""
        if a.is_Atom or (a.is_polynomial(x, y) and self.draw.random() < 0.3):
            return a
        bounded = (3 * sp.sin(a), 4 * a / (1 + sp.Abs(a)), sp.tanh(a), sp.exp(-(a**2)), 1 + sp.cos(a) / 2)
        return self.draw.choice(bounded)

    def point(self) -> dict[Any, Any]:
        """x and y as fractions that float64 holds exactly."""
        size = self.draw.choice((1, 1, 4, 16, 1024))
        return {s: sp.Rational(self.draw.randint(-4 * size, 4 * size), size) for s in (x, y)}


def outcomes(seed: int, depth: int | None = None) -> list[Outcome]:
    """One expression at a batch of points in NumPy, torch, mpmath and wide balls, against balls at 300 bits."""
    trees = Trees(seed)
    depth = 1 + seed % 4 if depth is None else depth
    try:
        expr = sp.sympify(trees.number(depth))
    except BudgetSpent:
        raise
    except Exception:
        return []  # SymPy's own rules do not take it
    if expr.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I, sp.AccumBounds) or not expr.free_symbols <= {x, y}:
        return []
    before, ctx.prec = ctx.prec, TRUTH_BITS
    try:
        found = _compared(expr, trees)
    finally:
        ctx.prec = before
    return [Outcome(o.system, o.kind, f"{o.detail} ({expr}, seed {seed})") if o.kind == "wrong" else o for o in found]


def _compared(expr: Any, trees: Trees) -> list[Outcome]:
    points = [trees.point() for _ in range(BATCH)]
    truths = [_ball(expr, p, TRUTH_BITS) for p in points]
    opened = _opened(expr)
    truths = [
        Ball(t.value, t.within and _ball(opened, p, TRUTH_BITS).within) for t, p in zip(truths, points, strict=True)
    ]
    found: list[Outcome] = []
    for name in ("numpy", "torch"):
        found += _floats(name, expr, points, truths)
    for p, truth in zip(points[:2], truths, strict=False):
        found.append(_digits(expr, p, truth))
        found += _wide(expr, p, truth, trees.draw)
    return found


@dataclass(frozen=True)
class Ball:
    """A ball of an expression, None where it is refused, and whether all of its steps are within float64's range."""

    value: Any
    within: bool = True

    @property
    def known(self) -> bool:
        return self.value is not None and bool(self.value.is_finite())


def _in_range(number: Any) -> bool:
    return bool(number == 0 or 1 / FLOAT_RANGE < abs(number) < FLOAT_RANGE)


def _opened(expr: Any) -> Any:
    """`expr` with its sums and products written out, so that their terms are steps of its own; NaN if SymPy fails."""
    try:
        return expr.replace(lambda e: isinstance(e, sp.Sum | sp.Product), lambda e: e.doit(deep=False))
    except BudgetSpent:
        raise
    except Exception:
        return sp.nan


def _ball(expr: Any, point: Mapping[Any, Any], bits: int, radius: Any = None) -> Ball:
    before, ctx.prec = ctx.prec, bits
    try:
        made = {s: arb(fmpq(int(v.p), int(v.q))) for s, v in point.items()}
        if radius is not None:
            made = {s: arb(v, radius) for s, v in made.items()}
        steps = Evaluator(backend_named("arb"), made)
        value = steps.at(expr)
        return Ball(value, expr is not sp.nan and all(_in_range(v.mid()) for v in steps.memo.values() if v.is_finite()))
    except (EvaluationError, ZeroDivisionError):
        return Ball(None)
    finally:
        ctx.prec = before


def _allowed(expr: Any, point: Mapping[Any, Any], bits: int) -> float:
    """What the expression loses where each step is rounded to so many bits; infinite where nothing is left."""
    rounded = _ball(expr, point, bits)
    if not rounded.known:
        return math.inf
    return FLOAT_SLACK * float(rounded.value.rad()) + math.ldexp(abs(float(rounded.value.mid())), -bits)


def _floats(name: str, expr: Any, points: list[dict[Any, Any]], truths: list[Ball]) -> list[Outcome]:
    made = {s: np.array([float(p[s]) for p in points]) for s in (x, y)}
    given: Any = {s: torch.tensor(v, dtype=torch.float64) for s, v in made.items()} if name == "torch" else made
    try:
        values = np.broadcast_to(np.asarray(evaluate(expr, given, name), dtype=float), (len(points),))
    except EvaluationError as error:
        return [Outcome(name, "refused", str(error))]
    except BudgetSpent:
        raise
    except Exception as error:  # anything that is not our own is a fault of ours, and told as such
        return [Outcome(name, "wrong", f"{type(error).__name__}: {error}")]
    return [_float(name, expr, float(v), p, t) for v, p, t in zip(values, points, truths, strict=True)]


def _float(name: str, expr: Any, value: float, point: Mapping[Any, Any], truth: Ball) -> Outcome:
    if not truth.known:
        return _without_truth(name, expr, value, point)
    if math.isnan(value):
        return Outcome(name, "refused", "NaN")
    allowed = _allowed(expr, point, FLOAT_BITS)
    if not truth.within or math.isinf(allowed):
        return Outcome(name, "unjudged")
    return _judged(name, arb(value) if math.isfinite(value) else None, truth, allowed, point, str(value))


def _judged(name: str, value: Any, truth: Ball, allowed: float, point: Mapping[Any, Any], said: str) -> Outcome:
    gap = math.inf if value is None else float((value - truth.value.mid()).__abs__().mid())
    if gap <= allowed + float(truth.value.rad()):
        return Outcome(name, "right" if allowed < 0.1 * (1 + abs(float(truth.value.mid()))) else "unjudged")
    return Outcome(name, "wrong", f"{said} instead of {truth.value.str(20)} at {point}, allowed {allowed:.1e}")


def _without_truth(name: str, expr: Any, value: float, point: Mapping[Any, Any]) -> Outcome:
    """Where Arb has no value, mpmath's is the next best; a step that is infinite in float64 is left alone."""
    if not math.isfinite(value):
        return Outcome(name, "alike")
    given = {s: np.float64(float(v)) for s, v in point.items()}
    for written in (expr, _opened(expr)):
        steps = Evaluator(backend_named("numpy"), given)
        try:
            steps(written)
        except EvaluationError:
            return Outcome(name, "unjudged")
        if written is sp.nan or not all(np.isfinite(v).all() for v in steps.memo.values()):
            return Outcome(name, "unjudged")
    try:
        near = [_real(expr, {s: v * (1 + sp.Rational(i, 2**FLOAT_BITS)) for s, v in point.items()}) for i in (0, 1, -1)]
    except ZeroDivisionError:
        near = [None]
    except EvaluationError:
        return Outcome(name, "unjudged")
    if any(v is None for v in near):
        if any(_exists(expr, point, bits) for bits in (FLOAT_BITS, 53)):
            return Outcome(name, "unjudged")  # rounding alone takes a step to the edge of a domain
        return Outcome(name, "wrong", f"{value} at {point}, where neither Arb nor mpmath has a real value")
    spread = max(abs(v - near[0]) for v in near) + abs(near[0]) * mp.mpf(2) ** -FLOAT_BITS + mp.mpf(10) ** -10
    return Outcome(name, "right" if abs(value - near[0]) <= FLOAT_SLACK**2 * spread else "unjudged")


def _exists(expr: Any, point: Mapping[Any, Any], bits: int) -> bool:
    try:
        return _real(expr, point, bits) is not None
    except ZeroDivisionError:
        return False


def _real(expr: Any, point: Mapping[Any, Any], bits: int = BITS) -> Any:
    """mpmath's value, None for one that is not real."""
    with mp.workprec(bits):
        value = evaluate(expr, point, "mpmath")
        if isinstance(value, mp.mpc):
            if abs(value.imag) > mp.mpf(2) ** (-bits // 2) * (1 + abs(value)):
                return None
            value = value.real
        return None if mp.isnan(value) else value


def _digits(expr: Any, point: Mapping[Any, Any], truth: Ball) -> Outcome:
    try:
        value = _real(expr, point)
    except EvaluationError as error:
        return Outcome("mpmath", "refused", str(error))
    except ZeroDivisionError:
        value = None
    except BudgetSpent:
        raise
    except Exception as error:  # as above
        return Outcome("mpmath", "wrong", f"{type(error).__name__}: {error} at {point}")
    if not truth.known:
        return Outcome("mpmath", "alike" if value is None else "unjudged")
    allowed = _allowed(expr, point, LEFT_BITS)
    if math.isinf(allowed):
        return Outcome("mpmath", "unjudged")
    if value is None:
        return Outcome("mpmath", "refused", "no real value")
    said = mp.nstr(value, 40)
    return _judged("mpmath", arb(said) if mp.isfinite(value) else None, truth, allowed, point, said)


def _wide(expr: Any, point: Mapping[Any, Any], truth: Ball, draw: random.Random) -> list[Outcome]:
    """Balls around a point hold the values at it and at others within."""
    if not truth.known:
        return []
    wide = _ball(expr, point, FLOAT_BITS, math.ldexp(1.0, -draw.choice((2, 4, 8, 16))))
    radius = sp.Rational(1, 2**16)
    near = {s: v + draw.choice((-1, 1)) * radius * sp.Rational(draw.randint(0, 8), 8) for s, v in point.items()}
    if wide.value is None:
        return [Outcome("arb", "refused")]
    if not wide.known:
        return [Outcome("arb", "unjudged")]
    for at, value in ((point, truth), (near, _ball(expr, near, TRUTH_BITS))):
        if value.value is None or value.value.is_nan():
            return [Outcome("arb", "wrong", f"the ball {wide.value} around {point} holds {at}, without a value")]
        if not wide.value.overlaps(value.value):
            return [Outcome("arb", "wrong", f"the ball {wide.value} around {point} misses {value.value} at {at}")]
    return [Outcome("arb", "right")]
