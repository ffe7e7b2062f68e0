"""Patches of images with zero padding: which pixel lies at which offset of which."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Patches:
    """Patches of odd `size` about every pixel of an image of the given `shape`, stride 1, zero padding.

    One-dimensional images have shape (p,) and size (q,). Raises ValueError for an even size or one of
    another dimension.
    """

    shape: tuple[int, ...]
    size: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.shape) != len(self.size) or any(n < 1 for n in (*self.shape, *self.size)):
            raise ValueError(f"patches of size {self.size} do not fit images of shape {self.shape}")
        if any(q % 2 == 0 for q in self.size):
            raise ValueError(f"a patch of size {self.size} has no middle: use odd sizes")

    @property
    def pixels(self) -> int:
        return prod(self.shape)

    @property
    def offsets(self) -> int:
        return prod(self.size)

    @property
    def neighbours(self) -> NDArray[np.int64]:
        """The pixel at each offset of each pixel, −1 outside of the image; shape (pixels, offsets)."""
        grid = np.arange(self.pixels).reshape(self.shape)
        padded = np.pad(grid, [(q // 2, q // 2) for q in self.size], constant_values=-1)
        shifts = product(*(range(q) for q in self.size))
        views = [padded[tuple(slice(s, s + n) for s, n in zip(shift, self.shape, strict=True))] for shift in shifts]
        return np.stack([v.ravel() for v in views], -1)
