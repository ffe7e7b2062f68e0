"""A formula against a statement of each kind: which sides agree, how that is known, what differs."""

from __future__ import annotations

from dataclasses import replace

from checks.compare.findings.base import Finding
from checks.compare.findings.bounds import bound
from checks.compare.findings.equations import gradient, identity
from checks.compare.findings.others import constant, existence, rate
from checks.compare.formulas import Formula, Task
from derivations.statements import Bound, Constant, Existence, Gradient, Identity, Rate


def finding(task: Task, formula: Formula) -> Finding:
    """What a formula is to the statement; raises Unreadable for one that cannot be meant for its kind."""
    statement = task.statement
    if isinstance(statement, Bound) and statement.constant is not None:
        table = {statement.constant: statement.value}
        formula = replace(formula, values=tuple(v.xreplace(table) for v in formula.values))
    match statement:
        case Bound():
            return bound(task, formula)
        case Constant():
            return constant(task, formula)
        case Gradient():
            return gradient(task, formula)
        case Rate():
            return rate(task, formula)
        case Existence():
            return existence(task, formula)
        case Identity():
            return identity(task, formula)
    raise NotImplementedError(statement.kind)
