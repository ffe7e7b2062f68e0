"""Integrals between exact ends in balls: stretch by stretch between kinks and jumps, by Arb's rigorous quadrature.

What is analytic on a stretch, in the branch that holds there, is one quadrature; what is not is halved, and what is
left undecided in the end is its width times the ball of the integrand.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cmp_to_key
from itertools import pairwise
from typing import Any

import sympy as sp
from flint import acb, arb

from derivations.outcomes.budget import remembered
from numerics.errors import EvaluationError
from numerics.values.ball_integrals.analytic import NOWHERE, Inner, compiled
from numerics.values.ball_integrals.settled import Undecided, rounded, settled, turns
from numerics.values.ball_integrals.strips import NoBall
from numerics.values.protocol import Evaluation

EVALUATIONS = 10_000
"""Of the integrand, for one stretch."""
MOST_EVALUATIONS = 60_000
"""Of the integrand, for one integral: beyond, what is left is width times ball."""
NESTED_EVALUATIONS = 200
"""Where each of them is an integral itself."""
PIECES, NESTED_PIECES = 1600, 16
"""Halves of one stretch, and where an integral is the integrand."""
JUMPS = 50
"""Of a step function along one range."""
OUTER = "outer"
"""Among the values of symbols: the evaluator that knows all real ones."""


def _order(a: Any, b: Any) -> int:
    """Of exact balls; those of which floats see no difference too."""
    return -1 if a < b else int(bool(a > b))


@dataclass(frozen=True)
class Stretches:
    """∫ body dx, from `low` to `high`, the values of its other symbols in `real` and `complex` balls."""

    body: sp.Expr
    x: sp.Symbol
    real: Evaluation
    complex: Mapping[Any, Any]
    bits: int
    inner: Inner
    analytic: bool = False
    """Whether the value must be analytic in the complex parameters."""
    logarithmic: bool = False
    """Whether the variable is the logarithm of another one, which was put in."""
    work: list[int] = field(default_factory=lambda: [0], compare=False)
    """How often the integrand has been evaluated."""

    @property
    def nested(self) -> bool:
        return bool(self.body.has(sp.Integral))

    def over(self, low: Any, high: Any) -> Any:
        """The ball of the integral between exact ends; raises NoBall where it has none."""
        total = acb(0)
        for a, b in self._stretches(low, high):
            total += self._stretch(a, b)
        return total

    def _stretches(self, low: Any, high: Any) -> Iterator[tuple[Any, Any]]:
        """Between neighbouring turns of kinks and jumps, each turn with a little stretch of its own."""
        cuts = [low, high]
        little = (abs(low).max(abs(high)) + 1) * arb(2) ** (8 - self.bits)
        for ball in self._turns(low, high):
            for cut in ((ball - little).lower(), (ball + little).upper()):
                if low < cut < high:
                    cuts.append(cut)
        cuts.sort(key=cmp_to_key(_order))
        for a, b in pairwise(cuts):
            if a < b:
                yield a, b

    def _turns(self, low: Any, high: Any) -> Iterator[Any]:
        """Where linear arguments of kinks and jumps are 0, and of step functions an integer."""
        for turn in dict.fromkeys((*turns(self.body), *self._steps(low, high))):
            if not turn.has(self.x):
                continue
            slope = turn.diff(self.x)
            if slope.has(self.x) or self._has_complex(turn):
                continue
            start = self.real.with_values({self.x: arb(0)})
            try:
                ball = -start.at(turn.xreplace({self.x: sp.S.Zero})) / start.at(slope)
            except (EvaluationError, ZeroDivisionError):
                continue
            if ball.is_finite():
                yield ball

    def said_turns(self) -> list[sp.Expr]:
        """The numbers at which linear arguments of kinks and jumps are 0, exactly."""
        found = []
        for turn in turns(self.body):
            slope = turn.diff(self.x)
            if slope.is_Rational and slope != 0 and (c := -turn.xreplace({self.x: sp.S.Zero}) / slope).is_Rational:
                found.append(c)
        return found

    def _steps(self, low: Any, high: Any) -> Iterator[sp.Expr]:
        for step in rounded(self.body):
            try:
                ball = self._on(low, high).at(step)
            except (EvaluationError, ZeroDivisionError):
                continue
            if ball.rad() < JUMPS:
                first = int(ball.lower().floor().unique_fmpz() or 0)
                yield from (step - n for n in range(first, first + 2 * JUMPS) if ball.upper() >= n)

    def _stretch(self, low: Any, high: Any) -> Any:
        """One stretch: whole where it is smooth, else in halves; what is left in the end is width times ball."""
        total, waiting, count = acb(0), deque([(low, high)]), 0
        most = NESTED_PIECES if self.nested else PIECES
        while waiting:
            a, b = waiting.popleft()
            count += 1
            spent = count > most or self.work[0] > (NESTED_EVALUATIONS if self.nested else MOST_EVALUATIONS)
            value = NOWHERE if spent else self._smooth(a, b)
            if value.is_finite():
                total += value
                continue
            rough = self._rough(a, b)
            small = bool(b - a < arb(2) ** -(2 * self.bits))
            if rough.is_finite() and (spent or small or rough.rad() < arb(2) ** -self.bits):
                total += rough
                continue
            if spent or small or self.analytic or self._has_complex(self.body):
                raise NoBall(f"{self.body} is not enclosed for {self.x} in [{float(a):.6g}, {float(b):.6g}]")
            m = ((a + b) / 2).mid()
            waiting += [(m, b), (a, m)]
        return total

    def _has_complex(self, e: sp.Expr) -> bool:
        return bool(self.complex) and any(s in self.complex for s in e.free_symbols)

    def bounded_at(self, a: Any, b: Any) -> bool:
        """Whether the integrand has a finite ball on a little stretch at an end of the range."""
        if self.analytic or self._has_complex(self.body):
            return True
        return bool(self._rough(a, b).is_finite())

    def _on(self, a: Any, b: Any) -> Evaluation:
        return self.real.with_values({self.x: a.union(b)})

    def _rough(self, a: Any, b: Any) -> Any:
        """Width times ball: what holds for every bounded integrand."""
        if self.analytic or self._has_complex(self.body):
            return NOWHERE
        try:
            return acb((b - a) * self._on(a, b).at(self.body))
        except (EvaluationError, ZeroDivisionError):
            return NOWHERE

    def _smooth(self, a: Any, b: Any) -> Any:
        """By Arb's quadrature; without end where more than one branch is taken, or it does not enclose the integral."""
        try:
            inner, names = outside(settled(self.body, self._on(a, b)), self.x)
            value = compiled(inner, self.inner)
            fixed = {OUTER: self.real, **self.complex, **{name: self._value(e) for name, e in names.items()}}
        except (Undecided, NoBall, EvaluationError, ZeroDivisionError):
            return NOWHERE
        x, analytic, work = self.x, self.analytic, self.work

        def integrand(z: Any, flag: bool) -> Any:
            work[0] += 1
            try:
                return value({**fixed, x: z}, flag or analytic)
            except (NoBall, EvaluationError, ZeroDivisionError):
                return NOWHERE

        goal = arb(2) ** -self.bits
        limit = NESTED_EVALUATIONS if self.nested else EVALUATIONS
        return acb.integral(integrand, a, b, rel_tol=goal, abs_tol=goal, eval_limit=limit)

    def _value(self, e: sp.Expr) -> Any:
        """The ball of what does not change along the range."""
        if not self._has_complex(e):
            return acb(self.real.at(e))
        known = {s: acb(v) for s, v in self.real.values.items()}
        return compiled(e, self.inner)({OUTER: self.real, **known, **self.complex}, self.analytic)


@remembered(1024)
def outside(body: sp.Expr, x: sp.Symbol) -> tuple[sp.Expr, dict[sp.Symbol, sp.Expr]]:
    """`body` with names for its largest parts without x, and these parts."""
    names: dict[sp.Expr, sp.Symbol] = {}

    def named(node: sp.Expr) -> sp.Expr:
        if not node.has(x):
            return node if node.is_Rational else names.setdefault(node, sp.Dummy("c"))
        if not node.args or isinstance(node, sp.Integral):
            return node
        if isinstance(node, sp.Pow) and node.exp.is_Rational:
            return sp.Pow(named(node.base), node.exp, evaluate=False)
        return (
            node.func(*(named(a) for a in node.args), evaluate=False)
            if node.is_Add or node.is_Mul
            else node.func(*(named(a) for a in node.args))
        )

    found = named(body)
    return found, {name: e for e, name in names.items()}
