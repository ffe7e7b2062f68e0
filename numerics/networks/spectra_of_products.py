"""Extreme eigenvalues and singular values of matrices that are given by their products, as SciPy's LinearOperator."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import eye_array
from scipy.sparse.linalg import ArpackError, LinearOperator, aslinearoperator, eigsh, svds

Array = NDArray[np.float64]

SMALL, FORMED = 512, 2048
"""Up to this number of rows, a matrix is formed at once, and also where iterations do not converge."""
RESTARTS = 100
"""Of Lanczos, before another way is taken."""


class NotConverged(ArithmeticError):
    """Iterations that did not reach their tolerance; the message says what to do."""


def start(size: int, seed: int) -> Array:
    """The Gaussian vector that iterations begin with."""
    return np.random.default_rng(seed).normal(size=size)


def is_zero(A: LinearOperator) -> bool:
    """Whether a matrix takes two random vectors to 0, which no other than 0 does but with probability 0."""
    return all(not np.any(A.matvec(v)) for v in np.random.default_rng(7).normal(size=(2, A.shape[1])))


def extreme_eigenvalues(A: LinearOperator, count: int, tol: float, which: Literal["SA", "LA"], first: Array) -> Array:
    """`count` eigenvalues of a symmetric matrix from one end, in increasing order; small matrices are formed.

    Each to a relative `tol`; large matrices whose eigenvalues lie too close for that, as a singular one's at 0, to
    `tol` times their norm. Raises ValueError for a count out of range, NotConverged where neither is possible.
    """
    size = A.shape[0]
    if count < 1 or count > size:
        raise ValueError(f"a matrix of size {size} does not have {count} eigenvalues")
    if size <= max(SMALL, 2 * count + 1):
        return _formed(A, count, which)
    if is_zero(A):
        return np.zeros(count)
    try:
        values, vectors = eigsh(A, count, which=which, tol=tol, v0=first, maxiter=RESTARTS)
    except ArpackError:
        if size <= FORMED:
            return _formed(A, count, which)
        values, vectors = _shifted(A, count, tol, which, first)
    residual = max(float(np.linalg.norm(A.matvec(v) - t * v)) for t, v in zip(values, vectors.T, strict=True))
    norm = max(float(np.abs(values).max()), float(np.linalg.norm(A.matvec(first)) / np.linalg.norm(first)))
    # float32 products are good to half of float64's digits
    if residual > (10 * tol + 1e-5) * norm:
        raise NotConverged(f"eigenvectors are off by {residual:.2g} at norm {norm:.2g}: give a smaller tol")
    return np.sort(values)


def _shifted(
    A: LinearOperator, count: int, tol: float, which: Literal["SA", "LA"], first: Array
) -> tuple[Array, Array]:
    """Eigenvalues to `tol` times the norm: those of A ± 2‖A‖, which are all of about that size."""
    try:
        (norm,) = np.abs(eigsh(A, 1, which="LM", tol=0.1, v0=first, return_eigenvectors=False))
        shift = (-2 if which == "SA" else 2) * float(norm)
        moved = A + shift * aslinearoperator(eye_array(A.shape[0]))
        values, vectors = eigsh(moved, count, which=which, tol=tol, v0=first, maxiter=10 * RESTARTS)
    except ArpackError:
        raise NotConverged(f"no convergence to a relative {tol:g}: give a larger tol or a smaller count") from None
    return values - shift, vectors


def _formed(A: LinearOperator, count: int, which: str) -> Array:
    dense = A @ np.eye(A.shape[0])
    values = np.linalg.eigvalsh((dense + dense.T) / 2)
    return np.asarray(values[:count] if which == "SA" else values[-count:])


def formed(A: LinearOperator) -> Array:
    """The matrix or, if it has fewer columns than rows, its transpose, by the smaller number of products."""
    rows, columns = A.shape
    return np.asarray((A.rmatmat(np.eye(rows)) if rows <= columns else A.matmat(np.eye(columns))).T)


def extreme_singular_values_of(
    A: LinearOperator, count: int, which: Literal["largest", "smallest"], seed: int, tol: float = 0.0
) -> Array:
    """The `count` extreme singular values in decreasing order, the smallest through a Gram matrix.

    The transposed products are compared with the products on random vectors. Raises ValueError for a count out of
    range, NotConverged where iterations do not end.
    """
    rows, columns = A.shape
    least = min(rows, columns)
    if not 1 <= count <= least:
        raise ValueError(f"the map has {least} singular values, not {count}: ask for 1 … {least}")
    rng = np.random.default_rng(seed + 1)
    v, u = rng.normal(size=columns), rng.normal(size=rows)
    Av, Atu = A.matvec(v), A.rmatvec(u)
    if not (np.isfinite(Av).all() and np.isfinite(Atu).all()):
        raise ValueError("the map has entries that are not finite")
    scale = np.linalg.norm(Av) * np.linalg.norm(u) + np.linalg.norm(Atu) * np.linalg.norm(v)
    # a float32 map's products agree to half of its digits
    if abs(u @ Av - v @ Atu) > 4e-4 * scale:
        raise ValueError("the products with the matrix and with its transpose do not belong to one matrix")
    if is_zero(A):
        return np.zeros(count)
    if least <= 64:
        values = np.linalg.svd(formed(A), compute_uv=False)
        return np.asarray(values[:count] if which == "largest" else values[-count:])
    first = start(least, seed)
    try:
        if which == "largest" and count < least:
            return np.sort(svds(A, count, tol=tol, v0=first, return_singular_vectors=False))[::-1]
        gram = A @ A.H if rows <= columns else A.H @ A
        ends = extreme_eigenvalues(gram, count, tol, "LA" if which == "largest" else "SA", first)
    except ArpackError:
        raise NotConverged("no convergence: give a larger tol or a smaller count") from None
    return np.asarray(np.sqrt(np.maximum(np.sort(ends)[::-1], 0)))
