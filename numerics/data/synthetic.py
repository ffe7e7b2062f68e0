"""Synthetic inputs: at prescribed angles, and uniform on the sphere."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivations.arguments import optional, real, seed, taking, text, whole
from numerics.arguments import array
from numerics.data.datasets import DataError, Dataset, dataset
from numerics.machine.memory import require


@taking(DataError, cosines=array(2), d=whole(1), seed=seed, name=text)
def at_angles(cosines: Any, d: int, seed: int = 0, name: str = "synthetic") -> Dataset:
    """Make unit inputs in R^d with given inner products, rotated at random, with labels y ~ N(0, 1).

    Args:
        cosines: The inner products, of shape (n, n): symmetric, positive semidefinite, with ones on the diagonal.
        d: The dimension, at least the rank of this matrix.
        seed: The seed of the rotation and of the labels.
        name: What messages call the data.

    Returns:
        A `Dataset` of n inputs.

    Raises:
        DataError: No such inputs exist.

    Example:
        >>> from numerics.data import at_angles
        >>> x = at_angles([[1.0, 0.5], [0.5, 1.0]], d=3).x
        >>> round(float(x[0] @ x[1]), 12)
        0.5
    """
    gram = np.asarray(cosines, dtype=float)
    if gram.ndim != 2 or gram.shape[0] != gram.shape[1] or not np.allclose(gram, gram.T, atol=1e-12):
        raise DataError(f"{name}: the cosines are not a symmetric matrix")
    if not np.allclose(np.diag(gram), 1.0, atol=1e-12):
        raise DataError(f"{name}: the diagonal of the cosines is not 1: inputs have norm one")
    values, axes = np.linalg.eigh(gram)
    if values[0] < -1e-10:
        raise DataError(f"{name}: no inputs have these angles: the matrix has the eigenvalue {values[0]:.3g}")
    rank = int((values > 1e-12).sum())
    if rank > d:
        raise DataError(f"{name}: these angles need {rank} dimensions, d = {d}")
    rng = np.random.default_rng(seed)
    root = axes[:, -rank:] * np.sqrt(values[-rank:])
    require(32.0 * d * d, f"inputs in R^{d}", "take a smaller dimension")
    rotation = np.linalg.qr(rng.standard_normal((d, d)))[0][:rank]
    return dataset(root @ rotation, rng.standard_normal(len(gram)), name)


@taking(DataError, n=whole(1), cosine=real(), d=optional(whole(1)), seed=seed)
def equal_angles(n: int, cosine: float, d: int | None = None, seed: int = 0) -> Dataset:
    """Make n unit inputs with the same inner product between any two of them.

    Args:
        n: The number of inputs, at least 1.
        cosine: The inner product, from −1/(n − 1) to 1.
        d: The dimension; by default n.
        seed: The seed of the rotation and of the labels.

    Returns:
        A `Dataset` of n inputs with labels y ~ N(0, 1).

    Raises:
        DataError: No such inputs exist.

    Example:
        >>> from numerics.data import equal_angles
        >>> x = equal_angles(3, -0.5).x
        >>> round(float(x[0] @ x[2]), 12)
        -0.5
    """
    require(48.0 * n * n, f"{n} inputs at equal angles", "take fewer")
    return at_angles(
        np.full((n, n), cosine) + (1 - cosine) * np.eye(n), d or n, seed, f"{n} inputs of cosine {cosine:g}"
    )


@taking(DataError, n=whole(1), d=whole(1), seed=seed)
def sphere(n: int, d: int, seed: int = 0) -> Dataset:
    """Draw n independent inputs, uniform on the unit sphere of R^d.

    Args:
        n: The number of inputs, at least 1.
        d: The dimension, at least 1.
        seed: The seed.

    Returns:
        A `Dataset` with labels y ~ N(0, 1).

    Raises:
        DataError: n or d is less than 1.

    Example:
        >>> from numerics.data import sphere
        >>> sphere(10, 3).x.shape
        (10, 3)
    """
    require(32.0 * n * d, f"{n} inputs in R^{d}", "take fewer")
    rng = np.random.default_rng(seed)
    return dataset(rng.standard_normal((n, d)), rng.standard_normal(n), f"{n} points of the sphere in R^{d}")
