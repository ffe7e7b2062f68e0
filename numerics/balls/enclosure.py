"""Rigorous signs on boxes: ball arithmetic, subdivision and Taylor's theorem at points of equality.

A function is nonnegative on a box if its ball says so, or its mean-value form does, or if it vanishes
to order p at a face or point of the box and its p-th derivative has the right sign between. Boxes
that decide nothing are halved. Nothing is rounded outside of Arb.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log2
from typing import Any

import sympy as sp
from flint import arb, ctx, fmpq

from derivations.integrals.definitions import carried_out, with_plain_integrals
from derivations.outcomes.reasons import Reason, Stopped, Why
from derivations.proofs.equality import scalar_vanishes
from numerics.balls.programs import BallProgram
from numerics.values.backends import arb_backend
from numerics.values.conditions import truth
from numerics.values.evaluate import EvaluationError, Evaluator
from numerics.values.points import point_text

WORK = 8_000_000
"""Balls computed in one subdivision, as many as take 20 s."""
MAX_ORDER = 4
PRECISION = 80


Box = tuple[tuple[fmpq, fmpq], ...]


class Unbounded(Stopped, ValueError):
    """The box has an infinite side, which no substitution here compactifies."""

    reason = Reason.UNBOUNDED


@dataclass(frozen=True)
class Cover:
    """The boxes on each of which f ≥ 0 was shown, in the unit cube, and the ranges that it represents."""

    f: sp.Expr
    ranges: Mapping[Any, Any]
    leaves: tuple[Box, ...]


@dataclass(frozen=True)
class Enclosure:
    """The result of a subdivision: `holds` is True, False (`box` is a point where it fails) or None (an undecided box).

    `point` is `box` as exact values where the claim fails. `why` says why the function has no ball at all, where it has
    none, or why nothing is known of a point at which it was to fail.
    """

    holds: bool | None
    boxes: int
    box: str = ""
    tight: str = ""
    why: Why | None = None
    point: Mapping[Any, sp.Expr] | None = field(default=None, compare=False)
    cover: Cover | None = field(default=None, repr=False, compare=False)

    def __bool__(self) -> bool:
        raise TypeError("an Enclosure has three values: compare .holds with True, False and None")


@dataclass(frozen=True)
class _Tight:
    """f vanishes to order `order` on {t_axis = at}; `slope` is the derivative of that order."""

    axis: int
    at: sp.Expr
    order: int
    slope: sp.Expr


class Subdivision:
    """f ≥ 0 on a box with exact ends, mapped to the unit cube.

    `touching` may name points of equality, one or several a symbol.
    """

    def __init__(self, f: sp.Expr, box: Mapping[Any, Any], touching: Mapping[Any, Any] | None = None) -> None:
        self.names = sorted((s for s in box if f.has(s)), key=str)
        self.ranges = {s: box[s] for s in self.names}
        for s, r in self.ranges.items():
            if not (r.inf.is_finite and r.sup.is_finite):
                raise Unbounded(f"{s} ranges over {r}")
        self.t = [sp.Dummy(f"t{i}", real=True) for i in range(len(self.names))]
        onto = {s: r.inf + (r.sup - r.inf) * t for (s, r), t in zip(self.ranges.items(), self.t, strict=True)}
        self.given, self.f = f, f.xreplace(onto)
        self.cases = [
            r
            for node in self.f.atoms(sp.Piecewise)
            for _, condition in node.args
            for r in condition.atoms(sp.core.relational.Relational, sp.Contains)
        ]
        self.gradient = [self.f.diff(t) for t in self.t]
        self.programs: dict[tuple[sp.Expr, int], BallProgram] = {}
        self.meaningless: set[sp.Expr] = set()
        self.why: Why | None = None
        self.tight = [x for i in range(len(self.t)) for x in self._tight_places(i, touching or {})]

    def _tight_places(self, axis: int, touching: Mapping[Any, Any]) -> list[_Tight]:
        symbol, t = self.names[axis], self.t[axis]
        low, high = self.ranges[symbol].inf, self.ranges[symbol].sup
        places = {sp.S.Zero, sp.S.One}
        if low < 0 < high:
            places.add(-low / (high - low))  # many functions vanish where their variable does
        if symbol in touching:
            given = touching[symbol]
            points = [sp.sympify(p) for p in (given if isinstance(given, tuple) else (given,))]
            # points at infinity, and those that depend on other variables, are not in this box
            places |= {sp.nsimplify((p - low) / (high - low)) for p in points if p.is_number and p.is_finite}
        found = []
        for at in sorted(places, key=sp.default_sort_key):
            derivative, order = self.f, 0
            while order < MAX_ORDER:
                value = derivative.xreplace({t: at})
                if value.has(sp.nan, sp.zoo) or not _vanishes(value):
                    break
                derivative, order = derivative.diff(t), order + 1
            if order:
                found.append(_Tight(axis, at, order, derivative))
        return found

    def decide(self, work: int = WORK, max_boxes: int = 20000, gap: float | None = None) -> Enclosure:
        """Halve boxes until each is decided, one is negative, or there are too many.

        A box takes as many balls as f and its derivatives have parts: `work` bounds them all. `gap` is how small f may
        get: the precision is chosen to see that.
        """
        before, ctx.prec = ctx.prec, PRECISION if gap is None else PRECISION + int(-2 * log2(gap))
        try:
            return self._decide(max(1, min(max_boxes, work // self._balls_of_a_box())))
        finally:
            ctx.prec = before

    def _balls_of_a_box(self) -> int:
        evaluated = [self.f, self.f, *self.gradient, *(x.slope for x in self.tight)]
        return sum(len(set(sp.preorder_traversal(e))) for e in evaluated)

    def _decide(self, max_boxes: int) -> Enclosure:
        start: Box = tuple((fmpq(0), fmpq(1)) for _ in self.t)
        queue: deque[Box] = deque([start])
        count = 0
        leaves: list[Box] = []
        tight = ", ".join(f"zero of order {x.order} at {self.names[x.axis]} = {self._back(x)}" for x in self.tight)
        while queue:
            box = queue.popleft()
            count += 1
            verdict = self._sign(box)
            if verdict is True:
                leaves.append(box)
                continue
            if verdict is False:
                middle = self._middle(box)
                return Enclosure(False, count, point_text(middle), tight, point=middle)
            if count >= max_boxes or not box or self.f in self.meaningless:
                return Enclosure(None, count, self._text(box), tight, self.why)
            queue.extend(_halves(box))
        return Enclosure(True, count, tight=tight, cover=Cover(self.given, self.ranges, tuple(leaves)))

    def _back(self, x: _Tight) -> sp.Expr:
        r = self.ranges[self.names[x.axis]]
        return sp.simplify(r.inf + (r.sup - r.inf) * x.at)

    def _sign(self, box: Box) -> bool | None:
        balls = [_hull(a, b) for a, b in box]
        value = self._at(self.f, balls)
        if value >= 0:
            return True
        if value < 0:
            return False
        middle = [arb((a + b) / 2) for a, b in box]
        centred = self._at(self.f, middle)
        if centred < 0:
            return False
        if not self._smooth(balls):
            return None
        for slope, ball, m in zip(self.gradient, balls, middle, strict=True):
            centred = centred + self._at(slope, balls) * (ball - m)
        if centred >= 0:
            return True
        return True if any(self._tight_sign(x, box, balls) for x in self.tight) else None

    def _smooth(self, balls: list[Any]) -> bool:
        """Whether calculus holds on the whole box: the derivative of a case distinction misses its jumps."""
        if not self.cases:
            return True
        at = Evaluator(arb_backend(), dict(zip(self.t, balls, strict=True)))
        try:
            for relation in self.cases:
                if relation.free_symbols & set(self.t):
                    yes, no = truth(relation, at)
                    if not (yes or no):
                        return False
        except (EvaluationError, ZeroDivisionError):
            return False  # it depends on a variable of integration too
        return True

    def _tight_sign(self, x: _Tight, box: Box, balls: list[Any]) -> bool:
        """f = f⁽ᵖ⁾(ξ)/p!·(t − t₀)ᵖ for a ξ between t and t₀: a sign of f⁽ᵖ⁾ there decides."""
        at = self._program(x.at)(balls)
        low, high = box[x.axis]
        above, below = arb(low) - at, at - arb(high)
        hull = list(balls)
        hull[x.axis] = balls[x.axis].union(at)
        if not self._smooth(hull):
            return False
        slope = self._at(x.slope, hull)
        if x.order % 2 == 0:
            return bool(slope >= 0)
        return bool((above >= 0 and slope >= 0) or (below >= 0 and slope <= 0))

    def _at(self, expr: sp.Expr, balls: list[Any]) -> Any:
        """The ball of an expression, NaN where it has none: a function without balls has none on any box."""
        if expr in self.meaningless:
            return arb.nan()
        try:
            return self._program(expr)(balls)
        except EvaluationError as error:
            self.meaningless.add(expr)
            self.why = Why.of(error) if expr == self.f else self.why
        except ZeroDivisionError:
            pass
        return arb.nan()

    def _program(self, expr: sp.Expr) -> BallProgram:
        """The operations of an expression at the precision of the moment, written down once."""
        found = self.programs.get((expr, ctx.prec))
        if found is None:
            found = self.programs[expr, ctx.prec] = BallProgram(expr, self.t)
        return found

    def _middle(self, box: Box) -> dict[Any, sp.Expr]:
        """The middle of a box, exactly: where the centred form is negative, and the whole box if that is."""
        point = {}
        for symbol, (a, b) in zip(self.names, box, strict=True):
            r, middle = self.ranges[symbol], (a + b) / 2
            point[symbol] = sp.simplify(r.inf + (r.sup - r.inf) * sp.Rational(int(middle.p), int(middle.q)))
        return point

    def _text(self, box: Box) -> str:
        parts = []
        for symbol, (a, b) in zip(self.names, box, strict=True):
            r = self.ranges[symbol]
            ends = (r.inf + (r.sup - r.inf) * sp.Rational(int(e.p), int(e.q)) for e in (a, b))
            parts.append(f"{symbol} in [{', '.join(str(sp.N(e, 6)) for e in ends)}]")
        return ", ".join(parts)


def compactified(f: sp.Expr, box: Mapping[Any, Any]) -> tuple[sp.Expr, dict[Any, Any]]:
    """A claim with the same sign on a bounded box: x = a + t/(1 − t) for half-lines, for f rational in x.

    The line is taken as x = (2t − 1)/(t(1 − t)). Raises Unbounded where f is not rational in an unbounded variable.
    """
    found, ranges = f, dict(box)
    for x in sorted((s for s in box if f.has(s)), key=str):
        r = box[x]
        if r.inf.is_finite and r.sup.is_finite:
            continue
        if not f.is_rational_function(x):
            raise Unbounded(
                f"{x} ranges over {r}, and no substitution here makes that bounded: give {x} two finite ends, "
                "or a derivation whose steps are rational in it"
            )
        t = sp.Dummy(f"t({x})", real=True)
        if r.inf.is_finite:
            onto, small = r.inf + t / (1 - t), [1 - t]
        elif r.sup.is_finite:
            onto, small = r.sup - t / (1 - t), [1 - t]
        else:
            onto, small = (2 * t - 1) / (t * (1 - t)), [t, 1 - t]
        top, bottom = sp.fraction(sp.together(found.xreplace({x: onto})))
        for factor in small:
            # positive inside of the unit interval: its powers do not change the sign
            while True:
                quotient, rest = sp.div(bottom, factor, t) if bottom.is_polynomial(t) else (bottom, sp.S.One)
                if rest != 0 or not bottom.has(t):
                    break
                bottom = quotient
        found = (
            sp.expand(top * bottom) if bottom.has(t) else top * sp.sign(bottom) if bottom.is_number else top * bottom
        )
        del ranges[x]
        ranges[t] = sp.Interval(0, 1)
    return found, ranges


def _vanishes(value: sp.Expr) -> bool:
    """Whether a number is 0; by no integral or series but those that need no closed form of SymPy's."""
    value = with_plain_integrals(value)
    return not carried_out(value) and scalar_vanishes(value).vanishes is True


def _hull(a: fmpq, b: fmpq) -> Any:
    return arb(a).union(arb(b))


def _halves(box: Box) -> list[Box]:
    widths = [b - a for a, b in box]
    axis = widths.index(max(widths))
    a, b = box[axis]
    m = (a + b) / 2
    return [(*box[:axis], part, *box[axis + 1 :]) for part in ((a, m), (m, b))]


def ball(expr: sp.Expr, digits: int = 30) -> Any:
    """An Arb ball that holds the exact number `expr`, of about the given number of digits."""
    before, ctx.dps = ctx.dps, digits + 10
    try:
        return Evaluator(arb_backend(), {}).at(sp.sympify(expr))
    finally:
        ctx.dps = before
