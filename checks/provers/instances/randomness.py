"""What is put in for the symbols of a fact about random ones: laws, independence, and what must not be random."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

from derivations.domains import Dependent, Domain, Gaussian, Independent, Range, Signs
from derivations.instances import Instantiated
from derivations.quantities.chance import over_random
from derivations.quantities.families import families, surely_differ, within

LAWS = (Gaussian, Signs, Independent, Dependent)


def law_of(expr: Any, domain: Domain) -> Range | None:
    """The law of a random symbol, or of a member of a random family; None for anything else."""
    laws = [r for s, r in domain.ranges.items() if isinstance(r, LAWS) and within(expr, s)]
    # one that is named beside the whole family, such as the start of what depends on it
    return next((law for law in laws if not isinstance(law, Dependent)), laws[0] if laws else None)


def random_in(expr: Any, domain: Domain) -> set[Any]:
    """The random symbols in an expression, and the members of families of which some are random."""
    random = families(s for s, r in domain.ranges.items() if isinstance(r, LAWS))
    return {s for s in expr.atoms(sp.Symbol, sp.MatrixSymbol) if families([s]) & random}


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
    chosen: list[Any] = []
    for symbol, law in laws.items():
        expr = fact.put[symbol]
        if isinstance(law, Dependent):
            continue
        if law_of(expr, domain) != _law(law, fact):
            yield f"{expr} ~ {type(law).__name__}"
        for other in chosen:
            if not surely_differ(expr, other):
                yield f"{other} independent of {expr}"
        chosen.append(expr)
    for symbol, expr in fact.put.items():
        inside = random_in(expr, domain) if symbol not in laws and isinstance(expr, sp.Basic) else set()
        if inside:
            yield f"{expr} without the random {min(map(str, inside))}"


def _law(law: Range, fact: Instantiated) -> Range:
    if not isinstance(law, Independent):
        return law
    return Independent(*(sp.sympify(end).xreplace(dict(fact.put)) for end in (law.low, law.high)))
