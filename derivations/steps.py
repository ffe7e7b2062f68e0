"""Derivations: how a statement follows from definitions, one checked step after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sympy import sympify

from derivations.arguments import ArgumentError, expression, taking
from derivations.letters.shown import Shown

Relation = Literal["=", "<=", ">="]


@dataclass(frozen=True)
class Step:
    """What the previous line equals (or bounds), and why; `by` names the statements it rests on."""

    expr: Any
    reason: str
    relation: Relation = "="
    by: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Derivation(Shown):
    """A chain start = … = … ≤ …, read from top to bottom; every link is checked by itself."""

    start: Any
    steps: tuple[Step, ...] = ()

    def then(self, expr: Any, reason: str, *by: str, relation: Relation = "=") -> Derivation:
        """The chain with one more line; `by` are slugs or ids of statements used."""
        return Derivation(self.start, (*self.steps, Step(sympify(expr), reason, relation, by)))

    @property
    def end(self) -> Any:
        return self.steps[-1].expr if self.steps else self.start

    @property
    def relation(self) -> Relation:
        """What the chain as a whole says between its ends; raises ValueError if ≤ and ≥ are mixed."""
        kinds = {step.relation for step in self.steps} - {"="}
        if len(kinds) > 1:
            raise ValueError("a chain with both <= and >= proves neither")
        return kinds.pop() if kinds else "="

    @property
    def links(self) -> tuple[tuple[Any, Step], ...]:
        """Each line with the step that leads on from it."""
        before = (self.start, *(s.expr for s in self.steps))
        return tuple(zip(before, self.steps, strict=False))

    @property
    def uses(self) -> tuple[str, ...]:
        """The statements named in the steps, in order of appearance."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.by))


@taking(ArgumentError, start=expression)
def chain(start: Any) -> Derivation:
    """A derivation that begins with `start`."""
    return Derivation(sympify(start))
