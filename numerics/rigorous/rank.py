"""Full rank of a network's last features Φ = [h, 𝟏], certified: never by a rank that was computed in floats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx, fmpq_mat, nmod_mat

from derivations.arguments import taking, whole
from numerics.rigorous.features import BALLS, RATIONALS, Layer, NotRational, evaluated, exact, with_ones
from numerics.values.ball_integrals.strips import NoBall

PRIMES = (2**61 - 1, 2**31 - 1)
"""Primes modulo which a rank is computed first: it is a lower bound of the rank over Q, whatever the prime."""
SQUARINGS = 5
"""‖R‖ is bounded by the trace of (RᵀR)^(2^5): at most n^(1/64) times what it is."""


@dataclass(frozen=True)
class FullRank:
    """Whether the rows of a matrix are linearly independent.

    Args:
        holds: True if they certainly are, False if they certainly are not, None if neither is known.
        rows: The number of rows n.
        columns: The number of columns.
        why: What decided it, in words.
        rank: The rank over Q where it was computed exactly; None elsewhere.
        low: A certified lower bound of σ_min, a ball without radius; 0 where there is none.
        high: A certified upper bound of it; None where there is none.
        determinant: A ball of the determinant of a square matrix; None elsewhere.
        bits: The working precision that was enough, 0 for exact arithmetic.

    Example:
        >>> from numerics.rigorous import rational_rank
        >>> found = rational_rank([[1, 0], [0, 2]])
        >>> found.holds, found.rows, found.rank
        (True, 2, 2)
    """

    holds: bool | None
    rows: int
    columns: int
    why: str
    rank: int | None = None
    low: Any = 0
    high: Any = None
    determinant: Any = None
    bits: int = 0

    def __bool__(self) -> bool:
        raise TypeError("a FullRank has three values: compare .holds with True, False and None")


@contextmanager
def _precision(bits: int) -> Iterator[None]:
    before, ctx.prec = ctx.prec, bits
    try:
        yield
    finally:
        ctx.prec = before


def _norm(matrix: Any) -> Any:
    """An upper bound of the operator norm of a matrix with rows of balls, which is near it: see SQUARINGS."""
    power = matrix.transpose() * matrix
    for _ in range(SQUARINGS):
        power = power * power
    trace = power.trace().abs_upper()
    # the root of an exact 0 has no enclosure in Arb
    return trace.root(2 ** (SQUARINGS + 1)).upper() if trace != 0 else arb(0)


@taking(NoBall)
def sigma_min_balls(matrix: Any) -> tuple[Any, Any]:
    """Bound the least of the n singular values of an n × p matrix of balls, p ≥ n, from both sides.

    With R near a right inverse and E = MR − I, ‖Mᵀv‖‖R‖ ≥ (1 − ‖E‖)‖v‖: so σ_min ≥ (1 − ‖E‖)/‖R‖, where R is exact and
    E a ball. The upper bound is ‖Mᵀu‖/‖u‖ at one u.

    Args:
        matrix: M, an array or lists of balls, with n rows.

    Returns:
        Exact balls low ≤ σ_min ≤ high; low is 0 and high is infinite where nothing is proved.

    Raises:
        NoBall: It is no matrix of balls.

    Example:
        >>> from flint import arb
        >>> from numerics.rigorous import sigma_min_balls
        >>> low, high = sigma_min_balls([[arb(3), arb(0)], [arb(0), arb(2)]])
        >>> 1.95 < low and high < 2.001
        True
    """
    M = arb_mat(np.asarray(matrix, dtype=object).tolist())
    n, nothing = M.nrows(), arb(0)
    if M.ncols() < n:
        return nothing, nothing
    if not all(e.is_finite() for e in M.entries()):
        return nothing, arb.pos_inf()
    middle = M.mid()
    try:
        inverse = (middle * middle.transpose()).inv()
    except ZeroDivisionError:
        return nothing, _norm(M)
    R = (middle.transpose() * inverse).mid()
    u = _last_direction(inverse.mid())
    along = M.transpose() * u
    high = ((along.transpose() * along)[0, 0].abs_upper() / (u.transpose() * u)[0, 0].abs_lower()).sqrt().upper()
    E = M * R - arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])
    size = _norm(E)
    if not size < 1:
        return nothing, high
    return ((1 - size) / _norm(R)).lower(), high


def _last_direction(inverse: Any) -> Any:
    """A direction near the eigenvector of the largest eigenvalue of (MMᵀ)⁻¹: the column of a power that is largest."""
    power = inverse
    for _ in range(SQUARINGS):
        power = power * power * (1 / power.trace().mid())
        power = power.mid()
    n = power.nrows()
    best = max(range(n), key=lambda j: float(power[j, j]))
    return arb_mat(n, 1, [power[i, best] for i in range(n)])


def _modulo(table: list[list[Any]], prime: int) -> int | None:
    """The rank modulo a prime; None where the prime divides a denominator."""
    if any(int(e.q) % prime == 0 for row in table for e in row):
        return None
    reduced = [int(e.p) * pow(int(e.q), -1, prime) % prime for row in table for e in row]
    return int(nmod_mat(len(table), len(table[0]), reduced, prime).rank())


@taking(NoBall)
def rational_rank(matrix: Any) -> FullRank:
    """Decide exactly whether the rows of a matrix of rational numbers are independent.

    Full rank modulo a prime proves full rank over Q; where it fails, the rank is computed over Q, since a rank modulo a
    prime can be smaller.

    Args:
        matrix: An array or lists of floats, integers, fractions or SymPy rationals, each taken as it is.

    Returns:
        A `FullRank` that is decided.

    Raises:
        NoBall: An entry is no finite rational number, or it is no matrix.

    Example:
        >>> from numerics.rigorous import rational_rank
        >>> rational_rank([[1, 2], [2, 4]]).rank
        1
    """
    found = exact(matrix)
    if found.ndim != 2 or not found.size:
        raise NoBall("rational_rank: a matrix with rows and columns is needed")
    table = found.tolist()
    n, p = found.shape
    for prime in PRIMES:
        if _modulo(table, prime) == n:
            return FullRank(True, n, p, f"rank {n} modulo the prime {prime}", n)
    rank = int(fmpq_mat(table).rank())
    return FullRank(rank == n, n, p, f"rank {rank} over Q, by exact elimination", rank)


@taking(NoBall, most_bits=whole(64, 65536))
def full_rank(x: Any, layers: Sequence[Layer], most_bits: int = 4096) -> FullRank:
    """Decide whether the last features of a network with a column of ones, Φ = [h, 𝟏], have rank n on n inputs.

    Args:
        x: The inputs, of shape (n, d) or (n, channels, height, width); floats are taken as the rationals they are.
        layers: The layers of `numerics.rigorous.features` up to the last hidden one; `layers_of` reads a torch network.
        most_bits: The precision at which ball arithmetic gives up, from 64 to 65536 bits; it starts with 128.

    Returns:
        A `FullRank`: certainly full, certainly not, or undecided where every enclosure contained 0.

    Raises:
        NoBall: A number is not rational, or shapes do not fit.

    Source:
        Kawaguchi and Sun 2021 (arXiv:2104.05785), the expressivity condition.

    Example:
        >>> from sympy import tanh
        >>> from derivations.activations import X
        >>> from numerics.rigorous import full_rank
        >>> from numerics.rigorous.features import Dense, Entrywise
        >>> layers = [Dense([[1], [2]], [0, 1]), Entrywise(tanh(X))]
        >>> full_rank([[0], [1], [2]], layers).holds
        True
    """
    given = exact(x)
    if given.ndim < 2 or not given.size:
        raise NoBall("full_rank: inputs of shape (n, d) are needed, n ≥ 1")
    n = len(given)
    try:
        rational = with_ones(RATIONALS, evaluated(RATIONALS, layers, given))
        return rational_rank(rational)
    except NotRational:
        pass
    except ZeroDivisionError:
        raise NoBall("full_rank: a rational activation is divided by 0 at one of the inputs") from None
    rows = [tuple(map(str, row.ravel())) for row in given]
    same = len(set(rows)) < n
    bits, found = 128, FullRank(None, n, 0, "no precision was tried")
    while bits <= max(most_bits, 128):
        with _precision(bits):
            features = with_ones(BALLS, evaluated(BALLS, layers, BALLS.of(given)))
            p = features.shape[1]
            if p < n:
                return FullRank(False, n, p, f"{p} columns cannot have rank {n}", bits=bits)
            if same:
                return FullRank(False, n, p, "two inputs are equal, and so are their rows", bits=bits)
            now = _in_balls(features, bits)
        found = now if now.holds or not found.holds else found
        if now.low > 0:
            return now
        bits *= 2
    return found


def _in_balls(features: Any, bits: int) -> FullRank:
    n, p = features.shape
    if any(not e.is_finite() for e in features.ravel()):
        return FullRank(None, n, p, f"a feature has no finite enclosure at {bits} bits", bits=bits)
    low, high = sigma_min_balls(features)
    determinant = arb_mat(features.tolist()).det() if n == p else None
    if low > 0:
        said = f"σ_min ≥ {low.str(4, radius=False)} in ball arithmetic of {bits} bits"
        return FullRank(True, n, p, said, n, low, high, determinant, bits)
    if determinant is not None and not determinant.contains(0):
        said = f"det = {determinant.str(8)} in ball arithmetic of {bits} bits"
        return FullRank(True, n, p, said, n, low, high, determinant, bits)
    return FullRank(None, n, p, f"the enclosure contains singular matrices at {bits} bits", None, low, high,
                    determinant, bits)  # fmt: skip
