"""Eigenvalues and singular values as lists of numbers, and who may ask for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from numerics.errors import NoValueInDomain
from numerics.values.backend import MatrixBackend

ASYMMETRY = 1e-8
"""How far, relative to its largest entry, rounding may take a symmetric matrix from its transpose: about the root of
float64's unit, since products of matrices cancel."""


def eigenvalues(a: Any, b: MatrixBackend, name: str) -> list[Any]:
    """The eigenvalues of a symmetric matrix, least first, each a number or batch of them.

    Raises:
        NoValueInDomain: The matrix is not symmetric, beyond what rounding explains.
    """
    rows, cols = b.shape(a)
    if rows != cols:
        raise NoValueInDomain(f"{name} has no value for a {rows}×{cols} matrix, which is not square")
    plain = _floats(a, b)
    gap = np.abs(plain - np.swapaxes(plain, -1, -2)).max((-1, -2), initial=0.0)
    if (gap > ASYMMETRY * np.abs(plain).max((-1, -2), initial=0.0)).any():
        raise NoValueInDomain(f"{name} has no value: the matrix is not symmetric, as SymmetricMatrices() are")
    return _listed(b.eigenvalues(a), b, rows)


def singular_values(a: Any, b: MatrixBackend) -> list[Any]:
    """The singular values of a matrix, greatest first, each a number or batch of them."""
    return _listed(b.singular_values(a), b, min(b.shape(a)))


def _listed(column: Any, b: MatrixBackend, count: int) -> list[Any]:
    return [b.entry(column, i, 0) for i in range(count)]


def _floats(a: Any, b: MatrixBackend) -> Any:
    found = b.floats(a.tolist() if hasattr(a, "tolist") and not hasattr(a, "dtype") else a)
    return found.reshape(*found.shape[:-2], *b.shape(a))
