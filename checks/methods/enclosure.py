"""Method `enclosure`: bounds on bounded boxes and constants by ball arithmetic over the whole domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from checks.context import Context
from checks.extrema import attained
from checks.methods.symbolic import scalar_gaps
from checks.readings import Reading
from checks.verdicts import Evidence, Verdict
from derivations.domains import Domain
from derivations.expectations import NoClosedForm
from derivations.extrema import Extremum
from derivations.forms import NotReducible
from derivations.signs import Prover
from derivations.statements import Bound, Constant, Statement
from derivations.vectors import Inner
from numerics.enclosure import Enclosure, Subdivision, Unbounded


def applies(statement: Statement, readings: Sequence[Reading]) -> bool:
    """Bounds on numbers, and extrema."""
    if isinstance(statement, Constant):
        return isinstance(statement.definition, Extremum)
    return isinstance(statement, Bound)


def run(statement: Statement, readings: Sequence[Reading], context: Context) -> list[Evidence]:
    """Enclose the gap of a bound, or an extremum between its stated ends."""
    if isinstance(statement, Constant):
        return [_extremum(statement)]
    assert isinstance(statement, Bound)
    return [_evidence(_gap(statement.upper - statement.lower, statement.domain, statement.sharp_at))]


def _evidence(found: Enclosure | str) -> Evidence:
    if isinstance(found, str):
        return Evidence("enclosure", Verdict.UNDECIDED, found, reachable=False)
    detail = f"{found.boxes} boxes" + (f"; {found.tight}" if found.tight else "")
    match found.holds:
        case True:
            return Evidence("enclosure", Verdict.VERIFIED, detail)
        case False:
            return Evidence("enclosure", Verdict.REFUTED, f"negative on a whole box; {detail}", witness=found.box)
    return Evidence("enclosure", Verdict.UNDECIDED, f"undecided on {found.box}; {detail}", reachable=False)


def _gap(f: Any, domain: Domain, touching: Any = None) -> Enclosure | str:
    """The first formulation of f ≥ 0 on a bounded box that is decided; a text if there is none."""
    reason = "no formulation on a bounded box"
    last: Enclosure | None = None
    try:
        gaps = scalar_gaps(f, domain)
    except (NoClosedForm, NotReducible) as error:
        return str(error)
    for expr, box in gaps:
        used = {s: r for s, r in box.items() if expr.has(s)}
        if domain.where and len(used) > 1:
            reason = "conditions between variables are not a box"
            continue
        if any(r.is_subset(sp.S.Integers) for r in used.values()):
            reason = "integers are not a box"
            continue
        try:
            last = Subdivision(expr, used, touching).decide()
        except Unbounded as error:
            reason = str(error)
            continue
        if last.holds is False and (domain.where or getattr(f, "has", lambda _: False)(Inner)):
            last = replace(last, holds=None)  # a box of inner products need not be one of vectors
        if last.holds is not None:
            return last
    if any(_by_rules(expr, box, touching) for expr, box in gaps):
        return Enclosure(True, 0, tight="rules of sign on top of enclosures")
    return last if last is not None else reason


def _by_rules(expr: Any, box: dict[Any, sp.Set], touching: Any) -> bool:
    """The rules of sign, with what they leave open enclosed where its box is bounded."""
    used = {s: r for s, r in box.items() if expr.has(s)}
    return Prover(used, touching, _decided).nonnegative(expr) is not None


def _decided(f: sp.Expr, box: Mapping[Any, sp.Set]) -> bool:
    if not box or any(r.is_subset(sp.S.Integers) for r in box.values()):
        return False
    try:
        return Subdivision(f, box).decide(seconds=5.0, max_boxes=4000).holds is True
    except Unbounded:
        return False


def enclosed_nonnegative(f: Any, domain: Domain) -> Enclosure | None:
    """A rigorous enclosure that shows f ≥ 0, or None."""
    found = _gap(f, domain)
    return found if isinstance(found, Enclosure) and found.holds is True else None


def _extremum(statement: Constant) -> Evidence:
    """lower ≤ extremum ≤ upper: one side over the whole interval, the other at one point."""
    expr, symbol, interval, _ = statement.definition.args
    low, high = statement.enclosure if statement.enclosure else (statement.value, statement.value)
    body, outer, inner = (expr, high, low) if statement.definition.is_supremum else (-expr, -low, -high)
    witness = attained(body, symbol, interval, inner)
    if witness is None:
        return Evidence("enclosure", Verdict.UNDECIDED, "no point was found at which the inner end is reached")
    cleared, denominator = sp.fraction(sp.together(outer - body))
    closed = sp.Interval(interval.inf, interval.sup)
    if sp.sympify(denominator).free_symbols and Subdivision(denominator, {symbol: closed}).decide().holds is not True:
        return _evidence("the sign of the denominator was not decided")
    whole = Subdivision(cleared, {symbol: closed}, {symbol: witness} if witness.is_number else None).decide()
    if whole.holds is not True:
        return _evidence(whole)
    return Evidence("enclosure", Verdict.VERIFIED, f"{whole.boxes} boxes; reached at {symbol} = {sp.N(witness, 10)}")
