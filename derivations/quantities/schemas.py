"""Claims for all values of some symbols: hypotheses about sequences and layers, and what is derived from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sympy import And, Basic, Eq, Not, Or, Symbol, Tuple, sympify
from sympy.core.relational import Relational
from sympy.core.symbol import Str
from sympy.logic.boolalg import Boolean

from derivations.arguments import Unfit, fitted
from derivations.quantities.families import Member
from derivations.vectors import ShapeError

LONG = 3
"""Conditions and claims that are printed in one line, at most."""


WIDE = 84
"""Letters and signs of a relation that fit in one row."""
_END = r"\end{aligned}"


class ForAll(Boolean):  # type: ignore[misc]
    """A claim for all values of some symbols where conditions hold.

    It may stand in `where`, as a hypothesis, in `have`, and in the event of a `Chance`. With a name, a step uses it for
    values of its symbols: `.using("name", k=0)`.

    Args:
        variables: A symbol or several; they range over what their assumptions say.
        claims: A relation or several, among them equations that say what a member of a family is.
        when: The conditions, one or several.
        name: Its name, letters and digits joined by - or _.

    Raises:
        ShapeError: A variable is no symbol, is bound twice, or something is no condition.

    Example:
        >>> from sympy import Function, Symbol
        >>> from derivations.quantities.schemas import ForAll
        >>> k, a = Symbol("k", integer=True, nonnegative=True), Function("a", real=True)
        >>> ForAll(k, a(k + 1) <= a(k) / 2, name="halves")
        for all k: a(k + 1) <= a(k)/2
    """

    def __new__(cls, variables: Any, claims: Any, when: Any = (), name: Any = "") -> Any:
        bound = tuple(variables) if isinstance(variables, tuple | list | Tuple) else (variables,)
        for one in bound:
            if not isinstance(one, Symbol):
                raise ShapeError(f"ForAll: {one} is no symbol")
        if len(set(map(str, bound))) < len(bound):
            raise ShapeError(f"ForAll: a variable of {', '.join(map(str, bound))} is named twice")
        said = [fitted("ForAll: claims", c, condition, ShapeError) for c in _several(claims)]
        given = [fitted("ForAll: when", c, condition, ShapeError) for c in _several(when)]
        inside = {v for part in (*said, *given) for schema in part.atoms(ForAll) for v in schema.variables}
        if inside & set(bound):
            raise ShapeError(f"ForAll: {min(map(str, inside & set(bound)))} is bound twice: name one otherwise")
        if not said:
            raise ShapeError("ForAll: nothing is claimed")
        return Basic.__new__(cls, Tuple(*bound), Tuple(*said), Tuple(*given), Str(str(name)))

    def _eval_simplify(self, **_: Any) -> ForAll:
        """It is as simple as it is: SymPy would put symbols in the place of its relations."""
        return self

    @property
    def variables(self) -> tuple[Symbol, ...]:
        """The symbols over whose values it ranges."""
        return tuple(self.args[0])

    @property
    def claims(self) -> tuple[Any, ...]:
        """What holds for each of them."""
        return tuple(self.args[1])

    @property
    def when(self) -> tuple[Any, ...]:
        """Where it holds."""
        return tuple(self.args[2])

    @property
    def name(self) -> str:
        """Its name, or "" for none."""
        return str(self.args[3].name)

    @property
    def free_symbols(self) -> set[Any]:
        bound = set(self.variables)
        free = {s for part in (*self.claims, *self.when) for s in part.free_symbols} - bound
        return {s for s in free if not (isinstance(s, Member) and s.free_symbols & bound)}

    def at(self, values: Mapping[Symbol, Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Its conditions and its claims for values of its variables; ShapeError where an inner variable is in them."""
        inner = {v for part in (*self.claims, *self.when) for schema in part.atoms(ForAll) for v in schema.variables}
        caught = inner & {s for value in values.values() for s in sympify(value).free_symbols}
        if caught:
            raise ShapeError(f"{min(map(str, caught))} is bound in {self.name or 'a claim for all'}: name it otherwise")
        put = dict(values)
        return tuple(c.xreplace(put) for c in self.when), tuple(c.xreplace(put) for c in self.claims)

    def _sympystr(self, printer: Any) -> str:
        names = ", ".join(map(str, self.variables))
        given = f" where {', '.join(map(printer._print, self.when))}" if self.when else ""
        return f"for all {names}{given}: {', '.join(map(printer._print, self.claims))}"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        names = ", ".join(map(printer._print, self.variables))
        when, claims = (list(map(printer._print, some)) for some in (self.when, self.claims))
        if len(when) + len(claims) > LONG:  # one condition a line: what stands in one formula is not broken
            first = rf"\forall {names}" + (r"\text{ where}" if when else ":")
            rows = [rf"& \quad {ended(c, ',' if c is not when[-1] else ':')}" for c in when]
            claims = [
                _broken(c, printer._print(claim.lhs)) if isinstance(claim, Relational) else c
                for c, claim in zip(claims, self.claims, strict=True)
            ]
            rows += [rf"& {ended(c, ',' if c is not claims[-1] else '')}" for c in claims]
            body = r" \\ ".join([f"& {first}", *rows])
            return rf"\begin{{aligned}} {body} \end{{aligned}}"
        given = rf"\text{{ where }} {', '.join(when)}" if when else ""
        return rf"\forall {names}{given}:\ {', '.join(claims)}"


def _broken(claim: str, left: str) -> str:
    r"""A relation that is too long for a row, broken before its sign."""
    seen = re.sub(r"\\(?:left|right|mathrm|text)(?![A-Za-z])|[{}\s&_^]", "", claim)
    seen = re.sub(r"\\[A-Za-z]+", "x", seen)
    if len(seen) <= WIDE or not claim.startswith(left):
        return claim
    return rf"{left} \\ & \qquad {claim[len(left) :].strip()}"


def ended(latex: str, sign: str) -> str:
    r"""Put a sign after a formula: in its last row where it has several.

    Args:
        latex: A formula, of rows if it ends with \\end{aligned}.
        sign: What to add, such as a comma.

    Returns:
        The formula with the sign.

    Example:
        >>> from derivations.quantities.schemas import ended
        >>> print(ended(r"\begin{aligned} & a \\\\ & b \end{aligned}", ","))
        \begin{aligned} & a \\ & b, \end{aligned}
    """
    rows = latex.rstrip().removesuffix(_END)
    return latex + sign if rows == latex.rstrip() else f"{ended(rows.rstrip(), sign)} {_END}"


def _several(given: Any) -> tuple[Any, ...]:
    return tuple(given) if isinstance(given, tuple | list | Tuple) else (given,)


def condition(value: Any) -> Any:
    """A relation, a claim for all, or several of them joined by `And`, `Or`, `Not`; Unfit for anything else."""
    found = sympify(value)
    if not isinstance(found, Boolean) or isinstance(found, Symbol):
        raise Unfit("not a condition; write one such as x <= 1")
    return found


def quantified(content: Any) -> bool:
    """Whether claims or conditions speak of all values of a symbol, so that no single point has a value for them."""
    return any(isinstance(c, Basic) and c.has(ForAll) for c in content)


def fails(event: Any) -> tuple[Any, ...]:
    """What holds where an event does not happen: relations and claims for all, together.

    Args:
        event: A relation, a `ForAll`, or `Or`, `And`, `Not` of such.

    Returns:
        Conditions that hold together where the event fails.

    Example:
        >>> from sympy import Symbol
        >>> from derivations.quantities.schemas import fails
        >>> x = Symbol("x", real=True)
        >>> fails((x > 1) | (x < -1))
        (x <= 1, x >= -1)
    """
    if isinstance(event, Or):
        return tuple(c for part in sorted(event.args, key=str, reverse=True) for c in fails(part))
    if isinstance(event, Not):
        return event.args[0].args if isinstance(event.args[0], And) else (event.args[0],)
    if isinstance(event, Relational) and not isinstance(event, Eq):
        return (event.negated,)
    return (Not(event),)
