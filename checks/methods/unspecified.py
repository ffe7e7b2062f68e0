"""Statements about an unspecified activation σ: proved for every σ, tried with three unlike ones.

A method that needs numbers gets the statement three times, with each of `derivations.activations.STAND_INS` in the
place of σ, and all three must hold: what is true of one activation only is refuted by another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

from sympy import Basic, Integral, Limit, Sum

from checks.context import Context
from checks.methods import method
from checks.methods.equations import equations, on_ranges
from checks.readings import Reading
from checks.verdicts import Evidence, Verdict
from derivations.activations import STAND_INS, UNSPECIFIED, specified
from derivations.extrema import Extremum
from derivations.outcomes.budget import remembered
from derivations.outcomes.reasons import Reason
from derivations.statements import Statement

ABSTRACT = ("rocq", "symbolic")
"""Methods that prove for every σ."""
OPEN_TO_BALLS = "σ may be any activation: no ball holds them all"
ORDER = (Verdict.REFUTED, Verdict.ERROR, Verdict.UNDECIDED)
"""Of three verdicts the first that occurs counts."""


def is_open(statement: Statement) -> bool:
    """Whether the claim speaks of the unspecified σ."""
    return any(isinstance(c, Basic) and c.has(*UNSPECIFIED) for c in statement.content)


def _carried_out(statement: Statement) -> bool:
    """Whether a limit, an integral, a sum or an extremum of the unspecified σ is part of the claim."""
    nodes = (n for c in statement.content if isinstance(c, Basic) for n in c.atoms(Limit, Integral, Sum, Extremum))
    return any(n.has(*UNSPECIFIED) for n in nodes)


@remembered(64)
def instances(statement: Statement) -> tuple[tuple[str, Statement], ...]:
    """The statement for each stand-in of σ, with its name; where there is no σ the statement itself, without one."""
    if not is_open(statement):
        return (("", statement),)
    return tuple((name, statement.but(**_put(statement, name))) for name in STAND_INS)


def found_by(name: str, statement: Statement, readings: Sequence[Reading], context: Context) -> Sequence[Evidence]:
    """What a method says of a statement, for each stand-in of σ where it needs numbers and σ is unspecified."""
    if equations(statement):
        return on_ranges(name, statement, lambda claim: _found_by(name, claim, readings, context))
    return _found_by(name, statement, readings, context)


def _found_by(name: str, statement: Statement, readings: Sequence[Reading], context: Context) -> Sequence[Evidence]:
    if name == "symbolic" and _carried_out(statement):
        said = "σ may be any activation, and SymPy takes a limit, integral or sum of it as that of a bounded function"
        return [Evidence(name, Verdict.UNDECIDED, said, reachable=False, reason=Reason.OUTSIDE)]
    if not is_open(statement) or name in ABSTRACT or any(r.method == name for r in readings):
        return method(name).run(statement, readings, context)
    if name == "enclosure":
        return [Evidence(name, Verdict.UNDECIDED, OPEN_TO_BALLS, reachable=False, reason=Reason.OUTSIDE)]
    if name == "autograd":
        said = "σ is unspecified, and the model computes one: name the activation in the formula"
        return [Evidence(name, Verdict.UNDECIDED, said, reachable=False, reason=Reason.OUTSIDE)]
    found = []
    for form, s in instances(statement):
        found.append((form, method(name).run(s, readings, context)))
        if any(e.verdict is ORDER[0] for e in found[-1][1]):
            break  # what the others say would not count
    return _together(found)


def _together(found: Sequence[tuple[str, Sequence[Evidence]]]) -> Sequence[Evidence]:
    """The evidence that is worst for the statement, with the σ that it is about; all of them if they agree."""
    for verdict in ORDER:
        for form, evidence in found:
            for e in evidence:
                if e.verdict is verdict:
                    return [replace(e, detail=f"for σ(x) = {form}: {e.detail}")]
    last = found[-1][1]
    names = ", ".join(form for form, _ in found)
    return [replace(e, detail=f"for σ(x) = {names}: {e.detail}") for e in last]


def _put(statement: Statement, name: str) -> dict[str, Any]:
    changed = {f.name: getattr(statement, f.name) for f in fields(statement) if f.init}
    made = {key: new for key, value in changed.items() if (new := _deep(value, name)) is not value}
    if (given := statement.derivation) is not None:
        made["derive"] = lambda: given.mapped(lambda e: _deep(e, name))
    return made


def _deep(value: Any, name: str) -> Any:
    if isinstance(value, Basic):
        made = specified(value, STAND_INS[name])
        return value if made == value else made
    if isinstance(value, tuple) and any(_deep(v, name) is not v for v in value):
        return tuple(_deep(v, name) for v in value)
    if isinstance(value, dict) and any(_deep(v, name) is not v for v in value.values()):
        return {k: _deep(v, name) for k, v in value.items()}
    return value


def pairs_of(statement: Statement, point: Any, sides: Any) -> Iterator[tuple[str, Any, Any, str]]:
    """The two sides at a point, entry by entry, for each stand-in of σ; `sides` gives them for one statement."""
    for form, s in instances(statement):
        for name, left, right, relation in sides(s, point):
            yield f"for σ(x) = {form}: {name}" if form else name, left, right, relation
