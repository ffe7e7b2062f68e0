"""Products of matrices, entry by entry and of rows with columns, written without what cancels."""

from __future__ import annotations

from typing import Any

from sympy import HadamardProduct, Identity, MatAdd, MatMul, Mul, OneMatrix, S, Transpose

from derivations.vectors import settled, times


def product(factor: Any, parts: list[Any]) -> Any:
    """The factor times matrices in their order; one matrix alone as it is."""
    return times(factor, *parts) if len(parts) > 1 or factor != 1 else parts[0]


def hadamard(*parts: Any) -> Any:
    """A Hadamard product with number factors in front and sums multiplied out; 𝟏 is its unit."""
    for i, part in enumerate(parts):
        if isinstance(part, MatAdd):
            return MatAdd(*(hadamard(*parts[:i], a, *parts[i + 1 :]) for a in part.args))
    factor, kept = S.One, []
    for part in parts:
        if isinstance(part, MatMul):
            number, matrices = part.as_coeff_matrices()
            factor *= number
            part = MatMul(*matrices) if len(matrices) > 1 else matrices[0]
        if not isinstance(part, OneMatrix):
            kept.append(part)
    entrywise = OneMatrix(*parts[0].shape) if not kept else kept[0] if len(kept) == 1 else HadamardProduct(*kept)
    return times(factor, entrywise) if factor != 1 else entrywise


def diagonal_of(adjoint: Any) -> Any:
    """The diagonal of a matrix as a column; of u·wᵀ it is u ∘ w."""
    if isinstance(adjoint, MatAdd):
        return MatAdd(*(diagonal_of(a) for a in adjoint.args))
    if isinstance(adjoint, MatMul | Mul):
        factor, matrices = adjoint.as_coeff_matrices()
        for cut in range(1, len(matrices)):
            if matrices[cut - 1].shape[1] == 1:
                u = product(S.One, list(matrices[:cut]))
                w = product(S.One, [settled(Transpose(m)) for m in reversed(matrices[cut:])])
                return times(factor, hadamard(u, w))
    n = adjoint.shape[0]
    return times(HadamardProduct(adjoint, Identity(n)), OneMatrix(n, 1))
