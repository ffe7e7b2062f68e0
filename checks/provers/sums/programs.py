"""The search for a sum of squares as a semidefinite program, whose data stay exact beside the floats.

Sought is m·f = Σ g_i σ_i + Σ λ_j h_j, where each σ_i = bᵀQb has a positive semidefinite Gram matrix Q over a basis b of
polynomials and each λ_j is a free polynomial.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import clarabel
import numpy as np
import scipy.sparse as sps
from numpy.typing import NDArray

from checks.provers.algebra.quotients import Polynomial
from derivations.outcomes.budget import take

Array = NDArray[np.float64]
MOST_ITERATIONS = 60


@dataclass(frozen=True)
class Block:
    """One term g·bᵀQb.

    Args:
        factors: The numbers of the conditions whose product is g; none for g = 1.
        g: The product.
        basis: The polynomials of b.
    """

    factors: tuple[int, ...]
    g: Polynomial
    basis: tuple[Polynomial, ...]


@dataclass(frozen=True)
class Program:
    """The unknowns of a certificate and the equations between them.

    Args:
        target: The polynomial m·f.
        blocks: The terms with Gram matrices.
        free: The polynomials whose multiples by a free number may be added: monomials times equations.
    """

    target: Polynomial
    blocks: tuple[Block, ...]
    free: tuple[Polynomial, ...]

    def columns(self) -> list[dict[tuple[int, ...], Any]]:
        """The coefficients that one unknown brings: the entries of each Q, its upper triangle by columns, then λ."""
        found = []
        for block in self.blocks:
            for j, q in enumerate(block.basis):
                right = block.g * q
                take(len(right) * (j + 1) // 4 + 1)
                for i in range(j + 1):
                    p = block.basis[i] * right
                    found.append((p if i == j else 2 * p).to_dict())
        return found + [p.to_dict() for p in self.free]


@dataclass(frozen=True)
class Solution:
    """What the semidefinite solver found.

    Args:
        least: The largest t such that each Q − t is positive semidefinite, at most 1; negative where there is no
            sum of squares.
        x: The unknowns, in the order of the program's columns.
        grams: The Gram matrices.
    """

    least: float
    x: Array
    grams: tuple[Array, ...]


def solve(program: Program, columns: Sequence[dict[tuple[int, ...], Any]]) -> Solution | None:
    """The solution whose Gram matrices are farthest from singular; None where the equations have none.

    Args:
        program: What is sought.
        columns: Its columns.
    """
    rows = {m: i for i, m in enumerate(sorted({m for column in columns for m in column}))}
    goal = program.target.to_dict()
    if any(m not in rows for m in goal):
        return None
    entries = [(rows[m], k, float(c)) for k, column in enumerate(columns) for m, c in column.items()]
    count, unknowns = len(rows), len(columns) + 1
    b = np.zeros(count)
    for m, c in goal.items():
        b[rows[m]] = float(c)
    scale = max(1e-300, float(np.abs(b).max())) if count else 1.0
    equations = sps.csc_matrix(
        ([e[2] for e in entries], ([e[0] for e in entries], [e[1] for e in entries])), shape=(count, unknowns)
    )
    parts, cones = [equations], [clarabel.ZeroConeT(count)]
    at = 0
    for block in program.blocks:
        n = len(block.basis)
        size = n * (n + 1) // 2
        diagonal = np.cumsum(np.arange(1, n + 1)) - 1
        weights = np.full(size, np.sqrt(2.0))
        weights[diagonal] = 1.0
        part = sps.csc_matrix(
            (
                np.concatenate([-weights, np.ones(n)]),
                (
                    np.concatenate([np.arange(size), diagonal]),
                    np.concatenate([at + np.arange(size), np.full(n, unknowns - 1)]),
                ),
            ),
            shape=(size, unknowns),
        )
        parts.append(part)
        cones.append(clarabel.PSDTriangleConeT(n))
        at += size
    parts.append(sps.csc_matrix(([1.0], ([0], [unknowns - 1])), shape=(1, unknowns)))
    cones.append(clarabel.NonnegativeConeT(1))
    matrix = sps.vstack(parts, format="csc")
    right = np.concatenate([b / scale, np.zeros(matrix.shape[0] - count - 1), [1.0]])
    objective = np.zeros(unknowns)
    objective[-1] = -1.0
    take(20 * at)
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_iter = MOST_ITERATIONS
    settings.max_threads = 1
    found = clarabel.DefaultSolver(
        sps.csc_matrix((unknowns, unknowns)), objective, matrix, right, cones, settings
    ).solve()
    x = np.array(found.x)
    if not np.all(np.isfinite(x)) or "Infeasible" in str(found.status):
        return None
    return Solution(float(x[-1]), x[:-1] * scale, tuple(_grams(program, x[:-1] * scale)))


def _grams(program: Program, x: Array) -> list[Array]:
    found, at = [], 0
    for block in program.blocks:
        n = len(block.basis)
        gram = np.zeros((n, n))
        for j in range(n):
            gram[: j + 1, j] = gram[j, : j + 1] = x[at : at + j + 1]
            at += j + 1
        found.append(gram)
    return found
