"""What follows from facts, from hypotheses for all values of some symbols, and from what is known.

A fact's hypotheses are proved from what the statement assumes, from what was derived before, and from the conclusions
of the facts that the step names before it: so the lemmas of a proof discharge each other's hypotheses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sympy as sp

from checks.provers.instances import words
from checks.provers.instances.implied import implied, obligations, parts_of, proved
from checks.provers.instances.ranges import in_range, real
from derivations.domains import Domain, default_range
from derivations.instances import InstanceError, found, instantiated, normal
from derivations.outcomes.reasons import Reason, Why
from derivations.papers import BrokenPaper
from derivations.quantities.schemas import ForAll
from derivations.statements import Statement
from derivations.steps import Instance
from derivations.vectors import is_matrix


def follows(
    goals: Sequence[Any], instances: Sequence[Instance], statement: Statement, given: Sequence[Any], what: str
) -> Why | None:
    """Whether all goals follow from what is given and from instances, each of which may use the ones before it."""
    domain = statement.domain
    conclusions: list[Any] = []
    for instance in instances:
        why = _open(instance, statement, [*given, *conclusions], conclusions)
        if why is not None:
            return why
    values = dict(_equal_matrices([*given, *conclusions]))
    put = [_put(c, values) for c in conclusions]
    for goal in goals:
        wanted = _put(goal, values)
        if parts_of(wanted) and proved(wanted, domain, [*(_put(g, values) for g in given), *put]):
            continue
        if isinstance(wanted, ForAll) or not isinstance(wanted, sp.Eq | sp.Ge | sp.Le):
            if proved(wanted, domain, [*given, *put]):
                continue
            return Why(Reason.NO_PROOF, f"{what} {goal} does not follow{_from(put)}")
        # the conclusions alone often give the goal, and conditions that it does not need make a proof slow
        gap = wanted.func(wanted.lhs - wanted.rhs, 0, evaluate=False)
        alone = [put] if put and given else []
        why = implied(gap, domain, *alone, [*(_put(g, values) for g in given), *put])
        if why is not None:
            said = what if what == "the line" else f"{what} {goal}"
            return Why(why.reason, f"{said} does not follow{_from(put)}: {why.said}")
    return None


def _from(conclusions: Sequence[Any]) -> str:
    return f" from {'; '.join(map(str, conclusions))}" if conclusions else ""


def _equal_matrices(given: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """What equations between matrices say a matrix is."""
    for relation in given:
        if isinstance(relation, sp.Eq) and is_matrix(relation.lhs) and isinstance(relation.lhs, sp.MatrixSymbol):
            yield relation.lhs, relation.rhs


def _put(condition: Any, values: dict[Any, Any]) -> Any:
    return normal(condition.xreplace(values) if values else condition)


def _open(instance: Instance, statement: Statement, given: Sequence[Any], conclusions: list[Any]) -> Why | None:
    """Why an instance has no conclusions, which are added to the list where it has."""
    if instance.local:
        owed, said = _local(instance, statement.domain, given)
    else:
        fact = instantiated(_found(statement, instance), instance)
        for name in words.owed(fact, statement):
            if name not in statement.assumes:
                return _owed(instance, f"'{name}'", "assumes")
        owed, said = obligations(fact, statement.domain, given), (fact.conclusion,)
    for missing in owed:
        return _owed(instance, missing, "where")
    conclusions.extend(normal(c) for c in said)
    return None


def _owed(instance: Instance, owed: Any, place: str) -> Why:
    said = f"{instance.text}: its hypothesis {owed} is not proved; prove it, or add it to `{place}`"
    return Why(Reason.NO_PROOF, said)


def _local(instance: Instance, domain: Domain, given: Sequence[Any]) -> tuple[Iterator[Any], tuple[Any, ...]]:
    """What a named claim for all demands and says for values of its variables."""
    schemas = {g.name: g for g in given if isinstance(g, ForAll) and g.name}
    schema = schemas.get(instance.fact)
    if schema is None:
        known = f" (there is {', '.join(schemas)})" if schemas else ""
        raise InstanceError(f"using({instance.fact!r}): no claim for all has this name{known}")
    named = {str(v): v for v in schema.variables}
    put = dict(instance.put)
    if set(put) - set(named):
        unknown = ", ".join(sorted(set(put) - set(named)))
        raise InstanceError(f"using({instance.fact!r}): it has no variable {unknown} (it has {', '.join(named)})")
    if any(is_matrix(value) or not isinstance(value, sp.Expr) for value in put.values()):
        raise InstanceError(f"using({instance.fact!r}): its variables are numbers")
    when, claims = schema.at({named[n]: value for n, value in put.items()})
    left = [v for n, v in named.items() if n not in put]
    later = [c for c in when if c.free_symbols & set(left)]
    if left:
        # for some of its variables it stays a claim for all
        claims = (ForAll(left, claims, later, schema.name),)

    def holds(condition: Any) -> bool:
        return proved(condition, domain, given)

    def owed() -> Iterator[Any]:
        for name, value in put.items():
            for condition in (*real(value, domain), *in_range(value, default_range(named[name]), domain, holds)):
                if not holds(condition):
                    yield condition
        for condition, general in zip(when, schema.when, strict=True):
            if condition not in later and not holds(normal(condition)):
                # SymPy may have decided it
                yield general if condition in (False, sp.false) else condition

    return owed(), claims


def _found(statement: Statement, instance: Instance) -> Statement:
    fact = found(statement, instance.fact)
    circle = _circle(statement, fact)
    if circle:
        raise InstanceError(f"a circle among lemmas: {' → '.join(circle)}")
    return fact


def _circle(statement: Statement, fact: Statement) -> tuple[str, ...]:
    """How a fact rests on the statement that uses it, as a path of ids; empty if it does not."""
    waiting: list[tuple[Statement, tuple[str, ...]]] = [(fact, (statement.id, fact.id))]
    seen: set[str] = set()
    while waiting:
        one, path = waiting.pop()
        if one.id == statement.id:
            return path
        if one.id in seen:
            continue
        seen.add(one.id)
        for name in one.rests_on:
            try:
                other = found(one, name)
            except (InstanceError, BrokenPaper):
                continue
            waiting.append((other, (*path, other.id)))
    return ()
