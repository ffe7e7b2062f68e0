"""A data set: inputs of norm one with their labels, checked, and the pairs of them that are parallel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derivations.arguments import real, taking, text
from numerics.arguments import array, shape

Array = NDArray[np.float64]

PARALLEL = 1e-10
"""1 − |cos| below which two inputs count as parallel: K^(H) is then singular to working precision."""
MOST_PAIRS = 1000
"""So many parallel pairs are listed; one is enough to make λ_min(K^(H)) zero."""
PROJECTIONS = 4
"""Random directions in which two inputs must agree before their inner product is computed."""


class DataError(ValueError):
    """Data that cannot be used: not readable, NaN, a zero input, shapes that differ; the message says where."""


@dataclass(frozen=True)
class Dataset:
    """Inputs of norm one with their labels.

    Attributes:
        x: The inputs, of shape (n, d), each of Euclidean norm 1.
        y: The labels, of shape (n,).
        name: What messages call the data.
        shape: The shape of one image, (channels, height, width), if the inputs are images; else ().
        parallel: The pairs (i, j) with x_i = ±x_j.
        warnings: What a user should know about the data, in words.
    """

    x: Array
    y: Array
    name: str = ""
    shape: tuple[int, ...] = ()
    parallel: tuple[tuple[int, int], ...] = ()
    warnings: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.x)

    @property
    def images(self) -> Array:
        """The inputs as images (n, channels, height, width); raises DataError if they are none."""
        if not self.shape:
            raise DataError(f"{self.name}: the inputs are vectors, not images")
        return self.x.reshape(len(self.x), *self.shape)


@taking(DataError, name=text, shape=lambda s: () if isinstance(s, tuple | list) and not s else shape(s))
def dataset(x: Any, y: Any, name: str = "data", shape: tuple[int, ...] = ()) -> Dataset:
    """Check inputs and labels, and divide each input by its norm.

    Args:
        x: Inputs of shape (n, …) with n ≥ 1.
        y: Labels of shape (n,).
        name: What messages call the data.
        shape: The shape of one image; by default read off x where it has four axes.

    Returns:
        A `Dataset`, with a warning if two inputs are parallel.

    Raises:
        DataError: NaN or infinity, an input that is zero, shapes that do not fit, or values that are not numbers.

    Example:
        >>> from numerics.data import dataset
        >>> dataset([[3.0, 4.0], [0.0, 2.0]], [1.0, -1.0]).x.tolist()
        [[0.6, 0.8], [0.0, 1.0]]
    """
    try:
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name}: inputs and labels must be numbers of one shape: {error}") from None
    if x.ndim < 2 or len(x) < 1:
        raise DataError(f"{name}: inputs of shape {x.shape}; (n, d) with n ≥ 1 is needed")
    shape = shape or (x.shape[1:] if x.ndim == 4 else ())
    x = x.reshape(len(x), -1)
    if y.shape != (len(x),):
        raise DataError(f"{name}: {len(x)} inputs, but labels of shape {y.shape}")
    for what, values in (("input", x), ("label", y[:, None])):
        bad = np.flatnonzero(~np.isfinite(values).all(1))
        if len(bad):
            raise DataError(f"{name}: {what} {bad[0]} has NaN or infinity in it ({len(bad)} in all)")
    norms = np.linalg.norm(x, axis=1)
    if not norms.all():
        raise DataError(f"{name}: input {int(np.argmin(norms))} is zero and cannot be normalised; leave it out")
    x = x / norms[:, None]
    pairs = parallel_pairs(x)
    said = []
    if pairs:
        i, j = pairs[0]
        kind = "equal" if float(x[i] @ x[j]) > 0 else "opposite"
        said = [
            f"{name}: inputs {i} and {j} are {kind} up to scale ({len(pairs)} such pairs): "
            "no two inputs may be parallel, λ_min(K^(H)) is 0"
        ]
    return Dataset(x, y, name, tuple(shape), pairs, tuple(said))


@taking(DataError, x=array(2), tolerance=real(0))
def parallel_pairs(x: Array, tolerance: float = PARALLEL) -> tuple[tuple[int, int], ...]:
    """Find the pairs of parallel inputs.

    Args:
        x: Inputs of norm 1, of shape (n, d).
        tolerance: The largest 1 − |⟨x_i, x_j⟩| of a pair, ≥ 0.

    Returns:
        The pairs i < j, at most a thousand of them.

    Raises:
        DataError: x does not have two axes, or the tolerance is negative.

    Example:
        >>> from numerics.data import parallel_pairs
        >>> parallel_pairs([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
        ((0, 2),)
    """
    # Two unit vectors with 1 − |cos| ≤ t are within √(2t) of each other, up to a sign, and so are their components in
    # every unit direction: sorted by one component, only neighbours within that window can be parallel.
    x = np.asarray(x, dtype=float)
    directions = np.random.default_rng(0).standard_normal((x.shape[1], PROJECTIONS))
    window = float(np.sqrt(2 * tolerance)) + 8 * np.finfo(float).eps * x.shape[1]
    components = np.abs(x @ (directions / np.linalg.norm(directions, axis=0)))
    order = np.argsort(components[:, 0], kind="stable")
    components = components[order]
    found: list[tuple[int, int]] = []
    for offset in range(1, len(x)):
        near = np.flatnonzero(components[offset:, 0] - components[:-offset, 0] <= window)
        if not len(near):
            break
        near = near[(np.abs(components[near + offset, 1:] - components[near, 1:]) <= window).all(1)]
        for part in np.split(near, range(4096, len(near), 4096)):
            i, j = order[part], order[part + offset]
            close = 1 - np.abs(np.einsum("nd,nd->n", x[i], x[j])) <= tolerance
            found += [(int(min(a, b)), int(max(a, b))) for a, b in zip(i[close], j[close], strict=True)]
        if len(found) > MOST_PAIRS:
            break
    return tuple(sorted(found)[:MOST_PAIRS])
