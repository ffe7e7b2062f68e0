"""A formula against a statement of each kind: which sides agree, how that is known, what differs."""

from __future__ import annotations

from dataclasses import replace

from checks.compare.findings.base import Finding
from checks.compare.findings.bounds import bound
from checks.compare.findings.equations import gradient, identity
from checks.compare.findings.others import constant, existence, rate
from checks.compare.formulas import Claim, Formula
from derivations.statements import Bound, Constant, Existence, Gradient, Identity, Rate


def finding(claim: Claim, formula: Formula) -> Finding:
    """What a formula is to the statement; raises Unreadable for one that cannot be meant for its kind."""
    statement = claim.statement
    if isinstance(statement, Bound) and statement.constant is not None:
        table = {statement.constant: statement.value}
        formula = replace(formula, values=tuple(v.xreplace(table) for v in formula.values))
    match statement:
        case Bound():
            return bound(claim, formula)
        case Constant():
            return constant(claim, formula)
        case Gradient():
            return gradient(claim, formula)
        case Rate():
            return rate(claim, formula)
        case Existence():
            return existence(claim, formula)
        case Identity():
            return identity(claim, formula)
    raise NotImplementedError(statement.kind)
