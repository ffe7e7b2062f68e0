"""Claims where equations hold: each equation is solved for a variable, so that a surface becomes a range.

Where x + y + z = 1 with x, y, z ≥ 0, z is 1 − x − y, and that z ≥ 0 becomes the condition 1 − x − y ≥ 0. A factor by
which is divided must have a known sign; of two roots, the sign becomes a variable. The points of the new domain are
mapped onto those of the old one, so that neither claim is proved or refuted without the other.

To draw points less is enough: where a factor may vanish, those at which it does not; of orthogonal vectors, one made
orthogonal to the other. An equation that is left is two inequalities for the methods that prove.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from checks.provers import nlsat
from checks.provers.algebra.quotients import implies
from checks.provers.claims import Claim, Proof
from checks.provers.conditions import sign_on
from checks.provers.statements import over_zero
from checks.verdicts import EXACT, Evidence, Verdict
from derivations.claim import Statement, StatementError
from derivations.domains import DomainError, RealMatrices, UnitVectors
from derivations.letters.names import Own, own, unused
from derivations.outcomes.budget import remembered
from derivations.outcomes.reasons import Reason
from derivations.statements import Bound
from derivations.steps import Derivation
from derivations.vectors import Inner, inner, norm, norm_squared
from numerics.values.points import point_text
from numerics.witnesses import named

MOST = 8
"""The most equations that are solved."""
STEPS = 20_000
"""Of z3, for the question whether a factor may vanish."""


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


@dataclass(frozen=True)
class _Root:
    """The values of a variable at which an equation holds, under conditions; `signs` are variables in {−1, 1}."""

    value: Any
    conditions: tuple[Any, ...] = ()
    signs: tuple[Any, ...] = ()


@dataclass(frozen=True)
class _Known:
    """What is known of the variables that stay: their ranges and the conditions on them.

    With `onto` no point may be lost: a factor that may vanish stands in the way.
    """

    ranges: Mapping[Any, Any]
    conditions: tuple[Any, ...]
    onto: bool

    def apart(self, g: Any) -> tuple[Any, ...] | None:
        """Conditions under which g does not vanish: none where its sign is known; None where it may."""
        if self.sign(g) in (">", "<"):
            return ()
        return None if self.onto or sp.sympify(g).is_zero else (sp.Ne(g, 0),)

    def sign(self, g: Any) -> str:
        """The sign of an expression, such as ">="; nothing where it is not known."""
        g = sp.sympify(g)
        if g.is_number:
            return ">" if g.is_positive else "<" if g.is_negative else ""
        found = sign_on(g, self.ranges, self.conditions)
        for weak, strict, above in ((">=", ">", g), ("<=", "<", -g)):
            # a reciprocal has a value only where it is not divided by 0
            if found == weak and isinstance(nlsat.prove(Claim(1 / above, self.ranges, self.conditions), STEPS), Proof):
                return strict
        return found

    def sign_variable(self, number: int) -> Any:
        """A variable in {−1, 1} with a name of its own."""
        return own(unused(f"s{number}", self.ranges), real=True)


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
        at_hand = _Known(rest, tuple(c for c in known if c.free_symbols <= set(rest)), onto)
        root = next(_roots(equation.lhs - equation.rhs, variable, values, at_hand, number), None)
        if root is None:
            continue
        put = {variable: root.value}
        on = {s: r for s, r in ranges.items() if s != variable} | {s: sp.FiniteSet(-1, 1) for s in root.signs}
        where = (*(_put(r, put) for r in others), *root.conditions, *_within(root.value, values, at_hand))
        return _replaced(statement, put, on, tuple(r for r in where if r != sp.true)), variable, root.value
    return None


def _roots(gap: Any, x: Any, values: sp.Interval, known: _Known, number: int) -> Iterator[_Root]:
    """Where the gap vanishes, as values of x; all of them, where the conditions of the root hold."""
    top, bottom = sp.fraction(sp.together(gap))
    # where the denominator vanishes the equation has no value, and holds at no point
    apart = replace(known, ranges={**known.ranges, x: values}, onto=False).apart(bottom)
    if apart is None:
        return
    if top.is_polynomial(x) and sp.degree(top, x) == 2:
        found = _of_quadratic(sp.Poly(top, x).all_coeffs(), values, known, number)
    else:
        found = _of_linear(top, x, values, known, number)
    for root in found:
        yield replace(root, conditions=(*(_put(c, {x: root.value}) for c in apart), *root.conditions))


def _of_quadratic(coefficients: Sequence[Any], values: sp.Interval, known: _Known, number: int) -> Iterator[_Root]:
    """Both roots of a·x² + b·x + c, or the one that is not negative where x is not."""
    a, b, c = coefficients
    apart = known.apart(a)
    if apart is None:
        return
    inside = sp.cancel(-c / a) if b == 0 else sp.expand(b**2 - 4 * a * c)
    real = (*apart, inside >= 0)
    if b == 0 and values.inf.is_nonnegative:
        yield _Root(sp.sqrt(inside), real)
        return
    sign = known.sign_variable(number)
    yield _Root(sign * sp.sqrt(inside) if b == 0 else (-b + sign * sp.sqrt(inside)) / (2 * a), real, (sign,))


def _of_linear(top: Any, x: Any, values: sp.Interval, known: _Known, number: int) -> Iterator[_Root]:
    """The root where the gap is linear in one function of x."""
    inside = _only(top, x)
    if inside is None:
        return
    t = sp.Dummy("t")
    linear = sp.expand(sp.expand(top).xreplace({inside: t}))
    factor = linear.diff(t)
    if linear.has(x) or factor.has(t) or (apart := known.apart(factor)) is None:
        return
    value = sp.cancel(-sp.expand((linear - factor * t).xreplace({t: sp.S.Zero})) / factor)
    for root in _inverted(inside, x, value, values, known, number):
        yield replace(root, conditions=(*apart, *root.conditions))


def _only(top: Any, x: Any) -> Any:
    """The one function or power through which an expression depends on x; None where there are several."""
    found = set()
    waiting = [sp.expand(top)]
    while waiting:
        e = waiting.pop()
        if e.has(x) and (e.is_Add or e.is_Mul):
            waiting += e.args
        elif e.has(x):
            found.add(e)
    return found.pop() if len(found) == 1 else None


def _inverted(inside: Any, x: Any, value: Any, values: sp.Interval, known: _Known, number: int) -> Iterator[_Root]:
    """The x at which an expression in x has a value."""
    if inside == x:
        yield _Root(value)
        return
    if isinstance(inside, sp.exp | sp.log):
        inverse, taken = (sp.log(value), (value > 0,)) if isinstance(inside, sp.exp) else (sp.exp(value), ())
        for root in _roots(inside.args[0] - inverse, x, values, known, number):
            yield replace(root, conditions=(*root.conditions, *taken))
        return
    if isinstance(inside, sp.Abs):
        sign = known.sign_variable(number)
        for root in _roots(inside.args[0] - sign * value, x, values, known, number + MOST):
            yield replace(root, conditions=(*root.conditions, value >= 0), signs=(*root.signs, sign))
        return
    base, power = inside.as_base_exp()
    if base != x or power.has(x) or not power.is_real or known.sign(power) not in (">", "<"):
        return
    if values.inf.is_nonnegative:  # one root; of a positive x only a positive value has one
        positive = known.sign(power) == "<" or values.inf.is_positive or values.left_open
        yield _Root(value ** (1 / power), (value > 0 if positive else value >= 0,))
    elif power.is_Integer and power > 0:
        sign = known.sign_variable(number)
        if power.is_even:
            yield _Root(sign * value ** (1 / power), (value >= 0,), (sign,))
        else:  # the one real root
            yield _Root(sign * (sign * value) ** (1 / power), (sign * value >= 0,), (sign,))


def _within(value: Any, values: sp.Interval, known: _Known) -> Iterator[Any]:
    """The conditions under which a value is in a range, without those that are known to hold."""
    for end, gap, is_open in (
        (values.inf, value - values.inf, values.left_open),
        (values.sup, values.sup - value, values.right_open),
    ):
        if end.is_finite and not implies(known.sign(gap), ">" if is_open else ">="):
            yield gap > 0 if is_open else gap >= 0


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
    if statement.derive is not None:
        changed["derive"] = lambda: _derivation(statement, put)
    drawn = {s: r for s, r in statement.sample_on.items() if s in on}
    return replace(statement, on=dict(on), where=where, sample_on=drawn, **changed)


def _derivation(statement: Statement, put: Mapping[Any, Any]) -> Derivation:
    given = statement.derivation
    assert given is not None
    steps = tuple(replace(step, expr=_put(step.expr, put)) for step in given.steps)
    return replace(given, start=_put(given.start, put), steps=steps)


def _put(value: Any, put: Mapping[Any, Any]) -> Any:
    return value.xreplace(dict(put)) if isinstance(value, sp.Basic) else value


def without_equations(statement: Statement) -> Statement:
    """The claim with its equations solved where that is possible; the statement itself where it has none."""
    try:
        return solved(statement).statement if equations(statement) else statement
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
    return replace(statement, where=tuple(where)) if equations(statement) else statement


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
