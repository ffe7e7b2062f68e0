"""Rules by which a step follows from its facts: induction, inclusion of events, their union, claims for any value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from checks.provers.instances.applied import follows
from checks.provers.instances.implied import least_of, opened, proved
from checks.provers.instances.randomness import conditioned
from derivations.instances import InstanceError, normal
from derivations.letters.names import own
from derivations.outcomes.reasons import Reason, Why
from derivations.quantities.chance import Chance
from derivations.quantities.schemas import ForAll, fails
from derivations.statements import Statement
from derivations.steps import Instance, Step

BEFORE = "before"
"""The name of the claim for all earlier values of the index, within an induction."""


def for_any(
    claim: ForAll, instances: Sequence[Instance], statement: Statement, given: list[Any], sure: bool = True
) -> Why | None:
    """A claim for all values: what is given beside its own conditions is `sure` where it holds for every outcome."""
    inner, known = opened(claim, given)
    sure = sure and not conditioned(claim.when, statement.domain)
    return follows(inner.claims, instances, statement, known, "the claim", sure)


def refuse_free(claim: ForAll, statement: Statement) -> None:
    """InstanceError for a variable that the statement's own conditions or sides speak of: it is not any value there."""
    free = {s for c in (*statement.domain.where, *statement.content) if isinstance(c, sp.Basic) for s in c.free_symbols}
    taken = {str(s) for s in free | set(statement.on)} & {str(v) for v in claim.variables}
    if taken:
        raise InstanceError(
            f"{min(taken)} is a symbol of the statement: name the variable of the claim for all otherwise"
        )


def induction(step: Step, statement: Statement, given: list[Any]) -> Why | None:
    """The claim at the start, and at k + 1 from the same at k."""
    claim, rule = step.expr, step.rule
    assert rule is not None
    k, start = rule.index, rule.start
    assert k is not None
    least = least_of(k)
    ends = [c for c in claim.when if k in c.free_symbols]
    for end in ends:
        bounds = isinstance(end, sp.Le | sp.Ge) and k in (end.lts, end.gts) and not (end.lts == k and end.gts == k)
        if not bounds or k in (end.gts if end.lts == k else end.lts).free_symbols:
            raise InstanceError(f"by induction over {k} a condition restricts it as {k} <= n only, not as {end}")
    from_below = [end.lts for end in ends if end.gts == k]
    if start != least and start not in from_below:
        raise InstanceError(f"by induction over {k} from {start}: the claim is for all {k} >= {least}")
    if (start - least).is_nonnegative is not True or start.is_integer is not True:
        raise InstanceError(f"by induction over {k} from {start}, which is no integer >= {least} for sure")
    if k.is_integer is not True:
        raise InstanceError(f"by induction over {k}, which is no integer")
    others = [c for c in claim.when if c not in ends]
    sure = not conditioned(claim.when, statement.domain)
    upper = [end for end in ends if end.lts == k]
    free = [i for i in step.instances if i.fact != BEFORE and not any(_has(k, v) for _, v in i.put)]
    base, known = opened(ForAll(claim.variables, claim.claims, others), given)
    if k not in base.variables:
        raise InstanceError(f"{k} is known before the induction: name the index otherwise")
    at_start = {k: start}
    why = follows(
        [c.xreplace(at_start) for c in base.claims],
        free,
        statement,
        [*_without(known, k), *(u.xreplace(at_start) for u in upper)],
        f"the claim at {k} = {start},",
        sure,
    )
    if why is not None:
        return why
    earlier = own(f"{k}_", **k.assumptions0)
    renamed = {k: earlier}
    # the conditions that do not restrict the index hold for the values of the other variables
    before = ForAll(
        tuple(earlier if v == k else v for v in base.variables),
        tuple(c.xreplace(renamed) for c in base.claims),
        (earlier <= k, *([earlier >= start] if start != least else []), *base.when),
        BEFORE,
    )
    after = {k: k + 1}
    here = [*known, sp.Ge(k, start, evaluate=False), *base.claims, *upper, *(u.xreplace(after) for u in upper), before]
    goals = [c.xreplace(after) for c in base.claims]
    return follows(goals, step.instances, statement, list(map(normal, here)), f"the claim at {k} + 1,", sure)


def _has(index: Any, value: Any) -> bool:
    return isinstance(value, sp.Basic) and index in value.free_symbols


def _without(known: Sequence[Any], index: Any) -> list[Any]:
    return [c for c in known if index not in c.free_symbols]


def inclusion(before: Any, step: Step, statement: Statement, given: list[Any]) -> Why | None:
    """P(A) ≤ P(B): where B fails, A fails."""
    if step.relation != "<=" or not (isinstance(before, Chance) and isinstance(step.expr, Chance)):
        raise InstanceError("by_inclusion compares two chances: both lines must be a Chance, with <= between them")
    known = [*given, *map(normal, fails(step.expr.event))]
    for goal in fails(before.event):
        if isinstance(goal, ForAll):
            refuse_free(goal, statement)
            why = for_any(goal, step.instances, statement, known, sure=False)
        else:
            why = follows((goal,), step.instances, statement, known, "where the event fails,", sure=False)
        if why is not None:
            return why
    return None


def union(step: Step, statement: Statement, given: list[Any]) -> Why | None:
    """P(not for all h ≤ n: C(h)) ≤ n·p, where P(not C(h)) ≤ p for each h."""
    claim, rule = step.expr, step.rule
    assert rule is not None
    event = claim.lts.event if isinstance(claim, sp.Le | sp.Ge) and isinstance(claim.lts, Chance) else None
    schema = event.args[0] if isinstance(event, sp.Not) else None
    if not isinstance(schema, ForAll):
        raise InstanceError(
            "by_union bounds the chance that a claim for all fails: have(Chance(Not(ForAll(…))) <= p, …)"
        )
    refuse_free(schema, statement)
    # a claim fails for an index where the conditions on what is random hold, and it does not
    random = [c for c in schema.when if conditioned([c], statement.domain)]
    indices = [c for c in schema.when if c not in random]
    count = _count(schema.variables, indices)
    single = Chance(sp.And(*random, sp.Or(*(sp.Not(c) for c in schema.claims))))
    inner = ForAll(schema.variables, sp.Le(single, rule.each, evaluate=False), indices)
    if any(s.is_Symbol is not True for c in indices for s in c.atoms(sp.Symbol, sp.MatrixSymbol)):
        raise InstanceError("by_union: a condition may restrict the indices, or what is random, but no other vector")
    if set(schema.variables) & rule.each.free_symbols:
        raise InstanceError(f"by_union: {rule.each} must bound the chance of each event, whatever its index")
    why = for_any(inner, step.instances, statement, given)
    if why is not None:
        return why
    for factor in count:
        if not proved(sp.Ge(factor, 0, evaluate=False), statement.domain, given):
            return Why(Reason.NO_PROOF, f"the number of events, {factor} >= 0, is not proved")
    goal = sp.Ge(claim.gts - sp.Mul(*count) * rule.each, 0, evaluate=False)
    return follows((goal,), (), statement, given, f"{sp.Mul(*count)} events:")


def _count(variables: Sequence[Any], when: Sequence[Any]) -> list[Any]:
    """How many values each variable takes at most, from conditions index <= n in which nothing else is bound."""
    found_: list[Any] = []
    bound = set(variables)
    for variable in variables:
        least = least_of(variable)
        ends = [c for c in when if isinstance(c, sp.Le | sp.Ge) and variable in (c.lts, c.gts)]
        above = [c.gts for c in ends if c.lts == variable and not bound & c.gts.free_symbols]
        below = [c.lts for c in ends if c.gts == variable and not bound & c.lts.free_symbols]
        if variable.is_integer is not True or not above or not (below or least.is_finite):
            raise InstanceError(f"by_union: {variable} has no last value: say {variable} <= n in `when`")
        found_.append(above[0] - (below or [least])[0] + 1)
    return found_
