"""Steps of a derivation that name facts, use hypotheses for all values of some symbols, or follow by a rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from checks.provers.instances.applied import follows
from checks.provers.instances.rules import for_any, inclusion, induction, refuse_free, union
from derivations.instances import InstanceError, normal
from derivations.outcomes.reasons import Reason, Why
from derivations.papers import BrokenPaper
from derivations.quantities.schemas import ForAll
from derivations.statements import Statement
from derivations.steps import Step
from derivations.vectors import ShapeError


def link(before: Any, step: Step, statement: Statement, known: Sequence[Any] = ()) -> Why | None:
    """Whether a step of a derivation follows.

    Args:
        before: The line above; None for what is derived beside the chain.
        step: The step, with its instances.
        statement: The statement whose derivation it is.
        known: What the steps before derived beside the chain.

    Returns:
        None if it follows, else why it is open.
    """
    given = [normal(r) for r in (*statement.domain.where, *known)]
    try:
        if step.relation == "have":
            return _have(step, statement, given)
        rule = step.rule.name if step.rule else ""
        if rule == "inclusion":
            return inclusion(before, step, statement, given)
        if rule:
            raise InstanceError(f"a line cannot follow by {rule}: derive it with `have`")
        gap = step.expr - before
        wanted = {"=": sp.Eq, "<=": sp.Ge, ">=": sp.Le}[step.relation](gap, 0, evaluate=False)
        return follows((wanted,), step.instances, statement, given, "the line")
    except (InstanceError, BrokenPaper, ShapeError) as error:
        return Why(Reason.OUTSIDE, str(error))


def _have(step: Step, statement: Statement, given: list[Any]) -> Why | None:
    rule, claim = step.rule, step.expr
    if rule is None and not isinstance(claim, ForAll):
        return follows((claim,), step.instances, statement, given, "the claim")
    if rule is not None and rule.name == "union":
        return union(step, statement, given)
    if not isinstance(claim, ForAll):
        raise InstanceError(f"{claim} is no claim for all, which {rule.text if rule else ''} proves")
    refuse_free(claim, statement)
    if rule is not None and rule.name == "induction":
        return induction(step, statement, given)
    return for_any(claim, step.instances, statement, given)
