"""What an instance of a fact owes: its hypotheses, the ranges of its symbols, and independence of what is random."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sympy as sp

from checks.provers.instances.implied import proved
from checks.provers.instances.membership import belongs
from checks.provers.instances.randomness import LAWS, conditional, entangled, random_in
from checks.provers.instances.ranges import in_range, is_angle, real
from derivations.domains import Angle, Domain
from derivations.instances import Instantiated
from derivations.quantities.chance import Chance, MadeWithout, OverRandom
from derivations.vectors import is_matrix


def obligations(fact: Instantiated, domain: Domain, given: Sequence[Any] = (), sure: bool = True) -> Iterator[Any]:
    """The hypotheses of an instance that are not proved on a domain.

    Args:
        fact: The fact with objects put in.
        domain: Where the statement is claimed.
        given: Relations that hold there.
        sure: Whether what is given holds for every outcome of what is random.

    Yields:
        Relations, and for objects that are not of the fact's kind the object with the kind that it should be.
    """

    def holds(condition: Any) -> bool:
        return (sure or not isinstance(condition, MadeWithout)) and proved(condition, domain, given)

    yield from entangled(fact, domain, holds)

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


def joins(fact: Instantiated, hypothesis: Any, domain: Domain, given: Sequence[Any]) -> bool:
    """Whether a hypothesis about a random V, which need not hold for every outcome, may be joined to the fact's event.

    For each v for which the hypothesis H holds, the chance of E(a, v) is at most p. So the chance of E(a, V) and H(V)
    together is at most p as well, where V is independent of a; p must not be negative, since no v may fulfil H.

    Args:
        fact: A fact that bounds a chance from above, with V put in: V is derived to be made without a.
        hypothesis: One of its hypotheses, that is not proved.
        domain: Where the statement is claimed that uses the fact.
        given: What holds there for every outcome.
    """
    said, laws = fact.conclusion, {s for s, r in fact.fact.domain.ranges.items() if isinstance(r, LAWS)}
    pairs = zip(fact.fact.domain.where, fact.hypotheses, strict=True)
    general = [general for general, put in pairs if put == hypothesis]
    if not general or hypothesis.has(OverRandom) or not random_in(hypothesis, domain):
        return False
    if not isinstance(said.lhs, Chance) or any(condition.free_symbols & laws for condition in general):
        return False
    put = [s for s, v in fact.put.items() if s not in laws and isinstance(v, sp.Basic) and random_in(v, domain)]
    within = all(conditional(fact, symbol) for symbol in put)
    return within and proved(sp.Ge(said.rhs, 0, evaluate=False), domain, given)
