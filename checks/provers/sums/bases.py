"""Which monomials the squares of a certificate need: Newton polytopes, degrees, and symmetry under signs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from scipy.optimize import linprog

from checks.provers.algebra.quotients import Polynomial

Monomial = tuple[int, ...]


def monomials(count: int, degree: int, least: int = 0) -> Iterator[Monomial]:
    """The monomials in so many variables of degree `least` to `degree`, those of high degree first."""
    for total in range(degree, least - 1, -1):
        for bars in combinations(range(total + count - 1), count - 1) if count else [()] if total == 0 else []:
            ends = (-1, *bars, total + count - 1)
            yield tuple(b - a - 1 for a, b in pairwise(ends))


def degree_of(p: Polynomial) -> int:
    """The total degree; 0 for the polynomial 0."""
    return max((sum(map(int, m)) for m in p.monoms()), default=0)


def is_homogeneous(p: Polynomial) -> bool:
    """Whether all terms have the same degree."""
    return len({sum(map(int, m)) for m in p.monoms()}) <= 1


MOST_PROGRAMS = 100
"""Linear programs for one hull, 2 ms each; a basis with monomials from outside is only larger than it need be."""


class Hull:
    """The convex hull of the exponents of a polynomial; after MOST_PROGRAMS questions the box around it."""

    def __init__(self, exponents: Iterable[Monomial]) -> None:
        self.points = np.array(sorted(set(exponents)), dtype=float)
        self.low, self.high = self.points.min(axis=0), self.points.max(axis=0)
        total = self.points.sum(axis=1)
        self.degrees = float(total.min()), float(total.max())
        self.known: dict[Monomial, bool] = {}
        self.programs = 0

    def __contains__(self, m: Monomial) -> bool:
        if m not in self.known:
            self.known[m] = self._contains(np.array(m, dtype=float))
        return self.known[m]

    def _contains(self, m: Any) -> bool:
        if np.any(m < self.low) or np.any(m > self.high) or not self.degrees[0] <= m.sum() <= self.degrees[1]:
            return False
        if np.any(np.all(self.points == m, axis=1)):
            return True
        if self.programs >= MOST_PROGRAMS:
            return True
        self.programs += 1
        count = len(self.points)
        equations = np.vstack([self.points.T, np.ones(count)])
        found = linprog(np.zeros(count), A_eq=equations, b_eq=np.append(m, 1.0), bounds=(0, None), method="highs")
        return bool(found.status != 2)


def without_lonely(candidates: Sequence[Monomial], support: Iterable[Monomial]) -> list[Monomial]:
    """The candidates without those whose square can come from nowhere else and is no term of the target.

    Args:
        candidates: Monomials of the basis of a sum of squares that stands alone.
        support: The monomials of the target.
    """
    wanted, left = set(support), list(candidates)
    while True:
        mixed = {tuple(a + b for a, b in zip(m, n, strict=True)) for m, n in combinations(left, 2)}
        kept = [m for m in left if (square := tuple(2 * e for e in m)) in wanted or square in mixed]
        if len(kept) == len(left):
            return kept
        left = kept


def sign_symmetries(polynomials: Iterable[Polynomial], count: int) -> list[int]:
    """Sets of variables, as bits, whose signs can be changed together without a change of any of the polynomials."""
    rows = {sum((int(e) & 1) << i for i, e in enumerate(m)) for p in polynomials for m in p.monoms()}
    pivots: dict[int, int] = {}
    for row in sorted(rows):
        for place, pivot in pivots.items():
            if row >> place & 1:
                row ^= pivot
        if row:
            place = row.bit_length() - 1
            pivots = {k: p ^ row if p >> place & 1 else p for k, p in pivots.items()}
            pivots[place] = row
    found = []
    for free in (i for i in range(count) if i not in pivots):
        found.append((1 << free) | sum(1 << k for k, p in pivots.items() if p >> free & 1))
    return found


def parities(m: Monomial, symmetries: Sequence[int]) -> tuple[int, ...]:
    """How a monomial changes its sign under each of the symmetries; a Gram matrix has no entry between two kinds."""
    bits = sum((e & 1) << i for i, e in enumerate(m))
    return tuple((bits & s).bit_count() & 1 for s in symmetries)
