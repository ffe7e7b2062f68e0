"""The search for a sum of squares as a semidefinite program, whose data stay exact beside the floats.

Sought is m·f = Σ g_i σ_i + Σ λ_j h_j, where each σ_i = bᵀQb has a positive semidefinite Gram matrix Q over a basis b of
polynomials and each λ_j is a free polynomial.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import clarabel
import numpy as np
import scipy.linalg
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

    def shape(self, power: int) -> tuple[Any, ...]:
        """What tells the programs for one polynomial apart, with a power of its multiplier."""
        return power, len(self.free), *((b.factors, len(b.basis)) for b in self.blocks)


class Equations:
    """The linear equations of a program: one for each monomial, a column for each unknown.

    The columns are the entries of each Q, its upper triangle by columns, and then the free numbers.

    Args:
        program: What is sought.

    Attributes:
        columns: The coefficients that one unknown brings, by monomial.
        monomials: The monomials, one an equation.
        matrix: The coefficients as floats.
        right: Those of the target as floats.
        kept: Equations that are independent of one another and imply all of them.
        solvable: False where the target has a monomial that no column has.
    """

    def __init__(self, program: Program) -> None:
        self.columns: list[dict[tuple[int, ...], Any]] = []
        for block in program.blocks:
            for j, q in enumerate(block.basis):
                right = block.g * q
                take(len(right) * (j + 1) // 4 + 1)
                for i in range(j + 1):
                    p = block.basis[i] * right
                    self.columns.append((p if i == j else 2 * p).to_dict())
        self.columns += [p.to_dict() for p in program.free]
        self.monomials = sorted({m for column in self.columns for m in column})
        rows = {m: i for i, m in enumerate(self.monomials)}
        goal = program.target.to_dict()
        self.solvable = all(m in rows for m in goal)
        self.matrix = np.zeros((len(rows), len(self.columns)))
        for k, column in enumerate(self.columns):
            for m, c in column.items():
                self.matrix[rows[m], k] = float(c)
        self.right = np.array([float(goal.get(m, 0)) for m in self.monomials])
        take(self.matrix.size // 50 + 1)
        self.kept = sorted(independent(self.matrix.T))


def independent(matrix: Array) -> list[int]:
    """Columns of a matrix that are independent of one another and span all of them."""
    if not matrix.size:
        return []
    _, r, order = scipy.linalg.qr(matrix, mode="economic", pivoting=True)
    diagonal = np.abs(np.diag(r))
    return [int(k) for k in order[: int((diagonal > 1e-9 * diagonal[0]).sum())]]


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


def solve(program: Program, equations: Equations) -> Solution | None:
    """The solution whose Gram matrices are farthest from singular; None where the equations have none.

    Args:
        program: What is sought.
        equations: Its equations.
    """
    if not equations.solvable or not equations.kept:
        return None
    count, unknowns = len(equations.kept), len(equations.columns) + 1
    b = equations.right[equations.kept]
    scale = max(1e-300, float(np.abs(b).max()))
    kept = sps.hstack([sps.csc_matrix(equations.matrix[equations.kept]), sps.csc_matrix((count, 1))])
    parts, cones = [kept], [clarabel.ZeroConeT(count)]
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
    if not np.all(np.isfinite(x)) or str(found.status) not in ("Solved", "AlmostSolved"):
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
