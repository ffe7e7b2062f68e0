"""Inverses that are not made of rounding alone."""

from __future__ import annotations

from typing import Any

from numerics.errors import EvaluationError
from numerics.values.backend import MatrixBackend

LEAST_PART = 1e-3
"""The largest relative error of an inverse; a matrix with a larger one counts as singular."""


def inverted(a: Any, backend: MatrixBackend, name: str) -> Any:
    """a⁻¹ of (..., n, n); raises EvaluationError where a is singular up to rounding."""
    found = backend.inverse(a)
    if backend.inverse_error(a, found) > LEAST_PART:  # not-a-numbers are for the caller to see
        raise EvaluationError(f"{name} has no inverse here: it is singular up to rounding")
    return found
