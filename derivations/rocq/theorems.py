"""A statement as a Rocq theorem: its variables and hypotheses, what is claimed, and a script for its proof."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import S
from sympy.core.relational import Relational

from derivations.extrema import Extremum
from derivations.rocq.context import Preamble, PrintedTerm, context_of
from derivations.rocq.goals import Goal, gradient, identity
from derivations.rocq.inequalities import Locate, Prove, bound, extremum
from derivations.rocq.tactics import Lines, indented
from derivations.rocq.terms import Names, Untranslatable
from derivations.statements import Bound, Constant, Existence, Gradient, Identity, Statement


@dataclass(frozen=True)
class Theorem:
    """A statement's theorem; `context` comes from its domain, whose remarks say what is written differently."""

    name: str
    context: Preamble
    goals: tuple[Goal, ...]

    @property
    def readings(self) -> tuple[PrintedTerm, ...]:
        """The printed terms, those of the hypotheses too."""
        return (*self.context.readings, *(r for goal in self.goals for r in goal.readings))

    def proposition(self, number: int = 0) -> str:
        """What is claimed, hypotheses included, as one proposition."""
        premises = "".join(f"\n  {h} ->" for _, h in self.context.hypotheses)
        binders = f"forall {' '.join(self.context.binders)}," if self.context.binders else ""
        return f"{binders}{premises}\n  {self.goals[number].claim}"

    def text(self) -> str:
        """The theorem with its proof, one lemma per goal, and the command that prints its axioms."""
        lines: Lines = []
        for number, goal in enumerate(self.goals):
            name = self.name if len(self.goals) == 1 else f"{self.name}_{number + 1}"
            intro = [b[1:].split(" :")[0] for b in self.context.binders]
            names = " ".join((*intro, *(n for n, _ in self.context.hypotheses)))
            lines += [f"Theorem {name} :", f"  {self.proposition(number)}.", "Proof."]
            lines += indented([f"intros {names}."] if names else [])
            lines += indented([*self.context.opening, *goal.script])
            lines += ["Qed.", f"Print Assumptions {name}."]
        return "\n".join(lines) + "\n"


def theorem_of(statement: Statement, prove: Prove, locate: Locate) -> Theorem:
    """The theorem of a statement; raises Untranslatable (which node) or NoScript (which certificate is missing)."""
    if isinstance(statement, Gradient) and statement.of is None:
        raise Untranslatable("a gradient without an expression of which it is one")
    if not isinstance(statement, Identity | Gradient | Bound | Constant | Existence):
        raise Untranslatable(f"{statement.kind}: nothing algebraic")
    context = context_of(statement)
    names = context.names
    match statement:
        case Identity():
            goals = identity(statement, statement.lhs, statement.rhs, names)
        case Gradient():
            goals = [gradient(statement, names)]
        case Bound():
            goals = [bound(statement, statement.lower, statement.upper, names, prove)]
        case Constant():
            goals = [_constant(statement, names, prove, locate)]
        case Existence():
            goals = []
            for prop in statement.content:
                if isinstance(prop, Relational):
                    goals.append(bound(statement, prop.lts, prop.gts, names, prove))
                else:
                    goals += identity(statement, prop, S.Zero, names)
    name = "".join(c if c.isalnum() else "_" for c in statement.slug)
    name = name if name[0].isalpha() else f"s{name}"
    if any("unshifted" in g.claim for g in goals):
        context.remarks.append("the inverse is written by Sherman and Morrison's formula (Lemmata.sherman_morrison)")
    return Theorem(name, context, tuple(goals))


def _constant(s: Constant, names: Names, prove: Prove, locate: Locate) -> Goal:
    if isinstance(s.definition, Extremum):
        return extremum(s, names, prove, locate)
    if s.value is None:
        raise Untranslatable("a constant between two ends that is not an extremum")
    return identity(s, s.definition, s.value, names)[0]
