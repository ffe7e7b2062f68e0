"""Derivations: how a statement follows from definitions, one checked step after another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sympy import Lambda, sympify
from sympy.core.function import FunctionClass

from derivations.arguments import ArgumentError, expression, fitted, taking
from derivations.letters.shown import Shown

Relation = Literal["=", "<=", ">="]


def _putting(value: Any) -> Any:
    """An expression, or for an unspecified function another one: a function's name or a `Lambda`."""
    return value if isinstance(value, FunctionClass | Lambda) else expression(value)


@dataclass(frozen=True)
class Instance:
    """A fact or another statement, with what stands for its symbols.

    Args:
        fact: Its id, such as "facts.weyl-min", or the slug of a statement of the same paper.
        put: The name of each of its symbols with the expression in its place. Sizes follow from the matrices.

    Example:
        >>> from sympy import Symbol
        >>> from derivations.steps import Instance
        >>> Instance("facts.young", (("x", Symbol("a")), ("y", Symbol("b")))).text
        'facts.young with x = a, y = b'
    """

    fact: str
    put: tuple[tuple[str, Any], ...] = ()

    @property
    def text(self) -> str:
        """The id with what is put in, in plain text."""
        given = ", ".join(f"{name} = {value}" for name, value in self.put)
        return f"{self.fact} with {given}" if given else self.fact


@dataclass(frozen=True)
class Step:
    """One step of a derivation.

    Args:
        expr: What the previous line equals, or is bounded by.
        reason: Why, in words.
        relation: "=", "<=" or ">=".
        by: The slugs or ids of statements that the step uses.
        instances: Facts from which the step follows, with what is put in for their symbols.

    Example:
        >>> from derivations import Step
        >>> Step(2, "1 + 1").relation
        '='
    """

    expr: Any
    reason: str
    relation: Relation = "="
    by: tuple[str, ...] = ()
    instances: tuple[Instance, ...] = ()


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

    def by(self, fact: str, put: Mapping[str, Any] | None = None, /, **more: Any) -> Derivation:
        """Say from which fact the last line follows, and with what in the place of its symbols.

        The fact's hypotheses are proved for what is put in, and the line must follow from its conclusion. A line may
        use several facts.

        Args:
            fact: Its id, such as "facts.weyl-min", or the slug of a statement of the same paper.
            put: The names of its symbols with what stands for each, where a name is no Python name.
            more: The same as keywords.

        Returns:
            The chain with the last line so justified.

        Raises:
            ArgumentError: There is no line yet, or something put in is not an expression.

        Example:
            >>> from sympy import symbols
            >>> from derivations import chain
            >>> a, b = symbols("a b", real=True)
            >>> chain(a * b).then((a**2 + b**2) / 2, "means", relation="<=").by("facts.young", x=a, y=b).uses
            ('facts.young',)
        """
        if not self.steps:
            raise ArgumentError(f"by({fact!r}) justifies a line: add one with `then` first")
        given = tuple((n, fitted(f"{fact}: {n}", v, _putting)) for n, v in {**(put or {}), **more}.items())
        last = self.steps[-1]
        used = last.by if fact in last.by else (*last.by, fact)
        step = replace(last, by=used, instances=(*last.instances, Instance(fact, given)))
        return Derivation(self.start, (*self.steps[:-1], step))

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
