"""From floats to an exact sum of squares: kernels as rational vectors, equations solved exactly, LDLᵀ over fractions.

After Peyrl and Parrilo, "Computing sum of squares decompositions with rational coefficients" (2008): a Gram matrix
inside of the cone stays there when it is rounded. One on its border is first expressed in fewer polynomials, those that
its kernel leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from flint import fmpq, fmpq_mat
from numpy.typing import NDArray

from checks.provers.algebra.quotients import Polynomial
from checks.provers.sums.programs import Block, Equations, Program, Solution, independent

Array = NDArray[np.float64]
DENOMINATORS = (1, 2, 12, 120, 10**4, 10**7, 10**10)
"""Of the numbers to which Gram matrices are rounded; the first that works is taken."""
KERNEL = (1e-6, 1e-4, 1e-3)
"""Eigenvalues, relative to the largest, that may be 0."""
LARGEST_DENOMINATOR, CLOSE = 36, 2e-3
"""Of the numbers in a kernel, and how far from one a float may be."""
Squares = list[tuple[fmpq, Polynomial]]


def reduced(program: Program, solution: Solution, kernel: float) -> Program | None:
    """The program over the polynomials that are left by the kernels of the Gram matrices; None where nothing changes.

    Args:
        program: What was solved.
        solution: Its solution, on the border of the cone.
        kernel: Up to which size an eigenvalue counts as 0, relative to the largest of all.
    """
    largest = max((float(np.abs(g).max()) for g in solution.grams), default=0.0)
    blocks: list[Block] = []
    changed = False
    for block, gram in zip(program.blocks, solution.grams, strict=True):
        values, vectors = np.linalg.eigh(gram)
        null = vectors[:, values < kernel * largest]
        if not null.shape[1]:
            blocks.append(block)
            continue
        changed = True
        left = _left(block.basis, null)
        if left is None:
            return None
        if left:
            blocks.append(Block(block.factors, block.g, left))
    return Program(program.target, tuple(blocks), program.free) if changed else None


def _left(basis: Sequence[Polynomial], null: Array) -> tuple[Polynomial, ...] | None:
    """Combinations of the basis that vanish where the kernel's vectors say; None where these are not rational."""
    rows = null.T.copy()
    pivots: list[int] = []
    for k in range(len(rows)):
        size = np.abs(rows[k:])
        size[:, pivots] = 0
        # of columns of almost the same size the first: the choice is not one of rounding
        row, column = np.argwhere(size > 0.9 * size.max())[0]
        rows[[k, k + row]] = rows[[k + row, k]]
        rows[k] /= rows[k, column]
        for other in range(len(rows)):
            if other != k:
                rows[other] -= rows[other, column] * rows[k]
        pivots.append(int(column))
    found = []
    for j, q in enumerate(basis):
        if j in pivots:
            continue
        for k, pivot in enumerate(pivots):
            c = Fraction(float(rows[k, j])).limit_denominator(LARGEST_DENOMINATOR)
            if abs(float(c) - rows[k, j]) > CLOSE:
                return None
            q = q - basis[pivot] * fmpq(c.numerator, c.denominator)
        found.append(q)
    return tuple(found)


def exact(program: Program, equations: Equations, solution: Solution) -> tuple[list[Squares], list[fmpq]] | None:
    """The squares of each block and the free numbers, exactly as the program demands; None where rounding fails.

    Args:
        program: What was solved.
        equations: Its equations.
        solution: Its solution, inside of the cone.
    """
    columns, kept = equations.columns, equations.kept
    names = [equations.monomials[i] for i in kept]
    chosen = independent(equations.matrix[kept])
    if len(chosen) < len(kept):
        return None
    square = fmpq_mat(len(kept), len(kept))
    for place, k in enumerate(chosen):
        for i, m in enumerate(names):
            square[i, place] = columns[k].get(m, fmpq(0))
    goal = program.target.to_dict()
    others = sorted(set(range(len(columns))) - set(chosen))
    for denominator in DENOMINATORS:
        x = [fmpq(0)] * len(columns)
        for k in others:
            x[k] = fmpq(round(float(solution.x[k]) * denominator), denominator)
        right = fmpq_mat(len(kept), 1)
        for i, m in enumerate(names):
            right[i, 0] = goal.get(m, fmpq(0)) - sum((columns[k].get(m, fmpq(0)) * x[k] for k in others), fmpq(0))
        try:
            found = square.solve(right)
        except (ZeroDivisionError, ValueError):
            return None
        for place, k in enumerate(chosen):
            x[k] = found[place, 0]
        squares = _squares(program, x)
        if squares is not None:
            return squares
    return None


def _squares(program: Program, x: Sequence[fmpq]) -> tuple[list[Squares], list[fmpq]] | None:
    found, at = [], 0
    for block in program.blocks:
        n = len(block.basis)
        gram = [[fmpq(0)] * n for _ in range(n)]
        for j in range(n):
            for i in range(j + 1):
                gram[i][j] = gram[j][i] = x[at]
                at += 1
        squares = ldl(gram, block.basis)
        if squares is None:
            return None
        found.append(squares)
    return found, list(x[at:])


def ldl(gram: list[list[fmpq]], basis: Sequence[Polynomial]) -> Squares | None:
    """bᵀQb as a sum of squares with positive factors; None where Q is not positive semidefinite.

    Args:
        gram: Q, which is overwritten.
        basis: The polynomials b.
    """
    n = len(basis)
    squares: Squares = []
    for k in range(n):
        pivot = gram[k][k]
        if pivot < 0 or (pivot == 0 and any(gram[k][j] != 0 for j in range(k + 1, n))):
            return None
        if pivot == 0:
            continue
        factors = [gram[k][j] / pivot for j in range(k, n)]
        q = sum((basis[j] * factors[j - k] for j in range(k + 1, n)), basis[k])
        squares.append((pivot, q))
        for i in range(k + 1, n):
            if gram[k][i] != 0:
                for j in range(i, n):
                    gram[i][j] = gram[j][i] = gram[i][j] - gram[k][i] * factors[j - k]
    return squares
