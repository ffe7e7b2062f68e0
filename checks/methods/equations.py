"""Claims where equations hold: each equation is solved for a variable, so that a surface becomes a range.

Where x + y + z = 1 with x, y, z ≥ 0, z is 1 − x − y, and that z ≥ 0 becomes the condition 1 − x − y ≥ 0. A factor by
which is divided must have a known sign; of two roots, the sign becomes a variable. The points of the new domain are
mapped onto those of the old one, so that neither claim is proved or refuted without the other.

To draw points less is enough: where a factor may vanish, those at which it does not; of orthogonal vectors, one made
orthogonal to the other. An equation that is left is two inequalities for the methods that prove.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import sympy as sp
from mpmath import mp
from sympy.core.relational import Relational

from checks.methods.searching.surfaces import Known, real_where, values_of, within
from checks.provers.statements import over_zero
from checks.verdicts import EXACT, Evidence, Verdict
from derivations.claim import Statement, StatementError
from derivations.domains import Domain, DomainError, RealMatrices, UnitVectors
from derivations.letters.names import Own
from derivations.outcomes.budget import remembered
from derivations.outcomes.reasons import Reason
from derivations.statements import Bound
from derivations.vectors import Inner, inner, norm, norm_squared
from numerics.values.evaluate import EvaluationError, evaluate
from numerics.values.points import NoPoint, exact_points, point_text
from numerics.witnesses import named

MOST = 8
"""The most equations that are solved."""
POINTS, DIGITS = 6, 40
"""At how many points, and with how many digits, a value that was found is put into its equation."""


@dataclass(frozen=True)
class Solved:
    """A claim without the equations of another one.

    Args:
        statement: The claim; equations that could not be solved are kept.
        values: What each variable of the other claim is by those of this one.
    """

    statement: Statement
    values: Mapping[Any, Any]

    def whole(self, point: Mapping[Any, Any]) -> dict[Any, Any]:
        """A point of the other claim's domain, from one of this one's."""
        kept = {s: v for s, v in point.items() if not isinstance(s, Own)}
        return kept | {v: _at(e, point) for v, e in self.values.items()}

    def __str__(self) -> str:
        return ", ".join(f"{v} = {e}" for v, e in self.values.items() if v != e)


def equations(statement: Statement) -> tuple[Any, ...]:
    """The equations among the conditions of a statement."""
    return tuple(r for r in statement.domain.where if isinstance(r, sp.Eq))


@remembered(64)
def solved(statement: Statement, onto: bool = True) -> Solved:
    """The claim of a statement with its equations solved, each for one variable.

    Args:
        statement: An `Identity` or a `Bound`.
        onto: Whether every point of the old domain must come from one of the new; else it is enough to draw points.

    Returns:
        The claim in fewer variables, and what those that were replaced are.

    Raises:
        DomainError, StatementError: The equations contradict the ranges or each other.

    Example:
        >>> from sympy import Eq, Rational, Symbol
        >>> from derivations import Bound
        >>> x, y = Symbol("x", real=True), Symbol("y", real=True)
        >>> made = solved(Bound("product", x * y, Rational(1, 4), where=Eq(x + y, 1)))
        >>> print(made, "|", made.statement.lhs)
        x = 1 - y | y*(1 - y)
    """
    values: dict[Any, Any] = {}
    for number in range(MOST):
        found = next((f for e in equations(statement) if (f := _without(statement, e, number, onto))), None)
        if found is None:
            break
        statement, variable, value = found
        values = {v: _put(e, {variable: value}) for v, e in values.items()} | {variable: value}
    return Solved(statement, values)


def _without(statement: Statement, equation: Any, number: int, onto: bool) -> tuple[Statement, Any, Any] | None:
    """The statement without the equation and one variable, that variable and its value; None if it is not solved."""
    ranges = statement.domain.ranges
    others = tuple(r for r in statement.domain.where if r is not equation)
    turned = _length(equation, ranges) or (None if onto else _turned(equation, ranges))
    if turned is not None:
        vector, value, kind = turned
        put = {} if value == vector else {vector: value}
        where = tuple(_put(r, put) for r in others)
        return _replaced(statement, put, {**ranges, vector: kind}, where), vector, value
    known = tuple(over_zero(r) for r in others if isinstance(r, Relational) and not isinstance(r, sp.Ne))
    for variable in sorted(equation.free_symbols & set(statement.domain.scalars), key=str):
        values = statement.domain.interval(variable)
        if variable.is_integer or variable in statement.domain.dimensions or not isinstance(values, sp.Interval):
            continue
        rest = {s: statement.domain.interval(s) for s in statement.domain.scalars if s != variable}
        at_hand = Known(rest, tuple(c for c in known if c.free_symbols <= set(rest)), onto)
        root = next(values_of(equation.lhs - equation.rhs, variable, values, at_hand, number), None)
        if root is None:
            continue
        put = {variable: root.value}
        on = {s: r for s, r in ranges.items() if s != variable} | {s: sp.FiniteSet(-1, 1) for s in root.signs}
        kept = (_put(r, put) for r in (*others, *real_where(equation)))
        where = (*kept, *root.conditions, *within(root.value, values, at_hand))
        made = _replaced(statement, put, on, tuple(r for r in where if r != sp.true))
        if _confirmed(equation, put, made):
            return made, variable, root.value
    return None


def _confirmed(equation: Any, put: Mapping[Any, Any], made: Statement) -> bool:
    """Whether the value found satisfies the equation at points of the new domain, in mpmath's arithmetic.

    Where no point is found nothing is proved on the domain either.
    """
    sides = [_put(side, put) for side in equation.args]
    plain = Domain(made.domain.ranges, tuple(r for r in made.domain.where if not isinstance(r, sp.Eq)))
    try:
        with mp.workdps(DIGITS):
            for _, point in exact_points(plain, POINTS, np.random.default_rng(0)):
                left, right = (evaluate(side, point, "mpmath") for side in sides)
                if abs(left - right) > mp.mpf(10) ** (10 - DIGITS) * (1 + abs(left) + abs(right)):
                    return False
    except NoPoint:
        return True
    except (ZeroDivisionError, EvaluationError):
        return False
    return True


def _length(equation: Any, ranges: Mapping[Any, Any]) -> tuple[Any, Any, Any] | None:
    """A vector whose length an equation gives, its value by a unit vector, and that one's range; None for another."""
    for side, other in ((equation.lhs, equation.rhs), (equation.rhs, equation.lhs)):
        for vector in _free_vectors(ranges):
            if other.has(vector) or not other.is_positive:
                continue
            for whole, length in ((norm(vector), other), (norm_squared(vector), sp.sqrt(other))):
                if side == whole:
                    return vector, vector if length == 1 else length * vector, UnitVectors()
    return None


def _turned(equation: Any, ranges: Mapping[Any, Any]) -> tuple[Any, Any, Any] | None:
    """A vector, and in its place one that is orthogonal to another one; None where no equation says that it is."""
    for side, other in ((equation.lhs, equation.rhs), (equation.rhs, equation.lhs)):
        for vector in _free_vectors(ranges) if other == 0 else ():
            for beside in ranges:
                if (
                    beside != vector
                    and getattr(beside, "shape", None) == vector.shape
                    and side == inner(vector, beside)
                ):
                    turned = norm_squared(beside) * vector - inner(vector, beside) * beside
                    return vector, turned, RealMatrices()
    return None


def _free_vectors(ranges: Mapping[Any, Any]) -> list[Any]:
    return [v for v, r in ranges.items() if isinstance(r, RealMatrices) and v.shape[1] == 1]


def _replaced(statement: Statement, put: Mapping[Any, Any], on: Mapping[Any, Any], where: tuple[Any, ...]) -> Statement:
    """A statement with values in the place of variables, in its derivation too."""
    names = [f.name for f in fields(statement) if f.init and not f.kw_only]
    names += [n for n in ("value", "printed") if getattr(statement, n, None) is not None]
    changed = {name: _put(getattr(statement, name), put) for name in names}
    if isinstance(statement, Bound) and statement.sharp_at:
        changed["sharp_at"] = {s: _put(v, put) for s, v in statement.sharp_at.items() if s not in put} or None
    if (given := statement.derivation) is not None:
        changed["derive"] = lambda: given.mapped(lambda e: _put(e, put))
    drawn = {s: r for s, r in statement.sample_on.items() if s in on}
    made: Statement = statement.but(on=dict(on), where=where, sample_on=drawn, **changed)
    return made


def _put(value: Any, put: Mapping[Any, Any]) -> Any:
    return value.xreplace(dict(put)) if isinstance(value, sp.Basic) else value


def without_equations(statement: Statement) -> Statement:
    """The claim with its equations solved where that is possible; the statement itself where it has none."""
    try:
        return solved(statement).statement if statement.pointwise and equations(statement) else statement
    except (DomainError, StatementError):
        return statement


def on_ranges(name: str, statement: Statement, ask: Callable[[Statement], Sequence[Evidence]]) -> Sequence[Evidence]:
    """What a method says of a statement with equations: of the claim in which they are solved.

    Args:
        name: The method.
        statement: The statement.
        ask: Asks the method about a claim.

    Returns:
        The evidence; a point where the claim fails is one of the statement's own variables.
    """
    try:
        made = solved(statement, onto=name in EXACT)
    except (DomainError, StatementError) as error:
        said = f"its equations contradict each other or the ranges: {error}"
        return [Evidence(name, Verdict.ERROR, said, reason=Reason.NO_POINT)]
    left = equations(made.statement)
    if left and name not in EXACT:
        said = f"no point is drawn where {', '.join(map(str, left))}: solve it for a variable and put that in"
        return [Evidence(name, Verdict.UNDECIDED, said, reachable=False, reason=Reason.OUTSIDE)]
    return [_told(e, made) for e in ask(_by_inequalities(made.statement))]


def _by_inequalities(statement: Statement) -> Statement:
    """The statement with each equation as two inequalities; one that gives an inner product stays beside them."""
    where: list[Any] = []
    for r in statement.domain.where:
        if not isinstance(r, sp.Eq) or isinstance(r.lhs, Inner):
            where.append(r)
        if isinstance(r, sp.Eq):
            where += [sp.Ge(sign * (r.lhs - r.rhs), 0, evaluate=False) for sign in (1, -1)]
    made: Statement = statement.but(where=tuple(where)) if equations(statement) else statement
    return made


def _told(evidence: Evidence, made: Solved) -> Evidence:
    """The evidence with the variables that were replaced named, and with their values where the claim fails."""
    said = str(made)
    detail = f"with {said}: {evidence.detail}" if said and evidence.detail else evidence.detail
    if evidence.at is None or evidence.at.point is None:
        return replace(evidence, detail=detail)
    names = {s for s in made.statement.domain.ranges if str(s) in evidence.at.point}
    point = {s: evidence.at.point[str(s)] for s in names}
    whole = made.whole(point)
    return replace(evidence, detail=detail, at=replace(evidence.at, text=point_text(whole), point=named(whole)))


def _at(value: Any, point: Mapping[Any, Any]) -> Any:
    """The value of an expression at an exact point, which is a number or a matrix."""
    put = sp.sympify(value).xreplace(dict(point))
    return put.replace(lambda e: isinstance(e, Inner), lambda e: (e.args[0].T * e.args[1])[0, 0]).doit()
