"""The sign of a function of one variable on an interval: Taylor polynomials in balls with Lagrange's remainder."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

import sympy as sp
from flint import arb, arb_series, ctx, fmpq

from derivations.gaussian import relu, step
from numerics.balls.germs.constants import NoGerm
from numerics.balls.germs.taylor import ball_series
from numerics.values.backends import arb_backend
from numerics.values.evaluate import EvaluationError, Evaluator

DEGREE = 8
"""Of the polynomials; even, so that the last power has a sign."""
PRECISION = 100
KINKED = (sp.Abs, sp.Max, sp.Min, sp.sign, sp.Heaviside, sp.Piecewise, relu, step)
Ends = tuple[Any, Any]


@dataclass(frozen=True)
class Covered:
    """What a subdivision found: True, False (`piece` is a point where f < 0) or None (`piece` is left over)."""

    holds: bool | None
    boxes: int
    piece: Ends | None = None


class Jet:
    """A function of one variable on balls, with its Taylor polynomials.

    Args:
        f: An expression in x alone.
        x: The symbol.

    Example:
        >>> import sympy as sp
        >>> from flint import fmpq
        >>> from numerics.balls.jets import Jet
        >>> x = sp.Symbol("x", real=True)
        >>> Jet(sp.cos(x) - 1 + x**2 / 2 + sp.Rational(1, 1000), x).nonnegative(fmpq(-3), fmpq(3), 100).holds
        True
    """

    def __init__(self, f: sp.Expr, x: sp.Symbol) -> None:
        self.f, self.x = f, x
        self.smooth = True
        self.numbers: dict[sp.Expr, Any] = {node: None for node in sp.preorder_traversal(f) if not node.free_symbols}
        self.numbers_at = 0

    def value(self, ball: Any) -> Any:
        """The ball of f on a ball, NaN where there is none."""
        try:
            return Evaluator(arb_backend(), {self.x: ball}).at(self.f)
        except (EvaluationError, ZeroDivisionError):
            return arb.nan()

    def series(self, ball: Any, n: int) -> Any:
        """The coefficients f⁽ᵏ⁾(ξ)/k! for every ξ of the ball, k < n; raises NoGerm for a function without a rule."""
        before, ctx.cap = ctx.cap, n
        try:
            if self.numbers_at != ctx.prec:
                at = Evaluator(arb_backend(), {})
                self.numbers = {node: _number(at, node) for node in self.numbers}
                self.numbers_at = ctx.prec
            return _Series(self.x, arb_series([ball, 1]), self.numbers).at(self.f)
        finally:
            ctx.cap = before

    def low(self, a: Any, b: Any) -> Any:
        """A lower bound of f on [a, b], -∞ where there is none."""
        ball = arb(a).union(arb(b))
        plain = self.value(ball)
        if plain >= 0 or not self.smooth:
            return plain.lower() if plain.is_finite() else arb("-inf")
        middle, half = (a + b) / 2, (b - a) / 2
        try:
            at, over = self.series(arb(middle), DEGREE), self.series(ball, DEGREE + 1)
        except NoGerm:
            self.smooth = False
            at = over = None
        except (ValueError, ZeroDivisionError):
            at = over = None
        best = plain.lower() if plain.is_finite() else arb("-inf")
        # a kink leaves NaN in the first coefficient, and beside it the rest of a sum looks sound
        if at is None or over is None or not all(c.is_finite() for c in (*at, *over)):
            return best
        rest = over[DEGREE] if len(over) > DEGREE else arb(0)
        found = bernstein_low([at[k] if k < len(at) else arb(0) for k in range(DEGREE)], arb(half))
        found = (found + rest * arb(0).union(arb(half) ** DEGREE)).lower()
        return found if found > best or not best.is_finite() else best

    def nonnegative(self, a: Any, b: Any, most: int) -> Covered:
        """Whether f ≥ 0 on [a, b], by halving it up to `most` times.

        Args:
            a: The lower end, an exact rational number of python-flint.
            b: The upper end.
            most: How many pieces are looked at.
        """
        before, ctx.prec = ctx.prec, PRECISION
        try:
            return self._nonnegative(a, b, most)
        finally:
            ctx.prec = before

    def _nonnegative(self, a: Any, b: Any, most: int) -> Covered:
        queue: deque[Ends] = deque([(a, b)])
        count = 0
        while queue:
            left, right = queue.popleft()
            count += 1
            if self.low(left, right) >= 0:
                continue
            middle = (left + right) / 2
            if self.value(arb(middle)) < 0:
                return Covered(False, count, (middle, middle))
            if count >= most:
                return Covered(None, count, (left, right))
            queue.extend(((left, middle), (middle, right)))
        return Covered(True, count)


def bernstein_low(c: Sequence[Any], half: Any) -> Any:
    """A lower bound of Σ cₖtᵏ on [−half, half] by its Bernstein coefficients.

    Example:
        >>> from flint import arb
        >>> from numerics.balls.jets import bernstein_low
        >>> float(bernstein_low([arb(1), arb(0), arb(1)], arb(1)))
        0.0
    """
    n = len(c) - 1
    # in u = (t + half)/(2·half): the powers of t = half·(2u − 1)
    shifted = [arb(0)] * (n + 1)
    for k in reversed(range(n + 1)):
        for j in range(n, 0, -1):
            shifted[j] = shifted[j - 1] * (2 * half) - shifted[j] * half
        shifted[0] = c[k] - shifted[0] * half
    low = None
    for i in range(n + 1):
        b = sum((shifted[j] * arb(fmpq(comb(i, j), comb(n, j))) for j in range(i + 1)), arb(0))
        low = b.lower() if low is None else low.min(b.lower())
    return low


class _Series:
    """Power series of expressions in one variable, each sub-expression once."""

    def __init__(self, x: sp.Symbol, start: Any, numbers: Mapping[sp.Expr, Any]) -> None:
        self.memo: dict[sp.Expr, Any] = {x: start}
        self.numbers = numbers

    def at(self, node: sp.Expr) -> Any:
        found = self.memo.get(node)
        if found is None:
            found = self.memo[node] = self._made(node)
        return found

    def _made(self, node: sp.Expr) -> Any:
        if node in self.numbers:
            return arb_series([self.numbers[node]])
        if node.is_Add or node.is_Mul:
            total = self.at(node.args[0])
            for a in node.args[1:]:
                total = total + self.at(a) if node.is_Add else total * self.at(a)
            return total
        if isinstance(node, sp.exp):
            return self.at(node.args[0]).exp()
        if node.is_Pow:
            return self._power(node)
        if isinstance(node, KINKED):
            return self._piece(node)
        if node.func is sp.polygamma or node.func is sp.besseli:
            return ball_series(node.func, (node.args[0],), self.at(node.args[1]))
        if len(node.args) == 1:
            return ball_series(node.func, (), self.at(node.args[0]))
        raise NoGerm(f"{node.func.__name__} has no Taylor expansion here")

    def _power(self, node: sp.Expr) -> Any:
        base = self.at(node.base)
        if node.exp.is_Integer:
            n = int(node.exp)
            total = _whole_power(base, abs(n))
            return total if n >= 0 else arb_series([1]) / total
        if not base[0] > 0:
            return arb_series([arb.nan()])
        if node.exp == sp.S.Half:
            return base.sqrt()
        return (self.at(node.exp) * base.log()).exp()

    def _piece(self, node: sp.Expr) -> Any:
        """The smooth piece that holds on all of the ball; NaN where there is a kink."""
        undecided = arb_series([arb.nan()])
        if isinstance(node, sp.Piecewise):
            return undecided
        if isinstance(node, sp.Max | sp.Min):
            best = self.at(node.args[0])
            for a in node.args[1:]:
                other = self.at(a)
                gap = other[0] - best[0]
                if not (gap > 0 or gap < 0):
                    return undecided
                best = other if (gap > 0) == isinstance(node, sp.Max) else best
            return best
        g = self.at(node.args[0])
        if not (g[0] > 0 or g[0] < 0):
            return undecided
        positive = bool(g[0] > 0)
        if isinstance(node, sp.Abs):
            return g if positive else -g
        if isinstance(node, relu):
            return g if positive else arb_series([0])
        if isinstance(node, sp.sign):
            return arb_series([1 if positive else -1])
        return arb_series([int(positive)])


def _number(at: Evaluator, node: sp.Expr) -> Any:
    try:
        return at.at(node)
    except (EvaluationError, ZeroDivisionError):
        return arb.nan()  # a condition, or a number without a ball


def _whole_power(base: Any, n: int) -> Any:
    total = arb_series([1])
    square = base
    while n:
        if n & 1:
            total = total * square
        square = square * square if n > 1 else square
        n >>= 1
    return total
