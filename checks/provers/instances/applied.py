"""What follows from facts, from hypotheses for all values of some symbols, and from what is known.

A fact's hypotheses are proved from what the statement assumes, from what was derived before, and from the conclusions
of the facts that the step names before it: so the lemmas of a proof discharge each other's hypotheses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sympy as sp

from checks.provers.instances import words
from checks.provers.instances.implied import implied, opened, parts_of, proved, unmade
from checks.provers.instances.owed import joins, obligations
from checks.provers.instances.randomness import conditioned
from checks.provers.instances.ranges import in_range, real
from derivations.domains import Domain, default_range
from derivations.instances import InstanceError, found, instantiated, normal
from derivations.outcomes.reasons import Reason, Why
from derivations.papers import BrokenPaper
from derivations.quantities.chance import Chance, MadeWithout, OverRandom
from derivations.quantities.schemas import ForAll
from derivations.statements import Statement
from derivations.steps import Instance
from derivations.vectors import is_matrix


def follows(
    goals: Sequence[Any],
    instances: Sequence[Instance],
    statement: Statement,
    given: Sequence[Any],
    what: str,
    sure: bool = True,
) -> Why | None:
    """Whether all goals follow from what is given and from instances, each of which may use the ones before it.

    What a quantity is made of is known only where what is given is `sure`: it holds for every outcome of all that is
    random.
    """
    domain = statement.domain
    conclusions: list[Any] = []
    for instance in instances:
        why = _open(instance, statement, [*given, *conclusions], conclusions, sure)
        if why is not None:
            return why
    about_laws = [goal for goal in goals if goal.has(MadeWithout)]
    for goal in about_laws:
        why = _made(goal, domain, [*given, *conclusions], sure)
        if why is not None:
            return why
    if not sure and any(goal.has(OverRandom) for goal in goals):
        for one in (*given, *conclusions):
            if isinstance(one, sp.Eq) and conditioned([one], domain):
                return Why(Reason.OUTSIDE, f"{one} is known of some outcomes, which says nothing of a chance or mean")
    values = dict(_equal_matrices([*given, *conclusions]))
    put = [_put(c, values) for c in conclusions]
    for goal in (goal for goal in goals if goal not in about_laws):
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


def _made(goal: Any, domain: Domain, given: Sequence[Any], sure: bool) -> Why | None:
    """Why a claim of what a quantity is made of does not follow from what is given."""
    if isinstance(goal, MadeWithout) and sure:
        said = unmade(goal, domain, given)
        return said if said is None else Why(Reason.NO_PROOF, f"{goal} does not follow: {said}")
    if isinstance(goal, ForAll) and sure and not conditioned(goal.when, domain):
        inner, known = opened(goal, given)
        parts = (_made(c, domain, known, sure) if c.has(MadeWithout) else None for c in inner.claims)
        others = [c for c in inner.claims if not c.has(MadeWithout)]
        if others:
            raise InstanceError("claims of what is made of what stand in a claim for all of their own")
        return next(filter(None, parts), None)
    raise InstanceError(f"{goal} is claimed of all outcomes: not where an event happens, nor joined with other claims")


def _from(conclusions: Sequence[Any]) -> str:
    return f" from {'; '.join(map(str, conclusions))}" if conclusions else ""


def _equal_matrices(given: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """What equations between matrices say a matrix is."""
    for relation in given:
        if isinstance(relation, sp.Eq) and is_matrix(relation.lhs) and isinstance(relation.lhs, sp.MatrixSymbol):
            yield relation.lhs, relation.rhs


def _put(condition: Any, values: dict[Any, Any]) -> Any:
    return normal(condition.xreplace(values) if values else condition)


def _open(
    instance: Instance, statement: Statement, given: Sequence[Any], conclusions: list[Any], sure: bool
) -> Why | None:
    """Why an instance has no conclusions, which are added to the list where it has."""
    fact, joined = None, []
    if instance.local:
        owed, said = _local(instance, statement.domain, given)
    else:
        fact = instantiated(_found(statement, instance), instance)
        for name in words.owed(fact, statement):
            if name not in statement.assumes:
                return _owed(instance, f"'{name}'", "assumes")
        owed, said = obligations(fact, statement.domain, given, sure), (fact.conclusion,)
    for missing in owed:
        if isinstance(missing, MadeWithout):
            return _mixed(instance, missing, unmade(missing, statement.domain, given) if sure else None)
        if fact is None or not sure or not joins(fact, missing, statement.domain, given):
            return _owed(instance, missing, "where")
        joined.append(missing)
    if fact is not None and joined:
        chance, bound = fact.conclusion.args
        said = (sp.Le(Chance(sp.And(chance.event, *joined)), bound, evaluate=False),)
    conclusions.extend(normal(c) for c in said)
    return None


def _mixed(instance: Instance, missing: MadeWithout, why: str | None) -> Why:
    """What is put in is random, and not known to be independent of what the fact has a chance over."""
    said = why or "this line is about the outcomes of an event, and the chance is over all"
    return Why(Reason.NO_PROOF, f"{instance.text}: that {missing} is not derived: {said}")


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
