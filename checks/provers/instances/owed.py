"""What an instance of a fact owes: its hypotheses, the ranges of its symbols, and independence of what is random."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from checks.provers.instances.implied import proved
from checks.provers.instances.membership import belongs
from checks.provers.instances.randomness import LAWS, entangled
from checks.provers.instances.ranges import in_range, is_angle, real
from derivations.domains import Angle, Domain
from derivations.instances import Instantiated
from derivations.quantities.chance import MadeWithout
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
