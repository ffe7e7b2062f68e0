"""The assumptions of a statement: a point where all hold, and what happens where one does not.

A hypothesis is a restriction of the domain (an end of a range, a unit norm, a condition) or one that the
paper names. Each is denied in turn, the others kept, and a counterexample is looked for where it fails.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from checks.context import Context
from checks.library.collect import Item, paper_of, resolve
from checks.methods import method as method_of
from checks.methods.equations import solved
from checks.methods.searching.witness import shrink
from checks.methods.unspecified import found_by
from checks.papers import denied
from checks.running.schedule.each import on_each
from checks.store.shelf import Shelf
from checks.studies.at import command_for
from checks.verdicts import Evidence, Found, Verdict
from derivations.domains import (
    DomainError,
    NonnegativeVectors,
    PositiveSemidefinite,
    RealMatrices,
    SymmetricMatrices,
    UnitVectors,
)
from derivations.gaussian import Expectation
from derivations.outcomes.budget import BudgetSpent, budget, fresh
from derivations.outcomes.reasons import Reason
from derivations.quantities import only_measured
from derivations.statements import Bound, Statement, StatementError
from numerics.errors import EvaluationError
from numerics.values.points import NoPoint, exact_points, point_text
from numerics.values.quadrature import NO_NUMBER

IMPLIED = "no point violates it alone, so that the others seem to imply it"
STEPS = 5_000_000
"""The most steps for one negation."""


@dataclass(frozen=True)
class Denied:
    """One hypothesis denied: `needed` is True with a witness, False where the statement held without it as well.

    None says that there the statement has no value, or that nothing was found in time; `detail` says which.
    """

    hypothesis: str
    needed: bool | None
    detail: str
    witness: str = ""
    again: str = ""


@dataclass(frozen=True, repr=False)
class Assumptions(Found):
    """A statement's hypotheses: a point (or network, or data) at which all hold, and each of them denied.

    Where no point satisfies them, `empty` is True and `satisfied` says so: then the statement is one of nothing.
    """

    statement: str
    fingerprint: str
    satisfied: str
    denials: tuple[Denied, ...]
    empty: bool = False


def remember(found: Sequence[Assumptions]) -> None:
    """Add to the results in this folder, by statement."""
    Shelf("hypotheses").put({a.statement: asdict(a) for a in found})


def known_of(statement: Statement) -> Assumptions | None:
    """What was found here about the hypotheses of this very statement."""
    data = Shelf("hypotheses").get(statement.id)
    try:
        if data is None or data["fingerprint"] != statement.fingerprint:
            return None
        denials = tuple(Denied(**d) for d in data["denials"])
        satisfied, empty = data["satisfied"], data.get("empty", False)
        return Assumptions(data["statement"], data["fingerprint"], satisfied, denials, empty)
    except (KeyError, TypeError):
        return None


def all_assumptions(items: Sequence[Item], seed: int, jobs: int) -> Iterator[Assumptions]:
    """The assumptions of every item, as they are finished."""
    yield from (found for _, found in on_each(assumptions_of, items, jobs, seed))


def assumptions_of(item: Item, seed: int = 0) -> Assumptions:
    """What an item's statement assumes."""
    return assumptions(resolve(item), paper_of(item).hypotheses, item.name, seed)


def assumptions(statement: Statement, texts: Mapping[str, str], name: str, seed: int = 0) -> Assumptions:
    """Look for a point where all hypotheses hold, then for counterexamples without each.

    `texts` are the hypotheses that the paper names, in words; `name` is what commands call the statement, empty for one
    that is in no file.
    """
    context = Context(seed, "cpu", statement.id)
    measured = only_measured(statement.content)
    satisfied, empty = "", False
    if not measured:
        try:
            satisfied = _satisfied(statement, context)
        except NoPoint as error:
            satisfied, empty = f"NOT SATISFIABLE: {error}", True
    denials = [] if measured else [_denied(s, text, statement, name, context) for text, s in _variants(statement)]
    for assumed in statement.assumes:
        denials.append(_named(assumed, texts.get(assumed, ""), statement, context))
    if measured and not satisfied:
        satisfied = "the networks and data on which it is measured (lemmata show)"
    return Assumptions(statement.id, statement.fingerprint, satisfied, tuple(denials), empty)


def _satisfied(statement: Statement, context: Context) -> str:
    """The roundest point found in the domain, "" where nothing is restricted; raises NoPoint where none was found."""
    if not statement.domain.ranges:
        return ""
    try:
        made = solved(statement, onto=False)
    except (DomainError, StatementError) as error:
        raise NoPoint(f"its equations contradict each other or the ranges: {error}") from None
    try:
        points = list(exact_points(made.statement.domain, 12, context.rng("satisfied")))
    except EvaluationError:
        return ""  # a condition on a mean or a chance is no matter of points
    # no point at which everything is zero, where much holds for no reason
    chart, point = next(((c, p) for c, p in points if _telling(p)), points[0])
    return point_text(made.whole(shrink(chart, point, _telling)))


def _telling(point: Any) -> bool:
    """Whether no number is zero and no vector has a zero entry that it need not have."""
    return all(v != 0 if not isinstance(v, sp.MatrixBase) else any(v) for v in point.values())


def _variants(statement: Statement) -> Iterator[tuple[str, Statement]]:
    """The statement on the part of a wider domain where one hypothesis fails, and the hypothesis in words."""
    domain = statement.domain
    ranges, where = dict(domain.ranges), tuple(r for r in domain.where if isinstance(r, Relational))
    angular = {v for a in domain.angles.values() for v in (a.x, a.y)}
    for symbol in domain.scalars:
        values = ranges[symbol]
        if symbol in domain.dimensions or not isinstance(values, sp.Interval) or symbol not in statement.symbols:
            continue
        for end, outside, sign in (
            (
                values.start,
                sp.Interval(-sp.oo, values.start, True, not values.left_open),
                ">" if values.left_open else "≥",
            ),
            (
                values.end,
                sp.Interval(values.end, sp.oo, not values.right_open, True),
                "<" if values.right_open else "≤",
            ),
        ):
            if end.is_finite:
                yield from _made(statement, f"{symbol} {sign} {end}", {**ranges, symbol: outside}, where)
    for vector in domain.vectors:
        if isinstance(ranges[vector], UnitVectors) and vector not in angular:
            yield from _made(statement, f"‖{vector}‖ = 1", {**ranges, vector: RealMatrices()}, where)
        if isinstance(ranges[vector], NonnegativeVectors):
            yield from _made(statement, f"{vector} ≥ 0", {**ranges, vector: RealMatrices()}, where)
        if isinstance(ranges[vector], PositiveSemidefinite):
            yield from _made(statement, f"{vector} ⪰ 0", {**ranges, vector: SymmetricMatrices()}, where)
    for number, relation in enumerate(where):
        others = (*where[:number], relation.negated, *where[number + 1 :])
        yield from _made(statement, str(relation), ranges, others)


def _made(
    statement: Statement, text: str, ranges: dict[Any, Any], where: Sequence[Any]
) -> Iterator[tuple[str, Statement]]:
    changes: dict[str, Any] = {"on": ranges, "where": tuple(where), "derive": None}
    if isinstance(statement, Bound):
        changes["sharp_at"] = None
    try:
        yield text, replace(statement, **changes)
    except (StatementError, DomainError):
        return  # the others already exclude its failure


def _denied(variant: Statement, text: str, statement: Statement, name: str, context: Context) -> Denied:
    """A counterexample where the hypothesis fails."""
    seen: list[Evidence] = []
    fresh()
    try:
        with budget(STEPS), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            for method in ("precision", "search"):
                if method_of(method).applies(variant, ()):
                    seen += found_by(method, variant, (), context)
                    if seen[-1].verdict is Verdict.REFUTED:
                        break
    except BudgetSpent:
        return Denied(text, None, f"not finished within {STEPS:,} steps")
    except NoPoint:
        return Denied(text, False, IMPLIED)
    except NO_NUMBER:
        return Denied(text, None, "without it the two sides have no real value")
    if any(e.reason is Reason.NO_POINT for e in seen):
        return Denied(text, False, IMPLIED)
    refuted = next((e for e in seen if e.verdict is Verdict.REFUTED), None)
    if refuted is not None:
        witness = refuted.witness or ""
        again = command_for(statement, refuted.at or witness, name)
        if not again and any(isinstance(c, sp.Basic) and c.has(Expectation) for c in statement.content):
            # closed forms rest on the ranges: where one fails outside of them, the expectation itself need not
            return Denied(text, None, "its closed form fails there, and the expectation was not computed")
        return Denied(text, True, refuted.detail, witness, again if name else "")
    held = next((e for e in seen if e.verdict is Verdict.VERIFIED), None)
    if held is None:
        return Denied(text, None, seen[0].detail if seen else "no method evaluates it")
    if held.reason in (Reason.NO_REAL_VALUE, Reason.NO_VALUE):
        return Denied(text, None, f"without it there is no real value at some points; at others it held: {held.detail}")
    return Denied(text, False, held.detail)


def _named(name: str, text: str, statement: Statement, context: Context) -> Denied:
    """A hypothesis that the paper names: what its denial does is computed on a concrete case."""
    look = denied(statement.paper, name)
    if look is None:
        return Denied(f"{name}: {text}", None, "no counterexample without it is known here")
    found = look(context)
    again = f"lemmata hypotheses {statement.id}"
    if not found.fails:
        return Denied(f"{name}: {text}", False, f"{found.detail} ({found.case})", "", again)
    if statement.id in found.contradicts:
        return Denied(f"{name}: {text}", True, found.detail, found.case, again)
    # what the case contradicts is a step of the proof, or another statement
    what = f"a step that uses it fails without it, which does not refute the statement itself: {found.detail}"
    return Denied(f"{name}: {text}", None, f"{what} ({found.case})", "", again)
