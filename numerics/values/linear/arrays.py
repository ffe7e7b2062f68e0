"""Matrices as the two trailing axes of arrays: what NumPy and torch say in the same words."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics.errors import EvaluationError
from numerics.values.backend import MatrixBackend
from numerics.values.linear.powers import ROUNDING, check, principal_power


class ArrayBackend(MatrixBackend):
    """A number system of arrays, batched over leading axes; `linalg` is the library's module of that name."""

    batched = True
    linalg: Any

    @abstractmethod
    def host(self, a: Any) -> NDArray[Any]:
        """An array as a NumPy array."""

    @abstractmethod
    def together(self, parts: Sequence[Any]) -> Any:
        """Arrays, broadcast to one shape, along a new last axis."""

    @abstractmethod
    def above_zero(self, a: Any) -> Any:
        """The larger of each entry and 0."""

    def floats(self, value: Any) -> NDArray[np.float64]:
        return np.asarray(self.host(value), dtype=float)

    def stack(self, parts: Sequence[Any], rows: int, cols: int) -> Any:
        stacked = self.together(parts)
        return stacked.reshape(*stacked.shape[:-1], rows, cols)

    def column(self, a: Any) -> Any:
        return a[..., 0]

    def entry(self, a: Any, i: int, j: int) -> Any:
        return a[..., i, j]

    def apply(self, a: Any, function: Callable[[Any], Any]) -> Any:
        rows, cols = self.shape(a)
        return self.stack([function(a[..., i, j]) for i in range(rows) for j in range(cols)], rows, cols)

    def scaled(self, a: Any, factor: Any) -> Any:
        return a * (factor[..., None, None] if getattr(factor, "ndim", 0) else factor)

    def hadamard(self, a: Any, b: Any) -> Any:
        return a * b

    def kronecker(self, a: Any, b: Any) -> Any:
        product = a[..., :, None, :, None] * b[..., None, :, None, :]
        return product.reshape(*product.shape[:-4], a.shape[-2] * b.shape[-2], a.shape[-1] * b.shape[-1])

    def inner(self, x: Any, y: Any) -> Any:
        return (x[..., 0] * y[..., 0]).sum(-1)

    def transpose(self, a: Any) -> Any:
        return a.swapaxes(-1, -2)

    def diagonal(self, a: Any) -> Any:
        return a.diagonal(0, -2, -1)[..., None]

    def diagonal_matrix(self, column: Any) -> Any:
        return column * self.eye(column.shape[-2])

    def trace(self, a: Any) -> Any:
        return a.diagonal(0, -2, -1).sum(-1)

    def det(self, a: Any) -> Any:
        return self.linalg.det(a)

    def inverse(self, a: Any) -> Any:
        return self.linalg.inv(a)

    def inverse_error(self, a: Any, inverse: Any) -> Any:
        plain, found = self.host(a), self.host(inverse)
        with np.errstate(over="ignore", invalid="ignore"):
            norms = [np.abs(m).sum(-2).max(-1, initial=0.0) for m in (plain, found)]
            kind = plain.dtype if np.issubdtype(plain.dtype, np.floating) else float
            return np.max(norms[0] * norms[1], initial=0.0) * np.finfo(kind).eps

    def cofactors(self, a: Any) -> Any:
        u, s, v = self.linalg.svd(a)
        n = a.shape[-1]
        kept = [[j for j in range(n) if j != i] for i in range(n)]
        others = self.together([s[..., k].prod(-1) for k in kept])
        sign = self.linalg.det(u) * self.linalg.det(v)
        return sign[..., None, None] * ((u * others[..., None, :]) @ v)

    def eigenvalues(self, a: Any) -> Any:
        return self.linalg.eigvalsh((a + a.swapaxes(-1, -2)) / 2)[..., None]

    def singular_values(self, a: Any) -> Any:
        return self.linalg.svdvals(a)[..., None]

    def power(self, base: Any, exponent: Any, name: str) -> Any:
        p = self.own(exponent, base)
        whole = self.host(p)
        if whole.size and (whole == whole.flat[0]).all() and float(whole.flat[0]).is_integer():
            return self.linalg.matrix_power(base, int(whole.flat[0]))
        if not np.isfinite(whole).all():
            raise EvaluationError(f"the exponent of {name} is not finite")
        plain = self.host(base)
        if base.shape[-1] == 1:
            check(plain[..., 0, 0], whole, name)
            return base ** p[..., None, None]
        scale = np.abs(plain).max() if plain.size else 0.0
        if np.abs(plain - np.swapaxes(plain, -1, -2)).max(initial=0.0) > ROUNDING * np.finfo(float).eps * scale:
            return self.own(principal_power(plain, whole, name), base)
        values, vectors = self.linalg.eigh((base + base.swapaxes(-1, -2)) / 2)
        seen = self.host(values)
        floor = ROUNDING * base.shape[-1] * np.finfo(float).eps * np.abs(seen).max(-1, keepdims=True, initial=0.0)
        check(np.where(np.abs(seen) <= floor, 0.0, seen), whole[..., None], name)
        if (seen < 0).any():
            values = self.above_zero(values)
        return (vectors * (values ** p[..., None])[..., None, :]) @ vectors.swapaxes(-1, -2)
