"""Claims with roots, A ≥ B, by their squares: A² ≥ B² has one root less."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checks.provers.algebra.branches import written
from checks.provers.algebra.quotients import Polynomial
from checks.provers.sums.certificates import BySquares, SumOfSquares
from checks.provers.sums.search import Known


@dataclass(frozen=True)
class Squared:
    """What is left to show for f = A − B ≥ 0.

    Args:
        f: The polynomial f.
        larger: A, which is not negative.
        p: What A² − B² is where the equations hold.
        ideal: Pairs of λ and h with A² − B² = p + Σ λ·h.
    """

    f: Polynomial
    larger: Polynomial
    p: Polynomial
    ideal: tuple[tuple[Polynomial, Polynomial], ...]

    def certificate(self, known: Known, below: SumOfSquares | BySquares) -> BySquares:
        """The certificate of f ≥ 0 from one of p ≥ 0."""
        f, larger = (written(q, known.names) for q in (self.f, self.larger))
        pairs = ((written(c, known.names), written(h, known.names)) for c, h in self.ideal)
        return BySquares(f, larger, below, tuple(pairs))


def squared(known: Known, f: Polynomial) -> Iterator[Squared]:
    """The ways to show f ≥ 0 by squares: A has its terms with roots, or all that are never negative.

    Args:
        known: What may be used; an equation c·s^q = x makes s a root.
        f: The polynomial.
    """
    roots = [(h, *root) for h in known.equations if (root := _root(h)) is not None]
    named = {k for _, k, _ in roots}
    gens = known.context.gens()
    positive = {k for k, g in enumerate(gens) if g in known.conditions}
    fit = {
        m: c
        for m, c in f.to_dict().items()
        if c > 0 and sum(m) and all(e % 2 == 0 or k in positive for k, e in enumerate(m))
    }
    with_roots = {m: c for m, c in fit.items() if any(m[k] for k in named)}
    constant = {m: c for m, c in f.to_dict().items() if c > 0 and not sum(m)}
    tried: list[dict[Any, Any]] = [{}]
    for terms in (with_roots, fit, fit | constant) if len(known.conditions) > len(positive) or roots else ():
        if terms in tried:
            continue
        tried.append(terms)
        larger = known.context.from_dict(terms)
        p, ideal = larger**2 - (larger - f) ** 2, []
        for h, k, order in roots:
            reduced = _reduced(p, h, k, order)
            if reduced != p:
                ideal.append(((p - reduced) / h, h))
                p = reduced
        yield Squared(f, larger, p, tuple(ideal))


def _root(h: Polynomial) -> tuple[int, int] | None:
    """The newest variable s, and the order q, of an equation c·s^q + rest = 0 without further s."""
    terms = h.to_dict()
    for k in reversed(range(len(h.degrees()))):
        powers = [m for m in terms if m[k]]
        if len(powers) == 1 and powers[0][k] > 1 and sum(powers[0]) == powers[0][k]:
            return k, int(powers[0][k])
    return None


def _reduced(p: Polynomial, h: Polynomial, k: int, order: int) -> Polynomial:
    """p with s^q put in from the equation, until no such power is left."""
    context = p.context()
    power = context.gens()[k] ** order
    lead = next(c for m, c in h.to_dict().items() if m[k])
    value = power - h / lead
    while any(m[k] >= order for m in p.monoms()):
        low = context.from_dict({m: c for m, c in p.to_dict().items() if m[k] < order})
        p = low + (p - low) / power * value
    return p
