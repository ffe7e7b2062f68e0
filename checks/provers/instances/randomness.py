"""What is put in for the symbols of a fact about random ones: laws, independence, and what must not be random."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

from derivations.domains import Domain, Gaussian, Independent, Range, Signs
from derivations.instances import Instantiated
from derivations.quantities.chance import over_random

LAWS = (Gaussian, Signs, Independent)


def random_symbols(domain: Domain) -> set[Any]:
    """The symbols of a domain that are random."""
    return {s for s, r in domain.ranges.items() if isinstance(r, LAWS)}


def entangled(fact: Instantiated, domain: Domain) -> Iterator[str]:
    """What stands in the way of an instance of a fact about chances or means, in words.

    A random symbol of the fact stands for one of the statement, of the same law, and for no two the same, since they
    are independent. Every other symbol is a number that is chosen before: nothing random may be in it.

    Args:
        fact: The fact with objects put in.
        domain: Where the statement is claimed that uses it.
    """
    laws = {s: r for s, r in fact.fact.domain.ranges.items() if isinstance(r, LAWS)}
    if not laws and not over_random(fact.fact.content):
        return
    random = random_symbols(domain)
    for symbol, law in laws.items():
        expr = fact.put[symbol]
        if expr not in random or domain.ranges[expr] != _law(law, fact):
            yield f"{expr} ~ {type(law).__name__}"
    chosen = [fact.put[s] for s in laws]
    for expr in {e for e in chosen if chosen.count(e) > 1}:
        yield f"{expr} independent of {expr}"
    for symbol, expr in fact.put.items():
        inside = random & expr.free_symbols if symbol not in laws and isinstance(expr, sp.Basic) else set()
        if inside:
            yield f"{expr} without the random {min(map(str, inside))}"


def _law(law: Range, fact: Instantiated) -> Range:
    if not isinstance(law, Independent):
        return law
    return Independent(*(sp.sympify(end).xreplace(dict(fact.put)) for end in (law.low, law.high)))
