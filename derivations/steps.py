"""Derivations: how a statement follows from definitions, one checked step after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sympy import Lambda, S, Symbol, sympify
from sympy.core.function import FunctionClass

from derivations.arguments import ArgumentError, expression, fitted, symbol, taking
from derivations.letters.shown import Shown
from derivations.quantities.schemas import ForAll, condition

Relation = Literal["=", "<=", ">=", "have"]


def _putting(value: Any) -> Any:
    """An expression, or for an unspecified function another one: a function's name or a `Lambda`."""
    return value if isinstance(value, FunctionClass | Lambda) else expression(value)


@dataclass(frozen=True)
class Instance:
    """A fact or another statement, with what stands for its symbols.

    Args:
        fact: Its id, such as "facts.weyl-min", or the slug of a statement of the same paper.
        put: The name of each of its symbols with the expression in its place. Sizes follow from the matrices.
        local: Whether it is a named claim for all of the statement itself, in its `where` or derived before.

    Example:
        >>> from sympy import Symbol
        >>> from derivations.steps import Instance
        >>> Instance("facts.young", (("x", Symbol("a")), ("y", Symbol("b")))).text
        'facts.young with x = a, y = b'
    """

    fact: str
    put: tuple[tuple[str, Any], ...] = ()
    local: bool = False

    @property
    def text(self) -> str:
        """The id with what is put in, in plain text."""
        given = ", ".join(f"{name} = {value}" for name, value in self.put)
        return f"{self.fact} with {given}" if given else self.fact


@dataclass(frozen=True)
class Rule:
    """How a step follows where it does not follow from its facts at once.

    Args:
        name: "induction" over a symbol; "inclusion" of an event in another; "union" of events over indices.
        index: The symbol of an induction.
        start: The value at which it begins.
        each: What bounds the chance of each event of a union.

    Example:
        >>> from derivations.steps import Rule
        >>> Rule("inclusion").text
        'the one event is in the other'
    """

    name: Literal["induction", "inclusion", "union"]
    index: Symbol | None = None
    start: Any = S.Zero
    each: Any = None

    @property
    def text(self) -> str:
        """The rule in words."""
        match self.name:
            case "induction":
                return f"by induction over {self.index} from {self.start}"
            case "inclusion":
                return "the one event is in the other"
        each = str(self.each).replace("**", "^").replace("*", "·")
        return f"the union of events, each of a chance of at most {each}"


@dataclass(frozen=True)
class Step:
    """One step of a derivation.

    Args:
        expr: What the previous line equals, or is bounded by; what is claimed where the relation is "have".
        reason: Why, in words.
        relation: "=", "<=" or ">=", or "have" for a claim of its own, which later steps use.
        by: The slugs or ids of statements that the step uses.
        instances: Facts from which the step follows, with what is put in for their symbols.
        rule: How it follows from them, where that is by induction, by inclusion or as a union.

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
    rule: Rule | None = None

    @property
    def used(self) -> tuple[str, ...]:
        """What it uses: statements, and claims for all of the statement itself."""
        return tuple(dict.fromkeys((*self.by, *(i.fact for i in self.instances))))

    @property
    def why(self) -> str:
        """Its reason with the rule by which it follows."""
        return "; ".join(part for part in (self.reason, self.rule.text if self.rule else "") if part)


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
        last = self._last(f"by({fact!r})")
        used = last.by if fact in last.by else (*last.by, fact)
        return self._but_last(replace(last, by=used, instances=(*last.instances, _instance(fact, put, more))))

    def have(self, claims: Any, reason: str, *by: str) -> Derivation:
        """Derive something beside the chain, which the steps after it may use.

        A relation is known in all of them; a `ForAll` with a name is used with `using`, for values of its variables.

        Args:
            claims: A relation, or a `ForAll`, which its conditions and what is known then must imply.
            reason: Why, in words.
            by: The slugs or ids of statements that the step uses.

        Returns:
            The longer derivation; `by`, `using` and the rules say how what is claimed follows.

        Raises:
            ArgumentError: Something else is claimed.

        Example:
            >>> from sympy import Function, Symbol
            >>> from derivations import chain
            >>> from derivations.quantities.schemas import ForAll
            >>> k, a = Symbol("k", integer=True, nonnegative=True), Function("a", real=True)
            >>> made = chain(a(7)).have(ForAll(k, a(k) <= 1, name="small"), "a stays small").by_induction(k)
            >>> made.then(1, "which is small", relation="<=").using("small", k=7).steps[0].rule.text
            'by induction over k from 0'
        """
        claimed = fitted("have: claims", claims, condition, ArgumentError)
        return Derivation(self.start, (*self.steps, Step(claimed, reason, "have", by)))

    def using(self, name: str, put: Mapping[str, Any] | None = None, /, **more: Any) -> Derivation:
        """Say for which values the last step uses a named claim for all: a hypothesis, or what was derived before.

        Args:
            name: Its name; within an induction "before" is the claim for all earlier values, of `k_` for the index k.
            put: The names of its variables with the value of each.
            more: The same as keywords.

        Returns:
            The chain with the last step so justified.

        Raises:
            ArgumentError: There is no step yet, or something put in is not an expression.
        """
        last = self._last(f"using({name!r})")
        return self._but_last(replace(last, instances=(*last.instances, _instance(name, put, more, local=True))))

    def by_induction(self, index: Symbol, start: Any = 0) -> Derivation:
        """Say that the last `have`, a claim for all, follows by induction over one of its variables.

        What is claimed is proved at the start, and at index + 1 from the same at index. Facts with the index in what is
        put in are used in that step, the others in both. Conditions may restrict the index by `index <= n` only.

        Args:
            index: The variable.
            start: The least value.

        Returns:
            The derivation with the last step so justified.

        Raises:
            ArgumentError: The last step is no claim for all with this variable.
        """
        last, over = self._last("by_induction"), fitted("by_induction: index", index, symbol, ArgumentError)
        if not isinstance(last.expr, ForAll) or over not in last.expr.variables:
            raise ArgumentError(f"by_induction({index}) proves nothing but a `have` of a ForAll over {index}")
        at = fitted("by_induction: start", start, expression, ArgumentError)
        return self._but_last(replace(last, rule=Rule("induction", over, sympify(at))))

    def by_inclusion(self) -> Derivation:
        """Say that the last line, from a chance to a larger one, holds since the first event is within the second.

        Where the second event fails, what the step uses and what is known must imply that the first fails.
        """
        return self._but_last(replace(self._last("by_inclusion"), rule=Rule("inclusion")))

    def by_union(self, each: Any) -> Derivation:
        """Say that the last `have` bounds the chance that a claim for all fails, by the sum over its variables' values.

        Args:
            each: What bounds the chance that it fails for one value; the number of values comes from the conditions
                `index <= n` of the claim for all.
        """
        bound = fitted("by_union: each", each, expression, ArgumentError)
        return self._but_last(replace(self._last("by_union"), rule=Rule("union", each=bound)))

    def mapped(self, change: Callable[[Any], Any]) -> Derivation:
        """Change every expression of the chain, and what is put into facts, in one way.

        Args:
            change: Gives the expression in the place of another one.

        Returns:
            The chain of the changed lines, with the same reasons.
        """

        def changed(step: Step) -> Step:
            facts = tuple(replace(i, put=tuple((name, change(e)) for name, e in i.put)) for i in step.instances)
            return replace(step, expr=change(step.expr), instances=facts)

        return Derivation(change(self.start), tuple(map(changed, self.steps)))

    def _last(self, said: str) -> Step:
        if not self.steps:
            raise ArgumentError(f"{said} justifies a line: add one with `then` first")
        return self.steps[-1]

    def _but_last(self, step: Step) -> Derivation:
        return Derivation(self.start, (*self.steps[:-1], step))

    @property
    def lines(self) -> tuple[Step, ...]:
        """The steps from one line of the chain to the next, without what is derived beside it."""
        return tuple(step for step in self.steps if step.relation != "have")

    @property
    def end(self) -> Any:
        """The last line."""
        return self.lines[-1].expr if self.lines else self.start

    @property
    def relation(self) -> Relation:
        """The relation between the first line and the last; raises ValueError if the chain mixes ≤ and ≥."""
        kinds = {step.relation for step in self.lines} - {"="}
        if len(kinds) > 1:
            raise ValueError("a chain with both <= and >= proves neither")
        return kinds.pop() if kinds else "="

    @property
    def links(self) -> tuple[tuple[Any, Step], ...]:
        """Each line with the step that follows it."""
        before = (self.start, *(s.expr for s in self.lines))
        return tuple(zip(before, self.lines, strict=False))

    @property
    def uses(self) -> tuple[str, ...]:
        """The statements that the steps use, in order of appearance."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.by))


def _instance(fact: str, put: Mapping[str, Any] | None, more: Mapping[str, Any], local: bool = False) -> Instance:
    named = {str(n): v for n, v in (put or {}).items()}  # a symbol stands for its name
    given = tuple((n, fitted(f"{fact}: {n}", v, _putting)) for n, v in {**named, **more}.items())
    return Instance(fact, given, local)


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
