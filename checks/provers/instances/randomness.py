"""What is put in for the symbols of a fact about random ones: laws, independence, and what must not be random.

The rule for conditional laws: a fact bounds the chance of E(a, v) for every fixed v. If V is made without a, then it
is independent of a, and given V the chance of E(a, V) has the same bound; so it has on the average over V (Fubini).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sympy as sp

from derivations.domains import Dependent, Domain, Gaussian, Independent, Range, Signs
from derivations.instances import Instantiated
from derivations.quantities.chance import Chance, MadeWithout, OverRandom, over_random
from derivations.quantities.families import Member, families, within
from derivations.statements import Bound
from derivations.vectors import is_matrix

LAWS = (Gaussian, Signs, Independent, Dependent)
Proved = Callable[[Any], bool]


def law_of(expr: Any, domain: Domain) -> Range | None:
    """The law of a random symbol, or of a member of a random family; None for anything else."""
    laws = [r for s, r in domain.ranges.items() if isinstance(r, LAWS) and within(expr, s)]
    # one that is named beside the whole family, such as the start of what depends on it
    return next((law for law in laws if not isinstance(law, Dependent)), laws[0] if laws else None)


def own_law(expr: Any, domain: Domain) -> Range | None:
    """The law of a random symbol that is independent of all others; None for anything else."""
    law, places = law_of(expr, domain), getattr(expr, "at", ())
    ends = (law.low, law.high) if isinstance(law, Independent) else ()
    return None if isinstance(law, Dependent) or conditioned((*places, *ends), domain) else law


def random_in(expr: Any, domain: Domain) -> set[Any]:
    """The random symbols in an expression: also members of a family with random ones, and angles of random vectors."""
    random = families(s for s, r in domain.ranges.items() if isinstance(r, LAWS))
    for angle, ends in list(domain.angles.items()) * len(domain.angles):  # an angle may be one of another's ends
        if random & families({*_letters(ends.x), *_letters(ends.y)}):
            random = random | {angle}
    return {s for s in _letters(expr) if families([s]) & random}


def _letters(expr: Any) -> set[Any]:
    return expr.atoms(sp.Symbol, sp.MatrixSymbol)  # type: ignore[no-any-return]


def conditioned(conditions: Sequence[Any], domain: Domain) -> bool:
    """Whether conditions restrict what is random: what is shown under them is not known of all outcomes."""
    return any(isinstance(c, sp.Basic) and random_in(c, domain) for c in conditions)


def conditional(fact: Instantiated, symbol: Any) -> bool:
    """Whether a fact bounds one chance for every fixed value of a symbol, so that it may be random: see the module.

    The bound itself must not speak of it, nor a chance or mean within the event or a hypothesis: for a fixed value it
    is another one.
    """
    statement, domain = fact.fact, fact.fact.domain
    if not isinstance(statement, Bound) or any(isinstance(r, Dependent) for r in domain.ranges.values()):
        return False
    if symbol in domain.dimensions or any(node.has(symbol) for c in domain.where for node in c.atoms(OverRandom)):
        return False
    for chance, bound in ((statement.lower, statement.upper), (statement.upper, statement.lower)):
        if isinstance(chance, Chance) and not bound.has(OverRandom):
            alone = not bound.has(symbol) and not chance.event.has(OverRandom)
            return alone and (is_matrix(symbol) or isinstance(symbol, sp.Symbol))
    return False


def entangled(fact: Instantiated, domain: Domain, holds: Proved) -> Iterator[Any]:
    """What stands in the way of an instance of a fact about chances or means, in words or as a claim to derive.

    A random symbol of the fact stands for one of the statement, of the same law, and for no two the same, since they
    are independent. Every other symbol is chosen before: it has nothing random, or is made without these.

    Args:
        fact: The fact with objects put in.
        domain: Where the statement is claimed that uses it.
        holds: Whether a condition holds for every outcome.
    """
    laws = {s: r for s, r in fact.fact.domain.ranges.items() if isinstance(r, LAWS)}
    if not laws and not over_random(fact.fact.content):
        return
    chosen: list[Any] = []
    for symbol, law in laws.items():
        expr = fact.put[symbol]
        if isinstance(law, Dependent):
            continue
        if own_law(expr, domain) != _law(law, fact):
            yield f"{expr} ~ {type(law).__name__}"
        for other in chosen:
            if not differ(expr, other, holds):
                yield f"{other} independent of {expr}"
        chosen.append(expr)
    for symbol, expr in fact.put.items():
        inside = random_in(expr, domain) if symbol not in laws and isinstance(expr, sp.Basic) else set()
        if not inside:
            continue
        if not chosen or not conditional(fact, symbol):
            yield f"{expr} without the random {min(map(str, inside))}"
            continue
        yield from (claim for claim in (MadeWithout(expr, source) for source in chosen) if not holds(claim))


def differ(one: Any, other: Any, holds: Proved) -> bool:
    """Whether two symbols are for sure not the same: members of one family at places that differ."""
    if isinstance(one, Member) and isinstance(other, Member) and one.name == other.name:
        pairs = zip(one.at, other.at, strict=False)
        return any((a - b).is_zero is False or (a != b and holds(sp.Ne(a, b, evaluate=False))) for a, b in pairs)
    return bool(one != other)


def obstacle(claim: MadeWithout, domain: Domain, given: Sequence[Any], holds: Proved) -> str | None:
    """Why a quantity is not known to be made without a random symbol; None if it is.

    Each symbol in it is not random, or an independent one that surely is another, or known to be made without that
    one, or by an equation equal to what is made without it. What is given must hold for every outcome.
    """
    source = claim.source
    if own_law(source, domain) is None:
        return f"{source} has no law of its own"
    known = {c.quantity for c in given if isinstance(c, MadeWithout) and c.source == source}
    equal = {c.lhs: c.rhs for c in given if isinstance(c, sp.Eq) and isinstance(c.lhs, sp.Symbol | sp.MatrixSymbol)}

    def blocked(quantity: Any, path: tuple[Any, ...]) -> str | None:
        if quantity in known:
            return None
        bound = {v for node in sp.preorder_traversal(quantity) for v in getattr(node, "bound_symbols", ())}
        for symbol in sorted(random_in(quantity, domain), key=str):
            places = getattr(symbol, "at", ())
            if symbol in known:
                continue
            if conditioned(places, domain) or any(place.free_symbols & bound for place in places):
                return f"{symbol} is not one symbol"
            if own_law(symbol, domain) is not None:
                if not differ(symbol, source, holds):
                    return f"{symbol} may be {source}" if symbol != source else f"{source} is in it"
            elif symbol in path:
                return f"{symbol} is defined by itself"
            elif symbol not in equal:
                return f"no equation that the step uses says what {symbol} is"
            elif said := blocked(equal[symbol], (*path, symbol)):
                return said
        return None

    return blocked(claim.quantity, ())


def _law(law: Range, fact: Instantiated) -> Range:
    if not isinstance(law, Independent):
        return law
    return Independent(*(sp.sympify(end).xreplace(dict(fact.put)) for end in (law.low, law.high)))
