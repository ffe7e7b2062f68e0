"""Links of a derivation that follow from facts: their hypotheses are proved, then the link from their conclusions.

What provers of numbers have no rules for, such as λ_min(A), an operator norm or the chance of an event, becomes a
number of its own: the same term the same number. Nothing else is known of it than what the facts say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from checks.provers import portfolio
from checks.provers.claims import spelled
from checks.provers.instances.linear import combined
from checks.provers.instances.multiples import multiple
from checks.provers.instances.randomness import obstacle
from checks.provers.instances.terms import names_in, terms_of, unions
from checks.provers.statements import over_zero
from checks.provers.structure.opaque import named
from derivations.domains import Domain, DomainError, default_range
from derivations.instances import normal
from derivations.letters.names import own
from derivations.outcomes.budget import remembered
from derivations.outcomes.reasons import Reason, Why
from derivations.quantities.chance import MadeWithout
from derivations.quantities.schemas import ForAll
from derivations.spectra.nodes import MaxNorm
from derivations.vectors import Inner, ShapeError, is_matrix
from numerics.errors import EvaluationError

MOST = 12
"""The most conditions with which a claim is given to provers."""
LEAST = (sp.S.One, sp.Rational(1, 100))
"""What a number that must be positive is compared with."""


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
        return condition in given or _for_all(condition, domain, given)
    if isinstance(condition, MadeWithout):
        return unmade(condition, domain, given) is None
    if not isinstance(condition, Relational) or any(is_matrix(side) for side in condition.args):
        return condition in given
    wanted = over_zero(condition)
    spoken = wanted.lhs.free_symbols
    if any(_same(wanted, one) for one, about in filter(None, map(_at_zero, given)) if about == spoken):
        return True
    parts = parts_of(condition)
    if parts:
        return all(proved(part, domain, given) for part in parts)
    if isinstance(wanted, sp.Ne):
        sides = (sp.Gt(side, 0, evaluate=False) for side in (wanted.lhs, -wanted.lhs))
        return any(proved(side, domain, given) for side in sides)
    sign = domain.assume(wanted.lhs)
    if isinstance(wanted, sp.Gt):
        # what is nowhere below a positive number is positive
        above = (sp.Ge(wanted.lhs - least, 0, evaluate=False) for least in LEAST)
        return bool(sign.is_positive) or any(implied(one, domain, given) is None for one in above)
    return bool(isinstance(wanted, sp.Ge) and sign.is_nonnegative) or implied(wanted, domain, given) is None


def unmade(claim: MadeWithout, domain: Domain, given: Sequence[Any]) -> str | None:
    """Why a quantity is not known to be made without a random symbol; None if it is.

    Args:
        claim: The claim that it is.
        domain: The ranges of the symbols.
        given: What holds there for every outcome.
    """
    return obstacle(claim, domain, given, lambda condition: proved(condition, domain, given))


def parts_of(condition: Any) -> list[Any]:
    """What says the same as an inequality: x ≤ min(a, b) as x ≤ a and x ≤ b, t|x| ≤ c as tx ≤ c and −tx ≤ c.

    That no entry of a matrix is larger than c is said of each entry. Nothing for another relation.
    """
    if not isinstance(condition, sp.Ge | sp.Le):
        return []
    low, high = condition.lts, condition.gts
    if isinstance(high, sp.Min):
        return [sp.Ge(part, low, evaluate=False) for part in high.args]
    if isinstance(low, sp.Max):
        return [sp.Ge(high, part, evaluate=False) for part in low.args]
    sizes = [f for f in sp.Mul.make_args(low) if isinstance(f, sp.Abs)]
    if len(sizes) == 1:  # whatever the sign of t, t|x| is one of tx and −tx
        inside = low / sizes[0] * sizes[0].args[0]
        return [sp.Le(side, high, evaluate=False) for side in (inside, -inside)]
    if isinstance(low, MaxNorm):
        row, column = (own(f"any {word}", integer=True, positive=True) for word in ("row", "column"))
        (matrix,), (rows, columns) = low.args, low.args[0].shape
        if columns == 1:
            return [ForAll(row, sp.Le(sp.Abs(matrix[row - 1, 0]), high, evaluate=False), when=row <= rows)]
        entry = sp.Le(sp.Abs(matrix[row - 1, column - 1]), high, evaluate=False)
        return [ForAll((row, column), entry, when=(row <= rows, column <= columns))]
    return []


def opened(schema: ForAll, given: Sequence[Any]) -> tuple[ForAll, list[Any]]:
    """A claim for all with variables of which nothing is known, and what is known where its conditions hold."""
    taken = frozenset().union(*map(_free, given))
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
        try:
            when, said = schema.at(dict(zip(schema.variables, inner.variables, strict=True)))
        except ShapeError:
            continue  # within it the variable stands for something else
        known_here = {normal(c) for c in said}
        if not names_in(known_here, inner.variables) & names_in(claims, ()):
            continue
        if all(proved(normal(c), domain, known) for c in when):
            if claims <= known_here:
                return True
            near += known_here
    return all(proved(c, domain, [*known, *near]) for c in claims)


def _same(one: Any, other: Any) -> bool:
    """Whether one relation over zero is another, or follows from it as > from ≥ does not."""
    if sp.expand(one.lhs - other.lhs) != 0:
        return False
    return one.func == other.func or (isinstance(one, sp.Ge) and isinstance(other, sp.Gt | sp.Eq))


@remembered(8192)
def _at_zero(relation: Any) -> tuple[Any, set[Any]] | None:
    """A relation between numbers over zero, and the symbols in it."""
    if not isinstance(relation, Relational) or is_matrix(relation.lhs):
        return None
    made = over_zero(relation)
    return made, made.lhs.free_symbols


@remembered(8192)
def _free(condition: Any) -> frozenset[Any]:
    return frozenset(condition.free_symbols)


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
    near = [(gap, _nearest(gap, relations)) for gap, relations in cases]
    for (gap, relations), (_, some) in zip(cases, near, strict=True):
        if sp.expand(gap) == 0 or _summed(gap, some, domain):
            return None
        if len(some) < len(relations) and _summed(gap, relations, domain):
            return None
    powers = [_powers((gap, *some), every, domain) for (gap, some), (_, every) in zip(near, cases, strict=True)]
    for (gap, relations), named_ in zip(cases, powers, strict=True):
        if named_ and _summed(*_with_numbers(gap, relations, named_ | _bases(named_)), domain):
            return None
    for (gap, relations), named_ in zip(near, powers, strict=True):
        if named_ and implied_by_numbers(gap, relations, domain, named_):
            return None
        if multiple(gap, relations, domain):
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
    if f == 0:
        return True
    sides = [r.gts - r.lts for r in where]
    # |x| is a number that is at least x and −x
    sizes = sorted({a for e in (f, *sides) for a in e.atoms(sp.Abs)}, key=sp.default_sort_key)
    names = {size: own(f"a{number}", nonnegative=True) for number, size in enumerate(sizes)}
    sides += [size - sign * size.args[0] for size in sizes for sign in (1, -1)]
    ranges |= {name: default_range(name) for name in names.values()}
    return combined(f.xreplace(names), [e.xreplace(names) for e in sides], Domain(ranges))


def _nearest(gap: Any, relations: Sequence[Any]) -> list[Any]:
    """The relations that speak most of what a claim speaks of, in their order."""
    if len(relations) <= MOST:
        return list(relations)
    wanted = _spoken(gap)
    ranked = sorted(relations, key=lambda r: len(_spoken(r) - wanted) - 2 * len(_spoken(r) & wanted))[:MOST]
    return [r for r in relations if r in ranked]


def _spoken(expr: Any) -> set[Any]:
    terms = set(terms_of(expr, True))
    return terms | {s for s in expr.free_symbols if not is_matrix(s)}


def _powers(exprs: Sequence[Any], relations: Sequence[Any], domain: Domain) -> dict[Any, Any]:
    """Powers with symbols in their exponents, of numbers ≥ 0, each with a number of its own.

    So has a sum that is ≥ 0 by what is given, such as the rate 1 − ηλ/2, wherever it stands.
    """
    found = {p for e in exprs for p in sp.expand_power_exp(e).atoms(sp.Pow) if p.exp.free_symbols}
    names: dict[Any, Any] = {}
    for number, power in enumerate(sorted(found, key=sp.default_sort_key)):
        base, above = domain.assume(power.base), domain.assume(power.exp).is_nonnegative
        if base.is_positive:
            names[power] = own(f"r{number}", positive=True)
        elif base.is_nonnegative and above:
            names[power] = own(f"r{number}", nonnegative=True)
        elif above and power.base.is_Add and (power.base in names or _summed(power.base, relations, domain)):
            names.setdefault(power.base, own(f"b{number}", nonnegative=True))
            names[power] = own(f"r{number}", nonnegative=True)
    return names


def _bases(powers: dict[Any, Any]) -> dict[Any, Any]:
    """A number of its own for each sum that is ≥ 0 and has powers: a factor of what is given, as in q^(k+1) = q·q^k."""
    sums = {p.base: name for p, name in powers.items() if p.is_Pow and p.base.is_Add and p.base not in powers}
    return {base: own(f"{name}b", **name.assumptions0) for base, name in sums.items()}


def implied_by_numbers(gap: Any, relations: Sequence[Any], domain: Domain, names: dict[Any, Any]) -> bool:
    """Whether gap ≥ 0 follows from relations in which some terms are numbers of their own: q^(k+1) is q·q^k."""
    put, given = _with_numbers(gap, relations, names)
    return implied(sp.Ge(put, 0, evaluate=False), domain, given) is None


def _with_numbers(gap: Any, relations: Sequence[Any], names: dict[Any, Any]) -> tuple[Any, list[Any]]:
    put = [sp.expand_power_exp(e).xreplace(names) for e in (gap, *relations)]
    return put[0], [r for r in put[1:] if isinstance(r, Relational)]


def _defined(wanted: Any, given: Sequence[Any]) -> tuple[Any, list[Any]]:
    """The claim and what is given with the value of each term in the place of the term that an equation gives it."""
    waiting: list[Any] = list(given)
    left: list[Any] = []
    while waiting:
        relation = waiting.pop(0)
        if (
            isinstance(relation, sp.Eq)
            and not is_matrix(relation.lhs)
            and [relation.lhs] == list(terms_of(relation.lhs, True))
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
            yield from _apart(relation)


def _apart(relation: Any) -> Iterator[Any]:
    """Both a ≤ c and b ≤ c for max(a, b) ≤ c, and the like for a least one on the other side."""
    low, high = relation.lts, relation.gts
    if isinstance(low, sp.Max) or isinstance(high, sp.Min):
        strict = sp.Lt if isinstance(relation, sp.Lt | sp.Gt) else sp.Le
        lows = low.args if isinstance(low, sp.Max) else (low,)
        highs = high.args if isinstance(high, sp.Min) else (high,)
        yield from (strict(one, other, evaluate=False) for one in lows for other in highs)
    else:
        yield relation


def _numbers(
    gap: Any, relations: Sequence[Any], domain: Domain, whole: bool
) -> tuple[Any, tuple[Any, ...], dict[Any, Any], Mapping[Any, Any]]:
    """A claim and its conditions with a number for each term that provers have no rules for, and what these stand for.

    With `whole`, norms are such numbers too and inner products have no Gram matrix.
    """
    terms = {t for e in (gap, *relations) for t in terms_of(e, whole)}
    numbers = named(terms, domain)
    ranges: dict[Any, Any] = dict(numbers.ranges)
    f, *where = (e.xreplace(numbers.values) for e in (gap, *relations, *unions(terms)))
    used = set().union(*(e.free_symbols for e in (f, *where)))
    used |= {v for s, angle in domain.angles.items() if s in used for v in (angle.x, angle.y)}
    used |= {d for v in used if is_matrix(v) for size in v.shape for d in size.free_symbols}
    for symbol in used - set(ranges):
        ranges[symbol] = domain.ranges.get(symbol, default_range(symbol))
    kept = tuple(r for r in where if r not in (True, sp.true))
    return sp.sympify(f), kept, ranges, numbers.names
