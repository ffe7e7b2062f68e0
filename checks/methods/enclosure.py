"""Method `enclosure`: bounds on bounded boxes and constants by ball arithmetic over the whole domain."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from checks.context import Context
from checks.extrema import attained
from checks.inequalities import enclose_gap
from checks.readings import Reading
from checks.verdicts import Evidence, Verdict
from derivations.extrema import Extremum
from derivations.statements import Bound, Constant, Statement
from numerics.enclosure import Enclosure, Subdivision


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
    # a statement with a derivation is proved link by link; rules of sign on the whole of it are slow and add nothing
    rules = statement.derivation is None
    return [_evidence(enclose_gap(statement.upper - statement.lower, statement.domain, statement.sharp_at, rules))]


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
