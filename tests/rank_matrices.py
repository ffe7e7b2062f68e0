"""Matrices made to break a certificate of full rank: short of it by 1e-300, huge or subnormal entries, equal rows."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

Table = list[list[Fraction]]


def _integers(rng: np.random.Generator, n: int, p: int) -> Table:
    return [[Fraction(int(e)) for e in row] for row in rng.integers(-4, 5, size=(n, p))]


def _almost(rng: np.random.Generator, n: int, p: int) -> Table:
    """The last row is a combination of the others, but for 10^−e in one entry; e = 300 at most."""
    made = _integers(rng, n, p)
    c = [Fraction(int(e)) for e in rng.integers(-3, 4, size=n - 1)]
    made[-1] = [sum((ci * row[j] for ci, row in zip(c, made, strict=False)), Fraction(0)) for j in range(p)]
    made[-1][int(rng.integers(p))] += Fraction(1, 10 ** int(rng.integers(1, 301)))
    return made


def _scales(rng: np.random.Generator, n: int, p: int) -> Table:
    """Rows and columns of sizes from 10^−300 to 10^300."""
    rows, columns = ([Fraction(10) ** int(e) for e in rng.integers(-150, 151, size=k)] for k in (n, p))
    return [
        [e * r * c for e, c in zip(row, columns, strict=True)]
        for row, r in zip(_integers(rng, n, p), rows, strict=True)
    ]


def _subnormal(rng: np.random.Generator, n: int, p: int) -> Table:
    return [[e * Fraction(5e-324) for e in row] for row in _integers(rng, n, p)]


def _repeated(rng: np.random.Generator, n: int, p: int) -> Table:
    made = _integers(rng, n, p)
    made[int(rng.integers(n))] = list(made[int(rng.integers(n))])
    return made


def _low_rank(rng: np.random.Generator, n: int, p: int) -> Table:
    left, right = _integers(rng, n, n - 1), _integers(rng, n - 1, p)
    return [[sum((a * right[k][j] for k, a in enumerate(row)), Fraction(0)) for j in range(p)] for row in left]


def _multiples_of_a_prime(rng: np.random.Generator, n: int, p: int) -> Table:
    """Of full rank over Q as a rule, and of a lower one modulo 2³¹ − 1 and 2⁶¹ − 1."""
    made = _integers(rng, n, p)
    made[0] = [e * (2**31 - 1) * (2**61 - 1) for e in made[0]]
    made[-1] = [e / (2**61 - 1) for e in made[-1]]
    return made


def _hilbert(rng: np.random.Generator, n: int, p: int) -> Table:
    first = int(rng.integers(1, 10))
    return [[Fraction(1, i + j + first) for j in range(p)] for i in range(n)]


def _floats(rng: np.random.Generator, n: int, p: int) -> Table:
    return [[Fraction(float(e)) for e in row] for row in rng.standard_normal((n, p)) * 10.0 ** rng.integers(-9, 10)]


KINDS: dict[str, Callable[[np.random.Generator, int, int], Table]] = {
    "integers": _integers,
    "almost": _almost,
    "scales": _scales,
    "subnormal": _subnormal,
    "repeated": _repeated,
    "low rank": _low_rank,
    "multiples of a prime": _multiples_of_a_prime,
    "hilbert": _hilbert,
    "floats": _floats,
}


def matrix(kind: str, rng: np.random.Generator) -> Table:
    """A matrix of a kind with 2 to 5 rows, and at most one column fewer than rows or three more."""
    n = int(rng.integers(2, 6))
    return KINDS[kind](rng, n, n + int(rng.integers(-1, 4)))


def exact_rank(table: Table) -> int:
    """The rank by Gauss's elimination over Q, in Python's fractions."""
    rows, rank = [list(row) for row in table], 0
    for j in range(len(rows[0])):
        pivot = next((i for i in range(rank, len(rows)) if rows[i][j]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for i in range(rank + 1, len(rows)):
            factor = rows[i][j] / rows[rank][j]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[rank], strict=True)]
        rank += 1
    return rank


def positive(symmetric: Table) -> bool:
    """Whether a symmetric matrix is positive definite, by its pivots over Q."""
    rows = [list(row) for row in symmetric]
    for k in range(len(rows)):
        if rows[k][k] <= 0:
            return False
        for i in range(k + 1, len(rows)):
            factor = rows[i][k] / rows[k][k]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return True


def gram_minus(table: Table, level: Fraction) -> Table:
    """MMᵀ − level²·I."""
    return [
        [sum((a * b for a, b in zip(u, v, strict=True)), Fraction(0)) - (level**2 if i == j else 0)
         for j, v in enumerate(table)]
        for i, u in enumerate(table)
    ]  # fmt: skip


def number(ball: Any) -> Fraction:
    """An exact ball as a fraction."""
    mantissa, exponent = ball.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
