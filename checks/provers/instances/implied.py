"""Links of a derivation that follow from facts: their hypotheses are proved, then the link from their conclusions.

What provers of numbers have no rules for, such as λ_min(A), an operator norm or the chance of an event, becomes a
number of its own: the same term the same number. Nothing else is known of it than what the facts say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from checks.provers import portfolio
from checks.provers.claims import spelled
from checks.provers.instances.linear import combined
from checks.provers.instances.membership import belongs
from checks.provers.instances.randomness import LAWS, entangled
from checks.provers.instances.ranges import in_range, is_angle, real
from checks.provers.statements import over_zero
from checks.provers.structure.opaque import named
from derivations.domains import Angle, Domain, DomainError, default_range
from derivations.instances import Instantiated, normal
from derivations.letters.names import own
from derivations.outcomes.reasons import Reason, Why
from derivations.quantities import MeasuredQuantity
from derivations.quantities.chance import Chance, OverRandom
from derivations.quantities.schemas import ForAll
from derivations.vectors import Inner, is_matrix
from numerics.errors import EvaluationError

MOST = 12
"""The most conditions with which a claim is given to provers; sums of any number of them are tried before."""
LEAST = (sp.S.One, sp.Rational(1, 100))
"""What a number that must be positive is compared with."""
SHORT = 100
"""Operations of an expression that is written out to compare its terms."""


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

    def holds(condition: Any) -> bool:
        return proved(condition, domain, given)

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
        for condition in (*real(expr, domain), *in_range(expr, values, domain, holds)):
            if not holds(condition):
                yield condition
    for value in fact.applied:
        for condition in real(value, domain):
            if not holds(condition):
                yield condition
    for condition in fact.hypotheses:
        if not holds(condition):
            yield condition


def proved(condition: Any, domain: Domain, given: Sequence[Any]) -> bool:
    """Whether a condition holds for sure on a domain.

    Args:
        condition: A relation, a claim for all values of some symbols, or `And` or `Or` of such.
        domain: The ranges of the symbols.
        given: Conditions that hold there.
    """
    if condition in (True, sp.true):
        return True
    if isinstance(condition, sp.Or | sp.And):
        every = all if isinstance(condition, sp.And) else any
        return condition in given or every(proved(part, domain, given) for part in condition.args)
    if isinstance(condition, ForAll):
        return _for_all(condition, domain, given)
    if not isinstance(condition, Relational) or any(is_matrix(side) for side in condition.args):
        return condition in given
    parts = _parts(condition)
    if parts:
        return all(proved(part, domain, given) for part in parts)
    wanted = over_zero(condition)
    if any(_same(wanted, over_zero(r)) for r in given if isinstance(r, Relational) and not is_matrix(r.lhs)):
        return True
    if isinstance(wanted, sp.Ne):
        sides = (sp.Gt(side, 0, evaluate=False) for side in (wanted.lhs, -wanted.lhs))
        return any(proved(side, domain, given) for side in sides)
    sign = domain.assume(wanted.lhs)
    if isinstance(wanted, sp.Gt):
        # what is nowhere below a positive number is positive
        above = (sp.Ge(wanted.lhs - least, 0, evaluate=False) for least in LEAST)
        return bool(sign.is_positive) or any(implied(one, domain, given) is None for one in above)
    return bool(isinstance(wanted, sp.Ge) and sign.is_nonnegative) or implied(wanted, domain, given) is None


def _parts(condition: Any) -> list[Any]:
    """x ≤ min(a, b) as x ≤ a and x ≤ b, and max(a, b) ≤ x in the same way; nothing for another relation."""
    if not isinstance(condition, sp.Ge | sp.Le):
        return []
    if isinstance(condition.gts, sp.Min):
        return [sp.Ge(part, condition.lts, evaluate=False) for part in condition.gts.args]
    if isinstance(condition.lts, sp.Max):
        return [sp.Ge(condition.gts, part, evaluate=False) for part in condition.lts.args]
    return []


def opened(schema: ForAll, given: Sequence[Any]) -> tuple[ForAll, list[Any]]:
    """A claim for all with variables of which nothing is known, and what is known where its conditions hold."""
    taken = {s for g in given for s in g.free_symbols}
    fresh = {v: own(f"any {v}", **v.assumptions0) if v in taken else v for v in schema.variables}
    when, claims = schema.at(fresh)
    inner = ForAll(tuple(fresh.values()), claims, when)
    known = [sp.Ge(v, least_of(v), evaluate=False) for v in inner.variables if least_of(v).is_finite]
    return inner, [*given, *known, *map(normal, inner.when)]


def least_of(variable: sp.Symbol) -> Any:
    """The least value that a variable of a claim for all may have, from its assumptions."""
    values = default_range(variable)
    return values.inf if isinstance(values, sp.Set) else -sp.oo


def _for_all(wanted: ForAll, domain: Domain, given: Sequence[Any]) -> bool:
    """The same as a claim for all that is given, or proved for values of its variables of which nothing is known."""
    inner, known = opened(wanted, given)
    claims = {normal(c) for c in inner.claims}
    near: list[Any] = []
    for schema in given:
        if not isinstance(schema, ForAll) or len(schema.variables) != len(inner.variables):
            continue
        if any(a.assumptions0 != b.assumptions0 for a, b in zip(schema.variables, inner.variables, strict=True)):
            continue
        when, said = schema.at(dict(zip(schema.variables, inner.variables, strict=True)))
        known_here = {normal(c) for c in said}
        spoken = {str(s) for c in known_here for s in c.free_symbols - set(inner.variables)}
        if not spoken & {str(s) for c in claims for s in c.free_symbols}:
            continue
        if all(proved(normal(c), domain, known) for c in when):
            if claims <= known_here:
                return True
            near += known_here
    return all(proved(c, domain, [*known, *near]) for c in claims)


def _same(one: Any, other: Any) -> bool:
    """Whether one relation over zero is another, or follows from it as > from ≥ does not."""
    if one.lhs.free_symbols != other.lhs.free_symbols or sp.expand(one.lhs - other.lhs) != 0:
        return False
    return one.func == other.func or (isinstance(one, sp.Ge) and isinstance(other, sp.Gt | sp.Eq))


def implied(wanted: Any, domain: Domain, *given: Sequence[Any]) -> Why | None:
    """Whether a relation follows from others on a domain.

    Args:
        wanted: `g >= 0` or `g <= 0` or `Eq(g, 0)`.
        domain: The ranges of the symbols.
        given: Relations that hold; of several lists, one is enough.

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
    for cases in zip(*(_cases(wanted, relations) for relations in given), strict=True):
        why = _open(cases, domain)
        if why is not None:
            return why
    return None


def _cases(wanted: Any, given: Sequence[Any]) -> list[tuple[Any, list[Any]]]:
    """What has to be ≥ 0 for a relation to hold, two expressions for an equation, each with what is given."""
    wanted, given = _defined(wanted, given)
    gap = normal(wanted.lhs - wanted.rhs)
    gaps = [gap, -gap] if isinstance(wanted, sp.Eq) else [-gap if isinstance(wanted, sp.Le | sp.Lt) else gap]
    relations = list(_inequalities(given))
    return [(one, relations) for one in gaps]


def _open(cases: Sequence[tuple[Any, list[Any]]], domain: Domain) -> Why | None:
    """Why none of several claims gap ≥ 0 follows from the relations beside it; None if one does.

    With norms as numbers of their own a claim is decided soon, one way or the other: this is tried of all claims
    before any is tried with the Gram matrix of its vectors.
    """
    for gap, relations in cases:
        if sp.expand(gap) == 0 or _summed(gap, relations, domain):
            return None
    near = [(gap, _nearest(gap, relations)) for gap, relations in cases]
    for gap, relations in near:
        powers = _powers((gap, *relations), domain)
        if powers and implied_by_numbers(gap, relations, domain, powers):
            return None
        if _multiple(gap, relations, domain):
            return None
    why: Why | None = None
    for whole in (True, False):
        for gap, relations in near:
            if not whole and not any(e.has(Inner) for e in (gap, *relations)):
                continue
            try:
                f, where, ranges, names = _numbers(gap, relations, domain, whole)
                answer = portfolio.answer(f, Domain(ranges, where), any_kind=True)
            except DomainError as error:
                why = Why(Reason.OUTSIDE, str(error))
                continue
            except EvaluationError as error:
                why = Why(error.reason, str(error))
                continue
            if answer.proof is not None:
                return None
            why = spelled(answer.why("symbolic"), names)
    return why


def _summed(gap: Any, relations: Sequence[Any], domain: Domain) -> bool:
    """Whether a claim gap ≥ 0 is a sum of what is given."""
    f, where, ranges, _ = _numbers(gap, relations, domain, True)
    return f == 0 or combined(f, [r.gts - r.lts for r in where], Domain(ranges))


def _nearest(gap: Any, relations: Sequence[Any]) -> list[Any]:
    """The relations that speak most of what a claim speaks of, in their order."""
    if len(relations) <= MOST:
        return list(relations)
    wanted = _spoken(gap)
    ranked = sorted(relations, key=lambda r: len(_spoken(r) - wanted) - 2 * len(_spoken(r) & wanted))[:MOST]
    return [r for r in relations if r in ranked]


def _spoken(expr: Any) -> set[Any]:
    terms = set(_terms(expr, True))
    return terms | {s for s in expr.free_symbols if not is_matrix(s)}


def _powers(exprs: Sequence[Any], domain: Domain) -> dict[Any, Any]:
    """Powers with symbols in their exponents, of numbers ≥ 0, each with a number of its own."""
    found = {p for e in exprs for p in sp.expand_power_exp(e).atoms(sp.Pow) if p.exp.free_symbols}
    names: dict[Any, Any] = {}
    for number, power in enumerate(sorted(found, key=sp.default_sort_key)):
        base = domain.assume(power.base)
        if base.is_positive:
            names[power] = own(f"r{number}", positive=True)
        elif base.is_nonnegative and domain.assume(power.exp).is_nonnegative:
            names[power] = own(f"r{number}", nonnegative=True)
    return names


def implied_by_numbers(gap: Any, relations: Sequence[Any], domain: Domain, names: dict[Any, Any]) -> bool:
    """Whether gap ≥ 0 follows from relations in which some terms are numbers of their own: q^(k+1) is q·q^k."""
    put = [sp.expand_power_exp(e).xreplace(names) for e in (gap, *relations)]
    return implied(sp.Ge(put[0], 0, evaluate=False), domain, put[1:]) is None


def _multiple(gap: Any, relations: Sequence[Any], domain: Domain) -> bool:
    """Whether a claim gap ≥ 0 is a relation that is given, times a number that is not negative."""
    for relation in relations:
        factor = _factor(gap, relation)
        # or, where a given relation says so, that relation's side times such a number
        others = (_factor(factor, r) for r in relations if r is not relation)
        if any(_not_negative(f, domain) for f in chain((factor,), others)):
            return True
    return False


def _not_negative(factor: Any, domain: Domain) -> bool:
    """Whether a factor has no pole and is not negative, by the signs of its parts."""
    above, below = sp.fraction(factor)
    return bool(domain.assume(below).is_positive) and bool(domain.assume(above).is_nonnegative)


def _factor(gap: Any, relation: Any) -> Any:
    """What the side of a relation over zero has to be multiplied by to give an expression."""
    other = relation.gts - relation.lts
    terms = sorted({t for e in (gap, other) for t in _terms(e, True)}, key=sp.default_sort_key)
    # SymPy cannot factor sums in which matrices stand
    names = {term: own(f"m{number}", real=True) for number, term in enumerate(terms)}
    (left, by), (right, per) = (_factored(e.xreplace(names)) for e in (gap, other))
    return (left / right * (by / per)).xreplace({name: term for term, name in names.items()})


def _factored(expr: Any) -> tuple[Any, Any]:
    """An expression as what all its terms have in common times one sum, and a factor beside it that is no sum.

    Only short ones are written out, so that the sums of multiples of one another are equal.
    """
    if sp.count_ops(expr) > SHORT:
        return sp.factor_terms(expr), sp.S.One
    above, below = sp.fraction(sp.together(expr))
    # SymPy multiplies a number into a sum, which would then be another one
    content, above = sp.expand(above).as_content_primitive()
    return sp.factor_terms(above), content / below


def _defined(wanted: Any, given: Sequence[Any]) -> tuple[Any, list[Any]]:
    """The claim and what is given with the value of each term in the place of the term that an equation gives it."""
    waiting: list[Any] = list(given)
    left: list[Any] = []
    while waiting:
        relation = waiting.pop(0)
        if (
            isinstance(relation, sp.Eq)
            and not is_matrix(relation.lhs)
            and [relation.lhs] == list(_terms(relation.lhs, True))
        ):
            value = {relation.lhs: relation.rhs}
            wanted = wanted.xreplace(value)
            waiting, left = ([r.xreplace(value) for r in some] for some in (waiting, left))
        else:
            left.append(relation)
    return wanted, left


def _inequalities(given: Sequence[Any]) -> Iterator[Any]:
    for relation in given:
        if isinstance(relation, Relational) and is_matrix(relation.lhs):
            continue
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
