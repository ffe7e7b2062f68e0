"""Signs on boxes of several variables: Taylor's theorem of first and second order with remainders in balls.

A box is settled by the ball of f, by its centred form, by a face where f falls towards it, or near a known zero by the
Hessian matrix: where that is positive definite on all of a box around the zero, f is not below its tangent plane.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp
from flint import arb, fmpq

from numerics.values.backends import arb_backend
from numerics.values.evaluate import EvaluationError, Evaluator

Box = tuple[tuple[Any, Any], ...]


@dataclass(frozen=True)
class Covered:
    """What a subdivision found: True, False (`at` is a point where f < 0) or None (`box` is left over)."""

    holds: bool | None
    boxes: int
    at: Mapping[Any, sp.Rational] | None = None
    box: Box = ()
    by_hessian: int = 0


class Boxes:
    """f ≥ 0 on a box with rational ends, where conditions hold.

    Args:
        f: A function that is differentiable on the box.
        names: Its variables.
        zeros: Points at which f is 0 and least for sure to the first order, with the signs that its derivatives have.
        conditions: Functions that are ≥ 0 where the claim is made.
    """

    def __init__(
        self, f: sp.Expr, names: Sequence[Any], zeros: Sequence[Sequence[sp.Expr]], conditions: Sequence[sp.Expr] = ()
    ) -> None:
        self.f, self.names, self.zeros, self.conditions = f, tuple(names), zeros, conditions
        self.gradient = [f.diff(s) for s in names]
        self.hessian = [[g.diff(s) for s in names] for g in self.gradient] if zeros else []
        self.points = [[_at({}, e) for e in zero] for zero in zeros]

    def decide(self, box: Box, most: int) -> Covered:
        """Halve boxes until each is settled, f is negative at a point, or there are more than `most`."""
        queue: deque[tuple[Box, bool]] = deque([(box, True)])
        count = by_hessian = 0
        while queue:
            here, whole = queue.popleft()
            count += 1
            balls = [arb(a).union(arb(b)) if a != b else arb(a) for a, b in here]
            at = Evaluator(arb_backend(), dict(zip(self.names, balls, strict=True)))
            if _value(at, self.f) >= 0:
                continue
            if whole and any(_value(at, g) < 0 for g in self.conditions):
                continue
            slopes = [_value(at, g) if a != b else arb(0) for g, (a, b) in zip(self.gradient, here, strict=True)]
            # the face on which f is least may miss the conditions that the box meets
            inside = not whole or all(_value(at, g) >= 0 for g in self.conditions)
            face = self._face(here, slopes) if inside else here
            if face != here:
                queue.appendleft((face, False))
                continue
            middle = [(a + b) / 2 for a, b in here]
            centred = self._centred(middle, balls, slopes)
            if centred >= 0:
                continue
            if self._near_zero(here, balls):
                by_hessian += 1
                continue
            if self._negative(middle):
                point = {s: sp.Rational(int(m.p), int(m.q)) for s, m in zip(self.names, middle, strict=True)}
                return Covered(False, count, point, here)
            if count >= most or all(a == b for a, b in here):
                return Covered(None, count, None, here)
            queue.extend((half, whole) for half in _halves(here, slopes))
        return Covered(True, count, by_hessian=by_hessian)

    def _face(self, here: Box, slopes: Sequence[Any]) -> Box:
        """The face on which f is least, as far as its derivatives have one sign."""
        ends = []
        for (a, b), slope in zip(here, slopes, strict=True):
            ends.append((a, a) if a != b and slope >= 0 else (b, b) if a != b and slope <= 0 else (a, b))
        return tuple(ends)

    def _centred(self, middle: Sequence[Any], balls: Sequence[Any], slopes: Sequence[Any]) -> Any:
        at = Evaluator(arb_backend(), {s: arb(m) for s, m in zip(self.names, middle, strict=True)})
        total = _value(at, self.f)
        for m, ball, slope in zip(middle, balls, slopes, strict=True):
            if not ball.is_exact():
                total = total + slope * (ball - arb(m))
        return total

    def _negative(self, middle: Sequence[Any]) -> bool:
        at = Evaluator(arb_backend(), {s: arb(m) for s, m in zip(self.names, middle, strict=True)})
        return bool(_value(at, self.f) < 0) and all(_value(at, g) >= 0 for g in self.conditions)

    def _near_zero(self, here: Box, balls: Sequence[Any]) -> bool:
        """Whether f is above its tangent plane at a zero on a box that holds both."""
        for point in self.points:
            near = all(
                (p - arb(a)).abs_upper() <= 2 * arb(b - a) + arb(fmpq(1, 10**6))
                or (p - arb(b)).abs_upper() <= 2 * arb(b - a) + arb(fmpq(1, 10**6))
                or ball.contains(p)
                for p, ball, (a, b) in zip(point, balls, here, strict=True)
            )
            if not near:
                continue
            hull = [ball.union(p) for ball, p in zip(balls, point, strict=True)]
            at = Evaluator(arb_backend(), dict(zip(self.names, hull, strict=True)))
            free = [i for i, (h, p) in enumerate(zip(hull, point, strict=True)) if not (h - p).is_zero()]
            matrix = [[_value(at, self.hessian[i][j]) for j in free] for i in free]
            if positive_semidefinite(matrix):
                return True
        return False


def positive_semidefinite(matrix: Sequence[Sequence[Any]]) -> bool:
    """Whether all symmetric matrices within one of balls are positive definite, by elimination; False says nothing.

    Example:
        >>> from flint import arb
        >>> from numerics.balls.boxes import positive_semidefinite
        >>> positive_semidefinite([[arb(2), arb(1)], [arb(1), arb(1)]])
        True
    """
    m = [list(row) for row in matrix]
    for k in range(len(m)):
        if not m[k][k] > 0:
            return False
        for i in range(k + 1, len(m)):
            factor = m[i][k] / m[k][k]
            for j in range(k + 1, len(m)):
                m[i][j] = m[i][j] - factor * m[k][j]
    return True


def _at(values: Mapping[Any, Any], e: sp.Expr) -> Any:
    return Evaluator(arb_backend(), values).at(e)


def _value(at: Evaluator, e: sp.Expr) -> Any:
    try:
        return at.at(e)
    except (EvaluationError, ZeroDivisionError):
        return arb.nan()


def _halves(here: Box, slopes: Sequence[Any]) -> list[Box]:
    """Both halves along the side on which f may change most."""

    def change(i: int) -> float:
        a, b = here[i]
        slope = slopes[i]
        return float(arb(b - a) * (arb(1e-3) + slope.abs_upper() if slope.is_finite() else arb(10) ** 12))

    axis = max((i for i, (a, b) in enumerate(here) if a != b), key=change)
    a, b = here[axis]
    m = (a + b) / 2
    return [(*here[:axis], part, *here[axis + 1 :]) for part in ((a, m), (m, b))]
