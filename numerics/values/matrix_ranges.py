"""Vectors and matrices of each range: made from coordinates of the unit cube, rounded to exact ones, and recognised."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from flint import fmpq, fmpq_mat
from numpy.typing import NDArray
from scipy.special import ndtri

from derivations.domains import (
    NonnegativeVectors,
    PositiveSemidefinite,
    Range,
    SymmetricMatrices,
    UnitVectors,
)

Array = NDArray[np.float64]

EDGE = 1e-9
"""How near to 0 and 1 a coordinate that is mapped onto a line may be."""
NEARLY_SINGULAR = 4
"""The smallest column of a nearly singular factor is up to 10^−NEARLY_SINGULAR times the others."""
NO_EIGENVALUE = 1e-12
"""An eigenvalue smaller than this, relative to the largest one, is the rounding of 0 in float64."""


def coordinates(values: Range, shape: tuple[int, int]) -> int:
    """How many coordinates of the unit cube a vector or matrix of a range takes."""
    rows, cols = shape
    if isinstance(values, SymmetricMatrices):
        return rows * (rows + 1) // 2
    # of a semidefinite one: a factor, and two numbers that say whether some of its columns are short
    return rows * cols + (2 if isinstance(values, PositiveSemidefinite) else 0)


def onto(values: Range, block: Array, shape: tuple[int, int]) -> Array:
    """The vectors or matrices with coordinates `block` (N, k) in the unit cube; shape (N, rows, columns)."""
    rows, cols = shape
    match values:
        case UnitVectors():
            normal = ndtri(np.clip(block, 1e-12, 1 - 1e-12))
            lengths = np.linalg.norm(normal, axis=1, keepdims=True)
            flat = np.where(lengths > 0, normal / np.where(lengths > 0, lengths, 1), np.eye(1, rows * cols))
        case NonnegativeVectors():
            t = np.clip(block, 0.0, 1 - EDGE)
            flat = t / (1 - t)
        case SymmetricMatrices():
            made = np.zeros((len(block), rows, cols))
            upper = np.triu_indices(rows)
            made[:, *upper] = line(block)
            made[:, *upper[::-1]] = made[:, *upper]
            return made
        case PositiveSemidefinite():
            factor: Array = line(block[:, 2:]).reshape(-1, rows, cols) * _lengths(block[:, :2], cols)[:, None, :]
            return factor @ factor.swapaxes(1, 2)
        case _:
            flat = line(block)
    return flat.reshape(-1, rows, cols)


def _lengths(kind: Array, cols: int) -> Array:
    """What the columns of a factor are multiplied by: half of them 1, a quarter 0 from some on, a quarter ever less."""
    place = np.arange(cols)
    rank = np.floor(kind[:, 1:] * cols)
    short = np.where(place < rank, 1.0, 0.0)
    shrinking = 10.0 ** (-NEARLY_SINGULAR * kind[:, 1:] * (place + 1) / cols)
    chosen = kind[:, :1]
    found: Array = np.where(chosen < 0.5, 1.0, np.where(chosen < 0.75, short, shrinking))
    return found


def line(t: Any) -> Any:
    """The unit interval onto the line, by (2t − 1)/(2t(1 − t))."""
    t = np.clip(t, EDGE, 1 - EDGE)
    return (2 * t - 1) / (2 * t * (1 - t))


def exactly(values: Range, given: Any, shape: tuple[int, int], digits: int | None) -> sp.ImmutableMatrix:
    """A vector or matrix in floats as one with exact entries, rounded to `digits` decimals, that is in the range.

    Unit vectors are normalised again; a semidefinite matrix is the product of a rounded factor with its transpose.
    """
    if isinstance(values, PositiveSemidefinite):
        plain = np.asarray(given, dtype=float).reshape(shape)
        eigenvalues, vectors = np.linalg.eigh((plain + plain.T) / 2)
        kept = eigenvalues > NO_EIGENVALUE * max(eigenvalues[-1], 0.0)
        roots = np.sqrt(np.where(kept, eigenvalues, 0.0))
        factor = sp.ImmutableMatrix(*shape, [rational(x, digits) for x in np.ravel(vectors * roots)])
        return sp.ImmutableMatrix(factor * factor.T)
    flat = [rational(x, digits) for x in np.ravel(given)]
    if isinstance(values, UnitVectors):
        if not any(flat):
            flat[0] = sp.Integer(1)
        length = sp.sqrt(sum(x * x for x in flat))
        flat = [x / length for x in flat]
    return sp.ImmutableMatrix(*shape, flat)


def rational(x: float, digits: int | None) -> sp.Rational:
    """A float as a fraction, rounded to `digits` decimals if given."""
    return sp.Rational(float(x)) if digits is None else sp.Rational(f"{float(x):.{digits}f}")


def inside(values: Range, matrix: sp.MatrixBase) -> bool:
    """Whether a matrix with exact entries is in a range; where entries are irrational, as far as 30 digits tell.

    A symmetric matrix has only real eigenvalues, and none is negative exactly if the coefficients of its
    characteristic polynomial alternate in sign.
    """
    match values:
        case UnitVectors():
            return bool(abs(sp.N(sum(x**2 for x in matrix) - 1, 30)) < sp.Rational(1, 10**20))
        case NonnegativeVectors():
            return all(sp.N(x, 30) >= 0 for x in matrix)
        case SymmetricMatrices():
            return bool(matrix == matrix.T)
        case PositiveSemidefinite():
            if matrix != matrix.T:
                return False
            entries = [x if x.is_Rational else sp.Rational(str(sp.N(x, 30))) for x in matrix]
            exact = fmpq_mat(matrix.rows, matrix.cols, [fmpq(int(x.p), int(x.q)) for x in entries])
            signs = [(-1) ** k * c for k, c in enumerate(reversed(exact.charpoly().coeffs()))]
            return all(c >= 0 for c in signs)
    return True
