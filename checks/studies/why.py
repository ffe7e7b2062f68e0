"""Why a statement is not verified: the piece that is open, where it is tightest, and what would help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations
from typing import Any

import sympy as sp

from checks.context import Options
from checks.provers import portfolio
from checks.readings import Reading
from checks.running.runner import check
from checks.verdicts import Evidence, Result, Verdict
from derivations.domains import Domain
from derivations.outcomes.budget import BudgetSpent, budget
from derivations.proofs.equality import difference
from derivations.statements import Bound, Statement
from derivations.writing.text import text
from numerics.values.evaluate import EvaluationError, evaluate
from numerics.values.points import point_text

EXACT = ("symbolic", "enclosure", "precision", "search")
"""The methods that are asked again: those that seek proofs and counterexamples."""
STEPS = 800_000
"""For each change that is tried."""
MOST = 16
"""Changes that are tried for one piece."""
ROOM = sp.Rational(1, 100)
"""By which part of the larger side the claim is loosened, to see whether it is open for its tightness alone."""
BOUNDED = 10
"""Up to where a half-line is followed at least, when a bounded range is tried in its place."""
WHOLE = (2, 3, 5)
"""From where on a claim for all whole numbers is tried."""
TIGHT = 1e-9
"""Sides that differ by no more than this, relative to the larger one, may be equal there."""


@dataclass(frozen=True)
class Piece:
    """A claim lower ≤ upper that is to be proved: a statement, or one step of its derivation.

    Args:
        title: What it is, in words.
        lower: The smaller side.
        upper: The larger side.
        domain: Where it is claimed.
        touching: Where the statement says that both sides are equal.
    """

    title: str
    lower: Any
    upper: Any
    domain: Domain
    touching: Mapping[Any, Any] | None = None


@dataclass(frozen=True)
class Change:
    """One thing that was tried: a hypothesis more, or a looser claim.

    Args:
        words: The hypothesis or the claim.
        proved: Whether the piece is proved with it.
        how: What the prover said, or what was in its way.
    """

    words: str
    proved: bool
    how: str


@dataclass(frozen=True)
class Account:
    """All that is known of why a statement is not verified.

    Args:
        result: What the exact methods found.
        piece: The claim that is open, where the statement is an inequality or derived by some.
        at: Where it is tightest or false, in words.
        false: Whether it is false there for sure.
        told: What each prover said.
        changes: What was tried.
    """

    result: Result
    piece: Piece | None = None
    at: str = ""
    false: bool = False
    told: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()


def account(statement: Statement, seed: int = 0, readings: Sequence[Reading] | None = None) -> Account:
    """Find out why a statement is not verified.

    Args:
        statement: Any statement.
        seed: The seed of random points.
        readings: What measures it; by default the readings of its paper.

    Returns:
        What the exact methods say; for an inequality, or a step of a derivation that is one, where it is tightest and
        which further hypotheses or looser claims are proved.

    Example:
        >>> from sympy import Symbol, exp
        >>> from derivations import Bound
        >>> x = Symbol("x", real=True)
        >>> found = account(Bound("cubes", 1 - x**3, exp(-x), on={x: (-1, 1)}))
        >>> found.result.verdict.value, [c.words for c in found.changes if c.proved]
        ('refuted', ['x ≤ 0'])
    """
    exact = isinstance(statement, Bound) or statement.derivation is not None
    result = check(statement, Options(seed=seed, methods=EXACT if exact else ()), readings)
    piece = piece_of(statement, result)
    if piece is None or result.verdict in (Verdict.VERIFIED, Verdict.ERROR):
        return Account(result)
    found = portfolio.answer(piece.upper - piece.lower, piece.domain, piece.touching)
    # other methods look for round numbers at which the claim is false; of a step they know nothing
    seen = _witness(piece, result)
    false_there = seen is not None and _is_false(piece, seen)
    false = found.false or false_there
    point = seen if false_there else found.at
    at = _sides(piece, point) if point else ""
    changes = tuple(_tried(piece, point or {}, false))
    return Account(result, piece, at, false, tuple(found.told), changes)


def piece_of(statement: Statement, result: Result) -> Piece | None:
    """The inequality that was not proved: of a derivation the step at which it stopped.

    Args:
        statement: The statement.
        result: What was found of it.

    Returns:
        The claim; None where it is no inequality.
    """
    step = next((e.data["step"] for e in result.evidence if "step" in e.data), None)
    if step is not None and statement.derivation is not None:
        derivation, number = statement.derivation, int(step)
        here = derivation.steps[number - 1]
        above = [s.expr for s in derivation.steps[: number - 1] if s.relation != "have"]
        before = above[-1] if above else derivation.start
        if here.relation in ("<=", ">="):
            lower, upper = (before, here.expr) if here.relation == "<=" else (here.expr, before)
            return Piece(f"step {number} of its derivation ({here.reason})", lower, upper, statement.domain)
        return None
    if isinstance(statement, Bound):
        return Piece("the statement", statement.lower, statement.upper, statement.domain, statement.sharp_at)
    return None


def _witness(piece: Piece, result: Result) -> dict[Any, Any] | None:
    names = {str(s): s for s in piece.domain.ranges}
    points = (e.at.within(names) for e in result.evidence if e.at is not None)
    return next((dict(p) for p in points if p), None)


def _values(piece: Piece, point: Mapping[Any, Any]) -> tuple[float, float] | None:
    """Both sides at a point, in floats; None where they have no value there."""
    try:
        low, high = (float(evaluate(side, point)) for side in (piece.lower, piece.upper))
    except (EvaluationError, TypeError, ValueError, ArithmeticError):
        return None
    return low, high


def _is_false(piece: Piece, point: Mapping[Any, Any]) -> bool:
    """Whether a piece fails at a point beyond rounding."""
    values = _values(piece, point)
    return values is not None and values[0] - values[1] > TIGHT * max(map(abs, values))


def _shown(symbol: Any, value: Any) -> Any:
    if not getattr(value, "is_number", False):
        return value
    return sp.Integer(round(float(value))) if symbol.is_integer else sp.Float(value, 6)


def _sides(piece: Piece, point: Mapping[Any, Any]) -> str:
    place = point_text({s: _shown(s, v) for s, v in point.items()})
    values = _values(piece, point)
    if values is None:
        return place
    low, high = values
    if abs(high - low) <= TIGHT * max(abs(low), abs(high)):
        return f"{place}, where both sides are {low:.6g}"
    return f"{place}, where the sides are {low:.6g} and {high:.6g}"


def _tried(piece: Piece, point: Mapping[Any, Any], false: bool) -> Iterator[Change]:
    """Each change with its outcome."""
    changes = list(_hypotheses(piece, point))[:MOST]
    for words, changed in changes if false else [*changes, *_looser(piece, point)]:
        try:
            with budget(STEPS):
                found = portfolio.answer(changed.upper - changed.lower, changed.domain, changed.touching, any_kind=True)
        except BudgetSpent as error:
            yield Change(words, False, str(error))
            continue
        proof = found.proof
        if proof is not None:
            yield Change(words, True, f"by {proof.prover}")
        else:
            yield Change(words, False, "it is false there as well" if found.false else "no proof was found")


def _hypotheses(piece: Piece, point: Mapping[Any, Any]) -> Iterator[tuple[str, Piece]]:
    """Hypotheses that an author would add, each with the piece under it: ends of ranges, orders, products up to 1."""
    domain = piece.domain
    for s in (*domain.dimensions, *domain.scalars):
        if domain.ranges.get(s) == sp.S.Naturals:
            yield from ((f"{text(s)} ≥ {n}", _on(piece, {s: sp.Range(n, sp.oo)})) for n in WHOLE)
    scalars = [s for s in domain.scalars if domain.interval(s).is_Interval]
    for s in scalars:
        for cut in _cuts(domain.interval(s), point.get(s)):
            for sign, part in (("≤", sp.Interval(-sp.oo, cut)), ("≥", sp.Interval(cut, sp.oo))):
                kept = domain.interval(s).intersect(part)
                if kept.is_Interval:
                    yield f"{text(s)} {sign} {cut}", _on(piece, {s: kept})
    for s, t in permutations(scalars, 2):
        yield f"{text(s)} ≤ {text(t)}", _where(piece, sp.Le(s, t))
    for s, t in combinations(scalars, 2):
        yield f"{text(s * t)} ≤ 1", _where(piece, sp.Le(s * t, 1))


def _looser(piece: Piece, point: Mapping[Any, Any]) -> Iterator[tuple[str, Piece]]:
    """Claims that say less: with a little room, and with the place of equality given."""
    room = piece.upper + ROOM * sp.Abs(piece.upper)
    yield f"{float(ROOM):.0%} more on the right side", replace(piece, upper=room, touching=None)
    domain = piece.domain
    exact = {s: sp.nsimplify(v, rational=True, tolerance=1e-6) for s, v in point.items() if s in domain.scalars}
    if not piece.touching and set(exact) == set(domain.ranges):
        gap = difference(piece.upper, piece.lower)
        if sp.expand(gap.xreplace(exact)) == 0:
            said = ", ".join(f"{s}: {v}" for s, v in exact.items())
            yield f"sharp_at={{{said}}}, where both sides are equal", replace(piece, touching=exact)


def _cuts(values: sp.Interval, tightest: Any) -> list[sp.Expr]:
    """Round numbers at which a range may be cut: 0, 1, where the claim is tightest, and far out on a half-line."""
    cuts: list[sp.Expr] = [sp.S.Zero, sp.S.One]
    if tightest is not None and getattr(tightest, "is_number", False):
        near = sp.Rational(f"{float(tightest):.2g}")
        cuts += [near] if min(abs(near - c) for c in cuts) > ROOM else []
        if values.sup == sp.oo:
            cuts.append(sp.Integer(max(BOUNDED, 2 * int(abs(float(tightest))))))
    inside = [c for c in dict.fromkeys(cuts) if (values.inf < c) == True and (c < values.sup) == True]  # noqa: E712
    return sorted(inside, key=float)


def _on(piece: Piece, ranges: Mapping[Any, Any]) -> Piece:
    domain = piece.domain
    return replace(piece, domain=Domain({**domain.ranges, **ranges}, domain.where), touching=None)


def _where(piece: Piece, condition: Any) -> Piece:
    domain = piece.domain
    return replace(piece, domain=Domain(domain.ranges, (*domain.where, condition)), touching=None)


def open_evidence(result: Result) -> list[Evidence]:
    """What did not verify a statement, method by method."""
    return [e for e in result.evidence if e.verdict is not Verdict.VERIFIED]


def claim_text(piece: Piece) -> str:
    """A piece as one line: lower ≤ upper."""
    return f"{text(piece.lower)} ≤ {text(piece.upper)}"
