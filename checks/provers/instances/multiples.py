"""Claims that are a given inequality times a number that is not negative."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from checks.provers.instances.terms import terms_of
from derivations.domains import Domain
from derivations.letters.names import own

SHORT = 100
"""Operations of an expression that is written out to compare its terms."""


def multiple(gap: Any, relations: Sequence[Any], domain: Domain) -> bool:
    """Whether a claim gap ≥ 0 is a relation that is given, times a number that is not negative."""
    sides = [relation.gts - relation.lts for relation in relations]
    terms = sorted({t for e in (gap, *sides) for t in terms_of(e, True)}, key=sp.default_sort_key)
    # SymPy cannot factor sums in which matrices stand
    names = {term: own(f"m{number}", real=True) for number, term in enumerate(terms)}
    values = {name: term for term, name in names.items()}
    wanted = _factored(gap.xreplace(names))
    known = [one for e in sides if (one := _factored(e.xreplace(names)))[0] != 0]
    for number, one in enumerate(known):
        factor = _quotient(wanted, one)
        if _not_negative(factor.xreplace(values), domain):
            return True
        # or, where a given relation says so, that relation's side times such a number
        above = sp.fraction(factor)[0]
        # what does not divide it leaves a quotient of sums, whose signs are not known
        others = [o for place, o in enumerate(known) if place != number and _divides(o[0], above)]
        if any(_not_negative((factor / o[0] / o[1]).xreplace(values), domain) for o in others):
            return True
    return False


def _quotient(one: tuple[Any, Any], other: tuple[Any, Any]) -> Any:
    return one[0] / other[0] * (one[1] / other[1])


def _divides(one: Any, other: Any) -> bool:
    """Whether the sums that are factors of the one are factors of the other."""
    sums = {f for f in sp.Mul.make_args(one) if f.is_Add}
    return sums <= set(sp.Mul.make_args(other))


def _not_negative(factor: Any, domain: Domain) -> bool:
    """Whether a factor has no pole and is not negative, by the signs of its parts."""
    above, below = sp.fraction(factor)
    return bool(domain.assume(below).is_positive) and bool(domain.assume(above).is_nonnegative)


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
