"""Links of a derivation that follow from facts: their hypotheses are proved, then the link from their conclusions.

What provers of numbers have no rules for, such as λ_min(A), an operator norm or the chance of an event, becomes a
number of its own: the same term the same number. Nothing else is known of it than what the facts say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from checks.provers import portfolio
from checks.provers.claims import spelled
from checks.provers.instances import words
from checks.provers.instances.membership import belongs
from checks.provers.instances.randomness import LAWS, entangled
from checks.provers.instances.ranges import in_range, is_angle, real
from checks.provers.statements import over_zero
from checks.provers.structure.opaque import named
from derivations.domains import Angle, Domain, DomainError, default_range
from derivations.instances import InstanceError, Instantiated, found, instantiated, normal
from derivations.letters.names import own
from derivations.outcomes.reasons import Reason, Why
from derivations.papers import BrokenPaper
from derivations.quantities import MeasuredQuantity
from derivations.quantities.chance import Chance, OverRandom
from derivations.statements import Statement
from derivations.steps import Step
from derivations.vectors import Inner, is_matrix
from numerics.errors import EvaluationError

LEAST = (sp.S.One, sp.Rational(1, 100))
"""What a number that must be positive is compared with."""


def link(before: Any, step: Step, statement: Statement) -> Why | None:
    """Whether a link of a derivation follows from the facts that it names.

    Args:
        before: The line above.
        step: The step, with its instances.
        statement: The statement whose derivation it is.

    Returns:
        None if it follows, else why it is open.
    """
    try:
        facts = [_instance(statement, i) for i in step.instances]
    except (InstanceError, BrokenPaper) as error:
        return Why(Reason.OUTSIDE, str(error))
    given = [normal(r) for r in statement.domain.where]
    for fact, instance in zip(facts, step.instances, strict=True):
        missing = [(f"'{name}'", "assumes") for name in words.owed(fact, statement) if name not in statement.assumes]
        for owed, place in (*missing, *((o, "where") for o in obligations(fact, statement.domain, given))):
            said = f"{instance.text}: its hypothesis {owed} is not proved; prove it, or add it to `{place}`"
            return Why(Reason.NO_PROOF, said)
    conclusions = [f.conclusion for f in facts]
    gap = normal(step.expr - before)
    wanted = {
        "=": sp.Eq(gap, 0, evaluate=False),
        "<=": sp.Ge(gap, 0, evaluate=False),
        ">=": sp.Le(gap, 0, evaluate=False),
    }
    # the conclusions alone often give the line, and conditions that it does not need make a proof slow
    alone = bool(conclusions) and implied(wanted[step.relation], statement.domain, conclusions) is None
    why = None if alone else implied(wanted[step.relation], statement.domain, [*given, *conclusions])
    if why is not None:
        follows = "; ".join(map(str, conclusions))
        return Why(why.reason, f"the line does not follow from {follows}: {why.said}")
    return None


def _instance(statement: Statement, instance: Any) -> Instantiated:
    fact = found(statement, instance.fact)
    circle = _circle(statement, fact)
    if circle:
        raise InstanceError(f"a circle among lemmas: {' → '.join(circle)}")
    return instantiated(fact, instance)


def _circle(statement: Statement, fact: Statement) -> tuple[str, ...]:
    """How a fact rests on the statement that uses it, as a path of ids; empty if it does not."""
    waiting: list[tuple[Statement, tuple[str, ...]]] = [(fact, (statement.id, fact.id))]
    seen: set[str] = set()
    while waiting:
        one, path = waiting.pop()
        if one.id == statement.id:
            return path
        if one.id in seen:
            continue
        seen.add(one.id)
        for name in one.rests_on:
            try:
                other = found(one, name)
            except (InstanceError, BrokenPaper):
                continue
            waiting.append((other, (*path, other.id)))
    return ()


def obligations(fact: Instantiated, domain: Domain, given: Sequence[Any] = ()) -> Iterator[Any]:
    """The hypotheses of an instance that are not proved on a domain.

    Args:
        fact: The fact with objects put in.
        domain: Where the statement is claimed.
        given: Relations that hold there.

    Yields:
        Relations, and for objects that are not of the fact's kind the object with the kind that it should be.
    """
    yield from entangled(fact, domain)

    def proved(condition: Any) -> bool:
        return _proved(condition, domain, given)

    for expr, values in fact.ranges:
        if isinstance(values, LAWS):
            continue
        if isinstance(values, Angle):
            if not is_angle(expr, values, fact, domain):
                yield f"{expr} = the angle of {fact.put[values.x]} and {fact.put[values.y]}"
            continue
        if is_matrix(expr):
            if not belongs(expr, values, domain):
                yield f"{expr} ∈ {type(values).__name__}"
            continue
        for condition in (*real(expr, domain), *in_range(expr, values, domain, proved)):
            if not proved(condition):
                yield condition
    for value in fact.applied:
        for condition in real(value, domain):
            if not proved(condition):
                yield condition
    for condition in fact.hypotheses:
        if not proved(condition):
            yield condition


def _proved(condition: Any, domain: Domain, given: Sequence[Any]) -> bool:
    if condition in (True, sp.true):
        return True
    if isinstance(condition, sp.Or | sp.And):
        every = all if isinstance(condition, sp.And) else any
        return condition in given or every(_proved(part, domain, given) for part in condition.args)
    if not isinstance(condition, Relational):
        return False
    wanted = over_zero(condition)
    if any(_same(wanted, over_zero(r)) for r in given if isinstance(r, Relational)):
        return True
    if isinstance(wanted, sp.Ne):
        sides = (sp.Gt(side, 0, evaluate=False) for side in (wanted.lhs, -wanted.lhs))
        return any(_proved(side, domain, given) for side in sides)
    sign = domain.assume(wanted.lhs)
    if isinstance(wanted, sp.Gt):
        # what is nowhere below a positive number is positive
        above = (sp.Ge(wanted.lhs - least, 0, evaluate=False) for least in LEAST)
        return bool(sign.is_positive) or any(implied(one, domain, given) is None for one in above)
    return bool(isinstance(wanted, sp.Ge) and sign.is_nonnegative) or implied(wanted, domain, given) is None


def _same(one: Any, other: Any) -> bool:
    """Whether one relation over zero is another, or follows from it as > from ≥ does not."""
    if sp.expand(one.lhs - other.lhs) != 0:
        return False
    return one.func == other.func or (isinstance(one, sp.Ge) and isinstance(other, sp.Gt | sp.Eq))


def implied(wanted: Any, domain: Domain, given: Sequence[Any]) -> Why | None:
    """Whether a relation follows from others on a domain.

    Args:
        wanted: `g >= 0` or `g <= 0` or `Eq(g, 0)`.
        domain: The ranges of the symbols.
        given: Relations that hold.

    Returns:
        None if it follows, else why it is open.

    Example:
        >>> from sympy import Ge, symbols
        >>> from checks.provers.instances.implied import implied
        >>> from derivations.domains import make_domain
        >>> x, y = symbols("x y", real=True)
        >>> implied(Ge(y - x**2, 0), make_domain({}, (), {x, y}), [y >= x**2 + 1]) is None
        True
    """
    wanted, given = _defined(wanted, given)
    gap = wanted.lhs - wanted.rhs
    gaps = [gap, -gap] if isinstance(wanted, sp.Eq) else [-gap if isinstance(wanted, sp.Le | sp.Lt) else gap]
    relations = list(_inequalities(given))
    why: Why | None = None
    for one in gaps:
        if sp.expand(one) == 0 or any(_multiple(one, r, domain) for r in relations):
            continue
        for whole in (True, False):
            try:
                f, where, ranges, names = _numbers(one, relations, domain, whole)
                answer = portfolio.answer(f, Domain(ranges, where), any_kind=True)
            except DomainError as error:
                why = Why(Reason.OUTSIDE, str(error))
                continue
            except EvaluationError as error:
                why = Why(error.reason, str(error))
                continue
            if answer.proof is not None:
                why = None
                break
            why = spelled(answer.why("symbolic"), names)
            if not any(e.has(Inner) for e in (one, *relations)):
                break
        if why is not None:
            return why
    return None


def _multiple(gap: Any, relation: Any, domain: Domain) -> bool:
    """Whether a claim gap ≥ 0 is a relation that is given, times a positive number."""
    other = relation.gts - relation.lts
    terms = sorted({t for e in (gap, other) for t in _terms(e, True)}, key=sp.default_sort_key)
    # SymPy cannot factor sums in which matrices stand
    names = {term: own(f"m{number}", real=True) for number, term in enumerate(terms)}
    factor = sp.factor_terms(gap.xreplace(names)) / sp.factor_terms(other.xreplace(names))
    return bool(domain.assume(factor).is_positive)


def _defined(wanted: Any, given: Sequence[Any]) -> tuple[Any, list[Any]]:
    """The claim and what is given with the value of each term in the place of the term that an equation gives it."""
    waiting: list[Any] = list(given)
    left: list[Any] = []
    while waiting:
        relation = waiting.pop(0)
        if isinstance(relation, sp.Eq) and [relation.lhs] == list(_terms(relation.lhs, True)):
            value = {relation.lhs: relation.rhs}
            wanted = wanted.xreplace(value)
            waiting, left = ([r.xreplace(value) for r in some] for some in (waiting, left))
        else:
            left.append(relation)
    return wanted, left


def _inequalities(given: Sequence[Any]) -> Iterator[Any]:
    for relation in given:
        if isinstance(relation, sp.Eq):
            yield sp.Ge(relation.lhs - relation.rhs, 0, evaluate=False)
            yield sp.Le(relation.lhs - relation.rhs, 0, evaluate=False)
        elif isinstance(relation, sp.Ge | sp.Gt | sp.Le | sp.Lt):
            yield relation


def _numbers(
    gap: Any, relations: Sequence[Any], domain: Domain, whole: bool
) -> tuple[Any, tuple[Any, ...], dict[Any, Any], Mapping[Any, Any]]:
    """A claim and its conditions with a number for each term that provers have no rules for, and what these stand for.

    With `whole`, norms are such numbers too and inner products have no Gram matrix.
    """
    terms = {t for e in (gap, *relations) for t in _terms(e, whole)}
    numbers = named(terms, domain)
    ranges: dict[Any, Any] = dict(numbers.ranges)
    f, *where = (e.xreplace(numbers.values) for e in (gap, *relations, *_unions(terms)))
    used = set().union(*(e.free_symbols for e in (f, *where)))
    used |= {v for s, angle in domain.angles.items() if s in used for v in (angle.x, angle.y)}
    used |= {d for v in used if is_matrix(v) for size in v.shape for d in size.free_symbols}
    for symbol in used - set(ranges):
        ranges[symbol] = domain.ranges.get(symbol, default_range(symbol))
    kept = tuple(r for r in where if r not in (True, sp.true))
    return sp.sympify(f), kept, ranges, numbers.names


def _terms(expr: Any, whole: bool) -> Iterator[Any]:
    """The largest parts of an expression that provers have no rules for."""
    if isinstance(expr, Inner):
        if whole:
            yield expr
        return
    if isinstance(expr, AppliedUndef | MeasuredQuantity | OverRandom):
        yield expr
        return
    if isinstance(expr, sp.Expr) and any(is_matrix(a) for a in expr.args):
        yield expr
        return
    for a in getattr(expr, "args", ()):
        if isinstance(a, sp.Expr | Boolean):
            yield from _terms(a, whole)


def _unions(terms: Collection[Any]) -> Iterator[Any]:
    """The union bound for each chance of one or another event, where the chances of all these are among the terms."""
    for term in terms:
        if isinstance(term, Chance) and isinstance(term.event, sp.Or):
            parts = [Chance(event) for event in term.event.args]
            if set(parts) <= set(terms):
                yield sp.Le(term, sp.Add(*parts), evaluate=False)
