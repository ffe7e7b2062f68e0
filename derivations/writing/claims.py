"""What a statement claims, in one line of text."""

from __future__ import annotations

from sympy.core.relational import Relational

from derivations.statements import Bound, Constant, Existence, Gradient, Identity, Probability, Rate, Statement
from derivations.steps import Instance, Step
from derivations.writing.text import text


def formula(statement: Statement) -> str:
    """The claim in one line of text."""
    match statement:
        case Identity():
            return f"{text(statement.lhs)} = {text(statement.rhs)}"
        case Bound():
            return f"{text(statement.lhs)} ≤ {text(statement.rhs)}"
        case Constant():
            value = text(statement.value) if statement.value is not None else ""
            ends = f"in [{', '.join(str(float(e)) for e in statement.enclosure)}]" if statement.enclosure else ""
            return f"{text(statement.definition)} {'= ' + value if value else ends}"
        case Gradient():
            of = f"[{text(statement.of)}]" if statement.of is not None else "of the model"
            return f"∇_{text(statement.wrt)} {of} = {text(statement.equals)}"
        case Rate():
            law = (
                f"{statement.variable}^({statement.exponent})"
                if statement.law == "power"
                else f"exp({statement.exponent}·{statement.variable})"
            )
            return f"{statement.quantity} ∝ {law}"
        case Probability():
            relation = "≤" if statement.at_most is not None else "≥"
            return f"P[{statement.event}] {relation} {statement.limit}"
        case Existence():
            point = ", ".join(f"{text(s)} = {text(v)}" for s, v in statement.point.items())
            claims = (text(p) if isinstance(p, Relational) else f"{text(p)} = 0" for p in statement.properties)
            return f"at {point}: {', '.join(claims)}"
    return ""


def reason(step: Step) -> str:
    """Why a line of a derivation follows, in one line of text: its reason, and what it uses with what is put in."""
    put = {i.fact: instance(i) for i in step.instances}
    by = ", ".join(f"{name} with {put[name]}" if put.get(name) else name for name in step.used)
    return f"{step.why} ({by})" if by and step.why else step.why or by


def instance(of: Instance) -> str:
    """What stands for the symbols of a fact, in text."""
    return ", ".join(f"{name} = {text(value)}" for name, value in of.put)
