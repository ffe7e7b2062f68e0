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
    """One step of a derivation.

    Args:
        expr: What the previous line equals, or is bounded by.
        reason: Why, in words.
        relation: "=", "<=" or ">=".
        by: The slugs or ids of statements that the step uses.

    Example:
        >>> from derivations import Step
        >>> Step(2, "1 + 1").relation
        '='
    """

    expr: Any
    reason: str
    relation: Relation = "="
    by: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Derivation(Shown):
    """A chain start = … = … ≤ … of expressions, in which every step is checked by itself.

    Args:
        start: The first expression.
        steps: The steps that follow.

    Example:
        >>> from sympy import Symbol, cos, sin
        >>> from derivations import chain
        >>> x = Symbol("x", real=True)
        >>> chain(sin(x) ** 2 + cos(x) ** 2).then(1, "Pythagoras").end
        1
    """

    start: Any
    steps: tuple[Step, ...] = ()

    def then(self, expr: Any, reason: str, *by: str, relation: Relation = "=") -> Derivation:
        """Add a line to the chain.

        Args:
            expr: What the last line equals, or is bounded by.
            reason: Why, in words.
            by: The slugs or ids of statements that the step uses.
            relation: "=", "<=" or ">=".

        Returns:
            The longer chain.
        """
        return Derivation(self.start, (*self.steps, Step(sympify(expr), reason, relation, by)))

    @property
    def end(self) -> Any:
        """The last line."""
        return self.steps[-1].expr if self.steps else self.start

    @property
    def relation(self) -> Relation:
        """The relation between the first line and the last; raises ValueError if the chain mixes ≤ and ≥."""
        kinds = {step.relation for step in self.steps} - {"="}
        if len(kinds) > 1:
            raise ValueError("a chain with both <= and >= proves neither")
        return kinds.pop() if kinds else "="

    @property
    def links(self) -> tuple[tuple[Any, Step], ...]:
        """Each line with the step that follows it."""
        before = (self.start, *(s.expr for s in self.steps))
        return tuple(zip(before, self.steps, strict=False))

    @property
    def uses(self) -> tuple[str, ...]:
        """The statements that the steps use, in order of appearance."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.by))


@taking(ArgumentError, start=expression)
def chain(start: Any) -> Derivation:
    """Begin a derivation.

    Args:
        start: The first expression: a number, vector or matrix.

    Returns:
        A `Derivation` without steps; add them with `then`.

    Raises:
        ArgumentError: `start` is not an expression.

    Example:
        >>> from sympy import symbols
        >>> from derivations import chain
        >>> a, b = symbols("a b", real=True)
        >>> len(chain((a + b) ** 2).then(a**2 + 2 * a * b + b**2, "expansion").steps)
        1
    """
    return Derivation(sympify(start))
