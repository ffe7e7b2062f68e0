"""A proof is tested again: every claim in it, with balls at exact points of its whole domain.

This shares neither the rules nor the subdivision with what found the proof: it puts numbers into the claims as they
stand. A contradiction withdraws the proof; agreement proves nothing by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

import sympy as sp
from flint import ctx
from sympy.core.relational import Relational

from derivations.activations import STAND_INS, specified
from derivations.integrals.definitions import carried_out
from derivations.outcomes.reasons import Stopped
from derivations.proofs.foreign import foreign_errors
from derivations.proofs.sign_proofs import SignProof
from numerics.values.backends import arb_backend
from numerics.values.evaluate import Evaluator

POINTS, NODE_POINTS = 96, 12
"""At how many points a claim, and a step of a proof, is tested."""
FAR, NEAR = 40, 12
"""Decades up to which half-lines are followed, and down to which an end of a range is approached."""
BITS = 300
"""Of the balls: enough for sines at 10^40 and for differences of 10^−40 there."""
SLOW_POINTS, SLOW_BITS = 6, 100
"""Where a claim holds integrals or series, which are evaluated from their definition."""
NODES = 60
"""The number of steps of one proof that are tested."""


def points(box: Mapping[Any, sp.Set], count: int = POINTS, seed: int = 0) -> Iterator[dict[Any, sp.Rational]]:
    """Exact points inside of a box: in the middle, close to its ends, and far out where it has none."""
    random = Random(seed)
    for _ in range(count):
        point = {s: _point(r, random) for s, r in box.items()}
        # a union or an arithmetic progression has gaps
        if all(r.is_Interval or r.contains(point[s]) == True for s, r in box.items()):  # noqa: E712
            yield point


def contradiction(
    f: Any, box: Mapping[Any, sp.Set], where: Sequence[Any] = (), count: int = POINTS, seed: int = 0
) -> str | None:
    """A point at which f < 0 beyond doubt although all conditions hold, in words; None where none was seen.

    Args:
        f: an expression in the symbols of `box`.
        box: the range of each symbol.
        where: further conditions, relations between the symbols.
        count: how many points are looked at.
        seed: of the points.
    """
    names = sorted((s for s in box if s in f.free_symbols | {v for r in where for v in r.free_symbols}), key=str)
    if f.free_symbols - set(names) or not all(isinstance(s, sp.Symbol) for s in names):
        return None
    slow = carried_out(f)
    before, ctx.prec = ctx.prec, SLOW_BITS if slow else BITS
    try:
        for point in points({s: box[s] for s in names}, min(count, SLOW_POINTS) if slow else count, seed):
            if _negative(f, point) and all(holds_at(r, point) for r in where):
                at = ", ".join(f"{s} = {sp.N(v, 8)}" for s, v in point.items())
                return f"replayed, the claim is false at {at or 'no variables'}"
            if not names:
                break
        return None
    finally:
        ctx.prec = before


def proof_contradiction(proof: SignProof) -> str | None:
    """A step of a proof by rules of sign whose claim is false at a point of its box, in words, or None."""
    steps = list(steps_of(proof))[:NODES]
    for step in steps:
        if step.f.free_symbols <= set(step.box):
            found = contradiction(step.f, step.box, (), NODE_POINTS)
            if found:
                return f"the step [{step.rule}]: {found}"
    return None


def steps_of(proof: SignProof) -> Iterator[SignProof]:
    yield proof
    for part in proof.parts:
        yield from steps_of(part)


def ball_at(f: Any, point: Mapping[Any, Any], balls: Mapping[Any, Any] | None = None) -> Any | None:
    """The finite ball of f at exact values of its symbols, some of which may be balls; None where it has none."""
    # of a proof for every activation σ one instance is looked at, with a σ that has no symmetry
    f = specified(f, STAND_INS["cos(x - 1)"])
    try:
        with foreign_errors():
            numbers = {s: _ball(v, s.is_integer) for s, v in point.items()}
            value = Evaluator(arb_backend(), {**numbers, **(balls or {})}).at(f)
    except (Stopped, ArithmeticError):
        return None
    return value if value.is_finite() else None


def _negative(f: Any, point: Mapping[Any, Any]) -> bool:
    value = ball_at(f, point)  # without a value, there is no contradiction
    return value is not None and bool(value < 0)


def holds_at(condition: Any, point: Mapping[Any, Any]) -> bool:
    """Whether a condition holds at exact numbers: by balls, and where these leave it open exactly."""
    match condition:
        case bool() | sp.logic.boolalg.BooleanAtom():
            return bool(condition)
        case sp.And():
            return all(holds_at(c, point) for c in condition.args)
        case sp.Or():
            return any(holds_at(c, point) for c in condition.args)
        case Relational():
            gap = condition.lhs - condition.rhs
            value = ball_at(gap, point)
            if value is None:
                return False
            if isinstance(condition, sp.Ge | sp.Gt) and bool(value > 0):
                return True
            if isinstance(condition, sp.Le | sp.Lt) and bool(value < 0):
                return True
            if not value.contains(0):
                return isinstance(condition, sp.Ne)
            exact = sp.radsimp(gap.xreplace(dict(point)))
            return isinstance(condition, sp.Ge | sp.Le | sp.Eq) and sp.expand(exact).is_zero is True
    return False


def _ball(value: Any, integer: Any = False) -> Any:
    """A ball of the value; the number itself for an integer, which may be a size or the end of a sum."""
    return int(value) if integer and value.is_Integer else Evaluator(arb_backend(), {}).at(value)


def _point(r: sp.Set, random: Random) -> sp.Rational:
    low, high = r.inf, r.sup
    if r.is_FiniteSet:
        return random.choice(list(r))
    if r.is_subset(sp.S.Integers):
        step = int(10 ** random.uniform(0, 3))
        first = low if low.is_finite else high - step if high.is_finite else sp.Integer(random.choice((-step, step)))
        last = high if high.is_finite else first + step
        return first + random.randint(0, int(last - first))
    if low.is_finite and high.is_finite:
        kind = random.randrange(4)
        part = sp.Rational(random.randint(1, 10**6 - 1), 10**6)
        small = part / 10 ** random.randint(0, NEAR)
        return low + (high - low) * (part if kind < 2 else small if kind == 2 else 1 - small)
    size = _size(random)
    if low.is_finite:
        return low + size
    return high - size if high.is_finite else random.choice((-1, 1)) * size


def _size(random: Random) -> sp.Rational:
    """Half of them between 10^−2 and 10^2, the others of any size."""
    near = random.random() < 0.5
    decade = random.randint(-2, 1) if near else random.randint(-NEAR, FAR)
    return sp.Rational(random.randint(10**6, 10**7), 10**6) * sp.Integer(10) ** decade
